"""Messages of the review of proposed changes.

``make wire`` writes ``js/proposal/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from modos_widgets.widgets.wire import Chip

CellKey = tuple[str, str, str]
"""Object, element and slot; no slot: the whole element."""


class ProposedShown(TypedDict):
    """A proposed change."""

    cell: CellKey
    kind: str
    """'cell', 'added', 'removed' or 'file'."""
    base: str | None
    """The value that it is based on."""
    proposed: str | None
    stored: str | None
    """The value that is stored now."""
    stale: bool
    """Whether someone has changed the cell since the proposal was made."""


class ProposedRequest(TypedDict):
    """The undecided changes."""

    refresh: NotRequired[bool]
    """Read the objects again first."""


class ProposedAnswer(TypedDict):
    """The undecided changes."""

    revision: str
    changes: list[ProposedShown]
    total: int
    several: bool
    """Whether the draft has several objects."""
    chips: dict[str, list[Chip]]


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
