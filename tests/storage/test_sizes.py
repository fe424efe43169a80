"""Sizes of objects on S3 and on disks, and the requests that they take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from modos_widgets import s3
from modos_widgets.concurrency import wait
from modos_widgets.credentials import S3Options
from modos_widgets.errors import CancelledError
from modos_widgets.storage import measure_bucket, measure_folder, sizes
from tests.parts.s3 import fill_moto

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server


def client_of(server: S3Server, bucket: str) -> s3.BulkClient:
    options = S3Options.resolve(server.endpoint, server.s3_kwargs)
    return s3.BulkClient(options, bucket)


def put(server: S3Server, bucket: str, key: str, size: int = 3) -> None:
    server.client().put_object(Bucket=bucket, Key=key, Body=b"x" * size)


def measured(client: s3.BulkClient, places: list[str]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}

    def take(place: str, size: int | None) -> None:
        assert place not in found
        found[place] = size

    wait(measure_bucket(client, places, take=take))
    return found


@pytest.mark.traffic
def test_objects_in_one_folder_take_one_listing(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    # names that are the start of others, and that sort before and after a slash
    names = ["m", "m-b", "m.b", "m1", "m10", "z"]
    for number, name in enumerate(names):
        for file in ("data.zarr/zarr.json", "reads.cram", "sub/x"):
            put(s3_server, bucket, f"cohort/{name}/{file}", number + 1)
    put(s3_server, bucket, "cohort/notes.txt", 100)
    put(s3_server, bucket, "cohort/other/file", 100)
    client = client_of(s3_server, bucket)
    expected = {f"cohort/{name}": 3 * (number + 1) for number, name in enumerate(names)}
    assert measured(client, list(expected)) == expected
    assert client.counters.read().requests == 1


@pytest.mark.traffic
def test_a_listing_takes_no_more_requests_than_there_are_objects(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "_LEAST_PAGES", 1)
    bucket = moto_server.bucket()
    fill_moto(bucket, (f"a/{number:04}" for number in range(3010)), b"x")
    for name in ("b", "c"):
        put(moto_server, bucket, f"{name}/data.zarr/zarr.json", 5)
    client = client_of(moto_server, bucket)
    assert measured(client, ["b", "c"]) == {"b": 5, "c": 5}
    assert client.counters.read().requests == 4  # two pages of the bucket, then each object


@pytest.mark.traffic
def test_an_object_of_many_keys_stays_unknown(
    moto_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "MOST_ENTRIES", 1000)
    bucket = moto_server.bucket()
    fill_moto(bucket, (f"a/c/{number:04}" for number in range(2100)), b"x")
    client = client_of(moto_server, bucket)
    assert measured(client, ["a", "none"]) == {"a": 2100, "none": None}
    assert client.counters.read().requests == 3  # one listing of what contains both
    assert measured(client, ["a"]) == {"a": None}
    assert client.counters.read().requests == 5


def test_a_bucket_that_does_not_exist_has_no_sizes(s3_server: S3Server) -> None:
    client = client_of(s3_server, "no-such-bucket")
    assert measured(client, ["a/b", "a/c", "d"]) == {"a/b": None, "a/c": None, "d": None}


def test_measuring_can_be_cancelled(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    put(s3_server, bucket, "a/data.zarr/zarr.json")

    def stop() -> None:
        raise CancelledError("The operation was cancelled.")

    with pytest.raises(CancelledError):
        wait(measure_bucket(client_of(s3_server, bucket), ["a"], take=print, check=stop))


def test_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m" / "data.zarr").mkdir(parents=True)
    (tmp_path / "m" / "data.zarr" / "zarr.json").write_bytes(b"123")
    (tmp_path / "m" / "reads.cram").write_bytes(b"12345")
    (tmp_path / "m" / "loop").symlink_to(tmp_path / "m")
    link = os.lstat(tmp_path / "m" / "loop").st_size
    assert measure_folder(str(tmp_path / "m")) == 8 + link
    assert measure_folder(str(tmp_path / "none")) is None
    monkeypatch.setattr(sizes, "MOST_ENTRIES", 2)
    assert measure_folder(str(tmp_path / "m")) is None
