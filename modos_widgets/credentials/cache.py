"""The cache folder shared with the ``modos`` command line."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

from modos_widgets.credentials.secret import SecretBytes
from modos_widgets.errors import StorageError


def cache_folder() -> Path:
    """Give the cache folder, made with mode 0700 when it is not there.

    It is ``platformdirs.user_cache_dir("modos", "sdsc")`` (``XDG_CACHE_HOME`` is
    honoured), the same that the ``modos`` command line uses. No network.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StorageError
        When the folder cannot be made.
    """
    folder = Path(platformdirs.user_cache_dir("modos", "sdsc"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StorageError(
            f"The cache folder {folder} cannot be made: {error.strerror}.",
            "Set XDG_CACHE_HOME to a folder that may be written.",
        ) from error
    return folder


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, all of it or nothing.

    The content goes to a temporary file in the same folder, which has mode 0600
    before the first byte is in it, and is then renamed. No network.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder must exist.
    data : bytes
        The content.

    Raises
    ------
    StorageError
        When the file cannot be written; the old content is then still there.
    """
    path, data = Path(path), SecretBytes(data)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.",
            "Look at the folder's rights and the free space of its disk.",
        ) from error
