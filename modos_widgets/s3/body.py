"""Bodies of requests to S3 and of its answers, of which never more is read than was asked for."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from modos_widgets.errors import ResponseError
from modos_widgets.s3.types import Fetched

__all__ = ["content_md5", "range_of", "read_body"]


def range_of(start: int | None, end: int | None) -> str:
    """Write a range as HTTP does; a negative start is the number of last bytes.

    Parameters
    ----------
    start, end : int or None
        In bytes, `end` one behind.
    """
    if start is not None and start < 0:
        return f"bytes={start}"
    return f"bytes={start or 0}-{'' if end is None else end - 1}"


async def read_body(
    answer: Any, start: int | None, end: int | None, url: str
) -> Fetched[bytes] | None:
    """Read an answer's body, and its first bytes only where a server ignores the range.

    Parameters
    ----------
    answer : mapping
        From ``get_object``.
    start, end : int or None
        As in `range_of`.
    url : str
        For the error.

    Returns
    -------
    Fetched or None
        None when the body broke off.

    Raises
    ------
    ResponseError
        The body is not what was asked for.
    """
    begin = start or 0
    most = -begin if begin < 0 else None if end is None else end - begin
    body = answer["Body"]
    async with body:  # entering gives another object in aiobotocore 2, without partial reads
        data = await _read(body, most)
    told = str(answer.get("ContentRange", ""))
    length = answer.get("ContentLength", len(data))
    total = told.rpartition("/")[2]
    size = int(total) if total.isdigit() else length
    too_long = most is not None and len(data) > most
    if (too_long and (told or begin)) or (begin > 0 and not told):
        raise ResponseError(
            f"The server sent other bytes of {url} than it was asked for.",
            "Use a server that answers requests for a range (HTTP 206).",
        )
    if too_long:  # the range was ignored, and what was asked for comes first
        return Fetched(data[:most], size, answer.get("ETag", ""))
    return Fetched(data, size, answer.get("ETag", "")) if len(data) == length else None


async def _read(body: Any, most: int | None) -> bytes:
    if most is None:
        whole: bytes = await body.read()
        return whole
    parts: list[bytes] = []
    room = most + 1  # one more tells that there is more
    while room and (part := await body.read(room)):
        parts.append(part)
        room -= len(part)
    return b"".join(parts)


def content_md5(data: bytes) -> str:
    """Return the digest by which a server checks a body (RFC 1864)."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
