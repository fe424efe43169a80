"""Conventions that contradict each other, are broken or hostile have a defined result."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from zarr.storage import MemoryStore

from modos_widgets.errors import UnsupportedError
from modos_widgets.explore import choose_part, meaning_of, open_source, statistics_of
from modos_widgets.explore.conventions.cf import Packing, packing_of
from modos_widgets.explore.conventions.cf_time import parse_time_unit
from modos_widgets.explore.conventions.columns import decode
from modos_widgets.explore.conventions.ome import multiscale_of
from tests.explore.stores import TEXT, consolidate, upload
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.explore import ArrayMeaning, AxisLabels, MeantValues, NodeSource
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.filterwarnings("ignore")  # texts are no standard yet

OME: dict[str, Any] = {
    "version": "0.5",
    "multiscales": [
        {
            "axes": [
                {"name": "y", "type": "space", "unit": "micrometer"},
                {"name": "x", "type": "space", "unit": "micrometer"},
            ],
            "datasets": [
                {
                    "path": "0",
                    "coordinateTransformations": [
                        {"type": "scale", "scale": [0.5, 0.25]},
                        {"type": "translation", "translation": [10, 0]},
                    ],
                }
            ],
            "coordinateTransformations": [{"type": "scale", "scale": [2, 2]}],
        }
    ],
}


def shown(
    source: NodeSource, path: str, **options: Any
) -> tuple[ArrayMeaning, MeantValues, dict[int, AxisLabels]]:
    meaning = meaning_of(source, path, **options)
    assert meaning.array is not None
    part = choose_part(meaning.array)
    first = {axis: part.start[axis] for axis in part.axes}
    return meaning, meaning.read(part), meaning.labels(part, first, most=10**6)


def group_of(**attributes: Any) -> zarr.Group:
    return zarr.create_group(MemoryStore(), attributes=attributes)


def test_a_code_out_of_range_is_missing_and_said() -> None:
    root = group_of(**{"encoding-type": "anndata"})
    column = root.create_group("obs/kind", attributes={"encoding-type": "categorical"})
    column.create_array("codes", data=np.array([0, 1, -1, 2, 99, -7], dtype="i1"))
    column.create_array("categories", data=np.array(["a", "b"], dtype=TEXT))
    _, values, _ = shown(open_source(root), "obs/kind")
    assert list(values.data) == ["a", "b", None, None, None, None]
    assert values.words == ("a", "b")
    assert list(values.codes) == [0, 1, -1, -1, -1, -1]  # type: ignore[arg-type]
    assert values.notes == ("3 values are outside the 2 categories and shown as missing.",)
    assert statistics_of(values.data).missing == 4


@pytest.mark.parametrize("codes", [[np.nan, 1.0], [1e300, 1.0], [-np.inf, 1.0], [2**63, 1]])
def test_codes_of_any_number_are_words_or_missing(codes: list[float]) -> None:
    found = decode(np.array(codes), words=["a", "b"])
    assert list(found.data) == [None, "b"]


@given(
    st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=True, allow_infinity=True),
    ),
    st.sampled_from(("days", "hours", "seconds", "ms", "us", "ns")),
    st.sampled_from(("standard", "proleptic_gregorian", "noleap", "360_day", "julian")),
)
def test_no_time_overflows(number: float, unit: str, calendar: str) -> None:
    units = parse_time_unit(f"{unit} since 1850-01-01", calendar)
    assert units is not None
    data = np.array([number, 0])
    times, outside = units.decode(data)
    assert len(times) == 2
    assert str(times[1]).startswith("1850-01-01")
    if not isinstance(number, int) and np.isfinite(number) and abs(number) > 1e25:
        assert outside == 1
    if outside:
        assert times[0] is None or np.isnat(times[0])


@pytest.mark.parametrize(
    "units",
    [
        *("months since 2000-01-01", "days since", "days since 2000-13-01", "K", "", None, 7),
        *("days since 2001-02-29", "days since 99999999-01-01", f"days since {'0' * 10**6}"),
        f"days since 2000-01-01{' ' * 10**6}x",
    ],
)
def test_what_is_not_a_time_stays_a_number(units: Any) -> None:
    begin = time.process_time()
    assert parse_time_unit(units) is None
    assert time.process_time() - begin < 5


def test_a_time_that_is_too_large_is_missing_and_said() -> None:
    root = group_of()
    units: dict[str, Any] = {"units": "days since 2000-01-01"}
    root.create_array("t", data=np.array([1, 2**60]), attributes=units)
    _, values, _ = shown(open_source(root), "t")
    assert str(values.data[0])[:10] == "2000-01-02"
    assert np.isnat(values.data[1])
    assert values.notes == ("1 value is outside the range of dates and shown as missing.",)


def test_ome_zarr_takes_precedence_over_attributes_of_cf() -> None:
    root = group_of(ome=OME)
    cf: dict[str, Any] = {"scale_factor": 0.1, "add_offset": 5, "_FillValue": 0, "units": "K"}
    root.create_array(
        "0", data=np.arange(6).reshape(2, 3), attributes=cf, dimension_names=("lat", "lon")
    )
    root.create_array("lat", data=np.array([1.5, 2.5]))
    meaning, values, labels = shown(open_source(root), "0")
    assert (values.data == np.arange(6).reshape(2, 3)).all()
    assert [axis.name for axis in meaning.axes] == ["y", "x"]
    assert [axis.position(1) for axis in meaning.axes] == [21.0, 0.5]
    assert (labels, meaning.unit) == ({}, "")
    assert "CF attributes are ignored" in meaning.sentence


BROKEN = [
    {"multiscales": 7},
    {"multiscales": [{"datasets": [{"path": 3}]}]},
    {"multiscales": [{"datasets": [], "axes": []}]},
    {"multiscales": [{"datasets": "0"}]},
    {"multiscales": [None]},
    {"ome": {"multiscales": [{"datasets": [[]]}]}},
]


@pytest.mark.parametrize("attributes", BROKEN)
def test_a_broken_description_of_an_image_is_no_image(attributes: Any) -> None:
    assert multiscale_of(attributes) is None


def test_what_is_invalid_in_an_image_is_left_out() -> None:
    image = multiscale_of(
        {
            "multiscales": [
                {
                    "axes": [{"name": 7}, "x", {"type": [], "unit": 3}],
                    "datasets": [
                        {
                            "path": "0",
                            "coordinateTransformations": [
                                {"type": "scale", "scale": [float("nan"), 1, 1]},
                                {"type": "scale", "scale": [10**400, 1, 1]},
                                {"type": "scale", "scale": ["a"]},
                                7,
                            ],
                        }
                    ],
                    "coordinateTransformations": {"scale": 3},
                }
            ],
            "omero": {"channels": [{"color": "red;}", "window": 3}, 7, {"label": {}}]},
        }
    )
    assert image is not None
    assert [axis.scale for axis in image.axes[0]] == [None] * 3
    assert [each.color for each in image.channels] == ["#ff00ff", "#00ff00", "#00ffff"]
    assert image.channels[0].low is None


def test_an_image_whose_number_of_axes_is_wrong_is_an_array() -> None:
    root = group_of(ome=OME)
    root.create_array("0", data=np.zeros((2, 3, 4)))
    meaning, _, _ = shown(open_source(root), "0")
    assert "axes are ignored" in meaning.sentence


def test_paths_in_metadata_do_not_leave_the_hierarchy(tmp_path: Path) -> None:
    outside = zarr.create_group(tmp_path / "outside.zarr")
    outside.create_array("words", data=np.array(["secret"], dtype=TEXT))
    attributes: dict[str, Any] = {"categories": "../../outside.zarr/words"}
    root = zarr.create_group(tmp_path / "in.zarr", attributes={"encoding-type": "anndata"})
    table = root.create_group("obs", attributes={"_index": ".."})
    table.create_array("kind", data=np.array([0], dtype="i1"), attributes=attributes)
    image = root.create_group(
        "image", attributes={"multiscales": [{"datasets": [{"path": "../../outside.zarr/words"}]}]}
    )
    assert image is not None
    source = open_source(tmp_path / "in.zarr")
    _, values, _ = shown(source, "obs/kind")
    assert list(values.data) == [0]
    assert meaning_of(source, "image").array is None
    assert meaning_of(source, "obs").array is None


def sparse(root: zarr.Group, **changes: Any) -> None:
    parts = {
        "data": np.array([1.0, 2.0, 3.0]),
        "indices": np.array([0, 2, 1]),
        "indptr": np.array([0, 2, 2, 3]),
    }
    attributes = {"encoding-type": "csr_matrix", "shape": [3, 3]}
    attributes |= {
        name: changes.pop(name) for name in ("shape", "encoding-type") if name in changes
    }
    group = root.create_group("X", attributes=attributes)
    for name, values in {**parts, **changes}.items():
        group.create_array(name, data=values)


@pytest.mark.parametrize("encoding", ["csr_matrix", "csc_matrix"])
def test_a_sparse_matrix_is_read_by_its_pointers(encoding: str) -> None:
    root = group_of(**{"encoding-type": "anndata"})
    sparse(root, **{"encoding-type": encoding})
    _, values, _ = shown(open_source(root), "X")
    expected = np.array([[1, 0, 2], [0, 0, 0], [0, 3, 0]], dtype="f8")
    assert (values.data == (expected if encoding == "csr_matrix" else expected.T)).all()


@pytest.mark.parametrize(
    "pointers", [[0, 2, 1, 3], [0, 2, 2, 99], [-1, 2, 2, 3], [0.5, 1, 2, 3], [2**62, 0, 0, 0]]
)
def test_invalid_pointers_of_a_sparse_matrix_are_an_error(pointers: list[float]) -> None:
    root = group_of()
    sparse(root, indptr=np.array(pointers))
    with pytest.raises(UnsupportedError, match="Invalid sparse matrix"):
        shown(open_source(root), "X")


def test_entries_outside_a_sparse_matrix_are_left_out_and_said() -> None:
    root = group_of()
    sparse(root, indices=np.array([0, 99, -1]))
    _, values, _ = shown(open_source(root), "X")
    assert values.data.sum() == 1
    assert values.notes == ("2 entries lie outside the matrix and are left out.",)


@pytest.mark.parametrize("shape", [[3], [3, -1], [2**60, 3], [3, 10**30], "33", [True, 3]])
def test_a_sparse_matrix_of_an_invalid_shape_is_a_group(shape: Any) -> None:
    root = group_of()
    sparse(root, shape=shape)
    assert meaning_of(open_source(root), "X").array is None


def test_rows_of_a_sparse_matrix_that_exceed_the_budget_are_gaps() -> None:
    root = group_of()
    number = 4000
    group = root.create_group("X", attributes={"encoding-type": "csr_matrix", "shape": [3, number]})
    group.create_array("data", data=np.ones(number + 1), chunks=(100,))
    group.create_array("indices", data=np.r_[0, np.arange(number)], chunks=(100,))
    group.create_array("indptr", data=np.array([0, 1, 1, number + 1]))
    meaning = meaning_of(open_source(root), "X", budget=8000)
    assert meaning.array is not None
    values = meaning.read(choose_part(meaning.array, budget=10**6))
    assert values.unread == 1
    assert values.faults[0].startswith("From row 2 on")
    assert np.isnan(values.data[2]).all()
    assert values.data[0].sum() == 1


def test_a_table_shows_at_most_256_columns_and_those_of_its_length() -> None:
    names = [f"c{number}" for number in range(300)]
    root = group_of(**{"encoding-type": "anndata"})
    table = root.create_group("obs", attributes={"_index": "_index", "column-order": names})
    table.create_array("_index", data=np.array(["a", "b"], dtype=TEXT))
    for number, name in enumerate(names[:260]):
        table.create_array(name, data=np.arange(2 if number else 3))
    meaning, values, labels = shown(open_source(root), "obs")
    assert meaning.array is not None
    assert meaning.array.shape == (2, 255)
    assert "255 of them are shown" in meaning.sentence
    assert labels[0].texts == ["a", "b"]
    assert values.data.shape[0] == 2


@pytest.mark.parametrize(
    ("ends", "expected"),
    [([1, 1, 4], [[0], [], [1, 2, 3]]), ([1, 0, 4], None), ([1, 2, 9], None), ([-1, 2, 3], None)],
)
def test_lists_of_a_table_are_cut_by_their_ends(ends: list[int], expected: Any) -> None:
    attributes = {"neurodata_type": "Units", "colnames": ["n", "times"]}
    table = group_of().create_group("units", attributes=attributes)
    table.create_array("id", data=np.arange(3))
    table.create_array("n", data=np.arange(3))
    table.create_array("times", data=np.arange(4))
    table.create_array("times_index", data=np.array(ends))
    _, values, _ = shown(open_source(table.store), "units")
    assert list(values.data[:, 0]) == [0, 1, 2]
    if expected is None:
        assert values.faults == ("Column times: units/times_index does not rise.",)
        assert list(values.data[:, 1]) == [None] * 3
    else:
        assert list(values.data[:, 1]) == expected


def test_a_mask_makes_gaps_and_keeps_whole_numbers_exact() -> None:
    root = group_of(**{"encoding-type": "anndata"})
    for name, numbers in (("small", [1, 2]), ("large", [2**60 + 1, 2])):
        column = root.create_group(f"obs/{name}", attributes={"encoding-type": "nullable-integer"})
        column.create_array("values", data=np.array(numbers))
        column.create_array("mask", data=np.array([False, True]))
    source = open_source(root)
    assert np.array_equal(shown(source, "obs/small")[1].data, [1, np.nan], equal_nan=True)
    assert list(shown(source, "obs/large")[1].data) == [2**60 + 1, None]


@pytest.mark.parametrize(
    "values",
    [
        np.array("text", dtype=TEXT),
        np.array([1, 2], dtype="m8[D]"),
        np.array([np.nan, np.nan]),
        np.array(3),
        np.zeros((0, 4)),
        np.array([], dtype=TEXT),
    ],
)
@pytest.mark.parametrize(
    "attributes", [{}, {"scale_factor": 2, "_FillValue": 1}, {"units": "days"}]
)
def test_scalars_durations_and_gaps_have_values(values: Any, attributes: dict[str, Any]) -> None:
    root = group_of()
    made = root.create_array("x", shape=values.shape, dtype=values.dtype, attributes=attributes)
    made[...] = values
    _, found, _ = shown(open_source(root), "x")
    assert found.data.shape == values.shape
    statistics_of(found.data)


@pytest.mark.parametrize(
    "attributes",
    [
        {"scale_factor": "a", "add_offset": None, "_FillValue": {}, "units": 3},
        {"scale_factor": [1, 2], "_FillValue": [[1]], "missing_value": 10**400},
        {"scale_factor": 10**400, "add_offset": float("nan"), "_FillValue": "AAAA"},
        {"_Unsigned": 3, "dtype": 7, "calendar": [], "units": "days since 2000-01-01"},
    ],
)
def test_invalid_attributes_of_cf_are_ignored(attributes: dict[str, Any]) -> None:
    root = group_of()
    root.create_array("x", data=np.arange(3.0), attributes=json.loads(json.dumps(attributes)))
    _, values, _ = shown(open_source(root), "x")
    assert [float(value) for value in values.data] == [0, 1, 2]


@pytest.mark.parametrize(
    ("packing", "stored", "expected"),
    [
        (Packing(scale=0.5, offset=1.0), np.array([2, 4], "i2"), [2.0, 3.0]),
        (Packing(fills=(-1,)), np.array([-1, 4], "i2"), [np.nan, 4]),
        (Packing(fills=(1e20,)), np.array([1e20, 4], "f4"), [np.nan, 4]),
        (Packing(is_unsigned=True), np.array([-1, 4], "i1"), [255, 4]),
        (Packing(is_boolean=True), np.array([0, 1], "i1"), [False, True]),
        (Packing(scale=1e308), np.array([1e308, 1]), [np.inf, 1e308]),
        (Packing(fills=(3,)), np.array([2**62 + 1, 4]), [2**62 + 1, 4]),
        (Packing(fills=("x",)), np.array(["x", "y"], dtype=object), [None, "y"]),
    ],
)
def test_packed_values_are_unpacked(packing: Packing, stored: Any, expected: list[Any]) -> None:
    values, outside = packing.unpack(stored)
    assert outside == 0
    assert [repr(value) for value in values.tolist()] == [
        repr(value) for value in np.array(expected).astype(values.dtype).tolist()
    ]


def test_the_fill_value_of_zarr_is_missing_only_where_xarray_writes_it_so() -> None:
    dimensions: dict[str, Any] = {"_ARRAY_DIMENSIONS": ["x"]}
    for attributes, expected in (({}, False), (dimensions, True)):
        root = zarr.create_group(MemoryStore(), zarr_format=2)
        root.create_array("x", data=np.array([0, 1]), fill_value=0, attributes=attributes)
        packing = packing_of(open_source(root).describe(["x"])["x"])
        assert (packing is not None) == expected


@pytest.mark.parametrize("walked", [False, True])
def test_the_meaning_does_not_depend_on_what_was_listed(*, walked: bool) -> None:
    root = group_of(**{"encoding-type": "anndata"})
    sparse(root)
    table = root.create_group("obs", attributes={"_index": "_index", "column-order": ["n"]})
    table.create_array("_index", data=np.array(["a", "b", "c"], dtype=TEXT))
    table.create_array("n", data=np.arange(3))
    source = open_source(root)
    if walked:
        for path in ("", "obs", "X"):
            source.level(path)
    meaning, _, labels = shown(source, "X")
    assert (meaning.kind, labels[0].texts) == ("matrix", ["a", "b", "c"])
    assert shown(source, "obs")[2][0].texts == ["a", "b", "c"]


@pytest.mark.parametrize("convention", ["xarray (CF)", "AnnData"])
def test_a_picture_of_100_gb_takes_two_round_trips_and_hardly_more_than_its_chunks(
    moto_server: S3Server, tmp_path: Path, convention: str
) -> None:
    number, chunk = 160_000, 1000
    root = zarr.create_group(tmp_path / "a.zarr")
    cf: dict[str, Any] = {"scale_factor": 0.5, "_FillValue": -1, "units": "K"}
    big: dict[str, Any] = {"shape": (number, number), "chunks": (chunk, chunk), "dtype": "i4"}
    if convention == "AnnData":
        root.attrs["encoding-type"] = "anndata"
        array = root.create_array("X", **big)
        for name in ("obs", "var"):
            table = root.create_group(name, attributes={"_index": "_index"})
            texts = np.array([f"{name} {place}" for place in range(number)], dtype=TEXT)
            table.create_array("_index", data=texts, chunks=(10_000,))
    else:
        array = root.create_array("X", attributes=cf, dimension_names=("lat", "lon"), **big)
        for name in ("lat", "lon"):
            root.create_array(name, data=np.arange(number) / 7, chunks=(10_000,))
    random = np.random.default_rng(0).integers(0, 2**31, (2 * chunk, 2 * chunk))
    array[: 2 * chunk, : 2 * chunk] = random
    consolidate(root.store)
    size = sum(
        path.stat().st_size
        for path in (tmp_path / "a.zarr" / "X" / "c").rglob("*")
        if path.is_file()
    )
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "a.zarr", tmp_path / "a.zarr")
    with Proxy(moto_server.endpoint) as proxy:
        source = open_source(
            f"s3://{bucket}/a.zarr",
            services={"s3": proxy.endpoint},
            s3_kwargs=moto_server.s3_kwargs,
        )
        source.level("")
        facts = source.describe(["X"])["X"]
        assert facts.array is not None
        assert facts.array.real_size == 102_400_000_000
        proxy.reset()
        proxy.delay = 0.5  # so that a busy machine does not look like a round trip
        meaning = meaning_of(source, "X")
        assert (meaning.conventions, proxy.count()) == ((convention,), 0)
        assert meaning.array is not None
        part = choose_part(meaning.array)
        assert part.chunks == 4
        values = meaning.read(part)
        labels = meaning.labels(part, {0: 0, 1: 0}, most=2000)
        assert values.data[3, 4] == random[3, 4] * (1 if convention == "AnnData" else 0.5)
        assert [len(labels[axis].texts) for axis in (0, 1)] == [2000, 2000]
        assert proxy.round_trips <= 2
        more = sum(
            (tmp_path / "a.zarr" / request.path.partition("/a.zarr/")[2]).stat().st_size
            for request in proxy.requests
            if "/X/c/" not in request.path and request.method == "GET"
        )
    assert more <= 0.02 * size, (more, size)


@pytest.mark.parametrize(("convention", "most"), [("AnnData", 6), ("xarray (CF)", 5)])
def test_without_consolidated_metadata_a_meaning_takes_few_round_trips(
    moto_server: S3Server, tmp_path: Path, convention: str, most: int
) -> None:
    root = zarr.create_group(tmp_path / "a.zarr")
    if convention == "AnnData":
        root.attrs["encoding-type"] = "anndata"
        root.create_array("X", data=np.zeros((3, 3)))
        for name in ("obs", "var"):
            table = root.create_group(name, attributes={"_index": "_index"})
            column = table.create_group("_index", attributes={"encoding-type": "categorical"})
            column.create_array("codes", data=np.arange(3))
            column.create_array("categories", data=np.array(["a", "b", "c"], dtype=TEXT))
    else:
        names = ("lat", "lon")
        root.create_array(
            "X", data=np.zeros((3, 3)), attributes={"add_offset": 1}, dimension_names=names
        )
        for name in names:
            root.create_array(name, data=np.arange(3))
    bucket = moto_server.bucket()
    upload(moto_server, bucket, "a.zarr", tmp_path / "a.zarr")
    with Proxy(moto_server.endpoint) as proxy:
        services = {"s3": proxy.endpoint}
        source = open_source(
            f"s3://{bucket}/a.zarr", services=services, s3_kwargs=moto_server.s3_kwargs
        )
        proxy.delay = 0.5
        meaning = meaning_of(source, "X")
        assert meaning.conventions == (convention,)
        assert set(meaning.columns) == {0, 1}
        assert proxy.round_trips <= most
        proxy.reset()
        assert meaning_of(source, "X").columns == meaning.columns
        assert proxy.count() == 0
