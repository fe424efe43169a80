"""An array in a saved notebook: its properties and first values, everything escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from modos_widgets.widgets.table.saved_output import table_html

if TYPE_CHECKING:
    from modos_widgets.widgets.array_preview.wire import Pair, Table

__all__ = ["SAVED_COLUMNS", "SAVED_ROWS", "as_html"]

SAVED_ROWS: Final = 10
"""Rows of values in a saved notebook."""

SAVED_COLUMNS: Final = 8
"""Columns of values in a saved notebook."""


def as_html(
    text: str, facts: list[Pair], table: Table | None = None, total: tuple[int, int] = (0, 0)
) -> str:
    """Return the properties of an array and its first values as escaped HTML.

    Parameters
    ----------
    text : str
        Line above the properties.
    facts : list of tuple
        Properties, by name.
    table : dict, optional
        The first values with their labels; None if they were not read.
    total : tuple of int
        Rows and columns of the whole table.
    """
    lines = escape("\n".join([text, *(f"{name}: {value}" for name, value in facts)]))
    if table is None or not table["cells"]:
        return f"<pre>{lines}</pre>"
    cells = [row[:SAVED_COLUMNS] for row in table["cells"][:SAVED_ROWS]]
    columns = table["columns"][:SAVED_COLUMNS]
    body = [[label, *row] for label, row in zip(table["rows"], cells, strict=False)]
    left = (("row", total[0] - len(cells)), ("column", total[1] - len(columns)))
    more = ", ".join(
        f"{count:,} more {noun}{'' if count == 1 else 's'}" for noun, count in left if count > 0
    )
    shown = table_html([table["corner"], *columns], body)
    return f"<pre>{lines}</pre>{shown}{f'<p>… {more}</p>' if more else ''}"
