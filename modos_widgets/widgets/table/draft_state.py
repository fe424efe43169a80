"""Draft of a table: its changes, its findings, and the counts of the status line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from modos_widgets import background
from modos_widgets.errors import OptionError, ReadOnlyError
from modos_widgets.modo import Findings
from modos_widgets.widgets.table.columns import slots_of
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.modo import Commit, Draft, Slot
    from modos_widgets.widgets.table.rows import Rows
    from modos_widgets.widgets.table.wire import Status

__all__ = ["DraftState"]

_CHECK_AT_ONCE: Final = 3_000
_SLICE: Final = 0.003  # seconds for which a check in the background holds the lock of the rows
_PAUSE: Final = 0.001  # seconds in which others take the lock, which is not fair


class DraftState:
    """State of the draft of a table; a DataFrame has no draft and cannot be edited.

    Parameters
    ----------
    rows : Rows
        The rows of the table; they get the marks of their cells.
    on_change : callable, optional
        Called after each change, with whether columns were added.

    Attributes
    ----------
    slots : dict
        The schema's slots by name.
    commit : Commit or None
        The last commit of this table, which can be undone.
    """

    def __init__(self, rows: Rows, on_change: Callable[[bool], object] | None = None) -> None:
        self.rows = rows
        self.slots: dict[str, Slot] = {}
        self.commit: Commit | None = None
        self._data = rows.data if isinstance(rows.data, DraftSource) else None
        self._on_change = on_change
        self._checking: background.Task[None] | None = None
        self._interrupted = 0
        if self._data is not None:
            self.slots = slots_of(self._data.draft.schema)
            rows.marks = Marks(self._data)
            self.count_interrupted()
            self._check(self._data)
            self._data.tabs.count_all_findings(self._data.draft)

    def close(self) -> None:
        """End checks and notifications, before another source is shown."""
        self._on_change = None
        if self._checking is not None:
            self._checking.cancel()

    @property
    def draft(self) -> Draft | None:
        """Draft with the edits; None for a DataFrame."""
        return self._data.draft if self._data is not None else None

    @property
    def found(self) -> Findings:
        """Findings of the checks so far."""
        return self._data.draft.findings if self._data is not None else Findings(())

    @property
    def findings(self) -> Findings:
        """Findings in the draft; waits for a check that is running."""
        if self._checking is not None:
            self._checking.future.exception(60)
        with self.rows.lock:
            return self.found

    def writable(self) -> DraftSource:
        """Return the data to change.

        Raises
        ------
        OptionError
            The table is not editable.
        """
        if self._data is None or not self.rows.editable:
            raise OptionError("This table is read-only.", "Pass editable=True to edit it.")
        return self._data

    def refresh(self) -> None:
        """Update rows, marks and counts from the draft."""
        data = self._data
        if data is None:
            return
        with self.rows.lock:
            self._check(data)
            self._notify(columns_added=self._update(data))

    def _update(self, data: DraftSource) -> bool:
        """Update rows and marks; return whether columns were added.

        The cost depends on the changes, unless rows were added or removed.
        """
        watch, slots, marks = data.watch, len(data.slots), self.rows.marks
        if watch.moved:
            self.rows.update(moved=data.reload())
            if marks is not None:
                marks.count_all()
            data.tabs.count_all_findings(data.draft)
        else:
            self.rows.update(moved=False, columns=data.update(watch.changed))
            if marks is not None:
                marks.count(watch)
            data.tabs.count_findings(data.draft, watch.checked | watch.changed)
        watch.clear()
        columns_added = len(data.slots) != slots
        if columns_added:
            self.rows.describe()
        return columns_added

    def _notify(self, *, columns_added: bool) -> None:
        if self._on_change is not None:
            self._on_change(columns_added)

    def _check(self, data: DraftSource) -> None:
        """Check what has changed: at once if it is little, else in the background."""
        at_once = data.draft.unchecked <= _CHECK_AT_ONCE
        done = data.draft.check(None if at_once else _SLICE)
        if not done and (self._checking is None or self._checking.done):
            self._checking = background.run(self._check_later, data)

    def _check_later(self, data: DraftSource) -> None:
        done = False
        while not done:
            time.sleep(_PAUSE)
            with self.rows.lock:
                background.check_cancelled()
                done = data.draft.check(_SLICE)
                if done:
                    self._notify(columns_added=self._update(data))

    def count_interrupted(self) -> None:
        """Count the objects whose last local commit was interrupted; reads the journal."""
        interrupted = self.draft.interrupted if self.draft is not None else ()
        self._interrupted = len({commit.object for commit in interrupted})

    def status(self) -> Status:
        """Return the counts of the status line; empty without a draft."""
        data = self._data
        if data is None:
            return {}
        changes, objects = self.rows.marks.changes if self.rows.marks is not None else (0, 0)
        counts, fixable = data.draft.finding_counts()
        return {
            "version": self.rows.version,
            "changes": changes,
            "undecided": len(data.draft.undecided()),
            "objects": objects,
            "errors": counts.get("error", 0),
            "warnings": counts.get("warning", 0),
            "notes": counts.get("note", 0),
            "fixable": fixable,
            "undo": data.draft.can_undo,
            "redo": data.draft.can_redo,
            "readonly": _read_only_reason(data.draft) if self.rows.editable else "",
            "committed": self.commit.id if self.commit is not None else "",
            "interrupted": self._interrupted,
            "tabs": data.tabs.states(data.numbers),
        }


def _read_only_reason(draft: Draft) -> str:
    """Return why a commit would be refused, or ''."""
    if not any(modo.storage.read_only for modo in draft.modos):
        return ""
    return str(
        ReadOnlyError(
            "Read-only.",
            'Open the object with open_modo(path, mode="r+") to commit, or pass the changes '
            "on with table.draft.to_json().",
        )
    )
