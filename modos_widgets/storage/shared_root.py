"""One read of an archive's root, shared by the zarr handles of a storage."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import zarr
from zarr.core.group import AsyncGroup, GroupMetadata
from zarr.storage import StorePath

from modos_widgets.archive import (
    ARCHIVE,
    FORMAT,
    NODE,
    Document,
    check_root,
    children_of,
    consolidated_documents,
    encode_document,
    without_copy,
)
from modos_widgets.errors import ModosError, NotFoundError
from modos_widgets.files import etag_of
from modos_widgets.storage.local_errors import check_regular, local_failures
from modos_widgets.storage.writes import writes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from zarr.abc.store import Store

    from modos_widgets.s3 import S3Client
    from modos_widgets.storage.types import RootDocument

SHARED_SECONDS: Final = 1.0
"""How long handles share a read without asking the store whether it still holds."""

_SETTLED = 2_000_000_000  # nanoseconds: the coarsest clock of a file system
_PAGE = 1000  # keys of a listing's page
_TRIALS = 4  # listings in the time that a read is shared, whatever comes of them
_WORTH = 2  # nodes that each listing has told of so far, for another one to be made
_FEW = 3  # children: fewer are read themselves


class Unknown(Enum):
    """What the root does not say."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

clock = time.monotonic


@dataclass(frozen=True)
class Root:
    """A root as it was read.

    Attributes
    ----------
    document : mapping
        Shared: nobody writes into it.
    etag : str
    """

    document: Mapping[str, Any]
    etag: str

    @cached_property
    def entries(self) -> Mapping[str, Any] | None:
        """The nodes of the consolidated copy; None where the root holds none."""
        return consolidated_documents(self.document)

    @cached_property
    def children(self) -> Mapping[str, list[str]]:
        """The names below each group of the copy."""
        return children_of(self.entries or {})

    def node(self, path: str) -> Document | None:
        """Return a node's document as the copy holds it."""
        entry = (self.entries or {}).get(path)
        return without_copy(entry) if isinstance(entry, Mapping) else None


@dataclass(frozen=True)
class _Read:
    """A read of the root: of what, on what terms, and when."""

    root: Root
    terms: tuple[Any, ...]
    at: float
    settled: bool = False


class SharedRoot(ABC):
    """The root of one archive, for all zarr handles of one storage.

    It is read again when this process wrote to the archive, when a second has passed, in
    another process after a fork, and with another key to S3; then on the condition that it
    changed, where the store knows conditions.

    Parameters
    ----------
    identity : hashable
        What is the same for all stores of the archive.
    trusting : bool
        Nodes are what the consolidated copy says (for readers). Else a node is taken from the
        copy only where the store confirms it.
    """

    def __init__(self, identity: Hashable, *, trusting: bool) -> None:
        self.trusting = trusting
        self._writes = writes_of(identity)
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._read: _Read | None = None

    def _after_fork(self) -> None:
        """Drop what belongs to the process that this one is a fork of: locks, reads."""
        if self._pid != os.getpid():
            self._forget()

    @property
    def written(self) -> int:
        """How often this process wrote to the archive."""
        return self._writes.count

    def now(self) -> float:
        """Return the time by which reads are shared, in seconds."""
        return clock()

    @abstractmethod
    def read(self) -> Root:
        """Return the root, from any thread."""

    @abstractmethod
    async def root(self) -> Root:
        """Return the root, on any event loop."""

    async def node(self, path: str) -> Document | Unknown | None:
        """Return a node's document; None where there is surely none."""
        root = await self.root()
        if self.trusting and root.entries is not None:
            node = root.node(path)
            return UNKNOWN if node is None and path in root.entries else node
        node = root.node(path)
        return node if node is not None and await self._confirmed(root, path, node) else UNKNOWN

    async def names(self, path: str) -> list[str] | None:
        """Return the names below a group; None where the store is to be asked."""
        if not self.trusting:
            return None
        root = await self.root()
        known = None if root.entries is None else root.children.get(path)
        return None if known is None else [NODE, *known]

    async def _confirmed(self, root: Root, path: str, node: Document) -> bool:  # noqa: ARG002
        """Check whether the store holds a node as the copy says; by default it is not asked."""
        return False


