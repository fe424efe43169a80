"""Files that `Storage.open` returns on S3, read at random places and by other libraries."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modos_widgets.storage import S3Storage
from modos_widgets.storage.binary_file import S3Reader

if TYPE_CHECKING:
    from modos_widgets.s3 import Fetched
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic


def opened(server: S3Server, data: bytes) -> S3Storage:
    storage = S3Storage(f"s3://{server.bucket()}/ex", server.endpoint, server.s3_kwargs)
    storage.put([data], "file")
    return storage


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the sizes of the requests that follow the first one of each file."""
    found: list[int] = []
    get = S3Reader._get

    async def counted(reader: S3Reader, begin: int, end: int) -> Fetched[bytes]:
        found.append(end - begin)
        return await get(reader, begin, end)

    monkeypatch.setattr(S3Reader, "_get", counted)
    return found


def test_random_reads_request_little_more_than_they_need(
    moto_server: S3Server, sizes: list[int]
) -> None:
    data = random.Random(1).randbytes(8 * 2**20)  # noqa: S311 - content, not a secret
    randomly = random.Random(2)  # noqa: S311 - places, not a secret
    with opened(moto_server, data).open("file") as file:
        for _ in range(200):
            place = randomly.randrange(len(data) - 4096)
            file.seek(place)
            assert file.read(4096) == data[place : place + 4096]
        assert len(sizes) <= 200
        assert sum(sizes) <= 200 * 16 * 1024 + 2**19

        sizes.clear()
        file.seek(5_000_000)
        assert file.read(100_000) == data[5_000_000:5_100_000]
        assert len(sizes) == 1

        sizes.clear()
        file.seek(0)
        assert file.read() == data
        assert len(sizes) <= 3


def test_a_zip_and_a_parquet_file_are_read_in_place(
    moto_server: S3Server, sizes: list[int]
) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for number in range(20):
            archive.writestr(f"f{number}", random.Random(number).randbytes(200_000))  # noqa: S311
    with zipfile.ZipFile(opened(moto_server, whole.getvalue()).open("file")) as archive:
        assert archive.read("f17") == random.Random(17).randbytes(200_000)  # noqa: S311
    assert sum(sizes) < 2**20

    frame = pd.DataFrame({"a": range(200_000), "b": [str(each) for each in range(200_000)]})
    table = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame), table)
    with opened(moto_server, table.getvalue()).open("file") as file:
        assert pq.read_table(file, columns=["a"]).num_rows == len(frame)
