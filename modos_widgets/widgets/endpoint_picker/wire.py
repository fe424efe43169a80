"""Messages that `EndpointPicker` exchanges with its browser half.

``make wire`` writes ``js/endpoint_picker/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import TypedDict


class Offered(TypedDict):
    """An endpoint or folder to choose."""

    url: str
    label: str
    why: str
    """Why it is listed: 'offered', 'recent', 'current' or the environment variable."""


class Service(TypedDict):
    """A service, and whether it answers."""

    name: str
    word: str
    url: str
    reachable: bool
    milliseconds: int | None
    login: bool | None
    version: str | None
    problem: str | None
    moved: str
    """Its origin, if it differs from that at sign-in; else empty."""


class TextRequest(TypedDict):
    """A typed URL or folder."""

    text: str


class UrlRequest(TypedDict):
    """A recent endpoint or folder."""

    url: str


class FoldersRequest(TypedDict):
    """A folder; empty for that of the kernel."""

    path: str


class FoldersAnswer(TypedDict):
    """The folders in a folder."""

    path: str
    parent: str | None
    folders: list[tuple[str, bool]]
    """Name, and whether it is an object."""
    more: int
    """Number of folders that are not listed."""


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    value: str | None
    checking: bool
    _offered: list[Offered]
    _services: list[Service]
    _s3_url: str