class LocalRoot(SharedRoot):
    """The root of an archive on this computer: looked at each time, parsed when it changed."""

    def __init__(self, path: Path, identity: Hashable, *, url: str, trusting: bool) -> None:
        super().__init__(identity, trusting=trusting)
        self._path = path
        self._url = url

    def _forget(self) -> None:
        super()._forget()
        self._lock = threading.Lock()

    def seed(self, document: RootDocument, facts: os.stat_result, written: int) -> None:
        """Take what the storage read itself."""
        if document.document is not None:
            self._keep(Root(document.document, document.etag or ""), facts, written, clock())

    def read(self) -> Root:
        """Return the root."""
        self._after_fork()
        with self._lock, local_failures(str(self._path), writing=False):
            now, written, facts = clock(), self.written, self._path.stat()
            known = self._read
            if (
                known is not None
                and known.terms == (_signature(facts), written)
                and (known.settled or now - known.at <= SHARED_SECONDS)
            ):
                return known.root
            check_regular(self._path, facts.st_mode)
            data = self._path.read_bytes()
            etag = etag_of(data)
            if known is not None and known.root.etag == etag:
                root = known.root
            else:
                root = Root(check_root(data, self._url), etag)
            self._keep(root, facts, written, now)
            return root

    def _keep(self, root: Root, facts: os.stat_result, written: int, at: float) -> None:
        settled = time.time_ns() - facts.st_mtime_ns > _SETTLED
        self._read = _Read(root, (_signature(facts), written), at, settled)

    async def root(self) -> Root:
        """Return the root."""
        return self.read()


