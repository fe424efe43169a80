"""Minimum, maximum, mean and missing values of a part in memory, or of a whole array by dask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.errors import MissingExtraError, UnsupportedError
from modos_widgets.explore.array_reader import open_array
from modos_widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modos_widgets.explore.source import NodeSource

__all__ = ["Statistics", "exact_statistics", "statistics_of"]

_BLOCK: Final = 64 * 2**20  # bytes that one task of the exact statistics reads
_MOST_BLOCKS: Final = 1_000_000
_LARGEST_BLOCK: Final = 2 * 2**30
_NUMBERS: Final = "fiub"
_EIGHT: Final = 8


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of an array.

    Attributes
    ----------
    minimum, maximum : int, float or None
        Without missing values, exact for whole numbers; None if there are no numbers.
    mean : float or None
        Without missing values; finite if all values are.
    missing : int
        Number of missing values: NaN, NaT, empty texts.
    count : int
        Number of values, including missing ones.
    infinite : int
        Number of infinite values.
    """

    minimum: float | None
    maximum: float | None
    mean: float | None
    missing: int
    count: int
    infinite: int = 0

    @property
    def missing_share(self) -> float:
        """Share of missing values from 0 to 1; 0 without values."""
        return self.missing / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """Partial statistics of one block of an array.

    Attributes
    ----------
    minimum, maximum : int, float or None
        None if there are no numbers.
    total : int, float or fractions.Fraction
        Exact for whole numbers; a fraction if the sum exceeds the range of a float.
    missing, count, infinite : int
        As in `Statistics`.
    """

    minimum: float | None
    maximum: float | None
    total: float | Fraction
    missing: int
    count: int
    infinite: int


def statistics_of(data: np.ndarray[Any, Any]) -> Statistics:
    """Compute the statistics of an array in memory, of any data type."""
    return joined_statistics([block_statistics(data)])


def joined_statistics(blocks: Sequence[Block]) -> Statistics:
    """Compute the statistics of an array from those of its blocks."""
    missing = sum(each.missing for each in blocks)
    count = sum(each.count for each in blocks)
    infinite = sum(each.infinite for each in blocks)
    lowest = [each.minimum for each in blocks if each.minimum is not None]
    highest = [each.maximum for each in blocks if each.maximum is not None]
    if not lowest or not highest:
        return Statistics(None, None, None, missing, count, infinite)
    unbounded = [t for t in (each.total for each in blocks) if not _is_finite(t)]
    total = sum(unbounded) if unbounded else sum(Fraction(each.total) for each in blocks)
    low, high = min(lowest), max(highest)
    mean = float(total / (count - missing))
    held = (
        None if math.isnan(mean) else min(max(mean, float(low)), float(high))
    )  # because a sum is rounded
    return Statistics(low, high, held, missing, count, infinite)


def block_statistics(data: np.ndarray[Any, Any]) -> Block:
    """Compute the partial statistics of one block, of any data type."""
    data = np.asarray(data)
    if data.dtype.kind in "OTUS":
        return Block(None, None, 0.0, sum(map(_is_missing, data.ravel())), data.size, 0)
    if data.dtype.kind in "mM":
        return Block(None, None, 0.0, int(np.isnat(data).sum()), data.size, 0)
    missing = infinite = 0
    present = data
    if data.dtype.kind in "fc":
        lacking = np.isnan(data)
        missing = int(lacking.sum())
        present = data[~lacking] if missing else data
        infinite = int(np.isinf(present).sum())
    if data.dtype.kind not in _NUMBERS or not present.size:
        return Block(None, None, 0.0, missing, data.size, infinite)
    return Block(
        present.min().item(), present.max().item(), _total(present), missing, data.size, infinite
    )


def _is_finite(total: float | Fraction) -> bool:
    return not isinstance(total, float) or math.isfinite(total)


def _is_missing(value: Any) -> bool:
    """Return whether a value of varying size is missing: None, NaN or an empty text."""
    if isinstance(value, str | bytes):
        return not value
    return value is None or (isinstance(value, float) and math.isnan(value))


