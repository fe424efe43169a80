"""The folder or prefix whose files are described: its files, and ranges of them."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modos_widgets import s3
from modos_widgets.archive import ARCHIVE
from modos_widgets.errors import NotFoundError, OptionError, PathError
from modos_widgets.s3 import side_by_side
from modos_widgets.storage import (
    BinaryFile,
    LocalRanges,
    S3Ranges,
    S3Reader,
    absolute_folder,
    from_local,
    is_temporary,
    is_unusable_name,
    s3_path_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.location import Location
    from modos_widgets.storage import Ranges

__all__ = [
    "FolderListing",
    "LocalFolder",
    "S3Folder",
    "SourceFolder",
    "relative_to",
    "source_folder",
]

MOST_FILES: Final = 100_000
MOST_FOLDERS: Final = 20_000
_ZARR: Final = ".zarr"


@dataclass(frozen=True)
class FolderListing:
    """The content of a folder.

    Attributes
    ----------
    files : dict of str to int
        Path of each file relative to the folder, and its size in bytes.
    arrays : tuple of str
        Folders whose name ends in ``.zarr``; their content is not listed.
    objects : tuple of str
        Folders that are objects; their content is not listed.
    """

    files: dict[str, int]
    arrays: tuple[str, ...]
    objects: tuple[str, ...]


@dataclass
class _Level:
    """One level of a folder."""

    folders: list[str]
    files: dict[str, int]


class _Walk:
    """Collects the levels of a folder, and says which folders are listed next.

    Parameters
    ----------
    url : str
        Path of the folder, for messages.
    skipped : str
        Folder that is not listed, relative to the source.
    """

    def __init__(self, url: str, skipped: str) -> None:
        self._url, self._skipped = url, skipped
        self._files: dict[str, int] = {}
        self._arrays: list[str] = []
        self._objects: list[str] = []
        self._folders = 0

    def next_folders(self, folder: str, level: _Level) -> list[str]:
        """Add a level, and return the folders below it to list.

        Raises
        ------
        OptionError
            There are too many files or folders.
        """
        if folder and ARCHIVE in level.folders:
            self._objects.append(folder)
            return []
        begin = f"{folder}/" if folder else ""
        self._files |= {begin + name: size for name, size in level.files.items() if _is_shown(name)}
        below = []
        for name in level.folders:
            path = begin + name
            if path in {self._skipped, ARCHIVE} or not _is_shown(name):
                continue
            if name.lower().endswith(_ZARR):
                self._arrays.append(path)
            else:
                below.append(path)
        self._folders += len(below)
        if len(self._files) > MOST_FILES or self._folders > MOST_FOLDERS:
            raise OptionError(
                f"{self._url} has more than {MOST_FILES:,} files or {MOST_FOLDERS:,} folders.",
                "Describe its subfolders one by one.",
            )
        return below

    def listing(self) -> FolderListing:
        """Return what was found, sorted.

        Raises
        ------
        NotFoundError
            There are no files.
        """
        if not self._files and not self._arrays:
            raise NotFoundError(f"There are no files in {self._url}.", "Check the path.")
        return FolderListing(
            dict(sorted(self._files.items())),
            tuple(sorted(self._arrays)),
            tuple(sorted(self._objects)),
        )


def _is_shown(name: str) -> bool:
    """Return whether a file or folder is neither hidden nor temporary.

    Hidden ones hold deleted objects, and the caches of pipelines and editors.
    """
    return not name.startswith(".") and not is_temporary(name)


class LocalFolder:
    """A folder of this computer. Links to files are followed, links to folders are not.

    Hidden files and folders are left out.

    Parameters
    ----------
    path : str or path-like
        The folder.

    Attributes
    ----------
    url : str
        Its absolute path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._root: Path = absolute_folder(path)
        self.url = str(self._root)

    def listing(self, skipped: str = "") -> FolderListing:
        """List the files.

        Parameters
        ----------
        skipped : str
            A folder that is left out, relative to this one.

        Returns
        -------
        FolderListing

        Raises
        ------
        NotFoundError, PathError
            There is no such folder, it has no files, or it is a file.
        CredentialsError, StorageError
            A folder cannot be read.
        OptionError
            There are too many files.
        """
        if self._root.is_file():
            raise PathError(f"{self.url} is a file, not a folder.", "Pass the folder of the file.")
        walk = _Walk(self.url, skipped)
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            waiting += walk.next_folders(folder, self._level(folder))
        return walk.listing()

    def _level(self, folder: str) -> _Level:
        level = _Level([], {})
        place = self._root / folder
        try:
            with os.scandir(place) as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        level.folders.append(entry.name)
                    elif entry.is_file():
                        level.files[entry.name] = entry.stat().st_size
        except OSError as error:
            raise from_local(error, str(place), writing=False) from error
        return level

    def ranges(self, name: str, size: int | None = None) -> Ranges:  # noqa: ARG002
        """Return a file of which ranges can be read."""
        return LocalRanges(self._root / name)

    def open(self, name: str) -> BinaryFile:
        """Open a file for reading from its start to its end."""
        place = self._root / name
        try:
            return BinaryFile(io.FileIO(place, "rb"))
        except OSError as error:
            raise from_local(error, str(place), writing=False) from error

    def path(self, name: str) -> str:
        """Return the path of a file, as `Draft.attach` accepts it."""
        return str(self._root / name)

    def is_inside(self, name: str) -> bool:
        """Return whether a file is in the folder, and not only a link to elsewhere."""
        place = (self._root / name).resolve()
        return place.is_relative_to(self._root.resolve())


