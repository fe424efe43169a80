"""What an import noticed in a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SheetReport", "cell_name"]

_LETTERS = 26


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, such as ``B2``, from its numbers, which start at 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


class SheetReport:
    """Rows of `Draft.import_report`, in the order of the sheet."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, Any, Any, bool]] = []

    def add(
        self, problem: str, sheet: str, cell: str, read: Any, offered: Any, *, applied: bool
    ) -> None:
        """Add a row.

        Parameters
        ----------
        problem : str
            What was recognised.
        sheet, cell : str
            Tab, and name of the cell; empty if it is about the whole tab.
        read, offered : Any
            What the sheet contains, and the value that it probably stands for.
        applied : bool
            Whether the draft contains what is offered.
        """
        self._rows.append((problem, sheet, cell, read, offered, applied))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[str, str, str, Any, Any, bool]]:
        """Iterate over the rows."""
        return iter(self._rows)

    def frame(self) -> pd.DataFrame:
        """Return the rows as a table.

        Returns
        -------
        pandas.DataFrame
            Columns sheet, cell, read, offered, applied; the index says what the problem is.
        """
        columns = ("sheet", "cell", "read", "offered")
        data = {
            name: pd.Series([row[number] for row in self._rows], dtype=object)
            for number, name in enumerate(columns, 1)
        }
        data["applied"] = pd.Series([row[5] for row in self._rows], dtype=bool)
        frame = pd.DataFrame(data)
        frame.index = pd.Index([row[0] for row in self._rows], dtype=object, name="problem")
        return frame
