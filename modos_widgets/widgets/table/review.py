"""Review of a draft's changes, their commit and its report, conflicts and undo."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.background import cancelled
from modos_widgets.errors import (
    ConflictError,
    CredentialsError,
    InvalidMetadataError,
    OptionError,
    UnsupportedError,
)
from modos_widgets.widgets.front_end import Request, StreamedRequest, answers
from modos_widgets.widgets.slot_values import value_chips, value_words
from modos_widgets.widgets.table.report import CurationReport
from modos_widgets.widgets.table.wire import (
    CommitAnswer,
    CommitProgress,
    CommitRequest,
    RepairAnswer,
    ResolveAnswer,
    ResolveRequest,
    ReviewAnswer,
    UndoneAnswer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modos_widgets.modo import Commit, Conflict, Finding
    from modos_widgets.widgets.table import wire
    from modos_widgets.widgets.table.draft_state import DraftState

__all__ = ["Review"]

CommitStream = StreamedRequest[CommitRequest, CommitProgress]
_MOST_SHOWN: Final = 500
_MOST_ERRORS: Final = 50


class Review:
    """Review, commit and undo of the changes of a table.

    Parameters
    ----------
    state : DraftState
        The draft that is committed.
    stream : callable, optional
        Sends progress to the view that requested the commit: ``stream(request, payload)``.
    report : CurationReport, optional
        The report of an earlier commit.

    Attributes
    ----------
    report : CurationReport or None
        Report of the last commit.
    """

    def __init__(
        self,
        state: DraftState,
        stream: Callable[[CommitStream, CommitProgress], object] | None = None,
        report: CurationReport | None = None,
    ) -> None:
        self.report = report
        self._state = state
        self._lock = state.rows.lock
        self._stream = stream
        self._before = state.found
        self._conflicts: tuple[Conflict, ...] = ()

    # -- in Python --------------------------------------------------------------------------

    def commit(self, message: str | None = None, *, force: bool = False) -> Commit:
        """Commit the changes; see `Draft.commit`.

        Parameters
        ----------
        message : str, optional
            Commit message.
        force : bool
            Commit even if the draft adds errors.

        Returns
        -------
        Commit
        """
        with self._lock:
            try:
                commit = self._state.writable().draft.commit(message, force)
            finally:
                self._state.refresh()
            self._record(commit)
            return commit

    def undo(self) -> Commit:
        """Undo the last commit; uses the network.

        Returns
        -------
        Commit

        Raises
        ------
        OptionError
            There is no commit, or there are uncommitted changes.
        ConflictError
            Its cells have changed since; nothing was undone.
        """
        with self._lock:
            draft, commit = self._state.writable().draft, self._state.commit
            if commit is None:
                raise OptionError(
                    "This table has no commit to undo.",
                    "Use Modo.undo_commit to undo an earlier commit.",
                )
            if draft:
                raise OptionError("There are uncommitted changes.", "Commit or discard them first.")
            undone = commit.undo()
            draft.reload()
            self._state.commit = None
            self._state.refresh()
            self._before = self._state.found
            return undone

    def _record(self, commit: Commit) -> CurationReport:
        self.report = report = CurationReport(commit, self._before, self._state.found)
        self._before = self._state.found
        self._state.commit = commit
        self._conflicts = ()
        self._state.refresh()
        return report

    # -- for the browser --------------------------------------------------------------------

    @answers("repair")
    def answer_repair(self, _request: Request) -> RepairAnswer:
        """Repair the objects whose commit was interrupted."""
        with self._lock:
            try:
                repaired = self._state.writable().draft.repair()
            finally:
                self._state.count_interrupted()
                self._state.refresh()
            self._before = self._state.found
            return {"repaired": len(repaired)}

    @answers("review")
    def answer_review(self, _request: Request) -> ReviewAnswer:
        """Return what would be written, and the errors that it would add."""
        with self._lock:
            draft = self._state.writable().draft
            rows = draft.rows()
            errors = draft.new_errors()
        return {
            "revision": _revision(rows),
            "total": len(rows),
            "objects": len({row[0] for row in rows}),
            "several": len(draft.modos) > 1,
            "rows": [
                (
                    path,
                    element,
                    slot,
                    value_words(before),
                    value_words(after),
                    "" if draft.evidence is None else draft.evidence.source(element, slot, after),
                )
                for path, element, slot, before, after in rows[:_MOST_SHOWN]
            ],
            "chips": value_chips(
                ((slot, value) for _, _, slot, *both in rows[:_MOST_SHOWN] for value in both),
                draft.schema.link_slots,
            ),
            "errors": _findings(errors),
            "error_count": len(errors),
            "counts": self._state.found.counts(),
        }

    @answers("commit")
    def answer_commit(self, request: CommitStream) -> CommitAnswer:
        """Commit the reviewed changes; return the commit or what prevented it."""
        payload = request.payload
        with self._lock:
            draft = self._state.writable().draft
            if not draft:
                raise OptionError("No changes to commit.", "Edit a cell first.")
            if payload.get("revision") != _revision(draft.rows()):
                return {"changed": True}  # by another view or by code, since it was reviewed
            try:
                commit = draft.commit(
                    str(payload.get("message", ""))[:2_000] or None,
                    force=payload.get("force") is True,
                    unconditional=payload.get("unconditional") is True,
                    on_progress=lambda now: self._progress(request, now.done, now.total),
                )
            except InvalidMetadataError:
                errors = draft.new_errors()
                return {"errors": _findings(errors), "error_count": len(errors)}
            except ConflictError as error:
                self._conflicts = tuple(error.conflicts)
                return self._conflict_answer()
            except CredentialsError as error:
                return {"refused": {"message": error.message, "hint": error.hint}}
            except UnsupportedError as error:
                if "condition" not in str(error):
                    raise
                return {"unconditional": error.message}
            finally:
                self._state.refresh()
            report = self._record(commit)
            return {
                "id": commit.id,
                "summary": repr(commit),
                "report": {"summary": repr(report), "counts": report.counts},
            }

    def _progress(self, request: CommitStream, done: int, of: int) -> None:
        if self._stream is not None:
            self._stream(request, {"done": done, "of": of})

    def _conflict_answer(self) -> CommitAnswer:
        shown = self._conflicts[:_MOST_SHOWN]
        return {
            "conflicts": [
                {
                    "object": conflict.object,
                    "element": conflict.element,
                    "slot": conflict.slot,
                    "base": value_words(conflict.base),
                    "mine": value_words(conflict.mine),
                    "theirs": value_words(conflict.theirs),
                }
                for conflict in shown
            ],
            "conflict_count": len(self._conflicts),
            "chips": value_chips(
                (
                    (conflict.slot, value)
                    for conflict in shown
                    for value in (conflict.base, conflict.mine, conflict.theirs)
                ),
                self._state.writable().draft.schema.link_slots,
            ),
        }

    @answers("resolve")
    def answer_resolve(self, request: Request[ResolveRequest]) -> ResolveAnswer:
        """Resolve the conflicts of the last commit: one answer each."""
        keep = [str(choice) for choice in request.payload.get("keep", [])]
        with self._lock:
            draft = self._state.writable().draft
            conflicts = self._conflicts
            shown = min(len(conflicts), _MOST_SHOWN)
            expected = shown + (len(conflicts) > shown)  # the last one is for those not shown
            if len(keep) != expected or not {"mine", "theirs"}.issuperset(keep):
                raise OptionError(
                    "Choose a value for every conflict.", "Use “mine” or “theirs” for each."
                )
            self._conflicts = ()
            for place, conflict in enumerate(conflicts):
                mine = keep[min(place, expected - 1)] == "mine"
                draft.resolve(conflict, "mine" if mine else "theirs")
            self._state.refresh()
        return {"changes": len(draft), "cancelled": cancelled()}

    @answers("undo_commit")
    def answer_undo(self, _request: Request) -> UndoneAnswer:
        """Undo the last commit."""
        return {"summary": repr(self.undo())}


def _findings(errors: Sequence[Finding]) -> list[wire.Finding]:
    return [
        {
            "object": finding.object,
            "element": finding.element,
            "slot": finding.slot,
            "severity": finding.severity,
            "title": finding.title,
            "message": finding.message,
        }
        for finding in errors[:_MOST_ERRORS]
    ]


def _revision(rows: Sequence[tuple[Any, ...]]) -> str:
    """Return a digest of the changes."""
    return hashlib.blake2b(repr(rows).encode(errors="backslashreplace"), digest_size=16).hexdigest()
