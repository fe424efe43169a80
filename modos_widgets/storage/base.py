"""Documented base class of storages, with the methods that other packages build on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Literal

from modos_widgets.archive import (
    ARCHIVE,
    FORMAT,
    NODE,
    ROOT_DOCUMENT,
    new_documents,
    parse_document,
)
from modos_widgets.errors import (
    ArgumentError,
    ModosError,
    OptionError,
    ReadOnlyError,
    UnsupportedError,
)
from modos_widgets.storage.transfer import transfer
from modos_widgets.storage.types import ANY, RootDocument
from modos_widgets.storage.writes import note_write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import zarr

    from modos_widgets.progress import Progress
    from modos_widgets.storage.archive_store import ArchiveStore
    from modos_widgets.storage.binary_file import BinaryFile
    from modos_widgets.storage.copying.endpoints import End
    from modos_widgets.storage.paths import Target
    from modos_widgets.storage.ranges import Ranges
    from modos_widgets.storage.shared_root import SharedRoot
    from modos_widgets.storage.types import (
        Content,
        Expected,
        FileEntry,
        Files,
        Level,
        Note,
        Write,
    )

Mode = Literal["a", "r", "r+", "w-"]
"""zarr's modes: create if missing, read only, must exist, must not exist."""

Source = Iterable[bytes] | BinaryIO
"""Source for `Storage.put`: an iterable of bytes, or a binary file."""

_CHUNK = 2**20
_WRITERS = 16
"""Maximum number of concurrent writes, of few files or on a disk."""


