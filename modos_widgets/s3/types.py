"""Results of requests to S3: keys, contents, pages of a listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Fetched", "Key", "Keys", "Page"]

Data = TypeVar("Data", bytes, memoryview)


class Key(NamedTuple):
    """Key in a listing or in the response to a HEAD request.

    Attributes
    ----------
    key : str
        The whole key in its bucket.
    size : int
        Size in bytes.
    modified : datetime.datetime or None
        Time of the last write, with a time zone.
    etag : str or None
        ETag from the server, including quotes.
    """

    key: str
    size: int
    modified: datetime | None
    etag: str | None


Keys = list[Key]
"""Alias for classes that have a method ``list``."""


@dataclass(frozen=True)
class Fetched(Generic[Data]):
    """Content of a key, or a range of it.

    Attributes
    ----------
    data : bytes or memoryview
        At most as many bytes as were requested. A memoryview avoids a copy, which for a large
        range takes as long as the transfer.
    size : int
        Bytes of the whole content.
    etag : str
        ETag of the content; empty if the server returns none.
    """

    data: Data
    size: int
    etag: str


@dataclass(frozen=True)
class Page:
    """Page of a listing, or a complete level.

    Attributes
    ----------
    keys : tuple of Key
        Keys in the order of their names.
    prefixes : tuple of str
        Prefixes of the keys below this level, each with its trailing slash.
    token : str or None
        Token of the next page; None for the last page.
    """

    keys: tuple[Key, ...]
    prefixes: tuple[str, ...] = ()
    token: str | None = None
