"""Single S3 requests, counted, retried if that is safe, with errors of this package."""

from __future__ import annotations

import asyncio
import io
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

import aiohttp
from botocore.exceptions import BotoCoreError
from s3fs import S3FileSystem

from modos_widgets import retry
from modos_widgets.concurrency import PerProcess, event_loop, wait
from modos_widgets.credentials import CredentialsExpiredError, S3Options, forget_frames
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    ModosError,
    UnreachableError,
)
from modos_widgets.s3.body import content_md5, range_of, read_body
from modos_widgets.s3.botocore_errors import code_of, from_s3
from modos_widgets.s3.errors import KeyNotFoundError, Request
from modos_widgets.s3.listing import page_of, pages_parsed_here, parse_pages_fast
from modos_widgets.s3.marks import MARK, marked, new_mark
from modos_widgets.s3.multipart import MultipartUpload
from modos_widgets.s3.types import Fetched, Key, Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable

T = TypeVar("T")

_DELETE_BATCH = 1000
_PART_COPY = 2**30
_WHOLE_COPY = 5 * 2**30
_LISTING = frozenset({"list_objects_v2", "list_buckets"})
_READING = frozenset({"get_object", "head_object", "head_bucket"})
_TORN = (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError)


class S3Client:
    """Client for single S3 requests, on one s3fs instance.

    Every coroutine runs on the event loop of `modos_widgets.concurrency`, so documented methods,
    file handles and zarr share one pool of connections and one key. `run` waits
    for a coroutine from any thread, `hop` from any other loop.

    Parameters
    ----------
    options : S3Options
    fs : s3fs.S3FileSystem, optional
        File system of a user (see `of`); its client must not use `run`.

    Attributes
    ----------
    foreign : bool
        Whether the file system belongs to a user.
    """

    def __init__(self, options: S3Options, fs: S3FileSystem | None = None) -> None:
        self.options = options
        self._proxy = options.proxy
        self.foreign = fs is not None
        if fs is None:
            settings = options.for_s3fs()
            parse_pages_fast(settings["session"])
            fs = S3FileSystem(loop=event_loop(), **settings)
            fs.retries = 1  # botocore already retries; both together would make 25 attempts
        self.fs = fs

    @classmethod
    def shared(cls, options: S3Options) -> S3Client:
        """Return this process's client of these options; a new one takes 200 ms.

        Clients that are no longer referenced are dropped, except for the last few.
        """
        identity = (options, options.proxy)  # a notebook may set another proxy
        shared = _shared.value
        with shared.lock:
            client = shared.clients.get(identity)
            if client is None:
                client = shared.clients[identity] = cls(options)
            if client in shared.recent:
                shared.recent.remove(client)
            shared.recent.append(client)
            return client

    @classmethod
    def of(cls, fs: object) -> S3Client | None:
        """Return the client of a file system: a shared one, or a new one for a user's file system.

        The latter is `foreign`: the user's file system signs and retries requests, and its options
        are not known here. None for a file system that is not of S3.
        """
        if not isinstance(fs, S3FileSystem):
            return None
        shared = _shared.value
        with shared.lock:
            known = next((each for each in shared.clients.values() if each.fs is fs), None)
        if known is not None:
            return known
        return cls(S3Options(endpoint=fs.endpoint_url, anonymous=bool(fs.anon)), fs)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for it."""
        return wait(work)

    async def hop(self, work: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine of this client from another event loop, such as zarr's."""
        loop = self.fs.loop
        if loop is None or loop is asyncio.get_running_loop():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))

    async def call(
        self, method: str, bucket: str, key: str = "", *, named: str = "", **arguments: Any
    ) -> Any:
        """Send one request, with the retries that botocore considers safe.

        An error names the URL of the key, or `named` if the user does not know the key.

        A body is sent with its digest: without one, SeaweedFS replaces the object by an empty one
        if the client is killed between head and body.
        """
        arguments |= {"Bucket": bucket} if bucket else {}
        arguments |= {"Key": key} if key else {}
        body = arguments.get("Body")
        if body is not None and "ContentMD5" not in arguments:
            arguments["ContentMD5"] = content_md5(body)
        renewing = self.options.renewing
        for attempt in range(2):
            if isinstance(body, io.BytesIO):
                body.seek(0)
            used = None if renewing is None else await renewing.get_async()
            try:
                return await self.fs._call_s3(method, **arguments)  # noqa: SLF001
            except ModosError:  # from the source of keys
                raise
            except Exception as error:  # noqa: BLE001  (translated)
                torn = isinstance(error, aiohttp.ClientPayloadError)
                if torn and method in _READING | _LISTING and not attempt:
                    continue  # the body of an error response, such as "not found", is incomplete
                place = arguments.get("Prefix", "") if method in _LISTING else key
                failure = from_s3(
                    error, self._request(named or f"s3://{bucket}/{place}", _purpose(method))
                )
                expired = isinstance(failure, CredentialsExpiredError)
                if expired and renewing and used and not attempt:
                    renewing.discard(used)
                    continue
                forget_frames(error)  # they contain the session token
                raise failure from None
        raise AssertionError  # pragma: no cover

    def _request(self, url: str, purpose: str) -> Request:
        return Request.of(self.options, url, purpose, self._proxy)

    async def get(
        self,
        bucket: str,
        key: str,
        *,
        start: int | None = None,
        end: int | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Fetched[bytes]:
        """Read an object, or its bytes ``start`` to ``end`` (negative start: its last bytes)."""
        arguments: dict[str, Any] = {"IfMatch": if_match} if if_match else {}
        if if_none_match:
            arguments["IfNoneMatch"] = if_none_match
        if start is not None or end is not None:
            arguments["Range"] = range_of(start, end)
        for tried in range(retry.S3.tries):
            try:
                answer = await self.call("get_object", bucket, key, **arguments)
            except ModosError as error:
                if "Range" in arguments and code_of(error) in {"InvalidRange", "416"}:
                    size = (await self.call("head_object", bucket, key))["ContentLength"]
                    return Fetched(b"", size, "" if size else await self._etag(bucket, key))
                raise
            try:
                got = await read_body(answer, start, end, f"s3://{bucket}/{key}")
            except _TORN as error:
                if isinstance(error, ModosError):
                    raise
                got = None  # requested again
            if got is not None:
                return got
            await asyncio.sleep(retry.S3.pause(tried + 1))
        raise UnreachableError(
            f"The response for s3://{bucket}/{key} was incomplete {retry.S3.tries} times.",
            "Check the network, then retry.",
        ) from None

    async def put(self, bucket: str, key: str, data: bytes) -> str:
        """Write an object in one request, and return its etag."""
        answer = await self.call("put_object", bucket, key, Body=data)
        return str(answer.get("ETag", ""))

    async def get_changed(self, bucket: str, key: str, etag: str) -> Fetched[bytes] | None:
        """Read an object unless it still has this etag; an empty etag always reads it."""
        if not etag:
            return await self.get(bucket, key)
        try:
            return await self.get(bucket, key, if_none_match=etag)
        except ModosError as error:
            if code_of(error) in {"304", "NotModified"}:
                return None
            raise

    async def put_if(
        self,
        bucket: str,
        key: str,
        data: bytes,
        expected: str | None,
        mark: str = "",
        *,
        named: str = "",
    ) -> str:
        """Write an object if it has the expected etag (None: if it does not exist).

        The object gets a mark of this write (see `new_mark`, `settled`).

        Raises
        ------
        ChangedError
            The object does not have the expected etag, or it exists.
        """
        mark = mark or new_mark()
        condition = {"IfMatch": expected} if expected is not None else {"IfNoneMatch": "*"}

        async def write() -> str:
            metadata = marked(mark)
            answer = await self.call(
                "put_object", bucket, key, named=named, Body=data, Metadata=metadata, **condition
            )
            return str(answer.get("ETag", ""))

        return await self.settled(write(), bucket, key, mark)

    async def settled(self, write: Awaitable[str], bucket: str, key: str, mark: str) -> str:
        """Await a conditional write with a mark, and return the etag of the written object.

        If a write was repeated because its first response was lost, its own content makes the
        condition fail: it has succeeded if the key has its mark.

        Raises
        ------
        ChangedError
            The key has another content, or does not exist.
        """
        try:
            return await write
        except KeyNotFoundError as error:  # If-Match for a key that does not exist
            raise ChangedError(f"s3://{bucket}/{key} was deleted.", "Read it again.") from error
        except ModosError as error:
            if not isinstance(error, ChangedError | AlreadyExistsError):
                raise
            etag = await self.etag_of_marked(bucket, key, mark)
            if etag is not None:
                return etag
            if isinstance(error, ChangedError):
                raise
            raise ChangedError(f"s3://{bucket}/{key} already exists.", "Read it again.") from error

    async def etag_of_marked(self, bucket: str, key: str, mark: str) -> str | None:
        """Return the etag of an object if it has the mark of a write, else None."""
        try:
            found, stored_mark = await self.head_marked(bucket, key)
        except KeyNotFoundError:
            return None
        return str(found.etag) if stored_mark == mark else None

    async def head(self, bucket: str, key: str) -> Key:
        """Return size, time and etag of an object."""
        return (await self.head_marked(bucket, key))[0]

    async def head_marked(self, bucket: str, key: str) -> tuple[Key, str]:
        """Return size, time and etag of an object, and the mark of its last write."""
        answer = await self.call("head_object", bucket, key)
        found = Key(key, answer["ContentLength"], answer.get("LastModified"), answer.get("ETag"))
        return found, str(answer.get("Metadata", {}).get(MARK, ""))

    async def page(
        self,
        bucket: str,
        prefix: str,
        *,
        delimiter: str = "",
        token: str | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> Page:
        """Send one listing request, for keys `after` a key or following a page's `token`."""
        arguments: dict[str, Any] = {"Prefix": prefix, "MaxKeys": limit}
        if delimiter:
            arguments["Delimiter"] = delimiter
        if after:
            arguments["StartAfter"] = after
        if token:
            arguments["ContinuationToken"] = token
        with pages_parsed_here():
            return page_of(await self.call("list_objects_v2", bucket, **arguments))

    async def pages(self, bucket: str, prefix: str, delimiter: str = "") -> AsyncIterator[Page]:
        """Yield all pages of a listing."""
        token: str | None = None
        while True:
            page = await self.page(bucket, prefix, delimiter=delimiter, token=token)
            yield page
            token = page.token
            if token is None:
                return

    async def level(self, bucket: str, prefix: str) -> Page:
        """List one level below a prefix completely; the prefix has no trailing slash."""
        below = f"{prefix}/" if prefix else ""
        every = [page async for page in self.pages(bucket, below, "/")]
        return Page(
            tuple(key for page in every for key in page.keys),
            tuple(name for page in every for name in page.prefixes),
        )

    async def buckets(self) -> list[str]:
        """List the names of the buckets."""
        answer = await self.call("list_buckets", "", named="s3://")
        return [each["Name"] for each in answer.get("Buckets", [])]

    async def keys(self, bucket: str, prefix: str) -> list[Key]:
        """List every key below a prefix."""
        return [key async for page in self.pages(bucket, prefix) for key in page.keys]

    async def delete(
        self, bucket: str, key: str, *, if_match: str | None = None, named: str = ""
    ) -> None:
        """Delete one key; a missing key is not an error."""
        arguments = {"IfMatch": if_match} if if_match else {}
        await self.call("delete_object", bucket, key, named=named, **arguments)

    async def delete_keys(self, bucket: str, keys: Iterable[str]) -> None:
        """Delete keys by name, a thousand per request."""
        every = list(keys)
        if len(every) == 1:
            await self.delete(bucket, every[0])
            return
        for begin in range(0, len(every), _DELETE_BATCH):
            batch = [{"Key": key} for key in every[begin : begin + _DELETE_BATCH]]
            answer = await self.call(
                "delete_objects", bucket, Delete={"Objects": batch, "Quiet": True}
            )
            for refused in answer.get("Errors", []):
                error = OSError(refused.get("Code"))
                error.response = {"Error": refused}  # type: ignore[attr-defined]
                url = f"s3://{bucket}/{refused.get('Key', '')}"
                raise from_s3(error, self._request(url, "write")) from None

    async def copy(
        self,
        source: tuple[str, str],
        target: tuple[str, str],
        size: int,
        *,
        if_match: str | None = None,
    ) -> str:
        """Copy a key on the server, in parts if it is too large for one request.

        With `if_match`, only if the source still has this etag. Return the etag of the copy,
        if the server reports it.
        """
        origin = {"Bucket": source[0], "Key": source[1]}
        if size < _WHOLE_COPY:
            condition = {"CopySourceIfMatch": if_match} if if_match else {}
            answer = await self.call("copy_object", *target, CopySource=origin, **condition)
            return str(answer.get("CopyObjectResult", {}).get("ETag") or "")
        etag = if_match or await self._etag(*source)
        upload = await MultipartUpload.begin(self, *target)
        try:
            etags = [
                await upload.copy(number, source, etag, begin, min(begin + _PART_COPY, size))
                for number, begin in enumerate(range(0, size, _PART_COPY), start=1)
            ]
            return await upload.complete(etags) or ""
        except BaseException:
            await upload.abort()
            raise

    async def _etag(self, bucket: str, key: str) -> str:
        return (await self.head(bucket, key)).etag or ""


class _Clients:
    """Clients of a process, by their options and proxy."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clients: WeakValueDictionary[tuple[S3Options, str | None], S3Client] = (
            WeakValueDictionary()
        )
        self.recent: deque[S3Client] = deque(
            maxlen=8
        )  # although they are not referenced; 20 MB each


_shared = PerProcess(_Clients)


def _purpose(method: str) -> str:
    return "list" if method in _LISTING else "read" if method in _READING else "write"
