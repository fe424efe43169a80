"""Attribute values of nodes in one bounded buffer, searched by one pass of `bytes.find`."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_BYTES", "ValueIndex", "folded_values"]

MOST_BYTES: Final = 64 * 2**20
"""Maximum bytes of folded values in memory; every search reads further values again."""

_BETWEEN: Final = b"\0"


class ValueIndex:
    """Values of nodes, added in the order of their numbers until the buffer is full.

    One thread may search while another adds.

    Parameters
    ----------
    most : int
        Maximum bytes in memory.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._values = bytearray()
        self._starts = array("Q")
        self._nodes = array("I")
        self.covered = 0
        """Number of nodes whose values are in the index."""

    @property
    def full(self) -> bool:
        """Whether the buffer is full."""
        return len(self._values) >= self._most

    @property
    def bytes_held(self) -> int:
        """Size of its buffers in bytes."""
        buffers = (self._starts, self._nodes)
        return len(self._values) + sum(len(each) * each.itemsize for each in buffers)

    @property
    def end(self) -> int:
        """Position of the next values, for `search`."""
        return len(self._values)

    def add(self, node: int, values: str) -> None:
        """Add the folded values of a node, which may be empty."""
        if values:
            self._starts.append(len(self._values))
            self._nodes.append(node)
            self._values += _encoded(values) + _BETWEEN
        self.covered = node + 1

    def search(self, text: str, begin: int, end: int) -> Iterator[int]:
        """Find nodes with the folded text in a value, between two positions, in order."""
        wanted = _encoded(text)
        while wanted and (place := self._values.find(wanted, begin, end)) != -1:
            entry = bisect_right(self._starts, place) - 1
            yield self._nodes[entry]
            begin = self._starts[entry + 1] if entry + 1 < len(self._starts) else end


def _encoded(text: str) -> bytes:
    return text.replace("\0", " ").encode("utf-8", "surrogatepass")


def folded_values(value: Any) -> str:
    """Return all values of attributes, without the keys, folded into one text."""
    found: list[str] = []
    waiting = deque([value])
    while waiting:
        each = waiting.popleft()
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str):
            found.append(folded(each))
        elif isinstance(each, Mapping):  # the attributes of a node without readable metadata
            waiting.extend(each.values())
        elif each is not None:
            found.append(json.dumps(each))
    return "\n".join(found)
