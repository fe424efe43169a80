"""The code of a table: open the objects, change them, and come to the rows that are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.modo.values import MISSING
from modos_widgets.widgets.metadata_table.query_code import row_lines
from modos_widgets.widgets.metadata_table.sheets import DraftSheet
from modos_widgets.widgets.shown_code import (
    Piece,
    assign,
    call,
    literal,
    open_arguments,
    opening,
    program,
)

if TYPE_CHECKING:
    from modos_widgets.modo.change import ChangeSet
    from modos_widgets.modo.draft import Draft
    from modos_widgets.modo.object import Modo
    from modos_widgets.widgets.metadata_table.query import Query
    from modos_widgets.widgets.metadata_table.sheets import FrameSheet

__all__ = ["table_pieces"]

_OURS: Final = ["import modos_widgets"]


def table_pieces(sheet: DraftSheet | FrameSheet, query: Query, *, editable: bool) -> list[Piece]:
    """Give the code that comes to what a table shows.

    Parameters
    ----------
    sheet : DraftSheet or FrameSheet
        What the table shows; of a DataFrame the code begins with the variable ``frame``.
    query : Query
        Its filters, search and sort.
    editable : bool
        Whether its cells can be changed.
    """
    imports, rows = row_lines(sheet, query)
    if not isinstance(sheet, DraftSheet):
        if not sheet.names:
            return []
        given = "# frame is the DataFrame that was given"
        return [Piece("The rows as they are shown", program(imports, given, *rows))]
    opened = _opened(sheet.draft.modos, mode="r+" if editable else None)
    changes = _changes(sheet.draft)
    name = "modos" if sheet.several else "modo"
    begun = assign("draft", call("modos_widgets.edit", name))
    if changes or sheet.several or query.marked:
        framed = [begun, *changes, assign("frame", "draft.frame()")]
    else:
        framed = [assign("frame", "modo.frame()")]
    pieces = [
        Piece("The rows as they are shown", program([*_OURS, *imports], opened, *framed, *rows))
    ]
    if changes:
        end = ["", "print(draft.diff())", "# draft.commit('Why')  # this writes them"]
        written = program(_OURS, opened, begun, *changes, *end)
        pieces.append(Piece("The changes, to look at and to commit", written))
    arguments = {"editable": "True"} if editable else {}
    widget = call("modos_widgets.MetadataTable", name, **arguments)
    pieces.append(Piece("This table", program(_OURS, opened, "", widget)))
    return pieces


def _opened(modos: tuple[Modo, ...], *, mode: str | None) -> str:
    """Write what opens one object or all of several."""
    if len(modos) == 1:
        return opening(modos[0], mode=mode)
    found = [open_arguments(modo, mode=mode) for modo in modos]
    comments = dict.fromkeys(comment for _, comment in found if comment)
    if all(arguments == found[0][0] for arguments, _ in found):
        each = call("modos_widgets.open_modo", "path", **found[0][0]).replace("\n", "\n    ")
        paths = assign("paths", literal([modo.path for modo in modos]))
        lines = f"{paths}\nmodos = [\n    {each}\n    for path in paths\n]"
    else:
        calls = [
            call("modos_widgets.open_modo", repr(modo.path), **arguments)
            for modo, (arguments, _) in zip(modos, found, strict=True)
        ]
        inside = "".join("    " + each.replace("\n", "\n    ") + ",\n" for each in calls)
        lines = f"modos = [\n{inside}]"
    return "\n".join([*comments, lines])


def _changes(draft: Draft) -> list[str]:
    """Write the net changes; cells that become the same are changed in one loop."""
    several = len(draft.modos) > 1
    lines = [line for found in draft.changes() for line in _elements(found, several=several)]
    cells: dict[tuple[str, str], list[str]] = {}
    for found in draft.changes():
        for element, slots in found.cells.items():
            key = _key(found, element, several=several)
            for slot, (_, after) in slots.items():
                text = "" if after is MISSING else literal(after)
                cells.setdefault((repr(slot), text), []).append(key)
    for (slot, text), keys in cells.items():
        function, values = ("draft.set", [slot, text]) if text else ("draft.unset", [slot])
        if len(keys) == 1:
            lines.append(call(function, keys[0], *values))
            continue
        inside = "".join(f"    {key},\n" for key in keys)
        done = call(function, "element", *values).replace("\n", "\n    ")
        lines.append(f"for element in [\n{inside}]:\n    {done}")
    if any(working.payloads for working in draft.workings()):
        lines.append("# Files and arrays that come with the commit are not shown.")
    return lines


def _elements(found: ChangeSet, *, several: bool) -> list[str]:
    """Write the removals and additions of one object, before its cells: those mend links."""
    removed = [
        call("draft.remove", _key(found, element, several=several)) for element in found.removed
    ]
    added = [
        call("draft.add", _key(found, element, several=several), literal(attributes))
        for element, attributes in found.added.items()
    ]
    return removed + added


def _key(found: ChangeSet, element: str, *, several: bool) -> str:
    return repr((found.path, element) if several else element)
