"""Files, arrays, copies, moves and removals that come with the metadata of a draft."""

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
    "RemoveFilePayload",
    "RestorePayload",
]

BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True)
class FilePayload:
    """A file to be put into the object.

    Attributes
    ----------
    element : str
        The element that it belongs to.
    target : str
        Its name in the object.
    source : str
        Where it is: a path on this computer, or ``s3://bucket/key``.
    size : int
        Bytes.
    checksum : str
        Its BLAKE2b digest.
    open : callable
        Opens the source.
    index_of : str
        Name of the file that it is the index of, in the object; else empty.
    """

    element: str
    target: str
    source: str
    size: int
    checksum: str
    open: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)
    index_of: str = ""

    def blocks(self) -> Iterator[bytes]:
        """Read the source."""
        left = self.size + 1  # a file that grows does not end
        with self.open() as file:
            while left and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block

    def __str__(self) -> str:
        """Say what it is."""
        return f"{self.size:,} bytes from {self.source}"


@dataclass(frozen=True)
class ArrayPayload:
    """The stored keys of a group of arrays, relative to the element."""

    element: str
    name: str
    keys: Mapping[str, bytes] = field(repr=False)
    summary: str = ""

    def __str__(self) -> str:
        """Say what it is."""
        return self.summary


@dataclass(frozen=True)
class CopyPayload:
    """What lies below an element that is renamed."""

    element: str
    source: str

    def __str__(self) -> str:
        """Say what it is."""
        return f"arrays of {self.source}"


@dataclass(frozen=True)
class RemoveFilePayload:
    """A file to be removed from the object.

    Attributes
    ----------
    element : str
        The element that it belongs to.
    target : str
        Its name in the object.
    size : int or None
        Bytes, where they are known.
    version : str or None
        The version that the draft saw (see `FileEntry.version`): the commit removes no other.
        Without one, it removes the version that it finds.
    """

    element: str
    target: str
    size: int | None = None
    version: str | None = None

    def __str__(self) -> str:
        """Say what it is."""
        return "file" if self.size is None else f"file of {self.size:,} bytes"


@dataclass(frozen=True)
class MovePayload:
    """A file of the object to get another name there, as its element's ``data_path`` does.

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
        Name of the file that it is the index of, after the commit; else empty.
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
        """Return what it is."""
        return f"file of {self.size:,} bytes from {self.source}"


@dataclass(frozen=True)
class RestorePayload:
    """Files and keys that an undo brings back, relative to the object, and their diff."""

    element: str
    keys: Mapping[str, bytes] = field(repr=False)
    rows: tuple[Sequence[str | None], ...] = ()


@dataclass(frozen=True)
class DropPayload:
    """Files and keys that an undo takes away again, relative to the object, and their diff.

    The marks are those of what the commit put: under the same name, another file is not its own.
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
