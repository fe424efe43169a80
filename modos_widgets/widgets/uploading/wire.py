"""Messages of uploads.

``make wire`` writes ``js/uploading/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import TypedDict


class UploadRequest(TypedDict):
    """A file of the person's own computer."""

    name: str
    size: int
    modified: int
    """Milliseconds since 1970."""


class UploadAnswer(TypedDict):
    """An upload, begun or continued."""

    upload: str
    """Its identifier."""
    received: int
    """Bytes that have arrived before."""
    proof: str
    """SHA-256 digest of the SHA-256 digests of the pieces that have arrived."""
    piece: int
    """Bytes of a piece."""


class UploadKey(TypedDict):
    """An upload."""

    upload: str


class UploadPieceRequest(UploadKey):
    """A piece, which travels as a binary part."""

    offset: int


class UploadPieceAnswer(TypedDict):
    """Bytes that have arrived without a gap."""

    received: int
