"""Tables: groups whose arrays are columns (a dataframe of AnnData, a DynamicTable of NWB)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.archive import ArrayMetadata
from modos_widgets.errors import ModosError, UnsupportedError
from modos_widgets.explore.array_part import DEFAULT_BUDGET, VARYING
from modos_widgets.explore.conventions.columns import ColumnValues, read_columns
from modos_widgets.explore.conventions.meaning import MeantValues

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pandas import DataFrame

    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.conventions.columns import Column
    from modos_widgets.explore.source import NodeSource

__all__ = ["MOST_TABLE_COLUMNS", "StoredTable", "table_frame"]

MOST_TABLE_COLUMNS: Final = 256
"""Maximum number of columns of a table that are shown."""

_MOST_ROWS: Final = 65_536  # that are chosen as a whole
_MOST_FAULTS: Final = 3


@dataclass(frozen=True, slots=True)
class StoredTable:
    """Table below a group.

    Attributes
    ----------
    source : NodeSource
        The hierarchy.
    columns : tuple of (str, Column)
        Names and columns, in their order.
    length : int
        Number of rows.
    budget : int
        Maximum bytes of decoded chunks that are read of each column.
    """

    source: NodeSource
    columns: tuple[tuple[str, Column], ...]
    length: int
    budget: int = DEFAULT_BUDGET

    @property
    def array(self) -> ArrayMetadata:
        """Metadata of the table as if it were an array, to choose a part."""
        facts = self.source.describe(dict.fromkeys(column.path for _, column in self.columns))
        arrays = [each.array for each in facts.values() if each.array is not None]
        rows = max([1, *((each.inner_chunks or each.chunks)[0] for each in arrays)])
        return ArrayMetadata(
            shape=(self.length, len(self.columns)),
            chunks=(max(1, min(rows, self.length, _MOST_ROWS)), 1),
            inner_chunks=None,
            dtype="table",
            codecs=tuple(dict.fromkeys(name for each in arrays for name in each.codecs)),
            fill_value=None,
            dimension_names=(),
            itemsize=max([1, *(each.itemsize or VARYING for each in arrays)]),
        )

    def read(
        self,
        part: ArrayPart,
        check: Callable[[], None] = lambda: None,
        **options: Any,  # noqa: ARG002  of stored arrays
    ) -> MeantValues:
        """Read rows of some columns side by side.

        Parameters
        ----------
        part : ArrayPart
            The part.
        check : callable
            Called between requests; an exception that it raises ends the reading.
        **options
            Options of `read_part`, which are not used here.

        Returns
        -------
        MeantValues
            A column that cannot be read is empty, and named in `faults`.

        Raises
        ------
        ModosError
            None of the columns can be read.
        """
        (start, first), (stop, last) = part.start, part.stop
        wanted = self.columns[first:last]
        read = read_columns(
            self.source,
            [(column, start, stop) for _, column in wanted],
            budget=self.budget,
            check=check,
        )
        data = np.empty((stop - start, len(wanted)), dtype=object)
        columns: list[ColumnValues] = []
        faults: list[str] = []
        notes: list[str] = []
        for place, ((name, _), answer) in enumerate(zip(wanted, read, strict=True)):
            if isinstance(answer, ModosError):
                faults.append(f"Column {name}: {answer.message}")
                values = ColumnValues(np.full(stop - start, None, dtype=object))
            else:
                values = answer
            if values.outside:
                number = f"{values.outside:,} {'value' if values.outside == 1 else 'values'}"
                notes.append(f"{number} of {name}: invalid, shown as missing.")
            data[:, place] = _cells(values)
            columns.append(values)
        if wanted and len(faults) == len(wanted):
            raise UnsupportedError(f"No column can be read. {faults[0]}", "Show the raw values.")
        return MeantValues(
            data if part.axes[:1] == (0,) else data.T,
            tuple(faults[:_MOST_FAULTS]),
            len(faults),
            notes=tuple(notes[:_MOST_FAULTS]),
            columns=tuple(zip((name for name, _ in wanted), columns, strict=True)),
        )


def _cells(values: ColumnValues) -> np.ndarray[Any, Any]:
    """Return values as objects: numbers of numpy, texts, None where a value is missing."""
    held = np.empty(len(values.data), dtype=object)
    shown = values.data if values.stored is None else values.stored
    held[:] = list(shown)
    if values.missing is not None:
        held[values.missing] = None
    return held


def table_frame(values: MeantValues, index: Sequence[Any]) -> DataFrame:
    """Return the columns of a table as a DataFrame.

    Parameters
    ----------
    values : MeantValues
        Values of a table.
    index : sequence
        Labels of the rows.

    Returns
    -------
    pandas.DataFrame
        Categories are ``category``, masked whole numbers ``Int64`` and the like, masked texts
        ``string``; other columns have the data type of their array.
    """
    import pandas as pd  # noqa: PLC0415  heavy

    columns = [_pandas_column(each) for _, each in values.columns]
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(len(values.data)))
    frame.index = pd.Index(list(index))
    frame.columns = pd.Index([name for name, _ in values.columns])
    return frame


def _pandas_column(values: ColumnValues) -> Any:
    import pandas as pd  # noqa: PLC0415  heavy

    if values.codes is not None:
        words = pd.Index(list(values.words), dtype=object)
        if words.has_duplicates:
            return values.data
        return pd.Categorical.from_codes(values.codes, words, ordered=values.is_ordered)
    stored, missing = values.stored, values.missing
    if stored is not None and missing is not None and stored.dtype.kind in "iuf":
        native = stored.astype(stored.dtype.newbyteorder("="))
        kind = pd.arrays.FloatingArray if native.dtype.kind == "f" else pd.arrays.IntegerArray
        return kind(native, missing.astype(bool))
    if stored is not None and missing is not None and stored.dtype.kind == "b":
        return pd.arrays.BooleanArray(stored, missing.astype(bool))
    if stored is not None:
        return pd.array(values.data, dtype="string")
    return values.data.astype(values.data.dtype.newbyteorder("="))
