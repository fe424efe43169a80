"""One writer at a time for an object on this computer.

The lock makes writers wait instead of retrying, and tells a live commit from a torn one:
the system drops it when a process dies. No update is lost without it either, since every
write says which version it replaces.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import LockedError, StorageError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.storage import Storage

__all__ = ["object_lock"]

INSIDE = ".modos-10c4ed0b1ec70000.part"
"""The lock's name within the object, where the folder beside it may not be written: it has
the form of a temporary file of the storage, which is never listed or transferred."""


@contextmanager
def object_lock(storage: Storage, timeout: float) -> Iterator[None]:
    """Hold an object's lock; on S3 there is none to hold.

    Parameters
    ----------
    storage : Storage
        The object.
    timeout : float
        Seconds to wait.

    Raises
    ------
    LockedError
        Another process held it all the while.
    """
    if storage.url.startswith("s3://") or fcntl is None:
        yield
        return
    folder = Path(storage.url)
    path, descriptor = _acquire(folder, time.monotonic() + timeout, timeout)
    try:
        yield
    finally:
        with suppress(OSError):  # somebody else's file in a folder that protects such
            path.unlink()
        os.close(descriptor)


def _acquire(folder: Path, deadline: float, timeout: float) -> tuple[Path, int]:
    pause = 0.002
    while True:
        path, descriptor = _open(folder)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(descriptor).st_ino:
                    return path, descriptor  # and not one that was removed meanwhile
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise LockedError(
                f"Another process has been writing to {folder} for {timeout:g} s.",
                "Try again when it is done.",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def _open(folder: Path) -> tuple[Path, int]:
    beside = folder.parent / f".{folder.name}.modos-lock"
    try:
        return beside, os.open(beside, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        if beside.exists():  # made by somebody else, whose file may only be read
            with suppress(OSError):
                return beside, os.open(beside, os.O_RDONLY)
    inside = folder / INSIDE
    try:
        return inside, os.open(inside, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be locked for writing: {error.strerror}.",
            "Look at the folder and its rights.",
        ) from error
