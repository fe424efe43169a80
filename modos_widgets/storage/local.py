"""Storage of an object on the local disk."""

from __future__ import annotations

import io
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from errno import EEXIST
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets import files
from modos_widgets.archive import ARCHIVE, ROOT_DOCUMENT, check_root, new_documents
from modos_widgets.errors import (
    AlreadyExistsError,
    BrokenArchiveError,
    ChangedError,
    NotFoundError,
    PathError,
)
from modos_widgets.storage.base import Mode, Source, Storage, check_mode, chunks_of
from modos_widgets.storage.binary_file import BinaryFile
from modos_widgets.storage.copying.endpoints import LocalEnd
from modos_widgets.storage.local_errors import check_regular, local_failures
from modos_widgets.storage.local_place import LocalPlace, entry_of
from modos_widgets.storage.paths import Target, absolute_folder, warn_unusual
from modos_widgets.storage.ranges import LocalRanges
from modos_widgets.storage.root_group import no_object
from modos_widgets.storage.shared_root import LocalRoot, is_settled
from modos_widgets.storage.types import (
    ANY,
    ROOT_LIMIT,
    Content,
    Expected,
    FileEntry,
    Files,
    Level,
    Note,
    RootDocument,
)
from modos_widgets.storage.writes import after_change, note_write
from modos_widgets.storage.zarr_stores import LocalArchive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class LocalStorage(LocalPlace, Storage):
    """Storage of an object in a local folder. No network.

    Parameters
    ----------
    path : str or pathlib.Path
        The object's folder.
    mode : {"a", "r", "r+", "w-"}
        "a" (default) creates a missing object; "r" (read) and "r+" (read and write) open an
        existing object; "w-" creates an object that must not exist.
    later : bool
        Do not create a missing object before `create` is called.

    Raises
    ------
    NotFoundError, AlreadyExistsError
        The object does not exist ("r", "r+"), or it exists ("w-").
    BrokenArchiveError, UnsupportedError
        ``data.zarr`` exists and is not an archive that can be read.
    PathError, ReadOnlyError, StorageError
        The folder cannot be created or read; nothing is left behind.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, mode: Mode = "a", later: bool = False
    ) -> None:
        check_mode(mode)
        self._path = absolute_folder(path)
        self.url = str(self._path)
        self.read_only = mode == "r"
        self.zarr_format = 3
        self._root = None
        self._settled: os.stat_result | None = None  # status of the root's file, if settled
        self._new_folders: list[Path] = []
        self._open(mode, later=later)

    def __repr__(self) -> str:
        """Return the path as text."""
        return f"LocalStorage({self.url!r})"

    @cached_property
    def zarr_store(self) -> LocalArchive:  # type: ignore[override]
        """Archive as a zarr store."""
        return LocalArchive(self._path / ARCHIVE, read_only=self.read_only)

    @cached_property
    def _shared(self) -> LocalRoot:
        place = self._path / ROOT_DOCUMENT
        identity = LocalArchive.identity_of(place.parent)
        shared = LocalRoot(place, identity, url=self.url, trusting=self.read_only)
        if self._root is not None and self._settled is not None:
            shared.seed(self._root, self._settled)
        return shared

    # ------------------------------------------------------------ documented
    def exists(self, target: Target) -> bool:
        """Return whether a file or folder exists at the target.

        Parameters and errors are those of `Storage.exists`.
        """
        place = self._place(target)
        with local_failures(str(place), writing=False):
            return place.exists()

    def list(self, target: Target | None = None) -> Iterator[Path]:
        """List files, recursively, relative to ``self.path``, sorted.

        Parameters and errors are those of `Storage.list`.
        """
        relative = self._relative(target)
        place = self._inside(relative)
        with local_failures(str(place), writing=False):
            alone = place.is_file()
        if alone:
            return iter([Path(relative)])
        return (Path(entry) for entry in self._walk(relative, frozenset()))

    def move(self, rel_source: Target, target: Target, *, overwrite: bool = False) -> None:
        """Move a file or folder within the storage.

        Parameters and errors are those of `Storage.move`.
        """
        self._check_writable()
        source, goal = self._place(rel_source), self._place(target)
        self._check_nesting(source, goal)
        with local_failures(str(source), writing=True):
            if not source.exists():
                raise NotFoundError(f"No file or folder at {source}.", "Check the path.")
            if source == goal:
                return
            files.make_parents(goal)
        with local_failures(str(goal), writing=True):
            if overwrite and (goal.is_dir() or (goal.exists() and source.is_dir())):
                files.swap(source, goal)
            elif source.is_dir():
                self._move_folder(source, goal)
            else:
                files.put_in_place(source, goal, exclusive=not overwrite)
            files.flush_folder(goal.parent)
        self._changed(rel_source, target)

    def open(self, target: Target) -> BinaryFile:
        """Open a file for reading.

        Parameters and errors are those of `Storage.open`.
        """
        place = self._place(target)
        with local_failures(str(place), writing=False):
            check_regular(place)
            return BinaryFile(io.FileIO(place, "rb"))

    def put(self, source: Source, target: Target) -> None:
        """Write a file: the whole content of the source, or nothing.

        Parameters and errors are those of `Storage.put`.
        """
        self.stream(source, target)
        self._changed(target)

    def stream(
        self, source: Source, target: Target, *, exclusive: bool = False, note: Note = None
    ) -> None:
        """Write a file without updating the consolidated copy.

        Parameters and errors are those of `Storage.stream`.
        """
        self._check_writable()
        place = self._place_of_file(target)
        failures: list[BaseException] = []
        with local_failures(str(place), writing=True):
            new_folders = files.make_parents(place)
        try:
            try:
                with local_failures(str(place), writing=True):
                    chunks = _remembering(chunks_of(source), failures)
                    files.replace_file(place, chunks, exclusive=exclusive, note=note)
            except Exception as error:
                if failures:  # the source's own exception is passed on unchanged
                    raise failures[0] from failures[0].__cause__
                if exclusive and isinstance(error, FileExistsError):
                    raise ChangedError(f"{place} already exists.", "Read it again.") from error
                raise
        except BaseException:
            files.remove_empty(new_folders)
            raise
        self._forget_root(target)

    def remove(self, target: Target, *, recursive: bool = False) -> None:
        """Remove a file, or with ``recursive=True`` a folder.

        Parameters and errors are those of `Storage.remove`.
        """
        self._check_writable()
        place = self._place(target)
        if place == self._path:
            raise PathError(f"{self.url} is the object itself.", "Remove its files by name.")
        with local_failures(str(place), writing=True):
            if place.is_dir() and not place.is_symlink():
                if not recursive:
                    raise PathError(
                        f"{place} is a folder.",
                        "Pass recursive=True to remove it with its content.",
                    )
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        self._changed(target)

    # ---------------------------------------- for the other packages
    def as_endpoint(self) -> LocalEnd:
        """Return the object's folder as an end of a transfer.

        Parameters and errors are those of `Storage.as_endpoint`.
        """
        return LocalEnd(self.path)

    def root_document(self, *, refresh: bool = False) -> RootDocument:
        """Return ``data.zarr/zarr.json`` as read on opening.

        Parameters and errors are those of `Storage.root_document`.
        """
        if self._root is None or (refresh and not self.is_new):
            self._root = self._read_root()
        return self._root

    def revert_create(self) -> None:
        """Remove an object that `create` has just created, if it is still empty.

        Parameters and errors are those of `Storage.revert_create`.
        """
        super().revert_create()
        if self.is_new:
            archive = self._path / ARCHIVE
            groups = [(archive / key).parent for key in new_documents()]
            files.remove_empty([*groups, archive, *self._new_folders])

    def read(self, target: Target) -> Content:
        """Read a whole file.

        Parameters and errors are those of `Storage.read`.
        """
        place = self._place(target)
        with local_failures(str(place), writing=False):
            check_regular(place)
            data = place.read_bytes()
        return Content(data, files.etag_of(data))

    def ranges(self, target: Target, size: int | None = None) -> LocalRanges:  # noqa: ARG002
        """Return a file of which ranges can be read.

        Parameters and errors are those of `Storage.ranges`; the size is read from the disk.
        """
        return LocalRanges(self._place(target))

    def archive_at(self, target: Target) -> LocalArchive:
        """Return the read-only zarr store of a folder of the object.

        Parameters are those of `Storage.archive_at`.
        """
        return LocalArchive(self._place(target), read_only=True)

    def read_many(self, targets: Iterable[Target]) -> dict[str, Content | None]:
        """Read whole files; return None for missing files.

        Parameters and errors are those of `Storage.read_many`.
        """
        found: dict[str, Content | None] = {}
        for target in targets:
            try:
                found[str(target)] = self.read(target)
            except NotFoundError:
                found[str(target)] = None
        return found

    def write(
        self,
        target: Target,
        data: bytes,
        *,
        expected: str | Expected | None = ANY,
        note: Note = None,
    ) -> str:
        """Write a whole file atomically, and return its etag.

        Parameters and errors are those of `Storage.write`.
        """
        self._check_writable()
        place = self._place_of_file(target)
        with local_failures(str(place), writing=True):
            new_folders = files.make_parents(place)
            try:
                files.replace_file(
                    place,
                    [data],
                    exclusive=expected is None,
                    expected=expected if isinstance(expected, str) else None,
                    note=note,
                )
            except FileExistsError as error:
                raise ChangedError(f"{place} already exists.", "Read it again.") from error
            except BaseException:
                files.remove_empty(new_folders)
                raise
        self._forget_root(target)
        return files.etag_of(data)

    def delete(self, target: Target, *, expected: str | Expected = ANY) -> None:
        """Delete one file.

        Parameters and errors are those of `Storage.delete`.
        """
        self._check_writable()
        place = self._place_of_file(target)
        if not place.parent.is_dir() and not isinstance(expected, str):
            return
        with local_failures(str(place), writing=True), files.locked_folder(place.parent):
            if isinstance(expected, str):
                files.check_etag(place, expected)
            place.unlink(missing_ok=True)
        self._forget_root(target)

    def delete_marked(self, target: Target, mark: str) -> bool:
        """Delete one file if it has a mark.

        Parameters and errors are those of `Storage.delete_marked`.
        """
        self._check_writable()
        place = self._place_of_file(target)
        with local_failures(str(place), writing=True):
            return files.delete_marked(place, mark)

    def need_conditional_deletes(self) -> None:
        """Do nothing: a local file is checked under a lock before it is deleted.

        Parameters and errors are those of `Storage.need_conditional_deletes`.
        """

    def entries(self, folder: Target) -> Files:
        """List the files below a folder, recursively.

        Parameters and errors are those of `Storage.entries`.
        """
        return self._entries(self._relative(folder))

    def stat_many(self, targets: Iterable[Target]) -> dict[str, FileEntry | None]:
        """Return the entries of files; None if missing.

        Parameters and errors are those of `Storage.stat_many`.
        """
        found: dict[str, FileEntry | None] = {}
        for target in targets:
            place, found[str(target)] = self._place_of_file(target), None
            with (
                local_failures(str(place), writing=False),
                suppress(FileNotFoundError, NotADirectoryError),
            ):
                entry = entry_of(self._relative(target), place.stat())
                found[str(target)] = replace(entry, mark=entry.version or "")
        return found

    def delete_version(self, target: Target, version: str) -> bool:
        """Delete one file if it still has this version.

        Parameters and errors are those of `Storage.delete_version`.
        """
        return self.delete_marked(target, version) or not self.exists(target)

    def levels(self, targets: Iterable[Target]) -> dict[str, Level]:
        """List one level of each folder.

        Parameters and errors are those of `Storage.levels`.
        """
        return {str(target): self._level(self._relative(target)) for target in targets}

    def files(self) -> Files:
        """List the object's files with sizes, without those of the archive.

        Parameters and errors are those of `Storage.files`.
        """
        return self._entries("", skip=ARCHIVE)

    def _entries(self, folder: str, skip: str = "") -> Files:
        entries = Files()
        for name in self._walk(folder, frozenset(), skip=skip):
            with suppress(FileNotFoundError):  # removed in the meantime
                entries.append(entry_of(name, (self._path / name).stat()))
        return entries

    # --------------------------------------------------------------- opening
    def _open(self, mode: Mode, *, later: bool) -> None:
        try:
            self._root = self._read_root()
        except (NotFoundError, PathError) as error:
            self._check_folders()
            if isinstance(error, PathError):
                raise
            missing = no_object(self.url, creating=mode not in {"r", "r+"})
            if missing is not None:
                raise missing from None
            warn_unusual(self.url, self._path.name)
            if later:
                self.is_new, self._root = True, self._unwritten_root()
                return
            self._create(mode)
            self._root = self._read_root()
            return
        if mode == "w-":
            raise AlreadyExistsError(
                f"An object already exists at {self.url}.",
                "Open it with open_modo, or choose another path.",
            )

    def _check_folders(self) -> None:
        with local_failures(self.url, writing=False):
            if self._path.exists() and not self._path.is_dir():
                raise PathError(f"{self.url} is a file, not a folder.", "Pass an object's folder.")
            archive = self._path / ARCHIVE
            if archive.is_file():
                raise BrokenArchiveError(
                    f"{archive} is a file, not a folder.", "Move the file out of the way."
                )

    def _read_root(self) -> RootDocument:
        place = self._path / ROOT_DOCUMENT
        with local_failures(str(place), writing=False):
            try:
                facts = place.stat()
                check_regular(place, facts.st_mode)
                # if the file's status may not show the next change, writes are counted from now on
                known: LocalRoot | None = self.__dict__.get("_shared")
                shared = known if known is not None or is_settled(facts) else self._shared
                written = 0 if shared is None else shared.written
                with place.open("rb") as file:
                    facts = os.fstat(file.fileno())
                    size = facts.st_size
                    data = file.read() if size <= ROOT_LIMIT else None
            except FileNotFoundError:
                if not (place.parent / ".zgroup").is_file():
                    raise
                self.zarr_format = 2
                self.read_only = True
                self.__dict__.pop("zarr_store", None)
                self.__dict__.pop("_shared", None)
                return RootDocument(None, 0, None)
            except IsADirectoryError as error:
                raise BrokenArchiveError(
                    f"{place} is a folder.", "Restore it from a copy of the object."
                ) from error
        if data is None:
            return RootDocument(None, size, None)
        document = check_root(data, self.url)
        root = RootDocument(data, size, files.etag_of(data), document)
        self._settled = facts if is_settled(facts) else None
        if shared is not None:
            shared.seed(root, facts, written)
        return root

    def _create(self, mode: Mode) -> None:
        """Create the archive under a temporary name and rename it; complete an interrupted one."""
        archive = self._path / ARCHIVE
        new_folders: list[Path] = []
        with local_failures(self.url, writing=True):
            try:
                new_folders = self._new_folders = files.make_parents(archive)
                if archive.is_dir():
                    self._fill(archive)
                    return
                draft = files.temporary_beside(archive)
                try:
                    self._fill(draft)
                    draft.rename(archive)
                except BaseException:
                    shutil.rmtree(draft, ignore_errors=True)
                    raise
                files.flush_folder(archive.parent)
            except FileExistsError as error:  # another process was faster
                self._too_late(mode, error)
            except OSError as error:
                if (archive / "zarr.json").exists():
                    self._too_late(mode, error)
                else:
                    files.remove_empty(new_folders)
                    raise

    def _too_late(self, mode: Mode, error: OSError) -> None:
        if mode == "w-":
            raise AlreadyExistsError(
                f"An object already exists at {self.url}.",
                "Open it with open_modo, or choose another path.",
            ) from error

    @staticmethod
    def _fill(archive: Path) -> None:
        for key, data in new_documents().items():
            place = archive / key
            place.parent.mkdir(parents=True, exist_ok=True)
            if key == "zarr.json" or not place.exists():
                files.replace_file(place, [data], exclusive=True)

    # -------------------------------------------------------------- changing
    @staticmethod
    def _move_folder(source: Path, goal: Path) -> None:
        """Rename a folder, unless the target exists, even since a moment ago."""
        if goal.exists():  # an empty folder would be replaced
            raise FileExistsError(EEXIST, "exists", str(goal))
        try:
            source.rename(goal)
        except NotADirectoryError as error:  # a file that was just created
            raise FileExistsError(EEXIST, "exists", str(goal)) from error

    def _forget_root(self, *targets: Target) -> None:
        if any(self._relative(target) == ROOT_DOCUMENT for target in targets):
            self._root = None
        note_write(self.zarr_store.identity)

    def _changed(self, *targets: Target) -> None:
        note_write(self.zarr_store.identity)
        if after_change(self.zarr_store, [self._relative(target) for target in targets]):
            self._root = None


def _remembering(chunks: Iterator[bytes], failures: list[BaseException]) -> Iterator[bytes]:
    """Yield pieces, and store the exception of their source."""
    try:
        yield from chunks
    except Exception as error:
        failures.append(error)
        raise
