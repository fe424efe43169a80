"""Storage of an object on S3."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from modos_widgets import s3  # its clients take long to load, and are loaded on first use
from modos_widgets.archive import ARCHIVE, ROOT_DOCUMENT, check_root, new_documents
from modos_widgets.concurrency import all_together
from modos_widgets.credentials import S3Options, hidden_options
from modos_widgets.errors import (
    AlreadyExistsError,
    ChangedError,
    ModosError,
    NotFoundError,
    PathError,
)
from modos_widgets.s3 import (
    Fetched,
    KeyNotFoundError,
    Keys,
    delete_if,
    delete_marked,
    etag_of,
    need_conditional_deletes,
    need_conditions,
    new_mark,
    side_by_side,
    upload,
)
from modos_widgets.storage.base import Mode, Source, Storage, check_mode, chunks_of
from modos_widgets.storage.binary_file import BUFFER, BinaryFile, S3Reader
from modos_widgets.storage.copying.endpoints import RemoteEnd
from modos_widgets.storage.paths import Target, refuse_unusual
from modos_widgets.storage.ranges import S3Ranges
from modos_widgets.storage.root_group import no_object
from modos_widgets.storage.s3_place import S3Place, entry_of
from modos_widgets.storage.shared_root import S3Root
from modos_widgets.storage.stores import connect_s3, s3_path_of
from modos_widgets.storage.types import (
    ANY,
    ROOT_LIMIT,
    Content,
    Expected,
    FileEntry,
    Files,
    Level,
    Names,
    Note,
    RootDocument,
    Write,
)
from modos_widgets.storage.writes import after_change
from modos_widgets.storage.zarr_stores import S3Archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from fsspec.implementations.dirfs import DirFileSystem

    from modos_widgets.storage.s3_path import S3Path


_FEW = 16
"""Maximum number of writes that are sent one by one, each on a thread."""
_LARGE = 8 * 2**20
"""Bytes that a request of obstore, which is limited to 30 seconds, may not transfer in time."""


class S3Storage(S3Place, Storage):
    """Storage of an object in an S3 bucket.

    The constructor sends one request for an existing object (two for a zarr v2
    archive). Creating an object is conditional, so two programs never overwrite each other's.

    Parameters
    ----------
    path : str or S3Path
        ``s3://bucket/key``; a trailing slash makes no difference.
    s3_endpoint : str or None
        URL of the S3 server; None: the server that the environment names, else Amazon S3.
    s3_kwargs : mapping, optional
        See `S3Options.resolve`.
    mode : {"a", "r", "r+", "w-"}
        "a" (default) creates a missing object; "r" (read) and "r+" (read and write) open an
        existing object; "w-" creates an object that must not exist.
    allow_unusual : bool
        Create the object although its key has other characters than letters without accents,
        digits, ``-``, ``_``, ``.`` and ``/``. Existing objects are opened with any key.
    later : bool
        Do not create a missing object before `create` is called.

    Attributes
    ----------
    endpoint : str or None
    options : S3Options
    store : fsspec.implementations.dirfs.DirFileSystem
        The object's files as an fsspec file system, rooted at bucket and key.
    zarr_store : S3Archive
        The archive as a zarr store.

    Raises
    ------
    NotFoundError, AlreadyExistsError
        The object or the bucket does not exist, or the object exists ("w-").
    BrokenArchiveError, UnsupportedError
        ``data.zarr`` exists and is not an archive that can be read.
    CredentialsError, EndpointError, PathError, OptionError
    """

    _path: S3Path

    def __init__(
        self,
        path: str | S3Path,
        s3_endpoint: str | None,
        s3_kwargs: Mapping[str, Any] | None = None,
        *,
        mode: Mode = "a",
        allow_unusual: bool = False,
        later: bool = False,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        check_mode(mode)
        self._path = s3_path_of(path)
        self._bucket, self._prefix = self._path.s3_url_parts()
        self._allow_unusual = allow_unusual
        self.options = S3Options.resolve(s3_endpoint, s3_kwargs)
        self.endpoint = self.options.endpoint
        self.url = self._path.url
        self.read_only = mode == "r"
        self.zarr_format = 3
        self._root = None
        self._open(mode, later=later)

    def __repr__(self) -> str:
        """Return URL and endpoint as text, without secrets."""
        return f"S3Storage({self.url!r}, {self.endpoint!r})"

    @cached_property
    def store(self) -> DirFileSystem:
        """Files of the object as an fsspec file system."""
        return connect_s3(self._path, None, None, _options=self.options)

    @cached_property
    def zarr_store(self) -> S3Archive:  # type: ignore[override]
        """Archive as a zarr store."""
        return S3Archive(self.options, self._bucket, self._key(ARCHIVE), read_only=self.read_only)

    @cached_property
    def _shared(self) -> S3Root:
        return S3Root(
            lambda: self._client,
            self._bucket,
            self._key(ARCHIVE),
            self.zarr_store.identity,
            url=self.url,
            trusting=self.read_only,
        )

    # ------------------------------------------------------------ documented
    def exists(self, target: Target) -> bool:
        """Check whether target, or objects in target directory, exist in the store.

        The target is relative to ``self.path``. A file takes one request, anything else two.

        Parameters and errors are those of `Storage.exists`.
        """
        relative = self._relative(target)
        return self._client.run(self._exists(relative))

    def list(self, target: Target | None = None) -> Iterator[Path]:
        """List objects in target directory, relative to ``self.path``, sorted.

        Sends one request per 1000 keys, while the listing is read.

        Parameters and errors are those of `Storage.list`.
        """
        return self._list(self._relative(target))

    def open(self, target: Target) -> BinaryFile:
        """Open a file for reading; sends one request, and further ones while it is read.

        Parameters and errors are those of `Storage.open`.
        """
        relative = self._relative_file(target)
        return BinaryFile(S3Reader(self._client, self._bucket, self._key(relative)), BUFFER)

    def remove(self, target: Target, *, recursive: bool = False) -> None:
        """Remove a file, or with ``recursive=True`` a folder.

        Parameters and errors are those of `Storage.remove`.
        """
        self._check_writable()
        relative = self._relative_file(target)
        client = self._client
        below = client.run(client.page(self._bucket, self._folder(relative), limit=1))
        if below.keys:
            if not recursive:
                raise PathError(
                    f"{self.url}/{relative} is a folder.",
                    "Pass recursive=True to remove it with its content.",
                )
            keys = client.run(client.keys(self._bucket, self._folder(relative)))
            client.run(client.delete_keys(self._bucket, [key.key for key in keys]))
        client.run(client.delete(self._bucket, self._key(relative)))
        self._changed(relative)

    def put(self, source: Source, target: Target) -> None:
        """Write a file: the whole content of the source, or nothing.

        Up to 8 MiB are sent in one request, more in a multipart upload, using about 32 MiB.

        Parameters and errors are those of `Storage.put`.
        """
        relative = self._relative_file(target)
        self.stream(source, relative)
        self._changed(relative)

    def stream(
        self, source: Source, target: Target, *, exclusive: bool = False, note: Note = None
    ) -> None:
        """Write a file without updating the consolidated copy.

        Parameters and errors are those of `Storage.stream`.
        """
        self._check_writable()
        chunks = chunks_of(source)
        relative = self._relative_file(target)
        if exclusive:
            need_conditions(self._client, self._bucket, self._key)
        mark = new_mark(note) if exclusive else None
        with self._writing(relative):
            upload(self._client, self._bucket, self._key(relative), chunks, mark=mark)

    def move(self, rel_source: Target, target: Target, *, overwrite: bool = False) -> None:
        """Move a file or folder within the storage: the server copies it, then it is deleted.

        The source is deleted after all copies exist.

        Parameters and errors are those of `Storage.move`.
        """
        self._check_writable()
        source, goal = self._relative_file(rel_source), self._relative_file(target)
        client = self._client
        moved = client.run(self._keys_of(source))
        if not moved:
            raise NotFoundError(f"No file or folder at {self.url}/{source}.", "Check the path.")
        if source == goal:
            return
        if f"{goal}/".startswith(f"{source}/") or f"{source}/".startswith(f"{goal}/"):
            raise PathError(
                f"One of {source} and {goal} contains the other.", "Choose another target."
            )
        old = client.run(self._keys_of(goal))
        if old and not overwrite:
            raise AlreadyExistsError(
                f"{self.url}/{goal} already exists.",
                "Pass overwrite=True to replace it.",
            )
        begin = len(self._key(source))
        new = {key.key: self._key(goal) + key.key[begin:] for key in moved}
        client.run(self._copy_all(moved, new, {key.key for key in old}))
        stale = {key.key for key in old} - set(new.values())
        client.run(client.delete_keys(self._bucket, [*stale, *new]))
        self._changed(source, goal)

    async def _copy_all(self, keys: Keys, new: dict[str, str], old: set[str]) -> None:
        """Copy keys within the bucket; after a failure the copies are removed."""
        client = self._client
        try:
            await side_by_side(
                client.copy((self._bucket, key.key), (self._bucket, new[key.key]), key.size)
                for key in keys
            )
        except ModosError as error:
            try:
                await client.delete_keys(self._bucket, set(new.values()) - old)
            except ModosError as second:
                error.add_note(f"The copies could not be removed: {second}")
            raise

    # ---------------------------------------- for the other packages
    def as_endpoint(self) -> RemoteEnd:
        """Return the object's place as an end of a transfer.

        Parameters and errors are those of `Storage.as_endpoint`.
        """
        return RemoteEnd(self.options, self._bucket, self._prefix)

    def root_document(self, *, refresh: bool = False) -> RootDocument:
        """Return ``data.zarr/zarr.json`` as read on opening.

        Parameters and errors are those of `Storage.root_document`.
        """
        if self._root is None or (refresh and not self.is_new):
            self._root = self._read_root()
        return self._root

    def read(self, target: Target) -> Content:
        """Read a whole file in one request.

        Parameters and errors are those of `Storage.read`.
        """
        relative = self._relative_file(target)
        got = self._client.run(self._client.get(self._bucket, self._key(relative)))
        return Content(got.data, got.etag)

    def ranges(self, target: Target, size: int | None = None) -> S3Ranges:
        """Return a file of which ranges can be read; sends no request.

        Parameters and errors are those of `Storage.ranges`.
        """
        return S3Ranges(self._client, self._bucket, self._key(self._relative_file(target)), size)

    def archive_at(self, target: Target) -> S3Archive:
        """Return the read-only zarr store of a folder of the object; sends no request.

        Parameters are those of `Storage.archive_at`.
        """
        key = self._key(self._relative_file(target))
        return S3Archive(self.options, self._bucket, key, read_only=True)

    def read_many(self, targets: Iterable[Target]) -> dict[str, Content | None]:
        """Read whole files concurrently; return None for missing files.

        Parameters and errors are those of `Storage.read_many`.
        """
        names = {str(target): self._relative_file(target) for target in targets}
        client, bulk = self._client, s3.BulkClient.shared(self.options, self._bucket)
        root = self._root  # a large one may take longer than obstore's time limit
        large = {ROOT_DOCUMENT} if root is not None and root.size > _LARGE else set()

        async def get(relative: str) -> Fetched[bytes] | Fetched[memoryview] | None:
            key = self._key(relative)
            if relative in large:
                return await client.get(self._bucket, key)
            return await bulk.get(key)

        async def one(relative: str) -> Content | None:
            try:
                got = await get(relative)
            except NotFoundError:
                return None
            return None if got is None else Content(bytes(got.data), got.etag)

        found = client.run(all_together(one(relative) for relative in names.values()))
        return dict(zip(names, found, strict=True))

    def write_many(self, writes: Sequence[Write]) -> Sequence[str | ModosError]:
        """Write files concurrently, each as `write` does.

        Parameters and errors are those of `Storage.write_many`.
        """
        if len(writes) <= _FEW:
            return super().write_many(writes)
        self._check_writable()
        client, bulk = self._client, s3.BulkClient.shared(self.options, self._bucket)
        relatives = [self._relative_file(one.target) for one in writes]
        if any(not isinstance(write.expected, Expected) for write in writes):
            need_conditions(client, self._bucket, self._key)
        refused: list[ModosError] = []

        async def put(key: str, data: bytes, expected: str | Expected | None) -> str:
            if len(data) > _LARGE:
                return await self._put(key, data, expected)
            if isinstance(expected, Expected):
                return await bulk.put(key, data)
            mark = new_mark()
            writing = bulk.put(key, data, create=expected is None, match=expected, mark=mark)
            return await client.settled(writing, self._bucket, key, mark)

        async def write(relative: str, write: Write) -> str | ModosError:
            if refused:  # the other writes would fail in the same way
                return refused[0]
            try:
                return await put(self._key(relative), write.data, write.expected)
            except ChangedError as error:
                return error
            except ModosError as error:
                refused.append(error)
                return error

        with self._writing(*relatives):
            jobs = (write(*pair) for pair in zip(relatives, writes, strict=True))
            return client.run(all_together(jobs, most=bulk.width))

    def write(
        self,
        target: Target,
        data: bytes,
        *,
        expected: str | Expected | None = ANY,
        note: Note = None,
    ) -> str:
        """Write a whole file in one request, and return its etag.

        Parameters and errors are those of `Storage.write`.
        """
        self._check_writable()
        relative = self._relative_file(target)
        key = self._key(relative)
        with self._writing(relative):
            if not isinstance(expected, Expected):
                need_conditions(self._client, self._bucket, self._key)
            return self._client.run(self._put(key, data, expected, note))

    async def _put(
        self, key: str, data: bytes, expected: str | Expected | None, note: Note = None
    ) -> str:
        """Write a key conditionally."""
        client = self._client
        if isinstance(expected, Expected):
            return await client.put(self._bucket, key, data)
        return await client.put_if(self._bucket, key, data, expected, new_mark(note))

    def delete(self, target: Target, *, expected: str | Expected = ANY) -> None:
        """Delete one key.

        Parameters and errors are those of `Storage.delete`.
        """
        self._check_writable()
        relative = self._relative_file(target)
        key = self._key(relative)
        with self._writing(relative):
            if isinstance(expected, str):
                delete_if(self._client, self._bucket, key, expected, self._key)
                return
            self._client.run(self._client.delete(self._bucket, key))

    def delete_marked(self, target: Target, mark: str) -> bool:
        """Delete one key if it has a mark: a HEAD request, then a conditional deletion.

        Parameters and errors are those of `Storage.delete_marked`.
        """
        self._check_writable()
        relative = self._relative_file(target)
        with self._writing(relative):
            return delete_marked(self._client, self._bucket, self._key(relative), mark, self._key)

    def need_conditional_deletes(self) -> None:
        """Check once for each bucket that the server supports conditional deletions.

        Parameters and errors are those of `Storage.need_conditional_deletes`.
        """
        need_conditional_deletes(self._client, self._bucket, self._key)

    def entries(self, folder: Target) -> Files:
        """List the files below a folder, recursively: one request for each 1,000 keys.

        Parameters and errors are those of `Storage.entries`.
        """
        prefix = self._folder(self._relative(folder))
        return self._client.run(self._entries(prefix))

    def stat_many(self, targets: Iterable[Target]) -> dict[str, FileEntry | None]:
        """Return the entries of keys concurrently, one request each; None if missing.

        Parameters and errors are those of `Storage.stat_many`.
        """
        names = {str(target): self._relative_file(target) for target in targets}

        async def look(relative: str) -> FileEntry | None:
            try:
                key, mark = await self._client.head_marked(self._bucket, self._key(relative))
            except KeyNotFoundError:
                return None
            return replace(entry_of(key, relative), mark=mark)

        found = self._client.run(side_by_side(look(relative) for relative in names.values()))
        return dict(zip(names, found, strict=True))

    def delete_version(self, target: Target, version: str) -> bool:
        """Delete one key if it still has this ETag.

        Parameters and errors are those of `Storage.delete_version`.
        """
        self._check_writable()
        key = self._key(self._relative_file(target))
        try:
            delete_if(self._client, self._bucket, key, version, self._key)
        except ChangedError:
            return self._client.run(etag_of(self._client, self._bucket, key)) is None
        return True

    def levels(self, targets: Iterable[Target]) -> dict[str, Level]:
        """List one level of each folder concurrently.

        Parameters and errors are those of `Storage.levels`.
        """
        names = {str(target): self._relative(target) for target in targets}
        found = self._client.run(self._levels(list(names.values())))
        return {target: found[relative] for target, relative in names.items()}

    def files(self) -> Files:
        """List the object's files with sizes, without those of the archive.

        Parameters and errors are those of `Storage.files`.
        """
        return self._client.run(self._files())

    # --------------------------------------------------------------- opening
    def _open(self, mode: Mode, *, later: bool) -> None:
        try:
            self._root = self._read_root()
        except KeyNotFoundError:
            missing = no_object(self.url, creating=mode not in {"r", "r+"})
            if missing is not None:
                raise missing from None
            if not self._allow_unusual:
                refuse_unusual(self.url, self._prefix)
            if later:
                self.is_new, self._root = True, self._unwritten_root()
                return
            self._create(mode)
            return
        if mode == "w-":
            raise self._exists_already()

    def _exists_already(self) -> AlreadyExistsError:
        return AlreadyExistsError(
            f"An object already exists at {self.url}.",
            "Open it with open_modo, or choose another path.",
        )

    def _read_root(self) -> RootDocument:
        client, key = self._client, self._key(ROOT_DOCUMENT)
        written, at = self._shared.written, self._shared.now()
        try:
            got = client.run(client.get(self._bucket, key, start=0, end=ROOT_LIMIT))
        except KeyNotFoundError:
            if not client.run(self._has_v2_root()):
                raise
            self.zarr_format = 2
            self.read_only = True
            self.__dict__.pop("zarr_store", None)
            self.__dict__.pop("_shared", None)
            return RootDocument(None, 0, None)
        if got.size > ROOT_LIMIT:
            return RootDocument(None, got.size, got.etag)
        document = check_root(got.data, self.url)
        root = RootDocument(got.data, got.size, got.etag, document)
        self._shared.seed(root, written, at)
        return root

    async def _has_v2_root(self) -> bool:
        try:
            await self._client.head(self._bucket, self._key(f"{ARCHIVE}/.zgroup"))
        except KeyNotFoundError:
            return False
        return True

    def _create(self, mode: Mode) -> None:
        client = self._client
        documents = {self._key(f"{ARCHIVE}/{k}"): data for k, data in new_documents().items()}
        root_key = self._key(ROOT_DOCUMENT)
        root = documents.pop(root_key)
        copied = Names()

        async def make(key: str, data: bytes) -> None:
            try:
                await client.put_if(self._bucket, key, data, None)
            except ChangedError:
                return  # written by another creator or an interrupted one: the same content
            copied.append(key)

        async def create() -> str:
            try:
                await side_by_side(make(key, data) for key, data in documents.items())
                return await client.put_if(self._bucket, root_key, root, None)
            except ChangedError:
                raise
            except ModosError as error:
                try:
                    await client.delete_keys(self._bucket, copied)
                except ModosError as second:
                    error.add_note(f"The new files could not be removed: {second}")
                raise

        try:
            etag = client.run(create())
        except ChangedError as error:  # another creator was faster
            if mode == "w-":
                raise self._exists_already() from error
            self._root = self._read_root()
        else:
            self._root = RootDocument(root, len(root), etag)

    # -------------------------------------------------------------- changing
    def _changed(self, *targets: str) -> None:
        with self._writing(*targets):
            if after_change(self.zarr_store, targets):
                self._root = None
