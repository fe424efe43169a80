"""Walk over all names of a hierarchy with few requests."""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import ModosError
from modos_widgets.explore.paths import joined, parent_of
from modos_widgets.explore.reader import Subtree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.explore.name_index import NameIndex
    from modos_widgets.explore.source import NodeSource

__all__ = ["walk"]

MOST_LISTINGS_REMOTE: Final = 20_000
MOST_LISTINGS_LOCAL: Final = 2_000_000

_SIDE_BY_SIDE: Final = 64
_LEAST_NODES: Final = 16  # on a page of keys, else the next page is not read
# Pages of keys. More are read only if half of the nodes are children: deeper nodes have levels of
# their own, which can be read concurrently. That takes more requests but fewer round trips, so
# more pages are read one after the other if most of their keys are nodes.
_PAGES: Final = 4
_FULL_PAGES: Final = 16
_FULL: Final = 500  # nodes on a full page
# By how many the groups with too many chunks may outnumber those without, in one group.
_MORE_LOST: Final = 2

_CHUNK_FOLDER: Final = re.compile(r"c|\d+")


def walk(source: NodeSource, index: NameIndex) -> Iterator[bool]:
    """Add every name to an index, step by step. Uses the disk or the network.

    Names are taken from consolidated metadata if there are any. Otherwise groups are listed,
    breadth first and concurrently, but not below an array.

    On S3, all keys below a group are listed first: if most of them are metadata, one request
    returns a thousand nodes, and no leaf needs a request of its own. If a page consists mostly of
    chunks, or after 16 pages of deep nodes (4 if chunks are among them), the group's own level is
    listed, and the walk continues behind the last key that was listed.

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


@dataclass
class _Listing:
    """Listing of all keys below a group, whose nodes are added page by page.

    Attributes
    ----------
    number : int
        The group in the index.
    subtree : Subtree
        The keys read so far.
    begin : int
        The last node of the index when the listing began.
    above : list of (str, int)
        Path and number of the last node and of the groups above it, in the order of the path. The
        keys below a group follow each other, so no other node gets another child.
    """

    number: int
    subtree: Subtree
    begin: int
    above: list[tuple[str, int]] = field(default_factory=list)

    def add_page(self, index: NameIndex) -> None:
        """Add the nodes of the last page, and groups above them without metadata of their own."""
        above = self.above
        for node in self.subtree.nodes[len(self.subtree.nodes) - self.subtree.fresh :]:
            while above and not f"{node}/".startswith(f"{above[-1][0]}/"):
                above.pop()
            path, number = above[-1] if above else ("", self.number)
            missing = node[len(path) :].strip("/")
            for name in missing.split("/") if missing else ():
                path, number = joined(path, name), index.add(number, [name])
                above.append((path, number))

    def below(self, name: str, number: int) -> _Listing:
        """Return the listing of a child that continues after the last key."""
        path = joined(self.subtree.path, name)
        last = self.subtree.last.partition("/")[2]
        above = [
            (node.partition("/")[2], each)
            for node, each in self.above
            if node.startswith(f"{name}/")
        ]
        return _Listing(number, Subtree(path, last=last), self.begin, above)


class _Levels:
    def __init__(self, source: NodeSource, index: NameIndex) -> None:
        self.source, self.reader, self.index = source, source.reader, index
        self.left = MOST_LISTINGS_REMOTE if self.reader.remote else MOST_LISTINGS_LOCAL
        self.waiting: deque[tuple[int, str]] = deque([(0, "")])
        self.whole: dict[str, _Listing] = {}  # subtrees that are being listed
        self.partly: dict[str, _Listing] = {}  # of groups of which a part was added
        self.lost: Counter[str | None] = Counter()  # subtrees given up, by parent group

    def walk(self) -> Iterator[bool]:
        while self.waiting or self.whole:
            listed: list[tuple[int, str]] = []
            while self.waiting and len(listed) + len(self.whole) < _SIDE_BY_SIDE:
                number, path = self.waiting.popleft()
                if self.reader.subtrees is not None and self.lost[_family(path)] <= _MORE_LOST:
                    known = self.partly.pop(path, None)
                    self.whole[path] = known or _Listing(number, Subtree(path), len(self.index))
                else:
                    listed.append((number, path))
            self.left -= len(listed) + len(self.whole)
            if self.left < 0:
                yield True
                return
            if self.whole:
                listed += self._take_whole()
            for number, path, names in self._children_of(listed):
                new = self._without_added(number, path, names)
                first = self.index.add(number, new)
                self.waiting.extend(
                    (first + place, joined(path, name)) for place, name in enumerate(new)
                )
            yield False

    def _without_added(self, number: int, path: str, names: list[str]) -> list[str]:
        """Return the children of a group that no listing has added; continue one half added."""
        listing = self.partly.pop(path, None)
        if listing is None or not listing.subtree.last:
            return names
        added = self.index.children(number, listing.begin)
        name = listing.subtree.last.partition("/")[0]
        if name in added:
            child = joined(path, name)
            self.partly[child] = listing.below(name, added[name])
            self.waiting.append((added[name], child))
        return [name for name in names if name not in added]

    def _take_whole(self) -> list[tuple[int, str]]:
        """Read a page of keys of each subtree; return the groups whose own level must be listed."""
        assert self.reader.subtrees is not None  # noqa: S101 - else nothing is in `whole`
        failed = self.reader.subtrees.read([each.subtree for each in self.whole.values()])
        given_up = []
        for path, listing in list(self.whole.items()):
            family, subtree = _family(path), listing.subtree
            if path not in failed:
                listing.add_page(self.index)
            if path in failed or not (subtree.complete or _worth_more(subtree)):
                self.lost[family] += 1
                given_up.append((listing.number, path))
                self.partly[path] = listing
            elif subtree.complete:
                self.lost[family] -= 1
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
    most = _FULL_PAGES if subtree.fresh >= _FULL else _PAGES
    return subtree.pages < most or 2 * subtree.children > len(subtree.nodes)
