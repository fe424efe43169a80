"""Filtering a hierarchy by names and attribute values, while its names are still coming in."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import CancelledError, ModosError
from modos_widgets.explore.name_index import NameIndex
from modos_widgets.explore.source import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from modos_widgets.explore.source import NodeSource

__all__ = ["Found", "Searcher"]

MOST_ROWS: Final = 1000
"""Matches that are shown; the rest is counted."""

FIRST_ROWS: Final = 50
"""Matches that are shown before the others are looked for."""

MOST_READ: Final = 5000
"""Nodes whose attributes are read to be searched, where they are not consolidated."""

MOST_LISTINGS_REMOTE: Final = 20_000
MOST_LISTINGS_LOCAL: Final = 2_000_000

_SIDE_BY_SIDE: Final = 64
_CHUNK_FOLDER: Final = re.compile(r"c|\d+")


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
        Whether the whole hierarchy was searched.
    attributes : bool
        Whether attribute values were searched too.
    """

    paths: list[str]
    matches: int
    searched: int
    complete: bool
    attributes: bool


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
        self._walk: Iterator[None] | None = None
        self.forget()

    def forget(self) -> None:
        """Drop the index; the next search reads the names again."""
        with self._lock:
            self.index = NameIndex()
            self._complete = False
            self._bounded = False
            self._walk = None
            self._values: list[tuple[str, str]] | None = None

    def search(self, text: str, check: Callable[[], None]) -> Iterator[Found]:
        """Search names and attribute values; gives what is found as it is found.

        Touches the disk or the network for names that are not known yet.

        Parameters
        ----------
        text : str
            What to look for, in upper or lower case.
        check : callable
            Called between steps; ends the search by raising.

        Yields
        ------
        Found
        """
        wanted = text.casefold()
        paths: dict[str, None] = {}
        matches = last = 0
        index = self.index
        while True:
            check()
            complete, seen = self._complete, len(index)
            for node in index.search(text, after=last):
                matches += 1
                last = node
                if len(paths) < MOST_ROWS:
                    paths[index.path(node)] = None
                elif matches % 50_000 == 0:
                    check()
                if matches == FIRST_ROWS:
                    yield Found(list(paths), matches, len(index), complete=False, attributes=False)
            last = max(last, seen)
            if complete:
                break
            if paths:
                yield Found(list(paths), matches, len(index), complete=False, attributes=False)
            self._grow(check)
        values = self._attribute_values(check)
        valued = [path for path, value in values or [] if wanted in value and path not in paths]
        yield Found(
            [*paths, *valued][:MOST_ROWS],
            matches + len(valued),
            len(index),
            complete=not self._bounded,
            attributes=values is not None,
        )

    # -- names ------------------------------------------------------------------------------

    def _grow(self, check: Callable[[], None]) -> None:
        """Read some more names."""
        with self._lock:
            if self._walk is None:
                documents = self._source.documents
                self._walk = (
                    self._walk_levels() if documents is None else self._walk_documents(documents)
                )
            try:
                for _ in self._walk:
                    check()
                    return
            except CancelledError:
                raise
            except ModosError:  # a generator that raised is over: begin anew the next time
                self._walk, self.index = None, NameIndex()
                raise
            self._complete = True

    def _walk_documents(self, documents: Mapping[str, Any]) -> Iterator[None]:
        numbers = {"": 0}
        waiting = deque([""])
        while waiting:
            path = waiting.popleft()
            names = self._source.level(path).names
            first = self.index.add(numbers.pop(path), names)
            for place, name in enumerate(names):
                child = f"{path}/{name}" if path else name
                if self._source.known_count(child) != (0, True):
                    numbers[child] = first + place
                    waiting.append(child)
        del documents
        yield

    def _walk_levels(self) -> Iterator[None]:
        """Breadth first, many listings side by side, below no array."""
        waiting: deque[tuple[int, str]] = deque([(0, "")])
        reader = self._source.reader
        left = MOST_LISTINGS_REMOTE if reader.remote else MOST_LISTINGS_LOCAL
        while waiting:
            batch = [waiting.popleft() for _ in range(min(_SIDE_BY_SIDE, len(waiting)))]
            left -= len(batch)
            if left < 0:
                self._bounded = True
                return
            for number, path, names in self._children_of(batch):
                first = self.index.add(number, names)
                above = f"{path}/" if path else ""
                waiting.extend((first + place, above + name) for place, name in enumerate(names))
            yield

    def _children_of(self, batch: list[tuple[int, str]]) -> Iterator[tuple[int, str, list[str]]]:
        numbers = {path: number for number, path in batch}
        pages = self._source.reader.first_pages(numbers)
        doubtful = []
        for path, page in pages.items():
            if isinstance(page, ModosError):
                continue  # its own row says why; the rest is searched
            if ".zarray" in page.metadata or not page.names:
                continue
            if path and all(_CHUNK_FOLDER.fullmatch(name) for name in page.names):
                doubtful.append(path)
        facts = self._source.describe(doubtful)
        for path, page in pages.items():
            if isinstance(page, ModosError) or ".zarray" in page.metadata or not page.names:
                continue
            if (path in facts and facts[path].kind != "group") or self._source.reader.loops(path):
                continue
            if page.last:
                yield numbers[path], path, page.names
                continue
            level = self._source.level(path)
            while not level.advance():
                pass
            yield numbers[path], path, level.names

    # -- attributes -------------------------------------------------------------------------

    def _attribute_values(self, check: Callable[[], None]) -> list[tuple[str, str]] | None:
        """Give (path, folded values) of every node, or None where there are too many."""
        if self._values is None:
            index = self.index
            if self._source.documents is None and len(index) > MOST_READ:
                return None
            paths = ["", *(index.path(node) for node in range(1, len(index) + 1))]
            values = []
            for begin in range(0, len(paths), 256):
                check()
                for path, facts in self._source.describe(paths[begin : begin + 256]).items():
                    if facts.attributes:
                        values.append((path, _words(facts.attributes)))
            self._values = values
        return self._values


def _words(value: Any) -> str:
    """Fold every value, without the keys, into one text."""
    found: list[str] = []
    waiting = deque([value])
    while waiting:
        each = waiting.popleft()
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str):
            found.append(each.casefold())
        elif each is not None:
            found.append(json.dumps(each))
    return "\n".join(found)


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
