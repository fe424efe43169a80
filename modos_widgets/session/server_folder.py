"""Folders and files of the computer of the kernel, for choosing a file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modos_widgets.errors import NotFoundError
from modos_widgets.headers import HEAD
from modos_widgets.modo import index_names
from modos_widgets.storage import from_local, is_text

__all__ = [
    "MOST_ENTRIES",
    "FolderEntry",
    "ServerFolder",
    "head_of_file",
    "indexes_beside",
    "list_folder",
]

MOST_ENTRIES: Final = 2_000
"""Entries of a folder that are returned; the rest is counted."""

_MOST_LOOKED_AT = 20_000


@dataclass(frozen=True)
class FolderEntry:
    """A folder or file.

    Attributes
    ----------
    name : str
    is_folder : bool
    size : int
        Bytes; 0 for a folder.
    modified : float
        When it was last changed, in seconds since 1970.
    """

    name: str
    is_folder: bool
    size: int
    modified: float


@dataclass(frozen=True)
class ServerFolder:
    """The content of a folder.

    Attributes
    ----------
    path : str
        Its absolute path.
    parent : str
        The path of the folder above; empty for the root of the disk.
    entries : tuple of FolderEntry
        Folders first, then files, by name.
    left_out : int
        Number of further entries.
    """

    path: str
    parent: str
    entries: tuple[FolderEntry, ...]
    left_out: int


def list_folder(folder: str | os.PathLike[str] = "", *, hidden: bool = False) -> ServerFolder:
    """List a folder of the computer of the kernel.

    Pipes, sockets and devices are left out, and names that are not valid text.

    Parameters
    ----------
    folder : path
        The folder, or a file in it; by default the working folder of the kernel.
    hidden : bool
        List hidden files too, whose names begin with a dot.

    Returns
    -------
    ServerFolder

    Raises
    ------
    NotFoundError
        There is no such folder.
    CredentialsError, PathError, StorageError
        The folder cannot be read.
    """
    try:
        top = Path(folder or Path.cwd()).expanduser().absolute()
        if top.is_file():
            top = top.parent
        found, left_out = _entries(top, hidden=hidden)
    except ValueError as error:  # a zero character
        raise NotFoundError("There is no such folder.", "Check the path.") from error
    except RuntimeError as error:  # a home folder of an unknown account
        raise NotFoundError(f"No folder at {folder}.", "Check the path.") from error
    except OSError as error:
        raise from_local(error, str(folder), writing=False) from error
    found.sort(key=lambda entry: (not entry.is_folder, entry.name.casefold(), entry.name))
    shown = tuple(found[:MOST_ENTRIES])
    parent = "" if top.parent == top else str(top.parent)
    return ServerFolder(str(top), parent, shown, left_out + len(found) - len(shown))


def _entries(top: Path, *, hidden: bool) -> tuple[list[FolderEntry], int]:
    found: list[FolderEntry] = []
    left_out = 0
    with os.scandir(top) as entries:
        for number, entry in enumerate(entries):
            if number >= _MOST_LOOKED_AT:
                left_out += 1
                continue
            if not is_text(entry.name) or (entry.name.startswith(".") and not hidden):
                continue
            try:
                facts = entry.stat()
            except OSError:  # a link to nothing, or a file that is gone
                continue
            is_folder = stat.S_ISDIR(facts.st_mode)
            if is_folder or stat.S_ISREG(facts.st_mode):
                size = 0 if is_folder else facts.st_size
                found.append(FolderEntry(entry.name, is_folder, size, facts.st_mtime))
    return found, left_out


def head_of_file(path: str | os.PathLike[str]) -> tuple[bytes, int]:
    """Return the first bytes and the size of a file of the computer of the kernel.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    tuple of (bytes, int)
        At most `modos_widgets.headers.HEAD` bytes, and the size in bytes.

    Raises
    ------
    NotFoundError
        There is no such file.
    CredentialsError, PathError, StorageError
        It cannot be read, or is not a regular file.
    """
    place = Path(path)
    try:
        facts = place.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise NotFoundError(f"{path} is not a regular file.", "Choose a file.")
        with place.open("rb") as file:
            return file.read(HEAD), facts.st_size
    except ValueError as error:
        raise NotFoundError("There is no such file.", "Check the path.") from error
    except OSError as error:
        if isinstance(error, NotFoundError):
            raise
        raise from_local(error, str(path), writing=False) from error


def indexes_beside(path: str | os.PathLike[str]) -> list[str]:
    """Return the names of the index files beside a file of the computer of the kernel.

    Parameters
    ----------
    path : path
        The data file.

    Returns
    -------
    list of str
        Names without folders.
    """
    return [Path(name).name for name in index_names(os.fspath(path)) if os.path.isfile(name)]  # noqa: PTH113 - never raises
