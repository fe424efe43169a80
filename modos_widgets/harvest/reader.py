"""Read the metadata of many objects in parallel, with one GET per object."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modos_widgets import s3
from modos_widgets.archive import ROOT_DOCUMENT, Hierarchy
from modos_widgets.errors import BrokenArchiveError, ModosError, NotFoundError, StorageError
from modos_widgets.harvest.sources import split
from modos_widgets.progress import Progress, Throttle
from modos_widgets.storage import find_bucket_objects

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable

    from modos_widgets.credentials import S3Options
    from modos_widgets.harvest.cache import MetadataCache
    from modos_widgets.progress import State
    from modos_widgets.s3 import BulkClient, Counters, Fetched

__all__ = ["Harvest", "objects_below", "root_key"]

_PAUSE = 0.1  # seconds between two checks of running requests
_LARGEST = 64 << 20  # maximum bytes of metadata of one object
_MOST_WAITING = 512  # maximum number of objects found but not read yet


def root_key(prefix: str) -> str:
    """Return the key of an object's root metadata."""
    return "/".join(part for part in (prefix, ROOT_DOCUMENT) if part)


@dataclass
class Harvest:
    """State of a running harvest: results, failures and progress.

    Attributes
    ----------
    hierarchies : dict
        Object path to its metadata.
    failures : list of dict
        ``path``, ``error`` (class and message), ``hint`` (next step).
    known : dict of str to str
        Object path to the version of its metadata (see `take`) that the caller has: it is not read
        again if it is current.
    """

    on_progress: Callable[[Progress], object] | None = None
    hierarchies: dict[str, Hierarchy] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)
    counters: Counters = field(default_factory=lambda: s3.Counters())  # noqa: PLW0108 - loaded on first use
    found: int = 0
    unchanged: int = 0
    searching: bool = True
    known: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _throttle: Throttle = field(default_factory=Throttle)

    def failed(self, path: str, error: ModosError) -> None:
        """Record an object or a prefix that could not be read."""
        self.failures.append(
            {
                "path": path,
                "error": f"{_public(error).__name__}: {error.message}",
                "hint": error.hint,
            }
        )

    def tell(self, *, last: bool = False) -> None:
        """Report progress, at most ten times a second; pass on exceptions of the callback."""
        if self.on_progress is None or not self._throttle.due(last=last):
            return
        working: State = "searching" if self.searching else "reading"
        counts = self.counters.read()
        self.on_progress(
            Progress(
                "done" if last else working,
                "objects",
                done=self.done,
                total=self.found,
                failed=len(self.failures),
                unchanged=self.unchanged,
                bytes_done=counts.received,
                requests=counts.requests,
                retries=counts.retries,
            )
        )

    @property
    def done(self) -> int:
        """Number of objects that were read."""
        return len(self.hierarchies)

    def find(self, path: str) -> None:  # noqa: ARG002 - for those that pass it on
        """Record an object that was found."""
        self.found += 1

    def take(self, path: str, data: bytes, version: str = "") -> None:  # noqa: ARG002 - see find
        """Parse one object's root metadata.

        Parameters
        ----------
        path : str
            Path of the object.
        data : bytes
            Content of its root document.
        version : str
            ETag of the document, or time and size of a local one; empty if there is none.
        """
        self.hierarchies[path] = Hierarchy.parse(data)

    def keep(self, path: str) -> None:  # noqa: ARG002 - for those that pass it on
        """Record that the version of an object in `known` is current."""
        self.unchanged += 1

    async def remote(
        self,
        objects: Iterable[str],
        prefixes: Iterable[str],
        options: S3Options,
        kept: MetadataCache | None,
    ) -> None:
        """Read objects on S3 as they are found, until all are read or the task is cancelled."""
        reader = _Remote(self, options, kept)
        await self._side_by_side(reader.discover(objects, prefixes), reader.read)

    async def _side_by_side(self, paths: AsyncIterator[str], read: Callable[[str], Any]) -> None:
        tasks: set[asyncio.Task[None]] = set()
        problems: list[BaseException] = []

        def ended(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                problems.append(error)

        try:
            async for path in paths:
                self.find(path)
                task = asyncio.ensure_future(read(path))
                tasks.add(task)
                task.add_done_callback(ended)
                self.tell()
                if len(tasks) >= _MOST_WAITING:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if problems:
                    raise problems[0]
            self.searching = False
            while tasks:
                await asyncio.wait(tasks, timeout=_PAUSE, return_when=asyncio.FIRST_COMPLETED)
                self.tell()
                if problems:
                    raise problems[0]
        finally:
            for task in tasks:
                task.cancel()
        if problems:
            raise problems[0]

    def local(self, paths: Iterable[str]) -> None:
        """Read local objects, one after the other."""
        for path in paths:
            self.find(path)
            try:
                with open(f"{path}/{ROOT_DOCUMENT}", "rb") as file:  # noqa: PTH123 - speed
                    status = os.fstat(file.fileno())
                    version = f"{status.st_mtime_ns}-{status.st_size}"
                    if self.known.get(path) == version:
                        self.keep(path)
                    else:
                        self.take(path, file.read(), version)
            except ModosError as error:
                self.failed(path, error)
            except OSError as error:
                self.failed(path, _unread(path, error))
            self.tell()


def objects_below(client: BulkClient, url: str, harvest: Harvest) -> AsyncGenerator[str, None]:
    """Find the objects at or below ``s3://bucket/prefix``, and record failures."""
    prefix = split(url)[1]
    return find_bucket_objects(client, prefix, failed=harvest.failed, check=harvest.tell)


class _Remote:
    """Reader of single objects on S3, with a cache of the last run."""

    def __init__(self, harvest: Harvest, options: S3Options, kept: MetadataCache | None) -> None:
        self._harvest = harvest
        self._options = options
        self._kept = kept
        self._etags = kept.etags() if kept is not None else {}
        self._clients: dict[str, BulkClient] = {}

    def _client(self, bucket: str) -> BulkClient:
        if bucket not in self._clients:
            counters = self._harvest.counters
            self._clients[bucket] = s3.BulkClient(self._options, bucket, counters=counters)
        return self._clients[bucket]

    async def discover(self, objects: Iterable[str], prefixes: Iterable[str]) -> AsyncIterator[str]:
        """Yield the known objects, then those below the prefixes as they are found."""
        for path in objects:
            yield path
        for place in prefixes:
            client = self._client(split(place)[0])
            async with aclosing(objects_below(client, place, self._harvest)) as found:
                async for path in found:
                    yield path

    async def read(self, path: str) -> None:
        """Read one object; a failure is recorded and not raised."""
        try:
            if not await self._read_again(path):
                await self._read_whole(path)
        except ModosError as error:
            self._harvest.failed(path, error)

    async def _read_again(self, path: str) -> bool:
        """Leave or read from the cache an object that the server confirms to be current."""
        if version := self._harvest.known.get(path):
            bucket, prefix = split(path)
            newer = await self._client(bucket).get(root_key(prefix), end=_LARGEST, known=version)
            if newer is None:
                self._harvest.keep(path)
            else:
                self._take(path, newer)
            return True
        known = self._etags.get(path)
        if self._kept is None or known is None:
            return False
        data = await asyncio.to_thread(self._kept.read, path)
        if data is None:
            return False
        bucket, prefix = split(path)
        fetched = await self._client(bucket).get(root_key(prefix), end=_LARGEST, known=known)
        if fetched is None:
            self._harvest.take(path, data, known)
            self._harvest.unchanged += 1
        else:
            self._take(path, fetched)
        return True

    async def _read_whole(self, path: str) -> None:
        bucket, prefix = split(path)
        fetched = await self._client(bucket).get(root_key(prefix), end=_LARGEST)
        if fetched is not None:
            self._take(path, fetched)

    def _take(self, path: str, fetched: Fetched[memoryview]) -> None:
        if fetched.size > len(fetched.data):
            raise BrokenArchiveError(
                f"The metadata of {path} are larger than {_LARGEST >> 20} MiB.",
                "Use open_modo for this object.",
            )
        data = bytes(fetched.data)
        self._harvest.take(path, data, fetched.etag)
        if self._kept is not None and fetched.etag:
            self._harvest.fresh[path] = (fetched.etag, data)


def _public(error: ModosError) -> type:
    """Return the class of the documented tree of errors that an error belongs to."""
    return next(one for one in type(error).__mro__ if one.__module__ == ModosError.__module__)


def _unread(path: str, error: OSError) -> ModosError:
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"No object at {path}.", "Check the path.")
    return StorageError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.")
