"""Code of a table: open the objects, change them, and select the displayed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.widgets.draft_code import change_lines, opening_lines
from modos_widgets.widgets.shown_code import Piece, assign, call, program
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.query_code import row_lines

if TYPE_CHECKING:
    from modos_widgets.widgets.table.data_source import FrameSource
    from modos_widgets.widgets.table.query import Query

__all__ = ["table_pieces"]

_OURS: Final = ["import modos_widgets"]


def table_pieces(data: DraftSource | FrameSource, query: Query, *, editable: bool) -> list[Piece]:
    """Return the code for what a table shows.

    Parameters
    ----------
    data : DraftSource or FrameSource
        Rows and columns; for a DataFrame the code starts from the variable ``frame``.
    query : Query
        Filters, search and sort.
    editable : bool
        Whether cells can be edited.

    Returns
    -------
    list of Piece
    """
    imports, rows = row_lines(data, query)
    if not isinstance(data, DraftSource):
        if not data.names:
            return []
        comment = "# frame is the DataFrame of the table"
        return [Piece("Displayed rows", program(imports, comment, *rows))]
    opened = opening_lines(data.draft.modos, mode="r+" if editable else None)
    changes = change_lines(data.draft)
    name = "modos" if data.several else "modo"
    started = assign("draft", call("modos_widgets.edit", name))
    if changes or data.several or query.marked:
        framed = [started, *changes, assign("frame", "draft.frame()")]
    else:
        framed = [assign("frame", "modo.frame()")]
    pieces = [Piece("Displayed rows", program([*_OURS, *imports], opened, *framed, *rows))]
    if changes:
        end = ["", "print(draft.diff())", "# draft.commit('Message')  # writes the changes"]
        written = program(_OURS, opened, started, *changes, *end)
        pieces.append(Piece("Changes, to review and commit", written))
    sheet = [
        "# modos_widgets.export_sheet(draft, 'metadata.xlsx')  # writes the sheet",
        f"# draft = modos_widgets.import_sheet('metadata.xlsx', {name})  # compares it",
    ]
    pieces.append(Piece("Sheet, out and back", program(_OURS, opened, started, *changes, *sheet)))
    arguments = {"editable": "True"} if editable else {}
    if query.tab:
        arguments["tab"] = repr(query.tab)
    widget = call("modos_widgets.MetadataTable", name, **arguments)
    pieces.append(Piece("This table", program(_OURS, opened, "", widget)))
    return pieces
