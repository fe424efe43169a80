"""Where the parts of a region are, by the rows of text indexes: CRAI and GZI."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.headers import Slice

__all__ = ["BlockIndex", "ContainerIndex"]


class ContainerIndex:
    """Index of a CRAM file (CRAI).

    Parameters
    ----------
    slices : iterable of Slice
        Its rows.

    Attributes
    ----------
    containers : list of int
        Positions of the containers, sorted.
    """

    def __init__(self, slices: Iterable[Slice]) -> None:
        self._slices = list(slices)
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


class BlockIndex:
    """Index of a file that bgzip has compressed (GZI).

    Parameters
    ----------
    blocks : iterable of tuple of int
        Positions of the blocks after the first one: in the file, and decompressed.
    """

    def __init__(self, blocks: Iterable[tuple[int, int]]) -> None:
        pairs = sorted([(0, 0), *blocks])
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
