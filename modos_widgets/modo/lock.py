"""Lock of an object on this computer: one writer at a time.

With the lock, writers wait instead of retrying. The operating system releases it when a process
dies. No update is lost without it either, because every write names the version that it replaces.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import LockedError, StorageError
from modos_widgets.files import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["object_lock"]

INSIDE = ".modos-10c4ed0b1ec70000.part"
"""Name of the lock within the object, used if the folder of the object is not writable. It is the
name of a temporary file of the storage, which is never listed or transferred."""

_MODE = 0o666  # Every account that can write to the object must be able to lock it.


@contextmanager
def object_lock(url: str, timeout: float) -> Iterator[None]:
    """Lock an object for the duration of a block; objects on S3 are not locked.

    Parameters
    ----------
    url : str
        Path of the object; it need not exist.
    timeout : float
        Seconds to wait.

    Raises
    ------
    LockedError
        Another process had the lock until the timeout.
    StorageError
        A lock file can be created neither beside the object nor within it.
    """
    if url.startswith("s3://"):
        yield
        return
    folder = Path(url)
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
                f"Another process is still writing to {folder} after {timeout:g} s.",
                "Retry when it has finished.",
            ) from None
        try:
            yield
        finally:
            with suppress(
                OSError
            ):  # Another account owns the file, in a folder with the sticky bit.
                path.unlink()
