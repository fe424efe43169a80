"""A table in a saved notebook: static, escaped, limited in size."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import is_missing, label_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.widgets.table.data_source import DataSource
    from modos_widgets.widgets.table.rows import FoundRows

__all__ = ["as_html", "as_text", "table_html"]

_ROWS: Final = 30
_COLUMNS: Final = 16
_LETTERS: Final = 60


def as_text(rows: int, columns: int, shown: int) -> str:
    """Return one line with the size of the table and the number of displayed rows."""
    text = f"MetadataTable({rows:,} rows x {columns:,} columns"
    return f"{text}, {shown:,} shown)" if shown != rows else f"{text})"


def as_html(data: DataSource, found: FoundRows, columns: Sequence[int], text: str) -> str:
    """Return the first rows and columns as an escaped table of at most 40 kB.

    Parameters
    ----------
    data : DataSource
        Rows and columns.
    found : FoundRows
        Displayed rows.
    columns : sequence of int
        Displayed columns.
    text : str
        Line above the table.

    Returns
    -------
    str
    """
    chosen, columns_left = columns[:_COLUMNS], max(0, len(columns) - _COLUMNS)
    cells = data.rows(found.slice(0, _ROWS))
    head = [data.names[number] for number in chosen]
    body = [[_cell(data, number, row[number]) for number in chosen] for row in cells]
    left = found.count - len(cells)
    more = [
        f"{left:,} more rows" if left else "",
        f"{columns_left:,} more columns" if columns_left else "",
    ]
    omitted = ", ".join(part for part in more if part)
    return (
        f"<p>{escape(text)}</p>{table_html(head, body)}{f'<p>… {omitted}</p>' if omitted else ''}"
    )


def _cell(data: DataSource, column: int, value: Any) -> Any:
    """Return a cell as the table shows it; for an object, the last part of its path."""
    if data.names[0] == "object" and column == 0 and isinstance(value, str):
        return value.rstrip("/").rpartition("/")[2] or value
    return value


def table_html(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return an escaped table with shortened cells."""
    titles = "".join(f"<th>{_short(name)}</th>" for name in head)
    lines = "".join(
        f"<tr>{''.join(f'<td>{_short(_text(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def _text(value: Any) -> str:
    if is_missing(value):
        return ""
    term = label_of(value)
    return f"{term.label} ({term.curie})" if term is not None else text_of(value)


def _short(text: str) -> str:
    shown = text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"
    printable = "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown
    )
    return escape(printable)
