"""Reading a part of an array, chunk by chunk: a broken chunk leaves a gap, not an error."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import zarr
from zarr.core.sync import sync
from zarr.storage import StorePath

from modos_widgets.archive import NODE, OLD_FORMAT, Node, join_path, parse_node
from modos_widgets.errors import ModosError, NotFoundError, UnsupportedError
from modos_widgets.explore.failures import explained
from modos_widgets.explore.paths import checked_path
from modos_widgets.explore.safe_codecs import bounded, refuse_large

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.explore.array_part import ArrayPart
    from modos_widgets.explore.source import NodeSource

__all__ = ["ArrayValues", "facts_of", "open_array", "read_part"]

_AT_ONCE: Final = 8
_MOST_FAULTS: Final = 3


@dataclass(frozen=True)
class ArrayValues:
    """What was read.

    Attributes
    ----------
    data : numpy.ndarray
        With the axes that are shown; NaN (numbers) or an empty text in the gaps.
    faults : tuple of str
        Chunks that could not be read, and why; the first few.
    unread : int
        Number of chunks that could not be read.
    """

    data: np.ndarray[Any, Any]
    faults: tuple[str, ...] = ()
    unread: int = 0


def facts_of(source: NodeSource, path: str) -> Node:
    """Describe one node; a v3 node costs one request, even where the root was never read."""
    path = checked_path(path)
    known = source.known_early(path)
    if known is not None:
        return known
    if path and not source.started:
        key = f"{path}/{NODE}"
        document = source.reader.read_many([key])[key]
        if isinstance(document, bytes):
            return source.learn(path, parse_node(path, document))
    return source.describe([path])[path]


def open_array(source: NodeSource, path: str) -> zarr.Array[Any]:
    """Open an array for reading, without asking for its metadata again.

    Raises
    ------
    NotFoundError
        No array is there.
    UnsupportedError
        Its codec or data type is not known here.
    """
    facts = facts_of(source, path)
    if facts.array is None:
        raise NotFoundError(facts.problem or f"{path} is no array.", facts.hint)
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
            "Its codec or data type may need a package that is not installed.",
        ) from error


def read_part(
    source: NodeSource, path: str, part: ArrayPart, check: Callable[[], None] = lambda: None
) -> ArrayValues:
    """Read a part, some chunks side by side.

    Parameters
    ----------
    source, path
        The array.
    part : ArrayPart
        What to read.
    check : callable
        Called between chunks; ends the reading by raising.

    Raises
    ------
    ModosError
        The array cannot be opened, or no chunk of it could be read.
    """
    if part.chunks:
        refuse_large(part.size // part.chunks)
    array = open_array(source, path)
    dtype = array.dtype
    data = np.zeros(part.extent, dtype=object if dtype.kind in "OTUSV" else dtype)
    if data.dtype == object:
        data[...] = ""
    boxes = list(part.boxes()) if part.chunks else []
    faults: list[str] = []
    unread: list[tuple[slice, ...]] = []
    for begin in range(0, len(boxes), _AT_ONCE):
        check()
        batch = boxes[begin : begin + _AT_ONCE]
        for (place, target), answer in zip(batch, _read_all(array, batch), strict=True):
            if isinstance(answer, BaseException):
                unread.append(target)
                at = ", ".join(str(each.start) for each in place)
                faults.append(f"The chunk at ({at}): {_reason(answer)}")
            else:
                _fill(data, target, answer)
    if boxes and len(unread) == len(boxes):
        raise explained_chunk(faults[0])
    if unread and data.dtype.kind in "iub":
        data = data.astype("float64")
    for target in unread:
        if data.dtype.kind in "fc":
            data[target] = np.nan
    return ArrayValues(data, tuple(faults[:_MOST_FAULTS]), len(unread))


def _fill(data: np.ndarray[Any, Any], target: tuple[slice, ...], answer: Any) -> None:
    """Write what zarr gave of a chunk: an array, or the value itself where there are no axes."""
    if not target:
        data[()] = answer.item() if isinstance(answer, np.ndarray | np.generic) else answer
        return
    shape = tuple(each.stop - each.start for each in target)
    data[target] = np.asarray(answer).reshape(shape)


def explained_chunk(fault: str) -> ModosError:
    """Return the error for an array of which no chunk could be read."""
    return UnsupportedError(
        f"Nothing could be read. {fault}", "Look at another part, or write it again."
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError):
        return explained(error, "it").message
    if isinstance(error, ModosError):
        return error.message
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _read_all(
    array: zarr.Array[Any], boxes: list[tuple[tuple[slice, ...], tuple[slice, ...]]]
) -> list[Any]:
    async def read() -> list[Any]:
        lazy = array.async_array
        return await asyncio.gather(
            *(lazy.getitem(place) for place, _ in boxes), return_exceptions=True
        )

    return sync(read())
