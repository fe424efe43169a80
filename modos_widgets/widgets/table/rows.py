"""Displayed rows of a table: blocks on demand, filtered and sorted by a query."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
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
    from collections.abc import Collection, Mapping, Sequence

    from modos_widgets.widgets.table.data_source import FrameSource
    from modos_widgets.widgets.table.marks import Marks
    from modos_widgets.widgets.table.wire import EditRequest

__all__ = ["FoundRows", "Rows"]

_BLOCK_ROWS: Final = 50
_FEWEST_ROWS: Final = 10
_BLOCK_CELLS: Final = 2_000
_LARGEST_FIRST: Final = 40_000
_MOST_ROWS: Final = 500
_BANDED: Final = 100_000
_WARM_FROM: Final = 20_000
_TOP_VALUES: Final = 60
_MOST_FOUND: Final = 8


@dataclass(eq=False)
class FoundRows:
    """Rows that a query has found, in their order; they stay while their cells change.

    Attributes
    ----------
    query : Query
        The query.
    version : int
        Version of the table in which the rows were found.
    positions : numpy.ndarray or None
        Positions of the rows; None for all rows in order.
    count : int
        Number of rows.
    bands : numpy.ndarray or None
        0 or 1 per row, alternating between runs of one class, once they are needed.
    """

    query: Query
    version: int
    positions: Any
    count: int
    bands: Any = None

    def slice(self, start: int, end: int) -> list[int]:
        """Return the positions of the rows from `start` up to `end`."""
        if self.positions is None:
            return list(range(max(0, start), min(end, self.count)))
        return [int(position) for position in self.positions[max(0, start) : max(0, end)]]

    def between(self, bounds: Sequence[int] | None = None) -> list[int]:
        """Return the positions from the first row to the last, both included; by default all."""
        first, last = (0, self.count) if bounds is None else map(int, bounds)
        return self.slice(first, last + 1)

    def places(self, rows: int) -> Any:
        """Return the index of each of `rows` positions here; -1 for those that were not found."""
        if self.positions is None:
            return np.arange(rows)
        places = np.full(rows, -1)
        places[self.positions] = np.arange(self.count)
        return places

    def index(self, position: int) -> int | None:
        """Return the index of a position; None if it was not found."""
        if self.positions is None:
            return position
        places = np.flatnonzero(np.asarray(self.positions) == position)
        return int(places[0]) if len(places) else None


class Rows:
    """The rows of a data source as a table displays them.

    Parameters
    ----------
    data : DraftSource or FrameSource
        Rows and columns of the table.
    editable : bool
        Whether cells can be edited.
    lock : threading.RLock, optional
        Held while rows are read or changed.
    version : int
        First version of the rows.

    Attributes
    ----------
    version : int
        Version of the rows and their cells; it grows with every change.
    shape : int
        The version since which positions refer to the same rows.
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
        lock: threading.RLock | None = None,
        version: int = 1,
    ) -> None:
        self.data = data
        self.editable = editable
        self.lock = lock or threading.RLock()
        self.version = self.shape = self._first_version = version
        self.searcher = Searcher(data)
        self.marks: Marks | None = None
        self.columns: list[Column] = []
        self.describe()
        self._found: list[FoundRows] = []

    def warm(self) -> None:
        """Index the columns of a long table in the background."""
        if len(self.data) > _WARM_FROM:
            background.run(self.searcher.warm)

    # -- positions --------------------------------------------------------------------------

    def found(self, query: Query, version: int | None = None) -> FoundRows:
        """Return the rows that a query finds now, or that it found in an earlier version.

        The rows of the last few queries are kept. Where those of `version` are no longer known,
        the query is computed again.
        """
        with self.lock:
            kept = [
                each
                for each in self._found
                if each.query == query and each.version in (version, self.version)
            ]
            found = min(kept, key=lambda each: each.version) if kept else self._find(query)
            others = (each for each in self._found if each is not found)
            self._found = [*others, found][-_MOST_FOUND:]  # the last one was used last
            return found

    def last_found(self, query: Query, since: int = 0) -> FoundRows:
        """Return the rows that a query found last, even if their cells have changed since.

        Parameters
        ----------
        query : Query
            The query.
        since : int
            Version in which the query was set; what it found before does not count.
        """
        with self.lock:
            known = (each for each in reversed(self._found) if each.query == query)
            return self.found(
                query, next((one.version for one in known if one.version >= since), None)
            )

    def shown(self, payload: Mapping[str, Any]) -> FoundRows:
        """Return the rows that the view of a request shows.

        Parameters
        ----------
        payload : mapping
            Payload with `shown`, the query of the view, and the version in which it found them.
        """
        shown = payload["shown"]
        version = shown.get("version")
        return self.found(read_query(shown), None if version is None else int(version))

    def shown_exactly(self, payload: Mapping[str, Any]) -> FoundRows:
        """Return the rows that the view of a request shows, to change them.

        Raises
        ------
        ChangedError
            The view shows rows that are no longer known.
        """
        found, version = self.shown(payload), payload["shown"].get("version")
        if found.positions is not None and version not in (None, found.version):
            raise ChangedError(
                "The rows are no longer as they were displayed.", "Check the cells, and retry."
            )
        return found

    def _find(self, query: Query) -> FoundRows:
        marks = self.marks
        marked = marks.rows(query.marked) if query.marked and marks is not None else ()
        tabs = self.data.tabs if isinstance(self.data, DraftSource) else None
        within = tabs.mask(query.tab) if tabs is not None and query.tab != ALL else None
        positions = self.searcher.positions(query, marked, within)
        count = len(self.data) if positions is None else len(positions)
        return FoundRows(query, self.version, positions, count)

    def size(self, tab: str) -> int:
        """Return the number of rows of a tab."""
        data = self.data
        return data.tabs.size(tab) if isinstance(data, DraftSource) else len(data)

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

    def range_frame(self, selection: Mapping[str, Any], last: FoundRows) -> pd.DataFrame:
        """Return a range of cells as a DataFrame; empty without a range.

        Parameters
        ----------
        selection : mapping
            The range, as it is sent.
        last : FoundRows
            The rows that it is counted in, if the range does not say so.
        """
        with self.lock:
            if not selection:
                return self.data.frame([])
            found = self.shown(selection) if "shown" in selection else last
            rows = found.between(selection["rows"])
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
        self.version += 1
        self.searcher.forget(columns)
        names = self.data.names
        if moved:
            self.shape = self.version
            self._found = []
        elif columns is None or any(names[number] == "@type" for number in columns):
            for each in self._found:
                each.bands = None

    def check_shape(self, shape: int | None) -> None:
        """Raise ChangedError if the browser has another arrangement of rows."""
        if shape is not None and shape != self.shape:
            raise ChangedError(
                "Rows were added or removed in the meantime.", "Check the cell, and retry."
            )

    def position(self, payload: EditRequest) -> int:
        """Return the position of the row of a cell, also where rows have moved since it was drawn.

        Raises
        ------
        ChangedError
            The row is no longer in this table, or the request does not name it.
        """
        shape, label = payload.get("shape"), payload.get("label")
        if label is None or shape is None or shape == self.shape:
            self.check_shape(shape)
            return int(payload["position"])
        position = self.data.find(label) if shape >= self._first_version else None
        if position is None:
            raise ChangedError(
                "The row is no longer in this table.", "Copy the value, and discard it here."
            )
        return position

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
            self.update(moved=self.data.reload())
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
            found = self.found(Query(tab=tab))
            rows = self._block(found, 0, number) if first else None
            if rows is not None and len(json.dumps(rows["cells"])) > _LARGEST_FIRST:
                rows = None  # the view requests them
            return {
                "shape": self.shape,
                "version": found.version,
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

    def _banding(self, found: FoundRows) -> Any:
        """Return 0 or 1 per row, alternating between runs of one class; None without bands."""
        if "@type" not in self.data.names or len(self.data) > _BANDED:
            return None
        if found.bands is None:
            values = self.data.column(self.data.names.index("@type"))
            codes = pd.factorize(np.asarray([text_of(value) for value in values], dtype=object))[0]
            shown = codes if found.positions is None else codes[found.positions]
            found.bands = np.cumsum(np.diff(shown, prepend=shown[:1]) != 0) % 2
        return found.bands

    def _block(self, found: FoundRows, start: int, end: int) -> Block:
        chosen = found.slice(start, end)
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
        bands = self._banding(found)
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
        with self.lock:
            background.check_cancelled()
            found = self.shown(payload)
            start = max(0, int(payload.get("start", 0)))
            end = min(start + _MOST_ROWS, int(payload.get("end", start + 100)))
            return {
                "total": found.count,
                "all": self.size(found.query.tab),
                "shape": self.shape,
                "version": found.version,
                **self._block(found, start, end),
            }

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
            self.check_shape(request.payload.get("shape"))
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
            data = self.data
            tab = data.tabs.at(position) if isinstance(data, DraftSource) else ALL
            index = self.shown(request.payload).index(position)
            return {"index": index, "position": position, "tab": tab}
