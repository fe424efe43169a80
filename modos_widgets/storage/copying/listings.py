"""Listings of many ends at once: ends below one prefix share requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from modos_widgets.storage.copying.endpoints import RemoteEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modos_widgets.s3 import Key
    from modos_widgets.storage.copying.endpoints import End, Listing

__all__ = ["listings"]

_LEAST = 8  # minimum number of ends below a prefix to list them together
# The next page is read only if the last one has keys of at least so many ends, ...
_ON_A_PAGE = 2
_OF_A_PAGE = 0.5  # ... which make at least this part of its keys.


async def listings(ends: Iterable[End]) -> dict[End, Listing]:
    """List the content of each end.

    Ends below one prefix of a bucket are listed by one listing of that prefix, while
    its pages contain keys of several of them. Otherwise each is listed separately, concurrently.

    Parameters
    ----------
    ends : iterable of End
        The ends, in any order; each is listed once.

    Returns
    -------
    dict

    Raises
    ------
    ModosError
        As `LocalEnd.listing` and `RemoteEnd.listing`.
    """
    every = list(dict.fromkeys(ends))
    families: dict[object, list[RemoteEnd]] = {}
    for end in every:
        if isinstance(end, RemoteEnd) and end.prefix:
            family = end.options, end.bucket, _above(end)
            families.setdefault(family, []).append(end)
    large = [members for members in families.values() if len(members) >= _LEAST]
    together = {end for members in large for end in members}
    alone = [end for end in every if end not in together]
    found = await asyncio.gather(_each(alone), *map(_together, large))
    return {end: listing for each in found for end, listing in each.items()}


async def _each(ends: Sequence[End]) -> Mapping[End, Listing]:
    found = await asyncio.gather(*(end.listing() for end in ends))
    return dict(zip(ends, found, strict=True))


async def _together(ends: Sequence[RemoteEnd]) -> Mapping[End, Listing]:
    """List ends below one prefix by a listing of all its keys, in any order."""
    above = _above(ends[0])
    by_name = {end.below[len(above) : -1]: end for end in ends}
    keys: dict[RemoteEnd, list[Key]] = {end: [] for end in ends}
    token: str | None = None
    while True:
        page = await ends[0].page(above, token=token)
        seen_ends: set[RemoteEnd] = set()
        before = sum(map(len, keys.values()))
        for key in page.keys:
            name, slash, _ = key.key[len(above) :].partition("/")
            end = by_name.get(name) if slash else None
            if end is not None:
                keys[end].append(key)
                seen_ends.add(end)
        token = page.token
        if token is None:
            return {end: end.listing_of(found) for end, found in keys.items()}
        matching = sum(map(len, keys.values())) - before
        if len(seen_ends) < _ON_A_PAGE or matching < _OF_A_PAGE * len(page.keys):
            return await _each(ends)


def _above(end: RemoteEnd) -> str:
    above, slash, _ = end.prefix.rpartition("/")
    return above + slash
