"""The documented base class, and the seams that the packages above build on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Literal

from modos_widgets.archive import FORMAT, ROOT_DOCUMENT
from modos_widgets.errors import (
    ArgumentError,
    ModosError,
    OptionError,
    ReadOnlyError,
    UnsupportedError,
)
from modos_widgets.storage.transfer import transfer
from modos_widgets.storage.types import ANY
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
    from modos_widgets.storage.shared_root import SharedRoot
    from modos_widgets.storage.types import (
        Content,
        Expected,
        FileEntry,
        Files,
        Level,
        Note,
        RootDocument,
        Write,
    )

Mode = Literal["a", "r", "r+", "w-"]
"""zarr's words: create when absent, read only, must exist, must not exist."""

Source = Iterable[bytes] | BinaryIO
"""What `Storage.put` takes: any iterable of bytes, or a binary file."""

_CHUNK = 2**20
_WRITERS = 16
"""Writes side by side, of few files or on a disk."""


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
        Opened with mode "r", or a zarr v2 archive: every write raises `ReadOnlyError`.
    zarr_format : int
        3, or 2 for an old archive, which can be read only.
    zarr_store : LocalArchive or S3Archive
        The archive as a zarr store. Whatever zarr writes through it keeps the consolidated
        copy of the metadata true.
    """

    url: str
    read_only: bool
    zarr_format: int
    zarr_store: ArchiveStore

    # ------------------------------------------------------------ documented
    @property
    @abstractmethod
    def path(self) -> Path:
        """The object's place: absolute for local objects, ``bucket/key`` on S3."""

    @property
    @abstractmethod
    def _shared(self) -> SharedRoot:
        """What the zarr handles share of the root."""

    @property
    def zarr(self) -> zarr.Group:
        """The archive's root group, for zarr.

        Handles share one read of the root while this process has not written to the archive
        and at most one second has passed; after that the root is read on the condition that it
        changed (on S3 one request, without the root's bytes if it did not). Attributes are each
        handle's own.

        In mode "r" the nodes are what the consolidated copy says. In writable modes they are
        what is stored: on S3 a listing of a group tells of which nodes the copy is true, and
        the others are read themselves. Whatever is written through a handle keeps the copy
        true, and what others wrote in the meantime is kept.
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
        """Whether a file or folder is at the target; never a prefix match.

        On S3 one request for a file, a second one for folders and absent names.
        """

    @abstractmethod
    def list(self, target: Target | None = None) -> Iterator[Path]:
        """List files in the storage, recursively, with those of ``data.zarr``.

        Paths are relative to ``self.path`` and sorted. The listing is lazy (on S3 one
        request per 1000 keys), and files may be removed while it goes on.

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
        """Move a file or folder within the storage, making the target's parents.

        Raises
        ------
        NotFoundError
            Nothing is at the source.
        AlreadyExistsError
            Something is at the target, and ``overwrite`` is not set.
        """

    @abstractmethod
    def open(self, target: Target) -> BinaryFile:
        """Open a file for reading.

        Returns
        -------
        BinaryFile
            A binary, readable, seekable file and context manager, and an iterable of
            bytes. On S3 it reads in ranged requests as they are needed.

        Raises
        ------
        NotFoundError
        """

    @abstractmethod
    def put(self, source: Source, target: Target) -> None:
        """Write a file: all that the source gives, or nothing.

        Parameters
        ----------
        source : iterable of bytes, or binary file
            Read in pieces; an exception that it raises reaches the caller as it is,
            and the old content of the target stays. Never a file name.
        target : str or pathlib.Path
        """

    @abstractmethod
    def remove(self, target: Target, *, recursive: bool = False) -> None:
        """Remove a file, or with ``recursive=True`` a folder; nothing there is no error.

        Raises
        ------
        PathError
            A folder, without ``recursive``; or the object itself.
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

        Between two places of one S3 endpoint the server copies. Contents are compared end to
        end. The archive's root is written last, so a target that was cut off is still an
        empty object. A warning names what is not copied: empty folders, and keys that no file
        can have.

        Parameters
        ----------
        other : Storage
            Is filled. A target that is not empty is refused unless ``overwrite`` is set;
            its archive is then replaced, its other files stay unless they are replaced.
        overwrite : bool
        on_progress : callable, optional
            Called with a `Progress` after every file that has arrived, from any thread.
        done : callable, optional
            Says of a `FileEntry` that it need not be copied.

        Raises
        ------
        AlreadyExistsError
            The target is not empty.
        PathError
            One of the two storages lies inside the other, or they are the same.
        StorageError
            What arrived is not what was sent.
        """
        if not isinstance(other, Storage):
            raise ArgumentError.expected("a LocalStorage or an S3Storage", other)
        transfer(self, other, overwrite=overwrite, on_progress=on_progress, done=done)

    def empty(self) -> bool:
        """Whether the archive's root has no attributes."""
        return not dict(self.zarr.attrs)

    # ----------------------------------------------------------------- seams
    def as_endpoint(self) -> End:
        """Return the object's place as what a transfer copies from or to.

        Raises
        ------
        UnsupportedError
            It cannot be copied.
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
        """Write a file as `put` does, and leave the archive's consolidated copy alone.

        Parameters
        ----------
        source : binary file, bytes or iterable of bytes
        target : str or pathlib.Path
        exclusive : bool
            Only where nothing is at the target when the last byte has arrived.
        note : callable, optional
            With `exclusive`: called with a mark, before the file is there, by which
            `delete_marked` tells it from any other.

        Raises
        ------
        ChangedError
            With `exclusive`: something is there, and stays.
        UnsupportedError
            With `exclusive`: the S3 server ignores conditions.
        """

    @abstractmethod
    def root_document(self, *, refresh: bool = False) -> RootDocument:
        """Give ``data.zarr/zarr.json`` as it was read at opening (``refresh``: read it again)."""

    @abstractmethod
    def read(self, target: Target) -> Content:
        """Read a whole file: one request. Raises `NotFoundError`."""

    @abstractmethod
    def read_many(self, targets: Iterable[Target]) -> dict[str, Content | None]:
        """Read whole files side by side; None for those that are not there."""

    @abstractmethod
    def write(
        self,
        target: Target,
        data: bytes,
        *,
        expected: str | Expected | None = ANY,
        note: Note = None,
    ) -> str:
        """Write a whole file atomically and give its etag.

        Parameters
        ----------
        target : str or pathlib.Path
        data : bytes
        expected : str or None, optional
            The etag of the content that is to be replaced; None when there is to be none.
        note : callable, optional
            Where nothing is to be there: as for `stream`.

        Raises
        ------
        ChangedError
            Another content is there than expected.
        UnsupportedError
            The S3 server ignores conditions.
        """

    def write_many(self, writes: Sequence[Write]) -> Sequence[str | ModosError]:
        """Write files side by side, each as `write` does.

        Parameters
        ----------
        writes : sequence of Write
            The files.

        Returns
        -------
        sequence of str or ModosError
            The etag of each, or why it was not written.
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
        """Delete one file; nothing there is an error only when an etag is expected.

        Raises
        ------
        ChangedError
            Another content is there than expected.
        UnsupportedError
            An etag is expected, and the S3 server deletes without conditions.
        """

    @abstractmethod
    def delete_marked(self, target: Target, mark: str) -> bool:
        """Delete a file if it is the one that was written under a mark, and untouched since.

        Returns
        -------
        bool
            Whether it was; another one stays.

        Raises
        ------
        UnsupportedError
            The S3 server deletes without conditions.
        """

    @abstractmethod
    def need_conditional_deletes(self) -> None:
        """Raise UnsupportedError where the server would delete whatever is there by then.

        Found out once for each bucket; a local disk always looks before it deletes.
        """

    @abstractmethod
    def entries(self, folder: Target) -> Files:
        """List the files below a folder, all the way, with paths relative to the object."""

    @abstractmethod
    def stat_many(self, targets: Iterable[Target]) -> dict[str, FileEntry | None]:
        """Look at files side by side, without reading them; None for one that is not there."""

    @abstractmethod
    def delete_version(self, target: Target, version: str) -> bool:
        """Delete a file if it is still of this version.

        Returns
        -------
        bool
            Whether nothing is there now; a file of another version stays.

        Raises
        ------
        UnsupportedError
            The S3 server deletes without conditions.
        """

    @abstractmethod
    def levels(self, targets: Iterable[Target]) -> dict[str, Level]:
        """List folders side by side, one level of each (a delimiter listing on S3)."""

    def level(self, target: Target = "") -> Level:
        """List what lies directly in a folder; nothing for one that is not there."""
        return next(iter(self.levels([target]).values()))

    @abstractmethod
    def files(self) -> Files:
        """List the object's files with sizes, sorted, without those of the archive.

        The walk never looks below ``data.zarr``: one request for each folder on S3.
        """

    # -------------------------------------------------------------- for both
    @contextmanager
    def _writing(self, *relatives: str) -> Iterator[None]:
        """Forget what is known of the archive after a write that may have changed it."""
        try:
            yield
        finally:
            if ROOT_DOCUMENT in relatives:
                self._root: RootDocument | None = None
            note_write(self.zarr_store.identity)

    def _check_writable(self) -> None:
        if self.zarr_format != 3:  # noqa: PLR2004
            raise ReadOnlyError(
                f"{self.url} is a zarr v2 archive, which is read only here.",
                "Copy it into a new zarr v3 archive to change it.",
            )
        if self.read_only:
            raise ReadOnlyError(f"{self.url} was opened to read only.", 'Open it with mode="r+".')


def check_mode(mode: str) -> None:
    """Refuse a mode that is none of zarr's words."""
    if mode not in ("a", "r", "r+", "w-"):
        raise OptionError(f"Unknown mode {mode!r}.", 'Use "a", "r", "r+" or "w-".')


def chunks_of(source: Source | bytes) -> Iterator[bytes]:
    """Give a source of `Storage.put` as pieces of bytes.

    Raises
    ------
    OptionError
        When it is a file name, or gives anything else than bytes.
    """
    if isinstance(source, str | PathLike):
        raise ArgumentError.expected(
            "bytes, pieces of bytes or a binary file",
            source,
            hint='Pass the content, not the name of a file: open(name, "rb").',
        )
    if isinstance(source, bytes | bytearray | memoryview):
        return iter([bytes(source)])
    read = getattr(source, "read", None)
    if not callable(read) and not isinstance(source, Iterable):
        raise ArgumentError.expected("bytes, pieces of bytes or a binary file", source)
    pieces = iter(lambda: read(_CHUNK), b"") if callable(read) else iter(source)
    return _checked(pieces)


def _checked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise ArgumentError.expected(
                "bytes from the source of put", piece, hint='Open files in binary mode ("rb").'
            )
        yield piece
