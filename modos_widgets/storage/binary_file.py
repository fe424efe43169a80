"""Files that `Storage.open` returns: binary, readable, seekable and iterable."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from modos_widgets.concurrency import start
from modos_widgets.errors import ChangedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from typing import Any

    from modos_widgets.s3 import Fetched, S3Client

_LINE = 2**20
BUFFER = 16 * 1024
"""Number of bytes of the buffer of a `BinaryFile`, and of the shortest request of a block."""

_FIRST_BLOCK = 256 * 1024
_LARGEST_BLOCK = 4 * 2**20
_PREFETCHED = 2**20  # bytes: after a block of this size the next one is prefetched
_BLOCKS = 4  # kept in memory, for reading that alternates between positions
_HELD = 8 * 2**20  # maximum bytes of these blocks
_PIECE = 8 * 2**20  # bytes of one request of a long read
_PIECES = 4  # concurrent requests of a long read


class BinaryFile(io.BufferedReader):
    """File opened for reading.

    It is an ordinary binary file (``read``, ``seek``, ``with``). Iteration yields its lines, and
    longer lines in pieces of at most 1 MiB. A handle that is garbage-collected without being
    closed releases its resources without a warning.
    """

    def __next__(self) -> bytes:
        """Return the next line, or the next MiB of a longer line."""
        line = self.readline(_LINE)
        if not line:
            raise StopIteration
        return line

    def __del__(self) -> None:
        """Close the file."""
        self.close()


class _Block(NamedTuple):
    """Block of a file.

    Attributes
    ----------
    begin : int
        Position in the file.
    data : bytes
    ahead : int
        Number of bytes requested; the next block is larger if reading continues after this one.
    """

    begin: int
    data: bytes
    ahead: int

    @property
    def end(self) -> int:
        return self.begin + len(self.data)


class SeekableReader(io.RawIOBase):
    """Reader with a position; a subclass has `readinto` and `size`."""

    def __init__(self) -> None:
        super().__init__()
        self._position = 0

    @property
    @abstractmethod
    def size(self) -> int:
        """Size of the file in bytes."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the position."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}
        position = origin[whence] + offset
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        self._position = position
        return position


class S3Reader(SeekableReader):
    """Reader of an S3 object in ranged requests that grow while reading is sequential.

    They shrink while it jumps, to 16 KiB.

    The next block is requested while one is read, and a long read, such as ``read()``, uses
    concurrent requests. Some blocks are kept in memory, so that reading may alternate between
    positions. All requests are conditional on the etag of the first one: if the object is replaced
    while it is read, `ChangedError` is raised and versions are never mixed.
    """

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        super().__init__()
        self.name = f"s3://{bucket}/{key}"
        self._client = client
        self._place = (bucket, key)
        first: Fetched[bytes] = client.run(client.get(bucket, key, start=0, end=_FIRST_BLOCK))
        self._etag = first.etag
        self._size = first.size
        self._blocks = [_Block(0, first.data, _FIRST_BLOCK)]  # the last used block is at the end
        self._next: tuple[int, int, Future[Fetched[bytes]]] | None = None
        self._behind = len(first.data)  # end of the last block
        self._after_jump = _FIRST_BLOCK  # bytes of the request after the next jump

    @property
    def size(self) -> int:
        """Size of the object in bytes, at the first request."""
        return self._size

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from a block in memory, or from further requests."""
        view = memoryview(buffer).cast("B")
        if self._position >= self.size or not len(view):
            return 0
        block = self._held()
        if block is None and len(view) > _LARGEST_BLOCK:
            begin = self._position
            for data in self._side_by_side(begin, min(begin + len(view), self.size)):
                view[self._position - begin :][: len(data)] = data
                self._position += len(data)
            return self._position - begin
        if block is None:
            block = self._fetched(len(view))
        offset = self._position - block.begin
        piece = memoryview(block.data)[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        """Read from the position to the end, in concurrent requests."""
        pieces = []
        while self._position < self.size:
            block = self._held()
            held = [] if block is None else [block.data[self._position - block.begin :]]
            for data in held or self._side_by_side(self._position, self.size):
                pieces.append(data)
                self._position += len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Discard the blocks in memory, and cancel the running request."""
        if not self.closed:
            self._forget_next()
            self._blocks.clear()
        super().close()

    def _held(self) -> _Block | None:
        """Return the block at the position, if it is in memory."""
        for place, block in enumerate(self._blocks):
            if block.begin <= self._position < block.end:
                self._blocks.append(self._blocks.pop(place))
                return block
        return None

    def _fetched(self, wanted: int) -> _Block:
        """Read the block at the position, a larger one if reading is sequential."""
        begin, ahead = self._position, self._ahead_of(self._position)
        self._make_room(ahead)
        if self._next is not None and self._next[0] == begin:
            _, end, coming = self._next
            self._next = None
        else:
            self._forget_next()
            if wanted > BUFFER:  # the rest of such a read fills the buffer of `BinaryFile`
                wanted += BUFFER
            end = min(begin + max(ahead, wanted), self.size)
            coming = start(self._get(begin, end))
        block = _Block(begin, self._arrived(begin, end, coming), ahead)
        self._blocks.append(block)
        # While positions alternate, a prefetched block would be discarded each time.
        if ahead >= _PREFETCHED and begin == self._behind and end < self.size:
            following = min(end + min(ahead * 2, _LARGEST_BLOCK), self.size)
            self._next = end, following, start(self._get(end, following))
        self._behind = end
        return block

    def _ahead_of(self, position: int) -> int:
        """Return how many bytes to read at a position, and drop the block that ends there."""
        for block in self._blocks:
            if block.end == position:
                self._blocks.remove(block)
                self._after_jump = min(self._after_jump * 2, _FIRST_BLOCK)
                return min(block.ahead * 2, _LARGEST_BLOCK)
        ahead = self._after_jump
        self._after_jump = max(ahead // 2, BUFFER)
        return ahead

    def _make_room(self, ahead: int) -> None:
        held = sum(len(block.data) for block in self._blocks)
        while self._blocks and (len(self._blocks) >= _BLOCKS or held + ahead > _HELD):
            held -= len(self._blocks.pop(0).data)

    def _forget_next(self) -> None:
        if self._next is not None:
            self._next[2].cancel()
            self._next = None

    def _side_by_side(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the pieces of a range in order, read in concurrent requests."""
        self._forget_next()
        starts = iter(range(begin, end, _PIECE))
        coming: deque[tuple[int, int, Future[Fetched[bytes]]]] = deque()
        try:
            while True:
                for first in islice(starts, _PIECES - len(coming)):
                    behind = min(first + _PIECE, end)
                    coming.append((first, behind, start(self._get(first, behind))))
                if not coming:
                    return
                data = self._arrived(*coming.popleft())
                yield data
        finally:
            for _, _, future in coming:
                future.cancel()

    async def _get(self, begin: int, end: int) -> Fetched[bytes]:
        return await self._client.get(
            *self._place, start=begin, end=end, if_match=self._etag or None
        )

    def _arrived(self, begin: int, end: int, coming: Future[Fetched[bytes]]) -> bytes:
        """Wait for a range, and check that it belongs to the version that was opened."""
        try:
            data = coming.result().data
        except ChangedError as error:
            raise self._replaced() from error
        finally:
            coming.cancel()  # in case waiting was interrupted
        if len(data) != end - begin:
            raise self._replaced()
        return data

    def _replaced(self) -> ChangedError:
        return ChangedError(f"{self.name} was replaced while it was read.", "Open it again.")
