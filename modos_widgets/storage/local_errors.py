"""Translation of operating system errors."""

from __future__ import annotations

import errno
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modos_widgets.errors import (
    AlreadyExistsError,
    CredentialsError,
    ModosError,
    NotFoundError,
    PathError,
    ReadOnlyError,
    StorageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["check_regular", "from_local", "local_failures"]


@contextmanager
def local_failures(url: str, *, writing: bool) -> Iterator[None]:
    """Translate operating system errors for a local path."""
    try:
        yield
    except ModosError:
        raise
    except OSError as error:
        raise from_local(error, url, writing=writing) from error


def check_regular(place: Path, mode: int | None = None) -> None:
    """Check that a path is not a pipe, socket or device: opening one may block forever.

    Raises
    ------
    PathError
    """
    if mode is None:
        mode = place.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise PathError(
            f"{place} is neither a file nor a folder (a pipe, a socket or a device).",
            "Move it out of the object.",
        )


def from_local(error: OSError, url: str, *, writing: bool) -> ModosError:  # noqa: PLR0911
    """Translate one error of the operating system."""
    match error.errno:
        case errno.ENOENT:
            return NotFoundError(f"No file or folder at {url}.", "Check the path.")
        case errno.EEXIST | errno.ENOTEMPTY:
            return AlreadyExistsError(
                f"{url} already exists.", "Choose another path, or remove it first."
            )
        case errno.EISDIR:
            return PathError(f"{url} is a folder, not a file.", "Pass the path of a file.")
        case errno.ENOTDIR:
            return PathError(
                f"{url} needs a folder where there is a file.",
                "Choose another path, or move the file.",
            )
        case errno.ENAMETOOLONG:
            return PathError(f"The path {url} is too long.", "Choose a shorter name.")
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return StorageError(
                f"There is no space left for {url}.", "Free space on the disk, then retry."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS if writing:
            return ReadOnlyError(
                f"Permission denied: cannot write {url}.",
                "Check the permissions of the folder and its disk.",
            )
        case errno.EACCES | errno.EPERM:
            return CredentialsError(
                f"Permission denied: cannot read {url}.", "Check the permissions of the folder."
            )
        case errno.ELOOP:
            return PathError(f"The links at {url} are circular.", "Remove the links.")
        case _:
            return StorageError(f"{url}: {error.strerror or error}")
