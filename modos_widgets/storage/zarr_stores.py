"""zarr stores of one archive, local and on S3: safe for any name, with errors of this package."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

import zarr  # noqa: F401  before its parts
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    SuffixByteRequest,
)
from zarr.storage import LocalStore

from modos_widgets import s3
from modos_widgets.archive import ARCHIVE
from modos_widgets.concurrency import wait
from modos_widgets.errors import ChangedError, ReadOnlyError
from modos_widgets.files import etag_of, replace_file
from modos_widgets.s3 import KeyNotFoundError, side_by_side
from modos_widgets.storage.archive_store import ArchiveStore, node_of
from modos_widgets.storage.local_errors import local_failures
from modos_widgets.storage.paths import inside, is_inside, is_unusable_key, is_unusable_name
from modos_widgets.storage.types import Content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Hashable, Iterable
    from pathlib import Path

    from zarr.core.buffer import Buffer, BufferPrototype

    from modos_widgets.credentials import S3Options
    from modos_widgets.s3 import S3Client


class LocalArchive(ArchiveStore, LocalStore):
    """zarr's local store, with atomic, durable writes of metadata and errors of this package.

    Every write of zarr through it updates the consolidated copies (see `ArchiveStore`).
    The target of a link that leads out of the object is not listed, read, written or deleted.
    """

    @property
    def _object(self) -> Path:
        return self.root.parent if self.root.name == ARCHIVE else self.root

    def _path(self, key: str) -> Path:
        return inside(self.root / key, self._object)

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyError(f"{self.root} was opened read-only.", 'Open it with mode="r+".')

    @property
    def identity(self) -> Hashable:
        """Identity that all stores of one archive have in common."""
        return self.identity_of(self.root)

    @staticmethod
    def identity_of(root: Path) -> Hashable:
        """Return the identity of all stores of the archive in a folder.

        Parameters
        ----------
        root : pathlib.Path
            Folder of the archive.

        Returns
        -------
        hashable
            Equal for all stores of one archive.
        """
        return "file", str(root)

    def with_read_only(self, read_only: bool = False) -> Self:  # noqa: FBT001, FBT002
        """Return the same store, read-only or writable."""
        return type(self)(self.root, read_only=read_only)

    async def _write(self, key: str, value: Buffer) -> None:
        await asyncio.to_thread(self._write_now, key, value)

    def _write_now(self, key: str, value: Buffer) -> None:
        self._check_writable()
        path = self._path(key)
        with local_failures(str(path), writing=True):
            _write(path, value, exclusive=False)

    async def _create(self, key: str, value: Buffer) -> bool:
        path = self._path(key)
        with local_failures(str(path), writing=True):
            try:
                await asyncio.to_thread(_write, path, value, exclusive=True)
            except FileExistsError:
                return False
        return True

    async def content(self, key: str) -> Content | None:
        """Read a key with its etag."""
        path = self._path(key)
        with local_failures(str(path), writing=False):
            try:
                data = await asyncio.to_thread(path.read_bytes)
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Content(data, etag_of(data))

    async def replace(self, key: str, data: bytes, expected: str | None) -> None:
        """Write a key if its content is the expected one; else raise ChangedError."""
        self._check_writable()
        path = self._path(key)
        with local_failures(str(path), writing=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                await asyncio.to_thread(
                    replace_file, path, [data], exclusive=expected is None, expected=expected
                )
            except FileExistsError as error:
                raise ChangedError(f"{path} already exists.", "Read it again.") from error

    async def _read(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        self._path(key)
        return await LocalStore.get(self, key, prototype, byte_range)

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        """Read a key or a range of it."""
        self._path(key)
        value = super().get_sync(key, **options)
        if value is not None and options.get("byte_range") is None:
            self._note(key, value)
        return value

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Read ranges of keys concurrently."""
        wanted = list(key_ranges)
        for key, _ in wanted:
            self._path(key)
        return await super().get_partial_values(prototype, wanted)

    async def exists(self, key: str) -> bool:
        """Return whether the key exists."""
        self._path(key)
        return await super().exists(key)

    async def getsize(self, key: str) -> int:
        """Return the size of a key in bytes."""
        self._path(key)
        return await super().getsize(key)

    async def _delete(self, key: str) -> None:
        self._path(key)
        await LocalStore.delete(self, key)

    async def _delete_below(self, prefix: str) -> None:
        self._path(prefix)
        await LocalStore.delete_dir(self, prefix)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Write a key atomically."""
        if node_of(key) is None:
            self._write_now(key, value)
        else:
            _finish(self.set(key, value))

    def delete_sync(self, key: str) -> None:
        """Delete a key."""
        _finish(self.delete(key))

    async def list(self) -> AsyncIterator[str]:
        """List every key."""
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List every key that begins with a prefix."""
        self._path(prefix)
        async for key in super().list_prefix(prefix):
            if self._is_ours(key):
                yield key

    async def names(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix, as stored."""
        self._path(prefix)
        async for name in LocalStore.list_dir(self, prefix):
            if self._is_ours(f"{prefix}/{name}".lstrip("/")):
                yield name

    def _is_ours(self, key: str) -> bool:
        """Return whether a key stays within the object when links are followed."""
        place = self.root / key
        return not place.is_symlink() or is_inside(place, self._object)


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; a cancellation ends the waiting but not the work."""

    async def whole() -> None:
        await asyncio.shield(work)

    wait(whole())


def _write(path: Path, value: Buffer, *, exclusive: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # chunks that a power cut loses can be computed again, but metadata cannot
    lasting = path.name == "zarr.json"
    replace_file(path, [value.to_bytes()], exclusive=exclusive, lasting=lasting)


class S3Archive(ArchiveStore):
    """Archive of an object on S3 as a zarr store.

    Every write of zarr through it updates the consolidated copies (see `ArchiveStore`).
    Keys are deleted by name (a ``*`` in a name is not a pattern), and each read is one request.
    It can be pickled for workers; the pickle then contains the S3 key.

    Parameters
    ----------
    options : S3Options
    bucket : str
    prefix : str
        Prefix of the archive, without a trailing slash.
    read_only : bool
    """

    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    def __init__(
        self, options: S3Options, bucket: str, prefix: str, *, read_only: bool = False
    ) -> None:
        super().__init__(read_only=read_only)
        self.options = options
        self.bucket = bucket
        self.prefix = prefix

    @property
    def client(self) -> S3Client:
        """Client that is shared by all users of the same options."""
        return s3.S3Client.shared(self.options)

    def with_read_only(self, read_only: bool = False) -> Self:  # noqa: FBT001, FBT002
        """Return the same store, read-only or writable."""
        return type(self)(self.options, self.bucket, self.prefix, read_only=read_only)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the arguments for connecting again, to pickle."""
        return _restore, (self.options, self.bucket, self.prefix, self.read_only)

    def __eq__(self, other: object) -> bool:
        """Return whether path and options are equal."""
        return (
            isinstance(other, S3Archive)
            and (self.bucket, self.prefix, self.read_only)
            == (other.bucket, other.prefix, other.read_only)
            and self.options == other.options
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return the URL as text, without options."""
        return f"S3Archive('s3://{self.bucket}/{self.prefix}')"

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyError(f"{self!r} was opened read-only.", 'Open it with mode="r+".')

    def _key(self, key: str) -> str:
        return "/".join(part for part in (self.prefix, key.strip("/")) if part)

    @property
    def identity(self) -> Hashable:
        """Identity that all stores of one archive have in common."""
        return self.options.endpoint, self.bucket, self.prefix

    async def _read(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        start: int | None = None
        end: int | None = None
        if isinstance(byte_range, RangeByteRequest):
            start, end = byte_range.start, byte_range.end
        elif isinstance(byte_range, OffsetByteRequest):
            start = byte_range.offset
        elif isinstance(byte_range, SuffixByteRequest):
            start = -byte_range.suffix
        client = self.client
        try:
            got = await client.hop(client.get(self.bucket, self._key(key), start=start, end=end))
        except KeyNotFoundError:
            return None
        return prototype.buffer.from_bytes(got.data)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Read ranges of keys concurrently."""
        return await side_by_side(self.get(key, prototype, part) for key, part in key_ranges)

    async def exists(self, key: str) -> bool:
        """Return whether the key exists."""
        client = self.client
        try:
            await client.hop(client.head(self.bucket, self._key(key)))
        except KeyNotFoundError:
            return False
        return True

    async def _write(self, key: str, value: Buffer) -> None:
        client = self.client
        await client.hop(client.put(self.bucket, self._key(key), value.to_bytes()))

    async def _create(self, key: str, value: Buffer) -> bool:
        client = self.client
        try:
            await client.hop(client.put_if(self.bucket, self._key(key), value.to_bytes(), None))
        except ChangedError:
            return False
        return True

    async def content(self, key: str) -> Content | None:
        """Read a key with its etag."""
        client = self.client
        try:
            got = await client.hop(client.get(self.bucket, self._key(key)))
        except KeyNotFoundError:
            return None
        return Content(got.data, got.etag)

    async def replace(self, key: str, data: bytes, expected: str | None) -> None:
        """Write a key if its content is the expected one; else raise ChangedError."""
        self._check_writable()
        client = self.client
        await client.hop(client.put_if(self.bucket, self._key(key), data, expected))

    async def _delete(self, key: str) -> None:
        client = self.client
        await client.hop(client.delete(self.bucket, self._key(key)))

    async def _delete_below(self, prefix: str) -> None:
        client = self.client

        async def delete() -> None:
            keys = await client.keys(self.bucket, self._folder(prefix))
            await client.delete_keys(self.bucket, (key.key for key in keys))

        await client.hop(delete())

    async def list(self) -> AsyncIterator[str]:
        """List every key."""
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List every key that begins with a prefix."""
        client = self.client
        root = self._folder("")
        token: str | None = None
        while True:
            page = await client.hop(client.page(self.bucket, root + prefix, token=token))
            for key in page.keys:
                name = key.key.removeprefix(root)
                if not is_unusable_key(name):
                    yield name
            token = page.token
            if token is None:
                return

    async def names(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix, as stored, by a delimiter listing."""
        client = self.client
        folder = self._folder(prefix)
        token: str | None = None
        while True:
            page = await client.hop(client.page(self.bucket, folder, delimiter="/", token=token))
            for name in (*(key.key for key in page.keys), *page.prefixes):
                short = name.removeprefix(folder).removesuffix("/")
                if not is_unusable_name(short):
                    yield short
            token = page.token
            if token is None:
                return

    async def getsize(self, key: str) -> int:
        """Return the size of a key in bytes."""
        client = self.client
        return (await client.hop(client.head(self.bucket, self._key(key)))).size

    def _folder(self, prefix: str) -> str:
        key = self._key(prefix)
        return f"{key}/" if key else ""


def _restore(options: S3Options, bucket: str, prefix: str, read_only: bool) -> S3Archive:  # noqa: FBT001
    return S3Archive(options, bucket, prefix, read_only=read_only)
