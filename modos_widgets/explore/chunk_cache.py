"""Decoded chunks of arrays, kept so that moving in a preview reads each chunk once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    from modos_widgets.explore.source import NodeSource

    _Key = tuple[NodeSource, str, tuple[int, ...]]

__all__ = ["ChunkCache"]

_MOST_BYTES: Final = 64 * 2**20
_OBJECT: Final = 64  # bytes that a text is taken for


class ChunkCache:
    """The chunks that were used last, up to a number of bytes. Safe for threads.

    Parameters
    ----------
    most_bytes : int
        Maximum bytes of all chunks; one larger chunk is kept until the next one is added.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._chunks: OrderedDict[_Key, np.ndarray[Any, Any]] = OrderedDict()
        self._size = 0

    def chunk(
        self, source: NodeSource, path: str, corner: tuple[int, ...]
    ) -> np.ndarray[Any, Any] | None:
        """Return a chunk, or None if it is not held.

        Parameters
        ----------
        source : NodeSource
            The hierarchy.
        path : str
            Path of the array.
        corner : tuple of int
            Position of the chunk's first element.
        """
        with self._lock:
            found = self._chunks.get((source, path, corner))
            if found is not None:
                self._chunks.move_to_end((source, path, corner))
            return found

    def add(
        self, source: NodeSource, path: str, corner: tuple[int, ...], chunk: np.ndarray[Any, Any]
    ) -> None:
        """Keep a chunk, and drop the ones that were not used for the longest time.

        Parameters
        ----------
        source : NodeSource
            The hierarchy.
        path : str
            Path of the array.
        corner : tuple of int
            Position of the chunk's first element.
        chunk : numpy.ndarray
            Its values.
        """
        key = (source, path, corner)
        with self._lock:
            before = self._chunks.pop(key, None)
            self._size += _bytes(chunk) - (0 if before is None else _bytes(before))
            self._chunks[key] = chunk
            while self._size > self._most and len(self._chunks) > 1:
                _, dropped = self._chunks.popitem(last=False)
                self._size -= _bytes(dropped)

    def clear(self) -> None:
        """Drop all chunks."""
        with self._lock:
            self._chunks.clear()
            self._size = 0


def _bytes(chunk: np.ndarray[Any, Any]) -> int:
    return chunk.size * _OBJECT if chunk.dtype.hasobject else chunk.nbytes
