"""Indexes are read, and one of another file or of another state of the file is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.headers import check_index, read_header, read_index
from modos_widgets.storage import BytesRanges, LocalRanges
from tests.parts.omics_files import Study, sam_text, tool, write_reference

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = [
    ("reads.bam", "reads.bam.bai"),
    ("reads.bam", "reads.bam.csi"),
    ("reads2.1.cram", "reads2.1.cram.crai"),
    ("reads3.0.cram", "reads3.0.cram.crai"),
    ("reads3.1.cram", "reads3.1.cram.crai"),
    ("calls.vcf.gz", "calls.vcf.gz.tbi"),
    ("calls.vcf.gz", "calls.vcf.gz.csi"),
    ("calls.bcf", "calls.bcf.csi"),
    ("ref.fa", "ref.fa.fai"),
    ("ref.fa.gz", "ref.fa.gz.fai"),
    ("ref.fa.gz", "ref.fa.gz.gzi"),
]


def problem_of(data: Path | BytesRanges, index: Path | BytesRanges) -> str:
    ranges = data if isinstance(data, BytesRanges) else LocalRanges(data)
    return check_index(read_index(index), read_header(ranges), ranges)


@pytest.mark.parametrize(("data", "index"), PAIRS)
def test_the_index_of_a_file_fits(study: Study, data: str, index: str) -> None:
    assert problem_of(study.path(data), study.path(index)) == ""


@pytest.mark.parametrize(("data", "index"), PAIRS)
def test_a_truncated_or_damaged_index_is_found(study: Study, data: str, index: str) -> None:
    content = study.data(index)
    half = content[: len(content) // 2]
    if index.endswith(".gzi"):
        half = content[:4]
    elif index.endswith("fai"):
        half = content[: content.rindex(b"\t")]

    assert problem_of(study.path(data), BytesRanges(index, half))
    assert problem_of(study.path(data), BytesRanges(index, b"")) or index.endswith("fai")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make files like those of the study, with other contigs and more records."""
    folder = tmp_path_factory.mktemp("other")
    contigs = {"chr1": 300_000, "chr2": 2000, "chr3": 100, "chr4": 100}
    sequences = write_reference(folder / "ref.fa", 2, contigs)
    (folder / "reads.sam").write_text(sam_text(sequences, records=9000))
    view = ("samtools", "view", "--no-PG", "-T", "ref.fa")
    tool(*view, "-b", "-o", "reads.bam", "reads.sam", cwd=folder)
    tool("samtools", "index", "reads.bam", cwd=folder)
    tool("samtools", "index", "-c", "reads.bam", cwd=folder)
    for version in ("2.1", "3.0", "3.1"):
        output = f"cram,version={version}"
        tool(*view, "-O", output, "-o", f"reads{version}.cram", "reads.sam", cwd=folder)
        tool("samtools", "index", f"reads{version}.cram", cwd=folder)
    return folder


@pytest.mark.parametrize(("data", "index"), [*PAIRS[:5], PAIRS[8]])
def test_the_index_of_another_file_is_found(
    study: Study, other: Path, data: str, index: str
) -> None:
    assert problem_of(study.path(data), other / index)
    assert problem_of(other / data, other / index) == ""


@pytest.mark.parametrize(("data", "index"), PAIRS[:5])
def test_the_index_of_an_earlier_state_of_a_file_is_found(
    study: Study, tmp_path: Path, data: str, index: str
) -> None:
    """The header is the same; only the records have changed."""
    text = sam_text(study.sequences, ("NA1", "Ünï"), records=2400)
    (tmp_path / "new.sam").write_text(text, encoding="utf-8")
    version = data.removeprefix("reads").removesuffix(".cram")
    output = f"cram,version={version}" if data.endswith(".cram") else "bam"
    view = ("samtools", "view", "--no-PG", "-T", study.path("ref.fa"), "-O", output)
    tool(*view, "-o", tmp_path / data, tmp_path / "new.sam")
    shorter = tmp_path / "short.sam"
    shorter.write_text(sam_text(study.sequences, ("NA1", "Ünï"), records=1), encoding="utf-8")
    tool(*view, "-o", tmp_path / "short", shorter)
    indexed = ("samtools", "index", *(["-c"] if index.endswith("csi") else []))
    tool(*indexed, tmp_path / data, tmp_path / index)

    assert problem_of(tmp_path / data, tmp_path / index) == ""
    assert problem_of(tmp_path / "short", tmp_path / index)


def test_positions_of_an_index_must_start_a_block(study: Study) -> None:
    """A file with a block of another length before them has the same size, but other blocks."""
    data = study.data("reads.bam")
    size = int.from_bytes(data[16:18], "little") + 1
    moved = BytesRanges("reads.bam", data[:size] + data[size + 1 : -28] + b"\0" + data[-28:])

    assert "expects a block" in problem_of(moved, study.path("reads.bam.bai"))


def test_a_large_index_is_read_in_part(study: Study) -> None:
    rows = [f"0\t{n}\t10\t452\t5\t100" for n in range(20_000)]
    index = read_index(BytesRanges("x.cram.crai", "\n".join(rows).encode()))

    assert not index.complete
    assert index.last_offset == 452
    assert not index.problem
