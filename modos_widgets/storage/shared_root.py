"""A read of an archive's root that the zarr handles of a storage share."""

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
"""Seconds for which handles share a read without checking the store for changes."""

_SETTLED = 2_000_000_000  # nanoseconds: the coarsest clock of a file system
_PAGE = 1000  # keys on a page of a listing
_TRIALS = 4  # maximum number of listings while a read is shared, useful or not
_WORTH = 2  # nodes that each listing must have confirmed so far, else no other one is made
_FEW = 3  # children; fewer are read one by one


class Unknown(Enum):
    """Answer for a node that the root does not describe."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

clock = time.monotonic


@dataclass(frozen=True)
class Root:
    """Root document that was read.

    Attributes
    ----------
    document : mapping
        Shared, and must not be changed.
    etag : str
    """

    document: Mapping[str, Any]
    etag: str

    @cached_property
    def entries(self) -> Mapping[str, Any] | None:
        """Nodes of the consolidated copy; None if the root contains no copy."""
        return consolidated_documents(self.document)

    @cached_property
    def children(self) -> Mapping[str, list[str]]:
        """Names below each group of the copy."""
        return children_of(self.entries or {})

    def node(self, path: str) -> Document | None:
        """Return the document of a node in the copy."""
        entry = (self.entries or {}).get(path)
        return without_copy(entry) if isinstance(entry, Mapping) else None


@dataclass(frozen=True)
class _Read:
    """Read of the root: its content, the conditions of its validity, and its time."""

    root: Root
    terms: tuple[Any, ...]
    at: float
    settled: bool = False


class SharedRoot(ABC):
    """Root of one archive, for all zarr handles of one storage.

    It is read again after this process wrote to the archive, after a second, in
    another process after a fork, and with another S3 key. If the store supports conditions, the
    read is conditional on a change.

    Parameters
    ----------
    identity : hashable
        Identity that all stores of the archive have in common.
    trusting : bool
        Take nodes from the consolidated copy (for readers). Otherwise a node is taken from the
        copy only if the store confirms it.
    """

    def __init__(self, identity: Hashable, *, trusting: bool) -> None:
        self.trusting = trusting
        self._writes = writes_of(identity)
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._read: _Read | None = None

    def _after_fork(self) -> None:
        """Discard locks and reads, which after a fork belong to the parent process."""
        if self._pid != os.getpid():
            self._forget()

    @property
    def written(self) -> int:
        """Number of writes of this process to the archive."""
        return self._writes.count

    def now(self) -> float:
        """Return the time in seconds on the clock that limits sharing."""
        return clock()

    @abstractmethod
    def read(self) -> Root:
        """Return the root, from any thread."""

    @abstractmethod
    async def root(self) -> Root:
        """Return the root, on any event loop."""

    async def node(self, path: str) -> Document | Unknown | None:
        """Return a node's document; None if it certainly does not exist."""
        root = await self.root()
        if self.trusting and root.entries is not None:
            node = root.node(path)
            return UNKNOWN if node is None and path in root.entries else node
        node = root.node(path)
        return node if node is not None and await self._confirmed(root, path, node) else UNKNOWN

    async def names(self, path: str) -> list[str] | None:
        """Return the names below a group; None if the store must be listed."""
        if not self.trusting:
            return None
        root = await self.root()
        known = None if root.entries is None else root.children.get(path)
        return None if known is None else [NODE, *known]

    async def _confirmed(self, root: Root, path: str, node: Document) -> bool:  # noqa: ARG002
        """Return whether the store confirms the copy of a node; not checked by default."""
        return False


class LocalRoot(SharedRoot):
    """Root of a local archive: its file is checked each time, and parsed again if it changed."""

    def __init__(self, path: Path, identity: Hashable, *, url: str, trusting: bool) -> None:
        super().__init__(identity, trusting=trusting)
        self._path = path
        self._url = url

    def _forget(self) -> None:
        super()._forget()
        self._lock = threading.Lock()

    def seed(
        self, document: RootDocument, facts: os.stat_result, written: int | None = None
    ) -> None:
        """Store a root that the storage itself read.

        Parameters
        ----------
        document : RootDocument
            The root.
        facts : os.stat_result
            Status of its file when it was read.
        written : int, optional
            Value of `written` before it was read; not needed if the file was settled then.
        """
        if document.document is not None:
            root = Root(document.document, document.etag or "")
            self._keep(root, facts, self.written if written is None else written, clock())

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
        self._read = _Read(root, (_signature(facts), written), at, is_settled(facts))

    async def root(self) -> Root:
        """Return the root."""
        return self.read()


