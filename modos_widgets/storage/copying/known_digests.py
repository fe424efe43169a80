"""Digests of local files, so that a file is read again only if it has changed.

A file is unchanged if its path, device, inode, size, modification time and status change time
(which cannot be set) are. Those of large files are kept in the cache folder, in a file that only
its owner can read, so a later process does not read them either.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

from modos_widgets.concurrency import PerProcess
from modos_widgets.credentials import cache_folder, sign_in_is_in_memory
from modos_widgets.errors import ModosError
from modos_widgets.files import write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["digest_of_file"]

_SETTLED = 2_000_000_000  # nanoseconds: the coarsest clock of a file system
_MOST = 20_000  # maximum number of digests in memory
_LARGE = 64 << 20  # bytes of a file whose digest is kept for other processes
MOST_KEPT = 1_000  # maximum number of these
_MOST_BYTES = 1 << 20  # of the file that keeps them
_FORM = re.compile(r"[0-9a-f]{32}(-[0-9]{1,5})?")
_NAME = "digests.json"


class _Known:
    """Digests that this process knows."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.digests: OrderedDict[tuple[object, ...], str] = OrderedDict()


_known = PerProcess(_Known)


def digest_of_file(path: Path, part: int, digest_of: Callable[[Path], str]) -> str:
    """Return the digest of a local file; reads the file unless it is known to be unchanged.

    A file that was written just now is read each time, as file systems store coarse times.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    part : int
        Size of the parts of which the digest is made; 0 for that of the whole content.
    digest_of : callable
        Reads the file.

    Returns
    -------
    str
    """
    before = _identity(path)
    place, known = (*before, part), _known.value
    with known.lock:
        digest = known.digests.get(place)
    large = path.stat().st_size >= _LARGE and not sign_in_is_in_memory()  # of several people
    if digest is None and large:
        digest = _kept().get(_key(place))
    if digest is not None:
        return digest
    digest = digest_of(path)
    if not _is_settled(before) or _identity(path) != before:
        return digest
    with known.lock:
        known.digests[place] = digest
        while len(known.digests) > _MOST:
            known.digests.popitem(last=False)
    if large:
        _keep(_key(place), digest)
    return digest


def _identity(path: Path) -> tuple[object, ...]:
    facts = path.stat()
    times = facts.st_mtime_ns, facts.st_ctime_ns
    return str(path.absolute()), facts.st_dev, facts.st_ino, facts.st_size, *times


def _is_settled(identity: tuple[object, ...]) -> bool:
    return all(
        isinstance(moment, int) and time.time_ns() - moment > _SETTLED for moment in identity[-2:]
    )


def _key(place: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(place).encode(), digest_size=16).hexdigest()


def _kept() -> dict[str, str]:
    """Return the digests in the cache folder, the oldest first; none if they cannot be read."""
    try:
        with (cache_folder() / _NAME).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError, ModosError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        key: digest
        for key, digest in found.items()
        if isinstance(digest, str) and _FORM.fullmatch(digest)
    }


def _keep(key: str, digest: str) -> None:
    """Add a digest to the cache folder; of two processes at a time, one can lose its own."""
    kept = _kept()
    kept.pop(key, None)
    kept[key] = digest
    newest = dict(list(kept.items())[-MOST_KEPT:])
    with suppress(OSError, ModosError):  # without a cache the file is read again
        write_private(cache_folder() / _NAME, json.dumps(newest).encode(), lasting=False)
