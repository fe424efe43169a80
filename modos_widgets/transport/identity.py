"""Whether two contents are the same, told by what S3 knows of one of them.

The ETag of a key written by one unencrypted PUT is the MD5 of its content; that of a
multipart upload is the MD5 of the parts' MD5s, a hyphen, and the number of parts (Amazon S3
User Guide, "Checking object integrity"). Of other ETags nothing can be said.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "PART",
    "composite",
    "file_digest",
    "file_matches",
    "is_opaque",
    "md5",
    "part_size",
    "says",
]

PART = 16 << 20
"""Bytes a part of a large file has, until 10,000 of them are not enough."""

_MOST_PARTS = 10_000
_BLOCK = 1 << 20
_PLAIN = re.compile(r'"?([0-9a-f]{32})"?')
_COMPOSITE = re.compile(r'"?([0-9a-f]{32})-(\d{1,5})"?')
_USUAL = tuple(size << 20 for size in (16, 8, 5, 10, 15, 20, 25, 32, 50, 64, 100, 128, 256, 512))


def part_size(size: int) -> int:
    """Give the bytes of a part for a file of `size` bytes: at most 10,000 parts (Amazon S3)."""
    needed = -(-size // _MOST_PARTS)
    return PART if needed <= PART else -(-needed // (1 << 20)) << 20


def md5(data: bytes | memoryview) -> str:
    """Give the MD5 of data, in hex; it tells contents apart, it secures nothing."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def composite(digests: Iterable[str]) -> str:
    """Give the ETag (without quotes) of a multipart upload whose parts have these MD5s."""
    joined = [bytes.fromhex(digest) for digest in digests]
    return f"{md5(b''.join(joined))}-{len(joined)}"


def file_matches(path: Path, size: int, etag: str | None) -> bool | None:
    """Tell whether a local file has the content that an ETag names; reads the file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : int
        Its bytes.
    etag : str or None
        As the server gives it.

    Returns
    -------
    bool or None
        None when the ETag does not tell.
    """
    if etag is None:
        return None
    plain = _PLAIN.fullmatch(etag)
    if plain:
        return file_digest(path) == plain.group(1)
    parts = _COMPOSITE.fullmatch(etag)
    if parts is None:
        return None
    number = int(parts.group(2))
    for part in (part_size(size), *_USUAL):
        if -(-size // part) == number and (
            composite(_digests(path, part)).partition("-")[0] == parts.group(1)
        ):
            return True
    return None  # another part size may have been used


def is_opaque(answer: Mapping[str, Any]) -> bool:
    """Tell from a server's answer whether its ETag is not made of the content.

    So it is under SSE-KMS and SSE-C (Amazon S3 API, "Object": ETag).
    """
    kept = answer.get("ServerSideEncryption") or "AES256"
    return kept != "AES256" or bool(answer.get("SSECustomerAlgorithm"))


def says(etag: str | None, digest: str) -> bool | None:
    """Tell whether an ETag names the content with this MD5; None when it does not tell."""
    plain = _PLAIN.fullmatch(etag or "")
    return plain.group(1) == digest if plain else None


def file_digest(path: Path) -> str:
    """Give the MD5 of a file's content, in hex; reads it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _digests(path: Path, part: int) -> Iterator[str]:
    with path.open("rb") as file:
        while True:
            digest = hashlib.md5(usedforsecurity=False)
            left = part
            while left and (block := file.read(min(_BLOCK, left))):
                digest.update(block)
                left -= len(block)
            if left == part:
                return
            yield digest.hexdigest()
            if left:
                return
