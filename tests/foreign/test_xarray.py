"""xarray and CF: values, coordinates and units are those that xarray decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from modos_widgets.explore import meaning_of, open_source
from modos_widgets.explore.conventions.cf_time import parse_time_unit
from tests.foreign.stores import PLACES, assert_same, opened, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]


def climate() -> tuple[Any, dict[str, Any]]:
    """Make a dataset with packed values, fill values, times and durations."""
    import xarray as xr  # noqa: PLC0415  heavy

    random = np.random.default_rng(0)
    shape = (5, 4, 6)
    values = np.round(random.random(shape) * 40 + 250, 1)
    values[0, 1, 2] = np.nan
    dims = ("time", "lat", "lon")
    data = xr.Dataset(
        {
            "packed": (dims, values, {"units": "K"}),
            "filled": (dims, np.where(values > 280, np.nan, values)),
            "plain": (dims, random.random(shape)),
            "small": (dims, np.where(values > 280, np.nan, np.rint(values))),
            "flag": ("time", np.array([True, False, True, True, False])),
            "lasting": ("time", np.array([1, 2, 3, 4, 5], "m8[h]").astype("m8[ns]")),
            "word": ("lat", np.array(["a", "bc", "", "d"], dtype=object)),
        },
        coords={
            "time": pd.date_range("2001-02-03", periods=5, freq="36h"),
            "lat": ("lat", np.array([17.5, 10.0, 2.5, -5.0]), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(6) * 60.0, {"units": "degrees_east"}),
        },
    )
    encoding = {
        "packed": {"dtype": "i2", "scale_factor": 0.1, "add_offset": 260.0, "_FillValue": -32768},
        "filled": {"dtype": "f4", "_FillValue": -999.0},
        "small": {"dtype": "i4", "_FillValue": -1},
    }
    return data, encoding


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("place", PLACES)
def test_values_coordinates_and_units_are_those_of_xarray(
    moto_server: S3Server, tmp_path: Path, place: str, zarr_format: Any
) -> None:
    import xarray as xr  # noqa: PLC0415  heavy

    data, encoding = climate()
    data.to_zarr(tmp_path / "c.zarr", encoding=encoding, zarr_format=zarr_format)
    read = xr.open_zarr(tmp_path / "c.zarr", decode_timedelta=True)
    source = opened(place, tmp_path / "c.zarr", moto_server)
    for name in data.data_vars:
        expected = read[name]
        at = {0: 0} if expected.ndim == 3 else None
        meaning, values, labels = shown(source, str(name), at=at)
        wanted = expected[0] if expected.ndim == 3 else expected
        assert_same(values.data, wanted.to_numpy())
        assert [axis.name for axis in meaning.axes] == list(expected.dims)
        assert meaning.unit == expected.attrs.get("units", "")
        for axis, label in labels.items():
            coordinate = read[meaning.axes[axis].name]
            if coordinate.dtype.kind == "M":
                assert [pd.Timestamp(text) for text in label.texts] == list(
                    pd.DatetimeIndex(coordinate.to_numpy())
                )
            else:
                assert [float(text) for text in label.texts] == list(coordinate.to_numpy())
            assert label.unit == coordinate.attrs.get("units", "")
    _, times, _ = shown(source, "time")
    assert_same(times.data, read["time"].to_numpy())
    meaning, _, labels = shown(source, "packed")
    assert set(labels) == {1, 2}
    assert meaning.axes[1].unit == "degrees_north"
    assert meaning.conventions == ("xarray (CF)",)


CALENDARS = (
    "standard",
    "proleptic_gregorian",
    "noleap",
    "all_leap",
    "360_day",
    "julian",
)


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("unit", ["days", "hours", "seconds"])
def test_times_of_every_calendar_are_those_of_cftime(calendar: str, unit: str) -> None:
    import cftime  # noqa: PLC0415  heavy

    random = np.random.default_rng(1)
    per_day = {"days": 1, "hours": 24, "seconds": 86_400}[unit]
    for since in ("1850-01-01", "2000-02-28 12:30:00", "0001-01-01", "1582-10-04"):
        numbers = np.concatenate(
            [
                random.integers(0, 200_000 * per_day, 40),
                np.array([0, 59 * per_day, 60 * per_day, 365 * per_day, 366 * per_day]),
            ]
        )
        units = f"{unit} since {since}"
        expected = cftime.num2date(numbers, units, calendar)
        found = parse_time_unit(units, calendar)
        assert found is not None
        times, outside = found.decode(numbers)
        assert outside == 0
        texts = [str(each)[:19] for each in times]
        assert texts == [each.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") for each in expected]


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "julian"])
def test_times_of_other_calendars_label_an_axis(tmp_path: Path, calendar: str) -> None:
    import xarray as xr  # noqa: PLC0415  heavy

    times = xr.date_range("2001-02-27", periods=4, freq="D", calendar=calendar, use_cftime=True)
    xr.Dataset({"x": ("time", np.arange(4.0))}, {"time": times}).to_zarr(tmp_path / "n.zarr")
    _, _, labels = shown(open_source(tmp_path / "n.zarr"), "x")
    assert [text[:10] for text in labels[0].texts] == [
        each.strftime("%Y-%m-%d") for each in times.to_numpy()
    ]


def test_raw_values_are_the_packed_integers(tmp_path: Path) -> None:
    import xarray as xr  # noqa: PLC0415  heavy

    data, encoding = climate()
    data.to_zarr(tmp_path / "c.zarr", encoding=encoding)
    packed = xr.open_zarr(tmp_path / "c.zarr", decode_cf=False)["packed"]
    source = open_source(tmp_path / "c.zarr")
    meaning, values, labels = shown(source, "packed", raw=True)
    assert values.data.dtype == packed.dtype
    assert_same(values.data, packed[0].to_numpy())
    assert (labels, meaning.conventions, meaning.sentence) == ({}, (), "")
    assert "0.1" in meaning_of(source, "packed").sentence
