"""Numbers of CRAM files, and heads of their containers (CRAM specification 2.3 and 7)."""

from __future__ import annotations

import struct
import zlib

from modos_widgets.headers.header_stream import HeaderError, TruncatedHeaderError

__all__ = ["CHECKED_FROM", "CONTAINER_HEAD", "CramNumbers", "length_of_container"]

CHECKED_FROM = 3
"""Major version of CRAM from which on containers and blocks have checksums."""

CONTAINER_HEAD = 64
"""Number of bytes that hold the head of a container with up to two slices."""

_MOST_SLICES = 10_000


class CramNumbers:
    """Reader of the numbers of a container or block.

    Parameters
    ----------
    data : bytes
        The container or block.

    Attributes
    ----------
    position : int
        Number of bytes that were read.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        piece = self._data[self.position : self.position + size]
        if size < 0 or len(piece) < size:
            raise TruncatedHeaderError
        self.position += size
        return piece

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def int32(self) -> int:
        """Return a signed number of four bytes."""
        return int(struct.unpack("<i", self.take(4))[0])

    def itf8(self) -> int:
        """Return an integer of 1 to 5 bytes (CRAM specification, 2.3)."""
        first = self.byte()
        extra = 0
        while extra < 4 and first & (0x80 >> extra):  # noqa: PLR2004 - at most four bytes follow
            extra += 1
        if extra == 4:  # noqa: PLR2004
            rest = self.take(4)
            value = (first & 0x0F) << 28 | rest[0] << 20 | rest[1] << 12 | rest[2] << 4
            value |= rest[3] & 0x0F
        else:
            value = first & (0xFF >> (extra + 1))
            for byte in self.take(extra):
                value = value << 8 | byte
        return value - 2**32 if value >= 2**31 else value

    def ltf8(self) -> None:
        """Pass an integer of 1 to 9 bytes."""
        first = self.byte()
        extra = 0
        while extra < 8 and first & (0x80 >> extra):  # noqa: PLR2004 - at most eight bytes follow
            extra += 1
        self.take(extra)

    def check_sum(self) -> None:
        """Check the CRC-32 that follows what was read so far."""
        checked = self._data[: self.position]
        if struct.unpack("<I", self.take(4))[0] != zlib.crc32(checked):
            raise HeaderError("The checksum of the header does not match.")

    def container_length(self, major: int) -> int:
        """Read the head of a container, and return the number of bytes that follow it.

        Parameters
        ----------
        major : int
            Major version of CRAM.
        """
        length = self.int32()
        for _ in range(4):  # reference, start, span, number of records
            self.itf8()
        (self.ltf8 if major >= CHECKED_FROM else self.itf8)()  # record counter
        self.ltf8()  # number of bases
        self.itf8()  # number of blocks
        for _ in range(min(self.itf8(), _MOST_SLICES)):  # where slices begin
            self.itf8()
        if major >= CHECKED_FROM:
            self.check_sum()
        return length


def length_of_container(data: bytes, major: int) -> int:
    """Return the number of bytes behind the head of a CRAM container; 0 if none starts here.

    Parameters
    ----------
    data : bytes
        The first bytes of the container, at least `CONTAINER_HEAD` of a file that has as many.
    major : int
        Major version of CRAM.

    Returns
    -------
    int
        Of a container of many slices, whose head is longer, as stated and not checked.
    """
    numbers = CramNumbers(data)
    try:
        return max(0, numbers.container_length(major))
    except TruncatedHeaderError:
        return max(0, int.from_bytes(data[:4], "little", signed=True))
    except HeaderError:
        return 0
