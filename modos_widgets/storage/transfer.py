"""Copying one object's files to another storage, root document last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from modos_widgets.bulk import all_together, wait
from modos_widgets.errors import AlreadyExistsError, OptionError, UnsupportedError
from modos_widgets.storage.base import Storage
from modos_widgets.storage.contents import FileEntry
from modos_widgets.storage.copying.ends import LocalEnd, RemoteEnd
from modos_widgets.storage.copying.routes import Routes
from modos_widgets.storage.local import LocalStorage
from modos_widgets.storage.paths import ROOT_DOCUMENT, ZARR_ROOT
from modos_widgets.storage.s3 import S3Storage
from modos_widgets.storage.s3_path import S3Path

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.storage.copying.ends import End, Item

_WORKERS = 16


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
    copied = wait(_copy(end_of(source), end_of(target), progress, done))
    for path in target.list(ZARR_ROOT):
        if path.as_posix() not in copied:
            target.delete(path)
    target.root_document(refresh=True)


async def _copy(
    source: End,
    target: End,
    progress: Callable[[FileEntry], None] | None,
    done: Callable[[FileEntry], bool] | None,
) -> set[str]:
    routes = Routes(verify=True)
    items = await source.items()

    async def copy(item: Item) -> None:
        entry = FileEntry(item.name, item.size, item.modified, item.etag)
        # the caller's own functions may wait for requests, so they are kept off this loop
        if done is None or not await asyncio.to_thread(done, entry):
            await routes.copy(source, target, item, overwrite=True)
        if progress is not None:
            await asyncio.to_thread(progress, entry)

    root = items.get(ROOT_DOCUMENT)
    rest = sorted((one for one in items.values() if one is not root), key=lambda one: -one.size)
    await all_together((copy(item) for item in rest), most=_WORKERS)
    if root is not None:
        await copy(root)
    return set(items)


def end_of(storage: Storage) -> End:
    """Give a storage as an end of a transfer.

    Raises
    ------
    UnsupportedError
        It is neither local nor on S3.
    """
    if isinstance(storage, S3Storage):
        bucket, key = S3Path(url=storage.url).s3_url_parts()
        return RemoteEnd(storage.options, bucket, key.strip("/"))
    if isinstance(storage, LocalStorage):
        return LocalEnd(storage.path)
    raise UnsupportedError(
        f"A {type(storage).__name__} cannot be copied.", "Give a LocalStorage or an S3Storage."
    )


def _check(source: Storage, target: Storage, *, overwrite: bool) -> None:
    if not isinstance(target, Storage):
        raise OptionError(
            f"A {type(target).__name__} is no storage.", "Give a LocalStorage or an S3Storage."
        )
    target._check_writable()  # noqa: SLF001
    if _same_place(source, target):
        raise OptionError(f"{source.url} is source and target.", "Take another target.")
    if not overwrite and not is_vacant(target):
        raise AlreadyExistsError(
            f"{target.url} is not empty.", "Pass overwrite=True to replace its archive."
        )


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
