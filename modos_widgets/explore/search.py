"""Filtering a hierarchy by names and attribute values, while its names are still coming in."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import CancelledError, ModosError
from modos_widgets.explore.name_index import NameIndex
from modos_widgets.explore.paths import parent_of
from modos_widgets.explore.value_index import ValueIndex, folded_values
from modos_widgets.explore.walk import walk
from modos_widgets.folding import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.explore.source import NodeSource

__all__ = ["Found", "Searcher"]

MOST_ROWS: Final = 1000
"""Matches that are shown; the rest is counted."""

FIRST_ROWS: Final = 50
"""Matches that are shown before the others are looked for."""

MOST_READ_REMOTE: Final = 20_000
"""Nodes whose attributes are read over a network without asking, where not consolidated."""

_BATCH: Final = 256  # nodes whose values are read side by side


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found so far.

    Attributes
    ----------
    paths : list of str
        Paths of the first matches.
    matches : int
        Number of matches.
    searched : int
        Number of names searched.
    complete : bool
        Whether the names of the whole hierarchy were searched.
    read : int
        Number of nodes, with the root, whose attribute values were searched.
    """

    paths: list[str]
    matches: int
    searched: int
    complete: bool
    read: int = 0

    @property
    def attributes(self) -> bool:
        """Whether every node's attribute values were searched."""
        return self.read > self.searched


class Searcher:
    """Searches one source; keeps the index of names between searches.

    Parameters
    ----------
    source : NodeSource
        What to search.
    """

    def __init__(self, source: NodeSource) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._walk: Iterator[bool] | None = None
        self.forget()

    def forget(self) -> None:
        """Drop the index; the next search reads the names again."""
        with self._lock:
            self.index = NameIndex()
            self._complete = False
            self._bounded = False
            self._walk = None
            self._values = ValueIndex()

    def search(
        self, text: str, check: Callable[[], None], *, everything: bool = True
    ) -> Iterator[Found]:
        """Search names and attribute values; gives what is found as it is found.

        Touches the disk or the network for names and values that are not known yet. Names
        come first, values after them. What was read is kept for the next search, values up to
        `value_index.MOST_BYTES`; a search that was ended early is so taken up again.

        Parameters
        ----------
        text : str
            What to look for, in any case and with or without accents.
        check : callable
            Called between steps; ends the search by raising.
        everything : bool
            Read the values of every node. Otherwise `MOST_READ_REMOTE` at most where each is a
            request over a network.

        Yields
        ------
        Found
        """
        hits = _Hits(self.index)
        yield from self._search_names(text, check, hits)
        for nodes, read in self._search_values(folded(text), check, everything=everything):
            for node in nodes:
                hits.add(node)
            yield hits.found(complete=not self._bounded, read=read)

    # -- names ------------------------------------------------------------------------------

    def _search_names(self, text: str, check: Callable[[], None], hits: _Hits) -> Iterator[Found]:
        index = hits.index
        last = 0
        while True:
            check()
            complete, seen = self._complete, len(index)
            for node in index.search(text, after=last):
                last = node
                hits.add(node)
                if hits.matches % 50_000 == 0:
                    check()
                if hits.matches == FIRST_ROWS:
                    yield hits.found()
            last = max(last, seen)
            if complete:
                return
            if seen:
                yield hits.found()
            self._grow(check)

    def _grow(self, check: Callable[[], None]) -> None:
        """Read some more names."""
        with self._lock:
            if self._walk is None:
                self._walk = walk(self._source, self.index)
            try:
                for bounded in self._walk:
                    self._bounded = bounded
                    check()
                    return
            except CancelledError:
                raise
            except ModosError:  # a generator that raised is over: begin anew the next time
                self._walk, self.index = None, NameIndex()
                raise
            self._complete = True

    # -- attributes -------------------------------------------------------------------------

    def _search_values(
        self, wanted: str, check: Callable[[], None], *, everything: bool
    ) -> Iterator[tuple[list[int], int]]:
        """Return (nodes with the text in a value, number of nodes searched) step by step."""
        values, index = self._values, self.index
        nodes = len(index) + 1
        asks = not self._source.consolidated and self._source.reader.remote
        most = nodes if everything or not asks else min(nodes, MOST_READ_REMOTE)
        begin = 0
        while True:
            check()
            with self._lock:  # what is there, and up to which node, of one moment
                end, read, full = values.end, values.covered, values.full
            yield list(values.search(wanted, begin, end)), read
            begin = end
            if read >= most or full:
                break
            batch = self._read_values(index, read, min(read + _BATCH, nodes))
            with self._lock:
                if values.covered == read:  # else another search was quicker
                    for node, text in batch:
                        values.add(node, text)
        while read < most:
            check()
            batch = self._read_values(index, read, min(read + _BATCH, nodes))
            read += len(batch)
            yield [node for node, text in batch if wanted in text], read

    def _read_values(self, index: NameIndex, begin: int, end: int) -> list[tuple[int, str]]:
        """Return the folded values of nodes; side by side, kept nowhere."""
        paths = [index.path(node) for node in range(begin, end)]
        found = self._source.describe(paths, keep=False)
        return [
            (begin + place, folded_values(found[path].attributes))
            for place, path in enumerate(paths)
        ]


class _Hits:
    """Matches of one search: each counted once, the first ones by path."""

    def __init__(self, index: NameIndex) -> None:
        self.index = index
        self.matches = 0
        self.paths: list[str] = []
        self._bits = bytearray()  # one for each node

    def add(self, node: int) -> None:
        place, bit = node >> 3, 1 << (node & 7)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        if self._bits[place] & bit:
            return
        self._bits[place] |= bit
        self.matches += 1
        if len(self.paths) < MOST_ROWS:
            self.paths.append(self.index.path(node))

    def found(self, *, complete: bool = False, read: int = 0) -> Found:
        return Found(list(self.paths), self.matches, len(self.index), complete, read)


def with_parents(paths: list[str]) -> list[tuple[str, bool]]:
    """Put matches into tree order, with the groups that lead to them.

    Returns
    -------
    list of (path, whether it is a match)
    """
    matches = set(paths)
    every = set(paths)
    for path in paths:
        above = path
        while above:
            above = parent_of(above)
            if above in every:
                break
            every.add(above)
    ordered = sorted(every, key=lambda path: path.split("/") if path else [])
    return [(path, path in matches) for path in ordered]
