"""Messages that `History` exchanges with its browser half.

``make wire`` writes ``js/history/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from modos_widgets.widgets.wire import Chip, Nothing


class CommitShown(TypedDict):
    """A commit in the list."""

    id: str
    when: str
    """Time with time zone, as in the journal."""
    who: str
    message: str
    state: str
    undoes: str
    """Message or id of the commit that it undoes; else empty."""
    elements: int
    cells: int
    files: int


class CommitsAnswer(TypedDict):
    """The latest commits."""

    name: str
    """Id of the object; empty if none is open."""
    commits: list[CommitShown]
    total: int


class CommitQuestion(TypedDict):
    """A commit."""

    id: str


class ChangesAnswer(TypedDict):
    """The changes of a commit."""

    rows: list[tuple[str, str, str | None, str | None]]
    """Element, slot, before and after."""
    total: int
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""


class UndoConflict(TypedDict):
    """A cell that has changed since a commit."""

    element: str
    slot: str
    committed: str | None
    """The value that the commit wrote."""
    stored: str | None


class CheckAnswer(TypedDict):
    """Whether a commit can be undone."""

    possible: bool
    reason: str
    conflicts: list[UndoConflict]
    conflict_count: int
    lacking: list[str]
    """Files that an undo cannot restore."""
    undo_first: str
    """Id of the commit to undo first; empty if there is none."""
    chips: dict[str, list[Chip]]


class UndoRequest(TypedDict):
    """A commit to undo."""

    id: str
    message: NotRequired[str]


class UndoneAnswer(TypedDict):
    """A commit that undoes another one."""

    id: str
    summary: str


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    selected: str | None
    height: str


class Events(TypedDict):
    """Events that Python sends."""

    refreshed: Nothing
    """The list of commits may have changed."""
