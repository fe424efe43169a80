"""Reading of a file from its start, decompressed and within limits."""

from __future__ import annotations

import bz2
import io
import lzma
import time
import zlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.storage import Ranges

__all__ = [
    "FIRST_BLOCK",
    "LARGEST_HEADER",
    "LONGEST_SECONDS",
    "MOST_NAMES",
    "HeaderError",
    "HeaderStream",
    "KnownHead",
    "TruncatedHeaderError",
    "UnsupportedHeaderError",
    "compression_of",
    "decompressed",
    "decompressed_start",
]

FIRST_BLOCK = 64 * 1024
"""Number of bytes of the first request; most headers are shorter."""

NEXT_BLOCK = 128 * 1024
"""Number of bytes of further requests, and so the most that is read beyond a header."""

LARGEST_HEADER = 64 * 2**20
"""Maximum number of bytes of a header, compressed and decompressed."""

LONGEST_SECONDS = 5.0
"""Maximum processor time that reading one header may take."""

LONGEST_LINE = 16 * 2**20
"""Maximum number of bytes of one line: a VCF header names its samples in one line."""

MOST_NAMES = 500_000
"""Maximum number of sequences, read groups or samples of one header."""

_LINES = 1024  # between two checks of the limits
_PIECE = 256 * 1024  # decompressed bytes at a time


class HeaderError(Exception):
    """A header cannot be read; the message says why, in one sentence.

    `read_header` catches it: the message becomes `FileHeader.problem`.
    """


class UnsupportedHeaderError(HeaderError):
    """The compression or the version of a file is not supported."""


class TruncatedHeaderError(HeaderError):
    """The file ends within its header; the message becomes `FileHeader.truncated`."""

    def __init__(self) -> None:
        super().__init__("The file ends within its header.")


class Decompressor(Protocol):
    """Decompressor of bz2 and lzma, and of zlib through `_Zlib`."""

    @property
    def eof(self) -> bool:
        """Whether a member of the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether it has no more output without more input."""

    @property
    def unused_data(self) -> bytes:
        """Bytes behind the end of the member."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most `max_length` decompressed bytes."""


class _Zlib:
    """zlib's decompressor with the interface of those of bz2 and lzma."""

    def __init__(self, wbits: int = 31) -> None:
        self._zlib = zlib.decompressobj(wbits=wbits)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._full

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        limit = max(max_length, 0)
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, limit)
        self._full = bool(limit) and len(out) >= limit
        return out


_MAKERS: dict[str, Callable[[], Decompressor]] = {
    "bgzip": _Zlib,
    "gzip": _Zlib,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=LARGEST_HEADER),
}
_FAILURES = (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError)


def decompressed_start(head: bytes, size: int) -> bytes:
    """Return the first bytes of a file, decompressed if they can be; empty if they are damaged.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    size : int
        Maximum number of bytes to return.
    """
    compression = compression_of(head)
    if compression not in _MAKERS:
        return b"" if compression else head[:size]
    try:
        return _MAKERS[compression]().decompress(head, size)
    except _FAILURES:
        return b""


def decompressed(data: bytes, compression: str, size: int) -> bytes:
    """Return decompressed data of a known size, more if they are longer: at most one byte.

    Parameters
    ----------
    data : bytes
        One member, as a whole.
    compression : {"gzip", "bzip2", "xz"}
        Its compression.
    size : int
        Its size in bytes once it is decompressed.

    Raises
    ------
    HeaderError
        The data are damaged.
    """
    member, out = _MAKERS[compression](), b""
    try:
        out = member.decompress(data, size + 1)
        while not member.eof and len(out) <= size:
            piece = member.decompress(b"", size + 1 - len(out))
            if not piece:
                break
            out += piece
    except _FAILURES as error:
        raise HeaderError("The compressed data are damaged.") from error
    return out


