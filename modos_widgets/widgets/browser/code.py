"""The code of a Browser: where it looks, the opened object, the selected node, a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.explore import code_for
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
    """Give the code of what a browser shows; all of it first, then by topic.

    May read the selected node's metadata.
    """
    modo, selected = session.modo, session.selected
    if modo is None:
        return _listing(session)
    opened = opening(modo, endpoint=session.endpoint)
    pieces = [
        Piece("Its metadata as a table", program(_OURS, opened, "", "frame = modo.frame()")),
        Piece("Its files", program(_OURS, opened, "", "files = modo.files()")),
    ]
    if session.endpoint is not None or not modo.path.startswith("s3://"):
        pieces.append(app_piece(modo.path, endpoint=session.endpoint))
    if not selected:
        return [Piece("Open this object", program(_OURS, opened)), *pieces]
    if selected in modo.metadata:
        line = assign("metadata", f"modo.metadata[{selected!r}]")
        whole = program(_OURS, opened, "", line)
        pieces.insert(0, Piece("Open this object, and the selected element of it", whole))
    else:
        line = assign("node", f"modo.storage.zarr[{selected!r}]")
        whole = program(_OURS, opened, "", line)
        pieces.insert(0, Piece("Open this object, and the selected node of it", whole))
    if source is not None:
        pieces += [
            Piece(f"{selected} with {tool}", f"{code}\n")
            for tool, code in code_for(source, selected).items()
            if tool != "modos_widgets"
        ]
    return pieces


def _listing(session: Session) -> list[Piece]:
    """Give the code that lists what can be chosen, and the widget itself."""
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
            Piece("The metadata of all objects in this folder", program(_OURS, listed)),
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
            title = "The metadata of all objects there"
            pieces.insert(0, Piece(title, program(_OURS, *note, read)))
        return pieces
    return []


def file_code(session: Session, path: str) -> str:
    """Give the code that reads a file of the object."""
    if session.modo is None:
        return ""
    return program(
        _OURS,
        opening(session.modo, endpoint=session.endpoint),
        "",
        f"with modo.storage.open({path!r}) as file:\n    first = file.read(1000)",
    )
