"""What requests to S3 bring: keys, contents, pages of a listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Fetched", "Key", "Keys", "Page"]

Data = TypeVar("Data", bytes, memoryview)


@dataclass(frozen=True)
class Key:
    """A key as a listing or a HEAD describes it.

    Attributes
    ----------
    key : str
        The whole key in its bucket.
    size : int
        Bytes.
    modified : datetime.datetime or None
        When it was last written, with its time zone.
    etag : str or None
        As the server gives it, quotes included.
    """

    key: str
    size: int
    modified: datetime | None
    etag: str | None


Keys = list[Key]
"""An alias for classes that have a method ``list``."""


@dataclass(frozen=True)
class Fetched(Generic[Data]):
    """Content of a key, or a part of it.

    Attributes
    ----------
    data : bytes or memoryview
        At most as many bytes as were asked for. A memoryview is where they arrived: a copy of
        a large part costs as much as its way here.
    size : int
        Bytes of the whole content.
    etag : str
        Names this content; empty where the server gives none.
    """

    data: Data
    size: int
    etag: str


@dataclass(frozen=True)
class Page:
    """One page of a listing, or one level as a whole.

    Attributes
    ----------
    keys : tuple of Key
        In the order of their names.
    prefixes : tuple of str
        What keys further below begin with, each with its trailing slash.
    token : str or None
        Where the next page begins; None at the end.
    """

    keys: tuple[Key, ...]
    prefixes: tuple[str, ...] = ()
    token: str | None = None
