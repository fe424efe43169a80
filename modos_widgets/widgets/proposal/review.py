"""Answers the requests of the review of proposed changes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.concurrency import on_threads
from modos_widgets.errors import OptionError
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.proposal.file import proposal_file
from modos_widgets.widgets.proposal.wire import (
    DecideAnswer,
    DecideRequest,
    ProposedRequest,
)
from modos_widgets.widgets.slot_values import value_chips, value_words
from modos_widgets.widgets.wire import ProposalAnswer, ProposedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from modos_widgets.modo import Draft, Modo, ProposedChange

__all__ = ["ProposalReview", "proposed_changes"]

_MOST_SHOWN: Final = 500
_OBJECTS_AT_ONCE: Final = 16


class ProposalReview:
    """Accept and reject the undecided changes of a draft (see `Draft.undecided`).

    A widget adds it to its `_collaborators`, and shows the component of ``js/proposal``.

    Parameters
    ----------
    draft : callable
        Returns the draft that is shown, or None.
    changed : callable
        Called after changes were decided.
    lock : context manager
        Held while the draft is used.
    """

    def __init__(
        self,
        draft: Callable[[], Draft | None],
        changed: Callable[[], object],
        lock: AbstractContextManager[Any],
    ) -> None:
        self._get_draft = draft
        self._changed = changed
        self._lock = lock

    def _draft(self) -> Draft:
        draft = self._get_draft()
        if draft is None:
            raise OptionError("There is no draft.", "Open proposed changes first.")
        return draft

    @answers("proposal")
    def answer_proposal(self, _: Request) -> ProposalAnswer:
        """Return the changes as a file for someone else to review."""
        with self._lock:
            return proposal_file(self._draft())

    @answers("proposed changes")
    def answer_proposed(self, request: Request[ProposedRequest]) -> ProposedAnswer:
        """Return the undecided changes, with what is stored now."""
        if request.payload.get("refresh") is True:
            on_threads(_refresh, self._draft().modos, most=_OBJECTS_AT_ONCE)
        with self._lock:
            return proposed_changes(self._draft())

    @answers("decide")
    def answer_decide(self, request: Request[DecideRequest]) -> DecideAnswer:
        """Accept and reject changes that were shown, also those of changed cells."""
        payload = request.payload
        with self._lock:
            draft = self._draft()
            found = draft.undecided()
            if payload.get("revision") != _revision(found):
                return {"undecided": len(found), "changed": True}
            known = {change.cell: change for change in found}
            with draft.together():
                rejected = [known[cell] for cell in _cells(payload.get("reject"), known)]
                if rejected:
                    draft.reject(rejected)
                accepted = [known[cell] for cell in _cells(payload.get("accept"), known)]
                left = {change.cell for change in draft.undecided()}
                accepted = [change for change in accepted if change.cell in left]
                if accepted:
                    draft.accept(accepted, overwrite=True)  # the stored value was shown
            self._changed()
            return {"undecided": len(draft.undecided())}


def proposed_changes(draft: Draft) -> ProposedAnswer:
    """Return the undecided changes of a draft, as the dialog shows them.

    Parameters
    ----------
    draft : Draft
        The draft.

    Returns
    -------
    ProposedAnswer
    """
    found = draft.undecided()
    shown = found[:_MOST_SHOWN]
    return {
        "revision": _revision(found),
        "changes": [
            {
                "cell": change.cell,
                "kind": change.kind,
                "base": value_words(change.base),
                "proposed": value_words(change.proposed),
                "stored": value_words(change.stored),
                "stale": change.is_stale,
            }
            for change in shown
        ],
        "total": len(found),
        "several": len(draft.modos) > 1,
        "chips": value_chips(
            (
                (change.cell[2], value)
                for change in shown
                for value in (change.base, change.proposed, change.stored)
            ),
            draft.schema.link_slots,
        ),
    }


def _refresh(modo: Modo) -> None:
    modo.refresh()


def _cells(
    cells: Any, known: dict[tuple[str, str, str], ProposedChange]
) -> list[tuple[str, str, str]]:
    """Return the requested cells, each of which must have been shown."""
    found = [(str(path), str(element), str(slot)) for path, element, slot in cells or []]
    if any(cell not in known for cell in found):
        raise OptionError("A cell is not among the proposed changes.", "Open the review again.")
    return found


def _revision(changes: Sequence[ProposedChange]) -> str:
    """Return a digest of the changes, with the stored values."""
    text = repr([(each.cell, each.base, each.proposed, each.stored) for each in changes])
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=16).hexdigest()
