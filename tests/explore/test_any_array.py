"""Arrays of any data type and rank, in any store, have a preview with numpy's values."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import fsspec
import numpy as np
import obstore.store
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from zarr.abc.store import RangeByteRequest
from zarr.storage import FsspecStore, LocalStore, LoggingStore, MemoryStore, ObjectStore, ZipStore

from modos_widgets import ArrayPreview
from modos_widgets.explore import open_source
from modos_widgets.explore.rows import size_words
from modos_widgets.explore.statistics import (
    block_statistics,
    exact_statistics,
    joined_statistics,
    statistics_of,
)
from modos_widgets.explore.value_table import cell_text, percent_text, ratio_text, table_rows
from tests.explore.stores import TEXT
from tests.parts.asked import Asked
from tests.parts.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

pytestmark = pytest.mark.filterwarnings("ignore")  # many of these are no standard yet

UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")
NUMBERS = (
    *("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"),
    *(">i4", ">f8"),
)
TIMES = (*(f"{kind}8[{unit}]" for kind in "mM" for unit in UNITS), "m8[3s]", "M8[10ms]")
TEXTS = ("U5", ">U3", "S4", "V3", "text", "bytes", "records")
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)


@st.composite
def arrays(draw_from: st.DrawFn) -> Any:
    name = draw_from(st.sampled_from((*NUMBERS, *TIMES, *TEXTS)))
    shape = draw_from(SHAPES)
    if name not in {"text", "bytes", "records", "V3"}:
        return draw_from(hnp.arrays(np.dtype(name), shape))
    if name == "V3":
        return draw_from(hnp.arrays("S3", shape)).view("V3").reshape(shape)
    if name == "records":
        values = np.zeros(shape, dtype=[("a", "i4"), ("b", "U3"), ("c", "f8")])
        values["a"] = draw_from(hnp.arrays("i4", shape))
        values["b"] = draw_from(hnp.arrays("U3", shape))
        return values
    if name == "bytes":
        shape = shape or (1,)  # zarr 3.4.2 fails to write a scalar of variable-length bytes
    size = math.prod(shape)
    cells = draw_from(
        st.lists(WORDS if name == "text" else st.binary(max_size=4), min_size=size, max_size=size)
    )
    values = np.empty(size, dtype=TEXT if name == "text" else object)
    values[...] = cells
    return values.reshape(shape)


def put(store: Any, values: np.ndarray[Any, Any], chunk: int, zarr_format: Any = 3) -> Any:
    """Write an array in small chunks."""
    dtype: Any = values.dtype
    if dtype.kind == "O":
        dtype = zarr.core.dtype.VariableLengthBytes()
    chunks = tuple(max(1, min(chunk, length)) for length in values.shape)
    made = zarr.create_array(
        store,
        shape=values.shape,
        dtype=dtype,
        chunks=chunks,
        zarr_format=zarr_format,
        fill_value=None,
    )
    made[...] = values
    return made


def shown(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what numpy has at the first position of all axes but the last two."""
    while values.ndim > 2:
        if not values.shape[0]:
            return np.empty((0, values.shape[-1]), dtype=values.dtype)
        values = values[0]
    return values.reshape(-1, 1) if values.ndim < 2 else values


def cell(value: Any) -> Any:
    """Return a value as a frame holds it; missing ones as a word, so that they are equal."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        return "NaT" if np.isnat(value) else value
    value = value.item() if isinstance(value, np.generic) else value
    return repr(value) if isinstance(value, float | complex | tuple) else value


def assert_holds(frame: pd.DataFrame, values: np.ndarray[Any, Any]) -> None:
    expected = shown(values)
    if not (0 in values.shape[:-2] and expected.shape[0] == 0):
        assert frame.shape == expected.shape
    assert frame.size == expected.size
    for column in range(frame.shape[1]):
        found = frame.iloc[:, column].to_numpy()
        wanted = expected[:, column]
        assert list(map(cell, found)) == list(map(cell, wanted))
        if values.dtype.kind in "fiubc":
            assert found.dtype == values.dtype.newbyteorder("=")


@settings(max_examples=examples(150), suppress_health_check=list(HealthCheck))
@given(arrays(), st.integers(1, 3), st.sampled_from((3, 3, 2)))
def test_any_array_has_a_preview_with_numpys_values(
    values: np.ndarray[Any, Any], chunk: int, zarr_format: int
) -> None:
    preview = ArrayPreview(put(MemoryStore(), values, chunk, zarr_format))
    frame = preview.frame
    assert_holds(frame, values)
    answer = Asked(preview)("part", path="")
    assert "message" not in answer, answer
    table = answer["table"]
    read = preview._reading.last
    assert read is not None
    assert table["cells"] == table_rows(read[2].data)
    assert [len(line) for line in table["cells"]] == [frame.shape[1]] * frame.shape[0]
    words = dict(answer["statistics"])
    missing = sum(map(lacks, shown(values).ravel()))
    assert words["Missing"] == percent_text(missing, frame.size)
    assert "e" not in words["Missing"]


def lacks(value: Any) -> bool:
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    if isinstance(value, str | bytes | np.bytes_ | np.str_):
        return not len(value)
    return isinstance(value, np.inexact) and bool(np.isnan(value))


def places(folder: Path) -> dict[str, Any]:
    memory = fsspec.filesystem("memory", asynchronous=False)
    memory.rm("/any", recursive=True) if memory.exists("/any") else None
    return {
        "folder": LocalStore(folder / "local.zarr"),
        "zip": ZipStore(folder / "a.zip", mode="w"),
        "memory": MemoryStore(),
        "fsspec memory": FsspecStore.from_url("memory://any"),
        "fsspec file": FsspecStore.from_url(
            f"file://{folder}/fsspec.zarr", storage_options={"auto_mkdir": True}
        ),
        "obstore memory": ObjectStore(obstore.store.MemoryStore()),
        "obstore folder": ObjectStore(obstore.store.LocalStore(folder / "obstore", mkdir=True)),
        "wrapped": LoggingStore(MemoryStore()),
        "strict": StrictStore(),
    }


class StrictStore(MemoryStore):
    """Fails at a range past the end, as icechunk's does."""

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        if isinstance(byte_range, RangeByteRequest):
            held = self._store_dict.get(key)
            assert held is None or byte_range.end <= len(held), "a range past the end"
        return await super().get(key, prototype, byte_range)


