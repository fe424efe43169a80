"""How one value of a table is told: as text, to the browser, to a spreadsheet."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LONGEST", "is_empty", "listed", "text_of", "tsv", "wire"]

LONGEST: Final = 300
"""Characters of one value that the browser gets; it asks for the rest."""
_MOST_ENTRIES: Final = 12
_EXACT: Final = 1e15
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *"＝＋－＠")  # noqa: RUF001


def is_empty(value: object) -> bool:
    """Tell whether a cell holds nothing: None, NaN, NaT, NA."""
    if value is None or value is MISSING or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float | np.floating) and math.isnan(value)


def listed(values: Any) -> list[Any]:
    """Give a column's values as Python has them; a short float keeps its few digits."""
    dtype = getattr(values, "dtype", None)
    short = {2: np.float16, 4: np.float32}.get(getattr(dtype, "itemsize", 8))
    found: list[Any] = values.tolist() if hasattr(values, "tolist") else list(values)
    if short is None or getattr(dtype, "kind", "O") != "f":
        return found
    return [float(str(short(each))) if isinstance(each, float) else each for each in found]


def text_of(value: Any) -> str:
    """Give a value as one text, whole: what is searched, copied and edited."""
    if isinstance(value, str):
        return value
    if is_empty(value):
        return ""
    if isinstance(value, list | tuple):
        return _entries_text(list(value))
    if isinstance(value, np.floating):
        value = float(str(value))
    if isinstance(value, np.bool_):
        value = bool(value)
    if isinstance(value, float):
        whole = _whole(value)
        return repr(value) if whole is None else str(whole)
    if isinstance(value, dict | bool):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _whole(value: float) -> int | None:
    """Give a float as the whole number that it is, where it surely is one."""
    return int(value) if abs(value) < _EXACT and value == int(value) else None


def _entries_text(entries: list[Any]) -> str:
    """Join entries by commas; as JSON where that could not be read back."""
    texts = [entry for entry in entries if isinstance(entry, str)]
    plain = len(texts) == len(entries) and not any(
        not text or text != text.strip() or set(text) & set(",;\n\t[") for text in texts
    )
    return (
        ", ".join(texts)
        if plain and texts
        else json.dumps(entries, ensure_ascii=False, default=str)
    )


def wire(value: Any) -> Any:
    """Give a value as the browser gets it: None, a text cut short, or a list of texts."""
    if is_empty(value):
        return None
    if isinstance(value, list | tuple):
        shown = [_cut(text_of(entry)) for entry in value[:_MOST_ENTRIES]]
        return [*shown, f"+{len(value) - _MOST_ENTRIES:,}"] if len(value) > _MOST_ENTRIES else shown
    return _cut(text_of(value))


def _cut(text: str) -> str:
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return short if short.isascii() else short.encode(errors="replace").decode()


def tsv(rows: Iterable[Iterable[Any]]) -> str:
    """Give cells as spreadsheets paste them: tabs between cells, quotes where needed."""
    return "\n".join("\t".join(_quoted(text_of(cell)) for cell in row) for row in rows)


def _quoted(text: str) -> str:
    if any(sign in text for sign in '\t\n\r"'):
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_safe(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula (OWASP: CSV injection)."""
    if text.startswith(_FORMULA) and text != "@type" and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
