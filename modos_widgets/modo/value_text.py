"""The text of a metadata value."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import numpy as np

from modos_widgets.modo.values import is_missing

__all__ = ["csv_safe", "text_of"]

_EXACT: Final = 1e15
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *"＝＋－＠")  # noqa: RUF001


def text_of(value: Any) -> str:
    """Return the text of a metadata value that tables show, search, copy and edit.

    Parameters
    ----------
    value : any
        A value of a metadata frame: text, number, date, list, None, NaN.

    Returns
    -------
    str
        Empty for a missing value. The entries of a list are separated by commas; it is JSON if
        commas would be ambiguous.

    Examples
    --------
    >>> text_of(["sample/s1", "sample/s2"])
    'sample/s1, sample/s2'
    """
    if isinstance(value, str):
        return value
    if is_missing(value):
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
    """Return a float as an integer; None if it is not exactly one."""
    return int(value) if abs(value) < _EXACT and value == int(value) else None


def _entries_text(entries: list[Any]) -> str:
    """Join entries by commas, or return JSON if the text could not be parsed back."""
    texts = [entry for entry in entries if isinstance(entry, str)]
    plain = len(texts) == len(entries) and not any(
        not text or text != text.strip() or set(text) & set(",;\n\t[") for text in texts
    )
    return (
        ", ".join(texts)
        if plain and texts
        else json.dumps(entries, ensure_ascii=False, default=str)
    )


def csv_safe(text: str) -> str:
    """Return a text that a spreadsheet does not run as a formula (OWASP: CSV injection)."""
    if text.startswith(_FORMULA) and text != "@type" and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
