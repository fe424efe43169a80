"""Regions of files with a large index, from the htsget service of an endpoint."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from modos_widgets import open_modo
from modos_widgets.demo.server import create_app
from modos_widgets.errors import OptionError
from modos_widgets.modo import genome_file
from tests.modo.objects import ELEMENTS, keys_of
from tests.parts.htsget import htsget_app
from tests.parts.omics_files import tool
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modos_widgets.modo import Modo
    from tests.modo.conftest import Place
    from tests.parts.genome_files import GenomeStudy
    from tests.parts.places import ServeApp

FILES = ("reads.bam", "calls.vcf.gz", "calls.bcf")
INDEXES = {"reads.bam": ".bai", "calls.vcf.gz": ".tbi", "calls.bcf": ".csi"}
REGIONS = ("chr1:150,001-152,000", "chr2:1-500", "empty:1-100")
FIRST = 100  # bytes of an index that are read here before the service is asked


class Deployment:
    """An object in S3, its endpoint with an htsget service, and a proxy before each of them."""

    def __init__(self, remote: Place, s3: Proxy, htsget: Proxy, path: str, endpoint: str) -> None:
        self.remote, self.s3, self.htsget, self.path = remote, s3, htsget, path
        self.endpoint = endpoint

    def open(self, *, served: bool = True) -> Modo:
        return open_modo(
            self.path,
            endpoint=self.endpoint if served else None,
            services={"s3": self.s3.endpoint},
            s3_kwargs=self.remote.s3_kwargs,
            mode="r",
        )


@pytest.fixture
def deployment(
    remote: Place,
    genome_study: GenomeStudy,
    serve_app: ServeApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployment]:
    monkeypatch.setattr("modos_widgets.regions.genome_file.LARGE_INDEX", FIRST)
    names = [*FILES, *(name + INDEXES[name] for name in FILES)]
    for name in names:
        shutil.copy(genome_study.path(name), tmp_path / name)
    files = {name: (tmp_path / name).read_bytes() for name in names}
    path = remote.put(keys_of(ELEMENTS, files=files))
    assert remote.server is not None
    prefix = f"{path.removeprefix('s3://')}/"
    with (
        Proxy(remote.server.endpoint, delay=0.05) as s3,
        Proxy(serve_app(htsget_app(tmp_path, prefix)), delay=0.05) as htsget,
    ):
        endpoint = serve_app(create_app({}, services={"htsget": htsget.endpoint}))
        yield Deployment(remote, s3, htsget, path, endpoint)


@pytest.mark.parametrize("name", FILES)
def test_records_come_from_the_service_and_not_by_the_index(
    deployment: Deployment, name: str
) -> None:
    by_index = deployment.open(served=False)
    by_service = genome_file(deployment.open(), name)
    for number, region in enumerate(REGIONS):
        expected = by_index.region(name, region)
        for proxy in (deployment.s3, deployment.htsget):
            proxy.reset()

        found = by_service.read(region)

        assert found.equals(expected)
        assert len(found) > 5 or region.startswith("empty")
        read = [
            (each.path.rpartition("/")[2], each.headers.get("range"))
            for each in deployment.s3.requests
            if "zarr" not in each.path
        ]
        if number:
            assert read == []
        else:  # the head of the file, and the start of the index
            assert {part for part, _ in read} >= {name, name + INDEXES[name]}
            assert all(part != name or "=0-" in str(span) for part, span in read)
            assert (name + INDEXES[name], f"bytes=0-{FIRST - 1}") in read
        assert deployment.htsget.round_trips == 2  # ticket, addresses
        assert len(deployment.htsget.requests) == 3


def test_a_service_that_fails_is_replaced_by_the_index(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = deployment.open(served=False).region("reads.bam", REGIONS[0])

    def another(_: object, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        return head.replace(b"200", b"404"), body

    deployment.htsget.rewrite = another
    modo = deployment.open()
    for _ in range(2):
        assert modo.region("reads.bam", REGIONS[0]).equals(expected)
    deployment.htsget.rewrite = lambda _, head, body: (head, body)
    monkeypatch.setattr(
        "modos_widgets.modo.genome_files.fetch_region", lambda *_, **__: b"\x1f\x8b\x08\x04rubbish"
    )
    assert deployment.open().region("reads.bam", REGIONS[0]).equals(expected)


def test_an_endpoint_that_is_known_to_name_no_service_costs_no_round_trip(
    deployment: Deployment, serve_app: ServeApp
) -> None:
    expected = deployment.open(served=False).region("reads.bam", REGIONS[0])
    endpoint = serve_app(create_app({}, services={"s3": deployment.s3.endpoint}))
    modo = open_modo(
        deployment.path, endpoint=endpoint, s3_kwargs=deployment.remote.s3_kwargs, mode="r"
    )
    deployment.s3.reset()
    assert modo.region("reads.bam", REGIONS[0]).equals(expected)
    paths = [each.path.rpartition("/")[2] for each in deployment.s3.requests]
    assert paths.count("reads.bam.bai") == 1


def test_records_of_another_file_are_not_shown(
    deployment: Deployment, tmp_path: Path, genome_study: GenomeStudy
) -> None:
    expected = deployment.open(served=False).region("calls.bcf", REGIONS[0])
    renamed = genome_study.path("calls.vcf").read_text(encoding="utf-8").replace("\tNA1", "\tNA9")
    (tmp_path / "other.vcf").write_text(renamed, encoding="utf-8")
    tool("bcftools", "view", "-Ob", "-o", "calls.bcf", "other.vcf", cwd=tmp_path)
    tool("bcftools", "index", "-f", "calls.bcf", cwd=tmp_path)
    assert deployment.open().region("calls.bcf", REGIONS[0]).equals(expected)


def test_a_region_that_is_too_large_is_an_error(deployment: Deployment) -> None:
    with pytest.raises(OptionError, match="htsget service sends more"):
        deployment.open().region("reads.bam", "chr1:1-300,000", max_bytes=10_000)
