"""zarr stores of one archive: local and S3, safe for any name, with our errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import LocalStore

from modos_widgets.errors import ChangedError, ReadOnlyError
from modos_widgets.storage.contents import Content
from modos_widgets.storage.failures import KeyNotFoundError, local_failures
from modos_widgets.storage.local_files import etag_of, replace_file
from modos_widgets.storage.paths import ZARR_ROOT, inside, is_inside
from modos_widgets.storage.s3_client import S3Client, side_by_side

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from zarr.core.buffer import Buffer, BufferPrototype

    from modos_widgets.credentials import S3Options


class LocalArchive(LocalStore):
    """zarr's local store, with atomic, lasting writes of metadata and our errors.

    What a link leads to outside of the object is neither listed, read, written nor deleted.
    """

    @property
    def _object(self) -> Path:
        return self.root.parent if self.root.name == ZARR_ROOT.name else self.root

    def _path(self, key: str) -> Path:
        return inside(self.root / key, self._object)

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyError(f"{self.root} was opened to read only.", 'Open it with mode="r+".')

    async def set(self, key: str, value: Buffer) -> None:
        """Write a key atomically."""
        await asyncio.to_thread(self.set_sync, key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Write a key unless it exists."""
        self._check_writable()
        path = self._path(key)
        with local_failures(str(path), writing=True):
            try:
                await asyncio.to_thread(_write, path, value, exclusive=True)
            except FileExistsError:
                return

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
        """Write a key when its content is the expected one; raises ChangedError."""
        self._check_writable()
        path = self._path(key)
        with local_failures(str(path), writing=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                await asyncio.to_thread(
                    replace_file, path, [data], exclusive=expected is None, expected=expected
                )
            except FileExistsError as error:
                raise ChangedError(f"{path} exists already.", "Read it again.") from error

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a key or a part of it."""
        self._path(key)
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        """Read a key or a part of it."""
        self._path(key)
        return super().get_sync(key, **options)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Read parts side by side."""
        wanted = list(key_ranges)
        for key, _ in wanted:
            self._path(key)
        return await super().get_partial_values(prototype, wanted)

    async def exists(self, key: str) -> bool:
        """Whether the key is there."""
        self._path(key)
        return await super().exists(key)

    async def getsize(self, key: str) -> int:
        """Give the bytes of a key."""
        self._path(key)
        return await super().getsize(key)

    async def delete(self, key: str) -> None:
        """Delete a key."""
        self._path(key)
        await super().delete(key)

    def delete_sync(self, key: str) -> None:
        """Delete a key."""
        self._path(key)
        super().delete_sync(key)

    async def delete_dir(self, prefix: str) -> None:
        """Delete what lies below a prefix."""
        self._path(prefix)
        await super().delete_dir(prefix)

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

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix."""
        self._path(prefix)
        async for name in super().list_dir(prefix):
            if self._is_ours(f"{prefix}/{name}".lstrip("/")):
                yield name

    def _is_ours(self, key: str) -> bool:
        """Whether a key within a folder of ours is none that leads out of the object."""
        place = self.root / key
        return not place.is_symlink() or is_inside(place, self._object)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Write a key atomically."""
        self._check_writable()
        path = self._path(key)
        with local_failures(str(path), writing=True):
            _write(path, value, exclusive=False)


def _write(path: Path, value: Buffer, *, exclusive: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # a chunk that a power cut loses is computed again; a node's metadata are not
    lasting = path.name == "zarr.json"
    replace_file(path, [value.to_bytes()], exclusive=exclusive, lasting=lasting)


class S3Archive(Store):
    """The archive of an object on S3 as a zarr store.

    Keys are deleted by name (a ``*`` in a name is no pattern), one read is one request,
    and it can be pickled for workers; the pickle then holds the key to S3.

    Parameters
    ----------
    options : S3Options
    bucket : str
    prefix : str
        Of the archive, without a slash at its end.
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
        """The shared client of the options."""
        return S3Client.shared(self.options)

    def with_read_only(self, read_only: bool = False) -> Self:  # noqa: FBT001, FBT002
        """Give the same store, read only or not."""
        return type(self)(self.options, self.bucket, self.prefix, read_only=read_only)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it takes to connect again."""
        return _restore, (self.options, self.bucket, self.prefix, self.read_only)

    def __eq__(self, other: object) -> bool:
        """Compare place and options."""
        return (
            isinstance(other, S3Archive)
            and (self.bucket, self.prefix, self.read_only)
            == (other.bucket, other.prefix, other.read_only)
            and self.options == other.options
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the place only."""
        return f"S3Archive('s3://{self.bucket}/{self.prefix}')"

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyError(f"{self!r} was opened to read only.", 'Open it with mode="r+".')

    def _key(self, key: str) -> str:
        return "/".join(part for part in (self.prefix, key.strip("/")) if part)

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a key or a part of it in one request."""
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
        return (prototype or default_buffer_prototype()).buffer.from_bytes(got.data)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Read parts side by side."""
        return await side_by_side(self.get(key, prototype, part) for key, part in key_ranges)

    async def exists(self, key: str) -> bool:
        """Whether the key is there."""
        client = self.client
        try:
            await client.hop(client.head(self.bucket, self._key(key)))
        except KeyNotFoundError:
            return False
        return True

    async def set(self, key: str, value: Buffer) -> None:
        """Write a key in one request."""
        self._check_writable()
        client = self.client
        await client.hop(client.put(self.bucket, self._key(key), value.to_bytes()))

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Write a key unless it exists, by a conditional request."""
        self._check_writable()
        client = self.client
        try:
            await client.hop(client.put_if(self.bucket, self._key(key), value.to_bytes(), None))
        except ChangedError:
            return

    async def content(self, key: str) -> Content | None:
        """Read a key with its etag."""
        client = self.client
        try:
            got = await client.hop(client.get(self.bucket, self._key(key)))
        except KeyNotFoundError:
            return None
        return Content(got.data, got.etag)

    async def replace(self, key: str, data: bytes, expected: str | None) -> None:
        """Write a key when its content is the expected one; raises ChangedError."""
        self._check_writable()
        client = self.client
        await client.hop(client.put_if(self.bucket, self._key(key), data, expected))

    async def delete(self, key: str) -> None:
        """Delete a key by its name."""
        self._check_writable()
        client = self.client
        await client.hop(client.delete(self.bucket, self._key(key)))

    async def delete_dir(self, prefix: str) -> None:
        """Delete what lies below a prefix."""
        self._check_writable()
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
                yield key.key.removeprefix(root)
            token = page.token
            if token is None:
                return

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List the names directly below a prefix by a delimiter listing."""
        client = self.client
        folder = self._folder(prefix)
        token: str | None = None
        while True:
            page = await client.hop(client.page(self.bucket, folder, delimiter="/", token=token))
            for name in (*(key.key for key in page.keys), *page.prefixes):
                short = name.removeprefix(folder).rstrip("/")
                if short:
                    yield short
            token = page.token
            if token is None:
                return

    async def getsize(self, key: str) -> int:
        """Give the bytes of a key."""
        client = self.client
        return (await client.hop(client.head(self.bucket, self._key(key)))).size

    def _folder(self, prefix: str) -> str:
        key = self._key(prefix)
        return f"{key}/" if key else ""


def _restore(options: S3Options, bucket: str, prefix: str, read_only: bool) -> S3Archive:  # noqa: FBT001
    return S3Archive(options, bucket, prefix, read_only=read_only)
