"""Index files that sort records into bins: BAI, CSI and TBI.

Sources: SAM specification 5 (bins, BAI), CSI and tabix specifications.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, NamedTuple

from modos_widgets.headers.header_stream import MOST_NAMES, HeaderError, TruncatedHeaderError
from modos_widgets.headers.text import as_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["BinnedIndex", "Chunk", "FileChunks"]

_TABIX_HEAD = struct.Struct("<7i")  # six numbers, and the length of the names
_MOST_LEVELS = 20


class Chunk(NamedTuple):
    """Part of a BGZF file that holds records.

    Attributes
    ----------
    begin, end : int
        Virtual offsets: position of a block in the file, times 65,536, plus the position in its
        decompressed content.
    """

    begin: int
    end: int


class FileChunks(NamedTuple):
    """What an index says about a region.

    Attributes
    ----------
    chunks : list of Chunk
        Parts of the file with all its records, and others; sorted, without overlap.
    blocks : list of int
        Positions at which blocks of the file are known to start, sorted.
    """

    chunks: list[Chunk]
    blocks: list[int]


class _Part(NamedTuple):
    """Bin of a contig, or its linear index.

    Attributes
    ----------
    number : int
        Number of the bin; -1 for the linear index.
    offset : int
        Virtual offset before which no record is in the bin (CSI); 0 in other formats.
    begin, end : int
        Where its virtual offsets are in the content.
    """

    number: int
    offset: int
    begin: int
    end: int


_LINEAR = -1


class BinnedIndex:
    """Index of a BGZF file whose records are sorted by position.

    Parameters
    ----------
    data : bytes
        Decompressed content of the index, or its first part.
    complete : bool
        Whether it is the whole content.

    Attributes
    ----------
    names : tuple of str
        Names of the contigs; empty if the index states none.
    count : int
        Number of contigs.
    complete : bool
        Whether all contigs were found in the content.

    Raises
    ------
    HeaderError
        The content is not an index, or is damaged.
    """

    def __init__(self, data: bytes, *, complete: bool = True) -> None:
        self._data = data
        self.names: tuple[str, ...] = ()
        self._min_shift, self._depth = 14, 5
        self._csi = data.startswith(b"CSI\x01")
        self._sections = array("Q")
        self.complete = True
        try:
            position = self._read_head()
            self.count = self._number(position)
            if self.count > MOST_NAMES:
                raise HeaderError(f"The index has more than {MOST_NAMES:,} sequences.")
            position = self._read_names(8) if data.startswith(b"TBI\x01") else position + 4
            for _ in range(self.count):
                self._sections.append(position)
                position = self._end_of_section(position)
        except struct.error as error:
            if complete or not self._sections:
                raise TruncatedHeaderError from error
            self.complete = False

    def offsets(self) -> Iterator[Chunk]:
        """Yield all virtual offsets, also of bins that hold numbers of reads and no records.

        Those of a linear index are chunks that end where they begin.
        """
        for section in self._sections:
            try:
                for part in self._parts(section):
                    size = 8 if part.number == _LINEAR else 16
                    last = part.begin + 16 if part.number == self._numbers_of_reads else part.end
                    for values in struct.iter_unpack(
                        f"<{size // 8}Q", self._data[part.begin : min(part.end, last)]
                    ):
                        yield Chunk(values[0], values[-1])
            except struct.error:  # only the first part of the content is known
                return

    def find(self, contig: int, start: int, end: int) -> FileChunks:
        """Return the parts of the file that can hold records of a region.

        Parameters
        ----------
        contig : int
            Number of the contig.
        start, end : int
            First base, counted from 0, and the one after the last.

        Returns
        -------
        FileChunks
        """
        if not 0 <= contig < len(self._sections):
            return FileChunks([], [])
        bins, offsets, linear = self._read_section(self._sections[contig])
        least = self._least_offset(start, offsets, linear)
        most = self._most_offset(end, bins)
        found = sorted(
            Chunk(max(chunk.begin, least), min(chunk.end, most))
            for number in self._bins_of(start, end, bins)
            for chunk in bins[number]
            if chunk.end > least and chunk.begin < most
        )
        blocks = {offset >> 16 for offset in linear}
        blocks |= {offset >> 16 for chunks in bins.values() for chunk in chunks for offset in chunk}
        return FileChunks(_merged(found), sorted(blocks))

    def _number(self, position: int) -> int:
        number = int(struct.unpack_from("<i", self._data, position)[0])
        if number < 0:
            raise HeaderError("A size in the index is negative.")
        return number

    def _read_head(self) -> int:
        """Read what comes before the number of contigs, and return where that is."""
        if not self._csi:
            if self._data[:4] not in {b"BAI\x01", b"TBI\x01"}:
                raise HeaderError("The content is not a BAI, CSI or TBI index.")
            return 4
        self._min_shift, self._depth = self._number(4), self._number(8)
        if self._depth > _MOST_LEVELS or self._min_shift + 3 * self._depth > 62:  # noqa: PLR2004
            raise HeaderError("The index states invalid bins.")
        size = self._number(12)
        if size >= _TABIX_HEAD.size:
            self._read_names(16)
        return 16 + size

    def _read_names(self, position: int) -> int:
        """Read the head of a tabix index, and return its end."""
        size = int(_TABIX_HEAD.unpack_from(self._data, position)[6])
        if size < 0:
            raise HeaderError("A size in the index is negative.")
        end = position + _TABIX_HEAD.size + size
        names = self._data[position + _TABIX_HEAD.size : end].rstrip(b"\0").split(b"\0")
        self.names = tuple(as_text(name) for name in names if name)
        return end

    @property
    def _numbers_of_reads(self) -> int:
        """Number of the bin that holds numbers of reads and no chunks."""
        return self._first_bin(self._depth + 1) + 1

    def _parts(self, position: int) -> Iterator[_Part]:
        """Yield the bins of the contig whose section starts at a position, and its linear index.

        Raises
        ------
        struct.error
            The content ends before.
        """
        count = self._number(position)
        position += 4
        for _ in range(count):
            if self._csi:
                number, offset = struct.unpack_from("<IQ", self._data, position)
                begin = position + 16
            else:
                (number,) = struct.unpack_from("<I", self._data, position)
                offset, begin = 0, position + 8
            position = begin + 16 * self._number(begin - 4)
            yield self._checked(_Part(number, offset, begin, position))
        if not self._csi:
            begin = position + 4
            yield self._checked(_Part(_LINEAR, 0, begin, begin + 8 * self._number(position)))

    def _checked(self, part: _Part) -> _Part:
        if part.end > len(self._data):
            raise struct.error
        return part

    def _end_of_section(self, position: int) -> int:
        end = position + 4
        if self._csi and not self._number(position):
            return end
        for part in self._parts(position):
            end = part.end
        return end

    def _read_section(
        self, position: int
    ) -> tuple[dict[int, list[Chunk]], dict[int, int], tuple[int, ...]]:
        """Return the chunks of each bin, its least offset (CSI), and the linear index (others)."""
        bins: dict[int, list[Chunk]] = {}
        offsets: dict[int, int] = {}
        linear: tuple[int, ...] = ()
        for number, offset, begin, end in self._parts(position):
            data = self._data[begin:end]
            if number == _LINEAR:
                linear = struct.unpack(f"<{len(data) // 8}Q", data)
            elif number < self._numbers_of_reads:
                bins[number] = [Chunk(*pair) for pair in struct.iter_unpack("<QQ", data)]
                if self._csi:
                    offsets[number] = offset
        return bins, offsets, linear

    def _first_bin(self, level: int) -> int:
        return ((1 << 3 * level) - 1) // 7

    def _bins_of(self, start: int, end: int, bins: Collection[int]) -> Iterator[int]:
        """Yield those of the bins that records of a region can be in."""
        largest = 1 << (self._min_shift + 3 * self._depth)
        start, end = min(start, largest - 1), min(end, largest)
        for level in range(self._depth + 1):
            shift, first = self._min_shift + 3 * (self._depth - level), self._first_bin(level)
            span = range(first + (start >> shift), first + ((end - 1) >> shift) + 1)
            few, others = (span, bins) if len(span) < len(bins) else (bins, span)
            yield from (number for number in few if number in others)

    def _least_offset(self, start: int, offsets: dict[int, int], linear: tuple[int, ...]) -> int:
        """Return the offset before which no record reaches into a region."""
        window = start >> self._min_shift
        if not self._csi:
            return int(linear[min(window, len(linear) - 1)]) if linear else 0
        number = self._first_bin(self._depth) + window
        while number:
            if number in offsets:
                return offsets[number]
            parent = (number - 1) >> 3
            number = number - 1 if number > (parent << 3) + 1 else parent
        return offsets.get(0, 0)

    def _most_offset(self, end: int, bins: dict[int, list[Chunk]]) -> int:
        """Return an offset from which on all records start behind a region."""
        number = self._first_bin(self._depth) + ((end - 1) >> self._min_shift) + 1
        if number >= self._first_bin(self._depth + 1):
            return 2**64 - 1
        while True:
            while number % 8 == 1:  # the first child: go to the parent
                number = (number - 1) >> 3
            if number == 0:
                return 2**64 - 1
            if bins.get(number):
                return min(chunk.begin for chunk in bins[number])
            number += 1


def _merged(chunks: list[Chunk]) -> list[Chunk]:
    """Return sorted chunks, joined where they share a block or touch."""
    merged: list[Chunk] = []
    for chunk in chunks:
        if chunk.end <= chunk.begin:
            continue
        if merged and chunk.begin >> 16 <= merged[-1].end >> 16:
            merged[-1] = Chunk(merged[-1].begin, max(merged[-1].end, chunk.end))
        else:
            merged.append(chunk)
    return merged
