"""Whether the places of a copy lie apart: no target at, below or above what is copied."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modos_widgets.errors import PathError
from modos_widgets.storage.copying.endpoints import LocalEnd
from modos_widgets.storage.paths import object_around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.storage.copying.endpoints import End

__all__ = ["check_apart", "folds_case"]

Id = tuple[Any, ...]
_LOOPBACK = frozenset({"127.0.0.1", "0.0.0.0", "::1", "::"})  # noqa: S104 - compared, not bound
_AMAZON = re.compile(r"(?:.+\.)?s3[a-z0-9.-]*\.amazonaws\.com(\.cn)?")


def check_apart(pairs: Sequence[tuple[End, End]]) -> None:
    """Refuse a copy whose target is, contains or lies within something that is copied.

    Such a copy reads what it writes: it grows with each run, or replaces its own source. A place
    within the archive of an object is refused too.
    Local folders are compared as the file system knows them (links, case, ``..``), places on
    S3 without regard to how server and key are written. Reads local metadata only; blocks.

    Parameters
    ----------
    pairs : sequence of (End, End)
        Source and target of each object.

    Raises
    ------
    PathError
        Names the two places, or the one within an archive.
    """
    sources = [(end, _chain(end)) for end, _ in pairs]
    targets = [(end, _chain(end)) for _, end in pairs]
    copied = {chain[0]: end for end, chain in sources}
    written: dict[Id, End] = {}
    for end, chain in targets:
        if chain[0] in written:
            raise PathError(
                f"Two objects would be written to {end.url}.", "Transfer them one by one."
            )
        written[chain[0]] = end
    for end, chain in targets:
        if chain[0] in copied:
            raise PathError(f"{end.url} would be copied onto itself.", _ANOTHER)
        _refuse_within(end, chain, copied, "The target {} lies inside the source {}.")
        _refuse_within(end, chain, written, "The target {} lies inside the target {}.")
    for end, chain in sources:
        _refuse_within(end, chain, written, "The source {} lies inside the target {}.")
        _refuse_within(
            end,
            chain,
            copied,
            "The source {} lies inside the source {}.",
            "Remove it from the list: it is copied with the other.",
        )
    for source, target in pairs:
        if (around := _object_around(source)) is not None:
            raise PathError(
                f"The source {source.url} is in the archive of an object.",
                f"Copy the object itself: {around}",
            )
        if (around := _object_around(target)) is not None:
            raise PathError(
                f"The target {target.url} is in the archive of an object.",
                f"Choose a target outside of {around}.",
            )


_ANOTHER = "Choose a target outside of what is copied."


def _refuse_within(
    end: End, chain: Sequence[Id], places: dict[Id, End], message: str, hint: str = _ANOTHER
) -> None:
    outer = next((places[one] for one in chain[1:] if one in places), None)
    if outer is not None:
        raise PathError(message.format(end.url, outer.url), hint)


def _object_around(end: End) -> str | None:
    place = os.path.realpath(end.root) if isinstance(end, LocalEnd) else end.url
    return object_around(place)


def _chain(end: End) -> list[Id]:
    """Return what identifies a place, and then each folder that it lies in."""
    if isinstance(end, LocalEnd):
        return _folders(Path(os.path.realpath(end.root)))
    parts = [part for part in end.prefix.split("/") if part]
    server = _server(end.options.endpoint)
    return [(server, end.bucket, *parts[:depth]) for depth in range(len(parts), -1, -1)]


def _folders(place: Path) -> list[Id]:
    chain: list[Id] = []
    for folder in reversed((place, *place.parents)):
        try:
            facts = folder.stat()
        except OSError:
            break
        chain.append((facts.st_dev, facts.st_ino))
    known = len(chain)
    missing = place.parts[known:]
    if missing and known:
        folding = folds_case(Path(*place.parts[:known]))
        for name in missing:
            same = unicodedata.normalize("NFC", name).casefold() if folding else name
            chain.append((*chain[-1], same))
    return chain[::-1]


def folds_case(folder: Path) -> bool:
    """Whether the file system of a folder takes names that differ by case for one."""
    while not folder.exists():
        folder = folder.parent
    swapped = folder.with_name(folder.name.swapcase())
    return swapped != folder and swapped.exists() and swapped.samefile(folder)


def _server(endpoint: str | None) -> Id:
    """Return what two spellings of one S3 server share."""
    if endpoint is None:
        return ("amazonaws.com", "")
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    amazon = _AMAZON.fullmatch(host)
    if amazon:  # names of buckets are the same in all of its regions
        return ("amazonaws.com", amazon[1] or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return (_host(host), port, *(part for part in parts.path.split("/") if part))


def _host(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            address = ipaddress.ip_address(socket.inet_aton(host))
        except OSError:
            return host
    mapped = getattr(address, "ipv4_mapped", None) or address
    return "localhost" if str(mapped) in _LOOPBACK else str(mapped)
