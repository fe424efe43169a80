"""A preview reads whole chunks within its budget, says which, and survives broken ones."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from zarr.codecs import ZstdCodec
from zarr.storage import MemoryStore

from modos_widgets.archive import ArrayMetadata
from modos_widgets.errors import CancelledError, ModosError, UnsupportedError
from modos_widgets.explore import array_reader, meaning_of, open_source
from modos_widgets.explore.array_part import MOST_CHUNKS, choose_part
from modos_widgets.explore.array_reader import read_part
from modos_widgets.explore.chunk_cache import ChunkCache
from modos_widgets.explore.code import code_for
from modos_widgets.explore.labels import axis_names
from modos_widgets.explore.picture import kinds_for, picture_of
from modos_widgets.explore.source import facts_of
from modos_widgets.explore.statistics import exact_statistics, statistics_of
from modos_widgets.explore.value_table import table_rows
from tests.explore.stores import make_counts

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.explore import NodeSource
    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.progress import Progress

shapes = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(0, 50)), max_size=4)


def facts_for(shape: tuple[int, ...], chunks: tuple[int, ...]) -> ArrayMetadata:
    return ArrayMetadata(shape, chunks, None, "int64", ("bytes",), 0, (), 8)


@given(shapes, st.integers(8, 20_000))
def test_a_part_is_whole_chunks_within_the_budget(
    axes: list[tuple[int, int, int]], budget: int
) -> None:
    shape = tuple(length for length, _, _ in axes)
    chunks = tuple(chunk for _, chunk, _ in axes)
    at = {axis: position for axis, (_, _, position) in enumerate(axes)}
    part = choose_part(facts_for(shape, chunks), budget=budget, at=at)
    assert part.size <= budget
    assert part.chunks <= MOST_CHUNKS
    for axis in part.axes:
        assert part.start[axis] % chunks[axis] == 0
        assert part.stop[axis] % chunks[axis] == 0 or part.stop[axis] == shape[axis]
    if part.chunks:
        assert len(list(part.boxes())) == part.chunks
        covered = np.zeros(part.extent, dtype=int)
        for _, target in part.boxes():
            covered[target] += 1
        assert (covered == 1).all()


def read(source: NodeSource, path: str, **options: Any) -> tuple[ArrayPart, np.ndarray[Any, Any]]:
    facts = facts_of(source, path)
    assert facts.array is not None
    part = choose_part(facts.array, **options)
    return part, read_part(source, path, part).data


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", ["f4", "i8", "u1", "bool", "c8", "datetime64[s]", "f2"])
def test_values_are_those_of_zarr(dtype: str, zarr_format: Any) -> None:
    values = np.arange(6 * 7 * 8).reshape(6, 7, 8).astype(dtype)
    root = zarr.create_group(MemoryStore(), zarr_format=zarr_format)
    root.create_array("a", data=values, chunks=(2, 3, 5))
    part, data = read(open_source(root), "a", at={0: 3, 1: 4})
    assert (part.start, part.stop) == ((3, 3, 0), (4, 7, 8))
    assert (data == values[3, 3:7, 0:8]).all()
    assert part.words(("t", "rows", "columns")) == (
        "t at 3 of 6, rows 3\N{EN DASH}6 of 7, all 8 columns"
    )


@pytest.mark.parametrize("shape", [(), (0,), (0, 5), (1,), (5, 0)])
def test_scalars_and_empty_arrays_have_previews(shape: tuple[int, ...]) -> None:
    array = zarr.create_array(
        MemoryStore(), data=np.ones(shape), chunks=tuple(max(1, n) for n in shape)
    )
    source = open_source(array)
    part, data = read(source, "")
    assert data.shape == shape
    assert statistics_of(data).count == math.prod(shape)
    for kind in kinds_for(shape, data.dtype):
        assert picture_of(data, kind).histogram.counts
    assert len(table_rows(data)) == (shape[0] if shape else 1)
    assert part.chunks == (0 if 0 in shape else 1)


def test_shards_are_read_by_their_inner_chunks() -> None:
    array = zarr.create_array(
        MemoryStore(), shape=(1000, 1000), shards=(1000, 1000), chunks=(100, 100), dtype="f8"
    )
    part, _ = read(open_source(array), "", budget=200_000)
    assert part.step == (100, 100)
    assert part.chunks == 2


def test_labels_come_from_the_arrays_beside(tmp_path: Path) -> None:
    make_counts(tmp_path / "x.zarr")
    source = open_source(tmp_path / "x.zarr")
    facts = source.describe(["data/counts/data"])["data/counts/data"]
    assert facts.array is not None
    assert axis_names(facts.array) == ("var", "obs")
    part = choose_part(facts.array)
    labels = meaning_of(source, "data/counts/data").labels(part, {0: 40, 1: 0}, most=3)
    assert labels == {
        0: ("var", ["Gene40", "Gene41", "Gene42"], ""),
        1: ("obs", ["time0", "time1", "time2"], ""),
    }


def test_missing_values_are_counted_and_left_out(tmp_path: Path) -> None:
    make_counts(tmp_path / "x.zarr")
    _, data = read(open_source(tmp_path / "x.zarr"), "data/counts/data")
    found = statistics_of(data)
    assert (found.minimum, found.maximum, found.missing, found.count) == (0, 1199, 1, 1200)
    assert found.mean == pytest.approx(np.nanmean(data))


def damage(folder: Path, chunk: str) -> None:
    place = folder / chunk
    place.write_bytes(b"broken" + place.read_bytes()[6:])


def test_a_chunk_that_fails_its_checksum_leaves_a_gap(tmp_path: Path) -> None:
    array = zarr.create_array(
        tmp_path / "a.zarr",
        data=np.ones((40, 4), dtype="i4"),
        chunks=(10, 4),
        compressors=ZstdCodec(checksum=True),
    )
    del array
    damage(tmp_path / "a.zarr", "c/1/0")
    source = open_source(tmp_path / "a.zarr")
    facts = facts_of(source, "")
    assert facts.array is not None
    values = read_part(source, "", choose_part(facts.array))
    assert values.unread == 1
    assert values.faults[0].startswith("The chunk at (10, 0): ")
    assert np.isnan(values.data[10:20]).all()
    assert (values.data[20:] == 1).all()
    assert statistics_of(values.data).missing == 40


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"codecs": [{"name": "no.such.codec", "configuration": {}}]}, "no.such.codec"),
        ({"data_type": "float1234"}, "float1234"),
    ],
)
def test_an_unknown_codec_or_data_type_is_a_word(
    tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=np.ones(4), chunks=(2,))
    place = tmp_path / "a.zarr" / "zarr.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), **change}))
    source = open_source(tmp_path / "a.zarr")
    assert source.start().kind == "array"
    with pytest.raises(UnsupportedError, match=word):
        read(source, "")


def test_a_chunk_above_the_budget_is_read_only_on_request() -> None:
    facts = facts_for((1000, 1000), (1000, 1000))
    assert choose_part(facts, budget=1000).chunks == 0
    assert choose_part(facts, budget=1000).over_budget
    assert choose_part(facts, budget=1000, anyway=True).chunks == 1


def test_reading_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=np.ones((400, 4)), chunks=(10, 4))
    source = open_source(tmp_path / "a.zarr")
    facts = facts_of(source, "")
    assert facts.array is not None
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        if checks == 2:
            raise CancelledError("another node")

    with pytest.raises(CancelledError):
        read_part(source, "", choose_part(facts.array), check)


@pytest.mark.parametrize("on_client", [False, True])
def test_exact_statistics_are_those_of_numpy(tmp_path: Path, *, on_client: bool) -> None:
    values = np.random.default_rng(1).normal(size=(300, 70))
    values[5, 6] = np.nan
    zarr.create_array(tmp_path / "a.zarr", data=values, chunks=(50, 70))
    source = open_source(tmp_path / "a.zarr")
    told: list[Progress] = []

    def compute() -> None:
        found = exact_statistics(source, "", told.append, lambda: None)
        assert found.mean == pytest.approx(np.nanmean(values))
        assert (found.minimum, found.maximum) == (np.nanmin(values), np.nanmax(values))
        assert (found.missing, found.count) == (1, 21_000)

    if on_client:
        from distributed import Client  # noqa: PLC0415  heavy

        with Client(processes=False, n_workers=1, dashboard_address=":0"):
            compute()
    else:
        compute()
    assert (told[-1].done, told[-1].unit) == (told[-1].total, "blocks")


def test_texts_have_no_statistics_of_numbers(tmp_path: Path) -> None:
    make_counts(tmp_path / "x.zarr")
    source = open_source(tmp_path / "x.zarr")
    _, data = read(source, "data/counts/var")
    assert statistics_of(data).mean is None
    assert kinds_for(data.shape, data.dtype) == ("histogram",)
    assert table_rows(data)[0] == ["Gene0"]
    with pytest.raises(ModosError, match="numbers"):
        exact_statistics(source, "data/counts/var", lambda *_: None, lambda: None)


def test_the_code_that_is_offered_runs(tmp_path: Path) -> None:
    make_counts(tmp_path / "P" / "data.zarr")
    source = open_source(tmp_path / "P")
    code = code_for(source, "data/counts/data")
    assert set(code) == {"zarr", "numpy", "dask", "pandas", "xarray", "modos_widgets"}
    for kind, lines in code.items():
        held: dict[str, Any] = {}
        exec(lines, held)  # noqa: S102
        names = {"numpy": "values", "dask": "lazy", "pandas": "frame", "xarray": "data"}
        name = names.get(kind, "node")
        assert held[name].shape == (100, 12)
    held = {}
    exec(code_for(source, "sample/s1")["modos_widgets"], held)  # noqa: S102
    assert held["metadata"]["name"] == "Tumor 1"


def test_obs_and_var_label_axes_of_their_length_where_dimensions_have_no_names(
    tmp_path: Path,
) -> None:
    make_counts(tmp_path / "x.zarr")
    group = zarr.open_group(tmp_path / "x.zarr", use_consolidated=False)["data/counts"]
    assert isinstance(group, zarr.Group)
    group.create_array("plain", data=np.ones((100, 12)))
    source = open_source(tmp_path / "x.zarr" / "data" / "counts")
    facts = facts_of(source, "plain")
    assert facts.array is not None
    part = choose_part(facts.array)
    labels = meaning_of(source, "plain").labels(part, {0: 0, 1: 0}, most=1)
    assert labels == {0: ("var", ["Gene0"], ""), 1: ("obs", ["time0"], "")}


@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300), st.integers(1, 9)),
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3)),
    st.permutations([0, 1, 2]),
    st.data(),
)
def test_a_window_is_read_as_it_is_or_its_middle(
    shape: tuple[int, ...], chunks: tuple[int, ...], order: list[int], data: st.DataObject
) -> None:
    axes = tuple(order[:2])
    window = {
        axis: tuple(sorted(data.draw(st.tuples(*[st.integers(-5, 320)] * 2)))) for axis in axes
    }
    budget = 16 * 8 * math.prod(chunks)
    facts = facts_for(shape, chunks)
    part = choose_part(facts, budget=budget, axes=axes, window=window)
    assert part.size <= budget
    assert part.chunks == len(list(part.boxes()))
    for axis in axes:
        low, high = window[axis]
        assert min(max(low, 0), shape[axis] - 1) <= part.start[axis] < part.stop[axis]
        assert part.stop[axis] <= max(min(high, shape[axis]), part.start[axis] + 1)
    larger = choose_part(facts, budget=10**9, axes=axes, window=window)
    if larger.chunks <= 16:
        assert part == larger


def test_a_window_of_transposed_axes_has_the_values_of_numpy() -> None:
    values = np.arange(6 * 7 * 8).reshape(6, 7, 8)
    root = zarr.create_group(MemoryStore())
    root.create_array("a", data=values, chunks=(2, 3, 5))
    source = open_source(root)
    window = {2: (3, 7), 0: (1, 5)}
    part, data = read(source, "a", axes=(2, 0), window=window, at={1: 4})
    assert part.axes == (2, 0)
    assert (data == values[1:5, 4, 3:7].T).all()
    with pytest.raises(ModosError, match="cannot be shown"):
        read(source, "a", axes=(0, 0))


def test_a_chunk_is_read_once_while_one_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(100 * 100).reshape(100, 100)
    root = zarr.create_group(MemoryStore())
    root.create_array("a", data=values, chunks=(10, 10))
    source, cache = open_source(root), ChunkCache()
    facts = facts_of(source, "a").array
    assert facts is not None
    asked: list[int] = []
    read_all = array_reader._read_all

    def counted(array: Any, boxes: list[Any]) -> list[Any]:
        asked.append(len(boxes))
        return read_all(array, boxes)

    monkeypatch.setattr(array_reader, "_read_all", counted)
    for start, new in [(0, 9), (5, 0), (10, 5), (9, 2)]:
        asked.clear()
        window = {0: (start, start + 25), 1: (start, start + 25)}
        part = choose_part(facts, window=window)
        found = read_part(source, "a", part, cache=cache).data
        assert (found == values[start : start + 25, start : start + 25]).all()
        assert sum(asked) == new
    small = ChunkCache(most_bytes=100)
    for corner in [(0, 0), (10, 0)]:
        small.add(source, "a", corner, values[:10, :10])
    assert small.chunk(source, "a", (0, 0)) is None
    assert small.chunk(source, "a", (10, 0)) is not None
