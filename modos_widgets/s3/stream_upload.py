"""Streams to S3: one request when it is short, a multipart upload when it is not."""

from __future__ import annotations

import hashlib
from collections import deque
from io import BytesIO
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import start
from modos_widgets.errors import ChangedError, ModosError
from modos_widgets.s3.body import content_md5
from modos_widgets.s3.botocore_errors import attempts_of
from modos_widgets.s3.marks import marked
from modos_widgets.s3.multipart import MultipartUpload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from modos_widgets.s3.client import S3Client

_PART = 8 * 2**20
_PARTS_OF_A_SIZE = 1000
_UNDER_WAY = 24 * 2**20  # bytes of parts that are sent at a time; larger parts go one by one


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
    """A multipart upload with some parts under way while the next one is filled."""

    def __init__(self, client: S3Client, bucket: str, key: str, mark: str | None) -> None:
        self._client = client
        self._place = (bucket, key)
        self._mark = mark
        metadata: dict[str, Any] = {} if mark is None else {"Metadata": marked(mark)}
        self._upload = client.run(MultipartUpload.begin(client, bucket, key, **metadata))
        self._etags: list[str] = []
        self._size = 0
        self._under_way: deque[tuple[int, Future[dict[str, Any]]]] = deque()
        self.next_number = 1

    def send(self, data: bytes) -> None:
        """Begin to send a part, when there is room for it beside those under way."""
        self._wait(_UNDER_WAY - len(data))
        number = self.next_number
        self.next_number += 1
        self._size += len(data)
        # aiohttp sends a file piece by piece, and copies bytes as a whole
        sending = self._upload.send(number, BytesIO(data), content_md5(data))
        self._under_way.append((len(data), start(sending)))

    def complete(self) -> None:
        self._wait(0)
        condition = {} if self._mark is None else {"IfNoneMatch": "*"}
        try:
            self._client.run(self._upload.complete(self._etags, **condition))
        except ModosError as error:
            # a repeated request finds no upload, or an object, when only the first answer was lost
            repeated = attempts_of(error) or isinstance(error, ChangedError)
            if not repeated or not self._arrived():
                raise

    def abort(self) -> None:
        for _, sending in self._under_way:
            sending.cancel()
        self._client.run(self._upload.abort())

    def _wait(self, most: int) -> None:
        """Wait until at most so many bytes are under way, or none of them."""
        while self._under_way and sum(size for size, _ in self._under_way) > most:
            self._etags.append(self._under_way[0][1].result()["ETag"])
            self._under_way.popleft()

    def _arrived(self) -> bool:
        if self._mark is not None:
            etag = self._client.etag_of_marked(*self._place, self._mark)
            return self._client.run(etag) is not None
        found = self._client.run(self._client.head(*self._place))
        digests = b"".join(bytes.fromhex(etag.strip('"')) for etag in self._etags)
        expected = hashlib.md5(digests, usedforsecurity=False).hexdigest()
        return found.size == self._size and expected in (found.etag or "")
