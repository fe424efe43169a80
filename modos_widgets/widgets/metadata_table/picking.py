"""Cells and rows that are picked out: copied, selected, found, followed to others."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.session import background
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.cells import csv_safe, text_of, tsv
from modos_widgets.widgets.metadata_table.sheets import DraftSheet
from modos_widgets.widgets.metadata_table.viewing import TableView

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PickedTable"]

_LARGEST_COPY: Final = 8_000_000  # characters


class Copied(NamedTuple):
    """Cells as they were copied last, for a paste that gives them back."""

    text: str
    columns: list[int]
    values: list[list[Any]]


class PickedTable(TableView):
    """A table whose cells are copied, whose rows are selected, whose links are followed."""

    _copied: Copied | None = None

    @property
    def selected(self) -> pd.DataFrame:
        """The selected cells as a DataFrame; empty where none is selected."""
        with self._lock:
            if not self._range:
                return self._sheet.frame([])
            rows = self._rows_of(self._range["rows"])
            numbers = [int(each) for each in self._range["columns"]]
            names = [self._sheet.names[number] for number in numbers]
            cells = [[row[number] for number in numbers] for row in self._sheet.rows(rows)]
            found = pd.DataFrame(cells, columns=pd.Index(names, dtype=object), dtype=object)
            found.index = self._sheet.frame(rows).index
            return found

    def on_follow(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call `callback` with the element that a followed link leads to.

        Returns
        -------
        callable
            Ends it.
        """
        return self._on("followed", callback)

    @answers("copy")
    def _answer_copy(self, request: Request) -> dict[str, Any]:
        """Give cells as text for the clipboard: tab separated, or all rows as CSV.

        As in a spreadsheet, copied cells are what is stored, also where they begin with = + - @;
        what becomes a file (CSV) has those guarded.
        """
        asked = request.payload
        numbers = [self._number(each) for each in asked["columns"]]
        with self._lock:
            if asked.get("form") == "csv":
                query = self._asked(self._query, self.search)
                positions = self._positions(query)
                chosen = range(len(self._sheet)) if positions is None else positions
                return {"text": self._csv(chosen, numbers), "rows": len(chosen)}
            rows = self._rows_of(asked["rows"])
            if len(rows) * len(numbers) > _LARGEST_COPY // 4:
                raise OptionError("That is too much for the clipboard.", "Take table.selected.")
            cells = [[row[number] for number in numbers] for row in self._sheet.rows(rows)]
            text = tsv(cells)
            self._copied = Copied(text, numbers, cells)
            return {"text": text, "rows": len(rows)}

    def _csv(self, positions: Any, numbers: list[int]) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([csv_safe(self._sheet.names[number]) for number in numbers])
        for start in range(0, len(positions), 2_000):
            background.check_cancelled()
            for row in self._sheet.rows([int(each) for each in positions[start : start + 2_000]]):
                writer.writerow([csv_safe(text_of(row[number])) for number in numbers])
            if out.tell() > _LARGEST_COPY:
                raise OptionError(
                    "That is too much for the clipboard.",
                    "Write table.frame.to_csv(path) in a cell.",
                )
        return out.getvalue()

    @answers("find")
    def _answer_find(self, request: Request) -> dict[str, Any]:
        """Tell where the row with a label stands among those that are shown."""
        label = request.payload["label"]
        with self._lock:
            position = self._sheet.find(label)
            if position is None:
                raise NotFoundError(f"{text_of(label)} is not in this table.", "")
            positions = self._positions(self._asked(self._query, self.search))
            if positions is None:
                return {"index": position, "position": position}
            places = np.flatnonzero(np.asarray(positions) == position)
            if not len(places):
                return {"index": None, "position": position}
            return {"index": int(places[0]), "position": position}

    @answers("label")
    def _answer_label(self, request: Request) -> dict[str, Any]:
        """Take a row as the selected one."""
        with self._lock:
            position = int(request.payload["position"])
            if 0 <= position < len(self._sheet):
                self.value = self._sheet.label(position)
        return {}

    @answers("follow")
    def _answer_follow(self, request: Request) -> dict[str, Any]:
        """Follow a link: select its target, and tell who listens."""
        target = str(request.payload["target"])[:2_000]
        label: Any = target
        with self._lock:
            if isinstance(self._sheet, DraftSheet) and self._sheet.several:
                label = (self._sheet.key(int(request.payload["position"]))[0], target)
            elif self._sheet.keys > 1:
                row = self._sheet.rows([int(request.payload["position"])])[0]
                label = (*row[: self._sheet.keys - 1], target)
            known = self._sheet.find(label)
        self.followed = None
        self.followed = label
        if known is not None:
            self.value = label
        return {"known": known is not None, "label": label}
