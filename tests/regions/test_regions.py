"""Regions of genome files have the records that pysam finds by the same index."""

from __future__ import annotations

import gzip
import math
import os
import random
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pysam
import pytest

from modos_widgets.errors import (
    BrokenFileError,
    CredentialsError,
    NotFoundError,
    OptionError,
    UnsupportedError,
)
from modos_widgets.regions import INDEX_SUFFIXES, FastaReference, GenomeFile, Locus, parse_locus
from modos_widgets.storage import BytesRanges, LocalRanges
from tests.parts.genome_files import (
    ALIGNMENTS,
    CONTIGS,
    SAMPLES,
    SEQUENCES,
    VARIANTS,
    GenomeStudy,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from modos_widgets.headers import Contig

REGIONS = 1000 if os.environ.get("MODOS_CAMPAIGN") else 20
ALIGNMENT_COLUMNS = ["name", "flag", "contig", "start", "end", "mapping_quality"]
ALIGNMENT_COLUMNS += ["cigar", "sequence"]
VARIANT_COLUMNS = ["contig", "position", "id", "ref", "alt", "quality", "filter"]


class CountedRanges:
    """A file that counts how often, and how many bytes, it is read."""

    def __init__(self, path: Path) -> None:
        self._ranges = LocalRanges(path)
        self.name = str(path)
        self.size = self._ranges.size
        self.reads: list[tuple[int, int]] = []

    def read(self, begin: int, end: int) -> bytes:
        data = self._ranges.read(begin, end)
        self.reads.append((begin, begin + len(data)))
        return data


def genome_file(study: GenomeStudy, name: str, *, reference: bool = True) -> GenomeFile:
    """Open a file as it lies on the disk, with its index."""
    suffixes = [each for found in INDEX_SUFFIXES.values() for each in found]
    indexes = [
        partial(LocalRanges, study.path(name + suffix))
        for suffix in suffixes
        if study.path(name + suffix).exists()
    ]
    gzi = study.path(f"{name}.gzi")
    known = None
    if reference and name.endswith(".cram"):
        known = FastaReference(genome_file(study, "ref.fa"))
    return GenomeFile(
        LocalRanges(study.path(name)),
        indexes,
        block_index=partial(LocalRanges, gzi) if gzi.exists() else None,
        reference=known,
    )


def random_loci() -> list[Locus]:
    """Return regions of all sizes, the same ones every time."""
    randomly = random.Random(5)  # noqa: S311 - places, not a secret
    loci = []
    for _ in range(REGIONS):
        contig = randomly.choice(list(CONTIGS))
        start = randomly.randrange(CONTIGS[contig])
        size = int(math.exp(randomly.uniform(0, math.log(CONTIGS[contig]))))
        loci.append(Locus(contig, start, min(CONTIGS[contig], start + size)))
    return loci


def expected_alignments(file: Any, locus: Locus) -> list[tuple[object, ...]]:
    return [
        (
            read.query_name,
            read.flag,
            read.reference_name,
            read.reference_start,
            max(read.reference_end or 0, read.reference_start + 1),
            read.mapping_quality,
            read.cigarstring,
            read.query_sequence,
        )
        for read in file.fetch(locus.contig, locus.start, locus.end)
    ]


def expected_variants(file: Any, locus: Locus) -> list[tuple[object, ...]]:
    rows = []
    for record in file.fetch(locus.contig, locus.start, locus.end):
        cells = str(record).rstrip("\n").split("\t")
        has_genotype = cells[8].startswith("GT")
        genotypes = [cell.split(":")[0] if has_genotype else "." for cell in cells[9:]]
        quality = math.nan if cells[5] == "." else float(cells[5])
        rows.append((cells[0], int(cells[1]), *cells[2:5], quality, cells[6], *genotypes))
    return rows


def rows_of(frame: pd.DataFrame) -> str:
    """Return the rows as text, in which NaN is equal to itself."""
    return repr([tuple(row) for row in frame.astype(object).itertuples(index=False, name=None)])


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_alignments_are_those_that_pysam_fetches(genome_study: GenomeStudy, name: str) -> None:
    ours = genome_file(genome_study, name)
    reference = str(genome_study.path("ref.fa"))
    found = 0

    with pysam.AlignmentFile(str(genome_study.path(name)), reference_filename=reference) as theirs:
        for locus in random_loci():
            frame = ours.read(str(locus))

            assert list(frame.columns) == ALIGNMENT_COLUMNS
            assert rows_of(frame) == repr(expected_alignments(theirs, locus)), locus
            found += len(frame)
    assert found > 500


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_are_those_that_pysam_fetches(genome_study: GenomeStudy, name: str) -> None:
    ours = genome_file(genome_study, name)
    found = 0

    with pysam.VariantFile(str(genome_study.path(name))) as theirs:
        for locus in random_loci():
            frame = ours.read(locus)

            assert list(frame.columns) == [*VARIANT_COLUMNS, "NA1", "id (sample)", "Ünï"]
            assert rows_of(frame) == repr(expected_variants(theirs, locus)), locus
            found += len(frame)
    assert found > 500
    assert len(SAMPLES) == 3


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_are_those_of_the_reference(genome_study: GenomeStudy, name: str) -> None:
    ours = genome_file(genome_study, name)

    for locus in random_loci():
        (row,) = ours.read(locus).itertuples(index=False, name=None)

        bases = genome_study.sequences[locus.contig][locus.start : locus.end]
        assert row == (locus.contig, locus.start, locus.end, bases)


@pytest.mark.parametrize("name", [*ALIGNMENTS, *VARIANTS])
def test_a_region_without_records_has_the_same_columns(
    genome_study: GenomeStudy, name: str
) -> None:
    ours = genome_file(genome_study, name)
    full, empty = ours.read("chr1:1-20000"), ours.read("empty")

    assert len(full) > 0
    assert len(empty) == 0
    assert list(full.columns) == list(empty.columns)
    assert list(full.dtypes) == list(empty.dtypes)


@pytest.mark.parametrize("name", [*ALIGNMENTS, *VARIANTS, *SEQUENCES])
def test_only_the_blocks_that_the_index_names_are_read(
    genome_study: GenomeStudy, name: str
) -> None:
    counted = CountedRanges(genome_study.path(name))
    ours = genome_file(genome_study, name)
    ours._ranges = counted
    assert ours.contigs
    counted.reads.clear()  # of the head, which is read beside the index

    ours.read("chr1:150,001-152,000")

    if name.endswith(".cram"):
        blocks = containers_of(genome_study.path(name), 0, 150_000, 152_000)
    elif name == "ref.fa":  # 2,000 bases and their line ends
        blocks = [(0, len(genome_study.path(name).read_bytes()) * 2_000 // sum(CONTIGS.values()))]
    else:
        blocks = whole_blocks(genome_study.path(name), counted.reads)
    fetched = sum(end - begin for begin, end in counted.reads)
    named = sum(end - begin for begin, end in blocks)
    assert 0 < fetched <= 1.5 * named
    assert len(counted.reads) <= 2 * max(1, len(blocks))


def whole_blocks(path: Path, reads: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the blocks (BGZF) of which the first bytes were read."""
    data, position, blocks = path.read_bytes(), 0, []
    while position < len(data):
        end = position + int.from_bytes(data[position + 16 : position + 18], "little") + 1
        if any(begin <= position and position + 18 <= stop for begin, stop in reads):
            blocks.append((position, end))
        position = end
    return blocks


def containers_of(path: Path, contig: int, start: int, end: int) -> list[tuple[int, int]]:
    """Return the containers that a CRAI names for a region, by its columns."""
    text = gzip.decompress(path.with_name(f"{path.name}.crai").read_bytes()).decode()
    rows = [[int(cell) for cell in line.split("\t")] for line in text.splitlines()]
    begins = sorted({row[3] for row in rows} | {path.stat().st_size})
    found = {
        row[3]
        for row in rows
        if row[0] == contig and row[1] - 1 < end and row[1] - 1 + row[2] > start
    }
    return [(begin, begins[begins.index(begin) + 1]) for begin in sorted(found)]


@pytest.mark.parametrize("name", ["reads3.0.cram", "reads3.1.cram"])
def test_a_cram_without_reference_has_no_sequences_and_a_note(
    genome_study: GenomeStudy, name: str
) -> None:
    whole = genome_file(genome_study, name).read("chr2:1-5,000")
    bare = genome_file(genome_study, name, reference=False).read("chr2:1-5,000")

    assert bare["sequence"].isna().all()
    assert "no reference" in bare.attrs["note"]
    assert "note" not in whole.attrs
    assert rows_of(bare.drop(columns="sequence")) == rows_of(whole.drop(columns="sequence"))


def test_another_reference_is_refused(genome_study: GenomeStudy) -> None:
    class Other:
        def prepare(self) -> None:
            pass

        def bases(self, contig: Contig, start: int, end: int) -> str:
            return "A" * (end - start)

    path = genome_study.path("reads3.0.cram")
    file = GenomeFile(LocalRanges(path), [partial(LocalRanges, f"{path}.crai")], reference=Other())

    with pytest.raises(BrokenFileError, match="another reference"):
        file.read("chr1:1-1000")


LOCI = [
    ("chr1:10,000-12,000", Locus("chr1", 9_999, 12_000)),
    ("chr1:10,000", Locus("chr1", 9_999, 10_000)),
    ("chr1:10,000-", Locus("chr1", 9_999, 300_000)),
    ("chr1", Locus("chr1", 0, 300_000)),
    (" chr1 : 5 - 9 ", Locus("chr1", 4, 9)),
    ("chr2:119,000-999,999", Locus("chr2", 118_999, 120_000)),
    ("HLA:A*01", Locus("HLA:A*01", 0, 40_000)),
    ("HLA:A*01:7-9", Locus("HLA:A*01", 6, 9)),
    ("{HLA:A*01}:7-9", Locus("HLA:A*01", 6, 9)),
]


@pytest.mark.parametrize(("text", "locus"), LOCI)
def test_a_locus_is_read_as_people_write_it(text: str, locus: Locus) -> None:
    assert parse_locus(text, CONTIGS) == locus


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1:5-9", "no contig '1'"),
        ("", "no contig ''"),
        ("chr1:9-5", "not before the start"),
        ("chr1:0-5", "positions start at 1"),
        ("chr1:a-b", "is not a locus"),
        ("chr1:300,001-300,100", "outside the contig: chr1 has 300,000 bases"),
        ("chr1:" + "9" * 5000, "is not a locus"),
    ],
)
def test_other_texts_are_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(OptionError, match=re.escape(said)):
        parse_locus(text, CONTIGS)


def test_a_region_that_is_too_large_is_not_read(genome_study: GenomeStudy) -> None:
    for name in ("reads.bam", "calls.bcf", "reads3.0.cram", "ref.fa"):
        with pytest.raises(OptionError, match="limit is"):
            genome_file(genome_study, name).read("chr1", max_bytes=10_000)


def test_a_missing_index_is_an_error_and_no_download(genome_study: GenomeStudy) -> None:
    counted = CountedRanges(genome_study.path("reads.bam"))

    with pytest.raises(NotFoundError, match="no index file"):
        GenomeFile(counted).read("chr1:1-10")
    assert counted.reads == [(0, 65_536)]


class RefusedRanges(BytesRanges):
    """A file that must not be read."""

    def read(self, begin: int, end: int) -> bytes:
        raise CredentialsError(f"Permission denied: {self.name} {begin}-{end}.", "Check the keys.")


def test_a_refused_name_of_an_index_matters_only_if_no_other_exists(
    genome_study: GenomeStudy,
) -> None:
    path = genome_study.path("csi.bam")
    refused = partial(RefusedRanges, "csi.bam.bai", b"")
    found = partial(LocalRanges, f"{path}.csi")

    assert len(GenomeFile(LocalRanges(path), [refused, found]).read("chr1:1-2000")) > 10
    with pytest.raises(CredentialsError, match=r"csi\.bam\.bai"):
        GenomeFile(LocalRanges(path), [refused]).read("chr1:1-2000")


def test_a_less_usual_index_is_read_in_part_beside_the_usual_one(
    genome_study: GenomeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modos_widgets.regions.genome_file._BESIDE", 100)
    usual, other = (CountedRanges(genome_study.path(f"reads.bam{end}")) for end in (".bai", ".bai"))
    path = genome_study.path("reads.bam")

    both = GenomeFile(LocalRanges(path), [lambda: usual, lambda: other]).read("chr1:1-2000")
    assert (usual.reads, other.reads) == ([(0, usual.size)], [(0, 100)])
    missing = partial(LocalRanges, f"{path}.none")
    alone = GenomeFile(LocalRanges(path), [missing, lambda: other]).read("chr1:1-2000")
    assert other.reads[-2:] == [(0, 100), (100, other.size)]
    assert rows_of(alone) == rows_of(both)


@pytest.mark.parametrize("name", [*ALIGNMENTS, *VARIANTS, "ref.fa.gz"])
def test_damaged_files_and_foreign_indexes_are_errors(genome_study: GenomeStudy, name: str) -> None:
    """A file that is cut, or has a changed byte, or an index of another file or of noise."""
    suffix = next(
        each
        for found in INDEX_SUFFIXES.values()
        for each in found
        if genome_study.path(name + each).exists()
    )
    data = genome_study.path(name).read_bytes()
    index = genome_study.path(name + suffix).read_bytes()
    gzi = genome_study.path("ref.fa.gz.gzi").read_bytes() if name == "ref.fa.gz" else b""
    randomly = random.Random(6)  # noqa: S311 - places, not a secret
    cases = [(data[: len(data) // 3], index), (data, index[: len(index) // 2]), (data, b"")]
    cases += [(data, randomly.randbytes(len(index))), (data[5000:], index)]
    for _ in range(10):
        changed, other = bytearray(data), bytearray(index)
        changed[randomly.randrange(len(data))] ^= 1 << randomly.randrange(8)
        other[randomly.randrange(len(index))] ^= 1 << randomly.randrange(8)
        cases += [(bytes(changed), index), (data, bytes(other))]
    failed = 0

    for content, beside in cases:
        file = GenomeFile(
            BytesRanges(name, content),
            [partial(BytesRanges, name + suffix, beside)],
            block_index=partial(BytesRanges, "gzi", gzi) if gzi else None,
        )
        try:
            file.read("chr1:200,000-290,000")
        except (BrokenFileError, UnsupportedError, OptionError, NotFoundError):
            failed += 1
    assert failed >= 4
