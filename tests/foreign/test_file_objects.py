"""Files that `Storage.open` returns, in the hands of libraries that jump about in them."""

from __future__ import annotations

import io
import random
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import oxbow
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modos_widgets.storage import LocalStorage, S3Storage
from modos_widgets.storage.binary_file import S3Reader

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.s3 import Fetched
    from modos_widgets.storage import Storage
    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]

VALUES = np.random.default_rng(0).random((2000, 1000))  # 16 MB


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, moto_server: S3Server) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "object")
    url = f"s3://{moto_server.bucket()}/object"
    return S3Storage(url, moto_server.endpoint, moto_server.s3_kwargs)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the sizes of the requests that follow the first one of each file on S3."""
    found: list[int] = []
    get = S3Reader._get

    async def counted(reader: S3Reader, begin: int, end: int) -> Fetched[bytes]:
        found.append(end - begin)
        return await get(reader, begin, end)

    monkeypatch.setattr(S3Reader, "_get", counted)
    return found


def test_h5py_reads_chunks_of_a_large_file(storage: Storage, requests: list[int]) -> None:
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        file.create_dataset("counts/x", data=VALUES, chunks=(100, 100))
    storage.put([whole.getvalue()], "a.h5")
    with storage.open("a.h5") as opened, h5py.File(opened, "r") as file:
        rows = [file["counts/x"][row, 500:600] for row in range(50, 2000, 400)]
    assert all(
        (found == VALUES[row, 500:600]).all()
        for found, row in zip(rows, range(50, 2000, 400), strict=True)
    )
    assert len(requests) <= 20
    assert sum(requests) <= 2 * 2**20  # 5 chunks of 80 kB, of 16 MB


def test_pyarrow_reads_one_column(storage: Storage, requests: list[int]) -> None:
    table = pa.table({f"c{number}": VALUES[:, number] for number in range(300)})
    whole = io.BytesIO()
    pq.write_table(table, whole)
    storage.put([whole.getvalue()], "a.parquet")
    with storage.open("a.parquet") as opened:
        found = pq.read_table(opened, columns=["c7", "c200"])
    assert found.equals(table.select(["c7", "c200"]))
    assert len(requests) <= 8
    assert sum(requests) <= len(whole.getvalue()) // 4


def test_zipfile_reads_one_member(storage: Storage, requests: list[int]) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for number in range(40):
            archive.writestr(f"f{number}", VALUES[number * 50 : number * 50 + 50].tobytes())
    storage.put([whole.getvalue()], "a.zip")
    with zipfile.ZipFile(storage.open("a.zip")) as archive:
        assert archive.read("f31") == VALUES[1550:1600].tobytes()
    assert len(requests) <= 8
    assert sum(requests) <= 2 * 2**20


def make_bam(folder: Path) -> None:
    """Make a sorted BAM file of 4,000 reads with its index."""
    places = sorted(random.Random(0).choices(range(1, 900_000), k=4000))  # noqa: S311
    lines = ["@HD\tVN:1.6\tSO:coordinate", "@SQ\tSN:chr1\tLN:1000000"]
    lines += [
        f"r{number}\t0\tchr1\t{place}\t60\t50M\t*\t0\t0\t{'ACGTA' * 10}\t{'I' * 50}"
        for number, place in enumerate(places)
    ]
    (folder / "a.sam").write_text("\n".join(lines) + "\n")
    for command in ("view -b -o a.bam a.sam", "index a.bam"):
        subprocess.run(["samtools", *command.split()], cwd=folder, check=True)


def test_oxbow_reads_a_region(storage: Storage, tmp_path: Path, requests: list[int]) -> None:
    make_bam(tmp_path)
    for name in ("a.bam", "a.bam.bai"):
        storage.put([(tmp_path / name).read_bytes()], name)
    region = "chr1:400000-420000"
    expected = oxbow.from_bam(
        str(tmp_path / "a.bam"), index=str(tmp_path / "a.bam.bai"), regions=region
    )
    found: Any = oxbow.from_bam(
        lambda: storage.open("a.bam"), index=lambda: storage.open("a.bam.bai"), regions=region
    )
    frame = found.to_pandas()
    theirs = expected.to_pandas()
    assert len(frame) > 50
    assert frame["qname"].tolist() == theirs["qname"].tolist()
    assert frame["pos"].tolist() == theirs["pos"].tolist()
    assert len(requests) <= 10
