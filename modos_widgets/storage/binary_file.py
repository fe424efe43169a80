"""Files as `Storage.open` gives them: binary, readable, seekable, iterable."""

from __future__ import annotations

import io
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
_FIRST_BLOCK = 256 * 1024
_LARGEST_BLOCK = 4 * 2**20
_PREFETCHED = 2**20  # bytes: from such blocks on the next one is asked for before it is wanted
_BLOCKS = 4  # kept, for reading that alternates between places
_HELD = 8 * 2**20  # bytes of them
_PIECE = 8 * 2**20  # of what is asked for at once
_PIECES = 4  # side by side


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


class _Block(NamedTuple):
    """A piece of a file.

    Attributes
    ----------
    begin : int
        Its place in the file.
    data : bytes
    ahead : int
        How many bytes were asked for; more are, if reading goes on behind it.
    """

    begin: int
    data: bytes
    ahead: int

    @property
    def end(self) -> int:
        return self.begin + len(self.data)


class S3Reader(io.RawIOBase):
    """Reads an object of S3 in ranged requests that grow while reading is sequential.

    The next block is on its way while one is read, and what is asked for at once, as by
    ``read()``, is read side by side. Some blocks are kept, so that reading may alternate between
    places. All requests carry the etag of the first one: an object that is replaced while it is
    read raises `ChangedError` and never gives a mixture.
    """

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        super().__init__()
        self.name = f"s3://{bucket}/{key}"
        self._client = client
        self._place = (bucket, key)
        first: Fetched[bytes] = client.run(client.get(bucket, key, start=0, end=_FIRST_BLOCK))
        self._etag = first.etag
        self.size = first.size
        self._blocks = [_Block(0, first.data, _FIRST_BLOCK)]  # the one used last at the end
        self._next: tuple[int, int, Future[Fetched[bytes]]] | None = None
        self._behind = len(first.data)  # where the last block ended
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
        """Fill a buffer from a block in hand, or from the next ones."""
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
        """Read from the position to the end, in requests side by side."""
        pieces = []
        while self._position < self.size:
            block = self._held()
            held = [] if block is None else [block.data[self._position - block.begin :]]
            for data in held or self._side_by_side(self._position, self.size):
                pieces.append(data)
                self._position += len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Forget the blocks in hand, and end the request under way."""
        if not self.closed:
            self._forget_next()
            self._blocks.clear()
        super().close()

    def _held(self) -> _Block | None:
        """Return the block at the position, if it is in hand."""
        for place, block in enumerate(self._blocks):
            if block.begin <= self._position < block.end:
                self._blocks.append(self._blocks.pop(place))
                return block
        return None

    def _fetched(self, wanted: int) -> _Block:
        """Read the block at the position; a larger one where reading is sequential."""
        begin, ahead = self._position, self._ahead_of(self._position)
        self._make_room(ahead)
        if self._next is not None and self._next[0] == begin:
            _, end, coming = self._next
            self._next = None
        else:
            self._forget_next()
            end = min(begin + max(ahead, wanted), self.size)
            coming = start(self._get(begin, end))
        block = _Block(begin, self._arrived(begin, end, coming), ahead)
        self._blocks.append(block)
        # where places alternate, the next block would be given up for another one each time
        if ahead >= _PREFETCHED and begin == self._behind and end < self.size:
            following = min(end + min(ahead * 2, _LARGEST_BLOCK), self.size)
            self._next = end, following, start(self._get(end, following))
        self._behind = end
        return block

    def _ahead_of(self, position: int) -> int:
        """Return how much to read; the block that ends there is done with, and dropped."""
        for block in self._blocks:
            if block.end == position:
                self._blocks.remove(block)
                return min(block.ahead * 2, _LARGEST_BLOCK)
        return _FIRST_BLOCK

    def _make_room(self, ahead: int) -> None:
        held = sum(len(block.data) for block in self._blocks)
        while self._blocks and (len(self._blocks) >= _BLOCKS or held + ahead > _HELD):
            held -= len(self._blocks.pop(0).data)

    def _forget_next(self) -> None:
        if self._next is not None:
            self._next[2].cancel()
            self._next = None

    def _side_by_side(self, begin: int, end: int) -> Iterator[bytes]:
        """Read a range in pieces, some under way at a time; give them in their order."""
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
        """Wait for a range, and check that it is of the file that was opened."""
        try:
            data = coming.result().data
        except ChangedError as error:
            raise self._replaced() from error
        finally:
            coming.cancel()  # where the waiting was interrupted
        if len(data) != end - begin:
            raise self._replaced()
        return data

    def _replaced(self) -> ChangedError:
        return ChangedError(f"{self.name} was replaced while it was read.", "Open it again.")
