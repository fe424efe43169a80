"""Review, commit, conflicts and taking back, asked for in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ConflictError, InvalidMetadataError, OptionError, UnsupportedError
from modos_widgets.modo.change import shown
from modos_widgets.modo.values import MISSING
from modos_widgets.session.background import cancelled
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.labels import label_of
from modos_widgets.widgets.metadata_table.marks import title_of
from modos_widgets.widgets.metadata_table.offering import OfferingTable
from modos_widgets.widgets.metadata_table.report import CurationReport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.modo.committed import Commit
    from modos_widgets.modo.findings import Finding, Findings
    from modos_widgets.modo.merging import Conflict

__all__ = ["CuratedTable"]

_MOST_SHOWN: Final = 500


def _said(value: Any) -> str | None:
    """Give a value so that a list differs from the one value in it."""
    return None if value is MISSING else shown(value).encode(errors="replace").decode()


def _labels(values: Iterable[Any]) -> dict[str, tuple[str, str]]:
    """Give the label and the short address of those values that are terms, or lists with terms."""
    found = {}
    for value in values:
        many = isinstance(value, list)
        terms = [(label_of(entry), entry) for entry in (value if many else [value])]
        if any(term for term, _ in terms):
            words = [term.label if term else str(_said(entry)) for term, entry in terms]
            short = [term.curie if term else entry for term, entry in terms]
            address = _said(short if many else short[0])
            found[str(_said(value))] = (", ".join(words), str(address))
    return found


def _told(finding: Finding) -> dict[str, str]:
    return {
        "object": finding.object,
        "element": finding.element,
        "slot": finding.slot,
        "severity": finding.severity,
        "title": title_of(finding.code),
        "message": finding.message,
    }


class CuratedTable(OfferingTable):
    """A table whose changes can be reviewed, committed and taken back."""

    _report: CurationReport | None = None
    _commit_made: Commit | None = None
    _base_found: Findings | None = None
    _conflicts: tuple[Conflict, ...] = ()

    @property
    def report(self) -> CurationReport | None:
        """What the last commit came to; put it into a cell to keep it in the notebook."""
        return self._report

    def _changed_source(self) -> None:
        self._commit_made = None
        self._conflicts = ()
        super()._changed_source()
        self._base_found = self._found

    def _last_commit(self) -> str:
        return self._commit_made.id if self._commit_made is not None else ""

    def commit(self, message: str | None = None, *, force: bool = False) -> Commit:
        """Write the changes as the table's button does; `report` then tells what it came to.

        Touches the network, and raises what `Draft.commit` raises.

        Parameters
        ----------
        message : str, optional
            Why, for the journal.
        force : bool
            Write although the draft brings in errors.
        """
        with self._lock:
            try:
                commit = self._drafted().draft.commit(message, force)
            finally:
                self._after()
            self._note(commit)
            return commit

    def take_back(self) -> Commit:
        """Take the last commit of this table back; touches the network.

        Raises
        ------
        OptionError
            There is no such commit, or changes were made since that are not committed.
        ConflictError
            Somebody has changed its cells since; nothing was taken back.
        """
        with self._lock:
            draft = self._drafted().draft
            commit = self._commit_made
            if commit is None:
                raise OptionError("There is no commit of this table to take back.", "")
            if draft:
                raise OptionError(
                    "There are changes that are not committed.", "Commit or discard them first."
                )
            undone = commit.undo()
            for part in undone.parts:
                draft.begin_anew(part.modo)
            self._commit_made = None
            self._after()
            self._base_found = self._found
            return undone

    @answers("review")
    def _answer_review(self, _request: Request) -> dict[str, Any]:
        """Tell what would be written, and the errors that it would bring in."""
        with self._lock:
            draft = self._drafted().draft
            rows = draft.rows()
            errors = draft.new_errors()
        return {
            "total": len(rows),
            "objects": len({row[0] for row in rows}),
            "several": len(draft.modos) > 1,
            "rows": [
                [path, element, slot, _said(before), _said(after)]
                for path, element, slot, before, after in rows[:_MOST_SHOWN]
            ],
            "labels": _labels(value for row in rows[:_MOST_SHOWN] for value in row[3:]),
            "errors": [_told(one) for one in errors[:50]],
            "error_count": len(errors),
            "counts": self._found.counts(),
        }

    @answers("commit")
    def _answer_commit(self, request: Request) -> dict[str, Any]:
        """Write the changes; tell what stands against it."""
        asked = request.payload
        with self._lock:
            draft = self._drafted().draft
            if not draft:
                raise OptionError("There is nothing to commit.", "Change a cell first.")
            try:
                commit = draft.commit(
                    str(asked.get("message", ""))[:2_000] or None,
                    force=asked.get("force") is True,
                    unconditional=asked.get("unconditional") is True,
                    on_progress=lambda done, of: self.stream(request, {"done": done, "of": of}),
                )
            except InvalidMetadataError:
                errors = draft.new_errors()
                return {"errors": [_told(one) for one in errors[:50]], "error_count": len(errors)}
            except ConflictError as error:
                self._conflicts = tuple(error.conflicts)
                return {
                    "conflicts": self._told_conflicts(),
                    "conflict_count": len(self._conflicts),
                    "labels": _labels(
                        value
                        for one in self._conflicts[:_MOST_SHOWN]
                        for value in (one.base, one.mine, one.theirs)
                    ),
                }
            except UnsupportedError as error:
                if "condition" not in str(error):
                    raise
                return {"unconditional": error.message}
            finally:
                self._after()
            self._note(commit)
            return {"id": commit.id, "said": repr(commit), "report": self._said_report()}

    def _note(self, commit: Commit) -> None:
        before = self._base_found if self._base_found is not None else self._found
        self._report = CurationReport(commit, before, self._found)
        self._base_found = self._found
        self._commit_made = commit
        self._conflicts = ()
        self._after()

    def _said_report(self) -> dict[str, Any]:
        report = self._report
        return {} if report is None else {"said": repr(report), "counts": report.counts}

    def _told_conflicts(self) -> list[dict[str, Any]]:
        return [
            {
                "object": one.object,
                "element": one.element,
                "slot": one.slot,
                "base": _said(one.base),
                "mine": _said(one.mine),
                "theirs": _said(one.theirs),
            }
            for one in self._conflicts[:_MOST_SHOWN]
        ]

    @answers("resolve")
    def _answer_resolve(self, request: Request) -> dict[str, Any]:
        """Settle the conflicts that the last commit met: one answer each."""
        keep = [str(each) for each in request.payload.get("keep", [])]
        with self._lock:
            draft = self._drafted().draft
            conflicts = self._conflicts
            shown = min(len(conflicts), _MOST_SHOWN)
            asked = shown + (len(conflicts) > shown)  # the last answer is for those not shown
            if len(keep) != asked or not {"mine", "theirs"}.issuperset(keep):
                raise OptionError(
                    "It is not said of every cell which value counts.",
                    "Answer “mine” or “theirs” for each.",
                )
            self._conflicts = ()
            for place, one in enumerate(conflicts):
                mine = keep[min(place, asked - 1)] == "mine"
                draft.resolve(one, "mine" if mine else "theirs")
            self._after()
        return {"changes": len(draft), "cancelled": cancelled()}

    @answers("take_back")
    def _answer_take_back(self, _request: Request) -> dict[str, Any]:
        """Take the last commit back."""
        return {"said": repr(self.take_back())}
