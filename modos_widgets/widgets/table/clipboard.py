"""Copying and pasting cells, as text for spreadsheets and with the types of their values."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from modos_widgets import background
from modos_widgets.errors import OptionError
from modos_widgets.modo import is_missing, text_of
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.table.cells import csv_safe, tsv
from modos_widgets.widgets.table.replacement import Exact
from modos_widgets.widgets.table.value_parser import block_of
from modos_widgets.widgets.table.wire import CopyAnswer, CopyRequest

if TYPE_CHECKING:
    from modos_widgets.widgets.table.replacement import CellInput
    from modos_widgets.widgets.table.rows import Rows

__all__ = ["Clipboard"]

_LARGEST_COPY: Final = 8_000_000  # characters


class _Copy(NamedTuple):
    """The cells that were copied last."""

    text: str
    columns: list[int]
    values: list[list[Any]]


class Clipboard:
    """Copies cells of a table, and reads what is pasted into it.

    Parameters
    ----------
    rows : Rows
        The rows of the table.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._copy: _Copy | None = None

    @answers("copy")
    def copy(self, request: Request[CopyRequest]) -> CopyAnswer:
        """Return cells as text for the clipboard: tab separated, or all rows as CSV.

        As in a spreadsheet, copied cells are what is stored, also where they begin with = + - @;
        what becomes a file (CSV) has those guarded.
        """
        payload, rows = request.payload, self._rows
        numbers = [rows.number(column) for column in payload["columns"]]
        with rows.lock:
            if payload.get("form") == "csv":
                positions = rows.displayed()
                return {"text": self._csv(positions, numbers), "rows": len(positions)}
            positions = rows.displayed(payload["rows"])
            if len(positions) * len(numbers) > _LARGEST_COPY // 4:
                raise OptionError("That is too much for the clipboard.", "Take table.selected.")
            cells = [[row[number] for number in numbers] for row in rows.data.rows(positions)]
            text = tsv(cells)
            self._copy = _Copy(text, numbers, cells)
            return {"text": text, "rows": len(positions)}

    def _csv(self, positions: list[int], numbers: list[int]) -> str:
        data = self._rows.data
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([csv_safe(data.names[number]) for number in numbers])
        for start in range(0, len(positions), 2_000):
            background.check_cancelled()
            for row in data.rows(positions[start : start + 2_000]):
                writer.writerow([csv_safe(text_of(row[number])) for number in numbers])
            if file.tell() > _LARGEST_COPY:
                raise OptionError(
                    "That is too much for the clipboard.",
                    "Write table.frame.to_csv(path) in a cell.",
                )
        return file.getvalue()

    def read(self, text: str, numbers: list[int]) -> list[list[CellInput]]:
        """Read a paste into columns; what was copied from the same columns keeps its types."""
        block: list[list[CellInput]] = [[*line] for line in block_of(text)]
        copy = self._copy
        if copy is None or copy.columns != numbers[: len(copy.columns)]:
            return block
        if copy.text != text.replace("\r\n", "\n").removesuffix("\n"):
            return block
        return [["" if is_missing(cell) else Exact(cell) for cell in line] for line in copy.values]
