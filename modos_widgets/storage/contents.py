"""What the seams of a storage hand over: contents, listings, the root document."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

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
    """

    name: str
    size: int
    modified: datetime | None = None
    etag: str | None = None


Files = list[FileEntry]
Names = list[str]
"""Aliases: within a class that has a method ``list`` the name means the method."""


@dataclass(frozen=True)
class Level:
    """What lies directly in a folder, sorted by name."""

    folders: tuple[str, ...]
    files: tuple[FileEntry, ...]
