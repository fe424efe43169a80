"""Index files that sort records into bins: BAI, CSI and TBI.

Sources: SAM specification 5 (bins, BAI), CSI and tabix specifications.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from modos_widgets.errors import BrokenFileError

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


class BinnedIndex:
    """Index of a BGZF file whose records are sorted by position.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    data : bytes
        Its decompressed content.

    Attributes
    ----------
    names : tuple of str
        Names of the contigs; empty if the index states none.
    count : int
        Number of contigs.

    Raises
    ------
    BrokenFileError
        The content is not an index, or is damaged.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self._name, self._data = name, data
        self.names: tuple[str, ...] = ()
        self._min_shift, self._depth = 14, 5
        self._csi = data.startswith(b"CSI\x01")
        try:
            position = self._read_head()
            self.count = self._number(position)
            if data.startswith(b"TBI\x01"):
                position = self._read_names(8)
            else:
                position += 4
            self._sections = self._find_sections(position)
        except (struct.error, IndexError) as error:
            raise self._broken("is truncated") from error

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
            for number in self._bins_of(start, end)
            for chunk in bins.get(number, ())
            if chunk.end > least and chunk.begin < most
        )
        blocks = {offset >> 16 for offset in linear}
        blocks |= {offset >> 16 for chunks in bins.values() for chunk in chunks for offset in chunk}
        return FileChunks(_merged(found), sorted(blocks))

    def _broken(self, why: str) -> BrokenFileError:
        return BrokenFileError(
            f"The index {self._name} {why}.", "Create the index again with samtools or bcftools."
        )

    def _number(self, position: int) -> int:
        number = int(struct.unpack_from("<i", self._data, position)[0])
        if number < 0:
            raise self._broken("contains a negative size")
        return number

    def _read_head(self) -> int:
        """Read what comes before the number of contigs, and return where that is."""
        if not self._csi:
            if self._data[:4] not in {b"BAI\x01", b"TBI\x01"}:
                raise self._broken("is not a BAI, CSI or TBI file")
            return 4
        self._min_shift, self._depth = self._number(4), self._number(8)
        if self._depth > _MOST_LEVELS or self._min_shift + 3 * self._depth > 62:  # noqa: PLR2004
            raise self._broken("states invalid bins")
        size = self._number(12)
        if size >= _TABIX_HEAD.size:
            self._read_names(16)
        return 16 + size

    def _read_names(self, position: int) -> int:
        """Read the head of a tabix index, and return its end."""
        size = int(_TABIX_HEAD.unpack_from(self._data, position)[6])
        if size < 0:
            raise self._broken("contains a negative size")
        end = position + _TABIX_HEAD.size + size
        names = self._data[position + _TABIX_HEAD.size : end].rstrip(b"\0").split(b"\0")
        self.names = tuple(name.decode(errors="replace") for name in names if name)
        return end

    def _find_sections(self, position: int) -> list[int]:
        """Return where the section of each contig starts."""
        data, sections = self._data, []
        head, count_at = (16, 12) if self._csi else (8, 4)
        unpack = struct.Struct("<i").unpack_from
        for _ in range(self.count):
            sections.append(position)
            bins = self._number(position)
            position += 4
            for _ in range(bins):
                (chunks,) = unpack(data, position + count_at)
                if chunks < 0:
                    raise self._broken("contains a negative size")
                position += head + 16 * chunks
            if not self._csi:
                position += 4 + 8 * self._number(position)
        if position > len(data):
            raise self._broken("is truncated")
        return sections

    def _read_section(
        self, position: int
    ) -> tuple[dict[int, list[Chunk]], dict[int, int], tuple[int, ...]]:
        """Return the chunks of each bin, its least offset (CSI), and the linear index (others)."""
        bins: dict[int, list[Chunk]] = {}
        offsets: dict[int, int] = {}
        last = ((1 << 3 * (self._depth + 1)) - 1) // 7  # the next one holds numbers of reads
        count = self._number(position)
        position += 4
        for _ in range(count):
            if self._csi:
                number, offset, chunks = struct.unpack_from("<IQi", self._data, position)
                offsets[number] = offset
                position += 16
            else:
                number, chunks = struct.unpack_from("<Ii", self._data, position)
                position += 8
            end = position + 16 * chunks
            if number < last:
                pairs = struct.iter_unpack("<QQ", self._data[position:end])
                bins[number] = [Chunk(*pair) for pair in pairs]
            position = end
        if self._csi:
            return bins, offsets, ()
        count = self._number(position)
        return bins, {}, struct.unpack_from(f"<{count}Q", self._data, position + 4)

    def _first_bin(self, level: int) -> int:
        return ((1 << 3 * level) - 1) // 7

    def _bins_of(self, start: int, end: int) -> list[int]:
        """Return the bins that records of a region can be in."""
        largest = 1 << (self._min_shift + 3 * self._depth)
        start, end = min(start, largest - 1), min(end, largest)
        found: list[int] = []
        for level in range(self._depth + 1):
            shift, first = self._min_shift + 3 * (self._depth - level), self._first_bin(level)
            found += range(first + (start >> shift), first + ((end - 1) >> shift) + 1)
        return found

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
