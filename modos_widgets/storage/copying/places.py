"""Check that the places of a copy do not overlap: no target is, contains or is in a source."""

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
    """Check that no target is, contains or is inside a source.

    Such a copy would read what it writes: it would grow with each run, or replace its own source.
    Neither may a place be inside the archive of an object.
    Local folders are compared as the file system identifies them (links, case, ``..``), and places
    on S3 regardless of the spelling of server and key. Reads local metadata only. Blocks.

    Parameters
    ----------
    pairs : sequence of (End, End)
        Source and target of each object.

    Raises
    ------
    PathError
        Two places overlap, or one is inside an archive; the message names them.
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
        _refuse_within(end, chain, copied, "The target {} is inside the source {}.")
        _refuse_within(end, chain, written, "The target {} is inside the target {}.")
    for end, chain in sources:
        _refuse_within(end, chain, written, "The source {} is inside the target {}.")
        _refuse_within(
            end,
            chain,
            copied,
            "The source {} is inside the source {}.",
            "Remove it from the list: it is copied with the other.",
        )
    for source, target in pairs:
        if (around := _object_around(source)) is not None:
            raise PathError(
                f"The source {source.url} is inside the archive of an object.",
                f"Copy the object itself: {around}",
            )
        if (around := _object_around(target)) is not None:
            raise PathError(
                f"The target {target.url} is inside the archive of an object.",
                f"Choose a target outside {around}.",
            )


_ANOTHER = "Choose a target outside the sources."


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
    """Return identifiers of a place, and then of each folder that contains it."""
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
    """Return whether the file system of a folder ignores the case of names."""
    while not folder.exists():
        folder = folder.parent
    swapped = folder.with_name(folder.name.swapcase())
    return swapped != folder and swapped.exists() and swapped.samefile(folder)


def _server(endpoint: str | None) -> Id:
    """Return an identifier that is the same for all spellings of one S3 server."""
    if endpoint is None:
        return ("amazonaws.com", "")
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    amazon = _AMAZON.fullmatch(host)
    if amazon:  # bucket names are unique across all its regions
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