class Storage(ABC):
    """Abstract base class for modos storage backends.

    Paths in a Storage are always interpreted relative to ``self.path``: a `str` or a
    `pathlib.Path`. A path that begins with ``storage.path`` means the same file, unless
    a file of that relative name exists. A path that leaves the object raises `PathError`
    before anything is read or written.

    Attributes
    ----------
    url : str
        ``s3://bucket/key``, or the absolute path.
    read_only : bool
        Whether it was opened with mode "r" or is a zarr v2 archive: then every write raises
        `ReadOnlyError`.
    zarr_format : int
        3, or 2 for an old archive, which is read-only.
    is_new : bool
        Whether the object does not exist before `create` is called: it was opened with
        ``later=True``. Until then it looks like an empty object.
    zarr_store : LocalArchive or S3Archive
        The archive as a zarr store. Every write of zarr through it updates the consolidated
        copy of the metadata.
    """

    url: str
    read_only: bool
    zarr_format: int
    is_new: bool = False
    zarr_store: ArchiveStore
    _root: RootDocument | None

    # ------------------------------------------------------------ documented
    @property
    @abstractmethod
    def path(self) -> Path:
        """Path of the object: absolute for local objects, ``bucket/key`` on S3."""

    @property
    @abstractmethod
    def _shared(self) -> SharedRoot:
        """Read of the root that the zarr handles share."""

    @property
    def zarr(self) -> zarr.Group:
        """Root group of the archive, for zarr.

        Handles share one read of the root until this process writes to the archive, at most for
        one second; after that the root is read again if it changed (on S3 one conditional
        request). Each handle has its own attributes.

        In mode "r", nodes are read from the consolidated copy. In writable modes, the stored
        nodes are read: on S3, a listing of a group shows for which nodes the copy is current, and
        the other nodes are read one by one. Every write through a handle updates the copy and
        keeps what others wrote in the meantime.
        """
        if self.zarr_format == FORMAT:
            return self.zarr_store.sharing(self._shared, self.url)
        from modos_widgets.storage.root_group import open_group  # noqa: PLC0415 - loads zarr

        return open_group(
            self.zarr_store,
            mode="r" if self.read_only else "r+",
            zarr_format=self.zarr_format,
            url=self.url,
        )

    @abstractmethod
    def exists(self, target: Target) -> bool:
        """Return whether a file or folder exists at the target; a prefix does not match.

        On S3, a file takes one request, a folder or a missing name takes two.

        Parameters
        ----------
        target : str or pathlib.Path

        Returns
        -------
        bool
        """

    @abstractmethod
    def list(self, target: Target | None = None) -> Iterator[Path]:
        """List files in the storage, recursively, including those of ``data.zarr``.

        Paths are relative to ``self.path`` and sorted. The listing is lazy (on S3 one
        request per 1000 keys), and files may be removed while it is read.

        Parameters
        ----------
        target : str or pathlib.Path, optional
            Folder to list; a file is listed as itself. None: the whole object.

        Yields
        ------
        pathlib.Path
        """

    @abstractmethod
    def move(self, rel_source: Target, target: Target, *, overwrite: bool = False) -> None:
        """Move a file or folder within the storage, and create the target's parents.

        Parameters
        ----------
        rel_source, target : str or pathlib.Path
            Old and new path.
        overwrite : bool
            Replace an existing target.

        Raises
        ------
        NotFoundError
            The source does not exist.
        AlreadyExistsError
            The target exists, and ``overwrite`` is not set.
        """

    @abstractmethod
    def open(self, target: Target) -> BinaryFile:
        """Open a file for reading.

        Parameters
        ----------
        target : str or pathlib.Path

        Returns
        -------
        BinaryFile
            A binary, readable, seekable file and context manager, and an iterable of
            bytes. On S3 it reads in ranged requests when they are needed.

        Raises
        ------
        NotFoundError
            The file does not exist.
        """

    @abstractmethod
    def put(self, source: Source, target: Target) -> None:
        """Write a file: the whole content of the source, or nothing.

        Parameters
        ----------
        source : iterable of bytes, or binary file
            Content, read in pieces; not a file name. An exception that it raises is passed on
            unchanged, and the old content of the target is kept.
        target : str or pathlib.Path
        """

    @abstractmethod
    def remove(self, target: Target, *, recursive: bool = False) -> None:
        """Remove a file, or with ``recursive=True`` a folder; a missing target is not an error.

        Parameters
        ----------
        target : str or pathlib.Path
        recursive : bool
            Remove a folder with everything in it.

        Raises
        ------
        PathError
            The target is a folder, without ``recursive``, or the object itself.
        """

    def transfer(
        self,
        other: Storage,
        *,
        overwrite: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
        done: Callable[[FileEntry], bool] | None = None,
    ) -> None:
        """Transfer all contents of this storage to another one.

        If both are on one S3 server, the server copies the files. Contents are verified end to
        end. The archive's root is written last, so the target of an interrupted transfer is still
        an empty object. A warning names what is not copied: empty folders, and keys that no file
        can have.

        Parameters
        ----------
        other : Storage
            The target. If it is not empty, ``overwrite`` must be set;
            its archive is then replaced, and its other files are kept unless they are replaced.
        overwrite : bool
            Replace the archive of a target that is not empty.
        on_progress : callable, optional
            Called with a `Progress` after each copied file, on any thread.
        done : callable, optional
            Called with a `FileEntry`; returns whether it need not be copied.

        Raises
        ------
        AlreadyExistsError
            The target is not empty.
        PathError
            The two storages are the same, or one contains the other.
        StorageError
            The copied content differs from the source.
        """
        if not isinstance(other, Storage):
            raise ArgumentError.expected("a LocalStorage or an S3Storage", other)
        transfer(self, other, overwrite=overwrite, on_progress=on_progress, done=done)

    def empty(self) -> bool:
        """Return whether the archive's root has no attributes.

        Returns
        -------
        bool
        """
        return not dict(self.zarr.attrs)

    # ---------------------------------------- for the other packages
    def as_endpoint(self) -> End:
        """Return the object's place as an end of a transfer.

        Returns
        -------
        End

        Raises
        ------
        UnsupportedError
            This storage cannot be copied.
        """
        raise UnsupportedError(
            f"A {type(self).__name__} cannot be copied.", "Pass a LocalStorage or an S3Storage."
        )

    @abstractmethod
    def stream(
        self,
        source: Source,
        target: Target,
        *,
        exclusive: bool = False,
        note: Note = None,
    ) -> None:
        """Write a file as `put` does, without updating the archive's consolidated copy.

        Parameters
        ----------
        source : binary file, bytes or iterable of bytes
        target : str or pathlib.Path
        exclusive : bool
            Write only if the target does not exist when the last byte has arrived.
        note : callable, optional
            With `exclusive`: called, before the file exists, with a mark by which
            `delete_marked` recognizes it.

        Raises
        ------
        ChangedError
            With `exclusive`: the target exists; it is kept.
        UnsupportedError
            With `exclusive`: the S3 server ignores conditions.
        """

    @abstractmethod
    def root_document(self, *, refresh: bool = False) -> RootDocument:
        """Return ``data.zarr/zarr.json`` as read on opening.

        Parameters
        ----------
        refresh : bool
            Read it again.

        Returns
        -------
        RootDocument
        """

    def create(self) -> None:
        """Create the object if `is_new` is set.

        Raises
        ------
        AlreadyExistsError
            Someone else has created it in the meantime.
        CredentialsError, EndpointError, StorageError, ReadOnlyError
            It cannot be created; nothing is left behind.
        """
        if self.is_new:
            self._create("w-")
            self.is_new, self._root = False, None

    def revert_create(self) -> None:
        """Remove an object that `create` has just created, if it is still empty; set `is_new`.

        Raises
        ------
        UnsupportedError
            The server ignores the conditions of deletes.
        CredentialsError, EndpointError, StorageError
            The object cannot be removed.
        """
        documents = {f"{ARCHIVE}/{key}": data for key, data in new_documents().items()}
        stored = self.read_many(documents)
        if any(
            content is None or content.data != documents[name] for name, content in stored.items()
        ):
            return
        for name in reversed(documents):
            content = stored[name]
            if content is not None:
                self.delete(name, expected=content.etag)
        self._root = self._unwritten_root()
        self.is_new = True

    @staticmethod
    def _unwritten_root() -> RootDocument:
        """Return the root of an object that does not exist yet."""
        data = new_documents()[NODE]
        return RootDocument(data, len(data), None, parse_document(data))

    @abstractmethod
    def _create(self, mode: Mode) -> None:
        """Write the documents of an empty object."""

    @abstractmethod
    def read(self, target: Target) -> Content:
        """Read a whole file, in one request.

        Parameters
        ----------
        target : str or pathlib.Path

        Returns
        -------
        Content

        Raises
        ------
        NotFoundError
            The file does not exist.
        """

    @abstractmethod
    def read_many(self, targets: Iterable[Target]) -> dict[str, Content | None]:
        """Read whole files concurrently.

        Parameters
        ----------
        targets : iterable of str or pathlib.Path

        Returns
        -------
        dict
            Target as text to its `Content`, None for a missing file.
        """

    @abstractmethod
    def write(
        self,
        target: Target,
        data: bytes,
        *,
        expected: str | Expected | None = ANY,
        note: Note = None,
    ) -> str:
        """Write a whole file atomically, and return its etag.

        Parameters
        ----------
        target : str or pathlib.Path
        data : bytes
        expected : str or None, optional
            Etag of the content to replace; None: the file must not exist.
        note : callable, optional
            If the file must not exist: as for `stream`.

        Returns
        -------
        str

        Raises
        ------
        ChangedError
            The stored content is not the expected one.
        UnsupportedError
            The S3 server ignores conditions.
        """

    @abstractmethod
    def ranges(self, target: Target, size: int | None = None) -> Ranges:
        """Return a file of which ranges can be read, on any thread, each with one request.

        Parameters
        ----------
        target : str or pathlib.Path
        size : int, optional
            Its size as listed, so that it need not be requested.

        Returns
        -------
        Ranges
        """

    @abstractmethod
    def archive_at(self, target: Target) -> ArchiveStore:
        """Return the read-only zarr store of a folder of the object; sends no request.

        Parameters
        ----------
        target : str or pathlib.Path
            The folder.

        Returns
        -------
        LocalArchive or S3Archive
        """

    def write_many(self, writes: Sequence[Write]) -> Sequence[str | ModosError]:
        """Write files concurrently, each as `write` does.

        Parameters
        ----------
        writes : sequence of Write
            The files.

        Returns
        -------
        sequence of str or ModosError
            Etag of each file, or the error that prevented writing it.
        """

        def written(one: Write) -> str | ModosError:
            try:
                return self.write(one.target, one.data, expected=one.expected)
            except ModosError as error:
                return error

        if not writes:
            return ()
        with ThreadPoolExecutor(min(_WRITERS, len(writes)), "modos-write") as pool:
            return tuple(pool.map(written, writes))

    @abstractmethod
    def delete(self, target: Target, *, expected: str | Expected = ANY) -> None:
        """Delete one file; a missing file is an error only if an etag is expected.

        Parameters
        ----------
        target : str or pathlib.Path
        expected : str, optional
            Etag of the content to delete.

        Raises
        ------
        ChangedError
            The stored content is not the expected one.
        UnsupportedError
            An etag is expected, and the S3 server ignores conditions of a deletion.
        """

    @abstractmethod
    def delete_marked(self, target: Target, mark: str) -> bool:
        """Delete a file if it was written with a mark and has not changed since.

        Parameters
        ----------
        target : str or pathlib.Path
        mark : str
            The mark (see `stream`).

        Returns
        -------
        bool
            Whether it was deleted; any other file is kept.

        Raises
        ------
        UnsupportedError
            The S3 server ignores conditions of a deletion.
        """

    @abstractmethod
    def need_conditional_deletes(self) -> None:
        """Raise UnsupportedError if the server ignores conditions of a deletion.

        Tested once for each bucket; on a local disk each file is checked before it is deleted.
        """

    @abstractmethod
    def entries(self, folder: Target) -> Files:
        """List the files below a folder, recursively.

        Parameters
        ----------
        folder : str or pathlib.Path

        Returns
        -------
        list of FileEntry
            Their names are paths relative to the object.
        """

    @abstractmethod
    def stat_many(self, targets: Iterable[Target]) -> dict[str, FileEntry | None]:
        """Return the entries of files, requested concurrently, without reading the files.

        Parameters
        ----------
        targets : iterable of str or pathlib.Path

        Returns
        -------
        dict
            Target as text to its `FileEntry`, None for a missing file.
        """

    @abstractmethod
    def delete_version(self, target: Target, version: str) -> bool:
        """Delete a file if it still has this version.

        Parameters
        ----------
        target : str or pathlib.Path
        version : str
            Version of a `FileEntry`.

        Returns
        -------
        bool
            Whether the file no longer exists; another version is kept.

        Raises
        ------
        UnsupportedError
            The S3 server ignores conditions of a deletion.
        """

    @abstractmethod
    def levels(self, targets: Iterable[Target]) -> dict[str, Level]:
        """List one level of each folder concurrently (a delimiter listing on S3).

        Parameters
        ----------
        targets : iterable of str or pathlib.Path
            The folders.

        Returns
        -------
        dict
            Target as text to its `Level`.
        """

    def level(self, target: Target = "") -> Level:
        """List the folders and files directly in a folder.

        Parameters
        ----------
        target : str or pathlib.Path
            The folder; default: the object itself.

        Returns
        -------
        Level
            Empty if the folder does not exist.
        """
        return next(iter(self.levels([target]).values()))

    @abstractmethod
    def files(self) -> Files:
        """List the object's files with sizes, sorted, without those of the archive.

        ``data.zarr`` is not listed; on S3 each other folder takes one request.

        Returns
        -------
        list of FileEntry
        """

    # --------------------------------------------- for both subclasses
    @contextmanager
    def _writing(self, *relatives: str) -> Iterator[None]:
        """Discard what was read of the archive, after a write that may have changed it."""
        try:
            yield
        finally:
            if ROOT_DOCUMENT in relatives:
                self._root = None
            note_write(self.zarr_store.identity)

    def _check_writable(self) -> None:
        if self.zarr_format != 3:  # noqa: PLR2004
            raise ReadOnlyError(
                f"{self.url} is a zarr v2 archive, which is read-only here.",
                "Copy it into a new zarr v3 archive to change it.",
            )
        if self.read_only:
            raise ReadOnlyError(f"{self.url} was opened read-only.", 'Open it with mode="r+".')


