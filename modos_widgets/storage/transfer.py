"""Copy of one object's files to another storage, with the root document last."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE, ROOT_DOCUMENT
from modos_widgets.concurrency import all_together, wait
from modos_widgets.errors import AlreadyExistsError
from modos_widgets.progress import Progress
from modos_widgets.storage.copying.copy_file import Routes
from modos_widgets.storage.copying.endpoints import fitting
from modos_widgets.storage.copying.places import check_apart
from modos_widgets.storage.paths import ZARR_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.storage.base import Storage
    from modos_widgets.storage.copying.endpoints import End, Listing
    from modos_widgets.storage.types import FileEntry

_WORKERS = 16
_NAMED = 5  # maximum number of entries that a warning names


def transfer(
    source: Storage,
    target: Storage,
    *,
    overwrite: bool,
    on_progress: Callable[[Progress], object] | None,
    done: Callable[[FileEntry], bool] | None,
) -> None:
    """Copy all files; see `Storage.transfer`."""
    _check(source, target, overwrite=overwrite)
    listing = wait(_copy(source.as_endpoint(), target.as_endpoint(), on_progress, done))
    copied = listing.items
    for path in target.list(ZARR_ROOT):
        if path.as_posix() not in copied:
            target.delete(path)
    target.root_document(refresh=True)
    if listing.omitted:
        named = ", ".join(f"{one.name!r} ({one.reason})" for one in listing.omitted[:_NAMED])
        more = len(listing.omitted) - _NAMED
        warnings.warn(
            f"Not copied from {source.url}: {named}{f' and {more:,} more' if more > 0 else ''}",
            stacklevel=3,
        )


async def _copy(
    source: End,
    target: End,
    on_progress: Callable[[Progress], object] | None,
    done: Callable[[FileEntry], bool] | None,
) -> Listing:
    routes = Routes(verify=True)
    listing = fitting(await source.listing(), target)
    items = listing.items
    total, size = len(items), sum(item.size for item in items.values())
    arrived = received = 0

    async def copy(item: FileEntry) -> None:
        # the caller's functions may wait for requests, so they run outside this event loop
        if done is None or not await asyncio.to_thread(done, item):
            await routes.copy(source, target, item, overwrite=True)
        nonlocal arrived, received
        arrived, received = arrived + 1, received + item.size
        if on_progress is not None:
            now = Progress(
                "copying", "files", arrived, total,
                bytes_done=received, bytes=size, path=item.name,
            )  # fmt: skip
            await asyncio.to_thread(on_progress, now)

    root = items.get(ROOT_DOCUMENT)
    rest = sorted((one for one in items.values() if one is not root), key=lambda one: -one.size)
    await all_together((copy(item) for item in rest), most=_WORKERS)
    if root is not None:
        await copy(root)
    return listing


def _check(source: Storage, target: Storage, *, overwrite: bool) -> None:
    target._check_writable()  # noqa: SLF001
    check_apart([(source.as_endpoint(), target.as_endpoint())])
    if not overwrite and not is_vacant(target):
        raise AlreadyExistsError(
            f"{target.url} is not empty.", "Pass overwrite=True to replace its archive."
        )


def is_vacant(storage: Storage) -> bool:
    """Return whether a storage has no attributes, elements or files."""
    if storage.files() or not storage.empty():
        return False
    archive = ARCHIVE
    groups = storage.level(archive).folders
    levels = storage.levels([f"{archive}/{name}" for name in groups])
    return not any(level.folders for level in levels.values())
