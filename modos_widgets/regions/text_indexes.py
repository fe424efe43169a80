"""Index files that are tables: CRAI, FAI and GZI.

Sources: CRAM specification 12 (CRAI), the manual pages faidx(5) and bgzip(1).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from modos_widgets.errors import BrokenFileError

__all__ = ["BlockIndex", "ContainerIndex", "FastaRow", "Slice", "read_fai"]

_CRAI_COLUMNS = 6
_FAI_COLUMNS = 5


class Slice(NamedTuple):
    """Row of a CRAI: where the records of a contig in one slice are.

    Attributes
    ----------
    contig : int
        Number of the contig.
    start, end : int
        Bases that its records cover: the first one, counted from 0, and the one after the last.
    container : int
        Position of the container in the file.
    """

    contig: int
    start: int
    end: int
    container: int


def _broken(name: str, why: str) -> BrokenFileError:
    return BrokenFileError(
        f"The index {name} {why}.", "Create the index again with samtools or bgzip."
    )


class ContainerIndex:
    """Index of a CRAM file (CRAI).

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    data : bytes
        Its decompressed content.

    Raises
    ------
    BrokenFileError
        A row does not have six numbers.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self._slices = []
        for line in data.splitlines():
            row = line.split(b"\t")
            try:
                contig, start, span, container, *rest = map(int, row)
            except ValueError as error:
                raise _broken(name, "has a row without six numbers") from error
            if len(rest) != _CRAI_COLUMNS - 4 or container < 0 or span < 0:
                raise _broken(name, "has a row without six numbers")
            self._slices.append(Slice(contig, start - 1, start - 1 + span, container))
        self.containers = sorted({part.container for part in self._slices})

    def find(self, contig: int, start: int, end: int) -> list[int]:
        """Return the positions of the containers with records of a region, in file order."""
        return sorted(
            {
                part.container
                for part in self._slices
                if part.contig == contig and part.start < end and part.end > start
            }
        )

    def slices_in(self, containers: list[int]) -> list[Slice]:
        """Return the slices in containers, with those of other contigs."""
        wanted = set(containers)
        return [part for part in self._slices if part.container in wanted and part.contig >= 0]

    def end_of(self, container: int, size: int) -> int:
        """Return where a container ends, in a file of `size` bytes."""
        place = bisect_right(self.containers, container)
        return self.containers[place] if place < len(self.containers) else size


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


def read_fai(name: str, data: bytes) -> dict[str, FastaRow]:
    """Return the rows of a FAI by the names of the sequences.

    Raises
    ------
    BrokenFileError
        A row does not have a name and four numbers.
    """
    rows = {}
    for line in data.splitlines():
        contig, *numbers = line.split(b"\t")
        try:
            row = FastaRow(*map(int, numbers[: _FAI_COLUMNS - 1]))
        except (TypeError, ValueError) as error:
            raise _broken(name, "has a row without a name and four numbers") from error
        if min(row.length, row.offset) < 0 or (row.length and not 0 < row.bases <= row.width):
            raise _broken(name, "has a row with invalid numbers")
        rows[contig.decode(errors="replace")] = row
    return rows


class BlockIndex:
    """Index of a file that bgzip has compressed (GZI).

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    data : bytes
        Its content.

    Raises
    ------
    BrokenFileError
        The content is damaged.
    """

    def __init__(self, name: str, data: bytes) -> None:
        if len(data) < 8 or len(data) != 8 + 16 * struct.unpack_from("<Q", data)[0]:  # noqa: PLR2004
            raise _broken(name, "is truncated")
        pairs = [(0, 0), *struct.iter_unpack("<QQ", data[8:])]
        if pairs != sorted(pairs):
            raise _broken(name, "is not sorted")
        self._stored = [stored for stored, _ in pairs]
        self._plain = [plain for _, plain in pairs]

    def find(self, begin: int, end: int, size: int) -> tuple[int, int, int]:
        """Return where the blocks of a range of the decompressed file are.

        Parameters
        ----------
        begin, end : int
            The range.
        size : int
            Size of the file.

        Returns
        -------
        tuple of int
            Begin and end of the blocks, and the decompressed position of the first one.
        """
        first = bisect_right(self._plain, begin) - 1
        behind = bisect_right(self._plain, end - 1)
        stop = self._stored[behind] if behind < len(self._stored) else size
        return self._stored[first], stop, self._plain[first]