def _decompressor(compression: str) -> Decompressor:
    """Return a decompressor of one member of a stream."""
    if compression not in _MAKERS:
        raise UnsupportedHeaderError(f"The compression {compression} is not supported.")
    return _MAKERS[compression]()


def compression_of(head: bytes) -> str:
    """Return the compression that the first bytes of a file show; empty if none.

    BGZF is gzip whose members have an extra field BC (SAM specification, 4.1).
    """
    if head.startswith(b"\x1f\x8b\x08\x04") and head[12:14] == b"BC":
        return "bgzip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh"):
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else ""


class KnownHead:
    """Ranges of a file whose first bytes are known.

    Parameters
    ----------
    ranges : Ranges
        The file.
    head : bytes
        Its first bytes.

    Attributes
    ----------
    name : str
        As that of the file.
    size : int
        As that of the file.
    head : bytes
        Its first bytes.
    """

    def __init__(self, ranges: Ranges, head: bytes) -> None:
        self._ranges = ranges
        self.name, self.size = ranges.name, ranges.size
        self.head = head

    def read(self, begin: int, end: int) -> bytes:
        """Return a range; it is requested unless it is in the first bytes."""
        if min(end, self.size) <= len(self.head):
            return self.head[begin:end]
        return self._ranges.read(begin, end)


