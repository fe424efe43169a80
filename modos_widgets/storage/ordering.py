"""Sorted as paths, from a listing that is sorted as keys, without holding all of it."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HELD = 1000


def in_path_order(
    names: Iterator[str], is_empty: Callable[[str], bool] | None = None
) -> Iterator[str]:
    """Sort names as `pathlib` does, part by part.

    S3 lists by bytes, where ``a-b`` comes before ``a/c`` (``-`` is less than ``/``);
    by parts it comes after. A name is held back only while names may still come that
    go before it: those below a folder that its beginning names. When more than 1000
    are held, it is asked whether there are any.

    Parameters
    ----------
    names : iterator of str
        Sorted by bytes, or as paths.
    is_empty : callable, optional
        Says of a folder (ending in ``/``) that no name is below it.
    """
    held: list[tuple[tuple[str, ...], str]] = []
    known: dict[str, bool] = {}

    def comes_to_nothing(folder: str) -> bool:
        if folder not in known:
            known[folder] = is_empty is not None and is_empty(folder)
        return known[folder]

    for name in names:
        heapq.heappush(held, (tuple(name.split("/")), name))
        while held:
            waiting = _still_to_come(held[0][1], name)
            if waiting and (len(held) <= _HELD or not all(map(comes_to_nothing, waiting))):
                break
            yield heapq.heappop(held)[1]
    while held:
        yield heapq.heappop(held)[1]


def _still_to_come(name: str, latest: str) -> list[str]:
    """Give the folders that go before a name and that the listing has not yet passed."""
    return [
        name[:place] + "/"
        for place, character in enumerate(name)
        if character < "/" and latest < name[:place] + "0"  # the character behind "/"
    ]
