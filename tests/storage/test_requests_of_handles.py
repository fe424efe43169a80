"""Handles of one storage share what is read of the root, and never for too long."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import zarr

from modos_widgets.archive import GROUPS, encode_document
from modos_widgets.archive.document import parse_object
from modos_widgets.credentials import S3Credential, S3Options
from modos_widgets.errors import CredentialsError, NotFoundError
from modos_widgets.storage import (
    LocalStorage,
    S3Storage,
    add_metadata_group,
    shared_root,
)
from tests.explore.stores import fill
from tests.parts.proxy import Proxy, Request
from tests.storage.conftest import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modos_widgets.storage import Storage
    from tests.parts.s3 import S3Server
    from tests.storage.conftest import Place

pytestmark = pytest.mark.traffic

GROUP = {"attributes": {}, "zarr_format": 3, "node_type": "group"}


class Clock:
    """A clock that stands, so that no test depends on how fast the machine is."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(shared_root, "clock", clock)
    return clock


@pytest.fixture
def proxied(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as proxy:
        yield proxy


@pytest.fixture
def proxy(remote_place: Place) -> Iterator[Proxy]:
    assert remote_place.server is not None
    with Proxy(remote_place.server.endpoint, delay=0.02) as proxy:
        yield proxy


def through(place: Place, proxy: Proxy, mode: str) -> S3Storage:
    assert place.server is not None
    url = f"s3://{place.bucket}/{place.prefix}/ex"
    return S3Storage(url, proxy.endpoint, place.server.s3_kwargs, mode=mode)  # type: ignore[arg-type]


def plant(place: Place, paths: list[str], *, indent: int | None = 2, end: str = "") -> None:
    """Write an archive of groups with an independent client."""
    place.make()
    everything = {**dict.fromkeys(GROUPS), **dict.fromkeys(paths)}
    documents = {path: {**GROUP, "attributes": {"path": path}} for path in everything}
    for path, document in documents.items():
        data = (json.dumps(document, indent=indent) + end).encode()
        place.plant("ex", f"data.zarr/{path}/zarr.json", data)
    copy = {"kind": "inline", "must_understand": False, "metadata": documents}
    root = {**GROUP, "attributes": {"padding": "x" * 100_000}, "consolidated_metadata": copy}
    place.plant("ex", "data.zarr/zarr.json", json.dumps(root).encode())


@pytest.mark.parametrize(
    ("mode", "below", "count"),
    [
        *itertools.product(["r", "r+", "a"], ["", "sample/"], [5, 50]),
        ("r+", "sample/", 500),
    ],
)
def test_a_walk_over_groups(
    remote_place: Place, proxy: Proxy, mode: str, below: str, count: int
) -> None:
    paths = [f"{below}g{number}" for number in range(count)]
    plant(remote_place, paths)
    received: list[int] = []

    def note(request: Request, head: Any, body: bytes) -> tuple[Any, bytes]:
        if request.path.endswith("data.zarr/zarr.json"):
            received.append(len(body))
        return head, body

    proxy.rewrite = note
    storage = through(remote_place, proxy, mode)
    group = at(storage.zarr, below.rstrip("/")) if below else storage.zarr
    assert {f"{below}{name}" for name in group} >= set(paths)
    for path in paths:
        assert dict(at(storage.zarr, path).attrs) == {"path": path}
    assert len(proxy.requests) <= 8
    assert proxy.round_trips <= 4
    assert sum(size > 100_000 for size in received) == 1


@pytest.mark.parametrize(("mode", "budget"), [("r", 1), ("a", 2 + 4 + 6)])
def test_two_hundred_of_many_elements(
    moto_server: S3Server, proxied: Proxy, mode: str, budget: int
) -> None:
    """The root's bytes come once, and a page of a listing tells of all nodes in it."""
    bucket = moto_server.bucket()
    names = [f"sample/s{number}" for number in range(3000)]
    documents = {path: {**GROUP, "attributes": {"id": path}} for path in (*GROUPS, *names)}
    copy = {"kind": "inline", "must_understand": False, "metadata": documents}
    root = json.dumps({**GROUP, "consolidated_metadata": copy}).encode()
    nodes = {f"{path}/zarr.json": encode_document(each) for path, each in documents.items()}
    keys = {f"ex/data.zarr/{name}": data for name, data in (nodes | {"zarr.json": root}).items()}
    fill(moto_server, bucket, keys)
    storage = S3Storage(f"s3://{bucket}/ex", proxied.endpoint, moto_server.s3_kwargs, mode=mode)  # type: ignore[arg-type]
    for name in names[:200]:
        assert dict(at(storage.zarr, name).attrs) == {"id": name}
    paths = [request.path for request in proxied.requests]
    assert paths.count(f"/{bucket}/ex/data.zarr/zarr.json") == 1
    assert len(paths) <= budget


@pytest.mark.parametrize("number", [0, 1, 999, 1500, 2999])
def test_a_node_beyond_the_first_page_is_read_as_stored(
    moto_server: S3Server, proxied: Proxy, number: int
) -> None:
    bucket = moto_server.bucket()
    documents = {
        f"sample/s{each:05}": {**GROUP, "attributes": {"id": each}} for each in range(3000)
    }
    copy = {"kind": "inline", "must_understand": False, "metadata": documents}
    root = json.dumps({**GROUP, "consolidated_metadata": copy}).encode()
    changed = f"sample/s{number:05}"
    documents[changed] = {**GROUP, "attributes": {"id": "changed by someone else"}}
    nodes = {f"{path}/zarr.json": encode_document(each) for path, each in documents.items()}
    keys = {f"ex/data.zarr/{name}": data for name, data in (nodes | {"zarr.json": root}).items()}
    fill(moto_server, bucket, keys)
    storage = S3Storage(f"s3://{bucket}/ex", proxied.endpoint, moto_server.s3_kwargs)
    for each in {0, 1, 2, number, max(0, number - 1), min(number + 1, 2999)}:
        value = "changed by someone else" if each == number else each
        assert at(storage.zarr, f"sample/s{each:05}").attrs["id"] == value
    assert proxied.count() <= 1 + 4 + 1


def test_a_listing_that_takes_long_is_shared_from_its_arrival_on(
    remote_place: Place, proxy: Proxy, clock: Clock
) -> None:
    paths = [f"sample/s{number:02}" for number in range(20)]
    plant(remote_place, paths)
    storage = through(remote_place, proxy, "a")

    def pass_seconds(request: Request) -> None:
        clock.now += 2.0 * ("list-type" in request.target)

    proxy.observe = pass_seconds
    for path in paths:
        assert dict(at(storage.zarr, path).attrs) == {"path": path}
    assert sum("list-type" in request.target for request in proxy.requests) <= 2
    assert len(proxy.requests) <= 8


def test_documents_that_end_with_a_newline_are_confirmed_by_the_listing(
    remote_place: Place, proxy: Proxy
) -> None:
    paths = [f"g{number}" for number in range(5)]
    plant(remote_place, paths, end="\n")
    storage = through(remote_place, proxy, "r+")
    for path in paths:
        assert dict(at(storage.zarr, path).attrs) == {"path": path}
    assert len(proxy.requests) == 1 + 1


def test_groups_of_another_style_are_read_themselves(remote_place: Place, proxy: Proxy) -> None:
    paths = [f"g{number}" for number in range(5)]
    plant(remote_place, paths, indent=None)
    storage = through(remote_place, proxy, "r+")
    for path in paths:
        assert dict(at(storage.zarr, path).attrs) == {"path": path}
    assert len(proxy.requests) == 1 + 1 + len(paths)


@pytest.mark.parametrize("mode", ["r", "r+", "a"])
def test_after_a_second_the_root_is_read_conditionally(
    remote_place: Place, proxy: Proxy, clock: Clock, mode: str
) -> None:
    plant(remote_place, [])
    storage = through(remote_place, proxy, mode)
    assert storage.zarr.attrs["padding"]
    sizes: list[int] = []

    def note(_: Request, head: Any, body: bytes) -> tuple[Any, bytes]:
        sizes.append(len(body))
        return head, body

    proxy.rewrite = note
    proxy.reset()
    for expected in ([], [0], [0, 0]):
        assert storage.zarr.attrs["padding"]
        assert sizes == expected
        clock.now += 1.01
    assert all(request.headers.get("if-none-match") for request in proxy.requests)


class TestFresh:
    @pytest.mark.parametrize("mode", ["r", "r+", "a"])
    def test_writes_of_others_are_seen_after_a_second(
        self, place: Place, clock: Clock, mode: str
    ) -> None:
        place.make()
        storage = place.make(mode=mode)
        held = storage.zarr
        assert dict(storage.zarr.attrs) == {}
        plant(place, ["sample/new"])
        clock.now += 1.01
        assert storage.zarr.attrs["padding"]
        assert at(storage.zarr, "sample/new").attrs["path"] == "sample/new"
        assert at(held, "sample/new").attrs["path"] == "sample/new"
        assert "sample/new" in dict(storage.zarr.members(max_depth=None))

    def test_a_node_that_was_changed_alone(self, place: Place, clock: Clock) -> None:
        """A writer sees it, also where the copy is not true; never longer ago than a second."""
        plant(place, [f"sample/s{number}" for number in range(5)])
        storage = place.make()
        assert at(storage.zarr, "sample/s3").attrs["path"] == "sample/s3"
        node = json.dumps({**GROUP, "attributes": {"path": "theirs"}}, indent=2)
        place.plant("ex", "data.zarr/sample/s3/zarr.json", node.encode())
        clock.now += 1.01
        assert at(storage.zarr, "sample/s3").attrs["path"] == "theirs"

    @pytest.mark.parametrize("mode", ["r", "r+"])
    def test_writes_of_this_process_are_seen_at_once(self, place: Place, mode: str) -> None:
        writer = place.make()
        reader = place.make(mode=mode)
        for number in range(3):
            assert dict(reader.zarr.attrs) == {f"n{other}": other for other in range(number)}
            writer.zarr.attrs[f"n{number}"] = number
        add_metadata_group(at(writer.zarr, "sample"), {"id": "s", "n": 1})
        assert at(reader.zarr, "sample/s").attrs["n"] == 1
        at(writer.zarr, "sample/s").attrs["n"] = 2
        assert at(reader.zarr, "sample/s").attrs["n"] == 2
        writer.move("data.zarr/sample/s", "data.zarr/sample/t")
        assert "sample/s" not in reader.zarr
        assert "sample/t" in reader.zarr
        writer.remove("data.zarr/sample/t", recursive=True)
        assert "sample/t" not in reader.zarr
        root = json.dumps({**GROUP, "attributes": {"new": 1}})
        writer.write("data.zarr/zarr.json", root.encode())
        assert dict(reader.zarr.attrs) == {"new": 1}
        writer.delete("data.zarr/zarr.json")
        with pytest.raises(NotFoundError, match="archive"):
            _ = reader.zarr

    def test_a_transfer_is_seen_at_once(self, place: Place) -> None:
        source, target = place.make("source"), place.make("target")
        source.zarr.attrs["name"] = "x"
        assert dict(target.zarr.attrs) == {}
        source.transfer(target)
        assert dict(target.zarr.attrs) == {"name": "x"}

    @pytest.mark.parametrize("mode", ["r", "r+"])
    def test_no_handle_sees_what_another_did_to_its_own_values(
        self, place: Place, mode: str
    ) -> None:
        add_metadata_group(at(place.make().zarr, "sample"), {"id": "s", "tags": [1]})
        place.make().zarr.attrs["tags"] = [1]
        storage = place.make(mode=mode)
        for path in ("", "sample/s"):
            for _ in range(2):
                node: Any = at(storage.zarr, path) if path else storage.zarr
                assert node.attrs["tags"] == [1]
                node.attrs["tags"].append(2)
        assert storage.root_document().document["attributes"]["tags"] == [1]  # type: ignore[index]


def test_a_node_missing_in_a_reader_s_copy_takes_no_request(
    remote_place: Place, proxy: Proxy
) -> None:
    plant(remote_place, ["sample/s"])
    storage = through(remote_place, proxy, "r")
    proxy.reset()
    assert "sample/none" not in storage.zarr
    assert {path for path, _ in storage.zarr.members(max_depth=None)} == {
        *GROUPS,
        "sample/s",
    }
    assert proxy.requests == []


@pytest.mark.parametrize("mode", ["r", "r+", "a"])
def test_a_local_root_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, mode: str
) -> None:
    LocalStorage(tmp_path / "x")
    parsed: list[int] = []
    real = parse_object

    def parse(data: bytes) -> Any:
        parsed.append(len(data))
        return real(data)

    monkeypatch.setattr("modos_widgets.archive.document.parse_object", parse)
    storage = LocalStorage(tmp_path / "x", mode=mode)  # type: ignore[arg-type]
    size = storage.root_document().size
    for _ in range(20):
        assert dict(storage.zarr.attrs) == {}
        clock.now += 0.5
    assert parsed.count(size) == 1


