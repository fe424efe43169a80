"""Types of a storage's internal methods: contents, listings, the root document."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from modos_widgets.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

Note: TypeAlias = "Callable[[str], None] | None"
"""Callable that receives the mark of a file before it is written (see `Storage.stream`)."""

ROOT_LIMIT: Final = 8 * 2**20
"""Maximum bytes of a root document; if it is larger, levels are listed instead."""


class Expected(Enum):
    """Content that a write expects to replace."""

    ANY = "any"
    """Any content, or none."""


ANY: Final = Expected.ANY


@dataclass(frozen=True)
class Content:
    """Bytes of a file, and their etag for a conditional write."""

    data: bytes
    etag: str


@dataclass(frozen=True)
class Write:
    """File to write, and the content that it replaces.

    Attributes
    ----------
    target : str
        Path of the file.
    data : bytes
        New content.
    expected : str, None or ANY
        Etag of the content to replace; None: the file must not exist.
    """

    target: str
    data: bytes
    expected: str | Expected | None


@dataclass(frozen=True)
class RootDocument:
    """Root document ``zarr.json`` of the archive.

    Attributes
    ----------
    data : bytes or None
        None if it is larger than 8 MiB, or missing (a zarr v2 archive).
    size : int
        Size of the whole document in bytes.
    etag : str or None
    document : Mapping or None
        The parsed document, which is shared and must not be changed.
    """

    data: bytes | None
    size: int
    etag: str | None
    document: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class FileEntry:
    """File in a listing.

    Attributes
    ----------
    name : str
        Name in a `Level`, path relative to the object in `Storage.files`.
    size : int
        Size in bytes.
    modified : datetime.datetime or None
        Time of the last change, with a time zone.
    etag : str or None
        None for local files, whose content is not read for it.
    version : str or None
        Identifies this version of the file without reading it: its ETag on
        S3; inode, size and time on a disk (see `Storage.delete_version`).
    mark : str
        Mark with which it was written (see `Storage.stream`); only from `Storage.stat_many`.
    """

    name: str
    size: int
    modified: datetime | None = None
    etag: str | None = None
    version: str | None = field(default=None, compare=False)
    mark: str = field(default="", compare=False)


Files = list[FileEntry]
Names = list[str]
"""Aliases, because in a class with a method ``list`` that name means the method."""


@dataclass(frozen=True)
class Level:
    """Folders and files directly in a folder, sorted by name."""

    folders: tuple[str, ...]
    files: tuple[FileEntry, ...]


_MD5 = re.compile(r'"?([0-9a-f]{32})"?\Z')


def check_written(read: bytes, read_etag: str, written: bytes, etag: str, path: str) -> None:
    """Check the ETag that a write returned against the written content.

    If the store's ETag of the content that was read is its MD5, the ETag of the written content
    must be its MD5 too; otherwise (with encryption) there must be an ETag.

    Parameters
    ----------
    read, read_etag
        Content that was read before, and its ETag.
    written, etag
        Content that was written, and the ETag that the store returned.
    path : str
        Path of the file, for the error.

    Raises
    ------
    StorageError
        The stored content differs from what was sent.
    """
    found = _MD5.match(etag)
    known = _MD5.match(read_etag)
    if not etag or (
        found
        and known
        and known[1] == hashlib.md5(read, usedforsecurity=False).hexdigest()
        and found[1] != hashlib.md5(written, usedforsecurity=False).hexdigest()
    ):
        raise StorageError(
            f"The store's ETag of {path} does not match the content that was sent.",
            "Check the object with validate().",
        )
