"""Files of an object in pieces, for a page that saves them on the person's own computer."""

from __future__ import annotations

import io
import secrets
import threading
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import ChangedError, NotFoundError, OptionError
from modos_widgets.session.file_upload import PIECE

if TYPE_CHECKING:
    from modos_widgets.storage import BinaryFile, Storage

__all__ = ["LARGEST_DOWNLOAD", "FilePieces"]

LARGEST_DOWNLOAD: Final = 2 * 2**30
"""Largest file in bytes that a page can receive."""

_MOST_OPEN = 8


class FilePieces:
    """Open files of objects that pages read in pieces; the one opened first is closed first.

    All pieces come from the version that was opened: if the file is replaced, reading fails.
    """

    def __init__(self) -> None:
        self._open: dict[str, tuple[BinaryFile, int, threading.Lock]] = {}
        self._lock = threading.Lock()

    def begin(self, storage: Storage, name: str) -> tuple[str, int]:
        """Open a file of an object. Uses the network.

        Parameters
        ----------
        storage : Storage
            Storage of the object.
        name : str
            Path of the file in the object.

        Returns
        -------
        tuple of (str, int)
            An identifier for `read`, and the size in bytes.

        Raises
        ------
        NotFoundError
            The object has no such file.
        OptionError
            The file is too large for a page.
        CredentialsError, EndpointError, PathError, StorageError
            It cannot be read.
        """
        file = storage.open(name)
        size = file.seek(0, io.SEEK_END)
        if size > LARGEST_DOWNLOAD:
            file.close()
            raise OptionError(
                f"{name} has more than 2 GiB.", "Save it in the folder of the notebook instead."
            )
        key = secrets.token_hex(8)
        with self._lock:
            while len(self._open) >= _MOST_OPEN:
                self._close(next(iter(self._open)))
            self._open[key] = (file, size, threading.Lock())
        return key, size

    def read(self, key: str, offset: int) -> bytes:
        """Read a piece. Uses the network.

        Parameters
        ----------
        key : str
            The identifier from `begin`.
        offset : int
            First byte.

        Returns
        -------
        bytes
            At most `PIECE` bytes; fewer only at the end of the file.

        Raises
        ------
        NotFoundError
            The file is no longer open.
        ChangedError
            The file was replaced or shortened.
        CredentialsError, EndpointError, StorageError
            It cannot be read.
        """
        found = self._open.get(key)
        if found is None:
            raise NotFoundError("The download has ended.", "Start it again.")
        file, size, lock = found
        wanted = max(0, min(PIECE, size - offset))
        with lock:
            if file.closed:
                raise NotFoundError("The download has ended.", "Start it again.")
            file.seek(offset)
            data = file.read(wanted)
        if len(data) != wanted:
            raise ChangedError("The file was changed while it was read.", "Start again.")
        return data

    def end(self, key: str) -> None:
        """Close a file.

        Parameters
        ----------
        key : str
            The identifier from `begin`; an unknown one is ignored.
        """
        with self._lock:
            self._close(key)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for key in list(self._open):
                self._close(key)

    def _close(self, key: str) -> None:
        file, _, lock = self._open.pop(key, (None, 0, None))
        if file is not None and lock is not None:
            with lock:
                file.close()