STORES = (
    *("folder", "zip", "memory", "fsspec memory", "fsspec file"),
    *("obstore memory", "obstore folder", "wrapped", "strict"),
)


@pytest.mark.parametrize("kind", STORES)
def test_every_store_gives_the_same_preview(tmp_path: Path, kind: str) -> None:
    store = places(tmp_path)[kind]
    group = zarr.create_group(store)
    values = np.arange(36.0).reshape(6, 6)
    group.create_array("x", data=values, chunks=(4, 4))
    group.create_array("text", data=np.array("x", dtype=TEXT))
    group.create_array("obs", data=np.array([f"cell{place}" for place in range(6)], dtype=TEXT))
    source = open_source(store)
    assert set(source.level("").names) == {"x", "text", "obs"}
    frame = ArrayPreview(source, "x").frame
    assert (frame.to_numpy() == values).all()
    assert frame.index.tolist() == [f"cell{place}" for place in range(6)]
    assert ArrayPreview(source, "text").frame.iloc[0, 0] == "x"
    assert ArrayPreview(open_source(store), "text").frame.iloc[0, 0] == "x"
    if kind == "zip":
        store.close()


@pytest.mark.parametrize("unit", UNITS)
def test_a_span_of_time_is_shown_with_its_unit(unit: str) -> None:
    values = np.array([90, -1, "NaT"], dtype=f"m8[{unit}]")
    assert [cell_text(value) for value in values] == [str(value) for value in values]
    assert cell_text(values[0]).startswith("90 ")
    assert cell_text(values[2]) == "NaT"


LARGEST = float(np.finfo("f8").max)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([LARGEST, LARGEST], LARGEST),
        ([LARGEST] * 9, LARGEST),
        ([LARGEST, -LARGEST, LARGEST], LARGEST / 3),
        ([math.inf, 1.0], math.inf),
        ([math.inf, LARGEST, LARGEST], math.inf),
        ([math.inf, -math.inf], None),
        ([math.nan, 2.0, 4.0], 3.0),
        ([math.nan], None),
    ],
)
def test_the_mean_of_finite_numbers_is_finite(values: list[float], mean: float | None) -> None:
    data = np.array(values)
    for found in (
        statistics_of(data),
        joined_statistics([block_statistics(data[:1]), block_statistics(data[1:])]),
    ):
        assert found.mean == pytest.approx(mean)
        assert found.infinite == np.isinf(data).sum()
        assert found.missing == np.isnan(data).sum()


@given(
    st.sampled_from(("i1", "u1", "i4", "u4", "i8", "u8", "?")).flatmap(
        lambda name: hnp.arrays(name, st.integers(1, 9))
    )
)
def test_statistics_of_whole_numbers_are_exact(values: np.ndarray[Any, Any]) -> None:
    whole = [int(value) for value in values]
    for found in (
        statistics_of(values),
        joined_statistics([block_statistics(part) for part in np.array_split(values, 3)]),
    ):
        assert (found.minimum, found.maximum) == (min(whole), max(whole))
        assert found.mean == float(Fraction(sum(whole), len(whole)))


@given(hnp.arrays(st.sampled_from(("f2", "f4", "f8")), st.integers(1, 9)))
def test_a_mean_lies_between_minimum_and_maximum(values: np.ndarray[Any, Any]) -> None:
    found = statistics_of(values)
    present = values[~np.isnan(values)]
    assert found.count - found.missing == len(present)
    if found.mean is not None:
        assert float(present.min()) <= found.mean <= float(present.max())


def test_the_exact_statistics_of_large_numbers_are_exact(tmp_path: Path) -> None:
    values = np.array([2**63 - 1, 2**63 - 3, 5], dtype="u8")
    zarr.create_array(tmp_path / "a.zarr", data=values, chunks=(1,))
    source = open_source(tmp_path / "a.zarr")
    found = exact_statistics(source, "", lambda *_: None, lambda: None)
    assert (found.minimum, found.maximum) == (5, 2**63 - 1)
    answer = Asked(ArrayPreview(source, ""))("part", path="")
    assert ("Maximum", "9,223,372,036,854,775,807") in answer["statistics"]


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_shares_sizes_and_ratios_have_no_exponent(part: int, whole: int) -> None:
    for words in (
        percent_text(min(part, whole), whole),
        size_words(part),
        ratio_text(part / whole),
    ):
        assert "e" not in words
    assert (percent_text(part, whole) == "100 %") == (part >= whole)
    assert (percent_text(part, whole) == "0 %") == (part == 0)
