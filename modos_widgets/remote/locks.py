"""One at a time, over threads and over processes."""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modos_widgets.errors import LockedError, StorageError

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


_log = logging.getLogger(__name__)

_POLL = 0.02
_HELD = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK}


class _Threads:
    """The lock of the threads; a process that is forked off starts with a free one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._free)

    def _free(self) -> None:
        self.lock = threading.Lock()


_threads = _Threads()


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
    StorageError
        When the file cannot be made.
    """
    lock = _threads.lock
    ends = time.monotonic() + patience
    if not lock.acquire(timeout=patience):
        raise _too_long(path)
    try:
        descriptor = _open(path)
        try:
            held = _wait(descriptor, path, ends)
            try:
                yield
            finally:
                if held:
                    _give_back(descriptor)
        finally:
            os.close(descriptor)
    finally:
        lock.release()


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be made: {error.strerror}.", "Look at the rights of its folder."
        ) from error


def _wait(descriptor: int, path: Path, ends: float) -> bool:
    """Wait for the lock; False where the file system has none."""
    while True:
        try:
            _take(descriptor)
        except OSError as error:
            if error.errno not in _HELD:
                _log.warning("%s cannot be locked (%s): other processes may", path, error.strerror)
                return False
            if time.monotonic() > ends:
                raise _too_long(path) from None
            time.sleep(_POLL)
        else:
            return True


def _too_long(path: Path) -> LockedError:
    return LockedError(
        f"{path} is held by another process for too long.", "End that process, then try again."
    )
