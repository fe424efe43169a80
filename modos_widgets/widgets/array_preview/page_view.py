"""What a page wants to see of an array, and the picture that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modos_widgets.explore import (
    COMPONENTS,
    LONGEST_CELL,
    channel_axis,
    choose_part,
    kinds_for,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.explore import ArrayMeaning, ArrayPart, MeantValues, Picture
    from modos_widgets.widgets.array_preview.wire import PartRequest
    from modos_widgets.widgets.array_preview.wire import Picture as PictureAnswer

__all__ = ["PageView", "default_axes", "picture_answer", "positions_of", "room_of"]

_SMALLEST, _LARGEST = 16, 2000  # pixels of a picture
_TWO: Final = 2
_MOST_WORDS: Final = 1000


@dataclass(frozen=True, slots=True)
class PageView:
    """What a page wants to see of an array.

    Attributes
    ----------
    kind : str
        Kind of picture; "" for the best one.
    chosen, axes : tuple of int
        Rows and columns; the displayed axes, of which a line has one.
    channels : int or None
        Axis of the colours, if there is one.
    window : dict
        Range on each displayed axis; empty for the first view.
    component : str
        What is shown of complex numbers.
    chosen_channels : tuple of int
        Channels of the picture; empty for those that the image shows at first.
    """

    kind: str
    chosen: tuple[int, ...]
    axes: tuple[int, ...]
    channels: int | None
    window: dict[int, tuple[int, int]]
    component: str
    chosen_channels: tuple[int, ...] = ()

    @classmethod
    def of(cls, payload: PartRequest, meaning: ArrayMeaning, array: ArrayMetadata) -> PageView:
        """Return what a request asks for, of an array."""
        chosen = tuple(int(axis) for axis in payload.get("axes") or default_axes(array))
        axes = chosen
        kind = str(payload.get("kind", ""))
        if kind == "line" and len(axes) == _TWO and min(array.shape[a] for a in axes[:2]) > 1:
            axes = axes[1:]
        channels = None if meaning.channels else channel_axis(array.shape, array.dtype)
        window = {
            int(axis): (int(low), int(high))
            for axis, (low, high) in dict(payload.get("window") or {}).items()
        }
        if any(axis not in window and array.shape[axis] > 1 for axis in axes):
            window = {}  # of other axes
        return cls(
            kind,
            chosen,
            axes,
            None if channels in chosen else channels,
            window,
            str(payload.get("component") or next(iter(COMPONENTS))),
            tuple(int(place) for place in payload.get("channels") or ()),
        )

    def kinds(
        self, meaning: ArrayMeaning, array: ArrayMetadata, values: MeantValues
    ) -> tuple[str, ...]:
        """Return the kinds of pictures that suit the values, the best one first."""
        if meaning.kind == "table":
            return ()
        lengths = [array.shape[axis] for axis in self.chosen]
        if values.codes is not None:
            kinds = kinds_for(lengths, values.codes.dtype)
            return tuple(each for each in kinds if each != "line")
        plain = kinds_for(lengths, values.data.dtype, self.channels)
        axis = meaning.channel_axis
        has_channels = bool(meaning.channels) and axis is not None and axis not in self.chosen
        return ("channels", *plain) if has_channels and "heat map" in plain else plain

    def part(
        self, array: ArrayMetadata, at: dict[int, int], budget: int, *, anyway: bool
    ) -> ArrayPart:
        """Choose the part to read, as `choose_part` does."""
        return choose_part(
            array, budget=budget, at=at, anyway=anyway, axes=self.axes, window=self.window
        )


def default_axes(array: ArrayMetadata) -> tuple[int, ...]:
    """Return the axes that are shown at first: the last two, except the one of colours."""
    channels = channel_axis(array.shape, array.dtype)
    axes = [axis for axis in range(len(array.shape)) if axis != channels]
    return tuple(axes[-2:])


def positions_of(at: Mapping[str, int] | None) -> dict[int, int]:
    """Return the position on each axis that a request names."""
    return {int(axis): int(position) for axis, position in dict(at or {}).items()}


def room_of(payload: PartRequest) -> tuple[int, int]:
    """Return how many rows and columns of pixels a picture may have."""
    rows, columns = payload.get("room") or (300, 600)
    return (
        min(_LARGEST, max(_SMALLEST, int(rows))),
        min(_LARGEST, max(_SMALLEST, int(columns))),
    )


def picture_answer(
    picture: Picture,
    part: ArrayPart,
    meaning: ArrayMeaning,
    values: MeantValues,
    *,
    component: str,
    alt: str,
) -> PictureAnswer:
    """Return a picture as it is sent; its numbers are binary parts."""
    limits = picture.limits
    axes = part.axes
    if picture.kind == "line":  # of a table with a single row or column
        axes = tuple(sorted(axes, key=lambda axis: part.shape[axis])[-1:])
    return {
        "kind": picture.kind,
        "shape": list(picture.numbers.shape),
        "type": str(picture.numbers.dtype),
        "block": list(picture.block),
        "axes": list(axes),
        "start": [part.start[axis] for axis in axes],
        "stop": [part.stop[axis] for axis in axes],
        "of": [part.shape[axis] for axis in axes],
        "names": [meaning.axes[axis].name for axis in axes],
        "limits": {
            "minimum": limits.minimum,
            "maximum": limits.maximum,
            "low": limits.low,
            "high": limits.high,
            "positive": limits.positive,
        },
        "histogram": {
            "edges": list(picture.histogram.edges),
            "counts": list(picture.histogram.counts),
            "words": list(picture.histogram.words),
        },
        "scales": [
            None if each.scale is None else (each.scale, each.offset)
            for each in (meaning.axes[axis] for axis in axes)
        ],
        "units": [meaning.axes[axis].unit for axis in axes],
        "unit": picture.unit,
        "value_unit": "" if picture.unit else meaning.unit,
        "words": [word[:LONGEST_CELL] for word in picture.words[:_MOST_WORDS]],
        "whole_numbers": values.data.dtype.kind in "iub",
        "missing": picture.missing,
        "infinite": picture.infinite,
        "components": list(COMPONENTS) if values.data.dtype.kind == "c" else [],
        "component": component,
        "alt": alt,
    }