def _signature(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


@dataclass(frozen=True)
class _Window:
    """ETags of documents in a range of keys, from one page of a listing."""

    at: float
    begin: str
    end: str | None
    """The last key; None where the listing ended."""
    etags: dict[str, str]

    def holds(self, key: str) -> bool:
        return self.begin <= key and (self.end is None or key <= self.end)


@dataclass
class _Listings:
    """What listings of folders tell of an archive, and whether more of them are worth it.

    Attributes
    ----------
    terms : tuple
        What they hold for.
    begun : float
        Since when listings and the nodes that they told of are counted.
    spare : int
        Nodes to read themselves before a listing is made.
    """

    terms: tuple[Any, ...]
    begun: float
    spare: int
    windows: dict[str, list[_Window]] = field(default_factory=dict)  # by folder
    made: int = 0
    told: int = 0

    def window(self, folder: str, key: str, now: float) -> _Window | None:
        """Return the window that a key is in, as long as it is shared."""
        if now - self.begun > SHARED_SECONDS:
            self.begun, self.made, self.told = now, 0, 0
        young = [one for one in self.windows.get(folder, ()) if now - one.at <= SHARED_SECONDS]
        self.windows[folder] = young
        return next((one for one in young if one.holds(key)), None)

    def pays(self) -> bool:
        """Return whether one more is likely to spare more requests than it costs."""
        return self.made < _TRIALS or self.told >= _WORTH * self.made


class S3Root(SharedRoot):
    """The root of an archive on S3.

    Parameters
    ----------
    client : callable
        Gives the `S3Client`.
    bucket, prefix : str
        Of the archive.
    url : str
        Of the object.
    """

    def __init__(
        self,
        client: Callable[[], S3Client],
        bucket: str,
        prefix: str,
        identity: Hashable,
        *,
        url: str,
        trusting: bool,
    ) -> None:
        super().__init__(identity, trusting=trusting)
        self._client, self._bucket, self._prefix, self._url = client, bucket, prefix, url

    def _forget(self) -> None:
        super()._forget()
        # both only on the client's event loop
        self._lock = asyncio.Lock()
        self._listing_lock = asyncio.Lock()
        self._listings: _Listings | None = None

    def _terms(self) -> tuple[Any, ...] | None:
        """Return what a read holds for: the key, and what this process wrote until then."""
        options = self._client().options
        if options.renewing is None:
            return self.written, options
        key = options.renewing.current()
        return None if key is None else (self.written, options, id(key), key)

    def seed(self, document: RootDocument, written: int, at: float) -> None:
        """Take what the storage read itself."""
        terms = self._terms()
        if document.document is not None and document.etag and terms is not None:
            self._read = _Read(Root(document.document, document.etag), (written, *terms[1:]), at)

    def _fresh(self) -> Root | None:
        self._after_fork()
        known = self._read
        if known is None or clock() - known.at > SHARED_SECONDS or known.terms != self._terms():
            return None
        return known.root

    def read(self) -> Root:
        """Return the root."""
        fresh = self._fresh()
        return self._client().run(self._checked()) if fresh is None else fresh

    async def root(self) -> Root:
        """Return the root."""
        fresh = self._fresh()
        return await self._client().hop(self._checked()) if fresh is None else fresh

    async def _checked(self) -> Root:
        async with self._lock:
            fresh = self._fresh()
            if fresh is not None:
                return fresh
            written, now, known = self.written, clock(), self._read
            client, key = self._client(), f"{self._prefix}/{NODE}"
            # what was read with other options may be of another server
            same = known is not None and known.terms[1] == client.options
            etag = known.root.etag if known is not None and same else ""
            got = await client.get_changed(self._bucket, key, etag)
            if got is None and known is not None:
                root = known.root
            else:
                content = got or await client.get(self._bucket, key)
                root = Root(check_root(content.data, self._url), content.etag)
            terms = self._terms()
            self._read = None if terms is None else _Read(root, (written, *terms[1:]), now)
            return root

    async def _confirmed(self, root: Root, path: str, node: Document) -> bool:
        above = path.rpartition("/")[0]
        if len(root.children.get(above, ())) < _FEW:
            return False
        few = len(root.children[above]) <= _PAGE
        etag = await self._client().hop(self._listed(path, whole=few))
        digest = hashlib.md5(encode_document(node), usedforsecurity=False)
        if etag == digest.hexdigest():
            return True
        digest.update(b"\n")  # which formatters and editors add
        return etag == digest.hexdigest()

    async def _listed(self, path: str, *, whole: bool) -> str | None:
        """Return the ETag of a node's document, from a listing that is shared too.

        A page of the folder's keys is listed: the first one where that is likely the `whole`
        folder, else the one that begins with the node, as nodes are mostly read in order.
        """
        key = f"{self._prefix}/{path}/{NODE}"
        folder = f"{key.rsplit('/', 2)[0]}/"
        async with self._listing_lock:
            known, terms, now = self._listings, self._terms(), clock()
            if terms is None:
                return None
            if known is None or known.terms != terms:
                # who writes and reads by turns would list each time
                writing = known is not None and known.terms[0] != terms[0]
                known = self._listings = _Listings(terms, now, spare=int(writing))
            window = known.window(folder, key, now)
            if window is not None:
                etag = window.etags.get(key)
                known.told += etag is not None
                return etag
            if known.spare or not known.pays():
                known.spare = 0
                return None
            known.made += 1
            begin = folder if whole and not known.windows[folder] else key
            try:
                page = await self._client().page(
                    self._bucket, folder, after="" if begin == folder else key[:-1]
                )
            except ModosError:
                return None  # the node is read itself, which says what is wrong
            end = page.keys[-1].key if page.keys and page.token is not None else None
            etags = {
                one.key: (one.etag or "").strip('"')
                for one in page.keys
                if one.key.endswith(f"/{NODE}")
            }
            # from its arrival on: else a slow server would be asked for each node again
            known.windows[folder].append(_Window(clock(), begin, end, etags))
            return etags.get(key)


def group_of(root: SharedRoot, store: Store, url: str) -> zarr.Group:
    """Return the root group with attributes of its own, for a store that shares the root."""
    try:
        document = root.read().document
    except NotFoundError as error:
        raise NotFoundError(
            f"There is no archive at {url}/{ARCHIVE}.", "Check the path."
        ) from error
    attributes = copy.deepcopy(document.get("attributes", {}))
    metadata = GroupMetadata(attributes=attributes, zarr_format=FORMAT)
    return zarr.Group(AsyncGroup(metadata, StorePath(store)))
