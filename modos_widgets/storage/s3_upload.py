"""Streams to S3: one request when it is short, a multipart upload when it is not."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ChangedError, ModosError
from modos_widgets.storage.failures import attempts_of
from modos_widgets.storage.s3_client import marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.storage.s3_client import S3Client

_PART = 8 * 2**20
_PARTS_OF_A_SIZE = 1000


def part_size(number: int) -> int:
    """Bytes of a part: they double every 1000, so 10,000 parts hold more than S3's 5 TiB."""
    return int(_PART * 2 ** ((number - 1) // _PARTS_OF_A_SIZE))


def upload(
    client: S3Client, bucket: str, key: str, chunks: Iterable[bytes], *, mark: str | None = None
) -> None:
    """Write what the chunks give, all of it or nothing.

    An exception of the source ends the upload, leaves no part behind and reaches
    the caller as it is. With `mark` the last request is made on the condition that nothing
    is there, else ChangedError, and what is written carries the mark.
    """
    multipart: _Multipart | None = None
    buffer = bytearray()
    try:
        for chunk in chunks:
            view = memoryview(chunk).cast("B")
            while len(view):
                room = part_size(multipart.next_number if multipart else 1) - len(buffer)
                buffer += view[:room]
                view = view[room:]
                if len(view) or (multipart is None and room == 0):
                    multipart = multipart or _Multipart(client, bucket, key, mark)
                    multipart.send(bytes(buffer))
                    buffer.clear()
        if multipart is None:
            data = bytes(buffer)
            client.run(
                client.put(bucket, key, data)
                if mark is None
                else client.put_if(bucket, key, data, None, mark)
            )
            return
        if buffer:
            multipart.send(bytes(buffer))
        multipart.complete()
    except BaseException as error:
        if multipart is not None:
            try:
                multipart.abort()
            except ModosError as second:
                error.add_note(f"The upload could not be aborted either: {second}")
        raise


class _Multipart:
    """A multipart upload with one part under way while the next one is filled."""

    def __init__(self, client: S3Client, bucket: str, key: str, mark: str | None) -> None:
        self._client = client
        self._place = (bucket, key)
        self._mark = mark
        metadata: dict[str, Any] = {} if mark is None else {"Metadata": marked(mark)}
        answer = client.run(client.call("create_multipart_upload", bucket, key, **metadata))
        self._upload = answer["UploadId"]
        self._etags: list[str] = []
        self._size = 0
        self._under_way: Any = None
        self.next_number = 1

    def send(self, data: bytes) -> None:
        self._wait()
        number = self.next_number
        self.next_number += 1
        self._size += len(data)
        self._under_way = asyncio.run_coroutine_threadsafe(
            self._client.call(
                "upload_part", *self._place, UploadId=self._upload, PartNumber=number, Body=data
            ),
            self._client.fs.loop,
        )

    def complete(self) -> None:
        self._wait()
        parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(self._etags, start=1)]
        try:
            self._client.run(
                self._client.call(
                    "complete_multipart_upload",
                    *self._place,
                    UploadId=self._upload,
                    MultipartUpload={"Parts": parts},
                    **({} if self._mark is None else {"IfNoneMatch": "*"}),
                )
            )
        except ModosError as error:
            # a repeated request finds no upload, or an object, when only the first answer was lost
            repeated = attempts_of(error) or isinstance(error, ChangedError)
            if not repeated or not self._arrived():
                raise

    def abort(self) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
        self._client.run(
            self._client.call("abort_multipart_upload", *self._place, UploadId=self._upload)
        )

    def _wait(self) -> None:
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._etags.append(under_way.result()["ETag"])

    def _arrived(self) -> bool:
        if self._mark is not None:
            etag = self._client.etag_of_marked(*self._place, self._mark)
            return self._client.run(etag) is not None
        found = self._client.run(self._client.head(*self._place))
        digests = b"".join(bytes.fromhex(etag.strip('"')) for etag in self._etags)
        expected = hashlib.md5(digests, usedforsecurity=False).hexdigest()
        return found.size == self._size and expected in (found.etag or "")