def is_settled(facts: os.stat_result) -> bool:
    """Return whether a file is settled: its next change is certain to change its status.

    Its last change is so long ago that the next one gets another time.
    """
    return time.time_ns() - facts.st_mtime_ns > _SETTLED


def _signature(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


@dataclass(frozen=True)
class _Window:
    """ETags of documents in a range of keys, from one page of a listing."""

    at: float
    begin: str
    end: str | None
    """Last key; None if the listing ended."""
    etags: dict[str, str]

    def holds(self, key: str) -> bool:
        return self.begin <= key and (self.end is None or key <= self.end)


@dataclass
class _Listings:
    """Results of listings of an archive's folders, and whether further listings save requests.

    Attributes
    ----------
    terms : tuple
        Conditions of their validity.
    begun : float
        Time since when listings and the nodes that they confirmed are counted.
    spare : int
        Number of nodes to read one by one before a listing is made.
    """

    terms: tuple[Any, ...]
    begun: float
    spare: int
    windows: dict[str, list[_Window]] = field(default_factory=dict)  # by folder
    listings: int = 0
    confirmed: int = 0

    def window(self, folder: str, key: str, now: float) -> _Window | None:
        """Return the page that contains a key, as long as it may be shared."""
        if now - self.begun > SHARED_SECONDS:
            self.begun, self.listings, self.confirmed = now, 0, 0
        young = [one for one in self.windows.get(folder, ()) if now - one.at <= SHARED_SECONDS]
        self.windows[folder] = young
        return next((one for one in young if one.holds(key)), None)

    def pays(self) -> bool:
        """Return whether another listing is likely to save more requests than it takes."""
        return self.listings < _TRIALS or self.confirmed >= _WORTH * self.listings


class S3Root(SharedRoot):
    """Root of an archive on S3.

    Parameters
    ----------
    client : callable
        Returns the `S3Client`.
    bucket, prefix : str
        Place of the archive.
    url : str
        URL of the object.
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
        # both are used only on the client's event loop
        self._lock = asyncio.Lock()
        self._listing_lock = asyncio.Lock()
        self._listings: _Listings | None = None

    def _terms(self) -> tuple[Any, ...] | None:
        """Return the conditions of a read's validity: the S3 key, and this process's writes."""
        options = self._client().options
        if options.renewing is None:
            return self.written, options
        key = options.renewing.current()
        return None if key is None else (self.written, options, id(key), key)

    def seed(self, document: RootDocument, written: int, at: float) -> None:
        """Store a root that the storage itself read."""
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
            # a read with other options may be from another server
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
        """Return the ETag of a node's document, from a listing that is also shared.

        One page of the folder's keys is listed: the first one if it probably contains the `whole`
        folder, else the one that begins with the node, since nodes are mostly read in order.
        """
        key = f"{self._prefix}/{path}/{NODE}"
        folder = f"{key.rsplit('/', 2)[0]}/"
        async with self._listing_lock:
            known, terms, now = self._listings, self._terms(), clock()
            if terms is None:
                return None
            if known is None or known.terms != terms:
                # alternating writes and reads would list each time
                writing = known is not None and known.terms[0] != terms[0]
                known = self._listings = _Listings(terms, now, spare=int(writing))
            window = known.window(folder, key, now)
            if window is not None:
                etag = window.etags.get(key)
                known.confirmed += etag is not None
                return etag
            if known.spare or not known.pays():
                known.spare = 0
                return None
            known.listings += 1
            begin = folder if whole and not known.windows[folder] else key
            try:
                page = await self._client().page(
                    self._bucket, folder, after="" if begin == folder else key[:-1]
                )
            except ModosError:
                return None  # reading the node itself then raises the error
            end = page.keys[-1].key if page.keys and page.token is not None else None
            etags = {
                one.key: (one.etag or "").strip('"')
                for one in page.keys
                if one.key.endswith(f"/{NODE}")
            }
            # counted from its arrival, else a slow server would be listed again for each node
            known.windows[folder].append(_Window(clock(), begin, end, etags))
            return etags.get(key)


def group_of(root: SharedRoot, store: Store, url: str) -> zarr.Group:
    """Return a root group with its own attributes, for a store that shares the root."""
    try:
        document = root.read().document
    except NotFoundError as error:
        raise NotFoundError(
            f"There is no archive at {url}/{ARCHIVE}.", "Check the path."
        ) from error
    attributes = copy.deepcopy(document.get("attributes", {}))
    metadata = GroupMetadata(attributes=attributes, zarr_format=FORMAT)
    return zarr.Group(AsyncGroup(metadata, StorePath(store)))
