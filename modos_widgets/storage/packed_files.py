"""Files that contain a zarr hierarchy: on this computer, on S3, or in an object."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from modos_widgets import s3
from modos_widgets.storage.paths import inside
from modos_widgets.storage.ranges import LocalRanges, S3Ranges
from modos_widgets.storage.reference_store import open_references
from modos_widgets.storage.zip_store import open_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

    from modos_widgets.credentials import S3Options
    from modos_widgets.storage.base import Storage
    from modos_widgets.storage.packed_store import PackedStore
    from modos_widgets.storage.ranges import Ranges

__all__ = ["is_packed", "open_packed", "packed_folder_file", "packed_s3_file", "store_in"]


def is_packed(path: str) -> bool:
    """Return whether a file may contain a hierarchy, by its name: ``.zip`` or ``.json``."""
    return path.lower().endswith((".zip", ".json"))


def packed_folder_file(path: Path) -> PackedStore:
    """Open a zip file or a kerchunk reference file on this computer.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    PackedStore

    Raises
    ------
    BrokenFileError, UnsupportedError
        As for `open_packed`.
    NotFoundError, PathError, StorageError
        The file cannot be read.
    """
    folder = path.absolute().parent

    def opens(relative: str) -> Ranges:
        return LocalRanges(inside(folder / relative, folder))

    return open_packed(LocalRanges(path), folder.as_posix(), folder.as_posix(), opens)


def packed_s3_file(options: S3Options, bucket: str, key: str) -> PackedStore:
    """Open a zip file or a kerchunk reference file on S3.

    Parameters
    ----------
    options : S3Options
        With the keys.
    bucket, key : str
        Place of the file.

    Returns
    -------
    PackedStore

    Raises
    ------
    BrokenFileError, UnsupportedError
        As for `open_packed`.
    CredentialsError, EndpointError, NotFoundError, StorageError
        A request was refused or failed.
    """
    client = s3.S3Client.shared(options)
    folder = "/".join(part for part in (bucket, key.rpartition("/")[0]) if part)

    def opens(relative: str) -> Ranges:
        return S3Ranges(client, bucket, f"{folder}/{relative}".removeprefix(f"{bucket}/"))

    place = f"s3://{folder}"
    store = open_packed(S3Ranges(client, bucket, key), place, place, opens)
    store.options = options
    return store


def store_in(storage: Storage, target: str) -> Store:
    """Return the zarr store of a hierarchy among the files of an object, read-only.

    Parameters
    ----------
    storage : Storage
        The object.
    target : str
        Path of a folder, a zip file or a kerchunk reference file in the object. References may
        name any file of the object.

    Returns
    -------
    zarr.abc.store.Store

    Raises
    ------
    BrokenFileError, UnsupportedError
        As for `open_packed`.
    ModosError
        A file cannot be read.
    """
    if not is_packed(target):
        return storage.archive_at(target)
    base = posixpath.join(storage.url, posixpath.dirname(target))
    return open_packed(storage.ranges(target), base, storage.url, storage.ranges)


def open_packed(
    ranges: Ranges, base: str, fence: str, opens: Callable[[str], Ranges]
) -> PackedStore:
    """Open a zip file or a kerchunk reference file, by the ending of its name.

    Parameters
    ----------
    ranges : Ranges
        The file.
    base, fence, opens
        As for `open_references`.

    Returns
    -------
    PackedStore

    Raises
    ------
    BrokenFileError
        It is damaged, or of another kind.
    UnsupportedError
        It is too large, encrypted, or has references that are generated.
    ModosError
        It cannot be read.
    """
    if ranges.name.lower().endswith(".zip"):
        return open_zip(ranges)
    return open_references(ranges, base, fence, opens)
