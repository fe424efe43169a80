"""Which ids a new element may have."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import AlreadyExistsError, ArgumentError, OptionError, PathError
from modos_widgets.modo.similar_names import ElementIds, scripts_of
from modos_widgets.storage import warn_unusual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo.schema.slots import Schema

__all__ = ["new_id"]

LONGEST = 255
"""Bytes of a file's name on a local disk."""


def new_id(
    wanted: str,
    attributes: Mapping[str, Any],
    known: ElementIds,
    schema: Schema,
    *,
    besides: str = "",
) -> str:
    """Give the id that a new element will have.

    Parameters
    ----------
    wanted : str
        ``group/name``, or the name alone where ``@type`` tells the group. A slash within
        the name becomes ``_``, as in the documented ``add_metadata_group``.
    attributes : Mapping
        The new element's attributes.
    known : ElementIds
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
        raise ArgumentError.expected("a str, such as 'sample/s1'", wanted, name="an id")
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
    known.warned = known.warned or warn_unusual(element, element)
    return element


def _split(
    wanted: str, attributes: Mapping[str, Any], known: ElementIds, schema: Schema
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
