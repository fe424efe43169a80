"""Parser of texts to values of slots; pure functions."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo.schema.term_labels import uri_for
from modos_widgets.modo.value_text import text_of
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Collection

    from modos_widgets.modo.schema.slots import Schema, Slot

__all__ = ["parse", "parse_entry"]

_EXACT_BITS: Final = 53
_ANSWERS: Final = {"true": True, "yes": True, "false": False, "no": False}


def parse(
    text: str,
    slot: Slot | None,
    before: Any,
    *,
    schema: Schema,
    ids: Collection[str] = (),
) -> Any:
    """Return the value of a typed text.

    Parameters
    ----------
    text : str
        Typed text.
    slot : Slot or None
        Slot of the schema; None if the schema does not know the attribute.
    before : Any
        Current value; gives the type if the schema does not.
    schema : Schema
        Schema with the classes that links refer to.
    ids : collection of str
        Ids of the object's elements, to complete links without a prefix.

    Returns
    -------
    Any
        A JSON value, or `MISSING` if the text is empty.
    """
    bare = text.strip()
    if not bare:
        return MISSING
    many = slot.many if slot is not None else isinstance(before, list)
    if many:
        known = {text_of(entry): entry for entry in before} if isinstance(before, list) else {}
        return [
            known[entry]  # not edited, so it keeps its type
            if isinstance(entry, str) and entry in known
            else parse_entry(entry, slot, schema, ids)
            for entry in _entries(bare)
        ]
    if slot is None:
        return _like(text, before)
    return text if slot.kind == "text" else parse_entry(bare, slot, schema, ids)


def _entries(text: str) -> list[Any]:
    if text.startswith("["):
        try:
            found = json.loads(text, parse_constant=_refused)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return found
    separator = next((sign for sign in ("\n", ";", ",") if sign in text), ",")
    return [part.strip() for part in text.split(separator) if part.strip()]


def parse_entry(text: Any, slot: Slot | None, schema: Schema, ids: Collection[str]) -> Any:
    """Return the value of one entry: terms by their label, links by their name without group.

    Parameters
    ----------
    text : Any
        The entry; anything but text is returned unchanged.
    slot : Slot or None
        Slot of the schema; None if the schema does not know the attribute.
    schema : Schema
        Schema with the classes that links refer to.
    ids : collection of str
        Ids of the object's elements.

    Returns
    -------
    Any
        A JSON value.
    """
    if slot is None or not isinstance(text, str):
        return text
    if slot.kind in {"number", "yes_no"}:
        return _number(text) if slot.kind == "number" else _ANSWERS.get(text.lower(), text)
    if slot.kind == "term" and ":" not in text:
        return uri_for(text, slot.name) or text
    if slot.kind == "choice":
        folded = {term.lower(): term for term in slot.terms}
        return folded.get(text.lower(), text)
    if slot.kind == "link" and text not in ids:
        group = schema.group(slot.link)
        full = f"{group}/{text}" if group and "/" not in text else text
        return full if full in ids else text
    return text


def _number(text: str) -> Any:
    """Return the number of a text; the text itself if it is not a number of JSON."""
    try:
        found = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return found if is_number and math.isfinite(found) else text


def _like(text: str, before: Any) -> Any:
    """Return a value with the type of the current one, for an attribute without a slot."""
    if not isinstance(before, dict | bool | int | float):
        return text
    try:
        found = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text
    if isinstance(before, dict | bool) or isinstance(found, bool | str | list | dict | None):
        return found if type(found) is type(before) else text
    whole = isinstance(found, int)
    if isinstance(before, float) and whole and found.bit_length() <= _EXACT_BITS:
        return float(text)
    return found if whole or math.isfinite(found) else text


def _refused(constant: str) -> Any:
    """Refuse NaN and infinities, which are not JSON."""
    raise ValueError(constant)
