"""Values of cells for the browser and for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.modo import is_missing, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LONGEST", "LONGEST_KEY", "display_value", "listed", "tsv"]

LONGEST: Final = 300
"""Largest number of characters of a value that the browser gets; it requests the rest."""
LONGEST_KEY: Final = 4096
"""The same of a path or id, which are shown in full in a tip and name rows in requests."""
_MOST_ENTRIES: Final = 12


def listed(values: Any) -> list[Any]:
    """Return the values of a column as Python objects; a short float keeps its digits."""
    dtype = getattr(values, "dtype", None)
    short = {2: np.float16, 4: np.float32}.get(getattr(dtype, "itemsize", 8))
    found: list[Any] = values.tolist() if hasattr(values, "tolist") else list(values)
    if short is None or getattr(dtype, "kind", "O") != "f":
        return found
    return [float(str(short(each))) if isinstance(each, float) else each for each in found]


def display_value(value: Any, longest: int = LONGEST) -> Any:
    """Return a value for the browser: None, a shortened text, or a list of texts."""
    if is_missing(value):
        return None
    if isinstance(value, list | tuple):
        shown = [_cut(text_of(entry)) for entry in value[:_MOST_ENTRIES]]
        return [*shown, f"+{len(value) - _MOST_ENTRIES:,}"] if len(value) > _MOST_ENTRIES else shown
    return _cut(text_of(value), longest)


def _cut(text: str, longest: int = LONGEST) -> str:
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return short if short.isascii() else short.encode(errors="replace").decode()


def tsv(rows: Iterable[Iterable[Any]]) -> str:
    """Return cells as text for spreadsheets: tab-separated, quoted if needed."""
    return "\n".join("\t".join(_quoted(text_of(cell)) for cell in row) for row in rows)


def _quoted(text: str) -> str:
    if any(sign in text for sign in '\t\n\r"'):
        return '"' + text.replace('"', '""') + '"'
    return text