def test_a_read_is_not_shared_with_another_key_or_server(remote_place: Place, proxy: Proxy) -> None:
    plant(remote_place, [])
    storage = through(remote_place, proxy, "r+")
    assert storage.zarr.attrs["padding"]
    wrong = S3Credential("AKIA" + "X" * 16, "wrong")
    assert storage.options.credential is not None
    current = [storage.options.credential]
    options = replace(storage.options, credential=None, source=lambda: current[0])
    assert isinstance(options, S3Options)
    storage.options = options
    storage.__dict__.pop("zarr_store", None)
    proxy.reset()
    assert storage.zarr.attrs["padding"]
    assert len(proxy.requests) == 1
    assert not proxy.requests[0].headers.get("if-none-match")
    assert storage.zarr.attrs["padding"]
    assert len(proxy.requests) == 1
    current[0] = wrong
    storage.options.renewing.discard(storage.options.renewing.get())  # type: ignore[union-attr]
    if remote_place.kind == "moto":  # which takes any key
        assert storage.zarr.attrs["padding"]
        assert len(proxy.requests) == 2
    else:
        with pytest.raises(CredentialsError):
            _ = storage.zarr


def test_a_fork_reads_the_root_itself(place: Place) -> None:
    storage = place.make()
    storage.zarr.attrs["name"] = "before"
    shared = storage._shared
    assert storage.zarr.attrs["name"] == "before"
    assert shared._read is not None
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # no client works here: only what is shared is looked at
        shared._after_fork()
        os.write(writing, b"dropped" if shared._read is None else b"kept")
        os._exit(0)
    assert os.read(reading, 10) == b"dropped"
    os.waitpid(child, 0)
    assert shared._read is not None


def test_shared_reads_end_with_the_storage(place: Place) -> None:
    import gc  # noqa: PLC0415
    import weakref  # noqa: PLC0415

    storage: Storage | None = place.make()
    assert storage is not None
    assert dict(storage.zarr.attrs) == {}
    shared = weakref.ref(storage._shared)
    storage = None
    gc.collect()
    assert shared() is None


def test_plain_zarr_reads_through_the_store_of_a_handle(place: Place) -> None:
    plant(place, ["sample/s"])
    for mode in ("r", "r+"):
        store = place.make(mode=mode).zarr.store
        for consolidated in (True, False, None):
            group = zarr.open_group(store, mode="r", use_consolidated=consolidated)
            assert at(group, "sample/s").attrs["path"] == "sample/s"
