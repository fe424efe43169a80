"""Messages that `EndpointPicker` exchanges with its browser half.

``make wire`` writes ``js/endpoint_picker/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import TypedDict


class Offered(TypedDict):
    """A place to choose."""

    url: str
    label: str
    why: str
    """Why it is offered: 'given', 'used before' and the like."""


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
    """Its origin, where it was another one at the sign-in; else empty."""


class TextRequest(TypedDict):
    """A typed URL or folder."""

    text: str


class UrlRequest(TypedDict):
    """A place that was used before."""

    url: str


class FoldersRequest(TypedDict):
    """A folder; empty for the kernel's own."""

    path: str


class FoldersAnswer(TypedDict):
    """The folders in a folder."""

    path: str
    parent: str | None
    folders: list[tuple[str, bool]]
    """Name, and whether it is an object."""
    more: int
    """How many are left out."""


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    value: str | None
    checking: bool
    _offered: list[Offered]
    _services: list[Service]
    _given: str
