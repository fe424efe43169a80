"""Requests and bytes of a header on S3: its own, and at most three and 256 KiB beyond it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from modos_widgets.credentials import S3Options
from modos_widgets.headers import check_index, read_header, read_headers, read_index
from modos_widgets.s3 import S3Client
from modos_widgets.storage import S3Ranges
from tests.parts.omics_files import Study, sam_text, tool
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.real, pytest.mark.traffic]

QUALITIES = [chr(code) for code in range(33, 74)]
BEYOND = 256 * 1024
FILES = {
    "large.bam": "large.bam.bai",
    "large.cram": "large.cram.crai",
    "calls.vcf.gz": "calls.vcf.gz.tbi",
    "calls.bcf": "calls.bcf.csi",
    "ref.fa": "ref.fa.fai",
}


@pytest.fixture(scope="module")
def proxy(
    study: Study, seaweedfs: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Put the files behind a proxy, with alignments of more than 256 KiB."""
    seaweedfs.bucket("headers")
    folder = tmp_path_factory.mktemp("large")
    large(folder, study)
    for name in (*FILES, *FILES.values()):
        path = folder / name if name.startswith("large") else study.path(name)
        seaweedfs.client().put_object(Bucket="headers", Key=name, Body=path.read_bytes())
    with Proxy(seaweedfs.endpoint) as proxy:
        yield proxy


def large(folder: Path, study: Study) -> None:
    """Write alignments whose bases and qualities do not compress."""
    text = sam_text(study.sequences, records=20_000)
    lines = text.split("\n")
    randomly = random.Random(1)  # noqa: S311 - qualities, not a secret
    for number, line in enumerate(lines):
        if "I" * 50 in line:
            lines[number] = line.replace("I" * 50, "".join(randomly.choices(QUALITIES, k=50)))
    (folder / "large.sam").write_text("\n".join(lines))
    for form in ("bam", "cram"):
        name = folder / f"large.{form}"
        view = ("samtools", "view", "--no-PG", "-T", study.path("ref.fa"), "-O", form)
        tool(*view, "-o", name, folder / "large.sam")
        tool("samtools", "index", name)


def ranges(proxy: Proxy, server: S3Server, name: str) -> S3Ranges:
    client = S3Client.shared(S3Options.resolve(proxy.endpoint, server.s3_kwargs))
    size = server.client().head_object(Bucket="headers", Key=name)["ContentLength"]
    return S3Ranges(client, "headers", name, size)


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_its_index_cost_few_requests(
    proxy: Proxy, seaweedfs: S3Server, name: str
) -> None:
    file, index = (ranges(proxy, seaweedfs, each) for each in (name, FILES[name]))
    proxy.reset()
    sizes: list[int] = []
    proxy.observe = lambda request: sizes.append(_asked(request.headers))
    header = read_header(file)
    own = proxy.count()
    mismatch = check_index(read_index(index), header, file)

    assert header.complete
    assert not mismatch
    assert own <= 2  # the head, and the end
    assert proxy.count() <= 1 + 3
    assert sum(sizes) <= BEYOND


def _asked(headers: dict[str, str]) -> int:
    value = next(value for name, value in headers.items() if name.lower() == "range")
    begin, _, end = value.removeprefix("bytes=").partition("-")
    return int(end) - int(begin) + 1


def test_many_files_are_read_side_by_side(proxy: Proxy, seaweedfs: S3Server) -> None:
    files = [ranges(proxy, seaweedfs, "large.bam") for _ in range(64)]
    proxy.reset()
    proxy.delay = 0.05
    try:
        headers = read_headers(files)
    finally:
        proxy.delay = 0.0

    assert {header.summary() for header in headers} == {headers[0].summary()}
    assert proxy.count() == 2 * 64
    assert proxy.round_trips <= 8