def _total(values: np.ndarray[Any, Any]) -> float | Fraction:
    if values.dtype.kind in "biu":
        if values.dtype.itemsize < _EIGHT:
            return int(values.sum(dtype="int64"))
        # in halves, whose sums do not overflow
        return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
    with np.errstate(invalid="ignore", over="ignore"):
        total = float(values.sum(dtype="float64"))
    if math.isfinite(total) or not np.isfinite(values).all():
        return total
    return Fraction(float(np.ldexp(values.astype("float64"), -64).sum())) * 2**64


def exact_statistics(
    source: NodeSource,
    path: str,
    on_progress: Callable[[Progress], object],
    check: Callable[[], object],
) -> Statistics:
    """Read the whole array and compute its statistics, which may take long.

    Runs on the active `distributed.Client` if there is one, else on threads.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array.
    on_progress : callable
        Called with a `Progress` of the blocks.
    check : callable
        Called after each block; an exception that it raises ends the computation.

    Returns
    -------
    Statistics

    Raises
    ------
    MissingExtraError
        dask is not installed.
    UnsupportedError
        The array does not contain numbers, or contains too many.
    """
    try:
        dask, dask_array = import_module("dask"), import_module("dask.array")
    except ImportError as error:
        raise MissingExtraError(
            "dask is not installed.", "Install it: pip install 'modos-widgets[dask]'."
        ) from error
    array = open_array(source, path)
    if array.dtype.kind not in _NUMBERS:
        raise UnsupportedError(f"{path} does not contain numbers.", "Choose a numeric array.")
    blocks = _blocks(array.shape, array.chunks, array.dtype.itemsize)
    _refuse_too_much(path, array.shape, blocks, array.dtype.itemsize)
    lazy = dask_array.from_zarr(array, chunks=blocks)
    tasks = [dask.delayed(block_statistics)(block) for block in lazy.to_delayed().ravel()]
    client = _active_client()
    results = (
        _on_threads(dask, tasks, on_progress, check)
        if client is None
        else _on_client(client, tasks, on_progress, check)
    )
    return joined_statistics(results)


def _blocks(shape: tuple[int, ...], chunks: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Return the size of blocks of whole chunks, about 64 MiB each."""
    block = [max(1, each) for each in chunks]
    for axis in reversed(range(len(shape))):
        room = _BLOCK // max(1, math.prod(block) * itemsize)
        if room > 1:
            block[axis] = min(block[axis] * room, max(shape[axis], 1))
    return tuple(block)


def _refuse_too_much(
    path: str, shape: tuple[int, ...], blocks: tuple[int, ...], itemsize: int
) -> None:
    """Check the declared size: the list of blocks of an absurdly large array would fill memory."""
    number = math.prod(
        -(-length // block) for length, block in zip(shape, blocks, strict=True) if length
    )
    if number > _MOST_BLOCKS or math.prod(blocks) * itemsize > _LARGEST_BLOCK:
        raise UnsupportedError(
            f"{path} is too large to be read as a whole ({number:,} blocks of "
            f"{math.prod(blocks) * itemsize:,} bytes).",
            "Choose a part of it.",
        )


def _active_client() -> Any:
    try:
        return import_module("distributed").default_client()
    except (ImportError, ValueError):
        return None


def _on_threads(
    dask: Any,
    tasks: list[Any],
    on_progress: Callable[[Progress], object],
    check: Callable[[], object],
) -> list[Block]:
    found: list[Block] = []
    side_by_side = 4
    for begin in range(0, len(tasks), side_by_side):
        check()
        batch = tasks[begin : begin + side_by_side]
        found += dask.compute(*batch, scheduler="threads", num_workers=side_by_side)
        on_progress(Progress("reading", "blocks", len(found), len(tasks)))
    return found


def _on_client(
    client: Any,
    tasks: list[Any],
    on_progress: Callable[[Progress], object],
    check: Callable[[], object],
) -> list[Block]:
    as_completed = import_module("distributed").as_completed
    futures = client.compute(tasks)
    found = []
    try:
        for _, result in as_completed(futures, with_results=True):
            found.append(result)
            on_progress(Progress("reading", "blocks", len(found), len(tasks)))
            check()
    finally:
        client.cancel(futures)
    return found
