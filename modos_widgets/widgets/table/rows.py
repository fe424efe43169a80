"""Displayed rows of a table: blocks on demand, filtered and sorted by a query."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from modos_widgets import background
from modos_widgets.errors import ChangedError, NotFoundError
from modos_widgets.modo import labels_for, text_of
from modos_widgets.widgets.element_form import class_choices
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.table.cells import LONGEST_KEY, display_value
from modos_widgets.widgets.table.class_tabs import ALL
from modos_widgets.widgets.table.columns import describe, foreign_columns
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.query import Query, Searcher, read_query
from modos_widgets.widgets.table.wire import (
    Block,
    CellRequest,
    Column,
    FindAnswer,
    FindRequest,
    Head,
    RowsAnswer,
    RowsRequest,
    TextAnswer,
    ValuesAnswer,
    ValuesRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from modos_widgets.widgets.table.data_source import FrameSource
    from modos_widgets.widgets.table.marks import Marks

__all__ = ["Rows"]

_BLOCK_ROWS: Final = 50
_FEWEST_ROWS: Final = 10
_BLOCK_CELLS: Final = 2_000
_LARGEST_FIRST: Final = 40_000
_MOST_ROWS: Final = 500
_BANDED: Final = 100_000
_WARM_FROM: Final = 20_000
_TOP_VALUES: Final = 60


class Rows:
    """The rows of a data source as a table displays them.

    Parameters
    ----------
    data : DraftSource or FrameSource
        Rows and columns of the table.
    editable : bool
        Whether cells can be edited.
    query : callable
        Returns the query of the view.
    query_of : callable, optional
        Returns the query of another tab, by its name.
    lock : threading.RLock, optional
        Held while rows are read or changed.
    shape : int
        Number of the arrangement of rows; it grows when positions refer to other rows.

    Attributes
    ----------
    columns : list of dict
        Columns as sent to the browser.
    searcher : Searcher
        Computes the rows of queries.
    marks : Marks or None
        Marks of changed cells and findings; None without a draft.
    """

    def __init__(
        self,
        data: DraftSource | FrameSource,
        *,
        editable: bool = False,
        query: Callable[[], Query] = Query,
        query_of: Callable[[str], Query] | None = None,
        lock: threading.RLock | None = None,
        shape: int = 1,
    ) -> None:
        self.data = data
        self.editable = editable
        self.lock = lock or threading.RLock()
        self.shape = shape
        self.searcher = Searcher(data)
        self.marks: Marks | None = None
        self.columns: list[Column] = []
        self.describe()
        self._view_query = query
        self._tab_query = query_of
        self._result: tuple[Query, Any] = (Query(), None)
        self._bands: Any = None

    def warm(self) -> None:
        """Index the columns of a long table in the background."""
        if len(self.data) > _WARM_FROM:
            background.run(self.searcher.warm)

    # -- positions --------------------------------------------------------------------------

    def positions(self, query: Query | None = None) -> Any:
        """Return the rows of a query, by default that of the view; None for all in order.

        The rows of the last query do not change when cells change.
        """
        if query is None:
            query = self._view_query()
        if query != self._result[0]:
            self._result = (query, self._search(query))
            self._bands = None
        return self._result[1]

    @property
    def query(self) -> Query:
        """Query of the view."""
        return self._view_query()

    def query_of(self, tab: str) -> Query:
        """Return the query of another tab."""
        return self._tab_query(tab) if self._tab_query is not None else Query(tab=tab)

    def places(self, query: Query) -> Any:
        """Return the index of each row among those of a query; -1 for those that do not match."""
        count = len(self.data)
        positions = self.positions() if query == self._view_query() else self._search(query)
        if positions is None:
            return np.arange(count)
        places = np.full(count, -1)
        places[positions] = np.arange(len(positions))
        return places

    @property
    def last_positions(self) -> Any:
        """Rows of the last query; None for all."""
        return self._result[1]

    def _search(self, query: Query) -> Any:
        marks = self.marks
        marked = marks.rows(query.marked) if query.marked and marks is not None else ()
        tabs = self.data.tabs if isinstance(self.data, DraftSource) else None
        within = tabs.mask(query.tab) if tabs is not None and query.tab != ALL else None
        return self.searcher.positions(query, marked, within)

    def size(self, tab: str) -> int:
        """Return the number of rows of a tab."""
        data = self.data
        return data.tabs.size(tab) if isinstance(data, DraftSource) else len(data)

    def displayed(self, bounds: Sequence[int] | None = None) -> list[int]:
        """Return the positions of displayed rows, from the first to the last, both included."""
        first, last = (max(0, int(bound)) for bound in bounds or (0, len(self.data)))
        positions = self.positions()
        if positions is None:
            return list(range(first, min(last + 1, len(self.data))))
        return [int(position) for position in positions[first : last + 1]]

    def number(self, column: Any) -> int:
        """Return the number of a column by its id in the browser.

        Raises
        ------
        NotFoundError
            The column does not exist.
        """
        number = int(column)
        if not 0 <= number < len(self.data.names):
            raise NotFoundError("The column no longer exists.", "Refresh the table.")
        return number

    def frame(self) -> pd.DataFrame:
        """Return the displayed rows as a DataFrame; values as stored."""
        with self.lock:
            return self.data.frame(self.positions())

    def range_frame(self, selection: Mapping[str, Any]) -> pd.DataFrame:
        """Return a range of cells as a DataFrame; empty without a range."""
        with self.lock:
            if not selection:
                return self.data.frame([])
            rows = self.displayed(selection["rows"])
            numbers = [int(column) for column in selection["columns"]]
            names = [self.data.names[number] for number in numbers]
            cells = [[row[number] for number in numbers] for row in self.data.rows(rows)]
            frame = pd.DataFrame(cells, columns=pd.Index(names, dtype=object), dtype=object)
            frame.index = self.data.frame(rows).index
            return frame

    # -- after a change ---------------------------------------------------------------------

    def update(self, *, moved: bool, columns: Collection[int] | None = None) -> None:
        """Drop results that depend on changed values.

        Parameters
        ----------
        moved : bool
            Whether positions refer to other rows than before.
        columns : collection of int, optional
            Columns whose values have changed; by default all.
        """
        self.searcher.forget(columns)
        names = self.data.names
        if moved or columns is None or any(names[number] == "@type" for number in columns):
            self._bands = None
        if moved:
            self.shape += 1
            query = self._result[0]
            self._result = (query, self._search(query))

    def check_shape(self, shape: int | None) -> None:
        """Raise ChangedError if the browser has another arrangement of rows."""
        if shape is not None and shape != self.shape:
            raise ChangedError(
                "Rows were added or removed in the meantime.", "Check the cell, and retry."
            )

    # -- for the browser --------------------------------------------------------------------

    def describe(self) -> None:
        """Describe the columns again, after some were added."""
        self.columns = describe(self.data, editable=self.editable)

    def saved_columns(self, tab: str) -> list[int]:
        """Return the columns of a tab that have values, for the saved output."""
        data = self.data
        if tab == ALL or not isinstance(data, DraftSource):
            return [int(each["id"]) for each in self.columns if not each.get("hidden")]
        state = data.tabs.states(data.numbers)[tab]
        shown = [column for column in state["columns"] if column not in state["empty"]]
        return [*range(data.keys), *map(int, shown)]

    def set_editable(self, editable: bool) -> None:  # noqa: FBT001 - the value of a trait
        """Change whether cells can be edited; an editable table has all columns of its classes."""
        self.editable = editable
        if editable and isinstance(self.data, DraftSource):
            self.data.all_slots = True
            self.data.reload()
        self.describe()

    def head(self, tab: str = ALL, *, first: bool = True) -> Head:
        """Return what the browser needs to draw the table, even while the kernel is busy.

        Parameters
        ----------
        tab : str
            Tab of the first rows.
        first : bool
            Whether to include the first rows, unless they are large.
        """
        with self.lock:
            drafted = self.data if isinstance(self.data, DraftSource) else None
            width = max(1, len(self.columns))
            number = max(_FEWEST_ROWS, min(_BLOCK_ROWS, _BLOCK_CELLS // width))
            positions = None if tab == ALL else self._search(Query(tab=tab))
            rows = self._block(positions, 0, number) if first else None
            if rows is not None and len(json.dumps(rows["cells"])) > _LARGEST_FIRST:
                rows = None  # the view requests them
            return {
                "shape": self.shape,
                "columns": self.columns,
                "several": drafted is not None and drafted.several,
                "drafted": drafted is not None,
                "all": self.size(tab),
                "tab": tab,
                "tabs": [] if drafted is None else drafted.tabs.describe(),
                "classes": [] if drafted is None else class_choices(drafted.draft.schema),
                "foreign": {} if drafted is None else foreign_columns(drafted),
                "block": number,
                "rows": rows,
            }

    def _banding(self, positions: Any) -> Any:
        """Return 0 or 1 per row, alternating between runs of one class; None without bands."""
        if "@type" not in self.data.names or len(self.data) > _BANDED:
            return None
        if self._bands is None:
            values = self.data.column(self.data.names.index("@type"))
            codes = pd.factorize(np.asarray([text_of(value) for value in values], dtype=object))[0]
            shown = codes if positions is None else codes[positions]
            self._bands = np.cumsum(np.diff(shown, prepend=shown[:1]) != 0) % 2
        return self._bands

    def _block(self, positions: Any, start: int, end: int) -> Block:
        chosen = (
            list(range(start, min(end, len(self.data))))
            if positions is None
            else [int(position) for position in positions[start:end]]
        )
        rows, keys = self.data.rows(chosen), self.data.keys
        terms = [number for number, column in enumerate(self.columns) if column["kind"] == "term"]
        block: Block = {
            "positions": chosen,
            "cells": [
                [
                    *(display_value(cell, LONGEST_KEY) for cell in row[:keys]),
                    *(display_value(cell) for cell in row[keys:]),
                ]
                for row in rows
            ],
        }
        labels = labels_for(row[number] for row in rows for number in terms)
        if labels:
            block["labels"] = labels
        bands = self._banding(positions)
        if bands is not None:
            block["bands"] = [int(band) for band in bands[start : start + len(chosen)]]
        if isinstance(self.data, DraftSource):
            data = self.data
            block["filled"] = [
                data.tabs.completeness(data.attributes(position)) for position in chosen
            ]
        if self.marks is not None:
            marks = {str(position): self.marks.of(position) for position in chosen}
            if marks := {position: marked for position, marked in marks.items() if marked}:
                block["marks"] = marks
        return block

    @answers("rows")
    def block(self, request: Request[RowsRequest]) -> RowsAnswer:
        """Return a block of rows."""
        payload = request.payload
        query = read_query(payload.get("query", {}), str(payload.get("search", "")))
        with self.lock:
            background.check_cancelled()
            positions = self.positions(query)
            start = max(0, int(payload.get("start", 0)))
            end = min(start + _MOST_ROWS, int(payload.get("end", start + 100)))
            total = len(self.data) if positions is None else len(positions)
            block = self._block(positions, start, end)
            rows = self.size(query.tab)
            return {"total": total, "all": rows, "shape": self.shape, **block}

    @answers("values")
    def values(self, request: Request[ValuesRequest]) -> ValuesAnswer:
        """Return the most frequent values of a column, for its filter."""
        number = self.number(request.payload["column"])
        with self.lock:
            pairs, count = self.searcher.distinct(
                number, _TOP_VALUES, str(request.payload.get("text", ""))[:200]
            )
        labels = labels_for(text for text, _ in pairs)
        return {
            "values": [
                (text, times) for text, times in pairs if display_value(text) == text or not text
            ],
            "count": count,
            "labels": labels,
        }

    @answers("cell")
    def cell(self, request: Request[CellRequest]) -> TextAnswer:
        """Return the whole text of one cell."""
        with self.lock:
            position = int(request.payload["position"])
            number = self.number(request.payload["column"])
            return {"text": text_of(self.data.rows([position])[0][number])[:2_000_000]}

    @answers("find")
    def find(self, request: Request[FindRequest]) -> FindAnswer:
        """Return the position of the row with a label, and its index among the displayed rows."""
        label = request.payload["label"]
        with self.lock:
            position = self.data.find(label)
            if position is None:
                raise NotFoundError(f"{text_of(label)} is not in this table.", "Check the label.")
            data, positions = self.data, self.positions()
            tab = data.tabs.at(position) if isinstance(data, DraftSource) else ALL
            index: int | None = position
            if positions is not None:
                places = np.flatnonzero(np.asarray(positions) == position)
                index = int(places[0]) if len(places) else None
            return {"index": index, "position": position, "tab": tab}
