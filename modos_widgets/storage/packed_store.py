"""Read-only zarr store whose keys are parts of other files.

`zip_store` and `reference_store` say which parts: the files of a zip archive, and the references of
a kerchunk file.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, Protocol

import zarr  # noqa: F401  before its parts
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)

from modos_widgets.errors import ReadOnlyError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from zarr.core.buffer import Buffer, BufferPrototype

    from modos_widgets.credentials import S3Options

__all__ = [
    "LARGEST_INDEX",
    "LARGEST_KEY",
    "MOST_KEYS",
    "ROOTS",
    "PackedPart",
    "PackedStore",
    "check_key_size",
    "is_key",
]

LARGEST_KEY: Final = 256 * 2**20
"""Maximum number of bytes of one key, unpacked."""

LARGEST_INDEX: Final = 64 * 2**20
"""Maximum size in bytes of the directory of a zip file, or of a reference file."""

MOST_KEYS: Final = 1_000_000
"""Maximum number of keys."""

ROOTS: Final = ("zarr.json", ".zgroup", ".zarray", ".zmetadata")
"""Names of documents; the root of a hierarchy has one of them."""


class PackedPart(Protocol):
    """Part of a file that is the content of a key."""

    def size(self) -> int:
        """Return the number of bytes of the content, unpacked; may request it."""

    def read(self, key: str, begin: int, end: int) -> bytes:
        """Return bytes of the content; uses the network for a remote file.

        Raises
        ------
        BrokenFileError
            The file is damaged, or does not have these bytes.
        UnsupportedError
            They are more than `LARGEST_KEY`.
        ModosError
            The file cannot be read.
        """


class PackedStore(Store):
    """Read-only zarr store of keys that are parts of files.

    Parameters
    ----------
    name : str
        Path or URL of the zip file or reference file, without a secret.
    kind : {'zip', 'references'}
        What it is.
    keys : mapping of str to bytes or PackedPart
        Content of each key.
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
        self, name: str, kind: str, keys: Mapping[str, bytes | PackedPart], folder: str = ""
    ) -> None:
        super().__init__(read_only=True)
        self.name, self.kind, self.folder = name, kind, folder
        self.options: S3Options | None = None
        self._keys = dict(keys)
        self._sorted = sorted(self._keys)

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
        data = await asyncio.to_thread(_read, key, found, byte_range)
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
        return len(found) if isinstance(found, bytes) else await asyncio.to_thread(found.size)

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


def _read(key: str, part: PackedPart, byte_range: ByteRequest | None) -> bytes:
    return part.read(key, *_bounds(byte_range, part.size()))


def _bounds(byte_range: ByteRequest | None, size: int) -> tuple[int, int]:
    """Return the first byte of a request, and the one after the last."""
    if isinstance(byte_range, RangeByteRequest):
        return min(byte_range.start, size), min(byte_range.end, size)
    if isinstance(byte_range, OffsetByteRequest):
        return min(byte_range.offset, size), size
    if isinstance(byte_range, SuffixByteRequest):
        return max(0, size - byte_range.suffix), size
    return 0, size


def is_key(name: str) -> bool:
    """Return whether a name can be a key: names of nodes are neither empty nor dots."""
    return not {"", ".", ".."} & set(name.split("/"))


def check_key_size(key: str, name: str, size: int) -> None:
    """Check that a key is not too large to be read into memory.

    Parameters
    ----------
    key, name : str
        The key, and the file that it is in.
    size : int
        Number of bytes to read.

    Raises
    ------
    UnsupportedError
        They are more than `LARGEST_KEY`.
    """
    if size > LARGEST_KEY:
        raise UnsupportedError(
            f"{key} in {name} has {size:,} bytes, more than {LARGEST_KEY:,}.",
            "Open the store with zarr itself.",
        )
