"""OME-Zarr: axes, positions and channels are those that ome-zarr writes and reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

from tests.foreign.stores import PLACES, assert_same, opened, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]


def write(folder: Path, version: str) -> np.ndarray[Any, Any]:
    """Write an image of two channels in resolutions, as version 0.4 or 0.5."""
    from ome_zarr.format import FormatV04, FormatV05  # noqa: PLC0415  heavy
    from ome_zarr.writer import write_image  # noqa: PLC0415  heavy

    form = {"0.4": FormatV04, "0.5": FormatV05}[version]()
    image = np.random.default_rng(0).integers(0, 4000, (2, 3, 128, 96)).astype("uint16")
    group = zarr.open_group(folder, mode="w", zarr_format=2 if version == "0.4" else 3)
    channels = [
        {
            "label": label,
            "color": color,
            "window": {"min": 0, "max": 4000, "start": start, "end": end},
            "active": label == "DAPI",
        }
        for label, color, start, end in (("DAPI", "0000FF", 10, 900), ("GFP", "00FF00", 0, 90))
    ]
    write_image(
        image,
        group,
        axes=["c", "z", "y", "x"],
        axes_units=dict.fromkeys("zyx", "micrometer"),
        scale={"c": 1, "z": 0.5, "y": 0.25, "x": 0.25},
        fmt=form,
        scale_factors=[2, 4],
        storage_options={"chunks": (1, 1, 32, 32)},
        omero={"channels": channels},
    )
    return image


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("place", PLACES)
def test_images_have_axes_positions_and_channels(
    moto_server: S3Server, tmp_path: Path, place: str, version: str
) -> None:
    from ome_zarr.io import parse_url  # noqa: PLC0415  heavy
    from ome_zarr.reader import Reader  # noqa: PLC0415  heavy

    write(tmp_path / "i.zarr", version)
    url = parse_url(tmp_path / "i.zarr")
    assert url is not None
    node = next(iter(Reader(url)()))
    source = opened(place, tmp_path / "i.zarr", moto_server)
    meaning, values, _ = shown(source, "", at={0: 1, 1: 2})
    assert meaning.conventions == (f"OME-Zarr {version}",)
    assert (meaning.kind, meaning.resolution) == ("image", 0)
    assert [each.shape for each in meaning.resolutions] == [each.shape for each in node.data]
    assert_same(values.data, np.asarray(node.data[0][1, 2]))
    stated = node.metadata["axes"]
    assert [axis.name for axis in meaning.axes] == [each["name"] for each in stated]
    assert [axis.unit for axis in meaning.axes] == [each.get("unit", "") for each in stated]
    assert [each.name for each in meaning.channels] == node.metadata["channel_names"]
    for channel, limits in zip(meaning.channels, node.metadata["contrast_limits"], strict=True):
        assert [channel.low, channel.high] == list(limits)
    assert [each.color for each in meaning.channels] == ["#0000ff", "#00ff00"]
    for number, transformations in enumerate(node.metadata["coordinateTransformations"]):
        path = meaning.resolutions[number].path
        level, values, _ = shown(source, path)
        scale = next(each["scale"] for each in transformations if each["type"] == "scale")
        assert [axis.scale for axis in level.axes[1:]] == scale[1:]
        assert_same(values.data, np.asarray(node.data[number][0, 0]))


def test_a_resolution_is_chosen_that_fits(tmp_path: Path) -> None:
    write(tmp_path / "i.zarr", "0.5")
    source = opened("local", tmp_path / "i.zarr", None)  # type: ignore[arg-type]
    for budget, resolution in ((10**6, 0), (2 * 10**4, 1), (100, 2)):
        meaning, _, _ = shown(source, "", budget=budget)
        assert meaning.resolution == resolution
        assert f"resolution {resolution + 1} of 3" in meaning.sentence
