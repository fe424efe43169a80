"""Choice of the part of an array that a preview reads: as many chunks as fit a byte budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from modos_widgets.archive import ArrayMetadata

__all__ = ["DEFAULT_BUDGET", "VARYING", "ArrayPart", "choose_part"]

DEFAULT_BUDGET: Final = 16 * 2**20
"""Default budget in bytes of decoded chunks."""

MOST_CHUNKS: Final = 64
VARYING: Final = 32
"""Bytes that an element of varying size is taken for."""

_TWO: Final = 2
_EN_DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class ArrayPart:
    """Box of an array, with one position on each axis that is not shown.

    Attributes
    ----------
    axes : tuple of int
        Displayed axes, at most two: rows and columns, in any order.
    start, stop : tuple of int
        Range on each axis; ``stop`` is exclusive, and ``start + 1`` on axes that are not shown.
        Ends of chunks, unless a window was chosen.
    shape, step : tuple of int
        Shape of the array, and of one reading unit (a chunk, or a chunk within a shard).
    size : int
        Bytes of the decoded chunks that hold the box; an estimate if elements vary in size.
    chunks : int
        Number of chunks.
    over_budget : bool
        Whether one chunk alone is larger than the budget.
    """

    axes: tuple[int, ...]
    start: tuple[int, ...]
    stop: tuple[int, ...]
    shape: tuple[int, ...]
    step: tuple[int, ...]
    size: int
    chunks: int
    over_budget: bool

    @property
    def whole(self) -> bool:
        """Whether it is the whole array; always True for an empty array."""
        if 0 in self.shape:
            return True
        return all(stop - start == length for start, stop, length in self._extents())

    def _extents(self) -> Iterator[tuple[int, int, int]]:
        return zip(self.start, self.stop, self.shape, strict=True)

    @property
    def extent(self) -> tuple[int, ...]:
        """Number of elements on each displayed axis."""
        return tuple(self.stop[axis] - self.start[axis] for axis in self.axes)

    def words(self, names: tuple[str, ...]) -> str:
        """Return a description of the part.

        Parameters
        ----------
        names : tuple of str
            Name of each axis.
        """
        if self.whole:
            return "the whole array"
        phrases = []
        for axis, (start, stop, length) in enumerate(self._extents()):
            if axis in self.axes:
                if stop - start == length:
                    phrases.append(f"all {length:,} {names[axis]}")
                else:
                    phrases.append(f"{names[axis]} {start:,}{_EN_DASH}{stop - 1:,} of {length:,}")
            else:
                phrases.append(f"{names[axis]} at {start:,} of {length:,}")
        return ", ".join(phrases)

    def boxes(self) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
        """Return the box of each chunk in the array, and in the displayed values."""
        ranges = []
        for axis, step in enumerate(self.step):
            first = self.start[axis] // step * step
            ranges.append(range(first, max(self.stop[axis], first + 1), step))
        for corner in _corners(ranges):
            lower = [max(at, self.start[axis]) for axis, at in enumerate(corner)]
            upper = [
                min(at + step, self.stop[axis])
                for axis, (at, step) in enumerate(zip(corner, self.step, strict=True))
            ]
            source = tuple(slice(low, high) for low, high in zip(lower, upper, strict=True))
            target = tuple(
                slice(lower[axis] - self.start[axis], upper[axis] - self.start[axis])
                for axis in self.axes
            )
            yield source, target


def _corners(ranges: list[range]) -> Iterator[tuple[int, ...]]:
    if not ranges:
        yield ()
        return
    for at in ranges[0]:
        for rest in _corners(ranges[1:]):
            yield (at, *rest)


def choose_part(
    facts: ArrayMetadata,
    *,
    budget: int = DEFAULT_BUDGET,
    at: Mapping[int, int] | None = None,
    anyway: bool = False,
    axes: Sequence[int] | None = None,
    window: Mapping[int, tuple[int, int]] | None = None,
) -> ArrayPart:
    """Choose the part of an array to read.

    Parameters
    ----------
    facts : ArrayMetadata
        Metadata of the array.
    budget : int
        Maximum bytes of decoded chunks.
    at : mapping, optional
        Axis to position: the position on an axis that is not shown, the first position on a
        displayed axis. Positions outside the array are moved into it.
    anyway : bool
        Choose one chunk even if it alone is larger than the budget.
    axes : sequence of int, optional
        Displayed axes, at most two: rows and columns. Default: the last two.
    window : mapping, optional
        Displayed axis to the first position and the one after the last. The part is this window,
        or its middle if the window exceeds the budget. It takes precedence over `at`.

    Returns
    -------
    ArrayPart
        Without chunks if one alone is larger than the budget.

    Raises
    ------
    OptionError
        `axes` are not different axes of the array, or more than two.
    """
    number = len(facts.shape)
    axes = _checked_axes(axes, number)
    step = tuple(max(1, each) for each in facts.inner_chunks or facts.chunks)
    itemsize = facts.itemsize or VARYING
    chunk = math.prod(step) * itemsize
    wanted = at or {}
    start = [0] * number
    for axis in range(number):
        length = facts.shape[axis]
        position = min(max(0, wanted.get(axis, 0)), max(0, length - 1))
        start[axis] = position // step[axis] * step[axis] if axis in axes else position
    stop = [
        min(start[axis] + (step[axis] if axis in axes else 1), facts.shape[axis])
        for axis in range(number)
    ]
    chunks = 1
    over = chunk > budget
    most = 1 if over else min(MOST_CHUNKS, budget // max(1, chunk))
    empty = 0 in facts.shape
    if over and not anyway:
        chunks = 0
    elif window and not empty:
        chunks = _cover(start, stop, facts.shape, step, axes, window=window, most=most)
    elif not over:
        chunks = _grow(start, stop, facts.shape, step, axes, most=most)
    if axes and any(not facts.shape[axis] for axis in range(number) if axis not in axes):
        stop[axes[0]] = start[axes[0]]  # an axis that is not shown has no position
    return ArrayPart(
        axes=axes,
        start=tuple(start),
        stop=tuple(stop),
        shape=facts.shape,
        step=step,
        size=0 if empty else chunks * chunk,
        chunks=0 if empty else chunks,
        over_budget=over and not empty,
    )


def _checked_axes(axes: Sequence[int] | None, number: int) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(max(0, number - 2), number))
    if len(axes) > _TWO or len(set(axes)) < len(axes) or any(not 0 <= a < number for a in axes):
        raise OptionError(
            f"Axes {tuple(axes)} cannot be shown.",
            f"Choose at most two different axes below {number}.",
        )
    return tuple(axes)


def _cover(
    start: list[int],
    stop: list[int],
    shape: tuple[int, ...],
    step: tuple[int, ...],
    axes: tuple[int, ...],
    *,
    window: Mapping[int, tuple[int, int]],
    most: int,
) -> int:
    """Set the range of a window, or of its middle if it is too large; return its chunks."""
    first, counts = {}, {}
    for axis in axes:
        low, high = window.get(axis, (start[axis], stop[axis]))
        start[axis] = min(max(0, low), shape[axis] - 1)
        stop[axis] = min(max(start[axis] + 1, high), shape[axis])
        first[axis] = start[axis] // step[axis]
        counts[axis] = -(-stop[axis] // step[axis]) - first[axis]
    room = {axis: min(count, most) for axis, count in counts.items()}
    while math.prod(room.values()) > most:
        longest = max((axis for axis in axes if room[axis] > 1), key=lambda a: room[a] * step[a])
        room[longest] -= 1
    for axis in axes:
        begin = first[axis] + (counts[axis] - room[axis]) // 2
        start[axis] = max(start[axis], begin * step[axis])
        stop[axis] = min(stop[axis], (begin + room[axis]) * step[axis])
    return math.prod(room.values())


def _grow(
    start: list[int],
    stop: list[int],
    shape: tuple[int, ...],
    step: tuple[int, ...],
    axes: tuple[int, ...],
    *,
    most: int,
) -> int:
    """Add chunks along the shorter side as long as they fit; return their number."""
    counts = dict.fromkeys(axes, 1)
    while True:
        open_axes = [
            axis
            for axis in axes
            if stop[axis] < shape[axis]
            and math.prod({**counts, axis: counts[axis] + 1}.values()) <= most
        ]
        if not open_axes:
            return math.prod(counts.values())
        axis = min(open_axes, key=lambda each: stop[each] - start[each])
        counts[axis] += 1
        stop[axis] = min(stop[axis] + step[axis], shape[axis])
