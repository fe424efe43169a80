"""One writer at a time for an object on this computer.

The lock makes writers wait instead of retrying, and tells a live commit from a torn one:
the system drops it when a process dies. No update is lost without it either, since every
write says which version it replaces.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import LockedError, StorageError
from modos_widgets.files import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.storage import Storage

__all__ = ["object_lock"]

INSIDE = ".modos-10c4ed0b1ec70000.part"
"""The lock's name within the object, where the folder beside it may not be written: it has
the form of a temporary file of the storage, which is never listed or transferred."""

_MODE = 0o666  # whoever may write to the object may lock it, also with an account of their own


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
        Another process held it for all that time.
    StorageError
        No lock file can be created, neither beside the object nor within it.
    """
    if storage.url.startswith("s3://"):
        yield
        return
    folder = Path(storage.url)
    path = folder.parent / f".{folder.name}.modos-lock"
    with ExitStack() as stack:
        try:
            try:
                stack.enter_context(locked(path, timeout, mode=_MODE))
            except StorageError:
                path = folder / INSIDE
                stack.enter_context(locked(path, timeout, mode=_MODE))
        except LockedError:
            raise LockedError(
                f"Another process has been writing to {folder} for {timeout:g} s.",
                "Try again when it is done.",
            ) from None
        try:
            yield
        finally:
            with suppress(OSError):  # someone else's file in a folder that protects such
                path.unlink()
