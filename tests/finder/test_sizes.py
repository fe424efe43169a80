"""Sizes of the objects of a finder: requests, what is kept, what stays unknown."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Finder
from modos_widgets.errors import CancelledError
from tests.finder.objects import document, write

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import Progress
    from tests.parts.s3 import S3Server

SAMPLE: dict[str, dict[str, Any]] = {"sample/s1": {"@type": "Sample", "name": "One"}}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def put(server: S3Server, bucket: str, own_id: str, size: int, **root: Any) -> int:
    """Write an object with a file of some bytes; return the bytes of both."""
    data = json.dumps(document(own_id, SAMPLE, **root)).encode()
    client = server.client()
    client.put_object(Bucket=bucket, Key=f"cohort/{own_id}/data.zarr/zarr.json", Body=data)
    client.put_object(Bucket=bucket, Key=f"cohort/{own_id}/reads.cram", Body=b"x" * size)
    return size + len(data)


@pytest.mark.traffic
def test_sizes_take_one_listing_and_are_kept(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    sizes = {
        f"s3://{bucket}/cohort/m{each}": put(s3_server, bucket, f"m{each}", 10**each)
        for each in range(5)
    }
    options: dict[str, Any] = {
        "services": {"s3": s3_server.endpoint},
        "s3_kwargs": dict(s3_server.s3_kwargs),
    }
    finder = Finder(list(sizes), **options)
    finder.load()
    assert finder.sizes == {}
    assert finder.search("").totals.measured == 0
    told: list[Progress] = []
    finder.read_sizes(told.append)
    assert (told[-1].state, told[-1].done, told[-1].requests) == ("done", 5, 1)
    assert finder.sizes == sizes
    totals = finder.search("").totals
    assert (totals.bytes, totals.measured) == (sum(sizes.values()), 5)
    assert finder.objects["size"].to_dict() == sizes

    # the next session knows them, but for an object whose metadata have changed
    path = f"s3://{bucket}/cohort/m3"
    sizes[path] = put(s3_server, bucket, "m3", 7, name="Changed")
    later = Finder(list(sizes), **options)
    later.load()
    assert set(later.sizes) == set(sizes) - {path}
    told.clear()
    later.read_sizes(told.append)
    assert (told[-1].total, told[-1].requests) == (1, 1)
    assert later.sizes == sizes
    told.clear()
    later.read_sizes(told.append)
    assert told == []  # nothing is unknown


def test_sizes_of_folders(tmp_path: Path) -> None:
    for name in ("m1", "m2"):
        folder = write(tmp_path / "objects", name, SAMPLE)
        (folder / "reads.cram").write_bytes(b"x" * 1000)
    finder = Finder(tmp_path / "objects")
    finder.load()
    shutil.rmtree(tmp_path / "objects" / "m2")
    finder.read_sizes()
    root = tmp_path / "objects" / "m1" / "data.zarr" / "zarr.json"
    assert finder.sizes == {str(tmp_path / "objects" / "m1"): 1000 + root.stat().st_size}


def test_reading_sizes_can_be_cancelled(tmp_path: Path) -> None:
    write(tmp_path / "objects", "m1", SAMPLE)
    finder = Finder(tmp_path / "objects")
    finder.load()

    def stop(_: Progress) -> None:
        raise CancelledError("The operation was cancelled.")

    with pytest.raises(CancelledError):
        finder.read_sizes(stop)
    finder.read_sizes()
    assert len(finder.sizes) == 1
