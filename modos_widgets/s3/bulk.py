"""Client for many keys of one bucket: limited concurrency, retries, counters."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator  # noqa: TC003 - part of public signatures
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore.exceptions import NotModifiedError
from obstore.store import S3Store

from modos_widgets import retry
from modos_widgets.concurrency import PerProcess
from modos_widgets.credentials import CredentialsExpiredError, TlsError, allowed_connections
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    PathError,
    ServerError,
    StorageError,
    UnreachableError,
)
from modos_widgets.s3.client import S3Client
from modos_widgets.s3.counters import Counters
from modos_widgets.s3.errors import Request
from modos_widgets.s3.lane import Lane
from modos_widgets.s3.marks import marked
from modos_widgets.s3.obstore_errors import translate
from modos_widgets.s3.relay import Relay
from modos_widgets.s3.types import Fetched, Key, Keys, Page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from modos_widgets.credentials import S3Credential, S3Options

__all__ = ["BulkClient"]

T = TypeVar("T")

_CONCURRENCY = 256
_WIDEST = 1024
_KEPT = 16  # maximum number of shared clients
_BUGS = (TypeError, AttributeError, NameError, AssertionError)
_PAGE = 1000  # maximum number of keys on a page of a listing (Amazon S3 API, ListObjectsV2)


class BulkClient:
    """Client for many concurrent requests to one bucket.

    Every method is a coroutine for the event loop (`modos_widgets.concurrency`), uses the
    network, retries temporary failures a few times with growing pauses, and raises the
    errors of `modos_widgets.errors`. A key that obstore rejects is read and written by `S3Client`,
    and so is the `level` that contains it; `keys` raises PathError at such a key.

    Parameters
    ----------
    options : S3Options
        Server and credentials; short-lived keys are renewed before they expire.
    bucket : str
        Name of the bucket.
    concurrency : int
        Concurrent requests at first; fewer if the process may open few files.
    widest : int, optional
        Maximum number of concurrent requests, to which the client goes while it mostly waits for
        answers (see `Lane`); default: `concurrency`.
    counters : Counters, optional
        Counters of requests, bytes and retries; default: new ones.
    """

    def __init__(
        self,
        options: S3Options,
        bucket: str,
        *,
        concurrency: int = _CONCURRENCY,
        widest: int | None = None,
        counters: Counters | None = None,
    ) -> None:
        self.bucket = bucket
        self.options = options
        self.counters = counters if counters is not None else Counters()
        widest = concurrency if widest is None else widest
        self._lane = Lane(allowed_connections(concurrency), allowed_connections(widest))
        self._key: S3Credential | None = None
        self._proxy = options.proxy
        self._relay: Relay | None = None
        self._store = None if options.renewing else self._opened(options)
        self._asking = asyncio.Lock()

    @property
    def width(self) -> int:
        """Number of concurrent requests now."""
        return self._lane.width

    @classmethod
    def shared(cls, options: S3Options, bucket: str) -> BulkClient:
        """Return this process's client for a bucket, whose callers share its limit.

        Clients that were not used recently are dropped.
        """
        shared, identity = _shared.value, (options, options.proxy, bucket)
        with shared.lock:
            found = shared.clients.pop(identity, None)
            if found is None:
                found = cls(options, bucket, widest=_WIDEST)
            shared.clients[identity] = found
            if len(shared.clients) > _KEPT:
                del shared.clients[next(iter(shared.clients))]
            return found

    async def _signing(self) -> S3Store:
        """Return the store that signs with the current key, which is renewed if needed.

        This is checked before each request, because a store uses its key until it expires, also
        after a sign-out.
        """
        renewing = self.options.renewing
        if renewing is None:
            assert self._store is not None  # noqa: S101 - opened at once
            return self._store
        key = renewing.current()
        if key is None:
            async with self._asking:  # one caller renews the key, on a single thread
                key = await renewing.get_async()
        if self._store is None or key is not self._key:
            self._key = key
            self._store = self._opened(replace(self.options, source=None, credential=key))
        return self._store

    def _opened(self, options: S3Options) -> S3Store:
        config, client_options, provider = options.for_obstore()
        if self._relay is not None:
            config["endpoint"] = self._relay.endpoint
            client_options |= {
                "proxy_url": self._relay.url,
                "proxy_excludes": "",
                "allow_http": True,
            }
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
        """Discard a key that the server reports as expired; return False if there is no source."""
        renewing = self.options.renewing
        if renewing is None or used is None:
            return False
        renewing.discard(used)
        return True

    def __repr__(self) -> str:
        """Return the bucket's name as text, without secrets."""
        return f"BulkClient(bucket={self.bucket!r})"

    def _request(self, key: str, purpose: str = "read") -> Request:
        """Return the description of a request, for an error."""
        return Request.of(self.options, f"s3://{self.bucket}/{key}", purpose, self._proxy)

    async def _send(
        self,
        key: str,
        by_obstore: Callable[[S3Store], Awaitable[T]],
        by_s3fs: Callable[[S3Client], Coroutine[Any, Any, T]],
        purpose: str = "read",
    ) -> T:
        """Send a request by obstore, or by the other client if obstore rejects the key."""
        try:
            return await self._send_by_obstore(key, by_obstore, purpose)
        except PathError as error:
            if isinstance(error.__context__, UnicodeError):  # no client can send this key
                raise
        self.counters.add(requests=1)
        client = S3Client.shared(self.options)
        return await client.hop(by_s3fs(client))

    async def _send_by_obstore(
        self, key: str, by_obstore: Callable[[S3Store], Awaitable[T]], purpose: str
    ) -> T:
        used: S3Credential | None = None
        request = self._request(key, purpose)

        async def counted() -> T:
            nonlocal used
            async with self._lane:
                store = await self._signing()
                used = self._key
                self.counters.add(requests=1)
                return await by_obstore(store)

        try:
            return await _persist(counted, request, self.counters, self._lane)
        except CredentialsExpiredError:
            if not self._discarded(used):
                raise
        except TlsError:
            if not await self._relayed():
                raise
        return await _persist(counted, request, self.counters, self._lane)

    async def _relayed(self) -> bool:
        """Continue with Python's ssl, if that accepts the certificate.

        Raises
        ------
        ModosError
            It does not accept the certificate; the message states the reason.
        """
        if self.options.endpoint is None:
            return False
        async with self._asking:
            if self._relay is None:
                self._relay = await Relay.shared(self.options)
                self._key = None
                self._store = None if self.options.renewing else self._opened(self.options)
        return True

    async def get(
        self, key: str, *, start: int = 0, end: int | None = None, known: str | None = None
    ) -> Fetched[memoryview] | None:
        """Read a key, or a range of it, with one GET.

        Parameters
        ----------
        key : str
            The key.
        start, end : int
            First byte, and the one after the last; default: the whole content.
        known : str, optional
            A known ETag (RFC 9110, If-None-Match).

        Returns
        -------
        Fetched or None
            None if the content still has the known ETag.
        """
        options: dict[str, Any] = {}
        if end is not None:
            options["range"] = (start, end)
        elif start:
            options["range"] = {"offset": start}
        if known:
            options["if_none_match"] = known

        async def by_obstore(store: S3Store) -> Fetched[memoryview] | None:
            result = await obstore.get_async(store, key, options=options)  # type: ignore[arg-type]
            data = memoryview(await result.bytes_async())
            self.counters.add(received=len(data))
            first, behind = result.range
            if len(data) != behind - first:
                raise StorageError(
                    f"The response for {self._request(key).url} is incomplete.", "Retry."
                )
            return Fetched(data, result.meta["size"], result.meta["e_tag"] or "")

        async def by_s3fs(client: S3Client) -> Fetched[memoryview] | None:
            if known:
                found = await client.get_changed(self.bucket, key, known)
            else:
                first = None if not start and end is None else start
                found = await client.get(self.bucket, key, start=first, end=end)
            if found is None:
                return None
            self.counters.add(received=len(found.data))
            return Fetched(memoryview(found.data), found.size, found.etag)

        try:
            return await self._send(key, by_obstore, by_s3fs)
        except NotModifiedError:
            return None

    async def head(self, key: str) -> Key:
        """Return size and ETag of a key. Sends one request."""

        async def by_obstore(store: S3Store) -> Key:
            return _key_of(await obstore.head_async(store, key))

        return await self._send(key, by_obstore, lambda client: client.head(self.bucket, key))

    async def put(
        self,
        key: str,
        data: bytes | memoryview,
        *,
        create: bool = False,
        match: str | None = None,
        mark: str | None = None,
    ) -> str:
        """Write a key with one PUT.

        Parameters
        ----------
        key : str
            The key.
        data : bytes
            The new content.
        create : bool
            Write only if the key does not exist (If-None-Match: ``*``).
        match : str, optional
            Write only if the content still has this ETag (If-Match).
        mark : str, optional
            Mark of this write, which is stored with the key (see `new_mark`).

        Returns
        -------
        str
            The new ETag.
        """
        mode: Any = "create" if create else {"e_tag": match} if match else "overwrite"
        attributes: Any = None if mark is None else marked(mark)

        async def by_obstore(store: S3Store) -> str:
            result = await obstore.put_async(
                store, key, data, mode=mode, use_multipart=False, attributes=attributes
            )
            self.counters.add(sent=len(data))
            return result["e_tag"] or ""

        async def by_s3fs(client: S3Client) -> str:
            self.counters.add(sent=len(data))
            if match:
                return await client.put_if(self.bucket, key, bytes(data), match, mark or "")
            if create:
                try:
                    return await client.put_if(self.bucket, key, bytes(data), None, mark or "")
                except ChangedError as error:
                    raise AlreadyExistsError(error.message, error.hint) from error
            return await client.put(self.bucket, key, bytes(data))

        return await self._send(key, by_obstore, by_s3fs, "write")

    async def level(self, prefix: str) -> Page:
        """List one level below a prefix with a delimiter, for any keys.

        Parameters
        ----------
        prefix : str
            Prefix without a trailing slash; ``""`` is the bucket itself.

        Returns
        -------
        Page
        """

        async def by_obstore(store: S3Store) -> Page:
            found = await obstore.list_with_delimiter_async(store, prefix or None)
            keys = tuple(sorted(map(_key_of, found["objects"]), key=lambda key: key.key))
            prefixes = tuple(f"{prefix}/" for prefix in sorted(found["common_prefixes"]))
            return Page(keys, prefixes)

        # obstore ends a listing at the first key that is not a path
        found = await self._send(
            prefix, by_obstore, lambda client: client.level(self.bucket, prefix), "list"
        )
        self.counters.add(requests=max(0, (len(found.keys) + len(found.prefixes) - 1) // _PAGE))
        return found

    async def keys(self, prefix: str) -> AsyncGenerator[Keys, None]:
        """List every key below a prefix, page by page.

        Parameters
        ----------
        prefix : str
            Prefix without a trailing slash.

        Yields
        ------
        list of Key
            A page of at most 1,000 keys.
        """
        request = self._request(prefix, "list")
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
                    yield [_key_of(meta) for meta in page]
                    if await self._signing() is not store:
                        break
                else:
                    return
            except Exception as error:  # noqa: BLE001 - translated and raised, or retried
                translated = translate(error, request)
                expired = isinstance(translated, CredentialsExpiredError)
                if expired and not renewed and self._discarded(used):
                    renewed = True
                    continue
                if (
                    isinstance(translated, TlsError)
                    and self._relay is None
                    and await self._relayed()
                ):
                    continue
                tries += 1
                await _pause_or_raise(error, request, self.counters, tries)


class _Clients:
    """Shared clients of a process, in the order of their last use."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clients: dict[tuple[S3Options, str | None, str], BulkClient] = {}


_shared = PerProcess(_Clients)


async def _persist(
    attempt: Callable[[], Awaitable[T]], request: Request | str, counters: Counters, lane: Lane
) -> T:
    """Retry after temporary failures, with growing pauses, up to a limit.

    Raises
    ------
    ModosError
        Error of the last attempt.
    """
    tried = 0
    while True:
        sent = time.monotonic()
        try:
            return await attempt()
        except (asyncio.CancelledError, NotModifiedError, *_BUGS):
            raise
        except Exception as error:  # noqa: BLE001 - translated and raised, or retried
            tried += 1
            await _pause_or_raise(error, request, counters, tried, partial(lane.narrow, sent))


async def _pause_or_raise(
    error: BaseException,
    request: Request | str,
    counters: Counters,
    tried: int,
    on_retry: Callable[[], None] | None = None,
) -> None:
    """Wait before the next attempt, or raise the translated error if a retry would not help.

    Parameters
    ----------
    error : BaseException
        Exception of obstore.
    request : Request or str
        The request.
    counters : Counters
        Counters of the retries.
    tried : int
        Number of attempts so far.
    on_retry : callable, optional
        Called before the pause.

    Raises
    ------
    ModosError
        The failure is not temporary, or it was the last attempt.
    """
    translated = translate(error, request)
    policy = retry.S3_BUSY if isinstance(translated, ServerError) else retry.S3
    passing = isinstance(translated, ServerError | UnreachableError) and not isinstance(
        translated, TlsError
    )
    if tried >= policy.tries or not passing:
        raise translated from None
    counters.add(retries=1)
    if on_retry is not None:
        on_retry()
    # obstore does not report Retry-After
    await asyncio.sleep(policy.pause(tried))


def _key_of(meta: Any) -> Key:
    return Key(meta["path"], meta["size"], meta["last_modified"], meta["e_tag"])
