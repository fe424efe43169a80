"""Minimum, maximum, mean and share of missing values: of a part at once, of the whole by dask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.errors import MissingExtraError, UnsupportedError
from modos_widgets.explore.array_reader import open_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.explore.source import NodeSource

__all__ = ["Statistics", "exact_statistics", "statistics_of"]

_BLOCK: Final = 64 * 2**20  # bytes that one task of the exact statistics reads
_MOST_BLOCKS: Final = 1_000_000
_LARGEST_BLOCK: Final = 2 * 2**30
_NUMBERS: Final = "fiub"


@dataclass(frozen=True, slots=True)
class Statistics:
    """What can be said of numbers.

    Attributes
    ----------
    minimum, maximum, mean : float or None
        Without missing values; None where there are no numbers.
    missing : int
        Number of missing values: NaN, NaT, empty texts.
    count : int
        Number of values, missing ones too.
    """

    minimum: float | None
    maximum: float | None
    mean: float | None
    missing: int
    count: int

    @property
    def missing_share(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.missing / self.count if self.count else 0.0


def statistics_of(data: np.ndarray[Any, Any]) -> Statistics:
    """Compute the statistics of an array in memory; it can hold anything."""
    minimum, maximum, total, missing, count = block_statistics(data)
    present = count - missing
    mean = total / present if present and not math.isnan(total) else None
    if data.dtype.kind not in _NUMBERS or not present:
        return Statistics(None, None, None, missing, count)
    return Statistics(minimum, maximum, mean, missing, count)


def block_statistics(data: np.ndarray[Any, Any]) -> tuple[float, float, float, int, int]:
    """Give minimum, maximum, sum, number of missing and of all values."""
    data = np.asarray(data)
    nothing = (math.inf, -math.inf, 0.0)
    if data.dtype.kind in "OTUS":
        missing = sum(1 for value in data.ravel() if value is None or len(value) == 0)
        return (*nothing, missing, data.size)
    if data.dtype.kind in "mM":
        return (*nothing, int(np.isnat(data).sum()), data.size)
    if data.dtype.kind not in _NUMBERS:
        missing = int(np.isnan(data).sum()) if data.dtype.kind == "c" else 0
        return (*nothing, missing, data.size)
    present = data
    missing = 0
    if data.dtype.kind == "f":
        lacking = np.isnan(data)
        missing = int(lacking.sum())
        present = data[~lacking] if missing else data
    if not present.size:
        return (*nothing, missing, data.size)
    with np.errstate(invalid="ignore", over="ignore"):
        total = float(present.sum(dtype="float64"))
    return float(present.min()), float(present.max()), total, missing, data.size


def exact_statistics(
    source: NodeSource,
    path: str,
    progress: Callable[[int, int], None],
    check: Callable[[], None],
) -> Statistics:
    """Read the whole array and compute its statistics; may take long.

    On the active `distributed.Client` where there is one, else on threads.

    Parameters
    ----------
    progress : callable
        Told the number of blocks that are done, and of all.
    check : callable
        Called after each block; ends the work by raising.

    Raises
    ------
    MissingExtraError
        dask is not installed.
    UnsupportedError
        The array does not hold numbers, or more of them than can be read.
    """
    try:
        dask, dask_array = import_module("dask"), import_module("dask.array")
    except ImportError as error:
        raise MissingExtraError(
            "dask is not installed.", "Install it: pip install 'modos-widgets[dask]'."
        ) from error
    array = open_array(source, path)
    if array.dtype.kind not in _NUMBERS:
        raise UnsupportedError(f"{path} does not hold numbers.", "Look at its values instead.")
    blocks = _blocks(array.shape, array.chunks, array.dtype.itemsize)
    _refuse_too_much(path, array.shape, blocks, array.dtype.itemsize)
    lazy = dask_array.from_zarr(array, chunks=blocks)
    tasks = [dask.delayed(block_statistics)(block) for block in lazy.to_delayed().ravel()]
    client = _active_client()
    results = (
        _on_threads(dask, tasks, progress, check)
        if client is None
        else _on_client(client, tasks, progress, check)
    )
    total = sum(each[2] for each in results)
    missing = sum(each[3] for each in results)
    count = sum(each[4] for each in results)
    present = count - missing
    if not present:
        return Statistics(None, None, None, missing, count)
    return Statistics(
        min(each[0] for each in results),
        max(each[1] for each in results),
        total / present,
        missing,
        count,
    )


def _blocks(shape: tuple[int, ...], chunks: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Give blocks of whole chunks of some 64 MiB."""
    block = [max(1, each) for each in chunks]
    for axis in reversed(range(len(shape))):
        room = _BLOCK // max(1, math.prod(block) * itemsize)
        if room > 1:
            block[axis] = min(block[axis] * room, max(shape[axis], 1))
    return tuple(block)


def _refuse_too_much(
    path: str, shape: tuple[int, ...], blocks: tuple[int, ...], itemsize: int
) -> None:
    """Refuse what metadata promise and no machine holds: its list of blocks would fill memory."""
    number = math.prod(
        -(-length // block) for length, block in zip(shape, blocks, strict=True) if length
    )
    if number > _MOST_BLOCKS or math.prod(blocks) * itemsize > _LARGEST_BLOCK:
        raise UnsupportedError(
            f"{path} is too large to be read as a whole ({number:,} blocks of "
            f"{math.prod(blocks) * itemsize:,} bytes).",
            "Look at parts of it.",
        )


def _active_client() -> Any:
    try:
        return import_module("distributed").default_client()
    except (ImportError, ValueError):
        return None


def _on_threads(
    dask: Any, tasks: list[Any], progress: Callable[[int, int], None], check: Callable[[], None]
) -> list[tuple[float, float, float, int, int]]:
    found: list[tuple[float, float, float, int, int]] = []
    side_by_side = 4
    for begin in range(0, len(tasks), side_by_side):
        check()
        batch = tasks[begin : begin + side_by_side]
        found += dask.compute(*batch, scheduler="threads", num_workers=side_by_side)
        progress(len(found), len(tasks))
    return found


def _on_client(
    client: Any,
    tasks: list[Any],
    progress: Callable[[int, int], None],
    check: Callable[[], None],
) -> list[tuple[float, float, float, int, int]]:
    as_completed = import_module("distributed").as_completed
    futures = client.compute(tasks)
    found = []
    try:
        for _, result in as_completed(futures, with_results=True):
            found.append(result)
            progress(len(found), len(tasks))
            check()
    finally:
        client.cancel(futures)
    return found
