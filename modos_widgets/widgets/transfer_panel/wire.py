"""Messages that `TransferPanel` exchanges with its browser half.

``make wire`` writes ``js/transfer_panel/wire.ts`` from these types.
"""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from modos_widgets.widgets.wire import ProblemText


class FileRow(NamedTuple):
    """A file of a plan or a report."""

    path: str
    bytes: int
    state: str
    """Planned action, or outcome."""
    detail: str


class PlanShown(TypedDict):
    """The files that would be copied."""

    actions: dict[str, tuple[int, int]]
    """Files and bytes by action."""
    rows: list[FileRow]
    files: int


class ProgressShown(TypedDict):
    """The progress of a transfer."""

    files: int
    files_done: int
    files_failed: int
    omitted: int
    bytes: int
    bytes_done: int
    rate: float
    seconds_left: float | None
    classes: dict[str, tuple[int, int]]
    """Files, and copied files, by class of element."""


class Shown(TypedDict, total=False):
    """A plan or a transfer."""

    plan: PlanShown
    progress: ProgressShown
    seconds: float
    """How long an ended transfer took."""
    rows: list[FileRow]
    problem: ProblemText
    copy: str
    """Path of the complete copy of one object, if it can be opened here."""
    refused: bool
    """Whether the check of the objects found errors, so nothing was copied."""


class Fields(TypedDict, total=False):
    """The content of the fields."""

    source: str
    target: str
    overwrite: bool
    force: bool


class State(TypedDict):
    """The traits of the widget that are synchronized."""

    source: str
    target: str
    overwrite: bool
    force: bool
    phase: str
    _shown: Shown
