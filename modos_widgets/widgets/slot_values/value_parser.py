"""Parser of typed and pasted text; pure functions."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import OptionError
from modos_widgets.modo import MISSING, text_of
from modos_widgets.widgets.slot_values.term_labels import uri_for

if TYPE_CHECKING:
    from collections.abc import Collection

    from modos_widgets.modo import Schema, Slot

__all__ = ["LARGEST_PASTE", "block_of", "parse", "parse_entry"]

LARGEST_PASTE: Final = 250_000
"""Largest number of cells of one paste."""
_EXACT_BITS: Final = 53
_ANSWERS: Final = {"true": True, "yes": True, "false": False, "no": False}
_CELL: Final = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^\t\n]*))([\t\n]|\Z)')


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


def block_of(text: str) -> list[list[str]]:
    """Return the cells of a text that a spreadsheet copied: tabs between cells, quoted if needed.

    Excel, LibreOffice and Google Sheets quote a cell that contains a line end or a tab, and double
    the quotes inside. A quote that does not close at the end of its cell is part of the text: Excel
    copies ``"A" and B`` and ``5" pipe`` unquoted.

    Raises
    ------
    OptionError
        More than `LARGEST_PASTE` cells.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    if '"' not in text:
        rows = [line.split("\t") for line in text.split("\n")]
    else:
        rows = [[]]
        for found in _CELL.finditer(text):
            quoted, plain, end = found.groups()
            rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
            if not end:
                break
            if end == "\n":
                rows.append([])
    cells = sum(map(len, rows))
    if cells > LARGEST_PASTE:
        raise OptionError(
            f"Too many cells in the clipboard: {cells:,} cells of at most {LARGEST_PASTE:,}.",
            "Paste a smaller part, or use Draft.set in a cell.",
        )
    return rows
