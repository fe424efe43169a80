"""Sorted as paths, from a listing that is sorted as keys, without holding all of it."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_path_order(names: Iterator[str]) -> Iterator[str]:
    """Sort names as `pathlib` does, part by part.

    S3 lists by bytes, where ``a-b`` comes before ``a/c`` (``-`` is less than ``/``);
    by parts it comes after. A name is held back only while names may still come that
    go before it: those that begin with its part up to such a character and a slash.
    """
    held: list[tuple[tuple[str, ...], str]] = []
    for name in names:
        heapq.heappush(held, (tuple(name.split("/")), name))
        while held and _may_go(held[0][1], name):
            yield heapq.heappop(held)[1]
    while held:
        yield heapq.heappop(held)[1]


def _may_go(name: str, latest: str) -> bool:
    return all(
        latest >= name[:place] + "0"  # the character behind "/"
        for place, character in enumerate(name)
        if character < "/"
    )
