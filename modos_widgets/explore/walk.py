"""Walk over all names of a hierarchy with few requests."""

from __future__ import annotations

import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import ModosError
from modos_widgets.explore.paths import joined, parent_of
from modos_widgets.explore.reader import Subtree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modos_widgets.explore.name_index import NameIndex
    from modos_widgets.explore.source import NodeSource

__all__ = ["walk"]

MOST_LISTINGS_REMOTE: Final = 20_000
MOST_LISTINGS_LOCAL: Final = 2_000_000

_SIDE_BY_SIDE: Final = 64
_LEAST_NODES: Final = 16  # on a page of keys, else the next page is not read
# Pages of keys. More are read only if half of the nodes are children: deeper nodes have levels of
# their own, which can be read concurrently.
_PAGES: Final = 4
# By how many the groups with too many chunks may outnumber those without, in one group.
_MORE_LOST: Final = 2

_CHUNK_FOLDER: Final = re.compile(r"c|\d+")


def walk(source: NodeSource, index: NameIndex) -> Iterator[bool]:
    """Add every name to an index, step by step. Uses the disk or the network.

    Names are taken from consolidated metadata if there are any. Otherwise groups are listed,
    breadth first and concurrently, but not below an array.

    On S3, all keys below a group are listed first: if most of them are metadata, one request
    returns a thousand nodes, and no leaf needs a request of its own. If a page consists mostly of
    chunks, or after four pages of deep nodes, only the group's own level is listed.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    index : NameIndex
        The index.

    Yields
    ------
    bool
        True if the walk ended early, after `MOST_LISTINGS_REMOTE` requests.
    """
    return _of_documents(source, index) if source.consolidated else _Levels(source, index).walk()


# -- consolidated -----------------------------------------------------------------------------


def _of_documents(source: NodeSource, index: NameIndex) -> Iterator[bool]:
    waiting: deque[tuple[int, str]] = deque([(0, "")])
    while waiting:
        number, path = waiting.popleft()
        names = _names_in(source, path)
        first = index.add(number, names)
        below = [joined(path, name) for name in names]
        added = [child for child in below if source.known_count(child) is None]
        if added:  # after the metadata were consolidated
            found = source.describe(added)
            source.count(each for each in added if found[each].kind == "group")
            yield False
        waiting.extend(
            (first + place, child)
            for place, child in enumerate(below)
            if (source.known_count(child) or (0, True))[0]
        )
    yield False


def _names_in(source: NodeSource, path: str) -> list[str]:
    names, count = source.known_names(path), source.known_count(path)
    if names is not None and count is not None and count[1]:
        return names
    level = source.level(path)
    while not level.advance():
        pass
    return level.names


# -- listed -----------------------------------------------------------------------------------


class _Levels:
    def __init__(self, source: NodeSource, index: NameIndex) -> None:
        self.source, self.reader, self.index = source, source.reader, index
        self.left = MOST_LISTINGS_REMOTE if self.reader.remote else MOST_LISTINGS_LOCAL
        self.waiting: deque[tuple[int, str]] = deque([(0, "")])
        self.whole: dict[str, tuple[int, Subtree]] = {}  # subtrees that are being listed
        self.lost: Counter[str | None] = Counter()  # subtrees given up, by parent group

    def walk(self) -> Iterator[bool]:
        while self.waiting or self.whole:
            listed: list[tuple[int, str]] = []
            while self.waiting and len(listed) + len(self.whole) < _SIDE_BY_SIDE:
                number, path = self.waiting.popleft()
                if self.reader.subtrees is not None and self.lost[_family(path)] <= _MORE_LOST:
                    self.whole[path] = (number, Subtree(path))
                else:
                    listed.append((number, path))
            self.left -= len(listed) + len(self.whole)
            if self.left < 0:
                yield True
                return
            if self.whole:
                listed += self._take_whole()
            for number, path, names in self._children_of(listed):
                first = self.index.add(number, names)
                self.waiting.extend(
                    (first + place, joined(path, name)) for place, name in enumerate(names)
                )
            yield False

    def _take_whole(self) -> list[tuple[int, str]]:
        """Read a page of keys of each subtree; return the groups whose own level must be listed."""
        assert self.reader.subtrees is not None  # noqa: S101 - else nothing is in `whole`
        failed = self.reader.subtrees.read([each for _, each in self.whole.values()])
        given_up = []
        for path, (number, each) in list(self.whole.items()):
            family = _family(path)
            if path in failed or not (each.complete or _worth_more(each)):
                self.lost[family] += 1
                given_up.append((number, path))
            elif each.complete:
                self.lost[family] -= 1
                _add_below(self.index, number, each.nodes)
            else:
                continue
            del self.whole[path]
        return given_up

    def _children_of(self, batch: list[tuple[int, str]]) -> Iterator[tuple[int, str, list[str]]]:
        numbers = {path: number for number, path in batch}
        pages = self.reader.first_pages(numbers)
        doubtful = []
        for path, page in pages.items():
            if isinstance(page, ModosError):
                continue  # its own row shows the error, and the rest is searched
            if ".zarray" in page.metadata or not page.names:
                continue
            if path and all(_CHUNK_FOLDER.fullmatch(name) for name in page.names):
                doubtful.append(path)
        facts = self.source.describe(doubtful)
        for path, page in pages.items():
            if isinstance(page, ModosError) or ".zarray" in page.metadata or not page.names:
                continue
            if (path in facts and facts[path].kind != "group") or self.reader.loops(path):
                continue
            if page.last:
                yield numbers[path], path, page.names
                continue
            level = self.source.level(path)
            while not level.advance():
                pass
            yield numbers[path], path, level.names


def _family(path: str) -> str | None:
    return parent_of(path) if path else None


def _worth_more(subtree: Subtree) -> bool:
    """Return whether reading one more page of keys is worth waiting for."""
    if subtree.fresh < _LEAST_NODES:
        return False
    return subtree.pages < _PAGES or 2 * subtree.children > len(subtree.nodes)


def _add_below(index: NameIndex, number: int, nodes: Iterable[str]) -> None:
    """Add the nodes below a node, and the groups above them that have no metadata of their own."""
    families: dict[str, dict[str, None]] = {}
    for node in nodes:
        above, _, name = node.rpartition("/")
        while name not in (family := families.setdefault(above, {})):
            family[name] = None
            if not above:
                break
            above, _, name = above.rpartition("/")
    waiting = deque([(number, "")])
    while waiting:
        parent, path = waiting.popleft()
        names = families.get(path, {})
        first = index.add(parent, names)
        for place, name in enumerate(names):
            child = joined(path, name)
            if child in families:
                waiting.append((first + place, child))
