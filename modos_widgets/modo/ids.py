"""Which ids a new element may have."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import AlreadyExistsError, OptionError, PathError
from modos_widgets.modo.checks import fold, scripts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modos_widgets.modo.slots import Schema

__all__ = ["Ids", "new_id"]

LONGEST = 255
"""Bytes of a file's name on a local disk."""


class Ids:
    """The ids that one object has, so arranged that a look costs the same at any number.

    Parameters
    ----------
    elements : iterable of str
        The ids.
    """

    def __init__(self, elements: Iterable[str] = ()) -> None:
        self._alike: dict[str, tuple[str, ...]] = {}
        self._groups: Counter[str] = Counter()
        for element in elements:
            self.add(element)

    def add(self, element: str) -> None:
        """Take an id in."""
        folded = fold(element)
        found = self._alike.get(folded, ())
        if element not in found:
            self._alike[folded] = (*found, element)
            self._groups[_group_of(element)] += 1

    def discard(self, element: str) -> None:
        """Leave an id out."""
        folded = fold(element)
        found = self._alike.get(folded, ())
        if element not in found:
            return
        left = tuple(one for one in found if one != element)
        if left:
            self._alike[folded] = left
        else:
            del self._alike[folded]
        self._groups[_group_of(element)] -= 1

    def like(self, element: str, *, besides: str = "") -> str | None:
        """Give an id that differs from one in nothing but case or form; the same, if it is there.

        Parameters
        ----------
        element : str
            The id to look for.
        besides : str
            An id that does not count.
        """
        found = [one for one in self._alike.get(fold(element), ()) if one != besides]
        return element if element in found else next(iter(found), None)

    @property
    def groups(self) -> set[str]:
        """The groups that hold an element."""
        return {group for group, count in self._groups.items() if group and count}


def _group_of(element: str) -> str:
    return element.partition("/")[0] if "/" in element else ""


def new_id(
    wanted: str, attributes: Mapping[str, Any], known: Ids, schema: Schema, *, besides: str = ""
) -> str:
    """Give the id that a new element will have.

    Parameters
    ----------
    wanted : str
        ``group/name``, or the name alone where ``@type`` tells the group. A slash within
        the name becomes ``_``, as in the documented ``add_metadata_group``.
    attributes : Mapping
        The new element's attributes.
    known : Ids
        The ids that are there.
    schema : Schema
        The classes.
    besides : str
        An id that may be taken: that of an element which is renamed.

    Raises
    ------
    PathError
        A name that a store or a reader would trip over: empty, ``.``, ``..``, control
        characters, a space at an end, half a character, mixed alphabets, over 255 bytes.
    AlreadyExistsError
        The id, or one that differs from it only in case or form, is there.
    OptionError
        Neither the id nor ``@type`` tells the group.
    """
    if not isinstance(wanted, str):
        raise OptionError(f"An id is text, not {type(wanted).__name__}.", "Give 'group/name'.")
    group, name = _split(wanted, attributes, known, schema)
    name = name.replace("/", "_")
    problem = _problem(name)
    if problem:
        raise PathError(f"{name!r:.80} cannot name an element: {problem}.", "Choose another id.")
    element = f"{group}/{name}"
    other = known.like(element, besides=besides)
    if other == element:
        raise AlreadyExistsError(f"The element {element} exists.", "Choose another id.")
    if other is not None:
        raise AlreadyExistsError(
            f"{element} differs from {other} only in case or in the form of its characters.",
            "Choose another id: some disks take the two for one.",
        )
    return element


def _split(
    wanted: str, attributes: Mapping[str, Any], known: Ids, schema: Schema
) -> tuple[str, str]:
    own = schema.group(str(attributes.get("@type", "")))
    groups = known.groups | {group for group in map(schema.group, schema.classes) if group}
    group, slash, name = wanted.partition("/")
    if slash and group in groups and (not own or group == own):
        return group, name
    if own:
        if slash and group in groups:
            raise OptionError(
                f"A {attributes['@type']} belongs in the group {own}, not in {group}.",
                f"Call it {own}/{name}.",
            )
        return own, wanted
    raise OptionError(
        f"The group of {wanted!r:.80} is not known.",
        f"Give one of {', '.join(sorted(groups))} before a slash, or the class as '@type'.",
    )


def _problem(name: str) -> str:  # noqa: PLR0911 - one a rule
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "it holds half a character"
    if name in {"", ".", ".."}:
        return "it is a place, no name" if name else "it is empty"
    if size > LONGEST:
        return f"it has {size} bytes, at most {LONGEST} can be"
    if name.startswith("__") or name == "zarr.json":
        return "zarr keeps such names for itself"
    if name != name.strip():
        return "it has a space at an end"
    if "\\" in name or any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} for one in name):
        return "it has a control character, an invisible one or a backslash"
    if unicodedata.normalize("NFC", name) != name:
        return "its characters are not in their composed form (NFC)"
    if any(one in "∕⁄⧸╱／․‥…" for one in name):  # noqa: RUF001
        return "it has a character that looks like a slash or dots"
    if len(scripts_of(name)) > 1:
        return f"it mixes letters of {' and '.join(sorted(scripts_of(name)))}"
    return ""
