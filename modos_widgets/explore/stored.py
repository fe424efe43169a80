"""Stored size of an array: sizes of chunks, from listings if these contain sizes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import zarr  # noqa: F401  before its parts
from zarr.core.sync import sync
from zarr.storage import LocalStore, MemoryStore, StorePath, ZipStore

from modos_widgets.errors import UnsupportedError
from modos_widgets.explore.reader import METADATA_NAMES, PAGE, StoredSize
from modos_widgets.explore.s3_keys import S3Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from zarr.abc.store import Store

__all__ = ["add_up"]

MOST_ASKED: Final = 200
"""Maximum number of chunks whose sizes are requested one by one, without a listing of sizes."""

MOST_FOLDERS: Final = 200
"""Maximum number of folders to list, if a store lists folder by folder."""

_MOST_AT_HAND: Final = 5000
_SIDE_BY_SIDE: Final = 32


class _Page(NamedTuple):
    """Keys with their sizes, and whether more follow."""

    sizes: list[tuple[str, int]]
    more: bool


def add_up(store: Store, key: str, most: int, check: Callable[[], None]) -> StoredSize:
    """Compute the stored size of an array.

    Takes one request for each thousand chunks on S3 and other object stores, one for each folder
    if the store lists folders, and one for each chunk (at most `MOST_ASKED`) if no listing
    contains sizes.

    Parameters
    ----------
    store : zarr.abc.store.Store
        The store.
    key : str
        Key of the array, with a trailing slash; empty for the root.
    most : int
        Maximum number of chunks to count.
    check : callable
        Called before each request; an exception that it raises ends the computation.

    Returns
    -------
    StoredSize
    """
    size = chunks = 0
    more = False
    for page in _pages(store, key, check):
        found = [size for name, size in page.sizes if name.rpartition("/")[2] not in METADATA_NAMES]
        size, chunks, more = size + sum(found), chunks + len(found), page.more
        if chunks >= most:
            break
    return StoredSize(size, chunks, complete=not more)


def _pages(store: Store, key: str, check: Callable[[], None]) -> Iterator[_Page]:
    file_system: Any = getattr(store, "fs", None)
    place = "/".join(part for part in (str(getattr(store, "path", "")), key) if part)
    keys = S3Keys.of(store)
    if keys is not None:
        return _of_s3(keys, key, check)
    if hasattr(file_system, "_ls"):
        return _of_folders(file_system, place.rstrip("/"), check)
    listing = getattr(getattr(store, "store", None), "list", None)
    if type(store).__name__ == "ObjectStore" and listing is not None:
        return _of_objects(listing(key or None, chunk_size=PAGE), check)
    return _asked(store, key, check)


def _of_s3(keys: S3Keys, key: str, check: Callable[[], None]) -> Iterator[_Page]:
    token = None
    while True:
        check()
        found, _ = sync(keys.page(key, token))
        token = found.token
        yield _Page([(each.key, each.size) for each in found.keys], token is not None)
        if token is None:
            return


def _of_folders(file_system: Any, place: str, check: Callable[[], None]) -> Iterator[_Page]:
    """List folder by folder, with a file system of fsspec other than s3fs."""
    protocol = file_system.protocol
    if {"http", "https"} & {protocol, *(protocol if isinstance(protocol, tuple) else ())}:
        raise UnsupportedError(
            "A web server cannot list its files.", "Read the array to learn its size."
        )

    async def together(folders: list[str]) -> list[list[dict[str, Any]]]:
        listed = (file_system._ls(each, detail=True) for each in folders)  # noqa: SLF001
        return list(await asyncio.gather(*listed))

    waiting, left = [place], MOST_FOLDERS
    while waiting and left > 0:
        check()
        size = min(_SIDE_BY_SIDE, left, len(waiting))
        batch, waiting, left = waiting[:size], waiting[size:], left - size
        sizes = []
        for folder, entries in zip(batch, sync(together(batch)), strict=True):
            for entry in entries:
                name = entry["name"].rstrip("/")
                if entry["type"] != "directory":
                    sizes.append((name, entry["size"] or 0))
                elif name.strip("/") != folder.strip("/"):
                    waiting.append(name)
        yield _Page(sizes, bool(waiting))


def _of_objects(
    batches: Iterable[list[Mapping[str, Any]]], check: Callable[[], None]
) -> Iterator[_Page]:
    for batch in batches:
        check()
        yield _Page([(each["path"], each["size"]) for each in batch], more=True)
    yield _Page([], more=False)


def _asked(store: Store, key: str, check: Callable[[], None]) -> Iterator[_Page]:
    """Request the size of each chunk; only for few if that takes a request or reads the chunk."""
    at_hand = isinstance(store, LocalStore | MemoryStore | ZipStore)

    async def names(most: int) -> list[str]:
        await StorePath.open(store, "")  # this opens a zip file
        found: list[str] = []
        async for each in store.list_prefix(key):
            if len(found) > most:
                break
            if each.rpartition("/")[2] not in METADATA_NAMES:
                found.append(each)
        return found

    async def sizes(keys: list[str]) -> list[int]:
        return await asyncio.gather(*map(store.getsize, keys))

    check()
    most = _MOST_AT_HAND if at_hand else MOST_ASKED
    keys = sync(names(most))
    for begin in range(0, min(len(keys), most), _SIDE_BY_SIDE):
        check()
        batch = keys[begin : min(begin + _SIDE_BY_SIDE, most)]
        more = begin + len(batch) < len(keys)
        yield _Page(list(zip(batch, sync(sizes(batch)), strict=True)), more)
