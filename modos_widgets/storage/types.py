"""What the seams of a storage hand over: contents, listings, the root document."""

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
"""Takes the mark of a file that is about to be put (see `Storage.stream`)."""

ROOT_LIMIT: Final = 8 * 2**20
"""Bytes: a larger root document is no metadata read any more; levels are listed instead."""


class Expected(Enum):
    """What a write expects to find."""

    ANY = "any"
    """Whatever is there."""


ANY: Final = Expected.ANY


@dataclass(frozen=True)
class Content:
    """A file's bytes and the etag that stands for them in a conditional write."""

    data: bytes
    etag: str


@dataclass(frozen=True)
class Write:
    """A file to be written, and what it replaces.

    Attributes
    ----------
    target : str
        Its path.
    data : bytes
        Its content.
    expected : str, None or ANY
        The etag of the content that is to be replaced; None where there is to be none.
    """

    target: str
    data: bytes
    expected: str | Expected | None


@dataclass(frozen=True)
class RootDocument:
    """The archive's ``zarr.json``.

    Attributes
    ----------
    data : bytes or None
        None when it is larger than 8 MiB, or not there (a zarr v2 archive).
    size : int
        Bytes of the whole document.
    etag : str or None
    document : Mapping or None
        The document, parsed once for all who need it; nobody writes into it.
    """

    data: bytes | None
    size: int
    etag: str | None
    document: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class FileEntry:
    """A file in a listing.

    Attributes
    ----------
    name : str
        In `Level` its name, in `Storage.files` its path relative to the object.
    size : int
        Bytes.
    modified : datetime.datetime or None
        With a time zone.
    etag : str or None
        None for local files, whose content would have to be read.
    version : str or None
        What tells the file from any later one under its name, without reading it: its ETag on
        S3; inode, size and time on a disk (see `Storage.delete_version`).
    mark : str
        The mark that it was written under (see `Storage.stream`); only from `Storage.stat_many`.
    """

    name: str
    size: int
    modified: datetime | None = None
    etag: str | None = None
    version: str | None = field(default=None, compare=False)
    mark: str = field(default="", compare=False)


Files = list[FileEntry]
Names = list[str]
"""Aliases: within a class that has a method ``list`` the name means the method."""


@dataclass(frozen=True)
class Level:
    """What lies directly in a folder, sorted by name."""

    folders: tuple[str, ...]
    files: tuple[FileEntry, ...]


_MD5 = re.compile(r'"?([0-9a-f]{32})"?\Z')


def check_written(read: bytes, read_etag: str, written: bytes, etag: str, path: str) -> None:
    """Check the ETag that a write returned against what was written.

    Where the store's ETag of what was read is that content's MD5, that of what was
    written has to be, too; where it is something else (encryption), it has to be there.

    Raises
    ------
    StorageError
        The store holds something else than what was sent.
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
            f"The store's ETag of {path} is not that of what was sent.",
            "Check the object with validate().",
        )
