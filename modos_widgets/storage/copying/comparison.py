"""Comparison of two files of the same size, by their checksums or by reading."""

from __future__ import annotations

import asyncio
import filecmp
from typing import TYPE_CHECKING

from modos_widgets.errors import CredentialsError
from modos_widgets.storage.copying import checksums
from modos_widgets.storage.copying.endpoints import LocalEnd

if TYPE_CHECKING:
    from modos_widgets.storage.copying.budget import Budget
    from modos_widgets.storage.copying.endpoints import Content, End, RemoteEnd
    from modos_widgets.storage.types import FileEntry

__all__ = ["alike", "read_alike"]


async def alike(source: End, item: FileEntry, target: End, found: FileEntry) -> bool | None:
    """Return whether two files of the same size have the same content, without reading remote ones.

    Local files are read. If the ETags are not comparable, the server's checksums are requested
    (one request for each remote file).

    Returns
    -------
    bool or None
        None if no checksum decides it.
    """
    if isinstance(source, LocalEnd) and isinstance(target, LocalEnd):
        paths = str(source.path(item.name)), str(target.path(found.name))
        return await asyncio.to_thread(filecmp.cmp, *paths, shallow=False)
    try:
        if isinstance(source, LocalEnd):
            return await _file_alike(source, item, target, found)  # type: ignore[arg-type]
        if isinstance(target, LocalEnd):
            return await _file_alike(target, found, source, item)
        return await _keys_alike(source, item, target, found)
    except CredentialsError:  # a file may be listed without permission to read it
        return None


async def _file_alike(
    near: LocalEnd, file: FileEntry, far: RemoteEnd, key: FileEntry
) -> bool | None:
    path = near.path(file.name)
    matches = await asyncio.to_thread(checksums.file_matches, path, file.size, key.etag)
    if matches:
        return True
    stated = await far.stated(key.name)
    if matches is False and not stated.opaque:
        return False
    return await asyncio.to_thread(stated.names, path)


async def _keys_alike(
    source: RemoteEnd, item: FileEntry, target: RemoteEnd, found: FileEntry
) -> bool | None:
    if item.etag is not None and item.etag == found.etag:
        return True
    one, other = await asyncio.gather(source.stated(item.name), target.stated(found.name))
    matches = one.alike(other)
    if matches is not None:
        return matches
    if one.opaque or other.opaque:
        return None
    return False if checksums.is_plain(item.etag) and checksums.is_plain(found.etag) else None


async def read_alike(
    source: End, item: FileEntry, target: End, found: FileEntry, budget: Budget
) -> bool:
    """Compare two files that `alike` cannot compare, by reading both piece by piece.

    Raises
    ------
    ChangedError
        One of them changed while it was read.
    """
    for start in range(0, item.size, checksums.PART):
        end = min(start + checksums.PART, item.size)
        async with budget.hold(2 * (end - start)):
            one, other = await asyncio.gather(
                _piece(source, item, start, end), _piece(target, found, start, end)
            )
            if not checksums.equal(one, other):
                return False
    source.check_unchanged(item)
    target.check_unchanged(found)
    return True


async def _piece(end: End, item: FileEntry, first: int, behind: int) -> Content:
    return await end.fetch(item, start=first, end=behind)
