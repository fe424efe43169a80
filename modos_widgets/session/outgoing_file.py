"""A file that a page downloads: written into a private temporary folder, and read in pieces."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets.errors import NotFoundError, StorageError
from modos_widgets.session.file_upload import PIECE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OutgoingFile"]


class OutgoingFile:
    """The last file that was written for a page; it is kept until the next one or `close`."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._remove: Callable[[], object] | None = None

    def write(self, name: str, write: Callable[[Path], object]) -> int:
        """Write a file.

        Parameters
        ----------
        name : str
            Name of the file.
        write : callable
            Called with the path of the file to write.

        Returns
        -------
        int
            Its size in bytes.

        Raises
        ------
        StorageError
            The temporary folder cannot be created.
        """
        self.close()
        try:
            folder = tempfile.mkdtemp(prefix="modos-outgoing-")
        except OSError as error:
            raise StorageError(
                f"No temporary folder can be created: {error.strerror}.", "Check TMPDIR."
            ) from error
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = Path(folder) / name
        write(path)
        self._path = path
        return path.stat().st_size

    def read(self, offset: int) -> bytes:
        """Return at most `PIECE` bytes of the file.

        Raises
        ------
        NotFoundError
            There is no file, or another one was written since.
        """
        if self._path is None:
            raise NotFoundError("The file no longer exists.", "Save it again.")
        with self._path.open("rb") as file:
            file.seek(max(0, offset))
            return file.read(PIECE)

    def close(self) -> None:
        """Remove the file."""
        self._path = None
        if self._remove is not None:
            self._remove()
