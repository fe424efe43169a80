"""Code of a Browser: its list, the open object, the selected node, a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.explore import code_for
from modos_widgets.widgets.draft_code import change_lines, opening_lines
from modos_widgets.widgets.shown_code import (
    KEYS_ARE_NOT_SHOWN,
    Piece,
    app_piece,
    assign,
    call,
    literal,
    opening,
    program,
)

if TYPE_CHECKING:
    from modos_widgets.explore import NodeSource
    from modos_widgets.session import Session

__all__ = ["browser_pieces", "file_code"]

_OURS = ["import modos_widgets"]
_REMOTE = "from modos_widgets import remote"


def browser_pieces(session: Session, source: NodeSource | None) -> list[Piece]:
    """Return the code for what a browser shows; the first piece does all of it.

    May read the metadata of the selected node.

    Parameters
    ----------
    session : Session
        State of the browser.
    source : NodeSource or None
        Nodes of the open object.

    Returns
    -------
    list of Piece
    """
    modo, selected = session.modo, session.selected
    if modo is None:
        return _listing(session)
    edited = _editing(session)
    opened = opening(modo, endpoint=session.endpoint)
    pieces = [
        Piece("Metadata as a table", program(_OURS, opened, "", "frame = modo.frame()")),
        Piece("Files", program(_OURS, opened, "", "files = modo.files()")),
    ]
    if session.endpoint is not None or not modo.path.startswith("s3://"):
        pieces.append(app_piece(modo.path, endpoint=session.endpoint))
    if not selected:
        return [*edited, Piece("Open this object", program(_OURS, opened)), *pieces]
    if selected in modo.metadata:
        line = assign("metadata", f"modo.metadata[{selected!r}]")
        code = program(_OURS, opened, "", line)
        pieces.insert(0, Piece("Open this object and the selected element", code))
    else:
        line = assign("node", f"modo.storage.zarr[{selected!r}]")
        code = program(_OURS, opened, "", line)
        pieces.insert(0, Piece("Open this object and the selected node", code))
    if source is not None:
        pieces += [
            Piece(f"{selected} with {tool}", f"{code}\n")
            for tool, code in code_for(source, selected).items()
            if tool != "modos_widgets"
        ]
    return [*edited, *pieces]


def _editing(session: Session) -> list[Piece]:
    """Return the code that makes the changes of the draft again."""
    draft = session.draft
    if draft is None:
        return []
    name = "modos" if len(draft.modos) > 1 else "modo"
    mode = None if session.proposing else "r+"
    opened = opening_lines(draft.modos, mode=mode)
    started = assign("draft", call("modos_widgets.edit", name))
    if session.proposing:
        end = ["", "changes = draft.to_json()  # for someone who can change the objects"]
    else:
        end = ["", "print(draft.diff())", "# draft.commit('Message')  # writes the changes"]
    lines = program(_OURS, opened, started, *change_lines(draft), *end)
    return [Piece("Edit these objects" if name == "modos" else "Edit this object", lines)]


def _listing(session: Session) -> list[Piece]:
    """Return the code that lists the objects, and that of the widget."""
    if session.endpoint is not None:
        listed = assign("paths", call("remote.list_remote_items", repr(session.endpoint)))
        shown = call("modos_widgets.browse", endpoint=repr(session.endpoint))
        return [
            Piece("List the objects", program([_REMOTE], listed)),
            Piece("This browser", program(_OURS, shown)),
            app_piece(session.endpoint),
        ]
    if session.folder is not None:
        listed = assign("frame", call("modos_widgets.catalog", repr(session.folder)))
        shown = call("modos_widgets.browse", repr(session.folder))
        return [
            Piece("Metadata of all objects in this folder", program(_OURS, listed)),
            Piece("This browser", program(_OURS, shown)),
            app_piece(session.folder),
        ]
    if session.place:
        below = [] if session.below is None else [repr(session.below)]
        services = literal({"s3": session.place})
        note = [KEYS_ARE_NOT_SHOWN] if session.has_own_keys else []
        shown = call("modos_widgets.browse", *below, services=services)
        pieces = [Piece("This browser", program(_OURS, *note, shown))]
        if below:
            read = assign("frame", call("modos_widgets.catalog", *below, services=services))
            title = "Metadata of all objects below this prefix"
            pieces.insert(0, Piece(title, program(_OURS, *note, read)))
        return pieces
    return []


def file_code(session: Session, path: str) -> str:
    """Return the code that reads a file of the open object, or ''."""
    if session.modo is None:
        return ""
    return program(
        _OURS,
        opening(session.modo, endpoint=session.endpoint),
        "",
        f"with modo.storage.open({path!r}) as file:\n    first = file.read(1000)",
    )
