"""Reading through a zarr store, side by side on zarr's own event loop.

The file systems below fsspec stores belong to that loop, so no other may be used.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync

from modos_widgets.errors import ModosError
from modos_widgets.explore.failures import explained
from modos_widgets.explore.reader import METADATA_NAMES, Page, Pager, Reader, Stored, Subtree
from modos_widgets.explore.stored import add_up, is_s3fs, listed_by_s3fs
from modos_widgets.storage import S3Archive
from modos_widgets.storage.failures import from_s3, response_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from zarr.abc.store import Store

__all__ = ["StoreReader"]

SIDE_BY_SIDE: Final = 32
"""Requests under way at once."""

T = TypeVar("T")


class StoreReader(Reader):
    """Any zarr store.

    Parameters
    ----------
    store : zarr.abc.store.Store
        What to read from.
    prefix : str
        Where the root group is in the store.
    name : str
        What the root is called.
    address : str
        URL of the root, without a secret.
    """

    def __init__(self, store: Store, prefix: str = "", name: str = "", address: str = "") -> None:
        self._store = store
        self._prefix = prefix.strip("/")
        self.address = address or _address(store, self._prefix)
        last = (self._prefix or self.address.rstrip("/")).rsplit("/", 1)[-1]
        self.name = name or last or type(store).__name__
        self.remote = (
            isinstance(store, S3Archive)
            or hasattr(store, "fs")
            or type(store).__name__ == "ObjectStore"
        )

    @property
    def store(self) -> Store:
        """The store itself."""
        return self._store

    @property
    def prefix(self) -> str:
        """Where the root is in the store."""
        return self._prefix

    def key(self, relative: str) -> str:
        """Give a key of the store."""
        return "/".join(part for part in (self._prefix, relative) if part)

    def read_many(
        self, keys: Iterable[str], most: int | None = None
    ) -> dict[str, bytes | ModosError | None]:
        """Read keys side by side."""
        prototype = default_buffer_prototype()
        wanted = None if most is None else RangeByteRequest(0, most)

        async def read(key: str) -> bytes | None:
            found = await self._store.get(self.key(key), prototype, wanted)
            return None if found is None else found.to_bytes()

        return self._gather(list(keys), read)

    def size(self, key: str) -> int | None:
        """Ask for the size of a key."""

        async def ask(key: str) -> int | None:
            try:
                return await self._store.getsize(self.key(key))
            except FileNotFoundError:
                return None

        answer = self._gather([key], ask)[key]
        if isinstance(answer, ModosError):
            raise answer
        return answer

    def _gather(
        self, keys: list[str], act: Callable[[str], Coroutine[Any, Any, T]]
    ) -> dict[str, T | ModosError]:
        async def all_of_them() -> list[T | BaseException]:
            await self._store._ensure_open()  # noqa: SLF001  a zip file is opened by its first use
            places = asyncio.Semaphore(SIDE_BY_SIDE)

            async def one(key: str) -> T:
                async with places:
                    return await act(key)

            return await asyncio.gather(*map(one, keys), return_exceptions=True)

        answers = sync(all_of_them())
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
        """List the root and read the head of its ``zarr.json``, side by side."""
        pager = _StorePager(self, "")
        prototype = default_buffer_prototype()

        async def act(what: str) -> Page | bytes | None:
            if what == "level":
                return await pager.read()
            key = self.key("zarr.json")
            found = await self._store.get(key, prototype, RangeByteRequest(0, most))
            return None if found is None else found.to_bytes()

        answers = self._gather(["level", "head"], act)
        return pager, answers["level"], answers["head"]  # type: ignore[return-value]

    def explained(self, error: BaseException, key: str) -> ModosError:
        """Translate what the store raised for a key."""
        if response_of(error) is not None:
            endpoint = getattr(getattr(self._store, "fs", None), "endpoint_url", None)
            return from_s3(error, "/".join(part for part in (self.address, key) if part), endpoint)
        return explained(error, key or self.name)

    def pager(self, path: str) -> Pager:
        """Begin to list a level."""
        return _StorePager(self, path)

    def first_pages(self, paths: Iterable[str]) -> dict[str, Page | ModosError]:
        """Read the first page of levels side by side."""

        async def first(path: str) -> Page:
            return (await self.page(path, None))[0]

        return self._gather(list(paths), first)

    async def page(self, path: str, token: str | None) -> tuple[Page, str | None]:
        """Read one page of a level, and give the token of the next one."""
        key = self.key(path)
        if isinstance(self._store, S3Archive):
            return await self._archive_page(self._store, key, token)
        file_system = getattr(self._store, "fs", None)
        if is_s3fs(file_system):
            return await self._s3_page(file_system, key, token)
        entries = [entry async for entry in self._store.list_dir(key)]
        # some stores give whole keys, some the names, some both kinds with a slash behind
        names = {entry.rstrip("/").rsplit("/", 1)[-1] for entry in entries} - {""}
        nodes = sorted(names - METADATA_NAMES)
        metadata: dict[str, int | None] = dict.fromkeys(names & METADATA_NAMES)
        return Page(nodes, metadata, last=True), None

    async def _archive_page(
        self, store: S3Archive, key: str, token: str | None
    ) -> tuple[Page, str | None]:
        prefix = "".join(f"{part}/" for part in (store.prefix, key) if part)
        client = store.client
        found = await client.hop(client.page(store.bucket, prefix, delimiter="/", token=token))
        cut = len(prefix)
        nodes = sorted(name for each in found.prefixes if (name := each[cut:-1]))
        metadata: dict[str, int | None] = {
            name: each.size for each in found.keys if (name := each.key[cut:]) in METADATA_NAMES
        }
        return Page(nodes, metadata, found.token is None), found.token

    async def _s3_page(
        self, file_system: Any, key: str, token: str | None
    ) -> tuple[Page, str | None]:
        whole = "/".join(part for part in (str(getattr(self._store, "path", "")), key) if part)
        answer, prefix, following = await listed_by_s3fs(file_system, whole, token, Delimiter="/")
        folders = [each["Prefix"][len(prefix) : -1] for each in answer.get("CommonPrefixes", [])]
        metadata: dict[str, int | None] = {
            name: each["Size"]
            for each in answer.get("Contents", [])
            if (name := each["Key"][len(prefix) :]) in METADATA_NAMES
        }
        nodes = sorted(folder for folder in folders if folder)
        return Page(nodes, metadata, following is None), following

    @property
    def lists_keys(self) -> bool:  # type: ignore[override]
        """Whether it is S3."""
        return isinstance(self._store, S3Archive) or is_s3fs(getattr(self._store, "fs", None))

    def read_keys(self, subtrees: Iterable[Subtree]) -> dict[str, ModosError]:
        """Read the next page of keys of nodes side by side."""
        by_path = {each.path: each for each in subtrees}

        async def read(path: str) -> None:
            each = by_path[path]
            key = self.key(path)
            keys, token = await self._keys(f"{key}/" if key else "", each.token)
            each.take(keys, token)

        answers = self._gather(list(by_path), read)
        return {path: each for path, each in answers.items() if isinstance(each, ModosError)}

    async def _keys(self, key: str, token: str | None) -> tuple[list[str], str | None]:
        store: Any = self._store
        if isinstance(store, S3Archive):
            prefix = f"{store.prefix}/{key}" if store.prefix else key
            client = store.client
            found = await client.hop(client.page(store.bucket, prefix, token=token))
            return [each.key[len(prefix) :] for each in found.keys], found.token
        place = "/".join(part for part in (str(getattr(store, "path", "")), key) if part)
        answer, prefix, following = await listed_by_s3fs(store.fs, place, token)
        return [each["Key"][len(prefix) :] for each in answer.get("Contents", [])], following

    def stored_sizes(self, path: str, most: int, check: Callable[[], None]) -> Stored:
        """Add up the keys below a node."""
        key = self.key(path)
        try:
            return add_up(self._store, f"{key}/" if key else "", most, check)
        except ModosError:
            raise
        except Exception as error:
            raise self.explained(error, path) from error


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
            return sync(self.read())
        except Exception as error:
            raise self._reader.explained(error, self._path) from error


def _address(store: Store, prefix: str) -> str:
    """URL of a place in a store, where the store has one; never a secret."""
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
    bare = place.split("?", 1)[0]  # an HTTP query may hold a signature
    return bare if "://" in bare else f"{scheme}://{bare}"
