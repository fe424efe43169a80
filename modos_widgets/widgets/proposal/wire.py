"""Messages of the review of proposed changes.

``make wire`` writes ``js/proposal/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

CellKey = tuple[str, str, str]
"""Object, element and slot; no slot: the whole element."""


class ProposedRequest(TypedDict):
    """The undecided changes."""

    refresh: NotRequired[bool]
    """Read the objects again first."""


class DecideRequest(TypedDict):
    """Changes to accept and to reject, as one step for undo."""

    revision: str
    accept: list[CellKey]
    reject: list[CellKey]


class DecideAnswer(TypedDict):
    """The changes that are left."""

    undecided: int
    changed: NotRequired[bool]
    """The changes are not those that were shown; nothing was decided."""
