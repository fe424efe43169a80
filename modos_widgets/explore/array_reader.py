"""Reading of a part of an array, chunk by chunk: a broken chunk leaves a gap and no error."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import zarr
from zarr.core.sync import sync
from zarr.storage import StorePath

from modos_widgets.archive import OLD_FORMAT, join_path
from modos_widgets.errors import ModosError, NotFoundError, UnsupportedError
from modos_widgets.explore.chunk_cache import ChunkCache
from modos_widgets.explore.failures import explained
from modos_widgets.explore.safe_codecs import bounded, refuse_large
from modos_widgets.explore.source import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.source import NodeSource

__all__ = ["ArrayValues", "chunk_problem", "open_array", "read_part"]

_AT_ONCE: Final = 32  # chunks of one round trip
_MOST_FAULTS: Final = 3


@dataclass(frozen=True)
class ArrayValues:
    """Values of a part of an array.

    Attributes
    ----------
    data : numpy.ndarray
        The displayed axes; NaN (numbers) or an empty text in the gaps.
    faults : tuple of str
        The first few chunks that could not be read, with the reason.
    unread : int
        Number of chunks that could not be read.
    """

    data: np.ndarray[Any, Any]
    faults: tuple[str, ...] = ()
    unread: int = 0


class _Box:
    """The part of one chunk that is shown."""

    def __init__(
        self, part: ArrayPart, place: tuple[slice, ...], target: tuple[slice, ...]
    ) -> None:
        self.target = target
        self._axes = part.axes
        self.corner = tuple(
            each.start // step * step for each, step in zip(place, part.step, strict=True)
        )
        self.chunk = tuple(
            slice(at, min(at + step, length))
            for at, step, length in zip(self.corner, part.step, part.shape, strict=True)
        )
        self._within = tuple(
            slice(each.start - at, each.stop - at)
            for each, at in zip(place, self.corner, strict=True)
        )

    def fill(self, data: np.ndarray[Any, Any], chunk: np.ndarray[Any, Any] | None) -> bool:
        """Copy the part of the chunk into the displayed values; return whether there is a chunk."""
        if chunk is None:
            return False
        if not self.corner:
            data[()] = chunk.item()
            return True
        shown = chunk[self._within]
        hidden = [axis for axis in range(shown.ndim) if axis not in self._axes]
        shape = tuple(each.stop - each.start for each in self.target)
        data[self.target] = shown.transpose(*hidden, *self._axes).reshape(shape)
        return True


def open_array(source: NodeSource, path: str) -> zarr.Array[Any]:
    """Open an array for reading, without reading its metadata again.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array.

    Returns
    -------
    zarr.Array

    Raises
    ------
    NotFoundError
        There is no array at the path.
    UnsupportedError
        Its codec or data type is not supported here.
    """
    facts = facts_of(source, path)
    if facts.array is None:
        raise NotFoundError(facts.problem or f"{path} is not an array.", facts.hint)
    reader = source.reader
    place = join_path(reader.prefix, path)
    try:
        if facts.document.get("zarr_format") == OLD_FORMAT:
            return bounded(zarr.open_array(reader.store, path=place, mode="r", zarr_format=2))
        document = dict(facts.document)
        return bounded(zarr.Array.from_dict(StorePath(reader.store, place), document))
    except ModosError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UnsupportedError(
            f"{path or source.name} cannot be decoded here ({type(error).__name__}: {reason}).",
            "Install the package of its codec or data type.",
        ) from error


def read_part(
    source: NodeSource,
    path: str,
    part: ArrayPart,
    check: Callable[[], None] = lambda: None,
    cache: ChunkCache | None = None,
) -> ArrayValues:
    """Read a part, several chunks at a time.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the array.
    part : ArrayPart
        The part to read.
    check : callable
        Called between chunks; an exception that it raises ends the reading.
    cache : ChunkCache, optional
        Decoded chunks of earlier parts; those of this part are added.

    Returns
    -------
    ArrayValues

    Raises
    ------
    ModosError
        The array cannot be opened, or none of its chunks can be read.
    """
    if part.chunks:
        refuse_large(part.size // part.chunks)
    array = open_array(source, path)
    dtype = array.dtype
    data = np.zeros(part.extent, dtype=object if dtype.kind in "OTUSV" else dtype)
    if data.dtype == object:
        data[...] = ""
    boxes = [_Box(part, *box) for box in part.boxes()] if part.chunks else []
    faults: list[str] = []
    unread: list[tuple[slice, ...]] = []
    cache = ChunkCache() if cache is None else cache
    missing = [box for box in boxes if not box.fill(data, cache.chunk(source, path, box.corner))]
    for begin in range(0, len(missing), _AT_ONCE):
        check()
        batch = missing[begin : begin + _AT_ONCE]
        for box, answer in zip(batch, _read_all(array, batch), strict=True):
            if isinstance(answer, BaseException):
                unread.append(box.target)
                at = ", ".join(map(str, box.corner))
                faults.append(f"The chunk at ({at}): {chunk_problem(answer)}")
                continue
            chunk = np.asarray(answer)
            box.fill(data, chunk)
            cache.add(source, path, box.corner, chunk)
    if boxes and len(unread) == len(boxes):
        raise explained_chunk(faults[0])
    if unread and data.dtype.kind in "iub":
        data = data.astype("float64")
    for target in unread:
        if data.dtype.kind in "fc":
            data[target] = np.nan
    return ArrayValues(data, tuple(faults[:_MOST_FAULTS]), len(unread))


def explained_chunk(fault: str) -> ModosError:
    """Return the error for an array without a readable chunk."""
    return UnsupportedError(
        f"No chunk can be read. {fault}", "Choose another part, or write the array again."
    )


def chunk_problem(error: BaseException) -> str:
    """Return why a chunk could not be read, as a short text."""
    if isinstance(error, OSError):
        return explained(error, "it").message
    if isinstance(error, ModosError):
        return error.message
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _read_all(array: zarr.Array[Any], boxes: list[_Box]) -> list[Any]:
    async def read() -> list[Any]:
        lazy = array.async_array
        return await asyncio.gather(
            *(lazy.getitem(box.chunk) for box in boxes), return_exceptions=True
        )

    return sync(read())
