"""Nodes of any zarr hierarchy (levels, facts, counts), read only when they are shown."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

from modos_widgets.archive import (
    ARCHIVE,
    NODE,
    OLD_FORMAT,
    V2_COPY,
    Node,
    attributes_in_head,
    consolidated_documents,
    merge_v2,
    parse_node,
    v2_documents,
)
from modos_widgets.errors import ModosError, NotFoundError
from modos_widgets.explore.consolidated import METADATA_KEYS, MOST_NODES, Consolidated, Suspicion
from modos_widgets.explore.failures import reason_for
from modos_widgets.explore.level import Level
from modos_widgets.explore.paths import checked_path, parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modos_widgets.explore.overlay import Overlay
    from modos_widgets.explore.reader import Page, Pager, Reader, StoredSize

__all__ = ["NodeSource"]

ROOT_LIMIT: Final = 8 * 2**20  # bytes: of a larger root levels are listed instead
_HEAD: Final = 64 * 2**10
_MOST_FACTS: Final = 20_000
MOST_STORED_KEYS: Final = 5000  # chunks of an array whose sizes are added up
T = TypeVar("T")
_CONSOLIDATED: Final = re.compile(rb'"consolidated_metadata"\s*:\s*\{')


class NodeSource:
    """Nodes of one hierarchy, for an explorer. Safe on any thread; every call may wait for I/O.

    Parameters
    ----------
    reader : Reader
        Reader of the store, below the root group.
    root_document : bytes, optional
        The root's ``zarr.json``, if it is already known.
    is_modo : bool
        Whether `modos_widgets.open_modo` can open the hierarchy.
    object_path : str
        Path to pass to `modos_widgets.open_modo`.
    is_array : bool
        Whether the root is known to be an array.
    endpoint : str, optional
        URL of the modos server that the object was opened with.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        root_document: bytes | None = None,
        is_modo: bool = False,
        object_path: str = "",
        is_array: bool = False,
        endpoint: str | None = None,
    ) -> None:
        self.reader = reader
        self.endpoint = endpoint
        self.is_modo = is_modo
        self.object_path = object_path
        self.is_array = is_array
        self._given = root_document
        self._suspicion: Suspicion | None = None  # since a refresh
        self._lock = threading.RLock()
        self.overlay: Overlay | None = None
        """Nodes of a draft that are shown in front of the stored ones."""
        self._clear()

    def _clear(self) -> None:
        self._started = False
        self._zarr_format = 3
        self._copy: Consolidated | None = None
        self._facts: dict[str, Node] = {}
        self._levels: dict[str, Level] = {}
        self._counts: dict[str, tuple[int, bool]] = {}
        self._stored: dict[str, StoredSize] = {}

    @property
    def name(self) -> str:
        """Name of the root."""
        return self.reader.name

    @property
    def at_hand(self) -> bool:
        """Whether the first rows need no network: they are local, or were read with the root."""
        if not self.reader.remote:
            return True
        return self._given is not None and _CONSOLIDATED.search(self._given) is not None

    @property
    def zarr_format(self) -> int:
        """Zarr format, 2 or 3; reads the root if it has not been read."""
        self.start()
        return self._zarr_format

    @property
    def consolidated(self) -> bool:
        """Whether the root's document contains the metadata of the whole hierarchy."""
        self.start()
        return self._copy is not None

    # -- the root ---------------------------------------------------------------------------

    def start(self) -> Node:
        """Read the root: one round trip, two if its document is large or of zarr v2.

        Raises
        ------
        NotFoundError
            There is no zarr group or array.
        ModosError
            The store fails or denies permission.
        """
        with self._lock:
            if not self._started:
                self._read_root()
                self._started = True
            return self._facts[""]

    def _read_root(self) -> None:
        if self._given is not None and self._take_root(self._given):
            return
        pager, page, head = self.reader.begin(_HEAD)
        if isinstance(head, ModosError):
            raise head
        if head is None:
            self._read_v2_root(page, pager)
            return
        document: bytes | None = head
        if len(head) >= _HEAD:
            size = None if isinstance(page, ModosError) else page.metadata.get(NODE)
            size = self.reader.size(NODE) if size is None else size
            document = None
            if size is not None and size <= ROOT_LIMIT:
                whole = self.reader.read_many([NODE])[NODE]
                if isinstance(whole, ModosError):
                    raise whole
                document = whole
        if document is None:
            self._facts[""] = Node("", "group", attributes_in_head(head))
        elif self._take_root(document, page):
            return
        if isinstance(page, ModosError):
            raise page
        self._take_page(page, pager)

    def _trusts_copy(self, page: Page | ModosError | None) -> bool:
        """Return whether consolidated metadata are used.

        After a refresh they are compared with the store; on this computer, where reading costs
        little, they are no longer used. If the store cannot be listed, they are the only source.
        """
        return self._suspicion is None or self.reader.remote or isinstance(page, ModosError)

    def _take_root(self, document: bytes, page: Page | ModosError | None = None) -> bool:
        """Store the facts and any consolidated children; return whether there are any."""
        root = self._facts[""] = parse_node("", document)
        if root.kind == "array":
            self._levels[""] = Level()
            return True
        if root.kind == "broken" or not self._trusts_copy(page):
            return False
        documents = consolidated_documents(root.document)
        if documents is None:
            return False
        self._take_documents(documents, page)
        return True

    def _take_documents(self, documents: Mapping[str, Any], page: Page | ModosError | None) -> None:
        copy = Consolidated(documents, self._zarr_format)
        listed: dict[str, Level] = {}
        if self._suspicion is not None and not isinstance(page, ModosError):
            listed = copy.compare(self.reader, page, self._suspicion)
        self._copy = copy
        self._levels = copy.levels() if copy.sure else listed

    def _take_page(self, page: Page, pager: Pager) -> None:
        self._levels[""] = Level(page.names, None if page.last else pager)

    def _enter_object(self) -> None:
        """Continue in the archive of an object: read the archive's root."""
        self.is_modo, self.object_path = True, self.reader.address
        self.reader = self.reader.below(ARCHIVE)
        self._zarr_format = 3
        self._read_root()

    def _read_v2_root(self, page: Page | ModosError, pager: Pager) -> None:
        self._zarr_format = OLD_FORMAT
        if (
            not isinstance(page, ModosError)
            and not {*METADATA_KEYS[OLD_FORMAT], V2_COPY} & page.metadata.keys()
        ):
            if ARCHIVE not in page.names or self.is_modo:
                raise self._not_found()
            self._enter_object()
            return
        sizes = {} if isinstance(page, ModosError) else page.metadata
        keys = list(METADATA_KEYS[OLD_FORMAT])
        if (sizes.get(V2_COPY) or 0) <= ROOT_LIMIT:
            keys.append(V2_COPY)
        read = self.reader.read_many(keys)
        problems = [each for each in read.values() if isinstance(each, ModosError)]
        if problems:
            raise problems[0]
        found = {key: value for key, value in read.items() if isinstance(value, bytes)}
        merged = merge_v2(*map(found.get, METADATA_KEYS[OLD_FORMAT]))
        stored = found.get(V2_COPY) if self._trusts_copy(page) else None
        if merged is None and stored is None:
            raise page if isinstance(page, ModosError) else self._not_found()
        self._facts[""] = Node("", "group") if merged is None else parse_node("", merged)
        if self._facts[""].kind == "array":
            self._levels[""] = Level()
        elif stored is not None and (documents := v2_documents(stored)) is not None:
            self._take_documents(documents, page)
        elif isinstance(page, ModosError):
            raise page
        else:
            self._take_page(page, pager)

    def _not_found(self) -> NotFoundError:
        return NotFoundError(
            f"No zarr group or array at {self.name}.", "Pass the path of a zarr archive."
        )

    def refresh(self, opened: Iterable[str] = (), seen: Iterable[str] = ()) -> None:
        """Discard everything; nodes are read from the store again when they are needed.

        Consolidated metadata may be older than the nodes. On this computer they are no longer
        used. Elsewhere they are read again and compared with the store: the open levels, the
        uppermost levels and the visible nodes. Whatever differs is then read from the nodes
        themselves.

        Parameters
        ----------
        opened : iterable of str
            Groups whose levels are shown.
        seen : iterable of str
            Nodes whose rows are visible; default: the nodes that were described last.
        """
        with self._lock:
            self._suspicion = Suspicion(
                tuple(opened), tuple(seen) or tuple(self._facts)[-MOST_NODES:]
            )
            self._given = None
            self._clear()

    # -- levels -----------------------------------------------------------------------------

    def level(self, path: str) -> Level:
        """Return the children's names of a group, at least the first page.

        Parameters
        ----------
        path : str
            Path of the group.

        Returns
        -------
        Level

        Raises
        ------
        ModosError
            The path is invalid, or the store fails or denies permission.
        """
        path = checked_path(path)
        overlay = self.overlay
        if overlay is None:
            return self._stored_level(path)
        try:
            stored = self._stored_level(path)
        except NotFoundError:
            if not overlay.adds(path):
                raise
            stored = Level()
        return overlay.level(path, stored)

    def _stored_level(self, path: str) -> Level:
        self.start()
        with self._lock:
            level = self._levels.get(path)
            copy = self._copy
        if level is None and copy is not None and copy.sure:
            level = Level()
        if level is None:
            facts = self.describe([path])[path]
            if facts.kind == "broken":
                raise NotFoundError(facts.problem, facts.hint)
            if self.overlay is not None and self.overlay.adds(path) and not self._holds(path):
                return Level()
            level = Level(pager=None if facts.kind == "array" else self.reader.pager(path))
            level.advance()
            with self._lock:
                if copy is not None:
                    copy.take(path, level)
                level = self._levels.setdefault(path, level)
        return level

    def _holds(self, path: str) -> bool:
        """Return whether a group is among the stored children of the group above it."""
        return path.rpartition("/")[2] in (self._stored_names(parent_of(path)) or [])

    def known_count(self, path: str) -> tuple[int, bool] | None:
        """Return the known number of children and whether it is complete; None if unknown."""
        level = self._levels.get(path)
        copied = self._copied_names(path) if level is None else None
        counted = self._counts.get(path) if copied is None else (len(copied), True)
        if level is not None:
            counted = (len(level.names), level.complete)
        overlay = self.overlay
        if overlay is None or not overlay.adds(path) or (counted is not None and not counted[1]):
            return counted
        return len(overlay.names(path, self._stored_names(path) or [])), True

    def _copied_names(self, path: str) -> list[str] | None:
        copy = self._copy
        if copy is None or not (copy.sure or path in copy.documents):
            return None
        return copy.names(path)

    def count(self, paths: Iterable[str]) -> None:
        """Count the children of groups, up to a page each. One round trip."""
        wanted = [path for path in paths if self.known_count(path) is None]
        for path, page in self.reader.first_pages(wanted).items():
            if isinstance(page, ModosError):
                continue  # the count remains unknown; opening the group shows the error
            with self._lock:
                self._counts[path] = (len(page.names), page.last)
                if page.last:
                    self._levels.setdefault(path, Level(page.names))

    def known_names(self, path: str) -> list[str] | None:
        """Return the children's names of a group if they are known without I/O, else None."""
        names, overlay = self._stored_names(path), self.overlay
        return names if overlay is None or names is None else overlay.names(path, names)

    def _stored_names(self, path: str) -> list[str] | None:
        level = self._levels.get(path)
        return self._copied_names(path) if level is None else level.names

    # -- facts ------------------------------------------------------------------------------

    def known(self, path: str, *, keep: bool = True) -> Node | None:
        """Return the facts of a node if they are known without I/O, else None."""
        facts = self._known_stored(path, keep=keep)
        return facts if self.overlay is None else self.overlay.node(path, facts)

    def _known_stored(self, path: str, *, keep: bool) -> Node | None:
        facts, copy = self._facts.get(path), self._copy
        if facts is None and copy is not None and copy.answers_for(path):
            facts = parse_node(path, copy.documents.get(path))
            if keep:
                self._put(self._facts, path, facts)
        return facts

    def known_stored(self, path: str) -> StoredSize | None:
        """Return the stored size of an array if it was computed, else None."""
        return self._stored.get(path)

    def stored(self, path: str, check: Callable[[], None] = lambda: None) -> StoredSize:
        """Compute the stored size of an array, from at most `MOST_STORED_KEYS` chunks.

        One listing request for each thousand chunks; the result is cached.

        Parameters
        ----------
        path : str
            Path of the array.
        check : callable
            Called between requests; an exception that it raises ends the computation.

        Returns
        -------
        StoredSize

        Raises
        ------
        ModosError
            The store fails or denies permission.
        """
        found = self._stored.get(path)
        if found is None:
            found = self.reader.stored_sizes(path, MOST_STORED_KEYS, check)
            self._put(self._stored, path, found)
        return found

    def forget(self, path: str) -> None:
        """Discard what is known of one node, so that it is read again."""
        with self._lock:
            if path:  # only `refresh` discards the root
                self._facts.pop(path, None)
            self._stored.pop(path, None)

    @property
    def started(self) -> bool:
        """Whether the root was read."""
        return self._started

    def known_early(self, path: str) -> Node | None:
        """Return the facts of a node if they are known, even before the root was read."""
        return self._facts.get(path) or (self.known(path) if self._started else None)

    def learn(self, path: str, facts: Node) -> Node:
        """Store the facts of a node that were read elsewhere, and return them."""
        self._put(self._facts, path, facts)
        return facts

    def _put(self, held: dict[str, T], path: str, value: T) -> None:
        with self._lock:
            while len(held) >= _MOST_FACTS:
                del held[next(each for each in held if each)]  # the root's facts are kept
            held[path] = value

    def describe(self, paths: Iterable[str], *, keep: bool = True) -> dict[str, Node]:
        """Read the facts of nodes concurrently, in one round trip.

        A node that cannot be read has the kind ``broken`` and states the problem.

        Parameters
        ----------
        paths : iterable of str
            Paths of the nodes.
        keep : bool
            Cache the result, as for visible rows; False for a walk over all nodes.

        Returns
        -------
        dict of str to Node

        Raises
        ------
        ModosError
            The root cannot be read.
        """
        self.start()
        found: dict[str, Node] = {}
        unknown = []
        for path in paths:
            facts = self.known(path, keep=keep)
            if facts is None:
                unknown.append(path)
            else:
                found[path] = facts
        names = METADATA_KEYS[self._zarr_format]
        read = self.reader.read_many(
            [f"{path}/{name}" for path in unknown for name in names], ROOT_LIMIT
        )
        for path in unknown:
            parts = [read[f"{path}/{name}"] for name in names]
            found[path] = (
                _broken(path, "This is a link to a group above it.", "Remove the link.")
                if self.reader.loops(path)
                else _parse_parts(path, parts)
            )
            if keep:
                self._put(self._facts, path, found[path])
            if self.overlay is not None:
                found[path] = self.overlay.node(path, found[path]) or found[path]
        return found


def facts_of(source: NodeSource, path: str) -> Node:
    """Return the facts of one node.

    A v3 node takes one request, even if the root was never read.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    path : str
        Path of the node.

    Returns
    -------
    Node

    Raises
    ------
    ModosError
        The path is invalid, or the root cannot be read.
    """
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


def _parse_parts(path: str, parts: list[bytes | ModosError | None]) -> Node:
    """Return a node from the contents of its metadata files: one, or the three of zarr v2."""
    documents: list[bytes | None] = []
    for part in parts:
        if isinstance(part, ModosError):
            return _broken(path, part.message, part.hint, reason_for(part))
        if part is not None and len(part) >= ROOT_LIMIT:
            return _broken(path, "Its metadata is larger than 8 MiB.", "Open the node in code.")
        documents.append(part)
    return parse_node(path, documents[0] if len(documents) == 1 else merge_v2(*documents))


def _broken(path: str, problem: str, hint: str, reason: str = "") -> Node:
    return Node(path, "broken", problem=problem, hint=hint, reason=reason)
