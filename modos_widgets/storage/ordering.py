"""Sorting of a listing of keys as paths, without reading all of it into memory."""

from __future__ import annotations

import heapq
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HELD = 1000
_BEFORE_SLASH = re.compile(r"[\x00-.]")  # characters that sort before the slash


def in_path_order(
    names: Iterator[str], is_empty: Callable[[str], bool] | None = None
) -> Iterator[str]:
    """Sort names as `pathlib` does, part by part.

    S3 lists by bytes, where ``a-b`` comes before ``a/c`` (``-`` is less than ``/``);
    sorted by parts, it comes after. A name is kept in memory while names that precede it may
    still come: those below a folder whose name is a beginning of it. If more than 1000
    names are kept, `is_empty` is called for these folders.

    Parameters
    ----------
    names : iterator of str
        Names sorted by bytes, or as paths.
    is_empty : callable, optional
        Called with a folder (ending in ``/``); returns whether no name is below it.

    Yields
    ------
    str
        The names, sorted as paths.
    """
    held: list[tuple[tuple[str, ...], str]] = []
    known: dict[str, bool] = {}

    def comes_to_nothing(folder: str) -> bool:
        if folder not in known:
            known[folder] = is_empty is not None and is_empty(folder)
        return known[folder]

    for name in names:
        if not held and not _BEFORE_SLASH.search(name):
            yield name  # No name that follows by bytes precedes it.
            continue
        heapq.heappush(held, (tuple(name.split("/")), name))
        while held:
            waiting = _still_to_come(held[0][1], name)
            if waiting and (len(held) <= _HELD or not all(map(comes_to_nothing, waiting))):
                break
            yield heapq.heappop(held)[1]
    while held:
        yield heapq.heappop(held)[1]


def _still_to_come(name: str, latest: str) -> list[str]:
    """Return the folders that precede a name and that the listing has not passed yet."""
    folders = []
    for found in _BEFORE_SLASH.finditer(name):
        above = name[: found.start()]
        if latest >= above + "0":  # the character behind "/"
            break  # The listing has passed that folder, and those whose names begin like it.
        folders.append(above + "/")
    return folders
