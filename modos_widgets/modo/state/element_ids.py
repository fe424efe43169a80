"""The ids of new elements."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import AlreadyExistsError, ArgumentError, OptionError, PathError
from modos_widgets.modo.similar_names import ElementIds, scripts_of
from modos_widgets.storage import warn_unusual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo.schema.slots import Schema

__all__ = ["LONGEST", "new_id", "valid_id"]

LONGEST = 255
"""Largest length in bytes of a file name on a local disk."""


def new_id(
    wanted: str,
    attributes: Mapping[str, Any],
    known: ElementIds,
    schema: Schema,
    *,
    besides: str = "",
) -> str:
    """Return the id of a new element; warn once of ids that other MODO software refuses.

    Parameters and errors are those of `valid_id`.
    """
    element = valid_id(wanted, attributes, known, schema, besides=besides)
    known.warned = known.warned or warn_unusual(element, element)
    return element


def valid_id(
    wanted: str,
    attributes: Mapping[str, Any],
    known: ElementIds,
    schema: Schema,
    *,
    besides: str = "",
) -> str:
    """Return the id that a new element would have.

    Parameters
    ----------
    wanted : str
        ``group/name``, or the name alone if ``@type`` determines the group. Slashes of the name
        are replaced by ``_``, as in the documented ``add_metadata_group``.
    attributes : Mapping
        The attributes of the new element.
    known : ElementIds
        The existing ids.
    schema : Schema
        The classes.
    besides : str
        An existing id to ignore: that of an element that is renamed.

    Returns
    -------
    str

    Raises
    ------
    PathError
        A storage or a reader cannot use the name: it is empty, ``.`` or ``..``, contains control
        characters, an unpaired surrogate or mixed alphabets, begins or ends with a space, or has
        more than 255 bytes.
    AlreadyExistsError
        The id exists, or one that differs from it only in case or Unicode form.
    OptionError
        Neither the id nor ``@type`` determines the group.
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
        raise AlreadyExistsError(f"The element {element} already exists.", "Choose another id.")
    if other is not None:
        raise AlreadyExistsError(
            f"{element} differs from {other} only in letter case or Unicode form.",
            "Choose another id, because some disks treat them as one file.",
        )
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
                f"The class {attributes['@type']} belongs to the group {own}, not {group}.",
                f"Use the id {own}/{name}.",
            )
        return own, wanted
    raise OptionError(
        f"The group of {wanted!r:.80} is unknown.",
        f"Use one of {', '.join(sorted(groups))} before a slash, or set '@type'.",
    )


def _problem(name: str) -> str:  # noqa: PLR0911 - one return per rule
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "it contains an unpaired surrogate"
    if name in {"", ".", ".."}:
        return "it means a folder" if name else "it is empty"
    if size > LONGEST:
        return f"it has {size} bytes, and the limit is {LONGEST}"
    if name.startswith("__") or name == "zarr.json":
        return "it is reserved by zarr"
    if name != name.strip():
        return "it begins or ends with a space"
    if "\\" in name or any(
        unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in name
    ):
        return "it contains a control character, an invisible character or a backslash"
    if unicodedata.normalize("NFC", name) != name:
        return "its characters are not in their composed form (NFC)"
    if any(character in "∕⁄⧸╱／․‥…" for character in name):  # noqa: RUF001
        return "it contains a character that looks like a slash or dots"
    if len(scripts_of(name)) > 1:
        return f"it mixes letters of {' and '.join(sorted(scripts_of(name)))}"
    return ""
