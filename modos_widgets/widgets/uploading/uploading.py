"""Requests that send a file of the person's own computer in pieces."""

from __future__ import annotations

from typing import Final

from modos_widgets.session import PIECE, uploads
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.uploading.wire import (
    UploadAnswer,
    UploadKey,
    UploadPieceAnswer,
    UploadPieceRequest,
    UploadRequest,
)

__all__ = ["Uploading"]

_LONGEST_NAME: Final = 8_000


class Uploading:
    """Receives files in pieces (see `modos_widgets.session.uploads`).

    A widget adds it to its `_collaborators`; its page sends with ``js/uploading``.
    """

    @answers("begin upload", prompt=True)
    def answer_begin(self, request: Request[UploadRequest]) -> UploadAnswer:
        """Begin or continue an upload."""
        asked = request.payload
        upload = uploads().begin(
            str(asked["name"])[:_LONGEST_NAME], int(asked["size"]), int(asked["modified"])
        )
        return {
            "upload": upload.id,
            "received": upload.received,
            "proof": upload.proof,
            "piece": PIECE,
        }

    @answers("upload piece", prompt=True)
    def answer_piece(self, request: Request[UploadPieceRequest]) -> UploadPieceAnswer:
        """Store a piece."""
        upload = uploads().get(str(request.payload["upload"]))
        data = request.buffers[0] if request.buffers else b""
        upload.add(int(request.payload["offset"]), data)
        return {"received": upload.received}

    @answers("cancel upload", prompt=True)
    def answer_cancel(self, request: Request[UploadKey]) -> None:
        """Remove an upload."""
        uploads().cancel(str(request.payload["upload"]))
