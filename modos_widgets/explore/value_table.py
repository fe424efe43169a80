"""Values as short texts for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "cell_text", "number_text", "table_rows"]

MOST_ROWS: Final = 50
MOST_COLUMNS: Final = 20
_LONGEST: Final = 80
_MILLION: Final = 1e6


def number_text(value: float) -> str:
    """Write a number shortly: six digits, thousands separated."""
    if value != value:  # noqa: PLR0124  NaN, whatever its type
        return "NaN"
    if float(value).is_integer() and abs(value) < _MILLION * _MILLION:
        return f"{int(value):,}"
    if 1 <= abs(value) < _MILLION:
        return f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.1f}"  # noqa: PLR2004
    return f"{value:.6g}"


def cell_text(value: Any) -> str:
    """Write any value of an array."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value)[:_LONGEST]


def table_rows(data: np.ndarray[Any, Any], first: tuple[int, int] = (0, 0)) -> list[list[str]]:
    """Give some rows and columns of one or two dimensions; one dimension is a column.

    Parameters
    ----------
    data : numpy.ndarray
        Values.
    first : tuple of int
        The first row and column.
    """
    box = data.reshape(-1, 1) if data.ndim < 2 else data  # noqa: PLR2004
    row, column = first
    shown: Iterable[Any] = box[row : row + MOST_ROWS, column : column + MOST_COLUMNS]
    return [[cell_text(value) for value in line] for line in shown]
