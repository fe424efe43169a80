"""The client for many keys of one bucket: bounded concurrency, retries, counters."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator  # noqa: TC003 - part of public signatures
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore.exceptions import NotModifiedError
from obstore.store import S3Store

from modos_widgets.bulk.counters import Counters
from modos_widgets.bulk.faults import pause_or_raise, persist, translate
from modos_widgets.credentials import CredentialsExpiredError
from modos_widgets.errors import StorageError

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from modos_widgets.credentials import S3Credential, S3Options

__all__ = ["BulkClient", "Entry", "Fetched", "Listing"]

T = TypeVar("T")

_CONCURRENCY = 256
_SHARE = 4  # of the files that a process may open, one connection for each so many
_PAGE = 1000  # keys a listing's page holds at most (Amazon S3 API, ListObjectsV2)


@dataclass(frozen=True)
class Entry:
    """One key as a listing or a HEAD tells it.

    Attributes
    ----------
    key : str
        The whole key in its bucket.
    size : int
        Bytes.
    modified : datetime.datetime
        When it was last written, with its time zone.
    etag : str or None
        As the server gives it, quotes included.
    """

    key: str
    size: int
    modified: datetime
    etag: str | None


@dataclass(frozen=True)
class Fetched:
    """Content of a key.

    Attributes
    ----------
    data : memoryview of bytes
        At most as many as were asked for, where they arrived: a copy of a large part costs as
        much as its way here.
    size : int
        Bytes of the whole content.
    etag : str or None
        Names this content.
    """

    data: memoryview
    size: int
    etag: str | None


@dataclass(frozen=True)
class Listing:
    """One level of a bucket.

    Attributes
    ----------
    folders : tuple of str
        Prefixes one level below, without the trailing slash, sorted.
    entries : tuple of Entry
        Keys at this level, sorted.
    """

    folders: tuple[str, ...]
    entries: tuple[Entry, ...]


class BulkClient:
    """Many requests to one bucket at once.

    Every method is a coroutine for the bulk loop (`modos_widgets.bulk.wait`), touches the
    network, retries passing faults a few times with growing pauses, and raises the
    errors of `modos_widgets.errors`.

    Parameters
    ----------
    options : S3Options
        Endpoint and credentials; short-lived keys are asked for again before they expire.
    bucket : str
        The bucket's name.
    concurrency : int
        Requests under way at once, at most; fewer where a process may open few files.
    counters : Counters, optional
        Where requests, bytes and retries are counted; its own when not given.
    """

    def __init__(
        self,
        options: S3Options,
        bucket: str,
        *,
        concurrency: int = _CONCURRENCY,
        counters: Counters | None = None,
    ) -> None:
        self.bucket = bucket
        self.counters = counters if counters is not None else Counters()
        self._gate = asyncio.Semaphore(min(concurrency, _bearable()))
        self._options = options
        self._key: S3Credential | None = None
        self._store = None if options.renewing else self._opened(options)
        self._asking = asyncio.Lock()

    async def _signing(self) -> S3Store:
        """Give the store that signs with the key of this moment, which may have to be asked for.

        It is looked at before each request: a store holds its key until the end that it was
        told, and goes on with it after a sign-out.
        """
        renewing = self._options.renewing
        if renewing is None:
            assert self._store is not None  # noqa: S101 - opened at once
            return self._store
        key = renewing.current()
        if key is None:
            async with self._asking:  # one asks, and keeps no more than one thread
                key = await renewing.asked()
        if self._store is None or key is not self._key:
            self._key = key
            self._store = self._opened(replace(self._options, source=None, credential=key))
        return self._store

    def _opened(self, options: S3Options) -> S3Store:
        config, client_options, provider = options.for_obstore()
        settings: dict[str, Any] = {"credential_provider": provider} if provider else {}
        return S3Store(
            self.bucket,
            config=config,  # type: ignore[arg-type]
            client_options=client_options,  # type: ignore[arg-type]
            # Retries are ours, so that they are counted and can be cancelled.
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=60)},
            **settings,
        )

    def _discarded(self, used: S3Credential | None) -> bool:
        """Forget a key that the server calls expired; False where there is no other to be had."""
        renewing = self._options.renewing
        if renewing is None or used is None:
            return False
        renewing.discard(used)
        return True

    def __repr__(self) -> str:
        """Name the bucket; no secret."""
        return f"BulkClient(bucket={self.bucket!r})"

    def _place(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    async def _ask(self, key: str, attempt: Callable[[S3Store], Awaitable[T]]) -> T:
        used: S3Credential | None = None

        async def counted() -> T:
            nonlocal used
            async with self._gate:
                store = await self._signing()
                used = self._key
                self.counters.add(requests=1)
                return await attempt(store)

        try:
            return await persist(counted, self._place(key), self.counters)
        except CredentialsExpiredError:
            if not self._discarded(used):
                raise
        return await persist(counted, self._place(key), self.counters)

    async def get(
        self, key: str, *, start: int = 0, end: int | None = None, known: str | None = None
    ) -> Fetched | None:
        """Read a key, or a part of it, with one GET.

        Parameters
        ----------
        key : str
            Which.
        start, end : int
            First byte, and the one behind the last; the whole content by default.
        known : str, optional
            An ETag already at hand (RFC 9110, If-None-Match).

        Returns
        -------
        Fetched or None
            None when the content is still the known one.
        """
        options: dict[str, Any] = {}
        if end is not None:
            options["range"] = (start, end)
        elif start:
            options["range"] = {"offset": start}
        if known:
            options["if_none_match"] = known

        async def attempt(store: S3Store) -> Fetched:
            result = await obstore.get_async(store, key, options=options)  # type: ignore[arg-type]
            data = memoryview(await result.bytes_async())
            self.counters.add(received=len(data))
            first, behind = result.range
            if len(data) != behind - first:
                raise StorageError(f"The answer for {self._place(key)} is torn.", "Try again.")
            return Fetched(data, result.meta["size"], result.meta["e_tag"])

        try:
            return await self._ask(key, attempt)
        except NotModifiedError:
            return None

    async def head(self, key: str) -> Entry:
        """Ask for a key's size and ETag."""

        async def attempt(store: S3Store) -> Entry:
            return _entry(await obstore.head_async(store, key))

        return await self._ask(key, attempt)

    async def put(
        self, key: str, data: bytes | memoryview, *, create: bool = False, match: str | None = None
    ) -> str | None:
        """Write a key with one PUT.

        Parameters
        ----------
        key : str
            Which.
        data : bytes
            Its new content.
        create : bool
            Only when nothing is there (If-None-Match: ``*``).
        match : str, optional
            Only when the content is still the one with this ETag (If-Match).

        Returns
        -------
        str or None
            The new ETag.
        """
        mode: Any = "create" if create else {"e_tag": match} if match else "overwrite"

        async def attempt(store: S3Store) -> str | None:
            result = await obstore.put_async(store, key, data, mode=mode, use_multipart=False)
            self.counters.add(sent=len(data))
            return result["e_tag"]

        return await self._ask(key, attempt)

    async def level(self, prefix: str) -> Listing:
        """List one level below a prefix with a delimiter.

        Parameters
        ----------
        prefix : str
            Without a trailing slash; ``""`` is the bucket itself.

        Returns
        -------
        Listing
        """

        async def attempt(store: S3Store) -> Listing:
            found = await obstore.list_with_delimiter_async(store, prefix or None)
            entries = tuple(sorted((_entry(meta) for meta in found["objects"]), key=_key))
            folders = tuple(sorted(found["common_prefixes"]))
            self.counters.add(requests=max(0, (len(entries) + len(folders) - 1) // _PAGE))
            return Listing(folders, entries)

        return await self._ask(prefix, attempt)

    async def keys(self, prefix: str) -> AsyncIterator[list[Entry]]:
        """List every key below a prefix, page by page.

        Parameters
        ----------
        prefix : str
            Without a trailing slash.

        Yields
        ------
        list of Entry
            A page of at most 1,000.
        """
        last: str | None = None
        tries, renewed, used = 0, False, None
        while True:
            try:
                store = await self._signing()
                used, again = self._key, False
                self.counters.add(requests=1)
                pages = obstore.list(store, prefix or None, offset=last, chunk_size=_PAGE)
                async for page in pages:
                    self.counters.add(requests=int(again))
                    tries, again, last = 0, True, page[-1]["path"]
                    yield [_entry(meta) for meta in page]
                    if await self._signing() is not store:
                        break
                else:
                    return
            except Exception as error:  # noqa: BLE001 - translated and raised, or tried again
                expired = isinstance(translate(error, prefix), CredentialsExpiredError)
                if expired and not renewed and self._discarded(used):
                    renewed = True
                    continue
                tries += 1
                await pause_or_raise(error, self._place(prefix), self.counters, tries)


def _bearable() -> int:
    """Give how many connections leave descriptors for all else: macOS gives 256 of them in all."""
    if sys.platform == "win32":
        return sys.maxsize
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if most == resource.RLIM_INFINITY else max(1, most // _SHARE)


def _entry(meta: Any) -> Entry:
    return Entry(meta["path"], meta["size"], meta["last_modified"], meta["e_tag"])


def _key(entry: Entry) -> str:
    return entry.key
