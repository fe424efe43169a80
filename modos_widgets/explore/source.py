"""The nodes of any zarr hierarchy: levels, facts, counts; nothing is read before it is seen."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ModosError, NotFoundError
from modos_widgets.explore.facts import NodeFacts, describe, merge_v2
from modos_widgets.explore.failures import reason_for
from modos_widgets.explore.level import Level
from modos_widgets.explore.paths import checked_path
from modos_widgets.explore.root import attributes_in_head, hierarchy_of, v2_documents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.explore.reader import Page, Pager, Reader, Stored

__all__ = ["NodeSource"]

ROOT_LIMIT: Final = 8 * 2**20
"""Bytes: a larger root document is no metadata read any more; levels are listed instead."""

_HEAD: Final = 64 * 2**10
_MOST_FACTS: Final = 20_000
MOST_STORED_KEYS: Final = 5000
"""Chunks of an array whose stored sizes are added up."""
_CONSOLIDATED: Final = re.compile(rb'"consolidated_metadata"\s*:\s*\{')
_V2: Final = (".zgroup", ".zarray", ".zattrs")


class NodeSource:
    """What an explorer shows of one hierarchy. Safe on any thread; every call may wait for I/O.

    Parameters
    ----------
    reader : Reader
        The store, below the root group.
    root_document : bytes, optional
        The root's ``zarr.json`` where it has been read already.
    is_modo : bool
        Whether `modos_widgets.open_modo` opens it.
    object_path : str
        What `modos_widgets.open_modo` takes.
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
        self._trusts_root = True
        self._lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._started = False
        self._zarr_format = 3
        self._documents: Mapping[str, Any] | None = None
        self._facts: dict[str, NodeFacts] = {}
        self._levels: dict[str, Level] = {}
        self._counts: dict[str, tuple[int, bool]] = {}
        self._stored: dict[str, Stored] = {}

    @property
    def name(self) -> str:
        """What the root is called."""
        return self.reader.name

    @property
    def at_hand(self) -> bool:
        """Whether the first rows need no network: they lie here, or came with the root."""
        if not self.reader.remote:
            return True
        return self._given is not None and _CONSOLIDATED.search(self._given) is not None

    @property
    def zarr_format(self) -> int:
        """2 or 3; reads the root when it has not been read."""
        self.start()
        return self._zarr_format

    @property
    def consolidated(self) -> bool:
        """Whether the whole hierarchy came with the root's document."""
        self.start()
        return self._documents is not None

    @property
    def documents(self) -> Mapping[str, Any] | None:
        """Metadata documents by path where they came consolidated; reads the root if need be."""
        self.start()
        return self._documents

    # -- the root ---------------------------------------------------------------------------

    def start(self) -> NodeFacts:
        """Read the root: one round trip, two where its document is large or of zarr v2.

        Raises
        ------
        NotFoundError
            No zarr group or array is there.
        ModosError
            What the store refused.
        """
        with self._lock:
            if not self._started:
                self._read_root()
                self._started = True
            return self._facts[""]

    def _read_root(self) -> None:
        if self._given is not None and self._trusts_root and self._take_root(self._given):
            return
        pager, page, head = self.reader.begin(_HEAD)
        if isinstance(head, ModosError):
            raise head
        if head is None:
            self._read_v2_root(page, pager)
            return
        document: bytes | None = head
        if len(head) >= _HEAD:
            size = None if isinstance(page, ModosError) else page.metadata.get("zarr.json")
            size = self.reader.size("zarr.json") if size is None else size
            document = None
            if size is not None and size <= ROOT_LIMIT:
                whole = self.reader.read_many(["zarr.json"])["zarr.json"]
                if isinstance(whole, ModosError):
                    raise whole
                document = whole
        if document is None:
            self._facts[""] = NodeFacts("group", attributes_in_head(head))
        elif self._take_root(document, trusted=self._trusts_root or isinstance(page, ModosError)):
            return
        if isinstance(page, ModosError):
            raise page
        self._take_page(page, pager)

    def _take_root(self, document: bytes, *, trusted: bool = True) -> bool:
        """Take facts, and children where they are consolidated; tell whether they are."""
        self._facts[""] = describe(document)
        if self._facts[""].kind == "array":
            self._levels[""] = Level()
            return True
        if self._facts[""].kind == "broken" or not trusted:
            return False
        stored = json.loads(document).get("consolidated_metadata")
        documents = stored.get("metadata") if isinstance(stored, Mapping) else None
        if not isinstance(documents, Mapping):
            return False
        self._take_documents(documents)
        return True

    def _take_documents(self, documents: Mapping[str, Any]) -> None:
        self._documents, children = hierarchy_of(documents)
        self._levels = {path: Level(sorted(set(names))) for path, names in children.items()}

    def _take_page(self, page: Page, pager: Pager) -> None:
        self._levels[""] = Level(page.names, None if page.last else pager)

    def _read_v2_root(self, page: Page | ModosError, pager: Pager) -> None:
        self._zarr_format = 2
        if not isinstance(page, ModosError) and not {*_V2, ".zmetadata"} & page.metadata.keys():
            raise NotFoundError(
                f"No zarr group or array is at {self.name}.", "Give the path of a zarr archive."
            )
        sizes = {} if isinstance(page, ModosError) else page.metadata
        keys = list(_V2)
        if (sizes.get(".zmetadata") or 0) <= ROOT_LIMIT:
            keys.append(".zmetadata")
        read = self.reader.read_many(keys)
        problems = [each for each in read.values() if isinstance(each, ModosError)]
        if problems:
            raise problems[0]
        found = {key: value for key, value in read.items() if isinstance(value, bytes)}
        merged = merge_v2(found.get(".zgroup"), found.get(".zarray"), found.get(".zattrs"))
        stored = found.get(".zmetadata") if self._trusts_root else None
        if merged is None and stored is None:
            raise (
                page
                if isinstance(page, ModosError)
                else NotFoundError(
                    f"No zarr group or array is at {self.name}.", "Give the path of a zarr archive."
                )
            )
        self._facts[""] = describe(merged) if merged is not None else NodeFacts("group")
        if self._facts[""].kind == "array":
            self._levels[""] = Level()
        elif stored is not None and (documents := v2_documents(stored)) is not None:
            self._take_documents(documents)
        elif isinstance(page, ModosError):
            raise page
        else:
            self._take_page(page, pager)

    def refresh(self) -> None:
        """Forget everything, and read what stands there, whatever a consolidated root says."""
        with self._lock:
            self._trusts_root = False
            self._given = None
            self._clear()

    # -- levels -----------------------------------------------------------------------------

    def level(self, path: str) -> Level:
        """Give the children's names of a group, the first page at least.

        Raises
        ------
        ModosError
            The path is none, or the store refused.
        """
        path = checked_path(path)
        self.start()
        with self._lock:
            level = self._levels.get(path)
        if level is None and self._documents is not None:
            level = Level()
        if level is None:
            facts = self.describe([path])[path]
            if facts.kind == "broken":
                raise NotFoundError(facts.problem, facts.hint)
            level = Level(pager=None if facts.kind == "array" else self.reader.pager(path))
            level.advance()
            with self._lock:
                level = self._levels.setdefault(path, level)
        return level

    def known_count(self, path: str) -> tuple[int, bool] | None:
        """Give the number of children, and whether that is all, as far as it is known."""
        level = self._levels.get(path)
        if level is not None:
            return len(level.names), level.complete
        if self._documents is not None:
            return 0, True
        return self._counts.get(path)

    def count(self, paths: Iterable[str]) -> None:
        """Count the children of groups, up to a page each; one round trip."""
        wanted = [path for path in paths if self.known_count(path) is None]
        for path, page in self.reader.first_pages(wanted).items():
            if isinstance(page, ModosError):
                continue  # the count stays unknown; opening the group tells why
            with self._lock:
                self._counts[path] = (len(page.names), page.last)
                if page.last:
                    self._levels.setdefault(path, Level(page.names))

    def known_names(self, path: str) -> list[str] | None:
        """Give the children's names of a group where they are known without I/O."""
        level = self._levels.get(path)
        if level is None:
            return [] if self._documents is not None else None
        return level.names

    # -- facts ------------------------------------------------------------------------------

    def known(self, path: str, *, keep: bool = True) -> NodeFacts | None:
        """Give the facts of a node where they are known without I/O."""
        facts = self._facts.get(path)
        if facts is None and self._documents is not None:
            facts = describe(self._documents.get(path))
            if keep:
                self._keep(path, facts)
        return facts

    def known_stored(self, path: str) -> Stored | None:
        """Give what an array takes in the store, where that was added up."""
        return self._stored.get(path)

    def stored(self, path: str) -> Stored:
        """Add up what an array takes in the store, `MOST_STORED_KEYS` chunks at most.

        One listing for each thousand chunks; the answer is remembered.

        Raises
        ------
        ModosError
            What the store refused.
        """
        found = self._stored.get(path)
        if found is None:
            found = self.reader.stored_sizes(path, MOST_STORED_KEYS)
            with self._lock:
                while len(self._stored) >= _MOST_FACTS:
                    del self._stored[next(iter(self._stored))]
                self._stored[path] = found
        return found

    def forget(self, path: str) -> None:
        """Forget what one node is, so that it is read again."""
        with self._lock:
            if path:  # the root's is forgotten by `refresh` alone
                self._facts.pop(path, None)
            self._stored.pop(path, None)

    @property
    def started(self) -> bool:
        """Whether the root was read."""
        return self._started

    def known_early(self, path: str) -> NodeFacts | None:
        """Give the facts of a node where they are known, even before the root is."""
        return self._facts.get(path) or (self.known(path) if self._started else None)

    def learn(self, path: str, facts: NodeFacts) -> NodeFacts:
        """Keep facts that were read elsewhere."""
        self._keep(path, facts)
        return facts

    def _keep(self, path: str, facts: NodeFacts) -> None:
        with self._lock:
            while len(self._facts) >= _MOST_FACTS:
                oldest = next(each for each in self._facts if each)
                del self._facts[oldest]
            self._facts[path] = facts

    def describe(self, paths: Iterable[str], *, keep: bool = True) -> dict[str, NodeFacts]:
        """Read what nodes are, side by side; one round trip.

        A node that cannot be read is of kind ``broken`` and says why.

        Parameters
        ----------
        paths : iterable of str
            The nodes.
        keep : bool
            Remember what was read, as rows that are seen want it. A walk over all does not.

        Raises
        ------
        ModosError
            The root cannot be read.
        """
        self.start()
        found: dict[str, NodeFacts] = {}
        unknown = []
        for path in paths:
            facts = self.known(path, keep=keep)
            if facts is None:
                unknown.append(path)
            else:
                found[path] = facts
        names = _V2 if self._zarr_format == 2 else ("zarr.json",)  # noqa: PLR2004
        read = self.reader.read_many(
            [f"{path}/{name}" for path in unknown for name in names], ROOT_LIMIT
        )
        for path in unknown:
            found[path] = self._facts_from(path, [read[f"{path}/{name}"] for name in names])
            if keep:
                self._keep(path, found[path])
        return found

    def _facts_from(self, path: str, parts: list[bytes | ModosError | None]) -> NodeFacts:
        for part in parts:
            if isinstance(part, ModosError):
                return NodeFacts.broken(part.message, part.hint, reason_for(part))
            if part is not None and len(part) >= ROOT_LIMIT:
                return NodeFacts.broken("Its metadata is larger than 8 MiB.", "Look at it in code.")
        if self.reader.loops(path):
            return NodeFacts.broken("A link to a group above it.", "Remove the link.")
        documents = [part for part in parts if not isinstance(part, ModosError)]
        if len(documents) == 1:
            return describe(documents[0])
        return describe(merge_v2(*documents))
