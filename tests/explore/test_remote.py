"""Over S3 requests and round trips are few, counted at a proxy; faults become words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import obstore.store
import pytest
import zarr

from modos_widgets import ArrayPreview, ZarrTree
from modos_widgets.credentials import S3Options
from modos_widgets.errors import ModosError, ServerError
from modos_widgets.explore import open_source
from modos_widgets.explore.array_part import choose_part
from modos_widgets.explore.array_reader import read_part
from modos_widgets.explore.search import Searcher
from modos_widgets.explore.source import facts_of
from modos_widgets.storage import S3Storage
from modos_widgets.widgets.front_end import StreamedRequest
from tests.explore.stores import fill, group_document, make_counts, upload
from tests.parts.asked import Asked
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modos_widgets.explore import NodeSource
    from tests.parts.s3 import S3Server


@pytest.fixture
def proxy(moto_server: S3Server) -> Iterator[Proxy]:
    with Proxy(moto_server.endpoint) as running:
        yield running


def opened(server: S3Server, proxy: Proxy, url: str) -> NodeSource:
    source = open_source(url, services={"s3": proxy.endpoint}, s3_kwargs=server.s3_kwargs)
    proxy.reset()
    return source


def test_making_a_source_asks_nothing(moto_server: S3Server, proxy: Proxy) -> None:
    opened(moto_server, proxy, "s3://nowhere/x.zarr")
    assert proxy.count() == 0


@pytest.mark.parametrize("consolidated", [True, False])
def test_the_first_view_takes_two_round_trips(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path, *, consolidated: bool
) -> None:
    make_counts(tmp_path / "x.zarr", consolidated=consolidated)
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "x.zarr", tmp_path / "x.zarr")
    source = opened(moto_server, proxy, f"s3://{bucket}/x.zarr")
    proxy.delay = 0.5  # so that a busy machine does not look like a round trip
    names = source.level("").names
    assert names == ["assay", "data", "reference", "sample", "sequence"]
    source.describe(names)
    assert proxy.count() == (2 if consolidated else 7)
    assert proxy.round_trips <= 2


def test_a_storage_has_read_the_root_already(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    make_counts(tmp_path / "P" / "data.zarr")
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "P", tmp_path / "P")
    storage = S3Storage(f"s3://{bucket}/P", proxy.endpoint, moto_server.s3_kwargs, mode="r")
    proxy.reset()
    source = open_source(storage)
    assert source.level("sample").names == ["s0", "s1", "s2"]
    assert source.describe(["sample/s0"])["sample/s0"].attributes["name"] == "Tumor 0"
    assert proxy.count() == 0
    assert (source.name, source.is_modo) == ("P", True)


@pytest.fixture(scope="module")
def wide(moto_server: S3Server) -> str:
    bucket = moto_server.bucket()
    document = group_document()
    keys = {f"w.zarr/wide/n{place:05}/zarr.json": document for place in range(2500)}
    fill(
        moto_server,
        bucket,
        {**keys, "w.zarr/zarr.json": document, "w.zarr/wide/zarr.json": document},
    )
    return f"s3://{bucket}/w.zarr"


def test_the_first_thousand_children_come_in_two_round_trips(
    moto_server: S3Server, proxy: Proxy, wide: str
) -> None:
    source = opened(moto_server, proxy, wide)
    source.start()
    proxy.reset()
    level = source.level("wide")
    assert (len(level.names), level.complete) == (1000, False)
    assert proxy.round_trips <= 2
    assert source.known_count("wide") == (1000, False)
    while not level.advance():
        pass
    assert len(level.names) == 2500
    assert proxy.count() == 4


def test_many_children_are_counted_to_a_thousand(
    moto_server: S3Server, proxy: Proxy, wide: str
) -> None:
    source = opened(moto_server, proxy, wide)
    source.start()
    proxy.reset()
    source.count(["wide"])
    assert source.known_count("wide") == (1000, False)
    assert proxy.count() == 1


def test_a_chunk_of_a_large_array_takes_three_requests(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    shape, chunks = (16_000, 16_000), (1000, 1000)  # 2 GB of float64, sparse
    array = zarr.create_array(tmp_path / "a.zarr" / "x", shape=shape, chunks=chunks, dtype="f8")
    array[:1000, :1000] = np.random.default_rng(0).random((1000, 1000))
    zarr.create_group(tmp_path / "a.zarr")
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "a.zarr", tmp_path / "a.zarr")
    source = opened(moto_server, proxy, f"s3://{bucket}/a.zarr")
    facts = facts_of(source, "x")
    assert facts.array is not None
    part = choose_part(facts.array, budget=8_000_000)
    assert part.chunks == 1
    values = read_part(source, "x", part)
    assert values.data.shape == (1000, 1000)
    assert values.data.mean() == pytest.approx(0.5, abs=0.01)
    assert proxy.count() <= 3
    assert part.size <= 0.02 * facts.array.size * 8


def test_the_first_picture_of_a_large_array_takes_two_round_trips(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    shape, chunks = (160_000, 160_000), (1000, 1000)  # 100 GB of float32, sparse
    root = zarr.create_group(tmp_path / "a.zarr")
    array = root.create_array("x", shape=shape, chunks=chunks, dtype="f4")
    array[:4000, :4000] = np.random.default_rng(0).random((4000, 4000), dtype="f4")
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "a.zarr", tmp_path / "a.zarr")
    source = opened(moto_server, proxy, f"s3://{bucket}/a.zarr")
    ask = Asked(ArrayPreview(source, "x"))
    ask("facts", path="x")
    proxy.reset()
    proxy.delay = 0.5  # so that a busy machine does not look like a round trip
    answer = ask("part", path="x", room=[340, 1000])
    assert answer["chunks"] == 4
    assert proxy.count() == answer["chunks"]
    assert proxy.round_trips <= 2
    first = ask.sent[-2]["payload"]["picture"]
    assert first["kind"] == "heat map"
    assert len(ask.pictures[0]) == 4 * first["shape"][0] * first["shape"][1] <= 4 * 340 * 1000
    proxy.reset()
    ask("part", path="x", room=[340, 1000], window={"0": [500, 1500], "1": [100, 900]})
    assert proxy.count() == 0  # zoomed in: the chunks are known
    ask("part", path="x", room=[340, 1000], window={"0": [1500, 2500], "1": [100, 900]})
    assert proxy.count() == 1  # moved down by half a chunk


def test_a_store_that_refuses_half_way_is_a_word_in_each_row(
    moto_server: S3Server, proxy: Proxy, wide: str
) -> None:
    source = opened(moto_server, proxy, wide)
    names = [f"wide/{name}" for name in source.level("wide").names[:4]]
    proxy.faults = [
        Fault("status", contains="n00001", status=403, code="AccessDenied", times=9),
        Fault("status", contains="n00002", status=404, code="NoSuchKey", times=9),
    ]
    facts = source.describe(names)
    assert [facts[name].kind for name in names] == ["group", "broken", "broken", "group"]
    assert "refuses" in facts[names[1]].problem
    assert "no zarr metadata" in facts[names[2]].problem


def test_a_level_that_fails_later_continues_on_the_next_attempt(
    moto_server: S3Server, proxy: Proxy, wide: str
) -> None:
    source = opened(moto_server, proxy, wide)
    level = source.level("wide")
    proxy.faults = [
        Fault("status", contains="continuation-token", status=500, code="InternalError", times=99)
    ]
    with pytest.raises(ServerError):
        level.advance()
    assert len(level.names) == 1000
    proxy.faults = []
    assert not level.advance()
    assert len(level.names) == 2000


def test_an_unreachable_store_is_reported(moto_server: S3Server) -> None:
    source = open_source(
        "s3://bucket/x.zarr", services={"s3": "http://127.0.0.1:9"}, s3_kwargs=moto_server.s3_kwargs
    )
    with pytest.raises(ModosError):
        source.start()


def test_searching_reads_levels_side_by_side(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    make_counts(tmp_path / "x.zarr", consolidated=False)
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "x.zarr", tmp_path / "x.zarr")
    source = opened(moto_server, proxy, f"s3://{bucket}/x.zarr")
    found = list(Searcher(source).search("s1", lambda: None))[-1]
    assert found.paths == ["sample/s1"]
    assert proxy.count() < 45
    assert not any("/c/0" in request.path for request in proxy.requests)


def test_a_search_reads_values_many_at_once(moto_server: S3Server, proxy: Proxy) -> None:
    bucket, names = moto_server.bucket(), [f"n{number:03}" for number in range(500)]
    keys = {f"x.zarr/{name}/zarr.json": group_document(title=f"of {name}") for name in names}
    fill(moto_server, bucket, keys | {"x.zarr/zarr.json": group_document()})
    source = opened(moto_server, proxy, f"s3://{bucket}/x.zarr")
    proxy.delay = 1.0  # so that a busy machine does not look like a round trip
    found = list(Searcher(source).search("OF n499", lambda: None))
    assert found[-1].paths == ["n499"]
    assert found[-1].attributes
    assert proxy.count() <= 1 + len(keys) + 2
    # the root and the names, and 256 values at a time; a busy machine starts some late
    assert proxy.round_trips <= 2 + 3


def test_opening_all_below_takes_two_round_trips_a_level(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path
) -> None:
    make_counts(tmp_path / "x.zarr", consolidated=False)
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "x.zarr", tmp_path / "x.zarr")
    tree = ZarrTree(
        f"s3://{bucket}/x.zarr",
        depth=3,
        services={"s3": proxy.endpoint},
        s3_kwargs=moto_server.s3_kwargs,
    )
    assert tree._first is not None
    tree._first.result(30)
    assert tree.opened == ["", "assay", "data", "sample", "data/counts"]
    assert not any("/c/0" in request.path for request in proxy.requests)
    assert proxy.count() == 2 + 2 * (5 + 5) + 3  # nothing is listed or read twice


def test_only_groups_in_sight_are_counted(moto_server: S3Server, proxy: Proxy, wide: str) -> None:
    tree = ZarrTree(wide, services={"s3": proxy.endpoint}, s3_kwargs=moto_server.s3_kwargs)
    assert tree._first is not None
    tree._first.result(30)
    proxy.reset()
    payload = {"path": "wide", "start": 0, "count": 100, "seen": [10, 15]}
    rows = tree._rows(StreamedRequest[Any, Any](1, "v", "rows", payload))["rows"]
    listed = [each for each in proxy.requests if "delimiter=" in each.target]
    assert len(listed) == 1 + 5  # the level itself, and those in sight
    assert [place for place, each in enumerate(rows) if "children" in each] == [10, 11, 12, 13, 14]
    assert all(each["kind"] == "group" for each in rows)


@pytest.mark.parametrize("how", ["our own store", "a store of fsspec", "a store of obstore"])
def test_stored_sizes_come_from_one_listing(
    moto_server: S3Server, proxy: Proxy, tmp_path: Path, how: str
) -> None:
    make_counts(tmp_path / "x.zarr")
    (tmp_path / "x.zarr/data/counts/data2").write_text("beside it")
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "x.zarr", tmp_path / "x.zarr")
    url = f"s3://{bucket}/x.zarr"
    if how == "our own store":
        source = opened(moto_server, proxy, url)
    elif how == "a store of fsspec":
        options = {"endpoint_url": proxy.endpoint, **moto_server.s3_kwargs}
        store = zarr.storage.FsspecStore.from_url(url, storage_options=options, read_only=True)
        source = open_source(store)
    else:
        given = S3Options.resolve(proxy.endpoint, moto_server.s3_kwargs)
        config, client, _ = given.for_obstore()
        options = {"config": config, "client_options": client}
        held = obstore.store.S3Store.from_url(url, **options)
        source = open_source(zarr.storage.ObjectStore(held, read_only=True))
    source.start()
    proxy.reset()
    chunks = list((tmp_path / "x.zarr/data/counts/data/c").rglob("0"))
    sizes = [each.stat().st_size for each in chunks if each.is_file()]
    stored = source.stored("data/counts/data")
    assert (stored.size, stored.chunks, stored.complete) == (sum(sizes), 4, True)
    assert source.stored("data/counts/data") == stored
    assert proxy.count() == 1
    assert source.known_stored("data/counts/data") == stored
    source.refresh()
    assert source.known_stored("data/counts/data") is None
