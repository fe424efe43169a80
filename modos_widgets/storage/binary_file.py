"""Files as `Storage.open` gives them: binary, readable, seekable, iterable."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from modos_widgets.errors import ChangedError

if TYPE_CHECKING:
    from typing import Any

    from modos_widgets.storage.s3_body import Fetched
    from modos_widgets.storage.s3_client import S3Client

_LINE = 2**20
_FIRST_BLOCK = 256 * 1024
_LARGEST_BLOCK = 8 * 2**20


class BinaryFile(io.BufferedReader):
    """A file opened for reading.

    It is a binary file like any other (``read``, ``seek``, ``with``), and iterating
    gives its bytes line by line, in pieces of at most 1 MiB where lines are longer. A
    handle that is dropped without being closed gives its resources back silently.
    """

    def __next__(self) -> bytes:
        """Give the next line, or the next MiB of a longer one."""
        line = self.readline(_LINE)
        if not line:
            raise StopIteration
        return line

    def __del__(self) -> None:
        """Give the handle back."""
        self.close()


class S3Reader(io.RawIOBase):
    """Reads an object of S3 in ranged requests that grow while reading is sequential.

    All of them carry the etag of the first one: an object that is replaced while it
    is read raises `ChangedError` and never gives a mixture.
    """

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        super().__init__()
        self.name = f"s3://{bucket}/{key}"
        self._client = client
        self._place = (bucket, key)
        first: Fetched = client.run(client.get(bucket, key, start=0, end=_FIRST_BLOCK))
        self._etag = first.etag
        self.size = first.size
        self._begin = 0
        self._block = first.data
        self._ahead = _FIRST_BLOCK
        self._position = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Give the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position; no request is made."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}
        position = origin[whence] + offset
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        self._position = position
        return position

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the block in hand, or from the next one."""
        view = memoryview(buffer).cast("B")
        if self._position >= self.size or not len(view):
            return 0
        if not self._begin <= self._position < self._begin + len(self._block):
            self._fetch(len(view))
        offset = self._position - self._begin
        piece = memoryview(self._block)[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        """Forget the block in hand."""
        self._block = b""
        super().close()

    def _fetch(self, wanted: int) -> None:
        sequential = self._position == self._begin + len(self._block)
        self._ahead = min(self._ahead * 2, _LARGEST_BLOCK) if sequential else _FIRST_BLOCK
        end = min(self._position + max(self._ahead, min(wanted, _LARGEST_BLOCK)), self.size)
        self._block = b""  # two blocks at once would double the memory
        try:
            got = self._client.run(
                self._client.get(
                    *self._place, start=self._position, end=end, if_match=self._etag or None
                )
            )
        except ChangedError as error:
            raise ChangedError(
                f"{self.name} was replaced while it was read.", "Open it again."
            ) from error
        self._begin, self._block = self._position, got.data
