"""Array values as short texts for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame

__all__ = [
    "LONGEST_CELL",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "cell_text",
    "csv_text",
    "number_text",
    "percent_text",
    "ratio_text",
    "table_rows",
    "value_frame",
]

MOST_ROWS: Final = 50
MOST_COLUMNS: Final = 20
LONGEST_CELL: Final = 80
_MILLION: Final = 1e6
_TEN: Final = 10
_LEAST_PERCENT: Final = 0.01
_PANDAS_UNITS: Final = frozenset((unit, 1) for unit in ("s", "ms", "us", "ns"))


def number_text(value: float) -> str:
    """Return a number as text: six digits with thousands separators, a whole number in full."""
    if isinstance(value, int):
        return f"{value:,}"
    if value != value:  # noqa: PLR0124  NaN, whatever its type
        return "NaN"
    if float(value).is_integer() and abs(value) < _MILLION * _MILLION:
        return f"{int(value):,}"
    if 1 <= abs(value) < _MILLION:
        return f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.1f}"  # noqa: PLR2004
    return f"{value:.6g}"


def ratio_text(value: float) -> str:
    """Return a ratio as text with two digits, without an exponent."""
    return f"{value:.2g}" if 0.001 <= value < _TEN else f"{value:,.0f}"  # noqa: PLR2004


def percent_text(part: int, whole: int) -> str:
    """Return a share in percent as text; only exact values become 0 % and 100 %."""
    if not part:
        return "0 %"
    if part >= whole:
        return "100 %"
    share = 100 * part / whole
    if share < _LEAST_PERCENT:
        return f"< {_LEAST_PERCENT} %"
    if share > 100 - _LEAST_PERCENT:
        return f"> {100 - _LEAST_PERCENT} %"
    return f"{share:.2f} %" if share >= 99 else f"{share:.2g} %"  # noqa: PLR2004


def cell_text(value: Any) -> str:
    """Return any value of an array as text; a duration with its unit, a missing value as ""."""
    if value is None:
        return ""
    if isinstance(value, np.timedelta64 | np.datetime64):  # the former is an integer to numpy
        return str(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value)[:LONGEST_CELL]


def table_rows(data: np.ndarray[Any, Any], first: tuple[int, int] = (0, 0)) -> list[list[str]]:
    """Return some rows and columns of an array as texts; one dimension is a column.

    Parameters
    ----------
    data : numpy.ndarray
        Values with one or two dimensions.
    first : tuple of int
        First row and column.
    """
    box = data.reshape(-1, 1) if data.ndim < 2 else data  # noqa: PLR2004
    row, column = first
    shown: Iterable[Any] = box[row : row + MOST_ROWS, column : column + MOST_COLUMNS]
    return [[cell_text(value) for value in line] for line in shown]


def value_frame(
    data: np.ndarray[Any, Any],
    index: Sequence[Any] | None,
    columns: Sequence[Any] | None,
    names: tuple[str | None, str | None] = (None, None),
) -> DataFrame:
    """Return values of up to two dimensions as a table; one dimension is a column ``value``.

    Parameters
    ----------
    data : numpy.ndarray
        Values.
    index, columns : sequence or None
        Labels of the rows and columns; ``value`` where `columns` is None.
    names : tuple of (str or None)
        Names of the rows and the columns.

    Returns
    -------
    pandas.DataFrame
        With the array's data type. Texts, bytes, records (as tuples) and times in units that
        pandas does not support are Python objects.
    """
    import pandas as pd  # noqa: PLC0415  heavy

    box = data.reshape(-1, 1) if data.ndim < 2 else data  # noqa: PLR2004
    held = box.astype(box.dtype.newbyteorder("="))
    if held.dtype.kind in "mM" and np.datetime_data(held.dtype) not in _PANDAS_UNITS:
        cells = np.empty(held.shape, dtype=object)
        for place in np.ndindex(held.shape):
            cells[place] = held[place]
        held = cells
    frame = pd.DataFrame(held, dtype=object if held.dtype == object else None)
    frame.index = pd.Index(range(len(box)) if index is None else index)
    frame.columns = pd.Index(["value"] if columns is None else columns)
    frame.index.name, frame.columns.name = names
    return frame


def csv_text(frame: DataFrame) -> str:
    """Return a table as CSV in which a spreadsheet program finds no formulas.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table, with its labels.
    """
    from modos_widgets.modo import csv_safe  # noqa: PLC0415  heavy

    def safe(value: Any) -> Any:
        return csv_safe(value) if isinstance(value, str) else value

    held = frame.rename(index=safe, columns=safe)
    for number, dtype in enumerate(held.dtypes):
        if dtype.kind == "O":
            held.isetitem(number, [safe(value) for value in held.iloc[:, number]])
    held.index.name = safe(held.index.name)
    return held.to_csv(lineterminator="\n")
