"""Requests of a page that saves a file of the object on the person's own computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.errors import NotFoundError
from modos_widgets.session import PIECE, FilePieces
from modos_widgets.widgets.browser.wire import PathRequest, SaveAnswer, SaveKey, SavePieceRequest
from modos_widgets.widgets.front_end import Reply, Request, answers
from modos_widgets.widgets.wire import Nothing

if TYPE_CHECKING:
    from modos_widgets.session import Session

__all__ = ["Saving"]


class Saving:
    """Sends files of the open object in pieces.

    Parameters
    ----------
    session : Session
        The open object.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pieces = FilePieces()

    @answers("begin download")
    def answer_begin(self, request: Request[PathRequest]) -> SaveAnswer:
        """Open a file of the object."""
        if self._session.modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        key, size = self._pieces.begin(self._session.modo.storage, str(request.payload["path"]))
        return {"download": key, "size": size, "piece": PIECE}

    @answers("download piece")
    def answer_piece(self, request: Request[SavePieceRequest]) -> Reply[Nothing]:
        """Send a piece as a binary part."""
        payload = request.payload
        data = self._pieces.read(str(payload["download"]), int(payload["offset"]))
        return Reply({}, [data])

    @answers("end download", prompt=True)
    def answer_end(self, request: Request[SaveKey]) -> None:
        """Close the file."""
        self._pieces.end(str(request.payload["download"]))

    def close(self) -> None:
        """Close all files."""
        self._pieces.close()
