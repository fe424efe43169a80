"""Bodies of requests to S3 and of responses, of which at most the requested bytes are read."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from modos_widgets.errors import ResponseError
from modos_widgets.s3.types import Fetched

__all__ = ["content_md5", "range_of", "read_body"]


def range_of(start: int | None, end: int | None) -> str:
    """Return a range in the form of HTTP; a negative start is the number of last bytes.

    Parameters
    ----------
    start, end : int or None
        First byte, and the one after the last.
    """
    if start is not None and start < 0:
        return f"bytes={start}"
    return f"bytes={start or 0}-{'' if end is None else end - 1}"


async def read_body(
    answer: Any, start: int | None, end: int | None, url: str
) -> Fetched[bytes] | None:
    """Read the body of a response, but only its first bytes if the server ignores the range.

    Parameters
    ----------
    answer : mapping
        Response to ``get_object``.
    start, end : int or None
        As in `range_of`.
    url : str
        URL of the key, for the error.

    Returns
    -------
    Fetched or None
        None if the body is incomplete.

    Raises
    ------
    ResponseError
        The body is not the requested range.
    """
    begin = start or 0
    most = -begin if begin < 0 else None if end is None else end - begin
    body = answer["Body"]
    async with body:  # entering returns another object in aiobotocore 2, without partial reads
        data = await _read(body, most)
    content_range = str(answer.get("ContentRange", ""))
    length = answer.get("ContentLength", len(data))
    total = content_range.rpartition("/")[2]
    size = int(total) if total.isdigit() else length
    too_long = most is not None and len(data) > most
    if (too_long and (content_range or begin)) or (begin > 0 and not content_range):
        raise ResponseError(
            f"The server did not send the requested bytes of {url}.",
            "Use a server that answers requests for a range (HTTP 206).",
        )
    if too_long:  # the range was ignored, and the requested bytes come first
        return Fetched(data[:most], size, answer.get("ETag", ""))
    return Fetched(data, size, answer.get("ETag", "")) if len(data) == length else None


async def _read(body: Any, most: int | None) -> bytes:
    if most is None:
        whole: bytes = await body.read()
        return whole
    parts: list[bytes] = []
    room = most + 1  # one more byte shows whether there are more
    while room and (part := await body.read(room)):
        parts.append(part)
        room -= len(part)
    return b"".join(parts)


def content_md5(data: bytes) -> str:
    """Return the digest with which a server checks a body (RFC 1864)."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
