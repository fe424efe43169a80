"""Copying one object's files to another storage, root document last."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from modos_widgets.errors import AlreadyExistsError, OptionError
from modos_widgets.storage.contents import FileEntry, Files
from modos_widgets.storage.local import LocalStorage
from modos_widgets.storage.paths import ROOT_DOCUMENT, ZARR_ROOT
from modos_widgets.storage.s3 import S3Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.storage.base import Storage

_SMALL = 2**20
_WORKERS = 8
_WINDOW = 256


def transfer(
    source: Storage,
    target: Storage,
    *,
    overwrite: bool,
    progress: Callable[[FileEntry], None] | None,
    done: Callable[[FileEntry], bool] | None,
) -> None:
    """Copy everything; see `Storage.transfer`."""
    _check(source, target, overwrite=overwrite)
    copied: set[str] = set()

    def copy(entry: FileEntry) -> None:
        if done is None or not done(entry):
            copy_file(source, target, entry)
        if progress is not None:
            progress(entry)

    def all_but_the_root() -> Iterator[FileEntry]:
        for entry in entries_of(source):
            copied.add(entry.name)
            if entry.name == ROOT_DOCUMENT:
                last.append(entry)
            else:
                yield entry

    last: Files = []
    _copy_side_by_side(all_but_the_root(), copy)
    for entry in last:
        copy(entry)
    for path in target.list(ZARR_ROOT):
        if path.as_posix() not in copied:
            target.delete(path)
    target.root_document(refresh=True)


def _check(source: Storage, target: Storage, *, overwrite: bool) -> None:
    target._check_writable()  # noqa: SLF001
    if _same_place(source, target):
        raise OptionError(f"{source.url} is source and target.", "Take another target.")
    if not overwrite and not is_vacant(target):
        raise AlreadyExistsError(
            f"{target.url} is not empty.", "Pass overwrite=True to replace its archive."
        )


def _copy_side_by_side(entries: Iterator[FileEntry], copy: Callable[[FileEntry], None]) -> None:
    """Copy small files eight at a time, large ones alone: their parts fill the memory."""
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="transfer") as pool:
        try:
            for entry in entries:
                if entry.size > _SMALL:
                    copy(entry)
                    continue
                waiting.append(pool.submit(copy, entry))
                if len(waiting) >= _WINDOW:
                    waiting.popleft().result()
            while waiting:
                waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def entries_of(storage: Storage) -> Iterator[FileEntry]:
    """List every file of an object with its size, those of the archive too."""
    yield from storage.files()
    folders = [ZARR_ROOT.as_posix()]
    while folders:
        below = []
        for folder, level in storage.levels(folders).items():
            for file in level.files:
                yield FileEntry(f"{folder}/{file.name}", file.size, file.modified, file.etag)
            below += [f"{folder}/{name}" for name in level.folders]
        folders = below


def copy_file(source: Storage, target: Storage, entry: FileEntry) -> None:
    """Copy one file: by the server where both ends are on one, as a stream otherwise."""
    if (
        isinstance(source, S3Storage)
        and isinstance(target, S3Storage)
        and source.options == target.options
    ):
        source.copy_to(target, entry)
        return
    with source.open(entry.name) as file:
        target.stream(file, entry.name)


def is_vacant(storage: Storage) -> bool:
    """Whether a storage is as its constructor made it: no attributes, elements or files."""
    if storage.files() or not storage.empty():
        return False
    archive = ZARR_ROOT.as_posix()
    groups = storage.level(archive).folders
    levels = storage.levels([f"{archive}/{name}" for name in groups])
    return not any(level.folders for level in levels.values())


def _same_place(source: Storage, target: Storage) -> bool:
    if isinstance(source, S3Storage) and isinstance(target, S3Storage):
        return source.url == target.url and source.endpoint == target.endpoint
    if isinstance(source, LocalStorage) and isinstance(target, LocalStorage):
        return source.path.resolve() == target.path.resolve()
    return False