class HeaderStream:
    """A file from its start on, decompressed as it is read, within limits.

    Parameters
    ----------
    ranges : Ranges
        The file.
    most : int, optional
        Number of bytes of the file that are read at most; then `stopped` is set, as if the file
        ended there.
    limit : int
        Maximum number of bytes, compressed and decompressed.
    seconds : float
        Maximum processor time.
    check_end : bool
        Whether the end of the file is to be read, to see that it is not missing.

    Attributes
    ----------
    ranges : Ranges
        The file.
    check_end : bool
        As given.
    head : bytes
        Its first bytes, at most `FIRST_BLOCK`.
    stopped : bool
        Whether reading stopped at the limit.
    compression : str
        Compression of the file; empty if it has none.
    fetched : int
        Number of bytes of the file that were read so far, from its start.
    """

    def __init__(
        self,
        ranges: Ranges,
        *,
        most: int | None = None,
        limit: int = LARGEST_HEADER,
        seconds: float = LONGEST_SECONDS,
        check_end: bool = True,
    ) -> None:
        self.ranges = ranges
        self.check_end = check_end
        self.stopped = False
        self._most = most
        self._limit, self._seconds = limit, seconds
        self.head = ranges.read(0, FIRST_BLOCK)
        self.fetched = len(self.head)
        self.compression = compression_of(self.head)
        self._end = time.thread_time() + seconds
        self._raw = self.head
        self._next_size = NEXT_BLOCK
        self._out = bytearray()
        self._read = 0
        self._total = 0
        self._member: Decompressor | None = None
        self._fresh = True  # no byte of the member was read yet

    @property
    def held(self) -> bool:
        """Whether the whole file was read, so that going on costs no request."""
        return self.fetched >= self.ranges.size

    def check_limits(self) -> None:
        """Check that the header is not too large and does not take too long.

        Raises
        ------
        HeaderError
            It is, or does.
        """
        if self._total > self._limit or self.fetched > self._limit + FIRST_BLOCK:
            raise HeaderError(f"The header is larger than {self._limit // 2**20} MiB.")
        if time.thread_time() > self._end:
            raise HeaderError(f"Reading the header takes more than {self._seconds:g} s.")

    @property
    def unread(self) -> bytes:
        """The bytes that were decompressed and not passed; all there are before damaged data."""
        return bytes(self._out[self._read :])

    def restart_clock(self) -> None:
        """Start the limit of the processor time again, on the thread that continues to read."""
        self._end = time.thread_time() + self._seconds

    def expect(self, size: int) -> None:
        """Fetch so many more bytes of the file with the next request, at most 4 MiB."""
        self._next_size = min(max(NEXT_BLOCK, size), 4 * 2**20)

    def peek(self, size: int) -> bytes:
        """Return the next bytes without passing them, fewer at the end of the file."""
        while len(self._out) - self._read < size and self._more():
            pass
        return bytes(self._out[self._read : self._read + size])

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        Raises
        ------
        HeaderError
            The file ends before, or the header is larger than the limit.
        """
        if size > LARGEST_HEADER:
            raise HeaderError(f"The header is larger than {LARGEST_HEADER // 2**20} MiB.")
        data = self.peek(size)
        if len(data) < size:
            raise TruncatedHeaderError
        self._read += size
        self._compact()
        return data

    def open(self) -> None:
        """Start to decompress; an uncompressed file needs nothing.

        Raises
        ------
        UnsupportedHeaderError
            The compression is not supported.
        """
        if self.compression and self._member is None:
            self._member = _decompressor(self.compression)

    def has_more(self) -> bool | None:
        """Return whether anything follows; None if the file is damaged there."""
        try:
            return bool(self.peek(1))
        except HeaderError:
            return None

    def lines(self) -> Iterator[bytes]:
        """Yield the next lines, without their line ends; the last one may be incomplete.

        A line counts as passed when the next one is requested.

        Raises
        ------
        HeaderError
            A line is longer than the limit, or all of them are.
        """
        looked, number = self._read, 0
        while True:
            number += 1
            if number % _LINES == 0:
                self.check_limits()
            found = self._out.find(b"\n", looked)
            if found >= 0:
                line = bytes(self._out[self._read : found])
                yield line.removesuffix(b"\r")
                self._read = found + 1
                looked = self._read
                if self._compact():
                    looked = self._read
                continue
            looked = len(self._out)
            if looked - self._read > LONGEST_LINE:
                raise HeaderError("A line of the header is longer than 16 MiB.")
            if not self._more():
                if looked > self._read:
                    yield bytes(self._out[self._read :])
                    self._read = len(self._out)
                return

    def lines_with(self, mark: bytes) -> Iterator[bytes]:
        """Yield the next lines that start with a mark; the first other line is not passed."""
        for line in self.lines():
            if not line.startswith(mark):
                return
            yield line

    def lines_of(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines of a part that was read, without their line ends, within the limits."""
        for number, line in enumerate(io.BytesIO(data)):
            if number % _LINES == 0:
                self.check_limits()
            yield line.rstrip(b"\r\n")

    def _compact(self) -> bool:
        if self._read <= 2**20:
            return False
        del self._out[: self._read]
        self._read = 0
        return True

    def _more(self) -> bool:
        """Decompress, or fetch, some more; return False at the end of the file."""
        before = len(self._out)
        while len(self._out) == before:
            self.check_limits()
            if self._member is None:
                if not self._raw and not self._fetch():
                    return False
                self._out += self._raw
                self._raw = b""
            elif not self._decompress():
                return False
        self._total += len(self._out) - before
        return True

    def _decompress(self) -> bool:
        assert self._member is not None  # noqa: S101 - the caller checks it
        if self._member.eof:
            self._raw = self._member.unused_data + self._raw
            if not self._raw and not self._fetch():
                return False
            self._member, self._fresh = _decompressor(self.compression), True
        needs = self._member.needs_input
        if needs and not self._raw and not self._fetch():
            if self._fresh:
                return False
            raise TruncatedHeaderError
        raw, self._raw = (self._raw, b"") if needs else (b"", self._raw)
        try:
            self._out += self._member.decompress(raw, _PIECE)
        except _FAILURES as error:
            raise HeaderError("The compressed data are damaged.") from error
        self._fresh = False
        return True

    def _fetch(self) -> bool:
        if self.held:
            return False
        end = self.fetched + self._next_size
        if self._most is not None:
            end = min(end, self._most)
        if end <= self.fetched:
            self.stopped = True
            return False
        more = self.ranges.read(self.fetched, end)
        self._next_size = NEXT_BLOCK
        self.fetched += len(more)
        self._raw += more
        return bool(more)
