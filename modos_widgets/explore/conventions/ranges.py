"""Consecutive values of several arrays of one dimension, read side by side within a budget."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import zarr  # noqa: F401  before its parts
from zarr.core.sync import sync

from modos_widgets.errors import ModosError, UnsupportedError
from modos_widgets.explore.array_part import VARYING, ArrayPart
from modos_widgets.explore.array_reader import chunk_problem, open_array
from modos_widgets.explore.safe_codecs import refuse_large

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.explore.source import NodeSource

__all__ = ["Range", "read_ranges"]

_AT_ONCE: Final = 16
MOST_CHUNKS: Final = 1024
Values = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive values of an array of one dimension.

    Attributes
    ----------
    path : str
        Path of the array.
    start, stop : int
        Range; `stop` is exclusive.
    """

    path: str
    start: int
    stop: int


def read_ranges(
    source: NodeSource,
    ranges: Sequence[Range],
    *,
    budget: int,
    check: Callable[[], None] = lambda: None,
) -> dict[Range, Values | ModosError]:
    """Read ranges of arrays; uses the network for a remote hierarchy.

    Parameters
    ----------
    source : NodeSource
        The hierarchy; it knows the metadata of the arrays.
    ranges : sequence of Range
        What to read. A range is cut at the end of its array.
    budget : int
        Maximum bytes of decoded chunks for each range.
    check : callable
        Called between requests; an exception that it raises ends the reading.

    Returns
    -------
    dict of Range to numpy.ndarray or ModosError
        An error where the range is larger than the budget or cannot be read.
    """
    facts = source.describe(dict.fromkeys(each.path for each in ranges))
    found: dict[Range, Values | ModosError] = {}
    tasks: list[tuple[Range, Any, tuple[slice, ...], tuple[slice, ...]]] = []
    for each in dict.fromkeys(ranges):
        array = facts[each.path].array
        try:
            part = _part(array, each, budget)
            opened = open_array(source, each.path)
        except ModosError as error:
            found[each] = error
            continue
        dtype = opened.dtype
        found[each] = np.zeros(part.extent, dtype=object if dtype.kind in "OTUSV" else dtype)
        if part.chunks:
            tasks += [(each, opened.async_array, *box) for box in part.boxes()]
    for begin in range(0, len(tasks), _AT_ONCE):
        check()
        batch = tasks[begin : begin + _AT_ONCE]
        for (each, _, place, target), answer in zip(batch, _read(batch), strict=True):
            held = found[each]
            if isinstance(held, ModosError):
                continue
            if isinstance(answer, BaseException):
                at = ", ".join(str(piece.start) for piece in place)
                found[each] = UnsupportedError(
                    f"{each.path} cannot be read. The chunk at ({at}): {chunk_problem(answer)}",
                    "Retry, or write the array again.",
                )
            else:
                held[target] = np.asarray(answer).reshape(held[target].shape)
    return found


def _part(array: ArrayMetadata | None, wanted: Range, budget: int) -> ArrayPart:
    """Return the range as a part of whole chunks; fails if it is larger than the budget."""
    if array is None or len(array.shape) != 1:
        raise UnsupportedError(
            f"{wanted.path} is not an array of one dimension.", "Write the array again."
        )
    step = max(1, (array.inner_chunks or array.chunks)[0])
    start = min(max(0, wanted.start), array.shape[0])
    stop = min(max(start, wanted.stop), array.shape[0])
    chunks = 0 if start == stop else (stop - 1) // step - start // step + 1
    size = chunks * step * (array.itemsize or VARYING)
    refuse_large(step * (array.itemsize or VARYING))
    if size > budget or chunks > MOST_CHUNKS:
        raise UnsupportedError(
            f"{wanted.path} is too large to be read ({size:,} bytes in {chunks:,} chunks).",
            "Set a larger budget.",
        )
    return ArrayPart((0,), (start,), (stop,), array.shape, (step,), size, chunks, over_budget=False)


def _read(batch: Sequence[tuple[Range, Any, tuple[slice, ...], tuple[slice, ...]]]) -> list[Any]:
    async def read() -> list[Any]:
        return await asyncio.gather(
            *(array.getitem(place) for _, array, place, _ in batch), return_exceptions=True
        )

    return sync(read())
