"""Attributes of many elements as typed columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from modos_widgets.modo import column_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Columns", "typed", "typed_frame"]

TYPE = "@type"
_DATE_SLOT = re.compile(r"(^|_)date$")
_DATE = re.compile(
    r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$"
)


class Columns:
    """Collector of rows of attributes, column by column.

    Parameters
    ----------
    wanted : iterable of str, optional
        Attributes to collect; default: all.
    """

    def __init__(self, wanted: Iterable[str] | None = None) -> None:
        self._wanted = None if wanted is None else frozenset(wanted)
        self._values: dict[str, list[Any]] = {TYPE: []}
        self._index: list[tuple[str, str]] = []

    def add(self, path: str, element: str, attributes: Mapping[str, Any]) -> None:
        """Add one row."""
        row = len(self._index)
        self._index.append((path, element))
        values = self._values
        for slot, value in attributes.items():
            if self._wanted is not None and slot not in self._wanted and slot != TYPE:
                continue
            column = values.get(slot)
            if column is None:
                column = values[slot] = []
            missing = row - len(column)
            if missing:
                column.extend([None] * missing)
            column.append(value)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._index)

    def frame(self) -> pd.DataFrame:
        """Return the collected rows as a typed, Arrow-backed frame.

        Returns
        -------
        pandas.DataFrame
            Index ``(object, element)``, in the order added; first column ``@type``. A slot whose
            name ends in ``date`` becomes timestamps in UTC if every value is an ISO 8601 date;
            lists remain lists, and a scalar among lists becomes a list of one; a column of mixed
            kinds is returned as stored (dtype object). Missing values remain missing.
        """
        count = len(self._index)
        for values in self._values.values():
            values.extend([None] * (count - len(values)))
        return typed_frame(self._index, self._values)


def typed_frame(
    keys: Sequence[tuple[str, str]], values: Mapping[str, Sequence[Any] | pa.StringArray]
) -> pd.DataFrame:
    """Return values as the frame that `Columns.frame` describes.

    Parameters
    ----------
    keys : sequence of (str, str)
        Object path and element id of each row.
    values : mapping of str to sequence or pyarrow.StringArray
        Attribute to a value for each row, None or null if missing. An array contains texts only.

    Returns
    -------
    pandas.DataFrame
    """
    columns: dict[int, Any] = {}
    for number, (slot, stored) in enumerate(values.items()):
        column = typed(slot, stored)
        # pandas would turn a plain array into text, which cannot contain an unpaired surrogate
        as_stored = isinstance(column, np.ndarray)
        columns[number] = pd.Series(column, dtype=object) if as_stored else column
    levels: list[Any] = []
    codes: list[Any] = []
    for part in (0, 1):
        level, places = _distinct([row[part] for row in keys])
        levels.append(level)
        codes.append(places)
    index = pd.MultiIndex(levels, codes, names=["object", "element"], verify_integrity=False)
    frame = pd.DataFrame(columns, copy=False)
    frame.columns = column_index(values)
    frame.index = index
    return frame


def _distinct(names: list[str]) -> tuple[Any, Any]:
    """Return the distinct names, and the position among them of each name."""
    try:
        encoded = pa.array(names, type=pa.string()).dictionary_encode()
    except UnicodeEncodeError:  # Arrow rejects an unpaired surrogate
        places, distinct = pd.factorize(_as_stored(names))
        return pd.Index(distinct, dtype=object), places
    return pd.arrays.ArrowExtensionArray(encoded.dictionary), encoded.indices.to_numpy()


def typed(slot: str, values: Sequence[Any] | pa.StringArray) -> Any:
    """Return a column's values as the narrowest Arrow type that fits all of them.

    Parameters
    ----------
    slot : str
        Name of the attribute; if it ends in ``date``, its values may be dates.
    values : sequence or pyarrow.StringArray
        JSON values, None if missing; or texts.

    Returns
    -------
    pandas.array
    """
    if isinstance(values, pa.Array):
        if not _DATE_SLOT.search(slot):
            return pd.array(pa.chunked_array([values]), dtype=pd.ArrowDtype(pa.string()))
        values = values.to_pylist()
    kinds = set(map(type, values))
    kinds.discard(type(None))
    if kinds == {str} and _DATE_SLOT.search(slot):
        dates = _dates(values)
        if dates is not None:
            return dates
    if list in kinds and kinds <= {list, str}:
        wrapped = [[value] if type(value) is str else value for value in values]
        return _arrow(wrapped, pa.list_(pa.string()), values)
    for held, kind in _KINDS:
        if kinds <= held:
            return _arrow(values, kind, values)
    return _as_stored(values)


_KINDS = (
    ({str}, pa.string()),
    ({bool}, pa.bool_()),
    ({int}, pa.int64()),
    ({int, float}, pa.float64()),
)


def _arrow(values: Sequence[Any], kind: pa.DataType, stored: Sequence[Any]) -> Any:
    try:
        chunks = pa.chunked_array([pa.array(values, type=kind, from_pandas=False)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
        return _as_stored(stored)  # lists of other things, huge integers, lone surrogates
    return pd.array(chunks, dtype=pd.ArrowDtype(kind))


def _as_stored(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    column = np.empty(len(values), dtype=object)
    column[:] = None
    for row, value in enumerate(values):
        column[row] = value
    return column


def _dates(values: Sequence[Any]) -> Any | None:
    """Return timestamps in UTC (also for naive values), or None if a value is not ISO 8601."""
    kind = pa.timestamp("us", tz="UTC")
    try:
        stamps = pa.array(values, type=pa.string()).cast(pa.timestamp("us")).cast(kind)
    except (pa.ArrowInvalid, UnicodeEncodeError):
        stamps = _zoned_dates(values)
    return None if stamps is None else pd.array(stamps, dtype=pd.ArrowDtype(kind))


def _zoned_dates(values: Sequence[Any]) -> Any | None:
    """Return the same for values of which some have a time zone, which Arrow's cast rejects."""
    if not all(value is None or _DATE.match(value) for value in values):
        return None
    column = pd.Series(values, dtype=object)
    try:
        stamps = pd.to_datetime(column, utc=True, format="ISO8601", errors="raise")
    except (ValueError, pd.errors.OutOfBoundsDatetime):
        return None
    return pa.array(stamps.astype("datetime64[us, UTC]"), from_pandas=True)
