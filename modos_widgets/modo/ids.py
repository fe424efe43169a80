"""Which ids a new element may have."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import AlreadyExistsError, OptionError, PathError
from modos_widgets.modo.checks import fold, scripts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modos_widgets.modo.slots import Schema

__all__ = ["new_id"]

LONGEST = 255
"""Bytes of a file's name on a local disk."""


def new_id(wanted: str, attributes: Mapping[str, Any], known: Iterable[str], schema: Schema) -> str:
    """Give the id that a new element will have.

    Parameters
    ----------
    wanted : str
        ``group/name``, or the name alone where ``@type`` tells the group. A slash within
        the name becomes ``_``, as in the documented ``add_metadata_group``.
    attributes : Mapping
        The new element's attributes.
    known : iterable of str
        The ids that are there.
    schema : Schema
        The classes.

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
    folded = fold(element)
    for other in known:
        if other == element:
            raise AlreadyExistsError(f"The element {element} exists.", "Choose another id.")
        if fold(other) == folded:
            raise AlreadyExistsError(
                f"{element} differs from {other} only in case or in the form of its characters.",
                "Choose another id: some disks take the two for one.",
            )
    return element


def _split(
    wanted: str, attributes: Mapping[str, Any], known: Iterable[str], schema: Schema
) -> tuple[str, str]:
    own = schema.group(str(attributes.get("@type", "")))
    groups = {element.partition("/")[0] for element in known if "/" in element}
    groups |= {group for group in map(schema.group, schema.classes) if group}
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
