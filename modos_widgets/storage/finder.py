"""Search for objects below a folder or a prefix, on disks and in stores.

An object is a folder (on S3 a prefix) that contains a folder ``data.zarr``. All folders are
searched at any depth, including hidden ones, but not below an object, so an object inside another
object's folder is not found, and not the folders ``.modos-deleted`` of deleted objects. Symbolic
links are not followed, and the search ends after `MOST_FOLDERS` folders.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple, Protocol

from modos_widgets import s3
from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import ModosError, NotFoundError, PathError, UnsupportedError
from modos_widgets.storage.local_errors import from_local
from modos_widgets.storage.paths import DELETED, is_unusable_name, object_around

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable
    from pathlib import Path

    from fsspec import AbstractFileSystem

    from modos_widgets.s3 import BulkClient, Page, S3Client

__all__ = [
    "MOST_FOLDERS",
    "BucketFolders",
    "Folders",
    "Places",
    "find_bucket_objects",
    "find_local_objects",
    "find_objects",
    "folders_of",
]

MOST_FOLDERS = 1_000_000
"""Maximum number of folders that one search lists."""

_SIDE_BY_SIDE = 512  # concurrent listings; the client limits concurrent requests further
_NAMED = 5  # maximum number of unusable names that an error shows


class Folders(NamedTuple):
    """Folders directly in a folder.

    Attributes
    ----------
    names : list of str
        Names that can be part of an object's path.
    unusable : list of str
        Names that cannot: empty, ``.``, ``..``, or with a control character.
    """

    names: list[str]
    unusable: list[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Folders:
        """Return names, separated by whether they can be part of a path."""
        usable: list[str] = []
        unusable: list[str] = []
        for name in names:
            (unusable if is_unusable_name(name) else usable).append(name)
        return cls(usable, unusable)


class Places(Protocol):
    """Store that can be searched."""

    async def folders(self, place: str) -> Folders:
        """List the folders directly in a place; ``""`` is the store itself."""


class _Search:
    """Rules of the search, without I/O: the next place to list, and which places are objects."""

    def __init__(
        self,
        start: str,
        join: Callable[[str, str], str],
        failed: Callable[[str, ModosError], None],
        check: Callable[[], object] | None,
    ) -> None:
        self._start = start
        self._check = check
        self._join = join
        self._failed = failed
        self._waiting = [start]
        self._begun = 0

    def next(self) -> str | None:
        """Return a place to list, or None if there is none at the moment."""
        if not self._waiting:
            return None
        if self._begun >= MOST_FOLDERS:
            self._waiting.clear()
            self._failed(
                self._start,
                UnsupportedError(
                    f"The search for objects stopped after {MOST_FOLDERS:,} folders.",
                    "Choose a subfolder.",
                ),
            )
            return None
        if self._check is not None:
            self._check()
        self._begun += 1
        return self._waiting.pop()

    def take(self, place: str, folders: Folders) -> bool:
        """Add the folders of a place; return whether the place is an object."""
        if ARCHIVE in folders.names:
            return True
        names = sorted((name for name in folders.names if name != DELETED), reverse=True)
        self._waiting += [self._join(place, name) for name in names]
        if folders.unusable:
            self._failed(place, _unusable(place, folders.unusable))
        return False

    def fail(self, place: str, error: ModosError) -> None:
        """Report a place that cannot be listed; raise the error if it is the start."""
        if place == self._start:
            raise error
        self._failed(place, error)


async def find_objects(
    places: Places,
    start: str = "",
    *,
    failed: Callable[[str, ModosError], None],
    check: Callable[[], object] | None = None,
) -> AsyncGenerator[str, None]:
    """Find every object at or below a place of a store. Uses the network.

    Each folder takes one delimiter listing, and many run concurrently. Nothing below an object is
    listed, so the number of requests does not depend on files, elements or chunks. Objects are
    yielded when they are found. Closing the generator, or cancelling the task that reads it, ends
    the search.

    Parameters
    ----------
    places : Places
        The store, such as `BucketFolders`.
    start : str
        Place without surrounding slashes; ``""`` is the whole store.
    failed : callable
        Called with a place that cannot be searched completely, and the error. The search
        continues.
    check : callable, optional
        Called before each place is listed; an exception that it raises ends the search.

    Yields
    ------
    str
        Place of the object in the store.

    Raises
    ------
    ModosError
        The start itself cannot be listed.
    """
    search = _Search(start, _joined, failed, check)
    under_way: dict[asyncio.Task[Folders], str] = {}
    ended: asyncio.Queue[asyncio.Task[Folders]] = asyncio.Queue()

    def begin() -> None:
        while len(under_way) < _SIDE_BY_SIDE and (place := search.next()) is not None:
            task = asyncio.ensure_future(places.folders(place))
            under_way[task] = place
            task.add_done_callback(ended.put_nowait)

    begin()
    try:
        while under_way:
            task = await ended.get()
            place = under_way.pop(task)
            try:
                is_object = search.take(place, task.result())
            except ModosError as error:
                search.fail(place, error)
            else:
                if is_object:
                    yield place
            begin()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _refuse_archive(start: str) -> None:
    """Raise NotFoundError if a search would begin inside the archive of an object."""
    if (around := object_around(start)) is not None:
        raise NotFoundError(
            f"{start} is inside the archive of an object.", f"Pass the object itself: {around}"
        )


async def find_bucket_objects(
    client: BulkClient,
    prefix: str = "",
    *,
    failed: Callable[[str, ModosError], None],
    check: Callable[[], object] | None = None,
) -> AsyncGenerator[str, None]:
    """Find every object at or below a prefix of a bucket, as `find_objects` does.

    Yields URLs ``s3://bucket/key`` of objects; `failed` is called with such a URL too.
    """
    bucket = f"s3://{client.bucket}"
    _refuse_archive(f"{bucket}/{prefix}")

    def failed_at(place: str, error: ModosError) -> None:
        failed(f"{bucket}/{place}", error)

    search = find_objects(BucketFolders(client), prefix, failed=failed_at, check=check)
    async with aclosing(search):
        async for place in search:
            yield f"{bucket}/{place}".rstrip("/")


def find_local_objects(
    folder: Path,
    *,
    failed: Callable[[str, ModosError], None],
    check: Callable[[], object] | None = None,
) -> Generator[str, None, None]:
    """Find every object at or below a local folder, as `find_objects` does.

    Parameters
    ----------
    folder : pathlib.Path
        The first folder; it may itself be a symbolic link.
    failed : callable
        Called with a folder that cannot be searched, and the error. The search continues.
    check : callable, optional
        Called before each folder is listed; an exception that it raises ends the search.

    Yields
    ------
    str
        The object's folder, in the order of the names.

    Raises
    ------
    ModosError
        The folder itself cannot be listed.
    """
    _refuse_archive(str(folder))
    search = _Search(str(folder), os.path.join, failed, check)
    while (place := search.next()) is not None:
        try:
            with os.scandir(place) as entries:
                names = [one.name for one in entries if one.is_dir(follow_symlinks=False)]
        except OSError as error:
            if isinstance(error, FileNotFoundError) and place != str(folder):
                continue  # removed after its parent was listed
            search.fail(place, from_local(error, place, writing=False))
        else:
            if search.take(place, Folders(names, [])):
                yield place


def folders_of(fs: AbstractFileSystem) -> Places:
    """Return the lister of folders of an fsspec file system that is not local."""
    client = s3.S3Client.of(fs)
    return _AnyFolders(fs) if client is None else _S3Folders(client)


class BucketFolders:
    """Folders of a bucket.

    Parameters
    ----------
    client : BulkClient
        Its concurrency limits the concurrent requests, and its counters count them.
    """

    def __init__(self, client: BulkClient) -> None:
        self._client = client

    async def folders(self, place: str) -> Folders:
        """List the folders directly in a prefix."""
        return _folders(await self._client.level(place), place)


class _S3Folders:
    """Folders of every bucket that a client can list; places begin with the bucket's name."""

    def __init__(self, client: S3Client) -> None:
        self._client = client
        self._buckets: dict[str, BucketFolders] = {}

    async def folders(self, place: str) -> Folders:
        """List the folders directly in a bucket or prefix, or the buckets."""
        client = self._client
        if not place:
            return Folders.of(await client.hop(client.buckets()))
        bucket, _, prefix = place.partition("/")
        if client.foreign:
            return _folders(await client.hop(client.level(bucket, prefix)), prefix)
        if bucket not in self._buckets:
            self._buckets[bucket] = BucketFolders(s3.BulkClient(client.options, bucket))
        return await self._buckets[bucket].folders(prefix)


def _folders(level: Page, prefix: str) -> Folders:
    begin = len(prefix) + 1 if prefix else 0
    return Folders.of(name[begin:-1] for name in level.prefixes)


class _AnyFolders:
    """Folders of any other fsspec file system."""

    def __init__(self, fs: AbstractFileSystem) -> None:
        self._fs = fs

    async def folders(self, place: str) -> Folders:
        """List the folders directly in a folder."""
        return await asyncio.to_thread(self._listed, place)

    def _listed(self, place: str) -> Folders:
        try:
            entries = self._fs.ls(f"/{place}", detail=True)
        except OSError as error:
            raise from_local(error, place, writing=False) from error
        found = (one["name"].strip("/") for one in entries if one.get("type") == "directory")
        return Folders.of(name.rpartition("/")[2] for name in found if name != place.strip("/"))


def _joined(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def _unusable(place: str, names: list[str]) -> PathError:
    shown = ", ".join(repr(_joined(place, f"{name}/")) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return PathError(
        f"Skipped keys that begin with {shown}{more}: a part of the name is empty, '.', '..' or "
        "has a control character.",
        "Rename or remove these keys.",
    )
