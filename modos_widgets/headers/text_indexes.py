"""Rows of index files that are tables: CRAI, FAI and GZI.

Sources: CRAM specification 12 (CRAI), the manual pages faidx(5) and bgzip(1) (FAI, GZI).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from modos_widgets.headers.header_stream import HeaderError, TruncatedHeaderError
from modos_widgets.headers.text import as_text, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.headers.header_stream import HeaderStream

__all__ = ["FastaRow", "Slice", "read_crai", "read_fai", "read_gzi"]

_CRAI_COLUMNS = 6
_FAI_COLUMNS = (5, 6)


class Slice(NamedTuple):
    """Row of a CRAI: where the records of a contig in one slice are.

    Attributes
    ----------
    contig : int
        Number of the contig; -1 for reads without a position.
    start, end : int
        Bases that its records cover: the first one, counted from 0, and the one after the last.
    container : int
        Position of the container in the file.
    begin, size : int
        Where the slice starts, counted from the end of the head of the container, and its number
        of bytes.
    """

    contig: int
    start: int
    end: int
    container: int
    begin: int
    size: int


@dataclass(frozen=True, slots=True)
class FastaRow:
    """Row of a FAI: where a sequence is.

    Attributes
    ----------
    length : int
        Number of bases.
    offset : int
        Position of the first base in the decompressed file.
    bases, width : int
        Number of bases, and of bytes, of each line.
    """

    length: int
    offset: int
    bases: int
    width: int

    def position(self, base: int) -> int:
        """Return the position of a base in the decompressed file."""
        return self.offset + base // self.bases * self.width + base % self.bases


def _rows(stream: HeaderStream) -> Iterator[list[str]]:
    """Yield the rows of an index that is text, without one that was read in part."""
    last: list[str] | None = None
    for line in stream.lines():
        if last is not None:
            yield last
        last = as_text(line).split("\t", _FAI_COLUMNS[-1])
    if last is not None and not stream.stopped:
        yield last


def read_crai(stream: HeaderStream) -> Iterator[Slice]:
    """Yield the rows of a CRAI.

    Raises
    ------
    HeaderError
        A row does not have six numbers.
    """
    for row in _rows(stream):
        numbers = [
            number_of(text.removeprefix("-")) if place < 2 else number_of(text)  # noqa: PLR2004
            for place, text in enumerate(row)
        ]
        if len(numbers) != _CRAI_COLUMNS or None in numbers:
            raise HeaderError("A row of the index does not have six numbers.")
        contig, start, span, container, begin, size = (number or 0 for number in numbers)
        contig, start = (-contig if row[0][0] == "-" else contig), start - 1
        yield Slice(contig, start, start + span, container, begin, size)


def read_fai(stream: HeaderStream) -> Iterator[tuple[str, FastaRow]]:
    """Yield the names and rows of a FAI.

    Raises
    ------
    HeaderError
        A row does not have a name and four numbers.
    """
    for name, *texts in _rows(stream):
        numbers = [number_of(text) for text in texts[:4]]
        if len(texts) + 1 not in _FAI_COLUMNS or None in numbers:
            raise HeaderError("A row of the index does not have a name and four numbers.")
        row = FastaRow(*(number or 0 for number in numbers))
        if row.length and not 0 < row.bases <= row.width:
            raise HeaderError("A row of the index has an invalid length of lines.")
        yield name, row


def read_gzi(stream: HeaderStream) -> Iterator[tuple[int, int]]:
    """Yield the positions of the blocks after the first one: in the file, and decompressed.

    Raises
    ------
    HeaderError
        The index is truncated.
    """
    (count,) = struct.unpack("<Q", stream.read(8))
    try:
        for _ in range(count):
            yield struct.unpack("<QQ", stream.read(16))
    except TruncatedHeaderError:
        if not stream.stopped:
            raise
