"""Ranges of a file, for readers that need a few parts of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from modos_widgets import s3
from modos_widgets.concurrency import wait
from modos_widgets.errors import ChangedError, StorageError
from modos_widgets.storage.binary_file import SeekableReader
from modos_widgets.storage.local_errors import check_regular, local_failures

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import BinaryIO

__all__ = ["BytesRanges", "LocalRanges", "OpenedRanges", "Ranges", "S3Ranges"]


class Ranges(Protocol):
    """File of which ranges can be read, on any thread.

    Attributes
    ----------
    name : str
        Path or URL, for messages.
    size : int
        Size in bytes.
    """

    @property
    def name(self) -> str:
        """Path or URL."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    def read(self, begin: int, end: int) -> bytes:
        """Return the bytes from `begin` up to `end`, fewer at the end of the file."""


class BytesRanges:
    """Ranges of bytes in memory.

    Parameters
    ----------
    name : str
        Name of the file.
    data : bytes
        Its content.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.size = len(data)
        self._data = data

    def read(self, begin: int, end: int) -> bytes:
        """Return a range."""
        return self._data[begin:end]


class OpenedRanges:
    """Ranges of a file that a function opens, once for each range.

    Parameters
    ----------
    name : str
        Name of the file.
    size : int
        Size in bytes.
    opens : callable
        Returns a context manager of a binary, seekable file.
    """

    def __init__(
        self, name: str, size: int, opens: Callable[[], AbstractContextManager[BinaryIO]]
    ) -> None:
        self.name = name
        self.size = size
        self._opens = opens

    def read(self, begin: int, end: int) -> bytes:
        """Return a range."""
        with self._opens() as file:
            file.seek(begin)
            return file.read(max(0, min(end, self.size) - begin))


class LocalRanges:
    """Ranges of a file on this computer.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    name : str, optional
        Its name in messages; by default the path.

    Raises
    ------
    NotFoundError, PathError, StorageError
        The file does not exist, is not a regular file, or cannot be read.
    """

    def __init__(self, path: str | Path, name: str = "") -> None:
        self._path = Path(path)
        self.name = name or str(path)
        with local_failures(self.name, writing=False):
            state = self._path.stat()
            check_regular(self._path, state.st_mode)
            self.size = state.st_size

    def read(self, begin: int, end: int) -> bytes:
        """Return a range.

        Parameters
        ----------
        begin, end : int
            First byte, and the one after the last.

        Raises
        ------
        NotFoundError, StorageError
            The file can no longer be read.
        """
        with local_failures(self.name, writing=False), self._path.open("rb") as file:
            file.seek(begin)
            return file.read(max(0, min(end, self.size) - begin))


class S3Ranges:
    """Ranges of an object on S3, each with one request.

    All ranges belong to one version of the object.

    Parameters
    ----------
    client : S3Client
        The client.
    bucket, key : str
        Place of the object.
    size : int, optional
        Its size as listed; by default the first request finds it.
    """

    def __init__(self, client: s3.S3Client, bucket: str, key: str, size: int | None = None) -> None:
        self.name = f"s3://{bucket}/{key}"
        self._client = client
        self._bucket, self._key = bucket, key
        self._size = size
        self._etag = ""

    @property
    def size(self) -> int:
        """Size in bytes; requested if it is not known yet."""
        if self._size is None:
            self.read(0, 1)
        assert self._size is not None  # noqa: S101 - read above
        return self._size

    def read(self, begin: int, end: int) -> bytes:
        """Return a range.

        Parameters
        ----------
        begin, end : int
            First byte, and the one after the last.

        Raises
        ------
        ChangedError
            The object was replaced since the first range was read.
        CredentialsError, EndpointError, NotFoundError, StorageError
            The request was refused or failed.
        """
        if self._size is not None:
            end = min(end, self._size)
            if begin >= end:
                return b""
        got = self._get(begin, end)
        if (got.etag != self._etag and self._etag) or self._size not in {None, got.size}:
            raise ChangedError(f"{self.name} was replaced while it was read.", "Retry.")
        self._etag, self._size = got.etag, got.size
        return bytes(got.data)

    def _get(self, begin: int, end: int) -> s3.Fetched[bytes] | s3.Fetched[memoryview]:
        if self._size is not None:  # obstore has no answer for a range of an empty object
            bulk = s3.BulkClient.shared(self._client.options, self._bucket)
            got = wait(bulk.get(self._key, start=begin, end=end))
            if got is not None:
                return got
        return self._client.run(self._client.get(self._bucket, self._key, start=begin, end=end))


class RangeFile(SeekableReader):
    """Binary file over ranges, for libraries that want a file; ranges are kept in memory.

    Parameters
    ----------
    ranges : Ranges
        The file.
    block : int
        Number of bytes read at a time.
    limit : int
        Maximum number of bytes that are read.
    """

    def __init__(self, ranges: Ranges, *, block: int, limit: int) -> None:
        super().__init__()
        self._ranges = ranges
        self._block, self._left = block, limit
        self._blocks: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        return self._ranges.size

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the block at the position.

        Raises
        ------
        StorageError
            More would be read than the limit allows.
        """
        view = memoryview(buffer).cast("B")
        number, offset = divmod(self._position, self._block)
        data = self._blocks.get(number)
        if data is None:
            if self._left <= 0:
                raise StorageError(f"{self._ranges.name} has too large a header.")
            data = self._ranges.read(number * self._block, (number + 1) * self._block)
            self._left -= len(data)
            self._blocks[number] = data
        piece = data[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)
