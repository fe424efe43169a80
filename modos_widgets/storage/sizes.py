"""Sizes of objects: the bytes of all files or keys below each, from listings.

Objects that share a folder are measured by one listing of this folder, 1,000 keys a request, as
long as that takes no more requests than there are objects (at least 5). The others are
listed one by one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from modos_widgets.concurrency import all_together
from modos_widgets.errors import CancelledError, ModosError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modos_widgets.s3 import BulkClient

__all__ = ["MOST_ENTRIES", "measure_bucket", "measure_folder"]

MOST_ENTRIES: Final = 50_000
"""Maximum number of keys or files of an object that is listed alone; else its size is unknown."""

_AT_ONCE: Final = 16  # concurrent listings
_LEAST_PAGES: Final = 5  # pages that the listing of a folder may always take


async def measure_bucket(
    client: BulkClient,
    places: Iterable[str],
    *,
    take: Callable[[str, int | None], object],
    check: Callable[[], object] | None = None,
) -> None:
    """Measure objects of a bucket. Uses the network.

    Parameters
    ----------
    client : BulkClient
        Client for the bucket; its counters count the requests.
    places : iterable of str
        Keys of the objects, without slashes around them.
    take : callable
        Called once with the place of each object and its size in bytes; None if it stays unknown:
        it has no keys, it cannot be listed, or it is listed alone and has more than `MOST_ENTRIES`.
    check : callable, optional
        Called after each page; an exception that it raises ends the listings.
    """
    await _Listings(client, take, check or (lambda: None)).measure(set(places))


class _Listings:
    """Listings that measure the objects of a bucket."""

    def __init__(
        self,
        client: BulkClient,
        take: Callable[[str, int | None], object],
        check: Callable[[], object],
    ) -> None:
        self._client = client
        self._take = take
        self._check = check

    async def measure(self, places: set[str]) -> None:
        folders: defaultdict[str, set[str]] = defaultdict(set)
        for place in places:
            folders[place.rpartition("/")[0]].add(place)
        shared = [
            self._together(folder, inside) for folder, inside in folders.items() if len(inside) > 1
        ]
        left = set().union(*await all_together(shared, most=_AT_ONCE)) if shared else set()
        left.update(*(inside for inside in folders.values() if len(inside) == 1))
        await all_together((self._alone(place) for place in sorted(left)), most=_AT_ONCE)

    async def _together(self, folder: str, places: set[str]) -> set[str]:
        """List a folder; return its objects that are not measured after the last request."""
        begin = len(folder) + 1 if folder else 0
        pages, current, size = 0, "", 0
        left = set(places)
        try:
            async with aclosing(self._client.keys(folder)) as listing:
                async for page in listing:
                    for key in page:
                        end = key.key.find("/", begin)
                        place = key.key[:end] if end >= 0 else ""
                        if place != current:
                            self._ended(current, size, left)
                            current, size = place, 0
                        size += key.size
                    self._check()
                    pages += 1
                    if pages >= max(_LEAST_PAGES, len(places)):
                        return left
        except CancelledError:
            raise
        except ModosError:
            return left  # such as a key that may list its own prefixes only
        self._ended(current, size, left)
        for place in left:
            self._take(place, None)
        return set()

    def _ended(self, place: str, size: int, left: set[str]) -> None:
        """Report the size of an object after its last key: a listing never returns to a prefix."""
        if place in left:
            left.discard(place)
            self._take(place, size)

    async def _alone(self, place: str) -> None:
        size = entries = 0
        try:
            async with aclosing(self._client.keys(place)) as listing:
                async for page in listing:
                    size += sum(key.size for key in page)
                    entries += len(page)
                    self._check()
                    if entries > MOST_ENTRIES:
                        entries = 0
                        break
        except CancelledError:
            raise
        except ModosError:
            entries = 0
        self._take(place, size if entries else None)


def measure_folder(folder: str, *, check: Callable[[], object] | None = None) -> int | None:
    """Return the bytes of all files at or below a folder; links are not followed.

    Parameters
    ----------
    folder : str
        Folder of the object.
    check : callable, optional
        Called for each folder; an exception that it raises ends the measurement.

    Returns
    -------
    int or None
        None if there are more than `MOST_ENTRIES` files, or a folder cannot be listed.
    """
    size = entries = 0
    waiting = [folder]
    while waiting:
        if check is not None:
            check()
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:
            return None
        if entries > MOST_ENTRIES:
            return None
    return size
