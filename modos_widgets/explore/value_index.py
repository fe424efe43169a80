"""Attribute values of nodes in one buffer: small, bounded, searched by one pass of `bytes.find`."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_BYTES", "ValueIndex", "folded_values"]

MOST_BYTES: Final = 64 * 2**20
"""Bytes of folded values that are kept; what comes after is read anew by every search."""

_BETWEEN: Final = b"\0"


class ValueIndex:
    """Values of nodes, added in the order of their numbers as long as there is room.

    Safe to search on one thread while another adds.

    Parameters
    ----------
    most : int
        Bytes to keep at most.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._values = bytearray()
        self._starts = array("Q")
        self._nodes = array("I")
        self.covered = 0
        """Nodes looked at: all before this number are searched here."""

    @property
    def full(self) -> bool:
        """Whether no more are taken."""
        return len(self._values) >= self._most

    @property
    def bytes_held(self) -> int:
        """Bytes in its buffers."""
        buffers = (self._starts, self._nodes)
        return len(self._values) + sum(len(each) * each.itemsize for each in buffers)

    @property
    def end(self) -> int:
        """Where the next values will stand; fit for `search`."""
        return len(self._values)

    def add(self, node: int, values: str) -> None:
        """Add the folded values of a node; without any it is only covered."""
        if values:
            self._starts.append(len(self._values))
            self._nodes.append(node)
            self._values += _encoded(values) + _BETWEEN
        self.covered = node + 1

    def search(self, text: str, begin: int, end: int) -> Iterator[int]:
        """Find nodes with the folded text in a value, between two `end`s, in their order."""
        wanted = _encoded(text)
        while wanted and (place := self._values.find(wanted, begin, end)) != -1:
            entry = bisect_right(self._starts, place) - 1
            yield self._nodes[entry]
            begin = self._starts[entry + 1] if entry + 1 < len(self._starts) else end


def _encoded(text: str) -> bytes:
    return text.replace("\0", " ").encode("utf-8", "surrogatepass")


def folded_values(value: Any) -> str:
    """Fold every value of attributes, without the keys, into one text."""
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
        elif each is not None:
            found.append(json.dumps(each))
    return "\n".join(found)
