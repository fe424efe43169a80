"""Find the objects below a prefix: a delimiter walk, level by level, side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from modos_widgets.bulk.client import Listing
from modos_widgets.errors import ModosError, PathError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

__all__ = ["ARCHIVE", "Levels", "walk"]

ARCHIVE = "data.zarr"
"""An object is where a prefix has this folder; nothing below it is an object."""


class Levels(Protocol):
    """What can be walked: a bucket, or whatever else has levels."""

    async def level(self, prefix: str) -> Listing:
        """List one level; its folders begin with the prefix."""


async def walk(
    client: Levels,
    prefix: str = "",
    *,
    failed: Callable[[str, ModosError], None] | None = None,
) -> AsyncGenerator[str, None]:
    """Find every object at or below `prefix`, as they are found.

    One listing with a delimiter a folder, many at once. Nothing below an object is looked at
    (except that `prefix` itself may be one and hold others), so the number of requests does
    not grow with files, elements or chunks.

    Parameters
    ----------
    client : Levels
        Such as a `BulkClient`, whose concurrency bounds the listings under way.
    prefix : str
        Without slashes around it; ``""`` is the whole bucket.
    failed : callable, optional
        Called with a prefix that cannot be listed and why; without it the first such error
        is raised.

    Yields
    ------
    str
        The object's prefix in the bucket.

    Raises
    ------
    ModosError
        When a level cannot be listed and `failed` is not given.
    """

    async def look(place: str) -> tuple[str, Listing | None]:
        try:
            return place, await _level(client, place)
        except ModosError as error:
            if failed is None:
                raise
            failed(place, error)
            return place, None

    waiting = {asyncio.ensure_future(look(prefix))}
    try:
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                place, listing = task.result()
                if listing is None:
                    continue
                archive = f"{place}/{ARCHIVE}" if place else ARCHIVE
                if archive in listing.folders:
                    yield place
                if archive not in listing.folders or place == prefix:
                    waiting |= {
                        asyncio.ensure_future(look(folder))
                        for folder in listing.folders
                        if folder != archive
                    }
    finally:
        for task in waiting:
            task.cancel()


async def _level(client: Levels, place: str) -> Listing:
    try:
        return await client.level(place)
    except PathError:
        # a key that no file can have: it must not hide the object that it lies in
        archive = f"{place}/{ARCHIVE}" if place else ARCHIVE
        inside = await client.level(archive)
        if inside.folders or inside.entries:
            return Listing((archive,), ())
        raise