def check_mode(mode: str) -> None:
    """Check a mode.

    Parameters
    ----------
    mode : str
        The mode.

    Raises
    ------
    OptionError
        The mode is unknown.
    """
    if mode not in ("a", "r", "r+", "w-"):
        raise OptionError(f"Unknown mode {mode!r}.", 'Use "a", "r", "r+" or "w-".')


def chunks_of(source: Source | bytes) -> Iterator[bytes]:
    """Yield a source of `Storage.put` as pieces of bytes.

    Parameters
    ----------
    source : bytes, iterable of bytes, or binary file
        The source.

    Yields
    ------
    bytes

    Raises
    ------
    OptionError
        It is a file name, or yields something other than bytes.
    """
    if isinstance(source, str | PathLike):
        raise ArgumentError.expected(
            "bytes, an iterable of bytes or a binary file",
            source,
            hint='Pass the content, not the name of a file: open(name, "rb").',
        )
    if isinstance(source, bytes | bytearray | memoryview):
        return iter([bytes(source)])
    read = getattr(source, "read", None)
    if not callable(read) and not isinstance(source, Iterable):
        raise ArgumentError.expected("bytes, an iterable of bytes or a binary file", source)
    pieces = iter(lambda: read(_CHUNK), b"") if callable(read) else iter(source)
    return _checked(pieces)


def _checked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise ArgumentError.expected(
                "bytes from the source of put", piece, hint='Open files in binary mode ("rb").'
            )
        yield piece
