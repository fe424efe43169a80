"""Messages that `RegionView` exchanges with its browser half.

``make wire`` writes ``js/region_view/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NamedTuple, NotRequired, TypedDict

Contig = tuple[str, int]


class FileRequest(TypedDict):
    """A file, by its number."""

    file: int


class FileAnswer(TypedDict):
    """What a file says about itself."""

    name: str
    summary: str
    kind: str
    """Format, such as "BAM"."""
    contigs: list[Contig]
    """Names and lengths; a length that is not known is 0."""


class LocusRequest(FileRequest):
    """A locus as text."""

    text: str


class LocusAnswer(TypedDict):
    """A locus: `start` is counted from 0, and `end` is the base after the last one."""

    contig: str
    start: int
    end: int


class TrackRequest(LocusAnswer):
    """A region of a file."""

    file: int


class Variant(NamedTuple):
    """A variant, and its genotypes."""

    start: int
    end: int
    label: str
    genotypes: list[int]
    """Number of alternative alleles for each sample that is drawn; -1 if it is not known."""


class TrackAnswer(TypedDict):
    """The records of a region, and how to draw them.

    Alignments have four binary parts: reads, gaps, mismatches and coverage (see `PileUp`).
    """

    note: str
    count: int
    """Number of records."""
    columns: list[str]
    rows: list[list[str]]
    """The first records, as text."""
    names: NotRequired[list[str]]
    """Names of the reads."""
    bin_size: NotRequired[int]
    pile_rows: NotRequired[int]
    variants: NotRequired[list[Variant]]
    samples: NotRequired[list[str]]
    sequence: NotRequired[str]


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    files: list[str]
    locus: str
    height: str
