"""OME-Zarr 0.1 to 0.5: axes, resolutions, physical positions and channels of an image."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from modos_widgets.explore.conventions.meaning import AxisMeaning, Channel, Role

__all__ = ["Multiscale", "multiscale_of"]

_USUAL_AXES: Final = ("t", "c", "z", "y", "x")  # before 0.3 they were not stated
_ROLES: Final[Mapping[str, Role]] = {
    "t": "time",
    "c": "channel",
    "z": "space",
    "y": "space",
    "x": "space",
}
_STATED_ROLES: Final[Mapping[str, Role]] = {"time": "time", "channel": "channel", "space": "space"}
_MOST_AXES: Final = 8
_MOST_DATASETS: Final = 64
_MOST_CHANNELS: Final = 64
_LONGEST: Final = 80
_COLOR: Final = re.compile(r"#?([0-9A-Fa-f]{6})")
# magenta, green and so on, as viewers assign them
_USUAL_COLORS: Final = ("#ff00ff", "#00ff00", "#00ffff", "#ffff00", "#ff0000", "#0000ff", "#ffffff")


@dataclass(frozen=True, slots=True)
class Multiscale:
    """Image in several resolutions.

    Attributes
    ----------
    version : str
        Version of OME-Zarr; empty if it is not stated.
    paths : tuple of str
        Paths of the arrays below the group, the finest first.
    axes : tuple of tuple of AxisMeaning
        Axes of each array.
    channels : tuple of Channel
        Channels; empty if the image does not describe them.
    """

    version: str
    paths: tuple[str, ...]
    axes: tuple[tuple[AxisMeaning, ...], ...]
    channels: tuple[Channel, ...]

    def channel_axis(self, number: int) -> int | None:
        """Return the axis of the channels of an array with a number of axes."""
        axes = self.axes[0][:number]
        return next((place for place, axis in enumerate(axes) if axis.role == "channel"), None)


def multiscale_of(attributes: Mapping[str, Any]) -> Multiscale | None:
    """Return the image that a group describes; None if it does not describe a valid one.

    Parameters
    ----------
    attributes : Mapping
        Attributes of the group; they are untrusted.

    Returns
    -------
    Multiscale or None
    """
    inner = attributes.get("ome")
    held: Mapping[str, Any] = inner if isinstance(inner, Mapping) else attributes
    images = held.get("multiscales")
    image = images[0] if isinstance(images, list) and images else None
    if not isinstance(image, Mapping):
        return None
    datasets = image.get("datasets")
    if not isinstance(datasets, list):
        return None
    axes = _axes(image.get("axes"))
    whole = _transform(image.get("coordinateTransformations"), len(axes))
    paths, found = [], []
    for dataset in datasets[:_MOST_DATASETS]:
        path = dataset.get("path") if isinstance(dataset, Mapping) else None
        if not isinstance(path, str) or not path.strip("/"):
            return None
        own = _transform(dataset.get("coordinateTransformations"), len(axes))
        paths.append(path.strip("/"))
        found.append(_placed(axes, own, whole))
    if not paths:
        return None
    version = held.get("version") or image.get("version") or ""
    return Multiscale(
        str(version)[:_LONGEST] if isinstance(version, str | float) else "",
        tuple(paths),
        tuple(found),
        _channels(held.get("omero")),
    )


def _axes(stored: Any) -> tuple[AxisMeaning, ...]:
    if not isinstance(stored, list) or not 0 < len(stored) <= _MOST_AXES:
        return tuple(AxisMeaning(name, role=_ROLES[name]) for name in _USUAL_AXES)
    axes = []
    for each in stored:
        about: Mapping[str, Any] = each if isinstance(each, Mapping) else {"name": each}
        name, unit, kind = about.get("name"), about.get("unit"), about.get("type")
        name = name[:_LONGEST] if isinstance(name, str) else ""
        role = _STATED_ROLES.get(kind) if isinstance(kind, str) else None
        axes.append(
            AxisMeaning(
                name,
                unit[:_LONGEST] if isinstance(unit, str) else "",
                role or _ROLES.get(name, ""),
            )
        )
    return tuple(axes)


def _transform(stored: Any, number: int) -> tuple[list[float] | None, list[float]]:
    """Return the scale (None if there is none) and the translation of a list of transformations."""
    scale, offset = None, [0.0] * number
    for each in stored[:_MOST_AXES] if isinstance(stored, list) else ():
        if not isinstance(each, Mapping):
            continue
        if (factors := _numbers(each.get("scale"), number)) is not None:
            scale = (
                factors if scale is None else [a * b for a, b in zip(scale, factors, strict=True)]
            )
            offset = [a * b for a, b in zip(offset, factors, strict=True)]
        elif (moves := _numbers(each.get("translation"), number)) is not None:
            offset = [a + b for a, b in zip(offset, moves, strict=True)]
    return scale, offset


def _numbers(stored: Any, number: int) -> list[float] | None:
    if not isinstance(stored, list) or len(stored) != number:
        return None
    try:
        found = [float(each) for each in stored]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if all(map(math.isfinite, found)) else None


def _placed(
    axes: tuple[AxisMeaning, ...],
    own: tuple[list[float] | None, list[float]],
    whole: tuple[list[float] | None, list[float]],
) -> tuple[AxisMeaning, ...]:
    """Return axes with physical positions: the dataset's transformations before the image's."""
    if own[0] is None and whole[0] is None:
        return axes
    ones = [1.0] * len(axes)
    inner, outer = own[0] or ones, whole[0] or ones
    placed = []
    for place, axis in enumerate(axes):
        scale = inner[place] * outer[place]
        offset = own[1][place] * outer[place] + whole[1][place]
        is_placed = axis.role != "channel" and scale > 0 and math.isfinite(scale + offset)
        placed.append(
            AxisMeaning(axis.name, axis.unit, axis.role, scale, offset) if is_placed else axis
        )
    return tuple(placed)


def _channels(omero: Any) -> tuple[Channel, ...]:
    stored = omero.get("channels") if isinstance(omero, Mapping) else None
    if not isinstance(stored, list):
        return ()
    found = []
    for place, each in enumerate(stored[:_MOST_CHANNELS]):
        about: Mapping[str, Any] = each if isinstance(each, Mapping) else {}
        color = _COLOR.fullmatch(str(about.get("color"))[:_LONGEST])
        window = about.get("window")
        limits: Mapping[str, Any] = window if isinstance(window, Mapping) else {}
        ends = _numbers([limits.get("start"), limits.get("end")], 2)
        low, high = ends if ends and ends[0] < ends[1] else (None, None)
        label = about.get("label")
        found.append(
            Channel(
                str(label)[:_LONGEST] if isinstance(label, str | int) else f"channel {place}",
                f"#{color[1].lower()}" if color else _USUAL_COLORS[place % len(_USUAL_COLORS)],
                low,
                high,
                active=about.get("active") is not False,
            )
        )
    return tuple(found)
