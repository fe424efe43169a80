"""Consolidated metadata of a root, and how far they still agree with the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from modos_widgets.archive import (
    NODE,
    V2_NAMES,
    DocumentError,
    children_of,
    merge_v2,
    parse_object,
    without_copy,
)
from modos_widgets.errors import ModosError
from modos_widgets.explore.level import Level
from modos_widgets.explore.paths import NOT_NODES, depth_of, parent_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.explore.reader import Page, Reader

__all__ = ["METADATA_KEYS", "MOST_NODES", "Consolidated", "Suspicion"]

METADATA_KEYS: Final = {2: V2_NAMES, 3: (NODE,)}
"""Names of a node's own metadata, by zarr format."""

MOST_LEVELS: Final = 64
"""Levels that a refresh lists besides those of visible groups."""

MOST_NODES: Final = 100
"""Nodes whose own metadata a refresh reads."""


class Suspicion(NamedTuple):
    """Visible part of a hierarchy, which a refresh compares with the consolidated metadata.

    Attributes
    ----------
    opened : tuple of str
        Groups whose levels are shown.
    seen : tuple of str
        Nodes whose rows are visible.
    """

    opened: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


class Consolidated:
    """Metadata documents of a hierarchy that its root's document contains.

    A writer that does not update this copy makes it stale, and nothing in the copy shows it. When
    the hierarchy is opened, the copy is trusted; a refresh compares it with the store (`compare`).
    If everything agrees, it is still trusted. If a level differs, its nodes are read from the
    store. A level that was not compared is then listed when it is opened (one request), and its
    nodes are still taken from the copy.

    Parameters
    ----------
    documents : mapping
        Path to document, as stored.
    zarr_format : int
        2 or 3.
    """

    def __init__(self, documents: Mapping[str, Any], zarr_format: int) -> None:
        self.documents = {
            path: document
            for path, document in documents.items()
            if path and NOT_NODES.isdisjoint(path.split("/"))
        }
        children = children_of(self.documents)
        self._children = {path: sorted(set(names)) for path, names in children.items() if names}
        self._format = zarr_format
        self._differing: set[str] = set()
        self.sure = True
        """Whether no difference from the store was found."""

    def names(self, path: str) -> list[str]:
        """Return the children's names of a group."""
        return self._children.get(path, [])

    def levels(self) -> dict[str, Level]:
        """Return every level that has children."""
        return {path: Level(names) for path, names in self._children.items()}

    def answers_for(self, path: str) -> bool:
        """Return whether the copy is trusted for a node, also if it does not contain the node."""
        if self.sure:
            return True
        return path in self.documents and parent_of(path) not in self._differing

    def take(self, path: str, level: Level) -> Level:
        """Record whether a listed level agrees with the copy, and return the level."""
        names, known = set(level.names), set(self.names(path))
        if (names != known) if level.complete else not names <= known:
            self._differ(path)
        return level

    def _differ(self, path: str) -> None:
        self.sure = False
        self._differing.add(path)

    def compare(self, reader: Reader, page: Page | None, suspicion: Suspicion) -> dict[str, Level]:
        """Compare the visible nodes and the uppermost levels with the store.

        Takes about four round trips, more for groups of more than a thousand children.

        Parameters
        ----------
        reader : Reader
            The store.
        page : Page, optional
            First page of the root's level, if it was already read.
        suspicion : Suspicion
            The visible part.

        Returns
        -------
        dict
            Path to each level that was listed. Levels that the store failed to list are missing.
        """
        shown = {path: None for path in ("", *suspicion.opened) if self._has_level(path)}
        upper = sorted((path for path in self._children if path not in shown), key=depth_of)
        wanted = dict.fromkeys([*shown, *upper][:MOST_LEVELS])
        seen = [path for path in suspicion.seen if path][:MOST_NODES]
        wanted |= {path: None for path in seen if self._has_level(path)}
        if page is not None and page.last:
            del wanted[""]
        pages = reader.first_pages(wanted)
        found = {} if page is None or not page.last else {"": self.take("", Level(page.names))}
        for path, first in pages.items():
            level = _whole(reader, path, first)
            if level is None:
                self.sure = False  # the level is listed again when it is opened
            else:
                found[path] = self.take(path, level)
        self._compare_nodes(reader, seen)
        return found

    def _has_level(self, path: str) -> bool:
        """Return whether a path is a group in the copy; a later one is listed when it is opened."""
        document = self.documents.get(path)
        return path in self._children or (
            isinstance(document, Mapping) and document.get("node_type") == "group"
        )

    def _compare_nodes(self, reader: Reader, seen: Iterable[str]) -> None:
        keys = METADATA_KEYS[self._format]
        known = [path for path in seen if self.answers_for(path) and path in self.documents]
        read = reader.read_many([f"{path}/{key}" for path in known for key in keys])
        for path in known:
            parts = [read[f"{path}/{key}"] for key in keys]
            if not _same(self.documents[path], parts):
                self._differ(parent_of(path))


def _whole(reader: Reader, path: str, first: Page | ModosError) -> Level | None:
    """Read the remaining pages of a level; return None if the store fails."""
    if isinstance(first, ModosError):
        return None
    if first.last:
        return Level(first.names)
    level = Level(pager=reader.pager(path))
    try:
        while not level.advance():
            pass
    except ModosError:
        return None
    return level


def _same(known: Any, parts: list[bytes | ModosError | None]) -> bool:
    """Return whether a node's own metadata agree with the copy."""
    documents = [part for part in parts if not isinstance(part, ModosError)]
    if len(documents) < len(parts):
        return False
    own = documents[0] if len(documents) == 1 else merge_v2(*documents)
    if isinstance(own, bytes):
        try:
            own = parse_object(own)
        except DocumentError:
            return False
    return isinstance(own, Mapping) and isinstance(known, Mapping) and _text(own) == _text(known)


def _text(document: Mapping[str, Any]) -> str:
    """Return a document for comparison, without a group's own consolidated copy."""
    return json.dumps(without_copy(document), sort_keys=True)
