"""All names come with few requests: none for each leaf, none for each chunk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zarr

from modos_widgets.explore import NodeSource, open_source, walk
from modos_widgets.explore.name_index import NameIndex
from modos_widgets.explore.search import Searcher
from tests.explore.stores import fill, group_document
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parts.s3 import S3Server

GROUP = group_document()
LEAVES = 1200


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as running:
        yield running


def opened(server: S3Server, proxy: Proxy, keys: dict[str, bytes], how: str) -> NodeSource:
    bucket = server.bucket()
    fill(server, bucket, {f"x.zarr/{key}": data for key, data in keys.items()})
    url = f"s3://{bucket}/x.zarr"
    if how == "fsspec":
        options = {"endpoint_url": proxy.endpoint, **server.s3_kwargs}
        return open_source(
            zarr.storage.FsspecStore.from_url(url, storage_options=options, read_only=True)
        )
    return open_source(url, services={"s3": proxy.endpoint}, s3_kwargs=server.s3_kwargs)


def names_in(source: NodeSource) -> list[str]:
    index = NameIndex()
    assert not any(walk.walk(source, index))
    return sorted(index.path(node) for node in range(1, len(index) + 1))


@pytest.mark.parametrize("how", ["our own", "fsspec"])
def test_no_leaf_is_listed_and_no_match_is_reported_too_early(
    moto_server: S3Server, proxy: Proxy, how: str
) -> None:
    keys = {f"wide/n{place:05}/zarr.json": GROUP for place in range(LEAVES)}
    keys |= {"wide/zarr.json": GROUP, "few/made/up/a/zarr.json": GROUP, "zarr.json": GROUP}
    source = opened(moto_server, proxy, keys, how)
    source.start()
    proxy.reset()
    told = []
    for found in Searcher(source).search("nothing like it", lambda: None):
        told.append(found)
        if found.complete:
            break
    assert proxy.count() == 2  # pages of a thousand keys
    nodes = LEAVES + 1 + 4
    assert (told[-1].searched, told[-1].matches) == (nodes, 0)
    assert [each.searched for each in told if not each.complete][-1] == nodes
    assert "few/made/up/a" in names_in(source)


def array_keys(path: str, chunks: int, *, zarr_format: int = 3) -> dict[str, bytes]:
    if zarr_format == 2:
        keys = {f"{path}/{place}": b"" for place in range(chunks)}
        return {**keys, f"{path}/.zarray": b"{}", f"{path}/.zattrs": b"{}"}
    document = json.dumps({"zarr_format": 3, "node_type": "array"}).encode()
    return {
        **{f"{path}/c/{place}/0": b"" for place in range(chunks)},
        f"{path}/zarr.json": document,
    }


def test_groups_with_many_chunks_are_listed_for_themselves(
    moto_server: S3Server, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "_SIDE_BY_SIDE", 1)
    keys = {"zarr.json": GROUP, "data/zarr.json": GROUP, "data/z/zarr.json": GROUP}
    for place in range(5):
        keys |= array_keys(f"data/a{place}", 1010)
    source = opened(moto_server, proxy, keys, "our own")
    source.start()
    proxy.reset()
    assert names_in(source) == ["data", *(f"data/a{place}" for place in range(5)), "data/z"]
    # the root and "data" twice; so three arrays, and their documents; no more is tried in vain
    assert proxy.count() == 2 + 2 + 3 * 3 + 2 * 2 + 1
    assert not any("/c/" in request.path for request in proxy.requests)


def test_nodes_of_zarr_2_are_found_by_their_metadata(moto_server: S3Server, proxy: Proxy) -> None:
    keys = {".zgroup": b'{"zarr_format": 2}', "image/.zgroup": b'{"zarr_format": 2}'}
    keys |= {"image/.zattrs": b"{}", **array_keys("image/0", 30, zarr_format=2)}
    source = opened(moto_server, proxy, keys, "our own")
    source.start()
    proxy.reset()
    assert names_in(source) == ["image", "image/0"]
    assert proxy.count() == 1


def test_a_level_that_is_refused_keeps_nothing_else_from_being_found(
    moto_server: S3Server, proxy: Proxy
) -> None:
    keys = {f"{group}/n/zarr.json": GROUP for group in "bc"} | {"zarr.json": GROUP}
    keys |= array_keys("a/n", 1010)  # too many for a look at all at once
    source = opened(moto_server, proxy, keys, "our own")
    source.start()
    proxy.faults = [
        Fault("status", contains="x.zarr%2Fb%2F", status=403, code="AccessDenied", times=99)
    ]
    assert names_in(source) == ["a", "a/n", "b", "c", "c/n"]


def test_the_walk_ends_after_its_requests_and_says_so(
    moto_server: S3Server, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_LISTINGS_REMOTE", 1)
    keys = {f"wide/n{place:05}/zarr.json": GROUP for place in range(LEAVES)}
    source = opened(moto_server, proxy, {**keys, "zarr.json": GROUP}, "our own")
    index = NameIndex()
    assert list(walk.walk(source, index)) == [False, True]
    searching = Searcher(source).search("n0", lambda: None, everything=False)
    assert not any(each.complete for each in searching)


@pytest.mark.parametrize("deeper", ["", "x/"])
def test_deep_levels_are_read_side_by_side(
    moto_server: S3Server, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, deeper: str
) -> None:
    monkeypatch.setattr(walk, "_FULL_PAGES", 1)
    monkeypatch.setattr(walk, "_PAGES", 1)
    nodes = [f"{deeper}g{n % 3}/n{n:05}" for n in range(LEAVES)] + ["aa", "zz", "zz/y"]
    keys = {f"{node}/zarr.json": GROUP for node in nodes} | {"zarr.json": GROUP}
    source = opened(moto_server, proxy, keys, "our own")
    source.start()
    proxy.reset()
    proxy.delay = 0.3
    groups = [f"{deeper}g{n}" for n in range(3)] + ([deeper.rstrip("/")] if deeper else [])
    assert names_in(source) == sorted(nodes + groups)
    # a page of all keys, the first level, the rest of the group that the page ends in, and "zz"
    assert (proxy.count(), proxy.round_trips) == (1 + 1 + 2, 3)


def test_names_take_one_request_for_a_thousand_and_the_first_come_at_once(
    moto_server: S3Server, proxy: Proxy
) -> None:
    nodes = [f"g{n // 50:03}/n{n:05}" for n in range(2 * LEAVES)]
    keys = {f"{node}/zarr.json": GROUP for node in nodes} | {"zarr.json": GROUP}
    source = opened(moto_server, proxy, keys, "our own")
    source.start()
    proxy.reset()
    results = Searcher(source).search("n0", lambda: None)
    next(found for found in results if found.matches)
    assert proxy.count() == 1
    last = next(found for found in results if found.complete)
    assert (last.searched, last.matches) == (len(nodes) + 48, len(nodes))
    assert proxy.count() == 3


def test_folders_without_metadata_are_searched_too(moto_server: S3Server, proxy: Proxy) -> None:
    keys = {"a/b/zarr.json": GROUP, "zarr.json": GROUP}
    source = opened(moto_server, proxy, keys, "our own")
    *_, last = Searcher(source).search("b", lambda: None)
    assert (last.paths, last.attributes) == (["a/b"], True)
