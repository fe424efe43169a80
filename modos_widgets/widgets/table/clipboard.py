"""Copy and paste of cells: as text for spreadsheets, and with the types of their values."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from modos_widgets import background
from modos_widgets.errors import OptionError
from modos_widgets.modo import csv_safe, is_missing, text_of
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.slot_values import block_of
from modos_widgets.widgets.table.cells import tsv
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.paste import csv_block
from modos_widgets.widgets.table.replacement import Exact
from modos_widgets.widgets.table.wire import CopyAnswer, CopyRequest

if TYPE_CHECKING:
    from modos_widgets.widgets.table.replacement import CellInput
    from modos_widgets.widgets.table.rows import Rows

__all__ = ["Clipboard"]

_LARGEST_COPY: Final = 8_000_000  # characters


class _Copy(NamedTuple):
    """The last copied cells."""

    text: str
    columns: list[int]
    values: list[list[Any]]


class Clipboard:
    """Clipboard of a table: copies cells and reads pasted text.

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
        """Return cells as text for the clipboard: tab-separated, or all rows as CSV.

        As in a spreadsheet, copied cells are the stored values, even if they start with = + - @.
        CSV, which becomes a file, is protected against formulas.
        """
        payload, rows = request.payload, self._rows
        numbers = [rows.number(column) for column in payload["columns"]]
        with rows.lock:
            if payload.get("form") == "csv":
                positions = rows.shown(payload).between()
                return {"text": self._csv(positions, numbers), "rows": len(positions)}
            positions = rows.shown(payload).between(payload["rows"])
            if len(positions) * len(numbers) > _LARGEST_COPY // 4:
                raise OptionError(
                    "Too many cells for the clipboard.",
                    "Select fewer cells, or use table.selected.",
                )
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
                    "Too many rows for the clipboard.", "Use table.frame.to_csv(path) in a cell."
                )
        return file.getvalue()

    def read(self, text: str, numbers: list[int]) -> list[list[CellInput]]:
        """Read pasted text; cells that were copied from the same columns keep their types.

        Parameters
        ----------
        text : str
            The pasted text.
        numbers : list of int
            Columns from the first selected one on.

        Returns
        -------
        list of list of str or Exact
        """
        data = self._rows.data
        lines = csv_block(text, data, numbers) if isinstance(data, DraftSource) else None
        block: list[list[CellInput]] = [[*line] for line in lines or block_of(text)]
        copy = self._copy
        if copy is None or copy.columns != numbers[: len(copy.columns)]:
            return block
        if copy.text != text.replace("\r\n", "\n").removesuffix("\n"):
            return block
        return [["" if is_missing(cell) else Exact(cell) for cell in line] for line in copy.values]
