"""Zip files that contain a zarr hierarchy.

A zip file is untrusted: its directory is read within limits, and a key is unpacked only up to the
size that the directory states.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import BrokenFileError, ModosError, UnsupportedError
from modos_widgets.storage.binary_file import BinaryFile
from modos_widgets.storage.packed_store import (
    LARGEST_INDEX,
    MOST_KEYS,
    ROOTS,
    PackedStore,
    check_key_size,
    is_key,
)
from modos_widgets.storage.ranges import RangeFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.storage.ranges import Ranges

__all__ = ["open_zip"]

_BLOCK: Final = 256 * 2**10
_HEADER: Final = 30  # bytes of a local header, without its two variable fields
_SPARE: Final = 64  # bytes: the extra field may be longer there than in the directory


def open_zip(ranges: Ranges) -> PackedStore:
    """Open a zip file that contains a zarr hierarchy; reads its directory.

    If the hierarchy is in the only folder of the file, that folder is the root.

    Parameters
    ----------
    ranges : Ranges
        The zip file.

    Returns
    -------
    PackedStore
        A key takes one request.

    Raises
    ------
    BrokenFileError
        It is not a zip file, or is damaged.
    UnsupportedError
        It is encrypted, uses an unusual compression, or has too many files.
    ModosError
        It cannot be read.
    """
    raw = RangeFile(ranges, block=_BLOCK, limit=LARGEST_INDEX)
    try:
        with zipfile.ZipFile(BinaryFile(raw)) as archive:
            entries = archive.infolist()
    except ModosError:
        raise
    except Exception as error:  # a damaged directory raises many kinds of errors
        raise BrokenFileError(
            f"{ranges.name} is not a zip file, or is damaged.", "Check the file."
        ) from error
    if len(entries) > MOST_KEYS:
        raise UnsupportedError(
            f"{ranges.name} contains {len(entries):,} files, more than {MOST_KEYS:,}.",
            "Unpack it.",
        )
    keys: dict[str, _Entry] = {}
    for entry in entries:
        if entry.is_dir() or not is_key(entry.filename):
            continue
        if entry.flag_bits & 1 or entry.compress_type not in {
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        }:
            raise UnsupportedError(
                f"{ranges.name} is encrypted, or compressed in an unusual way.",
                "Pack it again, without compression.",
            )
        if not 0 <= entry.header_offset < ranges.size:
            raise BrokenFileError(f"{ranges.name} is damaged.", "Check the file.")
        keys[entry.filename] = _Entry(
            ranges,
            entry.header_offset,
            _HEADER + len(entry.orig_filename.encode()) + len(entry.extra),
            entry.compress_size,
            entry.file_size,
            entry.compress_type == zipfile.ZIP_DEFLATED,
        )
    prefix = _only_folder(keys)
    below = {key[len(prefix) :]: each for key, each in keys.items() if key.startswith(prefix)}
    return PackedStore(ranges.name, "zip", below, prefix.rstrip("/"))


@dataclass(slots=True)
class _Entry:
    """File in a zip file.

    Attributes
    ----------
    file : Ranges
        The zip file.
    begin : int
        First byte of the local header.
    head : int
        Number of bytes of the local header, as far as the directory shows.
    length, stored : int
        Number of bytes, unpacked and stored.
    is_deflated : bool
        Whether it is compressed.
    content : int or None
        First byte of the content; None before the local header was read.
    """

    file: Ranges
    begin: int
    head: int
    stored: int
    length: int
    is_deflated: bool
    content: int | None = None

    def size(self) -> int:
        return self.length

    def read(self, key: str, begin: int, end: int) -> bytes:
        if self.is_deflated or end - begin == self.length:
            return self._whole(key)[begin:end]
        check_key_size(key, self.file.name, end - begin)
        if self.content is None:
            head = self.file.read(self.begin, self.begin + _HEADER)
            self.content = self.begin + self._head_length(key, head)
        return self.file.read(self.content + begin, self.content + end)

    def _whole(self, key: str) -> bytes:
        """Return the whole content, in one request."""
        check_key_size(key, self.file.name, max(self.length, self.stored))
        first, stored = self.begin, self.stored
        data = self.file.read(first, first + self.head + _SPARE + stored)
        head = self._head_length(key, data)
        if len(data) < head + stored:
            data += self.file.read(first + len(data), first + head + stored)
        data = data[head : head + stored]
        if self.is_deflated:
            try:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, self.length + 1)
            except zlib.error as error:
                raise self._damaged(key) from error
        if len(data) != self.length:
            raise self._damaged(key)
        return data

    def _head_length(self, key: str, data: bytes) -> int:
        if len(data) < _HEADER or data[:4] != b"PK\3\4":
            raise self._damaged(key)
        name, extra = data[26:28], data[28:30]
        return _HEADER + int.from_bytes(name, "little") + int.from_bytes(extra, "little")

    def _damaged(self, key: str) -> BrokenFileError:
        return BrokenFileError(f"{key} in {self.file.name} is damaged.", "Download the file again.")


def _only_folder(keys: Mapping[str, _Entry]) -> str:
    """Return the folder that contains the hierarchy, with a slash; '' if it is the root."""
    if any(name in keys for name in ROOTS):
        return ""
    folders = {key.partition("/")[0] for key in keys if "/" in key} - {"__MACOSX"}
    if len(folders) == 1:
        (folder,) = folders
        if any(f"{folder}/{name}" in keys for name in ROOTS):
            return f"{folder}/"
    return ""
