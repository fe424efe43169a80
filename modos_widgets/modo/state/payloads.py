"""Payloads: the files and arrays that a draft adds, copies, moves and removes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO

__all__ = [
    "ArrayPayload",
    "CopyPayload",
    "DropPayload",
    "FilePayload",
    "MovePayload",
    "Payload",
    "PayloadChanges",
    "RemoveFilePayload",
    "RestorePayload",
]

BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True)
class FilePayload:
    """A file to add to the object.

    Attributes
    ----------
    element : str
        The element that it belongs to.
    target : str
        Its name in the object.
    source : str
        Its source: a path on this computer, or ``s3://bucket/key``.
    size : int
        Bytes.
    checksum : str
        Its BLAKE2b digest.
    open : callable
        Opens the source.
    index_of : str
        Name of its data file in the object, if it is an index file; otherwise empty.
    """

    element: str
    target: str
    source: str
    size: int
    checksum: str
    open: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)
    index_of: str = ""

    def blocks(self) -> Iterator[bytes]:
        """Yield the content of the source, at most one byte more than `size`."""
        left = self.size + 1  # A file that is being written has no end.
        with self.open() as file:
            while left and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block

    def __str__(self) -> str:
        """Return a short description."""
        return f"{self.size:,} bytes from {self.source}"


@dataclass(frozen=True)
class ArrayPayload:
    """Arrays to add: their keys, relative to the element."""

    element: str
    name: str
    keys: Mapping[str, bytes] = field(repr=False)
    summary: str = ""

    def __str__(self) -> str:
        """Return a short description."""
        return self.summary


@dataclass(frozen=True)
class CopyPayload:
    """Arrays to copy, because their element (`source`) is renamed."""

    element: str
    source: str

    def __str__(self) -> str:
        """Return a short description."""
        return f"arrays of {self.source}"


@dataclass(frozen=True)
class RemoveFilePayload:
    """A file to remove from the object.

    Attributes
    ----------
    element : str
        The element that it belongs to.
    target : str
        Its name in the object.
    size : int or None
        Bytes; None if unknown.
    version : str or None
        The version that the draft saw (see `FileEntry.version`); the commit removes no other one.
        None removes any version.
    """

    element: str
    target: str
    size: int | None = None
    version: str | None = None

    def __str__(self) -> str:
        """Return a short description."""
        return "file" if self.size is None else f"file of {self.size:,} bytes"


@dataclass(frozen=True)
class MovePayload:
    """A file of the object to move, because the ``data_path`` of its element has changed.

    Attributes
    ----------
    element : str
        The element that it belongs to.
    target : str
        Its name after the commit.
    source : str
        Its name before.
    size : int
        Bytes.
    index_of : str
        Name of its data file after the commit, if it is an index file; otherwise empty.
    version : str or None
        The version that the draft saw (see `FileEntry.version`).
    """

    element: str
    target: str
    source: str
    size: int
    index_of: str = ""
    version: str | None = None

    def __str__(self) -> str:
        """Return a short description."""
        return f"file of {self.size:,} bytes from {self.source}"


@dataclass(frozen=True)
class RestorePayload:
    """Files and keys that an undo restores, relative to the object, and their rows of the diff."""

    element: str
    keys: Mapping[str, bytes] = field(repr=False)
    rows: tuple[Sequence[str | None], ...] = ()


@dataclass(frozen=True)
class DropPayload:
    """Files and keys that an undo removes, relative to the object, and their rows of the diff.

    The marks are those of the files that the commit wrote: another file of the same name is kept.
    """

    element: str
    keys: tuple[str, ...]
    rows: tuple[Sequence[str | None], ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict, repr=False)


Payload = (
    FilePayload
    | ArrayPayload
    | CopyPayload
    | MovePayload
    | RemoveFilePayload
    | RestorePayload
    | DropPayload
)

PayloadChanges = dict[int, Payload | None]
"""Numbers of payloads (see `ObjectState.payloads_of`) to what replaces them; None removes them."""
