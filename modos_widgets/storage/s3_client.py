"""S3 requests, one by one: counted, retried where that is safe, with our errors."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

import aiohttp
from botocore.exceptions import BotoCoreError
from fsspec.asyn import sync
from s3fs import S3FileSystem

from modos_widgets.bulk import all_together
from modos_widgets.credentials import CredentialsExpiredError, forget_frames
from modos_widgets.errors import ChangedError, ModosError, UnreachableError
from modos_widgets.storage.failures import (
    KeyNotFoundError,
    code_of,
    from_s3,
)
from modos_widgets.storage.s3_body import Fetched, range_of, read_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable
    from datetime import datetime

    from modos_widgets.credentials import S3Options
    from modos_widgets.storage.contents import Note

T = TypeVar("T")

_BODY_ATTEMPTS = 4
_DELETE_BATCH = 1000
_SIDE_BY_SIDE = 16
_MARK = "modos-write"
_PART_COPY = 2**30
_WHOLE_COPY = 5 * 2**30
_READING = frozenset({"get_object", "head_object", "list_objects_v2", "head_bucket"})
_TORN = (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError)

_shared: WeakValueDictionary[tuple[int, S3Options], S3Client] = WeakValueDictionary()
_recent: deque[S3Client] = deque(maxlen=8)  # kept though nobody holds them; each takes 20 MB
_shared_lock = threading.Lock()


@dataclass(frozen=True)
class Key:
    """A key in a listing."""

    key: str
    size: int
    modified: datetime | None
    etag: str | None


Keys = list[Key]
"""An alias for classes that have a method ``list``."""


@dataclass(frozen=True)
class Page:
    """One page of a listing: keys, prefixes, and the token of the next page."""

    keys: tuple[Key, ...]
    prefixes: tuple[str, ...]
    token: str | None


class S3Client:
    """The requests this package makes of S3, through one s3fs instance.

    Every coroutine runs on the event loop of that instance (fsspec's own thread), so
    one pool of connections and one key serve documented methods, file handles and
    zarr alike. `run` waits for a coroutine from any thread, `hop` from any other loop.

    Parameters
    ----------
    options : S3Options
    """

    def __init__(self, options: S3Options) -> None:
        self.options = options
        self.fs = S3FileSystem(**options.for_s3fs())
        self.fs.retries = 1  # botocore repeats already; both together would be 25 attempts

    @classmethod
    def shared(cls, options: S3Options) -> S3Client:
        """Give the one client of these options in this process; a new one costs 200 ms.

        Those that nobody holds any more go, but for the last few.
        """
        identity = (os.getpid(), options)  # event loops do not survive a fork
        with _shared_lock:
            client = _shared.get(identity)
            if client is None:
                client = _shared[identity] = cls(options)
            if client in _recent:
                _recent.remove(client)
            _recent.append(client)
            return client

    @staticmethod
    def options_of(fs: S3FileSystem) -> S3Options | None:
        """Give the options of a file system of ours; None for one that somebody else made."""
        with _shared_lock:
            return next((one.options for one in _shared.values() if one.fs is fs), None)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for it."""
        result: T = sync(self.fs.loop, _handed, work)
        return result

    async def hop(self, work: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine of this client from another event loop, such as zarr's."""
        if asyncio.get_running_loop() is self.fs.loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.fs.loop))

    async def call(
        self, method: str, bucket: str, key: str = "", *, named: str = "", **arguments: Any
    ) -> Any:
        """Make one request, with the repeats that botocore holds to be safe.

        An error names the URL of the key, or what it is `named` where nobody knows the key.

        A body goes with its digest: without one SeaweedFS keeps an empty object when the
        client is killed between head and body, in place of what was there.
        """
        if key:
            arguments["Key"] = key
        body = arguments.get("Body")
        if body is not None and "ContentMD5" not in arguments:
            arguments["ContentMD5"] = content_md5(body)
        renewing = self.options.renewing
        for attempt in range(2):
            if isinstance(body, io.BytesIO):
                body.seek(0)
            used = None if renewing is None else await renewing.asked()
            try:
                return await self.fs._call_s3(method, Bucket=bucket, **arguments)  # noqa: SLF001
            except ModosError:  # of the source of keys
                raise
            except Exception as error:  # noqa: BLE001  (translated)
                failure = from_s3(
                    error,
                    named or f"s3://{bucket}/{key}",
                    self.options.endpoint,
                    writing=method not in _READING,
                    anonymous=self.options.anonymous,
                )
                expired = isinstance(failure, CredentialsExpiredError)
                if expired and renewing and used and not attempt:
                    renewing.discard(used)
                    continue
                forget_frames(error)  # they hold the session token
                raise failure from None
        raise AssertionError  # pragma: no cover

    async def get(
        self,
        bucket: str,
        key: str,
        *,
        start: int | None = None,
        end: int | None = None,
        if_match: str | None = None,
    ) -> Fetched:
        """Read an object, or its bytes ``start`` to ``end`` (negative start: its last bytes)."""
        arguments: dict[str, Any] = {"IfMatch": if_match} if if_match else {}
        if start is not None or end is not None:
            arguments["Range"] = range_of(start, end)
        for attempt in range(_BODY_ATTEMPTS):
            try:
                answer = await self.call("get_object", bucket, key, **arguments)
            except ModosError as error:
                if "Range" in arguments and code_of(error) in {"InvalidRange", "416"}:
                    size = (await self.call("head_object", bucket, key))["ContentLength"]
                    return Fetched(b"", "" if size else await self._etag(bucket, key), size)
                raise
            try:
                got = await read_body(answer, start, end, f"s3://{bucket}/{key}")
            except _TORN as error:
                if isinstance(error, ModosError):
                    raise
                got = None  # asked again
            if got is not None:
                return got
            await asyncio.sleep(0.1 * 2**attempt)
        raise UnreachableError(
            f"The answer for s3://{bucket}/{key} broke off {_BODY_ATTEMPTS} times.",
            "Look at the network, then try again.",
        ) from None

    async def put(self, bucket: str, key: str, data: bytes) -> str:
        """Write an object in one request and give its etag."""
        answer = await self.call("put_object", bucket, key, Body=data)
        return str(answer.get("ETag", ""))

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
        """Write when the etag is the expected one (None: when nothing is there).

        The object carries a mark of this write (see `new_mark`): a request that was repeated,
        because its first answer was lost, and now meets the mark has succeeded.

        Raises
        ------
        ChangedError
        """
        mark = mark or new_mark()
        condition = {"IfMatch": expected} if expected is not None else {"IfNoneMatch": "*"}
        try:
            answer = await self.call(
                "put_object",
                bucket,
                key,
                named=named,
                Body=data,
                Metadata=marked(mark),
                **condition,
            )
        except KeyNotFoundError as error:  # If-Match on a key that is gone
            raise ChangedError(f"s3://{bucket}/{key} is gone.", "Read it again.") from error
        except ChangedError:
            etag = await self.etag_of_marked(bucket, key, mark)
            if etag is None:
                raise
            return etag
        return str(answer.get("ETag", ""))

    async def etag_of_marked(self, bucket: str, key: str, mark: str) -> str | None:
        """Give the etag of an object that carries the mark of a write, or None."""
        try:
            found = await self.call("head_object", bucket, key)
        except KeyNotFoundError:
            return None
        return str(found["ETag"]) if found.get("Metadata", {}).get(_MARK) == mark else None

    async def head(self, bucket: str, key: str) -> Key:
        """Give size, time and etag of an object."""
        answer = await self.call("head_object", bucket, key)
        return Key(key, answer["ContentLength"], answer.get("LastModified"), answer.get("ETag"))

    async def page(
        self,
        bucket: str,
        prefix: str,
        *,
        delimiter: str = "",
        token: str | None = None,
        limit: int = 1000,
    ) -> Page:
        """Make one listing request."""
        arguments: dict[str, Any] = {"Prefix": prefix, "MaxKeys": limit}
        if delimiter:
            arguments["Delimiter"] = delimiter
        if token:
            arguments["ContinuationToken"] = token
        answer = await self.call("list_objects_v2", bucket, **arguments)
        keys = tuple(
            Key(one["Key"], one.get("Size", 0), one.get("LastModified"), one.get("ETag"))
            for one in answer.get("Contents", [])
        )
        prefixes = tuple(one["Prefix"] for one in answer.get("CommonPrefixes", []))
        more = answer.get("NextContinuationToken") if answer.get("IsTruncated") else None
        return Page(keys, prefixes, more)

    async def pages(self, bucket: str, prefix: str, delimiter: str = "") -> AsyncIterator[Page]:
        """List to the end, page by page."""
        token: str | None = None
        while True:
            page = await self.page(bucket, prefix, delimiter=delimiter, token=token)
            yield page
            token = page.token
            if token is None:
                return

    async def keys(self, bucket: str, prefix: str) -> list[Key]:
        """List every key below a prefix."""
        return [key async for page in self.pages(bucket, prefix) for key in page.keys]

    async def delete(
        self, bucket: str, key: str, *, if_match: str | None = None, named: str = ""
    ) -> None:
        """Delete one key; one that is not there is no error."""
        arguments = {"IfMatch": if_match} if if_match else {}
        await self.call("delete_object", bucket, key, named=named, **arguments)

    async def delete_keys(self, bucket: str, keys: Iterable[str]) -> None:
        """Delete keys by name, a thousand a request."""
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
                raise from_s3(error, url, self.options.endpoint, writing=True) from None

    async def copy(
        self,
        source: tuple[str, str],
        target: tuple[str, str],
        size: int,
        *,
        if_match: str | None = None,
    ) -> None:
        """Copy on the server, in parts when it is larger than one request may copy.

        With `if_match` only while the source still has this etag.
        """
        origin = {"Bucket": source[0], "Key": source[1]}
        if size < _WHOLE_COPY:
            condition = {"CopySourceIfMatch": if_match} if if_match else {}
            await self.call("copy_object", *target, CopySource=origin, **condition)
            return
        etag = if_match or await self._etag(*source)
        upload = (await self.call("create_multipart_upload", *target))["UploadId"]
        try:
            parts = []
            for number, begin in enumerate(range(0, size, _PART_COPY), start=1):
                answer = await self.call(
                    "upload_part_copy",
                    *target,
                    UploadId=upload,
                    PartNumber=number,
                    CopySource=origin,
                    CopySourceIfMatch=etag,  # never parts of two contents
                    CopySourceRange=f"bytes={begin}-{min(begin + _PART_COPY, size) - 1}",
                )
                parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
            await self.call(
                "complete_multipart_upload",
                *target,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
            )
        except BaseException:
            await self.call("abort_multipart_upload", *target, UploadId=upload)
            raise

    async def _etag(self, bucket: str, key: str) -> str:
        return (await self.head(bucket, key)).etag or ""


def content_md5(data: bytes) -> str:
    """Give the digest that a server holds a body against (RFC 1864)."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def new_mark(note: Note = None) -> str:
    """Make what tells a write from any other, and let it be noted."""
    mark = secrets.token_hex(8)
    if note is not None:
        note(mark)
    return mark


def marked(mark: str) -> dict[str, str]:
    """Give the metadata that carry the mark of a write."""
    return {_MARK: mark}


async def side_by_side(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Await many requests, as many under way at a time as one client bears."""
    return await all_together(work, most=_SIDE_BY_SIDE)


async def _handed(work: Coroutine[Any, Any, T]) -> T:
    return await work
