"""Comparison of contents by the checksums of S3.

The ETag of a key written by one unencrypted PUT is the MD5 of its content; that of a
multipart upload is the MD5 of the parts' MD5s, a hyphen, and the number of parts (Amazon S3
User Guide, "Checking object integrity"). Other ETags are not comparable.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets.storage.copying.known_digests import digest_of_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "PART",
    "Stated",
    "composite",
    "equal",
    "file_digest",
    "file_matches",
    "is_plain",
    "md5",
    "part_size",
    "says",
    "sent_parts",
]

PART = 16 << 20
"""Bytes of a part of a large file, unless that makes more than 10,000 parts."""

_MOST_PARTS = 10_000
_BLOCK = 1 << 20
_PLAIN = re.compile(r'"?([0-9a-f]{32})"?')
_COMPOSITE = re.compile(r'"?([0-9a-f]{32})-(\d{1,5})"?')
_USUAL = tuple(size << 20 for size in (16, 8, 5, 10, 15, 20, 25, 32, 50, 64, 100, 128, 256, 512))


def part_size(size: int) -> int:
    """Return the part size for a file of `size` bytes: at most 10,000 parts (Amazon S3)."""
    needed = -(-size // _MOST_PARTS)
    return PART if needed <= PART else -(-needed // (1 << 20)) << 20


def sent_parts(size: int, etag: str | None) -> list[int]:
    """Return the part sizes with which a file of this ETag may have been sent, likely ones first.

    Parameters
    ----------
    size : int
        Size of the file in bytes.
    etag : str or None
        ETag of the file.

    Returns
    -------
    list of int
        Empty if it was not sent in parts, or in parts of an unusual size.
    """
    parts = _COMPOSITE.fullmatch(etag or "")
    number = int(parts.group(2)) if parts else 0
    return [
        part for part in dict.fromkeys((part_size(size), *_USUAL)) if -(-size // part) == number
    ]


def equal(one: bytes | memoryview, other: bytes | memoryview) -> bool:
    """Return whether two contents are the same.

    They are compared block by block, because a memoryview compares byte by byte, which takes seven
    times as long.
    """
    return len(one) == len(other) and all(
        bytes(one[start : start + _BLOCK]) == bytes(other[start : start + _BLOCK])
        for start in range(0, len(one), _BLOCK)
    )


def md5(data: bytes | memoryview) -> str:
    """Return the MD5 of data, in hex, to compare contents (not for security)."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def composite(digests: Iterable[str]) -> str:
    """Return the ETag (without quotes) of a multipart upload whose parts have these MD5s."""
    joined = [bytes.fromhex(digest) for digest in digests]
    return f"{md5(b''.join(joined))}-{len(joined)}"


def file_matches(path: Path, size: int, etag: str | None) -> bool | None:
    """Return whether a local file has the content of an ETag. Reads the file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : int
        Size of the file in bytes.
    etag : str or None
        ETag from the server.

    Returns
    -------
    bool or None
        None if the ETag is not a checksum.
    """
    if etag is None:
        return None
    plain = _PLAIN.fullmatch(etag)
    if plain:
        return digest_of_file(path, 0, file_digest) == plain.group(1)
    parts = _COMPOSITE.fullmatch(etag)
    if parts is None:
        return None
    for part in sent_parts(size, etag):
        digest = digest_of_file(path, part, partial(_composite_of, part))
        if digest.partition("-")[0] == parts.group(1):
            return True
    return None  # another part size may have been used


def _composite_of(part: int, path: Path) -> str:
    return composite(_digests(path, part))


@dataclass(frozen=True)
class Stated:
    """Statements of a server about a content besides its ETag.

    Attributes
    ----------
    opaque : bool
        Whether the ETag is not a checksum of the content, as with SSE-KMS and SSE-C (Amazon S3
        API, "Object": ETag).
    checksums : dict of str to str
        Algorithm to checksum of the whole content, in base64 (``x-amz-checksum-*``), without those
        of parts.
    """

    opaque: bool = False
    checksums: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Stated:
        """Return the statements in a server's response."""
        kept = answer.get("ServerSideEncryption") or "AES256"
        checksums = {
            name: answer[f"Checksum{name}"]
            for name in _CHECKSUMS
            if answer.get(f"Checksum{name}") and "-" not in answer[f"Checksum{name}"]
        }
        return cls(kept != "AES256" or bool(answer.get("SSECustomerAlgorithm")), checksums)

    def alike(self, other: Stated) -> bool | None:
        """Return whether two contents are the same; None if they have no checksum in common."""
        for name in _CHECKSUMS:
            if name in self.checksums and name in other.checksums:
                return self.checksums[name] == other.checksums[name]
        return None

    def names(self, path: Path) -> bool | None:
        """Return whether a local file has the content; None without a known checksum. Reads it."""
        for name, begin in _CHECKSUMS.items():
            if name in self.checksums:
                digest = begin()
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
                return base64.b64encode(digest.digest()).decode() == self.checksums[name]
        return None


class _Crc32:
    """CRC-32 of zlib, with the interface of a hash."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


# the strongest first; no library of ours computes CRC32C and CRC64NVME
_CHECKSUMS: dict[str, Callable[[], Any]] = {
    "SHA256": hashlib.sha256,
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "CRC32": _Crc32,
}


def says(etag: str | None, digest: str) -> bool | None:
    """Return whether an ETag belongs to a content; None if it is another kind of ETag.

    Parameters
    ----------
    etag : str or None
        ETag from the server.
    digest : str
        MD5 of the content in hex, or the result of `composite`.

    Returns
    -------
    bool or None
    """
    for form in (_PLAIN, _COMPOSITE):
        found, wanted = form.fullmatch(etag or ""), form.fullmatch(digest)
        if found and wanted and found.groups()[1:] == wanted.groups()[1:]:
            return found.group(1) == wanted.group(1)
    return None


def is_plain(etag: str | None) -> bool:
    """Return whether an ETag has the form of an MD5."""
    return _PLAIN.fullmatch(etag or "") is not None


def file_digest(path: Path) -> str:
    """Return the MD5 of a file's content, in hex. Reads the file."""
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
