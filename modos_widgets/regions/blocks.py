"""Blocks of a BGZF file, read by ranges and decompressed within limits.

Source: SAM specification 4.1 (BGZF).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import BrokenFileError, OptionError
from modos_widgets.headers import compression_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modos_widgets.headers import Chunk, FileChunks
    from modos_widgets.storage import Ranges

__all__ = [
    "CONCURRENT_RANGES",
    "LARGEST_BLOCK",
    "check_size",
    "chunk_contents",
    "decompressed_blocks",
    "within",
]

CONCURRENT_RANGES = 16
"""Number of ranges of a file that are requested side by side."""

LARGEST_BLOCK = 65_536
"""Largest size of a block, compressed and decompressed."""

BLOCK_HEAD = 18
"""Number of bytes that hold the head of a block, with its size."""

EXPANSION = 16
"""Largest number of decompressed bytes for each byte that may be read."""


def check_size(name: str, size: int, most: int) -> None:
    """Check that a region is not too large to be read.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    size, most : int
        Number of bytes to read, and their maximum.

    Raises
    ------
    OptionError
        It is too large.
    """
    if size > most:
        raise OptionError(
            f"The region needs {size / 2**20:,.1f} MiB of {name}, and the limit is "
            f"{most / 2**20:,.1f} MiB.",
            "Choose a smaller region, or pass a larger max_bytes.",
        )


def chunk_contents(ranges: Ranges, found: FileChunks, most: int) -> Iterator[bytes]:
    """Yield the decompressed content of chunks, piece by piece.

    Network use: one request for each chunk, side by side, and as many again for the rest of their
    last blocks, whose size no index states.

    Parameters
    ----------
    ranges : Ranges
        The file.
    found : FileChunks
        The chunks.
    most : int
        Maximum number of bytes to read.

    Yields
    ------
    bytes

    Raises
    ------
    BrokenFileError
        A block is damaged, or none starts where the index expects it.
    OptionError
        The chunks are too large.
    """
    size = ranges.size
    if any(chunk.end >> 16 > size or chunk.begin >> 16 >= size for chunk in found.chunks):
        raise BrokenFileError(
            f"The index of {ranges.name} names parts behind the end of the file.",
            "Create the index again; the file is truncated, or the index is that of another file.",
        )
    begins = [chunk.begin >> 16 for chunk in found.chunks]
    check_size(
        ranges.name,
        sum((chunk.end >> 16) - begin for chunk, begin in zip(found.chunks, begins, strict=True)),
        most,
    )
    ends = [_first_end(chunk) for chunk in found.chunks]
    parts = _read_all(ranges, list(zip(begins, ends, strict=True)))
    missing = []
    for chunk, part in zip(found.chunks, parts, strict=True):
        last = (chunk.end >> 16) - (chunk.begin >> 16)
        end = last + _block_size(ranges, part, last) if chunk.end & 0xFFFF else last
        missing.append((last, end, max(0, end - len(part))))
    rests = _read_all(
        ranges,
        [
            (begin + len(part), begin + len(part) + lacking)
            for begin, part, (_, _, lacking) in zip(begins, parts, missing, strict=True)
        ],
    )

    def contents() -> Iterator[bytes]:
        for chunk, part, rest, (last, end, _) in zip(
            found.chunks, parts, rests, missing, strict=True
        ):
            skipped = chunk.begin & 0xFFFF
            data = (part + rest)[:end]
            for position, block in decompressed_blocks(ranges, data):
                if position > last or (position == last and not chunk.end & 0xFFFF):
                    break
                yield block[skipped : chunk.end & 0xFFFF if position == last else None]
                skipped = 0

    yield from within(ranges.name, contents(), most)


def within(name: str, pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield decompressed pieces, up to a limit.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    pieces : iterator of bytes
        The pieces.
    most : int
        Maximum number of bytes of the file; the pieces may have `EXPANSION` times as many.

    Yields
    ------
    bytes

    Raises
    ------
    OptionError
        They have more.
    """
    left = EXPANSION * most
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise OptionError(
                f"The region of {name} has more than {EXPANSION * most // 2**20:,} MiB of "
                "decompressed records.",
                "Choose a smaller region, or pass a larger max_bytes.",
            )
        yield piece


def _first_end(chunk: Chunk) -> int:
    """Return up to where a chunk is read first: its blocks, and some of the last one."""
    last = chunk.end >> 16
    if not chunk.end & 0xFFFF:
        return last
    expected = (last - (chunk.begin >> 16)) // 4  # more would be too much beside these blocks
    return last + min(max(BLOCK_HEAD, expected), LARGEST_BLOCK)


def _read_all(ranges: Ranges, parts: Sequence[tuple[int, int]]) -> list[bytes]:
    """Read parts of a file side by side; empty ones need no request."""

    def read(part: tuple[int, int]) -> bytes:
        begin, end = part
        return ranges.read(begin, end) if end > begin else b""

    return on_threads(read, parts, most=CONCURRENT_RANGES)


def _block_size(ranges: Ranges, data: bytes, position: int) -> int:
    """Return the size of the block at a position of data, from its head."""
    head = data[position : position + BLOCK_HEAD]
    if compression_of(head) != "bgzip":
        raise BrokenFileError(
            f"No block of {ranges.name} starts where the index expects it.",
            "Create the index again; it may be that of another file.",
        )
    return int.from_bytes(head[16:18], "little") + 1


def decompressed_blocks(ranges: Ranges, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the position of each block in data, and its decompressed content.

    Parameters
    ----------
    ranges : Ranges
        The file, for messages.
    data : bytes
        Whole blocks.

    Yields
    ------
    tuple of int and bytes

    Raises
    ------
    BrokenFileError
        A block is damaged.
    """
    position = 0
    while position < len(data):
        size = _block_size(ranges, data, position)
        member = zlib.decompressobj(wbits=31)
        try:
            content = member.decompress(data[position : position + size], LARGEST_BLOCK)
            if not member.eof:
                content += member.decompress(member.unconsumed_tail, 1)
        except zlib.error as error:
            raise _damaged(ranges) from error
        if not member.eof or len(content) > LARGEST_BLOCK:
            raise _damaged(ranges)
        yield position, content
        position += size


def _damaged(ranges: Ranges) -> BrokenFileError:
    return BrokenFileError(
        f"A compressed block of {ranges.name} is damaged or incomplete.",
        "Check the file; copy it again if its checksum differs.",
    )
