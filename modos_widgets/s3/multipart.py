"""Multipart uploads: start, send, complete and abort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BytesIO

    from modos_widgets.s3.client import S3Client
    from modos_widgets.s3.counters import Counters

__all__ = ["MultipartUpload"]


class MultipartUpload:
    """Multipart upload of a key; its coroutines must run on the event loop of the client.

    Parameters
    ----------
    client : S3Client
        The client that sends the requests.
    bucket, key : str
        The target.
    identity : str
        Upload id from the server.
    counters : Counters, optional
        Counters of the requests.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        key: str,
        identity: str,
        counters: Counters | None = None,
    ) -> None:
        self._client = client
        self._place = (bucket, key)
        self._identity = identity
        self._counters = counters

    @classmethod
    async def begin(
        cls,
        client: S3Client,
        bucket: str,
        key: str,
        counters: Counters | None = None,
        **metadata: Any,
    ) -> Self:
        """Start an upload."""
        if counters is not None:
            counters.add(requests=1)
        answer = await client.call("create_multipart_upload", bucket, key, **metadata)
        return cls(client, bucket, key, answer["UploadId"], counters)

    @classmethod
    async def unfinished(
        cls, client: S3Client, bucket: str, key: str, counters: Counters | None = None
    ) -> list[Self]:
        """Return the uploads of a key that were neither completed nor aborted."""
        if counters is not None:
            counters.add(requests=1)
        answer = await client.call("list_multipart_uploads", bucket, Prefix=key)
        found = [each["UploadId"] for each in answer.get("Uploads", []) if each["Key"] == key]
        return [cls(client, bucket, key, identity, counters) for identity in found]

    async def parts(self) -> dict[int, tuple[int, str]]:
        """Return the parts that have arrived: number of a part to its bytes and ETag."""
        arrived: dict[int, tuple[int, str]] = {}
        marker = 0
        while True:
            answer = await self._call("list_parts", PartNumberMarker=marker)
            for part in answer.get("Parts", []):
                arrived[part["PartNumber"]] = part["Size"], part["ETag"]
            if not answer.get("IsTruncated"):
                return arrived
            marker = answer["NextPartNumberMarker"]

    async def send(
        self, number: int, data: bytes | BytesIO, md5: str | None = None
    ) -> dict[str, Any]:
        """Send a part, with its MD5 in base64 if it is known; return the server's response."""
        digest = {} if md5 is None else {"ContentMD5": md5}
        return await self._call("upload_part", PartNumber=number, Body=data, **digest)

    async def copy(
        self, number: int, source: tuple[str, str], etag: str, start: int, end: int
    ) -> str:
        """Copy a part of another key on the server, if it has this ETag; return the part's ETag."""
        answer = await self._call(
            "upload_part_copy",
            PartNumber=number,
            CopySource={"Bucket": source[0], "Key": source[1]},
            CopySourceIfMatch=etag,  # so that parts of two contents are never mixed
            CopySourceRange=f"bytes={start}-{end - 1}",
        )
        return str(answer["CopyPartResult"]["ETag"])

    async def complete(self, etags: Iterable[str], **condition: Any) -> str | None:
        """Complete the upload from the parts with these ETags, in order; return the ETag."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
        answer = await self._call(
            "complete_multipart_upload", MultipartUpload={"Parts": parts}, **condition
        )
        etag: str | None = answer.get("ETag")
        return etag

    async def abort(self) -> None:
        """Abort the upload, which removes its parts."""
        await self._call("abort_multipart_upload")

    async def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        if self._counters is not None:
            self._counters.add(requests=1)
        call = self._client.call(method, *self._place, UploadId=self._identity, **arguments)
        answer: dict[str, Any] = await call
        return answer
