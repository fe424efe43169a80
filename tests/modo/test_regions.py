"""`Modo.region` reads records of genome files of any storage, with few requests."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pysam
import pytest

from modos_widgets import open_modo
from modos_widgets.errors import ArgumentError, MissingExtraError, NotFoundError, OptionError
from modos_widgets.regions import GenomeFile, RefgetReference
from modos_widgets.storage import LocalRanges
from tests.modo.objects import ELEMENTS, keys_of, put_local
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Response

    from tests.modo.conftest import Place
    from tests.parts.genome_files import GenomeStudy
    from tests.parts.places import ServeApp

NAMES = {
    "d1.cram": "reads3.0.cram",
    "d1.cram.crai": "reads3.0.cram.crai",
    "r1.fa": "ref.fa",
    "r1.fa.fai": "ref.fa.fai",
    "reads/d2.bam": "reads.bam",
    "reads/d2.bai": "reads.bam.bai",
    "calls.bcf": "calls.bcf",
    "calls.bcf.csi": "calls.bcf.csi",
    "bare.bam": "reads.bam",
}
REGION = "chr1:150,001-152,000"


def object_keys(study: GenomeStudy) -> dict[str, bytes]:
    """Return an object with alignments, variants, their reference and indexes."""
    files = {name: study.path(source).read_bytes() for name, source in NAMES.items()}
    elements = ELEMENTS | {"data/far": {"@type": "DataEntity", "data_path": "https://x.org/a.bam"}}
    return keys_of(elements, files=files)


def test_a_link_that_is_not_a_text_is_no_reference(
    tmp_path: Path, genome_study: GenomeStudy
) -> None:
    keys = object_keys(genome_study)
    damaged = {**ELEMENTS["data/d1"], "has_reference": 5}
    keys |= keys_of({"data/d1": damaged}, files={})
    frame = open_modo(put_local(tmp_path / "p", keys), mode="r").region("data/d1", REGION)
    assert len(frame) > 10
    assert "no reference was found" in frame.attrs["note"]


def test_records_are_read_from_any_storage(place: Place, genome_study: GenomeStudy) -> None:
    modo = place.open(place.put(object_keys(genome_study)), mode="r")

    cram = modo.region("data/d1", REGION)
    bam = modo.region("reads/d2.bam", REGION)

    assert len(bam) > 10
    aligned = bam["flag"] != 4  # CRAM does not store the mapping quality of the others
    assert cram[aligned].equals(bam[aligned])
    assert list(cram["name"]) == list(bam["name"])
    with pysam.AlignmentFile(str(genome_study.path("reads.bam"))) as file:
        assert list(bam["name"]) == [
            each.query_name for each in file.fetch(region="chr1:150001-152000")
        ]
    variants = modo.region("calls.bcf", REGION)
    assert list(variants.columns[-3:]) == ["NA1", "id (sample)", "Ünï"]
    assert len(variants) > 10
    (row,) = modo.region("reference/r1", "chr2:1-5").itertuples(index=False)
    assert row.sequence == genome_study.sequences["chr2"][:5]


@pytest.mark.traffic
@pytest.mark.parametrize(
    ("name", "reference", "most"),
    [
        ("reads.bam", "ref.fa", 1 + 4 + 2),  # head, names of an index, chunks and their rests
        ("csi.bam", "ref.fa", 1 + 4 + 2),
        ("reads3.0.cram", "ref.fa", 1 + 2 + 4 + 2),  # and the reference: heads, bases
        ("reads3.0.cram", "ref.fa.gz", 1 + 2 + 4 + 2),
        ("reads3.1.cram", "ref.fa", 1 + 2 + 4 + 2),
        ("reads3.1.cram", "ref.fa.gz", 1 + 2 + 4 + 2),
        ("calls.vcf.gz", "ref.fa", 1 + 4 + 4),
        ("csi.vcf.gz", "ref.fa", 1 + 4 + 6),
        ("calls.bcf", "ref.fa", 1 + 4 + 4),
        ("ref.fa", "ref.fa", 1 + 3 + 1),
        ("ref.fa.gz", "ref.fa", 1 + 3 + 1),
    ],
)
def test_a_first_region_costs_three_round_trips(
    remote: Place, genome_study: GenomeStudy, name: str, reference: str, most: int
) -> None:
    files = {each.name: each.read_bytes() for each in genome_study.folder.iterdir()}
    elements = ELEMENTS | {
        "reference/r1": {"@type": "ReferenceGenome", "data_path": reference},
        "data/d1": {**ELEMENTS["data/d1"], "data_path": name},
    }
    path = remote.put(keys_of(elements, files=files))
    assert remote.server is not None
    trips, requests = [], []
    with Proxy(remote.server.endpoint, delay=0.1) as proxy:
        modo = open_modo(path, services={"s3": proxy.endpoint}, s3_kwargs=remote.s3_kwargs)
        assert len(modo.region("calls.bcf", REGION))  # loads pysam and makes the clients
        # with the rest of the last blocks, over some blocks, in a CRAM container of two contigs
        for region in ("chr1:263,001-263,100", REGION, "chr2:1-500"):
            proxy.reset()
            frame = modo.region(name, region)

            assert len(frame) > 0
            assert "note" not in frame.attrs
            trips.append(proxy.round_trips)
            requests.append(len(proxy.requests))
    assert max(trips) <= 3, trips
    assert max(requests) <= most, requests


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bare.bam", "has no index file"),
        ("data/far", "has no file in the object"),
        ("../x.bam", "is not a file of the object"),
        ("sample/s1", "has no file in the object"),
    ],
)
def test_a_file_without_index_is_an_error_that_says_so(
    near: Place, genome_study: GenomeStudy, name: str, said: str
) -> None:
    modo = near.open(near.put(object_keys(genome_study)), mode="r")

    with pytest.raises(NotFoundError, match=said):
        modo.region(name, REGION)


def test_wrong_arguments_are_errors(near: Place, genome_study: GenomeStudy) -> None:
    modo = near.open(near.put(object_keys(genome_study)), mode="r")

    with pytest.raises(ArgumentError):
        modo.region(5, REGION)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        modo.region("data/d1", 5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="Choose a smaller region"):
        modo.region("data/d1", "chr1", max_bytes=1000)


def test_the_error_of_a_missing_pysam_has_the_install_line(
    near: Place, genome_study: GenomeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    modo = near.open(near.put(object_keys(genome_study)), mode="r")
    monkeypatch.setitem(sys.modules, "pysam", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'modos-widgets\[genomics\]'"):
        modo.region("data/d1", REGION)


def test_a_reference_is_read_from_a_refget_service(
    genome_study: GenomeStudy, serve_app: ServeApp
) -> None:
    import hashlib  # noqa: PLC0415

    from flask import Flask, Response, abort, request  # noqa: PLC0415

    app = Flask("refget")
    known = {
        hashlib.md5(bases.encode(), usedforsecurity=False).hexdigest(): bases
        for bases in genome_study.sequences.values()
    }

    @app.get("/sequence/<md5>")
    def sequence(md5: str) -> Response:
        if md5 not in known:
            abort(404)
        part = known[md5][int(request.args["start"]) : int(request.args["end"])]
        return Response(part, mimetype="text/plain")

    url = serve_app(app)
    path = genome_study.path("reads3.1.cram")

    def read(service: str) -> Any:
        file = GenomeFile(
            LocalRanges(path),
            [partial(LocalRanges, f"{path}.crai")],
            reference=RefgetReference(service),
        )
        return file.read(REGION)

    with pysam.AlignmentFile(str(genome_study.path("reads.bam"))) as file:
        expected = [each.query_sequence for each in file.fetch(region="chr1:150001-152000")]
    assert list(read(url)["sequence"]) == expected
    known.clear()
    assert read(url)["sequence"].isna().all()
