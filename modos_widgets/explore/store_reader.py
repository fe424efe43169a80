"""Reader of any zarr store, with concurrent requests on the event loop of the store.

That is zarr's own loop, to which the file systems of fsspec stores belong. An `S3Archive` sends its
requests on the loop of this package, so a request from there need not pass through zarr's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

import zarr  # noqa: F401  before its parts
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, StorePath, ZipStore

from modos_widgets import s3  # its clients are heavy, and loaded where they are used
from modos_widgets.concurrency import all_together, wait
from modos_widgets.errors import ModosError, NotFoundError
from modos_widgets.explore.failures import explained
from modos_widgets.explore.paths import NOT_NODES
from modos_widgets.explore.reader import (
    METADATA_NAMES,
    Page,
    Pager,
    Reader,
    StoredSize,
    Subtree,
    SubtreeReader,
)
from modos_widgets.explore.s3_keys import S3Keys
from modos_widgets.explore.stored import add_up
from modos_widgets.s3 import Request, from_s3, response_of
from modos_widgets.storage import PackedStore, S3Archive, is_unusable_name

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from zarr.abc.store import Store

__all__ = ["StoreReader"]

SIDE_BY_SIDE: Final = 32
"""Number of concurrent requests."""

MANY: Final = 256
"""Number of concurrent requests for many keys on S3, at first."""

WIDEST: Final = 1024
"""Maximum number of them, if the server is far away."""

# These stores cut a range that goes past the end; others, such as icechunk's, may fail.
_CUT_RANGES: Final = frozenset(
    {FsspecStore, LocalStore, MemoryStore, ObjectStore, PackedStore, ZipStore}
)

T = TypeVar("T")


class StoreReader(Reader):
    """Reader of any zarr store.

    Parameters
    ----------
    store : zarr.abc.store.Store
        The store.
    prefix : str
        Path of the root group in the store.
    name : str
        Name of the root.
    address : str
        URL of the root, without a secret.
    """

    def __init__(self, store: Store, prefix: str = "", name: str = "", address: str = "") -> None:
        self._store = store
        self._prefix = prefix.strip("/")
        self._s3 = S3Keys.of(store)
        if self._s3 is not None:
            self.subtrees = _S3SubtreeReader(self, self._s3)
        self._bulk: s3.BulkClient | None = None  # on the event loop of `wait`
        self.address = address or _address(store, self._prefix)
        last = (self._prefix or self.address.rstrip("/")).rsplit("/", 1)[-1]
        self.name = name or last or type(store).__name__
        self.remote = (
            isinstance(store, S3Archive)
            or hasattr(store, "fs")
            or type(store).__name__ == "ObjectStore"
            or (isinstance(store, PackedStore) and store.options is not None)
        )

    @property
    def store(self) -> Store:
        """The store that was passed."""
        return self._store

    @property
    def prefix(self) -> str:
        """Path of the root in the store."""
        return self._prefix

    def below(self, name: str) -> StoreReader:
        """Return a reader of a group below the root, which keeps the root's name. No network."""
        return StoreReader(
            self._store, self.key(name), name=self.name, address=f"{self.address}/{name}"
        )

    def key(self, relative: str) -> str:
        """Return the key in the store of a key relative to the root."""
        return "/".join(part for part in (self._prefix, relative) if part)

    def read_many(
        self, keys: Iterable[str], most: int | None = None
    ) -> dict[str, bytes | ModosError | None]:
        """Read keys concurrently; many keys on S3 by the bulk client, `MANY` at a time."""
        wanted = list(keys)
        if isinstance(self._store, S3Archive) and len(wanted) > SIDE_BY_SIDE:
            return wait(self._read_in_bulk(self._store, wanted, most))

        async def read(key: str) -> bytes | None:
            return await self._head(key, most)

        return self.gather(wanted, read)

    async def _read_in_bulk(
        self, store: S3Archive, keys: list[str], most: int | None
    ) -> dict[str, bytes | ModosError | None]:
        if self._bulk is None:
            self._bulk = s3.BulkClient(store.options, store.bucket, concurrency=MANY, widest=WIDEST)
        client = self._bulk

        async def read(key: str) -> bytes | ModosError | None:
            place = "/".join(part for part in (store.prefix, self.key(key)) if part)
            try:
                found = await client.get(place, end=most)
            except NotFoundError:
                return None
            except ModosError as error:
                return error
            return None if found is None else bytes(found.data)

        return dict(zip(keys, await all_together(map(read, keys)), strict=True))

    async def _head(self, key: str, most: int | None) -> bytes | None:
        """Read a key or its first bytes, and not past its end if the store may not allow that."""
        place, wanted = self.key(key), None
        if most is not None and self._cuts_ranges:
            wanted = RangeByteRequest(0, most)
        elif most is not None:
            try:
                size = await self._store.getsize(place)
            except FileNotFoundError:
                return None
            wanted = RangeByteRequest(0, most) if most < size else None
        found = await self._store.get(place, default_buffer_prototype(), wanted)
        return None if found is None else found.to_bytes()

    @property
    def _cuts_ranges(self) -> bool:
        """Whether the store is known to cut a range past the end, so that no size is needed."""
        return isinstance(self._store, S3Archive) or type(self._store) in _CUT_RANGES

    def size(self, key: str) -> int | None:
        """Return the size of a key in bytes, None if it does not exist. One request."""

        async def ask(key: str) -> int | None:
            try:
                return await self._store.getsize(self.key(key))
            except FileNotFoundError:
                return None

        answer = self.gather([key], ask)[key]
        if isinstance(answer, ModosError):
            raise answer
        return answer

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the event loop of the store, and wait for it."""
        return wait(work) if isinstance(self._store, S3Archive) else sync(work)

    def gather(
        self, keys: list[str], act: Callable[[str], Coroutine[Any, Any, T]]
    ) -> dict[str, T | ModosError]:
        """Await a coroutine for each key on the store's event loop, `SIDE_BY_SIDE` at a time.

        Parameters
        ----------
        keys : list of str
            Relative to the root.
        act : callable
            Called with a key; returns a coroutine.

        Returns
        -------
        dict
            Result or error by key.
        """

        async def all_of_them() -> list[T | BaseException]:
            await StorePath.open(self._store, "")  # a zip file is opened by its first use
            places = asyncio.Semaphore(SIDE_BY_SIDE)

            async def one(key: str) -> T:
                async with places:
                    return await act(key)

            return await asyncio.gather(*map(one, keys), return_exceptions=True)

        answers = self.run(all_of_them())
        found: dict[str, T | ModosError] = {}
        for key, answer in zip(keys, answers, strict=True):
            if isinstance(answer, Exception):
                found[key] = self.explained(answer, key)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found[key] = answer
        return found

    def begin(self, most: int) -> tuple[Pager, Page | ModosError, bytes | ModosError | None]:
        """List the root and read the head of its ``zarr.json`` concurrently."""
        pager = _StorePager(self, "")

        async def act(what: str) -> Page | bytes | None:
            return await (pager.read() if what == "level" else self._head("zarr.json", most))

        answers = self.gather(["level", "head"], act)
        return pager, answers["level"], answers["head"]  # type: ignore[return-value]

    def explained(self, error: BaseException, key: str) -> ModosError:
        """Translate an exception of the store for a key."""
        if response_of(error) is not None:
            endpoint = getattr(getattr(self._store, "fs", None), "endpoint_url", None)
            url = "/".join(part for part in (self.address, key) if part)
            return from_s3(error, Request(url, endpoint or "Amazon S3"))
        return explained(error, key or self.name)

    def pager(self, path: str) -> Pager:
        """Return a pager of a level; nothing is read yet."""
        return _StorePager(self, path)

    def first_pages(self, paths: Iterable[str]) -> dict[str, Page | ModosError]:
        """Read the first page of levels concurrently."""

        async def first(path: str) -> Page:
            return (await self.page(path, None))[0]

        return self.gather(list(paths), first)

    async def page(self, path: str, token: str | None) -> tuple[Page, str | None]:
        """Read one page of a level, and return it with the token of the next one."""
        key = self.key(path)
        if self._s3 is not None:
            return await self._s3_page(self._s3, key, token)
        entries = [entry async for entry in self._store.list_dir(key)]
        # Some stores return whole keys, some only names, both with or without a trailing slash.
        names = {entry.rstrip("/").rsplit("/", 1)[-1] for entry in entries}
        nodes = sorted(names - METADATA_NAMES - NOT_NODES)
        metadata: dict[str, int | None] = dict.fromkeys(names & METADATA_NAMES)
        return Page(nodes, metadata, last=True), None

    async def _s3_page(self, keys: S3Keys, key: str, token: str | None) -> tuple[Page, str | None]:
        found, prefix = await keys.page(key, token, delimiter="/")
        cut = len(prefix)
        names = (each[cut:-1] for each in found.prefixes)
        nodes = sorted(name for name in names if not is_unusable_name(name))
        metadata: dict[str, int | None] = {
            name: each.size for each in found.keys if (name := each.key[cut:]) in METADATA_NAMES
        }
        return Page(nodes, metadata, found.token is None), found.token

    def stored_sizes(self, path: str, most: int, check: Callable[[], None]) -> StoredSize:
        """Compute the stored size of a node from the keys below it."""
        key = self.key(path)
        try:
            return add_up(self._store, f"{key}/" if key else "", most, check)
        except ModosError:
            raise
        except Exception as error:
            raise self.explained(error, path) from error


class _S3SubtreeReader(SubtreeReader):
    def __init__(self, reader: StoreReader, keys: S3Keys) -> None:
        self._reader = reader
        self._keys = keys

    def read(self, subtrees: Iterable[Subtree]) -> dict[str, ModosError]:
        by_path = {subtree.path: subtree for subtree in subtrees}

        async def read_page(path: str) -> None:
            subtree = by_path[path]
            found, prefix = await self._keys.page(
                self._reader.key(path), subtree.token, after=subtree.last
            )
            subtree.take([entry.key[len(prefix) :] for entry in found.keys], found.token)

        answers = self._reader.gather(list(by_path), read_page)
        return {path: each for path, each in answers.items() if isinstance(each, ModosError)}


class _StorePager(Pager):
    def __init__(self, reader: StoreReader, path: str) -> None:
        self._reader = reader
        self._path = path
        self._token: str | None = None

    async def read(self) -> Page:
        page, self._token = await self._reader.page(self._path, self._token)
        return page

    def next(self) -> Page:
        try:
            return self._reader.run(self.read())
        except Exception as error:
            raise self._reader.explained(error, self._path) from error


def _address(store: Store, prefix: str) -> str:
    """Return the URL of a path in a store, without a secret; empty if the store has none."""
    if isinstance(store, S3Archive):
        return "/".join(part for part in (f"s3://{store.bucket}", store.prefix, prefix) if part)
    file_system = getattr(store, "fs", None)
    root = getattr(store, "path", None) or getattr(store, "root", None)
    parts = [str(root).strip("/") if file_system is not None else str(root or ""), prefix]
    place = "/".join(part for part in parts if part)
    if file_system is None:
        return place
    protocol = getattr(file_system, "protocol", "")
    scheme = protocol if isinstance(protocol, str) else next(iter(protocol), "")
    bare = place.split("?", 1)[0]  # an HTTP query may contain a signature
    return bare if "://" in bare else f"{scheme}://{bare}"
