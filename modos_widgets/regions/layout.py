"""Reads of a region as they are drawn: rows, gaps, mismatches and coverage."""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from modos_widgets.regions.locus import END_OF_CONTIG

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

    from modos_widgets.regions.locus import Locus

__all__ = ["BASES", "PileUp", "lay_out_reads"]

BASES = "ACGTN"
"""Bases by their codes in `PileUp.mismatches`; any other one is the last."""

DELETION, SKIP, INSERTION = 0, 1, 2
REVERSE, UNMAPPED = 1, 2
_REVERSE_FLAG, _UNMAPPED_FLAG = 16, 4
_CIGAR = re.compile(r"(\d+)([MIDNSHP=X])")
_GAP_BETWEEN = 2  # bases between two reads of a row
_BINS = 5_000


@dataclass(frozen=True)
class PileUp:
    """Reads of a region, laid out in rows.

    Attributes
    ----------
    reads : numpy.ndarray
        int32, four columns: start, end, row, and 1 for the reverse strand plus 2 for an unmapped
        read.
    gaps : numpy.ndarray
        int32, four columns: number of the read, start, end, kind (0 deletion, 1 skip,
        2 insertion).
    mismatches : numpy.ndarray
        int32, three columns: number of the read, position, code of its base (see `BASES`). Empty
        if the reference is not known.
    coverage : numpy.ndarray
        int32, the largest number of reads in each bin of the region.
    bin_size : int
        Number of bases of a bin.
    rows : int
        Number of rows.
    """

    reads: NDArray[np.int32]
    gaps: NDArray[np.int32]
    mismatches: NDArray[np.int32]
    coverage: NDArray[np.int32]
    bin_size: int
    rows: int


def lay_out_reads(frame: DataFrame, locus: Locus, reference: str | None, *, most: int) -> PileUp:
    """Lay out the alignments of a region; no network use.

    Parameters
    ----------
    frame : pandas.DataFrame
        Alignments, as `GenomeFile.read` returns them.
    locus : Locus
        The region.
    reference : str, optional
        Its reference bases.
    most : int
        Number of reads that are laid out; the coverage counts all of them.

    Returns
    -------
    PileUp
    """
    codes = np.full(256, len(BASES) - 1, np.uint8)
    for code, letter in enumerate(BASES):
        codes[ord(letter)] = codes[ord(letter.lower())] = code
    known = None if reference is None else codes[np.frombuffer(reference.encode(), np.uint8)]
    blocks: list[tuple[int, int]] = []
    reads: list[tuple[int, ...]] = []
    gaps: list[tuple[int, ...]] = []
    mismatches: list[tuple[int, ...]] = []
    free: list[tuple[int, int]] = []  # where a row is free, and its number
    rows = 0
    columns = ("start", "end", "flag", "cigar", "sequence")
    for number, (start, end, flag, cigar, sequence) in enumerate(
        zip(*(frame[column] for column in columns), strict=True)
    ):
        is_drawn = number < most
        if is_drawn:
            row = rows
            if free and free[0][0] <= start:
                row = heapq.heappop(free)[1]
            else:
                rows += 1
            heapq.heappush(free, (end + _GAP_BETWEEN, row))
            style = REVERSE * bool(flag & _REVERSE_FLAG) + UNMAPPED * bool(flag & _UNMAPPED_FLAG)
            reads.append((start, end, row, style))
        read = codes[np.frombuffer(sequence.encode(), np.uint8)] if sequence else None
        place, base = start, 0
        for size, operation in _operations(cigar):
            if operation in "M=X":
                blocks.append((place - locus.start, place - locus.start + size))
                if is_drawn and known is not None and read is not None:
                    mismatches += [
                        (number, place + at, int(read[base + at]))
                        for at in _differences(known, read, place - locus.start, base, size)
                    ]
                place, base = place + size, base + size
            elif operation in "DN":
                kind = SKIP if operation == "N" else DELETION
                gaps += [(number, place, place + size, kind)] * is_drawn
                place += size
            elif operation in "IS":
                gaps += [(number, place, place, INSERTION)] * (is_drawn and operation == "I")
                base += size
    bin_size = max(1, -(-(locus.end - locus.start) // _BINS))
    return PileUp(
        _positions(reads, 4),
        _positions(gaps, 4),
        _positions(mismatches, 3),
        _coverage(blocks, locus.end - locus.start, bin_size),
        bin_size,
        rows,
    )


def _positions(rows: list[tuple[int, ...]], columns: int) -> NDArray[np.int32]:
    """Return rows of positions; those behind the largest one, of damaged records, are that one."""
    table = np.array(rows, np.int64).reshape(-1, columns)
    return np.minimum(table, END_OF_CONTIG).astype(np.int32)


def _operations(cigar: str | None) -> list[tuple[int, str]]:
    return [(int(size), operation) for size, operation in _CIGAR.findall(cigar or "")]


def _coverage(blocks: list[tuple[int, int]], size: int, bin_size: int) -> NDArray[np.int32]:
    """Return the largest number of blocks at a base of each bin.

    Memory grows with the blocks and the bins, not with the region, which can be a whole contig.
    """
    edges = np.arange(0, size, bin_size)
    if not blocks:
        return np.zeros(len(edges), np.int32)
    ends = np.clip(np.array(blocks, np.int64), 0, size).T.ravel()
    changes = np.repeat([1, -1], len(blocks))
    places, which = np.unique(ends, return_inverse=True)
    depth = np.cumsum(np.bincount(which, changes)).astype(np.int32)
    before = np.searchsorted(places, edges, side="right") - 1
    found = np.where(before >= 0, depth[before], 0)
    inside = places < size
    np.maximum.at(found, places[inside] // bin_size, depth[inside])
    return found.astype(np.int32)


def _differences(
    known: NDArray[np.uint8], read: NDArray[np.uint8], place: int, base: int, size: int
) -> list[int]:
    """Return where a block of a read differs from the reference, counted from its start."""
    skipped = max(0, -place)
    size = min(size, len(known) - place, len(read) - base)
    if size <= skipped:
        return []
    here = known[place + skipped : place + size]
    found = np.flatnonzero(here != read[base + skipped : base + size]) + skipped
    return [int(at) for at in found]
