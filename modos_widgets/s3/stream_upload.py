"""Upload of a stream: one request if it is short, otherwise a multipart upload."""

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
_UNDER_WAY = (
    24 * 2**20
)  # bytes of parts that are sent concurrently; larger parts are sent one by one


def part_size(number: int) -> int:
    """Return the bytes of a part, which double every 1000, so 10,000 parts exceed S3's 5 TiB."""
    return int(_PART * 2 ** ((number - 1) // _PARTS_OF_A_SIZE))


def upload(
    client: S3Client, bucket: str, key: str, chunks: Iterable[bytes], *, mark: str | None = None
) -> None:
    """Write the whole content of the chunks, or nothing.

    An exception of the source ends the upload, leaves no part behind and is passed on unchanged.
    With `mark`, the key is written only if it does not exist (else ChangedError), and it gets
    the mark. A multipart upload then claims its key by an empty object, for one round trip before
    it is completed: of two conditional completions at the same time, SeaweedFS (4.48) lets both
    succeed, and one content would be lost.
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
    """Multipart upload that sends some parts while the next one is filled."""

    def __init__(self, client: S3Client, bucket: str, key: str, mark: str | None) -> None:
        self._client = client
        self._place = (bucket, key)
        self._mark = mark
        self._claim: str | None = None  # the ETag of the empty object
        metadata: dict[str, Any] = {} if mark is None else {"Metadata": marked(mark)}
        self._upload = client.run(MultipartUpload.begin(client, bucket, key, **metadata))
        self._etags: list[str] = []
        self._size = 0
        self._under_way: deque[tuple[int, Future[dict[str, Any]]]] = deque()
        self.next_number = 1

    def send(self, data: bytes) -> None:
        """Start to send a part when the limit for concurrent parts permits."""
        self._wait(_UNDER_WAY - len(data))
        number = self.next_number
        self.next_number += 1
        self._size += len(data)
        # aiohttp sends a file piece by piece, but copies bytes as a whole
        sending = self._upload.send(number, BytesIO(data), content_md5(data))
        self._under_way.append((len(data), start(sending)))

    def complete(self) -> None:
        self._wait(0)
        if self._mark is not None:
            claiming = self._client.put_if(*self._place, b"", None, self._mark)
            self._claim = self._client.run(claiming)
        condition = {} if self._claim is None else {"IfMatch": self._claim}
        try:
            self._client.run(self._upload.complete(self._etags, **condition))
        except ModosError as error:
            # a repeated request finds no upload, or an object, if only the first response was lost
            repeated = attempts_of(error) or isinstance(error, ChangedError)
            if not repeated or not self._arrived():
                raise

    def abort(self) -> None:
        for _, sending in self._under_way:
            sending.cancel()
        try:
            self._client.run(self._upload.abort())
        finally:
            if self._claim is not None and self._marked() == self._claim:
                self._client.run(self._client.delete(*self._place, if_match=self._claim))

    def _wait(self, most: int) -> None:
        """Wait until at most this many bytes are being sent."""
        while self._under_way and sum(size for size, _ in self._under_way) > most:
            self._etags.append(self._under_way[0][1].result()["ETag"])
            self._under_way.popleft()

    def _marked(self) -> str | None:
        """Return the ETag of the key if it has the mark of this upload."""
        return self._client.run(self._client.etag_of_marked(*self._place, str(self._mark)))

    def _arrived(self) -> bool:
        if self._mark is not None:
            return self._marked() not in {None, self._claim}
        found = self._client.run(self._client.head(*self._place))
        digests = b"".join(bytes.fromhex(etag.strip('"')) for etag in self._etags)
        expected = hashlib.md5(digests, usedforsecurity=False).hexdigest()
        return found.size == self._size and expected in (found.etag or "")
