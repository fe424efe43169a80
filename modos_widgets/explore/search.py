"""Search of names and attribute values in a hierarchy, while its names are still being read."""

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

    from modos_widgets.explore.overlay import Overlay
    from modos_widgets.explore.source import NodeSource

__all__ = ["Found", "Searcher"]

MOST_ROWS: Final = 1000
"""Maximum number of matches that are shown; further ones are counted."""

FIRST_ROWS: Final = 50
"""Number of matches that are shown before the search continues."""

MOST_READ_REMOTE: Final = 20_000
"""Maximum number of nodes whose attributes are read over a network without confirmation."""

_BATCH: Final = 256  # nodes whose values are read side by side, at first
_BATCH_REMOTE: Final = 1024  # and then over a network


@dataclass(frozen=True, slots=True)
class Found:
    """Result of a search so far.

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
    """Search of one source, which stores the index of names between searches.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    """

    def __init__(self, source: NodeSource) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._walk: Iterator[bool] | None = None
        self.forget()

    def forget(self) -> None:
        """Discard the index; the next search reads the names again."""
        with self._lock:
            self.index = NameIndex()
            self._complete = False
            self._bounded = False
            self._walk = None
            self._values = ValueIndex()

    def search(
        self, text: str, check: Callable[[], None], *, everything: bool = True
    ) -> Iterator[Found]:
        """Search names and attribute values, and yield the result as it grows.

        New and changed groups of a draft (`NodeSource.overlay`) are searched as the draft has them.
        Uses the disk or the network for names and values that are not known yet. Names
        are searched first, then values. Names and up to `value_index.MOST_BYTES` of values are
        stored for the next search, so a search that was ended early can be continued.

        Parameters
        ----------
        text : str
            Text in any case, with or without accents.
        check : callable
            Called between steps; an exception that it raises ends the search.
        everything : bool
            Read the values of every node. Otherwise at most `MOST_READ_REMOTE` nodes are read
            if each takes a request over a network.

        Yields
        ------
        Found
        """
        hits = _Hits(self.index, self._source.overlay, text)
        yield from self._search_names(text, check, hits)
        for nodes, read in self._search_values(folded(text), check, everything=everything):
            for node in nodes:
                hits.add(node, by_value=True)
            yield hits.found(complete=not self._bounded, read=read)

    # -- names ------------------------------------------------------------------------------

    def _search_names(self, text: str, check: Callable[[], None], hits: _Hits) -> Iterator[Found]:
        index = hits.index
        last = 0
        while True:
            check()
            complete, searched = self._complete, len(index)
            for node in index.search(text, after=last):
                last = node
                hits.add(node)
                if hits.matches % 50_000 == 0:
                    check()
                if hits.matches == FIRST_ROWS:
                    yield hits.found()
            last = max(last, searched)
            if complete:
                return
            if searched:
                yield hits.found()
            self._grow(check)

    def _grow(self, check: Callable[[], None]) -> None:
        """Read more names."""
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
            except (
                ModosError
            ):  # A generator that raised an exception has ended, so the next search starts again.
                self._walk, self.index = None, NameIndex()
                raise
            self._complete = True

    # -- attributes -------------------------------------------------------------------------

    def _search_values(
        self, wanted: str, check: Callable[[], None], *, everything: bool
    ) -> Iterator[tuple[list[int], int]]:
        """Yield nodes with the text in a value and the number of nodes searched, step by step."""
        values, index = self._values, self.index
        nodes = len(index) + 1
        asks = not self._source.consolidated and self._source.reader.remote
        most = nodes if everything or not asks else min(nodes, MOST_READ_REMOTE)
        begin = 0
        while True:
            check()
            with self._lock:  # a consistent state: the values, and the number of their nodes
                end, read, full = values.end, values.covered, values.full
            yield list(values.search(wanted, begin, end)), read
            begin = end
            if read >= most or full:
                break
            batch = self._read_values(index, read, self._end_of_batch(read, nodes))
            with self._lock:
                if values.covered == read:  # otherwise another search added it first
                    for node, text in batch:
                        values.add(node, text)
        while read < most:
            check()
            batch = self._read_values(index, read, self._end_of_batch(read, nodes))
            read += len(batch)
            yield [node for node, text in batch if wanted in text], read

    def _end_of_batch(self, read: int, nodes: int) -> int:
        """Return where the next batch ends: small at first, so that a result is soon seen."""
        most = _BATCH_REMOTE if self._source.reader.remote else _BATCH
        return min(read + min(max(read, _BATCH), most), nodes)

    def _read_values(self, index: NameIndex, begin: int, end: int) -> list[tuple[int, str]]:
        """Return the folded values of nodes, read concurrently and not cached."""
        paths = [index.path(node) for node in range(begin, end)]
        found = self._source.describe(paths, keep=False)
        return [
            (begin + place, folded_values(found[path].attributes))
            for place, path in enumerate(paths)
        ]


class _Hits:
    """Matches of one search, each counted once, and the paths of the first ones."""

    def __init__(self, index: NameIndex, overlay: Overlay | None, text: str) -> None:
        self.index = index
        drafted = [] if overlay is None else overlay.search(text)
        self.paths = drafted[:MOST_ROWS]
        self.matches = len(drafted)
        self._drafted = set(drafted)
        self._edited = set() if overlay is None else overlay.edited
        self._bits = bytearray()  # one for each node

    def add(self, node: int, *, by_value: bool = False) -> None:
        """Add a stored node, unless the draft has it with other values."""
        if self._edited:
            path = self.index.path(node)
            if path in self._drafted or (by_value and path in self._edited):
                return
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
    """Return matches in tree order, with the groups that contain them.

    Returns
    -------
    list of (str, bool)
        Path, and whether it is a match.
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
