"""One at a time, over threads and over processes."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modos_widgets.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _give_back(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give_back(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


_threads = threading.Lock()
_POLL = 0.02


@contextmanager
def only_one(path: Path, patience: float = 90.0) -> Iterator[None]:
    """Hold the lock at `path`, a file of mode 0600 that stays; freed when a process dies.

    Parameters
    ----------
    path : pathlib.Path
    patience : float
        Seconds to wait for it; more than one call over the network may take.

    Raises
    ------
    LockedError
        When somebody else holds it for longer than that.
    """
    ends = time.monotonic() + patience
    if not _threads.acquire(timeout=patience):
        raise _too_long(path)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            while True:
                try:
                    _take(descriptor)
                    break
                except OSError:
                    if time.monotonic() > ends:
                        raise _too_long(path) from None
                    time.sleep(_POLL)
            try:
                yield
            finally:
                _give_back(descriptor)
        finally:
            os.close(descriptor)
    finally:
        _threads.release()


def _too_long(path: Path) -> LockedError:
    return LockedError(
        f"{path} is held by another process for too long.", "End that process, then try again."
    )
