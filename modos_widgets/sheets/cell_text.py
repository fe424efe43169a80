"""The text of a value in the cell of a sheet."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import MISSING, label_of, text_of, uri_for

if TYPE_CHECKING:
    from modos_widgets.modo import Slot

__all__ = ["LONGEST_CELL", "LOST", "as_number", "cell_text", "comparable", "is_too_long"]

LONGEST_CELL: Final = 32_767
"""Characters that a cell of a spreadsheet program can contain."""
_EXACT_DIGITS: Final = 15
LOST: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
"""Characters that XML cannot contain, and texts that stand for them in a workbook."""


def is_too_long(text: str) -> bool:
    """Return whether a spreadsheet program would cut a text, which it counts in UTF-16 units."""
    if len(text) <= LONGEST_CELL // 2:
        return False
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_CELL


def cell_text(value: Any, slot: Slot | None, *, workbook: bool) -> str:
    """Return the text that an export writes into a cell.

    Parameters
    ----------
    value : Any
        A metadata value.
    slot : Slot or None
        Slot of the schema; None if the schema does not know the attribute.
    workbook : bool
        Whether the sheet is a workbook: terms are then written by their labels, and a text that is
        too long for a cell is replaced by a note.

    Returns
    -------
    str
    """
    if value is MISSING or value is None:
        return ""
    text = value if isinstance(value, str) else text_of(value)
    if workbook:
        if slot is not None and slot.kind == "term":
            text = _labels(value, slot.name) or text
        if is_too_long(text):
            return f"({len(text):,} characters, too long for a spreadsheet. Do not change.)"
    return text


def _labels(value: Any, slot: str) -> str:
    """Return the labels of terms; empty unless every label leads back to its term."""
    entries = value if isinstance(value, list) else [value]
    labels = [_label(entry, slot) if isinstance(entry, str) else "" for entry in entries]
    if not labels or not all(labels):
        return ""
    text = ", ".join(labels)
    return (
        text
        if isinstance(value, str) or not any(set(label) & set(",;") for label in labels)
        else ""
    )


@lru_cache(maxsize=4096)
def _label(uri: str, slot: str) -> str:
    term = label_of(uri)
    return term.label if term is not None and uri_for(term.label, slot) == uri else ""


def as_number(value: Any) -> float | None:
    """Return a number that a workbook keeps exactly; None for every other value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**_EXACT_DIGITS else None
    return value if math.isfinite(value) and float(f"{value:.15G}") == value else None


def comparable(text: str) -> str:
    """Return a text without control characters and with plain line ends, as XML returns it."""
    return LOST.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
