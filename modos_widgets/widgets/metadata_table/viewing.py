"""What is seen of a table: rows on demand, sort, filters, search, links, copies."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import traitlets

from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.session import background
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers
from modos_widgets.widgets.metadata_table.cells import text_of, wire
from modos_widgets.widgets.metadata_table.code import table_pieces
from modos_widgets.widgets.metadata_table.columns import describe
from modos_widgets.widgets.metadata_table.labels import labels_for
from modos_widgets.widgets.metadata_table.query import Filter, Query, Searcher
from modos_widgets.widgets.metadata_table.saved import as_html, as_text
from modos_widgets.widgets.metadata_table.sheets import DraftSheet, FrameSheet
from modos_widgets.widgets.metadata_table.sources import sheet_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modos_widgets.widgets.shown_code import Piece

__all__ = ["TableView"]

_BLOCK_ROWS: Final = 50
_FEWEST_ROWS: Final = 10
_BLOCK_CELLS: Final = 2_000
_LARGEST_FIRST: Final = 40_000
_MOST_ROWS: Final = 500
_BANDED: Final = 100_000
_WARM_FROM: Final = 20_000
_TOP_VALUES: Final = 60


class TableView(FrontEndWidget):
    """Shows a sheet: rows on demand, sort, filters and search in Python."""

    _bundle_name = "metadata_table"

    value = traitlets.Any(
        None,
        allow_none=True,
        help="Label of the selected row: the element's id, (object path, id) where there are "
        "several objects, the index entry of a DataFrame; None for no row. Settable.",
    ).tag(sync=True)
    followed = traitlets.Any(
        None,
        allow_none=True,
        help="The link that was followed last: an element's id, or (object path, id).",
    ).tag(sync=True)
    search = traitlets.Unicode(
        "", help="Words that each have to be in any column of a row; settable."
    ).tag(sync=True)
    height = traitlets.Unicode(
        "420px", help="Height as CSS: '420px', or '100%' to fill what holds the table."
    ).tag(sync=True)
    editable = traitlets.Bool(default_value=False, help="Whether cells can be changed.").tag(
        sync=True
    )

    _query = traitlets.Dict().tag(sync=True)
    _layout = traitlets.Dict().tag(sync=True)
    _range = traitlets.Dict().tag(sync=True)
    _head = traitlets.Dict().tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Any = None, *, editable: bool = False, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._shape = 0
        self._take(
            FrameSheet(pd.DataFrame()) if source is None else sheet_of(source, editable=editable)
        )
        super().__init__(editable=editable, _head=self._first(editable=editable), **traits)

    def _take(self, sheet: FrameSheet | DraftSheet) -> None:
        with self._lock:
            self._sheet = sheet
            self._searcher = Searcher(sheet)
            self._shape += 1
            self._now: tuple[Query, Any] = (Query(), None)
            self._bands: Any = None
            self._columns: list[dict[str, Any]] = []
        if len(sheet) > _WARM_FROM:
            background.run(self._searcher.warm)

    def _first(self, *, editable: bool) -> dict[str, Any]:
        """Give what the browser needs to draw the table while the kernel may be busy."""
        with self._lock:
            self._columns = describe(self._sheet, editable=editable)
            width = max(1, len(self._columns))
            number = max(_FEWEST_ROWS, min(_BLOCK_ROWS, _BLOCK_CELLS // width))
            rows = self._block(None, 0, number)
            large = len(json.dumps(rows["c"])) > _LARGEST_FIRST  # the view asks for it
            return {
                "shape": self._shape,
                "columns": self._columns,
                "several": isinstance(self._sheet, DraftSheet) and self._sheet.several,
                "drafted": isinstance(self._sheet, DraftSheet),
                "all": len(self._sheet),
                "block": number,
                "rows": None if large else rows,
            }

    # -- in Python --------------------------------------------------------------------------

    @property
    def source(self) -> Any:
        """What is shown. Settable, to anything that the constructor takes, or None."""
        return self._source_of()

    @source.setter
    def source(self, source: Any) -> None:
        sheet = (
            FrameSheet(pd.DataFrame())
            if source is None
            else sheet_of(source, editable=self.editable)
        )
        self.value = None
        self._query = {}
        self._layout = {}
        self._range = {}
        self.search = ""
        self._take(sheet)
        self._changed_source()
        self._head = self._first(editable=self.editable)

    def _source_of(self) -> Any:
        if isinstance(self._sheet, DraftSheet):
            modos = self._sheet.draft.modos
            return modos if len(modos) > 1 else modos[0]
        return self._sheet.frame(None)

    def _changed_source(self) -> None:
        """Do what is due when another source was taken."""

    @property
    def frame(self) -> pd.DataFrame:
        """What is shown, filtered and sorted, as a DataFrame; values as they are stored."""
        with self._lock:
            return self._sheet.frame(self._positions(self._asked(self._query, self.search)))

    def on_select(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call `callback` with the label of the selected row whenever it changes.

        Returns
        -------
        callable
            Ends it.
        """
        return self._on("value", callback)

    def _on(self, trait: str, callback: Callable[[Any], object]) -> Callable[[], None]:
        def changed(change: dict[str, Any]) -> None:
            if change["new"] is not None:
                callback(change["new"])

        self.observe(changed, trait)
        return lambda: self.unobserve(changed, trait)

    @traitlets.validate("value", "followed")
    def _label(self, proposal: dict[str, Any]) -> Any:
        value = proposal["value"]
        return tuple(value) if isinstance(value, list) else value

    # -- rows -------------------------------------------------------------------------------

    def _asked(self, query: dict[str, Any], search: str) -> Query:
        try:
            sort = tuple((int(column), bool(down)) for column, down in query.get("sort", []))
            filters = {
                int(column): Filter.of(condition)
                for column, condition in query.get("filters", {}).items()
            }
        except (TypeError, ValueError, AttributeError) as error:
            raise OptionError("The table was asked in a way it does not know.", "") from error
        return Query(sort, filters, search[:500], str(query.get("marked", "")))

    def _positions(self, query: Query) -> Any:
        """Rows of a query; those of the last one stay as they were while cells change."""
        if query == self._now[0]:
            return self._now[1]
        marked = self._marked(query.marked) if query.marked else None
        found = self._searcher.positions(query, marked)
        self._now = (query, found)
        self._bands = None
        return found

    def _marked(self, _mark: str) -> set[int]:
        """Rows that bear a mark; a table that is only looked at has none."""
        return set()

    def _rows_of(self, bounds: Sequence[int]) -> list[int]:
        """Sheet positions of displayed rows, from the first to the last, both included."""
        first, last = (max(0, int(bound)) for bound in bounds)
        positions = self._positions(self._asked(self._query, self.search))
        if positions is None:
            return list(range(first, min(last + 1, len(self._sheet))))
        return [int(each) for each in positions[first : last + 1]]

    def _banding(self, positions: Any) -> Any:
        """Tell odd from even runs of rows of one class, for their bands."""
        if "@type" not in self._sheet.names or len(self._sheet) > _BANDED:
            return None
        if self._bands is None:
            values = self._sheet.column(self._sheet.names.index("@type"))
            codes = pd.factorize(np.asarray([text_of(value) for value in values], dtype=object))[0]
            shown = codes if positions is None else codes[positions]
            self._bands = np.cumsum(np.diff(shown, prepend=shown[:1]) != 0) % 2
        return self._bands

    def _block(self, positions: Any, start: int, end: int) -> dict[str, Any]:
        chosen = (
            list(range(start, min(end, len(self._sheet))))
            if positions is None
            else [int(each) for each in positions[start:end]]
        )
        rows = self._sheet.rows(chosen)
        terms = [number for number, each in enumerate(self._columns) if each["kind"] == "term"]
        block: dict[str, Any] = {"p": chosen, "c": [[wire(cell) for cell in row] for row in rows]}
        if terms:
            labels = labels_for(row[number] for row in rows for number in terms)
            if labels:
                block["l"] = labels
        bands = self._banding(positions)
        if bands is not None:
            block["b"] = [int(each) for each in bands[start : start + len(chosen)]]
        marks = self._marks(chosen)
        if marks:
            block["m"] = marks
        return block

    def _marks(self, _positions: list[int]) -> dict[str, Any]:
        """Give the marks of rows for the browser; a table that is only looked at has none."""
        return {}

    @answers("rows")
    def _answer_rows(self, request: Request) -> dict[str, Any]:
        """Give a block of rows."""
        asked = request.payload
        query = self._asked(dict(asked.get("query", {})), str(asked.get("search", "")))
        with self._lock:
            background.check_cancelled()
            positions = self._positions(query)
            start = max(0, int(asked.get("start", 0)))
            end = min(start + _MOST_ROWS, int(asked.get("end", start + 100)))
            total = len(self._sheet) if positions is None else len(positions)
            block = self._block(positions, start, end)
            return {"total": total, "all": len(self._sheet), "shape": self._shape, **block}

    @answers("values")
    def _answer_values(self, request: Request) -> dict[str, Any]:
        """Give a column's most frequent values, for its filter."""
        number = self._number(request.payload["column"])
        with self._lock:
            pairs, count = self._searcher.distinct(
                number, _TOP_VALUES, str(request.payload.get("text", ""))[:200]
            )
        labels = labels_for(text for text, _ in pairs)
        return {
            "values": [
                [wire(text), times] for text, times in pairs if wire(text) == text or not text
            ],
            "count": count,
            "labels": labels,
        }

    def _number(self, column: Any) -> int:
        number = int(column)
        if not 0 <= number < len(self._sheet.names):
            raise NotFoundError("There is no such column any more.", "Look at the table again.")
        return number

    @answers("cell")
    def _answer_cell(self, request: Request) -> dict[str, Any]:
        """Give the whole text of one cell."""
        with self._lock:
            position, number = (
                int(request.payload["position"]),
                self._number(request.payload["column"]),
            )
            return {"text": text_of(self._sheet.rows([position])[0][number])[:2_000_000]}

    def _pieces(self) -> list[Piece]:
        with self._lock:
            query = self._asked(self._query, self.search)
            return table_pieces(self._sheet, query, editable=self.editable)

    # -- in a saved notebook ----------------------------------------------------------------

    def _as_text(self) -> str:
        with self._lock:
            positions = self._now[1] if self.search or self._query else None
            shown = len(self._sheet) if positions is None else len(positions)
            return as_text(len(self._sheet), len(self._sheet.names), shown)

    def _as_html(self) -> str:
        with self._lock:
            try:
                positions = self._positions(self._asked(self._query, self.search))
            except OptionError:  # a filter that the table has already refused, in sight
                positions = self._now[1]
            chosen = list(range(len(self._sheet))[:100]) if positions is None else positions
            total = len(self._sheet) if positions is None else len(positions)
            seen = [int(each["id"]) for each in self._columns if not each.get("hidden")]
            return as_html(self._sheet, chosen, seen, self._as_text(), total)
