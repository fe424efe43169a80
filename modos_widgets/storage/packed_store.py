"""Read-only zarr stores whose keys are ranges of other files: zip files and kerchunk references.

Both are untrusted: the index is read within limits, a key is read only up to `LARGEST_KEY` bytes,
and references lead only to files below the folder of the reference file.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import posixpath
import re
import zipfile
import zlib
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import zarr  # noqa: F401  before its parts
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)

from modos_widgets import s3
from modos_widgets.errors import (
    BrokenFileError,
    ModosError,
    PathError,
    ReadOnlyError,
    UnsupportedError,
)
from modos_widgets.storage.binary_file import BinaryFile
from modos_widgets.storage.paths import inside
from modos_widgets.storage.ranges import LocalRanges, RangeFile, S3Ranges

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from zarr.core.buffer import Buffer, BufferPrototype

    from modos_widgets.credentials import S3Options
    from modos_widgets.storage.base import Storage
    from modos_widgets.storage.ranges import Ranges

__all__ = [
    "LARGEST_KEY",
    "PackedStore",
    "is_packed",
    "open_packed",
    "packed_folder_file",
    "packed_s3_file",
    "store_in",
]

LARGEST_KEY: Final = 256 * 2**20
"""Maximum number of bytes of one key, unpacked."""

_LARGEST_INDEX: Final = 64 * 2**20
_MOST_KEYS: Final = 1_000_000
_LARGEST: Final = 2**62  # an offset or a length
_BLOCK: Final = 256 * 2**10
_HEADER: Final = 30  # bytes of a local header of a zip file, without its two variable fields
_SPARE: Final = 64  # bytes: the extra field may be longer there than in the directory
_ROOTS: Final = ("zarr.json", ".zgroup", ".zarray", ".zmetadata")
_TEMPLATE: Final = re.compile(r"\{\{([^{}]{1,100})\}\}")


class Packed(NamedTuple):
    """Range of a file that is the content of a key.

    Attributes
    ----------
    place : str
        Path of the file; '' for the zip file itself.
    begin : int
        First byte; in a zip file that of the local header.
    length : int or None
        Number of stored bytes; None: up to the end of the file.
    size : int
        Number of unpacked bytes, for a zip file.
    deflated : bool
        Whether it is compressed.
    head : int
        Number of bytes of the local header, as far as the directory shows; 0: there is none.
    """

    place: str
    begin: int
    length: int | None
    size: int = 0
    deflated: bool = False
    head: int = 0


class PackedStore(Store):
    """Read-only zarr store of keys that are ranges of files.

    Parameters
    ----------
    name : str
        Path or URL of the zip file or reference file, without a secret.
    kind : {'zip', 'references'}
        What it is.
    keys : mapping
        Content of each key: bytes, or the range of a file.
    opens : callable
        Returns the ranges of a file by its path.
    folder : str
        Folder in a zip file that is the root of the store.

    Attributes
    ----------
    options : S3Options or None
        With which the files are read from S3.
    """

    supports_writes: bool = False
    supports_deletes: bool = False
    supports_listing: bool = True

    def __init__(
        self,
        name: str,
        kind: str,
        keys: Mapping[str, bytes | Packed],
        opens: Callable[[str], Ranges],
        folder: str = "",
    ) -> None:
        super().__init__(read_only=True)
        self.name, self.kind, self.folder = name, kind, folder
        self.options: S3Options | None = None
        self._keys = dict(keys)
        self._sorted = sorted(self._keys)
        self._opens = opens
        self._files: dict[str, Ranges] = {}
        self._starts: dict[str, int] = {}

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same store."""
        return self is other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return kind and path."""
        return f"PackedStore({self.kind}, {self.name!r})"

    def with_read_only(self, read_only: bool = False) -> PackedStore:  # noqa: FBT001, FBT002
        """Return itself; a writable store is refused.

        Raises
        ------
        ReadOnlyError
            `read_only` is False.
        """
        if not read_only:
            raise self._refusal()
        return self

    # -- reading ------------------------------------------------------------------------------

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a key or a range of it."""
        if prototype is None:
            from zarr.core.buffer import default_buffer_prototype  # noqa: PLC0415

            prototype = default_buffer_prototype()
        found = self._keys.get(key)
        if found is None:
            return None
        if isinstance(found, bytes):
            begin, end = _bounds(byte_range, len(found))
            return prototype.buffer.from_bytes(found[begin:end])
        data = await asyncio.to_thread(self._read, key, found, byte_range)
        return prototype.buffer.from_bytes(data)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Read ranges of keys concurrently."""
        return list(
            await asyncio.gather(*(self.get(key, prototype, part) for key, part in key_ranges))
        )

    async def exists(self, key: str) -> bool:
        """Return whether the key exists. No network."""
        return key in self._keys

    async def getsize(self, key: str) -> int:
        """Return the size of a key in bytes; for a reference to a whole file it is requested.

        Raises
        ------
        FileNotFoundError
            The key does not exist.
        """
        found = self._keys.get(key)
        if found is None:
            raise FileNotFoundError(key)
        if isinstance(found, bytes):
            return len(found)
        if found.head:
            return found.size
        if found.length is not None:
            return found.length
        file = self._file(found.place)
        return await asyncio.to_thread(lambda: file.size - found.begin)

    def _file(self, place: str) -> Ranges:
        file = self._files.get(place)
        if file is None:
            file = self._files[place] = self._opens(place)
        return file

    def _read(self, key: str, found: Packed, byte_range: ByteRequest | None) -> bytes:
        file = self._file(found.place)
        if not found.head:
            size = file.size - found.begin if found.length is None else found.length
            begin, end = _bounds(byte_range, max(0, size))
            self._check_size(key, end - begin)
            data = file.read(found.begin + begin, found.begin + end)
            if len(data) < end - begin:
                raise BrokenFileError(
                    f"{key} is in bytes of {file.name} that the file does not have.",
                    "Check that the references belong to this file.",
                )
            return data
        begin, end = _bounds(byte_range, found.size)
        if found.deflated or byte_range is None:
            self._check_size(key, found.size)
            return self._entry(key, found, file)[begin:end]
        self._check_size(key, end - begin)
        start = self._starts.get(key)
        if start is None:
            start = self._starts[key] = found.begin + self._head_length(
                key, file.read(found.begin, found.begin + _HEADER)
            )
        return file.read(start + begin, start + end)

    def _entry(self, key: str, found: Packed, file: Ranges) -> bytes:
        """Return a whole entry of a zip file, in one request."""
        length = found.length or 0
        self._check_size(key, length)
        data = file.read(found.begin, found.begin + found.head + _SPARE + length)
        head = self._head_length(key, data)
        if len(data) < head + length:
            data += file.read(found.begin + len(data), found.begin + head + length)
        data = data[head : head + length]
        try:
            unpacked = (
                zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, found.size + 1)
                if found.deflated
                else data
            )
        except zlib.error as error:
            raise self._damaged(key) from error
        if len(unpacked) != found.size:
            raise self._damaged(key)
        return unpacked

    def _head_length(self, key: str, data: bytes) -> int:
        if len(data) < _HEADER or data[:4] != b"PK\3\4":
            raise self._damaged(key)
        name, extra = data[26:28], data[28:30]
        return _HEADER + int.from_bytes(name, "little") + int.from_bytes(extra, "little")

    def _damaged(self, key: str) -> BrokenFileError:
        return BrokenFileError(f"{key} in {self.name} is damaged.", "Download the file again.")

    def _check_size(self, key: str, size: int) -> None:
        if size > LARGEST_KEY:
            raise UnsupportedError(
                f"{key} in {self.name} has {size:,} bytes, more than {LARGEST_KEY:,}.",
                "Open the store with zarr itself.",
            )

    # -- listing ------------------------------------------------------------------------------

    async def list(self) -> AsyncIterator[str]:
        """List every key. No network."""
        for key in self._sorted:
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List every key that begins with a prefix. No network."""
        for key in self._sorted[bisect_left(self._sorted, prefix) :]:
            if not key.startswith(prefix):
                return
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix. No network."""
        for name in self._names(prefix.strip("/")):
            yield name

    def _names(self, folder: str) -> Iterator[str]:
        start = f"{folder}/" if folder else ""
        place = bisect_left(self._sorted, start)
        while place < len(self._sorted) and self._sorted[place].startswith(start):
            name, slash, _ = self._sorted[place][len(start) :].partition("/")
            yield name
            # "0" follows "/" in the order of characters: skip what is below the name
            place = bisect_left(self._sorted, f"{start}{name}0", place) if slash else place + 1

    # -- writing ------------------------------------------------------------------------------

    def _refusal(self) -> ReadOnlyError:
        return ReadOnlyError(f"{self.name} is read-only.", "Copy the data to a zarr archive.")

    async def set(self, key: str, value: Buffer) -> None:  # noqa: ARG002
        """Raise ReadOnlyError."""
        raise self._refusal()

    async def delete(self, key: str) -> None:  # noqa: ARG002
        """Raise ReadOnlyError."""
        raise self._refusal()


def is_packed(path: str) -> bool:
    """Return whether a file may contain a hierarchy, by its name: ``.zip`` or ``.json``."""
    return path.lower().endswith((".zip", ".json"))


def packed_folder_file(path: Path) -> PackedStore:
    """Open a zip file or a kerchunk reference file on this computer.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    PackedStore

    Raises
    ------
    BrokenFileError, UnsupportedError
        As for `open_packed`.
    NotFoundError, PathError, StorageError
        The file cannot be read.
    """
    folder = path.absolute().parent

    def opens(relative: str) -> Ranges:
        return LocalRanges(inside(folder / relative, folder))

    return open_packed(LocalRanges(path), folder.as_posix(), folder.as_posix(), opens)


def packed_s3_file(options: S3Options, bucket: str, key: str) -> PackedStore:
    """Open a zip file or a kerchunk reference file on S3.

    Parameters
    ----------
    options : S3Options
        With the keys.
    bucket, key : str
        Place of the file.

    Returns
    -------
    PackedStore

    Raises
    ------
    BrokenFileError, UnsupportedError
        As for `open_packed`.
    CredentialsError, EndpointError, NotFoundError, StorageError
        A request was refused or failed.
    """
    client = s3.S3Client.shared(options)
    folder = "/".join(part for part in (bucket, key.rpartition("/")[0]) if part)

    def opens(relative: str) -> Ranges:
        return S3Ranges(client, bucket, f"{folder}/{relative}".removeprefix(f"{bucket}/"))

    place = f"s3://{folder}"
    store = open_packed(S3Ranges(client, bucket, key), place, place, opens)
    store.options = options
    return store


def store_in(storage: Storage, target: str) -> Store:
    """Return the zarr store of a hierarchy among the files of an object, read-only.

    Parameters
    ----------
    storage : Storage
        The object.
    target : str
        Path of a folder, a zip file or a kerchunk reference file in the object. References may
        name any file of the object.

    Returns
    -------
    zarr.abc.store.Store

    Raises
    ------
    BrokenFileError, UnsupportedError
        As for `open_packed`.
    ModosError
        A file cannot be read.
    """
    if not is_packed(target):
        return storage.archive_at(target)
    base = posixpath.join(storage.url, posixpath.dirname(target))
    return open_packed(storage.ranges(target), base, storage.url, storage.ranges)


def open_packed(
    ranges: Ranges, base: str, fence: str, opens: Callable[[str], Ranges]
) -> PackedStore:
    """Open a zip file or a kerchunk reference file, by the ending of its name.

    Parameters
    ----------
    ranges : Ranges
        The file.
    base, fence, opens
        As for `open_references`.

    Returns
    -------
    PackedStore

    Raises
    ------
    BrokenFileError
        It is damaged, or of another kind.
    UnsupportedError
        It is too large, encrypted, or has references that are generated.
    ModosError
        It cannot be read.
    """
    if ranges.name.lower().endswith(".zip"):
        return open_zip(ranges)
    return open_references(ranges, base, fence, opens)


def _bounds(byte_range: ByteRequest | None, size: int) -> tuple[int, int]:
    """Return the first byte of a request, and the one after the last."""
    if isinstance(byte_range, RangeByteRequest):
        return min(byte_range.start, size), min(byte_range.end, size)
    if isinstance(byte_range, OffsetByteRequest):
        return min(byte_range.offset, size), size
    if isinstance(byte_range, SuffixByteRequest):
        return max(0, size - byte_range.suffix), size
    return 0, size


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
    raw = RangeFile(ranges, block=_BLOCK, limit=_LARGEST_INDEX)
    try:
        with zipfile.ZipFile(BinaryFile(raw)) as archive:
            entries = archive.infolist()
    except ModosError:
        raise
    except Exception as error:  # a damaged directory raises many kinds of errors
        raise BrokenFileError(
            f"{ranges.name} is not a zip file, or is damaged.", "Check the file."
        ) from error
    if len(entries) > _MOST_KEYS:
        raise UnsupportedError(
            f"{ranges.name} contains {len(entries):,} files, more than {_MOST_KEYS:,}.",
            "Unpack it.",
        )
    keys: dict[str, Packed] = {}
    for entry in entries:
        if entry.is_dir() or not _is_key(entry.filename):
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
        head = _HEADER + len(entry.orig_filename.encode()) + len(entry.extra)
        keys[entry.filename] = Packed(
            "",
            entry.header_offset,
            entry.compress_size,
            entry.file_size,
            entry.compress_type == zipfile.ZIP_DEFLATED,
            head,
        )
    prefix = _only_folder(keys)
    below = {key[len(prefix) :]: each for key, each in keys.items() if key.startswith(prefix)}
    return PackedStore(ranges.name, "zip", below, lambda _: ranges, prefix.rstrip("/"))


def _is_key(name: str) -> bool:
    """Return whether a name can be a key: names of nodes are neither empty nor dots."""
    return not {"", ".", ".."} & set(name.split("/"))


def _only_folder(keys: Mapping[str, Packed]) -> str:
    """Return the folder that contains the hierarchy, with a slash; '' if it is the root."""
    if any(name in keys for name in _ROOTS):
        return ""
    folders = {key.partition("/")[0] for key in keys if "/" in key} - {"__MACOSX"}
    if len(folders) == 1:
        (folder,) = folders
        if any(f"{folder}/{name}" in keys for name in _ROOTS):
            return f"{folder}/"
    return ""


def open_references(
    ranges: Ranges, base: str, fence: str, opens: Callable[[str], Ranges]
) -> PackedStore:
    """Open a kerchunk reference file; reads the whole file.

    The file can name any place, so only files below one folder are read.

    Parameters
    ----------
    ranges : Ranges
        The reference file, in JSON.
    base : str
        Path or URL of the folder that relative references are relative to.
    fence : str
        Path or URL of the folder that the references must not leave.
    opens : callable
        Returns the ranges of a file by its path relative to `fence`.

    Returns
    -------
    PackedStore
        A reference that leaves the folder raises `PathError` when its key is read.

    Raises
    ------
    BrokenFileError
        It is not a reference file.
    UnsupportedError
        It is too large, or has references that are generated.
    ModosError
        It cannot be read.
    """
    if ranges.size > _LARGEST_INDEX:
        raise UnsupportedError(
            f"{ranges.name} has {ranges.size:,} bytes, more than {_LARGEST_INDEX:,}.",
            "Open it with fsspec.",
        )
    try:
        found = json.loads(ranges.read(0, ranges.size))
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(f"{ranges.name} is not valid JSON.", "Check the file.") from error
    if not isinstance(found, dict):
        raise _no_references(ranges.name)
    if found.get("gen"):
        raise UnsupportedError(
            f"{ranges.name} generates references from expressions.",
            "Write it again without 'gen', or open it with fsspec.",
        )
    stored = found.get("refs", found)
    templates = found.get("templates") or {}
    if not isinstance(stored, dict) or not isinstance(templates, dict):
        raise _no_references(ranges.name)
    if not any(posixpath.basename(key) in _ROOTS for key in stored):
        raise _no_references(ranges.name)
    if len(stored) > _MOST_KEYS:
        raise UnsupportedError(
            f"{ranges.name} has {len(stored):,} references, more than {_MOST_KEYS:,}.",
            "Open it with fsspec.",
        )
    keys = {
        key: _reference(ranges.name, key, each, templates)
        for key, each in stored.items()
        if _is_key(key)
    }
    return PackedStore(
        ranges.name,
        "references",
        keys,
        lambda place: opens(_inside(place, base, fence, ranges.name)),
    )


def _no_references(name: str) -> BrokenFileError:
    return BrokenFileError(
        f"{name} is not a kerchunk reference file.", "Check the file: it has the key 'refs'."
    )


def _reference(name: str, key: str, stored: Any, templates: Mapping[str, Any]) -> bytes | Packed:
    """Return the content of a key, or the range that it refers to."""
    if isinstance(stored, dict):
        return json.dumps(stored).encode()
    if isinstance(stored, str):
        if not stored.startswith("base64:"):
            return stored.encode()
        try:
            return base64.b64decode(stored.removeprefix("base64:"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BrokenFileError(
                f"The reference {key!r:.80} of {name} is not valid base64.", "Check the file."
            ) from error
    match stored:
        case [str(place)]:
            return Packed(_filled(place, templates, name), 0, None)
        case [str(place), int(begin), int(length)] if (
            0 <= begin <= _LARGEST and 0 <= length <= _LARGEST
        ):
            return Packed(_filled(place, templates, name), begin, length)
    raise BrokenFileError(
        f"The reference {key!r:.80} of {name} is not a text, [url] or [url, offset, length].",
        "Check the file.",
    )


def _filled(place: str, templates: Mapping[str, Any], name: str) -> str:
    """Return a path with the templates filled in: names only, no expressions."""

    def value(match: re.Match[str]) -> str:
        found = templates.get(match[1].strip())
        if not isinstance(found, str) or "{{" in found:
            raise UnsupportedError(
                f"{name} uses the template {match[1]!r:.80}, which is not a plain text.",
                "Write it again without templates, or open it with fsspec.",
            )
        return found

    return _TEMPLATE.sub(value, place)


def _inside(place: str, base: str, fence: str, name: str) -> str:
    """Return a path relative to the fence; raise PathError if it is outside."""
    root = fence.rstrip("/")
    target = place.removeprefix("file://")
    if "://" not in target and not target.startswith("/"):
        target = f"{base.rstrip('/')}/{target}"
    scheme, mark, path = target.rpartition("://")
    if scheme not in {"", "s3"}:
        path = path.partition("?")[0]  # it may contain a signature
    target = f"{scheme}{mark}{posixpath.normpath(path)}"
    if not target.startswith(f"{root}/"):
        raise PathError(
            f"{name} refers to {target!r:.120}, which is outside {root}.",
            "If you trust it, open it with fsspec and pass the store.",
        )
    return target[len(root) + 1 :]