class S3Folder:
    """A prefix of a bucket.

    Parameters
    ----------
    place : Location
        ``s3://bucket/prefix`` with its options.

    Attributes
    ----------
    url : str
        ``s3://bucket/prefix``.

    Raises
    ------
    OptionError
        No S3 server is named.
    """

    def __init__(self, place: Location) -> None:
        place.check_server()
        path = s3_path_of(str(place.path))
        self.url = path.url
        self._bucket, self._prefix = path.s3_url_parts()
        self._client = s3.S3Client.shared(place.options())

    def _key(self, name: str) -> str:
        return "/".join(part for part in (self._prefix, name) if part)

    def listing(self, skipped: str = "") -> FolderListing:
        """List the files; one request for each folder.

        Parameters, results and errors are those of `LocalFolder.listing`.
        """
        return self._client.run(self._listing(skipped))

    async def _listing(self, skipped: str) -> FolderListing:
        walk = _Walk(self.url, skipped)
        waiting = [""]
        while waiting:
            levels = await side_by_side(map(self._level, waiting))
            waiting = [
                below
                for folder, level in zip(waiting, levels, strict=True)
                for below in walk.next_folders(folder, level)
            ]
        return walk.listing()

    async def _level(self, folder: str) -> _Level:
        key = self._key(folder)
        page = await self._client.level(self._bucket, key)
        cut = len(key) + 1 if key else 0
        folders = [prefix[cut:].removesuffix("/") for prefix in page.prefixes]
        names = {each.key[cut:]: each.size for each in page.keys}
        return _Level(
            [name for name in folders if not is_unusable_name(name)],
            {name: size for name, size in names.items() if not is_unusable_name(name)},
        )

    def ranges(self, name: str, size: int | None = None) -> Ranges:
        """Return a file of which ranges can be read, each with one request."""
        return S3Ranges(self._client, self._bucket, self._key(name), size)

    def open(self, name: str) -> BinaryFile:
        """Open a file for reading from its start to its end."""
        return BinaryFile(S3Reader(self._client, self._bucket, self._key(name)))

    def path(self, name: str) -> str:
        """Return the URL of a file, as `Draft.attach` accepts it."""
        return f"{self.url}/{name}"

    def is_inside(self, name: str) -> bool:  # noqa: ARG002
        """Return True: a bucket has no links."""
        return True


SourceFolder = LocalFolder | S3Folder


def source_folder(place: Location) -> SourceFolder:
    """Return the folder or prefix of a location.

    Parameters
    ----------
    place : Location
        The folder on this computer, or ``s3://bucket/prefix``.

    Returns
    -------
    LocalFolder or S3Folder

    Raises
    ------
    OptionError
        No S3 server is named.
    """
    return S3Folder(place) if place.is_s3 else LocalFolder(place.path)


def relative_to(folder: str, inner: str) -> str:
    """Return a path relative to a folder; empty if it is not inside it."""
    begin = f"{folder.rstrip('/')}/"
    return inner.rstrip("/").removeprefix(begin) if inner.startswith(begin) else ""
