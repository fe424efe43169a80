"""NWB: series in their unit and over time, and tables, as pynwb reads what hdmf-zarr wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from modos_widgets.explore import table_frame
from tests.foreign.stores import PLACES, assert_same, opened, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from hdmf_zarr import NWBZarrIO  # noqa: PLC0415  heavy
    from pynwb import NWBFile, TimeSeries  # noqa: PLC0415  heavy

    file = NWBFile("A session", "id", datetime(2020, 1, 1, tzinfo=UTC))
    volts = np.arange(20, dtype="i2").reshape(10, 2)
    file.add_acquisition(
        TimeSeries(
            "volts",
            data=volts,
            unit="volts",
            conversion=0.001,
            offset=0.5,
            starting_time=2.0,
            rate=100.0,
        )
    )
    file.add_acquisition(
        TimeSeries("stamped", data=np.arange(10.0), unit="m", timestamps=np.arange(10) / 8 + 1)
    )
    file.add_trial_column("good", "Whether it was good")
    file.add_trial_column("what", "What it was")
    for number in range(4):
        file.add_trial(
            start_time=float(number),
            stop_time=number + 0.5,
            good=bool(number % 2),
            what=f"word {number}",
        )
    file.add_unit_column("quality", "How good it is")
    for number in range(3):
        file.add_unit(spike_times=np.arange(number + 1) / 4, quality=f"q{number}")
    folder = tmp_path_factory.mktemp("n") / "a.nwb.zarr"
    with NWBZarrIO(str(folder), "w") as io:
        io.write(file)
    return folder


def read(folder: Path) -> Any:
    from hdmf_zarr import NWBZarrIO  # noqa: PLC0415  heavy

    return NWBZarrIO(str(folder), "r").read()


@pytest.mark.parametrize("place", PLACES)
def test_series_have_the_unit_and_time_of_pynwb(
    moto_server: S3Server, stored: Path, place: str
) -> None:
    file = read(stored)
    source = opened(place, stored, moto_server)
    series = file.acquisition["volts"]
    meaning, values, _ = shown(source, "acquisition/volts/data")
    assert meaning.conventions == ("NWB",)
    assert meaning.unit == series.unit
    np.testing.assert_allclose(values.data, series.get_data_in_units())
    time = meaning.axes[0]
    assert (time.name, time.unit) == ("time", series.starting_time_unit)
    np.testing.assert_allclose([time.position(each) for each in range(10)], series.get_timestamps())
    series = file.acquisition["stamped"]
    meaning, values, labels = shown(source, "acquisition/stamped/data")
    assert_same(values.data, series.data[:])
    assert [float(text) for text in labels[0].texts] == list(series.timestamps[:])
    assert labels[0].unit == series.timestamps_unit


@pytest.mark.parametrize("place", PLACES)
def test_tables_are_those_of_pynwb(moto_server: S3Server, stored: Path, place: str) -> None:
    file = read(stored)
    source = opened(place, stored, moto_server)
    meaning, values, labels = shown(source, "intervals/trials")
    assert meaning.kind == "table"
    expected = file.trials.to_dataframe()
    frame = table_frame(values, [int(text) for text in labels[0].texts])
    pd.testing.assert_frame_equal(frame, expected, check_names=False, check_dtype=False)
    _, values, labels = shown(source, "intervals/trials/what")
    assert list(values.data) == list(expected["what"])
    assert labels[0].texts == [str(each) for each in expected.index]
    _, values, _ = shown(source, "units")
    frame = table_frame(values, range(3))
    units = file.units.to_dataframe()
    assert list(frame.columns) == list(units.columns)
    assert list(frame["quality"]) == list(units["quality"])
    for found, expected in zip(frame["spike_times"], units["spike_times"], strict=True):
        assert_same(found, expected)
