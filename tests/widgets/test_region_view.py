"""RegionView without a browser: what it sends, its frames, and its code."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pysam
import pytest

from modos_widgets import RegionView, open_modo
from modos_widgets.errors import ArgumentError, NotFoundError
from modos_widgets.regions import GenomeFile, Locus, lay_out_reads
from modos_widgets.storage import LocalRanges
from tests.modo.objects import ELEMENTS, keys_of, put_local
from tests.parts.asked import Asked
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.genome_files import GenomeStudy
    from tests.parts.s3 import S3Server

FILES = {
    "d1.cram": "reads3.0.cram",
    "d1.cram.crai": "reads3.0.cram.crai",
    "r1.fa": "ref.fa",
    "r1.fa.fai": "ref.fa.fai",
    "calls.vcf.gz": "calls.vcf.gz",
    "calls.vcf.gz.tbi": "calls.vcf.gz.tbi",
}
REGION = "chr1:150,001-152,000"


@pytest.fixture
def path(genome_study: GenomeStudy, tmp_path: Path) -> Path:
    files = {name: genome_study.path(source).read_bytes() for name, source in FILES.items()}
    return put_local(tmp_path / "study", keys_of(ELEMENTS, files=files))


def test_mismatches_and_coverage_are_those_of_pysam(genome_study: GenomeStudy) -> None:
    bam = genome_study.path("reads.bam")
    locus = Locus("chr1", 150_000, 152_000)
    frame = GenomeFile(LocalRanges(bam), [lambda: LocalRanges(f"{bam}.bai")]).read(locus)
    reference = genome_study.sequences["chr1"][locus.start : locus.end]

    pile = lay_out_reads(frame, locus, reference, most=10_000)

    expected = set()
    with pysam.AlignmentFile(str(bam)) as file:
        for number, read in enumerate(file.fetch("chr1", locus.start, locus.end)):
            bases = read.query_sequence or ""
            for at, place in read.get_aligned_pairs(matches_only=True):
                if locus.start <= place < locus.end and bases[at] != reference[place - locus.start]:
                    expected.add((number, place, "ACGTN".index(bases[at])))
        counts = file.count_coverage(
            "chr1", locus.start, locus.end, quality_threshold=0, read_callback="nofilter"
        )
    assert {tuple(row) for row in pile.mismatches.tolist()} == expected
    assert len(expected) > 5
    assert pile.bin_size == 1
    known = np.array(counts).sum(axis=0)  # without N
    assert ((pile.coverage >= known) & (pile.coverage <= known + 2)).all()
    reads = pile.reads.tolist()
    assert len(reads) == len(frame)
    for row in range(pile.rows):
        ends = [(start, end) for start, end, at, _ in reads if at == row]
        assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))


def test_its_code_gives_the_frames_that_it_shows(path: Path) -> None:
    view = RegionView(path, ["data/d1", "calls.vcf.gz"], REGION)
    names: dict[str, Any] = {}

    exec(view.as_python, names)  # noqa: S102 - our own code

    assert list(view.frames) == ["data/d1", "calls.vcf.gz"]
    assert names["frame_1"].equals(view.frames["data/d1"])
    assert names["frame_2"].equals(view.frames["calls.vcf.gz"])
    assert view.frame.equals(open_modo(path, mode="r").region("data/d1", REGION))
    assert repr(view) == f"RegionView('data/d1', 'calls.vcf.gz', {REGION!r})"


def test_the_same_region_is_shown_for_several_objects(
    path: Path, genome_study: GenomeStudy, tmp_path: Path
) -> None:
    files = {name: genome_study.path(source).read_bytes() for name, source in FILES.items()}
    other = put_local(tmp_path / "other", keys_of(ELEMENTS, files=files))
    view = RegionView([path, open_modo(other)], ["data/d1", "calls.vcf.gz"], REGION)
    assert view.files == [
        "study data/d1",
        "other data/d1",
        "study calls.vcf.gz",
        "other calls.vcf.gz",
    ]
    assert view.frames["study data/d1"].equals(view.frames["other data/d1"])
    assert view.frame.equals(open_modo(path).region("data/d1", REGION))
    names: dict[str, Any] = {}
    exec(view.as_python, names)  # noqa: S102
    for number, frame in enumerate(view.frames.values(), 1):
        assert names[f"frame_{number}"].equals(frame)
    with pytest.raises(ArgumentError):
        RegionView([], "data/d1")


def test_a_track_names_what_is_missing(path: Path) -> None:
    (path / "r1.fa.fai").unlink()
    asked = Asked(RegionView(path, "data/d1"))

    answer = asked("track", file=0, contig="chr1", start=150_000, end=152_000)

    assert "no reference was found" in answer["note"]
    assert answer["count"] > 10
    assert answer["rows"][0][:3] == [answer["names"][0], answer["rows"][0][1], "chr1"]
    assert asked("locus", file=0, text="") == {"contig": "chr1", "start": 0, "end": 10_000}
    assert "no contig" in asked("locus", file=0, text="chr9:1-5")["message"]


@pytest.mark.parametrize(
    ("reads", "index", "expected"),
    [("reads.bam", ".bai", [2, 1]), ("reads3.0.cram", ".crai", [1, 1])],
)
def test_the_reference_is_read_once_beside_the_records(
    genome_study: GenomeStudy,
    moto_server: S3Server,
    reads: str,
    index: str,
    expected: list[int],
) -> None:
    names = (reads, reads + index, "ref.fa", "ref.fa.fai")
    files = {name: genome_study.path(name).read_bytes() for name in names}
    data = {**ELEMENTS["data/d1"], "data_path": reads, "has_reference": ["reference/r1"]}
    bases = {"@type": "ReferenceGenome", "data_path": "ref.fa"}
    elements = ELEMENTS | {"data/d1": data, "reference/r1": bases}
    bucket = moto_server.bucket()
    for key, body in keys_of(elements, files=files).items():
        moto_server.client().put_object(Bucket=bucket, Key=f"study/{key}", Body=body)
    with Proxy(moto_server.endpoint, delay=0.05) as proxy:
        asked = Asked(
            RegionView(
                f"s3://{bucket}/study",
                "data/d1",
                services={"s3": proxy.endpoint},
                s3_kwargs=moto_server.s3_kwargs,
            )
        )
        assert asked("file", file=0)["kind"] in {"BAM", "CRAM"}
        trips = []
        for start in (150_000, 50_000):
            proxy.reset()
            answer = asked("track", file=0, contig="chr1", start=start, end=start + 2_000)
            assert answer["note"] == ""
            assert answer["count"] > 10
            of_reference = [each for each in proxy.requests if each.path.endswith("ref.fa")]
            trips.append(proxy.round_trips)
        assert len(of_reference) == 1  # also for CRAM, whose records need bases themselves
    assert trips == expected  # head and index of the reference are read once


def test_a_region_behind_a_shorter_contig_is_refused(path: Path) -> None:
    asked = Asked(RegionView(path, "data/d1"))
    answer = asked("track", file=0, contig="chr1", start=300_000, end=300_100)
    assert answer["message"] == "chr1 has 300,000 bases in this file."


def test_wrong_arguments_are_refused(path: Path) -> None:
    for arguments in ((5, "data/d1"), (path, []), (path, 5), (path, [5])):
        with pytest.raises(ArgumentError):
            RegionView(*arguments)
    with pytest.raises(NotFoundError, match="No region"):
        _ = RegionView(path, "data/d1").frame
