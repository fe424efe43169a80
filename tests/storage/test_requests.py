"""How many requests, and how many of them one after the other."""

from __future__ import annotations

import gc
import json
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pytest

from modos_widgets.credentials import S3Options
from modos_widgets.s3.client import S3Client
from modos_widgets.storage import (
    LocalStorage,
    S3Storage,
    add_metadata_group,
    connect_s3,
    list_remote_modos,
    shared_root,
)
from tests.parts.places import wait_until
from tests.parts.proxy import Proxy
from tests.storage.conftest import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.traffic


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no second pass, after which a root is asked for again, however busy the machine is."""
    monkeypatch.setattr(shared_root, "clock", lambda: 0.0)


@pytest.fixture
def url(moto_server: S3Server) -> str:
    url = f"s3://{moto_server.bucket()}/ex"
    storage = S3Storage(url, moto_server.endpoint, moto_server.s3_kwargs)
    storage.put([b"x"], "folder/file")
    return url


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint, delay=0.02) as proxy:
        yield proxy


def opened(url: str, proxy: Proxy, server: S3Server, **mode: str) -> S3Storage:
    return S3Storage(url, proxy.endpoint, server.s3_kwargs, **mode)  # type: ignore[arg-type]


def methods(proxy: Proxy) -> list[str]:
    return [request.method for request in proxy.requests]


@pytest.mark.parametrize("mode", ["r", "r+", "a"])
def test_opening_is_one_get_which_the_zarr_root_shares(
    url: str, proxy: Proxy, moto_server: S3Server, mode: str
) -> None:
    storage = opened(url, proxy, moto_server, mode=mode)
    assert methods(proxy) == ["GET"]
    assert storage.root_document().data
    assert methods(proxy) == ["GET"]
    assert sorted(storage.zarr.attrs) == []
    assert methods(proxy) == ["GET"]
    assert proxy.round_trips == 1


def test_opening_costs_the_same_whatever_its_size(
    url: str, proxy: Proxy, moto_server: S3Server
) -> None:
    bucket = url.split("/")[2]
    put = moto_server.client().put_object
    node = {"zarr_format": 3, "node_type": "group", "attributes": {"x": "y" * 200}}
    nodes = {"sample": node} | {f"sample/s{number}": node for number in range(5000)}
    copy = {"kind": "inline", "must_understand": False, "metadata": nodes}
    root = {**node, "attributes": {"title": "large"}, "consolidated_metadata": copy}
    put(Bucket=bucket, Key="ex/data.zarr/zarr.json", Body=json.dumps(root).encode())
    storage = opened(url, proxy, moto_server, mode="r")
    assert at(storage.zarr, "sample/s4999").attrs["x"] == "y" * 200
    assert methods(proxy) == ["GET"]


def test_exists(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    storage = opened(url, proxy, moto_server, mode="r")
    for target, expected in {
        "folder/file": ["HEAD"],
        "folder": ["HEAD", "GET"],
        "absent": ["HEAD", "GET"],
    }.items():
        proxy.reset()
        assert storage.exists(target) == (target != "absent")
        assert methods(proxy) == expected


def test_ten_files_beside_three_thousand_chunks(
    url: str, proxy: Proxy, moto_server: S3Server
) -> None:
    from moto.backends import get_backend  # noqa: PLC0415

    bucket = url.split("/")[2]
    (backend,) = get_backend("s3")["123456789012"].values()
    for number in range(3000):
        backend.put_object(bucket, f"ex/data.zarr/data/x/c/{number}", b"x")
    for number in range(10):
        backend.put_object(bucket, f"ex/file{number}", b"x")
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.reset()
    assert len(storage.files()) == 11
    assert (methods(proxy), proxy.round_trips) == (["GET"] * 2, 2)  # the root and one folder
    proxy.reset()
    assert len(list(storage.list())) == 3000 + 11 + 6
    # a thousand keys each, and whether a folder "data" goes before "data.zarr"
    assert methods(proxy) == ["GET"] * 5
    proxy.reset()
    assert len(list(storage.list("folder"))) == 1
    assert methods(proxy) == ["HEAD", "GET"]
    proxy.reset()
    assert storage.level("data.zarr").folders
    assert methods(proxy) == ["GET"]


def test_listing_is_lazy(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.reset()
    listing = storage.list()
    assert methods(proxy) == []
    next(listing)
    assert methods(proxy) == ["GET"]


def test_put_and_read(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    storage = opened(url, proxy, moto_server)
    proxy.reset()
    storage.put([b"x" * 1024], "kib")
    assert methods(proxy) == ["PUT"]
    proxy.reset()
    storage.read("kib")
    assert methods(proxy) == ["GET"]
    proxy.reset()
    with storage.open("kib") as file:
        file.read()
    assert methods(proxy) == ["GET"]
    proxy.reset()
    storage.put([b"x" * 20 * 2**20], "large")
    assert methods(proxy) == ["POST", "PUT", "PUT", "PUT", "POST"]


def test_parts_are_sent_side_by_side(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    storage = opened(url, proxy, moto_server)
    proxy.delay = 0.6  # so that a busy machine does not look like a round trip
    proxy.reset()
    storage.put([b"x" * 20 * 2**20], "large")
    assert (proxy.count("PUT"), proxy.most_at_once, proxy.round_trips) == (3, 3, 3)


def test_a_large_file_is_read_side_by_side(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    data = np.random.default_rng(0).bytes(20 * 2**20)
    moto_server.client().put_object(Bucket=url.split("/")[2], Key="ex/large", Body=data)
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.delay = 0.6
    for read in (
        lambda file: file.read(),
        lambda file: file.read(19 * 2**20) + file.read(),
        lambda file: (file.seek(-5, 2), file.seek(0), file.read())[-1],
    ):
        proxy.reset()
        with storage.open("large") as file:
            assert read(file) == data
        assert proxy.round_trips <= 3
        assert proxy.count() <= 6


def test_the_next_block_is_on_its_way_while_one_is_read(
    url: str, proxy: Proxy, moto_server: S3Server
) -> None:
    data = np.random.default_rng(0).bytes(9 * 2**20)
    moto_server.client().put_object(Bucket=url.split("/")[2], Key="ex/large", Body=data)
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.reset()
    with storage.open("large") as file:
        assert file.read(2**20) == data[: 2**20]
        assert proxy.count() == 2
        assert file.read(2**20) == data[2**20 : 2**21]
        wait_until(lambda: proxy.count() == 3 + 1)
        assert file.read() == data[2**21 :]


def test_reads_that_alternate_between_two_places(
    url: str, proxy: Proxy, moto_server: S3Server
) -> None:
    data = np.random.default_rng(0).bytes(12 * 2**20)
    moto_server.client().put_object(Bucket=url.split("/")[2], Key="ex/large", Body=data)
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.reset()
    places = [0, 6 * 2**20]
    with storage.open("large") as file:
        for _ in range(40):
            for number, place in enumerate(places):
                file.seek(place)
                assert file.read(2**16) == data[place : place + 2**16]
                places[number] += 2**16
    assert proxy.count() <= 8


def test_many_at_once_take_one_round_trip(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.delay = 0.6
    proxy.reset()
    groups = ["assay", "data", "reference", "sample", "sequence"]
    storage.read_many([f"data.zarr/{name}/zarr.json" for name in groups])
    assert (proxy.count(), proxy.round_trips) == (5, 1)
    proxy.reset()
    storage.levels([f"data.zarr/{name}" for name in groups])
    assert (proxy.count(), proxy.round_trips) == (5, 1)


def test_many_sibling_folders_are_listed_by_pages_of_their_keys(
    url: str, proxy: Proxy, moto_server: S3Server
) -> None:
    client, bucket = moto_server.client(), url.split("/")[2]
    folders = [f"data.zarr/many/{number:03}" for number in range(510)]
    for folder in folders:
        for name in ("zarr.json", "array/zarr.json"):
            client.put_object(Bucket=bucket, Key=f"ex/{folder}/{name}", Body=b"")
    storage = opened(url, proxy, moto_server, mode="r")
    proxy.reset()
    levels = storage.levels([*folders, "data.zarr/many/absent"])
    assert proxy.count() == 2
    assert levels.pop("data.zarr/many/absent") == storage.level("absent")
    assert {(level.folders, level.files[0].name) for level in levels.values()} == {
        (("array",), "zarr.json")
    }
    # a folder of many chunks makes pages useless, so the others are listed one by one
    for number in range(1300):
        client.put_object(Bucket=bucket, Key=f"ex/{folders[3]}/array/c/{number}", Body=b"")
    proxy.reset()
    assert storage.levels(folders[:20]) == {folder: levels[folder] for folder in folders[:20]}
    assert proxy.count() <= 2 + 20


def test_creating(proxy: Proxy, moto_server: S3Server) -> None:
    proxy.delay = 0.6
    opened(f"s3://{moto_server.bucket()}/new", proxy, moto_server)
    assert sorted(methods(proxy)) == ["GET", "HEAD", *["PUT"] * 6]
    assert proxy.round_trips == 4
    conditional = [r for r in proxy.requests if r.headers.get("if-none-match") == "*"]
    assert len(conditional) == 6


def test_adding_an_element(url: str, proxy: Proxy, moto_server: S3Server) -> None:
    group = at(opened(url, proxy, moto_server).zarr, "sample")
    proxy.reset()
    add_metadata_group(group, {"id": "s", "x": 1})
    assert proxy.count("PUT") == 2
    assert proxy.count() <= 8


def test_finding_objects_never_looks_into_them(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    bucket = moto_server.bucket()
    for name in ("a", "deep/b", "deep/c", "a/nested"):
        storage = S3Storage(f"s3://{bucket}/{name}", moto_server.endpoint, moto_server.s3_kwargs)
        storage.zarr.create_group("data.zarr").create_array("x", data=np.arange(3))
    moto_server.client().put_object(Bucket=bucket, Key="empty/file", Body=b"")
    store = connect_s3(f"s3://{bucket}", proxy.endpoint, moto_server.s3_kwargs)
    assert [path.as_posix() for path in list_remote_modos(store)] == ["a", "deep/b", "deep/c"]
    assert proxy.count() == 6  # the bucket, three folders, two objects in one of them
    proxy.reset()
    assert [path.as_posix() for path in list_remote_modos(store, "deep")] == ["deep/b", "deep/c"]
    inner = connect_s3(f"s3://{bucket}/deep/", proxy.endpoint, moto_server.s3_kwargs)
    assert [path.as_posix() for path in list_remote_modos(inner)] == ["b", "c"]
    one = connect_s3(f"s3://{bucket}/deep/b", proxy.endpoint, moto_server.s3_kwargs)
    assert [path.as_posix() for path in list_remote_modos(one)] == ["."]
    assert one.cat("data.zarr/sample/zarr.json").startswith(b"{")
    LocalStorage(tmp_path / "x" / "ex")
    from fsspec.implementations.dirfs import DirFileSystem  # noqa: PLC0415
    from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415

    local = DirFileSystem(str(tmp_path), LocalFileSystem())
    assert [path.as_posix() for path in list_remote_modos(local)] == ["x/ex"]


def test_connecting_makes_no_request(moto_server: S3Server, proxy: Proxy) -> None:
    connect_s3("s3://some-bucket/prefix", proxy.endpoint, moto_server.s3_kwargs)
    assert proxy.count() == 0


def test_unreferenced_clients_are_dropped_except_for_a_few() -> None:
    def options(number: int) -> S3Options:
        return S3Options(endpoint=f"https://s3-{number}.example.org", anonymous=True)

    held, first = S3Client.shared(options(0)), weakref.ref(S3Client.shared(options(1)))
    for number in range(2, 20):
        S3Client.shared(options(number))
    gc.collect()
    assert first() is None
    assert S3Client.shared(options(0)) is held
    last = weakref.ref(S3Client.shared(options(19)))
    gc.collect()
    assert last() is not None
