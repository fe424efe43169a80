"""Whether two contents are the same, told by what S3 knows of one of them.

The ETag of a key written by one unencrypted PUT is the MD5 of its content; that of a
multipart upload is the MD5 of the parts' MD5s, a hyphen, and the number of parts (Amazon S3
User Guide, "Checking object integrity"). Of other ETags nothing can be said.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

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
"""Bytes a part of a large file has, until 10,000 of them are not enough."""

_MOST_PARTS = 10_000
_BLOCK = 1 << 20
_SETTLED = 2_000_000_000  # nanoseconds: the coarsest clock of a file system
_MOST_KNOWN = 20_000  # digests of local files that are remembered
_PLAIN = re.compile(r'"?([0-9a-f]{32})"?')
_COMPOSITE = re.compile(r'"?([0-9a-f]{32})-(\d{1,5})"?')
_USUAL = tuple(size << 20 for size in (16, 8, 5, 10, 15, 20, 25, 32, 50, 64, 100, 128, 256, 512))


def part_size(size: int) -> int:
    """Give the bytes of a part for a file of `size` bytes: at most 10,000 parts (Amazon S3)."""
    needed = -(-size // _MOST_PARTS)
    return PART if needed <= PART else -(-needed // (1 << 20)) << 20


def sent_parts(size: int, etag: str | None) -> list[int]:
    """Give the bytes a part may have had when a file with this ETag was sent; the likely first.

    Empty when it was not sent in parts, or in parts of an unusual size.
    """
    parts = _COMPOSITE.fullmatch(etag or "")
    number = int(parts.group(2)) if parts else 0
    return [
        part for part in dict.fromkeys((part_size(size), *_USUAL)) if -(-size // part) == number
    ]


def equal(one: bytes | memoryview, other: bytes | memoryview) -> bool:
    """Whether two contents are the same.

    Block by block, since a memoryview compares byte by byte: that takes seven times as long.
    """
    return len(one) == len(other) and all(
        bytes(one[start : start + _BLOCK]) == bytes(other[start : start + _BLOCK])
        for start in range(0, len(one), _BLOCK)
    )


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
        return _remembered(path, 0, file_digest) == plain.group(1)
    parts = _COMPOSITE.fullmatch(etag)
    if parts is None:
        return None
    for part in sent_parts(size, etag):
        digest = _remembered(path, part, partial(_composite_of, part))
        if digest.partition("-")[0] == parts.group(1):
            return True
    return None  # another part size may have been used


def _composite_of(part: int, path: Path) -> str:
    return composite(_digests(path, part))


_known: OrderedDict[tuple[int, ...], str] = OrderedDict()
_known_lock = threading.Lock()


def _remembered(path: Path, part: int, digest_of: Callable[[Path], str]) -> str:
    """Return the digest of a file, which is read again only when the file changed.

    A file is the same by its inode, size, time of change and time of status change, which nobody
    can set back. One that was written just now is read each time: clocks of disks are coarse.
    """
    before = _identity(path)
    with _known_lock:
        digest = _known.get((*before, part))
    if digest is not None:
        return digest
    digest = digest_of(path)
    settled = time.time_ns() - max(before[-2:]) > _SETTLED
    if settled and _identity(path) == before:
        with _known_lock:
            _known[(*before, part)] = digest
            while len(_known) > _MOST_KNOWN:
                _known.popitem(last=False)
    return digest


def _identity(path: Path) -> tuple[int, ...]:
    facts = path.stat()
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


@dataclass(frozen=True)
class Stated:
    """What a server states of a content besides its ETag.

    Attributes
    ----------
    opaque : bool
        The ETag is not made of the content: so it is under SSE-KMS and SSE-C (Amazon S3 API,
        "Object": ETag).
    checksums : dict of str to str
        Algorithm -> checksum of the whole content, in base64 (``x-amz-checksum-*``); those of
        parts are left out.
    """

    opaque: bool = False
    checksums: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Stated:
        """Read a server's answer."""
        kept = answer.get("ServerSideEncryption") or "AES256"
        checksums = {
            name: answer[f"Checksum{name}"]
            for name in _CHECKSUMS
            if answer.get(f"Checksum{name}") and "-" not in answer[f"Checksum{name}"]
        }
        return cls(kept != "AES256" or bool(answer.get("SSECustomerAlgorithm")), checksums)

    def alike(self, other: Stated) -> bool | None:
        """Whether two contents are one; None when they have no checksum in common."""
        for name in _CHECKSUMS:
            if name in self.checksums and name in other.checksums:
                return self.checksums[name] == other.checksums[name]
        return None

    def names(self, path: Path) -> bool | None:
        """Whether a local file has the content; reads it; None when nothing here tells."""
        for name, begin in _CHECKSUMS.items():
            if name in self.checksums:
                digest = begin()
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
                return base64.b64encode(digest.digest()).decode() == self.checksums[name]
        return None


class _Crc32:
    """zlib's CRC-32 with the face of a hash."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


# the strongest first; CRC32C and CRC64NVME are in no library that we have
_CHECKSUMS: dict[str, Callable[[], Any]] = {
    "SHA256": hashlib.sha256,
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "CRC32": _Crc32,
}


def says(etag: str | None, digest: str) -> bool | None:
    """Tell whether an ETag is that of a content; None when it is made in another way.

    Parameters
    ----------
    etag : str or None
        As the server gives it.
    digest : str
        The content's MD5, or what `composite` gives, in hex.
    """
    for form in (_PLAIN, _COMPOSITE):
        found, wanted = form.fullmatch(etag or ""), form.fullmatch(digest)
        if found and wanted and found.groups()[1:] == wanted.groups()[1:]:
            return found.group(1) == wanted.group(1)
    return None


def is_plain(etag: str | None) -> bool:
    """Whether an ETag has the form of an MD5."""
    return _PLAIN.fullmatch(etag or "") is not None


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
