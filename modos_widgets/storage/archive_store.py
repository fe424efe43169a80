"""Base of the zarr stores of an archive: every write of a node updates the consolidated copies."""

from __future__ import annotations

import asyncio
import json
import threading
from abc import abstractmethod
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary, WeakValueDictionary

import zarr  # noqa: F401  before its parts
from zarr.abc.store import Store
from zarr.core.buffer import default_buffer_prototype

from modos_widgets.archive import NODE, readable_by_zarr, update_copies, write_document
from modos_widgets.concurrency import PerProcess
from modos_widgets.storage.shared_root import UNKNOWN, group_of
from modos_widgets.storage.writes import note_write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from zarr import Group
    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype

    from modos_widgets.archive import Document
    from modos_widgets.storage.shared_root import SharedRoot, Unknown
    from modos_widgets.storage.types import Content

_KNOWN_NODES = 128
_KNOWN_VERSIONS = 4
_LARGE = 2**18  # bytes: of such a document one version is kept


class ArchiveStore(Store):
    """zarr store whose consolidated copies are updated by every write of zarr through it.

    Documents (``zarr.json``) are merged into the stored ones, so that a handle that was opened
    earlier does not undo changes of others; then the copies above are updated.
    Chunks are passed on unchanged.
    """

    _root: SharedRoot | None = None

    # ------------------------------------------------------- of each backend
    @abstractmethod
    async def content(self, key: str) -> Content | None:
        """Read a key with its etag.

        Parameters
        ----------
        key : str
            Key below ``data.zarr``.

        Returns
        -------
        Content or None
            None if there is no such key.
        """

    @abstractmethod
    async def replace(self, key: str, data: bytes, expected: str | None) -> None:
        """Write a key if its content is the expected one.

        Parameters
        ----------
        key : str
            Key below ``data.zarr``.
        data : bytes
            New content.
        expected : str or None
            ETag of the present content; None if there must be none.

        Raises
        ------
        ChangedError
            The content is another one.
        """

    @abstractmethod
    def names(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix, as stored.

        Parameters
        ----------
        prefix : str
            Key of a folder below ``data.zarr``.

        Yields
        ------
        str
        """

    @abstractmethod
    async def _read(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None: ...

    @abstractmethod
    async def _write(self, key: str, value: Buffer) -> None: ...

    @abstractmethod
    async def _create(self, key: str, value: Buffer) -> bool: ...

    @abstractmethod
    async def _delete(self, key: str) -> None: ...

    @abstractmethod
    async def _delete_below(self, prefix: str) -> None: ...

    @property
    @abstractmethod
    def identity(self) -> Hashable:
        """Identity that all stores of one archive have in common."""

    @abstractmethod
    def with_read_only(self, read_only: bool = False) -> Self:  # noqa: FBT001, FBT002
        """Return the same store, read-only or writable."""

    @abstractmethod
    def _check_writable(self) -> None: ...

    # ------------------------------------------------------------------ zarr
    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a key or a range of it."""
        prototype = prototype or default_buffer_prototype()
        path = node_of(key)
        document: Document | Unknown | None = UNKNOWN
        if path and byte_range is None and self._root is not None:
            document = await self._root.node(path)
        if document is None:
            return None
        if isinstance(document, dict):
            value: Buffer | None = prototype.buffer.from_bytes(json.dumps(document).encode())
        else:
            value = await self._read(key, prototype, byte_range)
            if path is not None and byte_range is None and value is not None:
                value = prototype.buffer.from_bytes(readable_by_zarr(value.to_bytes()))
        if byte_range is None and value is not None:
            self._note(key, value)
        return value

    async def set(self, key: str, value: Buffer) -> None:
        """Write a key; a document of a node is merged as `write_document` does."""
        self._check_writable()
        path = node_of(key)
        if path is None:
            await self._write(key, value)
            return
        try:
            await self._write_document(key, path, value)
        finally:
            note_write(self.identity)
        self._note(key, value)
        if path:
            await self._refresh(documents=[path])

    async def _write_document(self, key: str, path: str, value: Buffer) -> None:
        data, bases = value.to_bytes(), self._known.of(path)
        async with _line_of(self.identity).lock:
            if path and not bases and b'"consolidated_metadata"' not in data:
                await self._write(key, value)
            else:
                await write_document(self, path, data, bases)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Write a key unless it exists."""
        self._check_writable()
        created = await self._create(key, value)
        path = node_of(key)
        if created and path is not None:
            self._note(key, value)
            await self._refresh(documents=[path])

    async def delete(self, key: str) -> None:
        """Delete a key; its name is not a pattern."""
        self._check_writable()
        await self._delete(key)
        path = node_of(key)
        if path is not None:
            self._known.forget(path)
            await self._refresh(changed=[path])

    async def delete_dir(self, prefix: str) -> None:
        """Delete everything below a prefix."""
        self._check_writable()
        await self._delete_below(prefix)
        path = prefix.strip("/")
        self._known.forget(path)
        await self._refresh(changed=[path])

    async def clear(self) -> None:
        """Delete everything."""
        await self.delete_dir("")

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix."""
        known = None if self._root is None else await self._root.names(prefix.strip("/"))
        if known is not None:
            for name in known:
                yield name
            return
        async for name in self.names(prefix):
            yield name

    def sharing(self, root: SharedRoot, url: str) -> Group:
        """Open the root group, with a shared read of the root.

        Parameters
        ----------
        root : SharedRoot
        url : str
            URL of the object, for errors.

        Returns
        -------
        zarr.Group
            Its store takes documents from `root` if possible.
        """
        store = self.with_read_only(self.read_only)
        store._root = root  # noqa: SLF001
        group = group_of(root, store, url)
        if not self.read_only:
            store._known.note("", json.dumps(group.metadata.to_dict()).encode())  # noqa: SLF001
        return group

    # ---------------------------------------------------------------- copies
    @property
    def _known(self) -> _Known:
        known: _Known = self.__dict__.setdefault("_known_documents", _Known())
        return known

    def _note(self, key: str, value: Buffer) -> None:
        path = None if self.read_only else node_of(key)
        if path is not None:
            self._known.note(path, value.to_bytes())

    async def _refresh(self, *, changed: list[str] = [], documents: list[str] = []) -> None:  # noqa: B006
        """Update the copies; concurrent updates are made together."""
        line = _line_of(self.identity)
        batch = line.next
        batch.changed.update(changed)
        batch.documents.update(documents)
        async with line.lock:
            if batch.done:
                return
            if line.next is batch:
                line.next = _Batch()
            try:
                await update_copies(self, batch.changed, documents=batch.documents)
            finally:
                note_write(self.identity)
            batch.done = True

    def __getstate__(self) -> dict[str, Any]:
        """Return the pickled state, without the documents that handles read."""
        state = dict(self.__dict__)
        state.pop("_known_documents", None)
        state.pop("_root", None)
        return state


def node_of(key: str) -> str | None:
    """Return the path of the node whose document has this key; None for other keys."""
    path, _, name = key.strip("/").rpartition("/")
    return path if name == NODE else None


class _Known:
    """Documents that the handles of a store last read or wrote."""

    def __init__(self) -> None:
        self._documents: OrderedDict[str, deque[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, path: str) -> list[bytes]:
        with self._lock:
            return list(self._documents.get(path, ()))

    def note(self, path: str, document: bytes) -> None:
        with self._lock:
            versions = self._documents.pop(path, None) or deque(maxlen=_KNOWN_VERSIONS)
            self._documents[path] = versions
            if document in versions:
                versions.remove(document)
            if len(document) > _LARGE:
                versions.clear()
            versions.append(document)
            if len(self._documents) > _KNOWN_NODES:
                self._documents.popitem(last=False)

    def forget(self, path: str) -> None:
        """Discard the cached documents of a node and of the nodes below it."""
        begin = f"{path}/" if path else ""
        with self._lock:
            for known in [one for one in self._documents if f"{one}/".startswith(begin)]:
                del self._documents[known]


class _Batch:
    """Paths whose copies are updated together."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.documents: set[str] = set()
        self.done = False


class _Line:
    """Queue of the writers of one archive on one event loop."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.next = _Batch()


class _Lines:
    """Queues of this process, by event loop and archive."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_loop: WeakKeyDictionary[
            asyncio.AbstractEventLoop, WeakValueDictionary[Hashable, _Line]
        ] = WeakKeyDictionary()


_lines = PerProcess(_Lines)


def _line_of(identity: Hashable) -> _Line:
    every = _lines.value
    with every.lock:
        lines = every.by_loop.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        line = lines.get(identity)
        if line is None:
            line = lines[identity] = _Line()
        return line
