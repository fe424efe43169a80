"""Choice of the part of an array that a preview reads: the whole chunks that fit a byte budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.archive import ArrayMetadata

__all__ = ["DEFAULT_BUDGET", "VARYING", "ArrayPart", "choose_part"]

DEFAULT_BUDGET: Final = 16 * 2**20
"""Default budget in bytes of decoded chunks."""

MOST_CHUNKS: Final = 64
VARYING: Final = 32
"""Bytes that an element of varying size is taken for."""

_EN_DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class ArrayPart:
    """Box of whole chunks, with one position on each axis that is not shown.

    Attributes
    ----------
    axes : tuple of int
        Displayed axes, at most two: rows and columns.
    start, stop : tuple of int
        Range on each axis; ``stop`` is exclusive, and ``start + 1`` on axes that are not shown.
    shape, step : tuple of int
        Shape of the array, and of one reading unit (a chunk, or a chunk within a shard).
    size : int
        Bytes of the decoded chunks; an estimate if elements vary in size.
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

    Returns
    -------
    ArrayPart
        Without chunks if one alone is larger than the budget.
    """
    number = len(facts.shape)
    axes = tuple(range(max(0, number - 2), number))
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
    if over and not anyway:
        chunks = 0
    elif not over:
        chunks = _grow(start, stop, facts.shape, step, axes, most=max(1, budget // max(1, chunk)))
    empty = 0 in facts.shape
    if axes and any(not facts.shape[axis] for axis in range(axes[0])):
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
    most = min(most, MOST_CHUNKS)
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
