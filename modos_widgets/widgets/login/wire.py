"""Messages that `Login` exchanges with its browser half.

``make wire`` writes ``js/login/wire.ts`` from these types. A token is never part of a
message: it is sent as bytes beside it.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from modos_widgets.widgets.wire import SessionProblem


class AccountShown(TypedDict):
    """The account that is signed in."""

    name: str
    subject: str
    expires_at: float | None
    """Seconds since 1970."""
    renews: bool
    scopes: list[str]
    permissions: list[tuple[str, str]]
    """Path, and the rights there."""


class CodeShown(TypedDict):
    """A code to confirm at the provider."""

    user_code: str
    address: str
    link: str | None
    """The address, if it is safe to open."""
    expires_at: float
    """Seconds since 1970."""


class Shown(TypedDict):
    """A sign-in."""

    state: str
    endpoint: str
    can_begin: bool
    account: AccountShown | None
    code: CodeShown | None
    problem: SessionProblem | None
    keys: list[tuple[str, bool]]
    """Place of other S3 keys, and whether they can be removed."""
    in_memory: bool


class BeginRequest(TypedDict):
    """A sign-in to begin."""

    for_command_line: NotRequired[bool]
    """Write a key for the ``modos`` command line too."""


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    _shown: Shown
