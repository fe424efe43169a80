"""Containers and blocks of CRAM files, as they are written (CRAM 3.0 specification, 2.3, 7, 8)."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CRAM_COMPRESSION_HEADER",
    "CRAM_CORE_DATA",
    "CRAM_EXTERNAL_DATA",
    "CRAM_SLICE_HEADER",
    "cram_block",
    "cram_container",
    "cram_start",
    "itf8",
]

_FILE_HEADER: Final = 0
CRAM_COMPRESSION_HEADER: Final = 1
"""Type of the block that states how the records of a container are encoded."""
CRAM_SLICE_HEADER: Final = 2
"""Type of the block that states where the records of a slice are."""
CRAM_EXTERNAL_DATA: Final = 4
"""Type of a block with the values of one kind."""
CRAM_CORE_DATA: Final = 5
"""Type of a block of bits."""

_CHECKED_FROM: Final = 3  # major version whose containers and blocks have checksums


def itf8(value: int) -> bytes:
    """Return a 32-bit integer as CRAM stores it, in its shortest form.

    htslib computes the length of a block from the shortest form.
    """
    if 0 <= value < 1 << 7:
        return bytes((value,))
    value &= 0xFFFFFFFF
    size = next((size for size in range(1, 5) if value < 1 << 7 * size), 5)
    if size == 5:  # noqa: PLR2004 - four bits in the first byte, four in the last
        return ((0xF << 36) | (value >> 4 << 8) | value & 15).to_bytes(5, "big")
    data = bytearray(value.to_bytes(size, "big"))
    data[0] |= 0xFF00 >> (size - 1) & 0xFF  # one bit for each byte that follows
    return bytes(data)


def cram_block(kind: int, data: bytes, number: int = 0, *, major: int = 3) -> bytes:
    """Return an uncompressed block.

    Parameters
    ----------
    kind : int
        Its type, such as `CRAM_EXTERNAL_DATA`.
    data : bytes
        Its content.
    number : int
        By which encodings refer to an external block.
    major : int
        Major version of CRAM.
    """
    found = bytes([0, kind]) + itf8(number) + 2 * itf8(len(data)) + data
    return _checked(found, major)


def cram_container(
    blocks: bytes,
    count: int,
    *,
    span: tuple[int, int, int] = (0, 0, 0),
    records: int = 0,
    counter: int = 0,
    bases: int = 0,
    landmarks: Sequence[int] = (),
    major: int = 3,
) -> bytes:
    """Return a container.

    Parameters
    ----------
    blocks : bytes
        Its blocks.
    count : int
        Number of blocks.
    span : tuple of int
        Number of the contig, first position (counted from 1) and number of bases that its records
        cover.
    records, counter, bases : int
        Number of its records, of those before them, and of their bases.
    landmarks : sequence of int
        Where the slices begin in the blocks.
    major : int
        Major version of CRAM.
    """
    facts = (*span, records, counter, bases, count, len(landmarks), *landmarks)
    return _checked(struct.pack("<i", len(blocks)) + b"".join(map(itf8, facts)), major) + blocks


def cram_start(header: bytes, version: tuple[int, int] = (3, 0), identity: bytes = b"") -> bytes:
    """Return the start of a CRAM file; containers can follow.

    Parameters
    ----------
    header : bytes
        SAM header.
    version : tuple of int
        Major and minor version.
    identity : bytes
        Identifies the file; at most 20 bytes are used.
    """
    major, minor = version
    text = cram_block(_FILE_HEADER, struct.pack("<i", len(header)) + header, major=major)
    start = b"CRAM" + bytes([major, minor]) + identity[:20].ljust(20, b"\0")
    return start + cram_container(text, 1, major=major)


def _checked(data: bytes, major: int) -> bytes:
    return data + struct.pack("<I", zlib.crc32(data)) if major >= _CHECKED_FROM else data
