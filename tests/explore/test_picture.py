"""The numbers from which the page draws an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from modos_widgets.explore.picture import (
    COMPONENTS,
    Picture,
    channel_axis,
    kinds_for,
    picture_of,
)

LARGEST = float(np.finfo("f8").max)
EXTREMES = [
    [LARGEST, -LARGEST, LARGEST],
    [LARGEST],
    [LARGEST, LARGEST],
    [math.inf, -math.inf, math.nan],
    [math.nan, math.nan],
    [5e-324, 1e-323],
    [1.0, math.nextafter(1, 2)],
    [2.0**63, 2.0**63],
]


def checked(picture: Picture) -> Picture:
    """Return a picture that a page can draw."""
    assert picture.numbers.dtype.str in {"<f4", "<f8", "|u1"}
    limits = picture.limits
    for each in (limits.minimum, limits.maximum, limits.low, limits.high, limits.positive):
        assert each is None or math.isfinite(each)
    edges = picture.histogram.edges
    assert all(map(math.isfinite, edges))
    assert list(edges) == sorted(set(edges))
    assert len(edges) == (len(picture.histogram.counts) + 1 if edges else 0)
    return picture


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("values", EXTREMES)
def test_any_number_can_be_drawn(values: list[float]) -> None:
    line = np.array(values)
    turned = np.zeros(len(line), "c16")
    turned.imag = line
    for data in (line, np.array([values, values]), turned):
        for kind in kinds_for(data.shape, data.dtype):
            checked(picture_of(data, kind, most=(16, 16)))


@given(
    arrays.arrays(
        st.sampled_from(["f4", "f8", "i8", "u1", "bool", "M8[ns]", "m8[Y]", "c8", "M8[as]"]),
        arrays.array_shapes(min_dims=0, max_dims=2, max_side=40),
    )
)
def test_any_array_can_be_drawn(data: np.ndarray[Any, Any]) -> None:
    for kind in kinds_for(data.shape, data.dtype):
        picture = checked(picture_of(data, kind, most=(16, 16)))
        assert picture.numbers.size <= 16 * 16
        assert sum(picture.histogram.counts) == data.size - picture.missing - picture.infinite


@given(
    arrays.arrays("i4", arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=60)),
    st.integers(2, 20),
    st.integers(2, 20),
)
def test_a_heat_map_has_the_mean_of_each_block(
    data: np.ndarray[Any, Any], rows: int, columns: int
) -> None:
    picture = picture_of(data, "heat map", most=(rows, columns))
    down, across = picture.block
    assert picture.numbers.shape == (-(-data.shape[0] // down), -(-data.shape[1] // across))
    assert picture.numbers.shape <= (rows, columns) or picture.numbers.shape[0] <= rows
    for row, column in np.ndindex(picture.numbers.shape):
        block = data[row * down : (row + 1) * down, column * across : (column + 1) * across]
        span = float(data.max()) - float(data.min())
        assert picture.numbers[row, column] == pytest.approx(block.mean(), rel=1e-6, abs=span / 500)


def test_missing_and_infinite_values_of_a_block_are_told_apart() -> None:
    data = np.ones((4, 4))
    data[:2, :2] = np.nan  # all of a block
    data[0, 2] = np.inf
    data[2, 0] = -np.inf
    data[2:, 2:] = [[np.nan, 3], [5, np.nan]]
    picture = picture_of(data, "heat map", most=(2, 2))
    assert np.array_equal(picture.numbers, [[np.nan, np.inf], [-np.inf, 4]], equal_nan=True)
    assert (picture.missing, picture.infinite) == (6, 2)
    assert (picture.limits.minimum, picture.limits.maximum) == (1, 5)


def test_numbers_are_sent_as_float32_only_where_no_difference_is_seen() -> None:
    assert picture_of(np.arange(12.0).reshape(3, 4), "heat map").numbers.dtype == "f4"
    near = 1e9 + np.arange(12.0).reshape(3, 4)
    assert picture_of(near, "heat map").numbers.dtype == "f8"
    assert picture_of(near.astype("M8[s]"), "heat map").numbers.dtype == "f8"
    assert picture_of(np.array([1e-45, 1.0]), "line").numbers.dtype == "f8"


def test_bars_of_whole_numbers_cover_equally_many_of_them() -> None:
    few = picture_of(np.array([1, 1, 2, 5]), "histogram").histogram
    assert few.edges == (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)
    assert few.counts == (2, 1, 0, 0, 1)
    many = picture_of(np.arange(1000), "histogram").histogram
    assert set(np.diff(many.edges)) == {17.0}
    assert set(many.counts[:-1]) == {17}
    assert picture_of(np.array([7, 7]), "histogram").histogram.edges == (6.5, 7.5)


def test_the_peaks_of_a_long_line_are_kept() -> None:
    data = np.zeros(100_000)
    data[[777, 50_001]] = 9, -9
    picture = picture_of(data, "line", most=(100, 200))
    assert picture.upper is not None
    assert (picture.numbers.min(), picture.upper.max()) == (-9, 9)
    assert picture.numbers.size == picture.upper.size == 200
    short = picture_of(data[:300], "line", most=(100, 200))
    assert short.upper is None
    assert short.numbers.size == 300


def test_texts_are_counted() -> None:
    data = np.array(["a", "b", "a", "", b"a"], dtype=object)
    picture = picture_of(data, "histogram")
    assert picture.histogram.words == ("a", "b", "")
    assert picture.histogram.counts == (3, 1, 1)


def test_times_are_milliseconds_and_durations_seconds() -> None:
    times = np.array(["1970-01-02", "NaT", "1970-01-03"], "M8[D]")
    picture = picture_of(times, "line")
    assert np.array_equal(picture.numbers, [864e5, np.nan, 1728e5], equal_nan=True)
    assert (picture.unit, picture.missing) == ("time", 1)
    spans = picture_of(np.array([1500, 60_000], "m8[ms]"), "line")
    assert (spans.unit, spans.numbers.tolist()) == ("duration", [1.5, 60])


@pytest.mark.parametrize(
    ("component", "expected"), [("real", 3), ("imaginary", 4), ("magnitude", 5)]
)
def test_a_part_of_complex_numbers_is_shown(component: str, expected: float) -> None:
    assert component in COMPONENTS
    data = np.full((2, 2), 3 + 4j)
    assert (picture_of(data, "heat map", component=component).numbers == expected).all()


def test_images_have_colours() -> None:
    assert channel_axis((120, 200, 3), "uint8") == 2
    assert channel_axis((5, 4, 120, 200), "float32") == 1
    assert channel_axis((3, 3, 3), "uint8") is None
    assert channel_axis((120, 200, 3), "int64") is None
    assert kinds_for((120, 200), np.dtype("u1"), 2)[0] == "RGB"
    assert kinds_for((120, 200), np.dtype("f4"), 2)[-1] == "RGB"
    image = np.zeros((4, 6, 3), "u2")
    image[..., 1] = 65535
    assert (picture_of(image, "RGB").numbers == [0, 255, 0]).all()
    shades = np.array([[[0, 0.5, 1]]])
    assert picture_of(shades, "RGB").numbers.tolist() == [[[0, 128, 255]]]
    assert picture_of(shades * 255, "RGB").numbers.tolist() == [[[0, 128, 255]]]


@pytest.mark.parametrize(
    ("shape", "dtype", "kinds"),
    [
        ((0,), "f8", ()),
        ((3, 0), "f8", ()),
        ((), "f8", ("histogram",)),
        ((1,), "f8", ("histogram",)),
        ((5, 1), "f8", ("line", "histogram")),
        ((5, 2), "f8", ("heat map", "line", "histogram")),
        ((5, 2), "O", ("histogram",)),
        ((5, 2), [("a", "f8")], ()),
    ],
)
def test_kinds_suit_shape_and_type(shape: tuple[int, ...], dtype: Any, kinds: tuple[str]) -> None:
    assert kinds_for(shape, np.dtype(dtype)) == kinds
