"""The draft of a Browser: its state for the page, and the requests that start and end editing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.errors import OptionError
from modos_widgets.widgets.browser.wire import EditAnswer, EditRequest, EditState
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.proposal import proposal_file
from modos_widgets.widgets.wire import ProposalAnswer

if TYPE_CHECKING:
    from modos_widgets.modo import ChangeSet, Draft
    from modos_widgets.session import Session
    from modos_widgets.widgets.browser.guard import Guard
    from modos_widgets.widgets.table import MetadataTable

__all__ = ["Editing", "changes_of"]

_MOST_PATHS: Final = 2_000
_PATIENCE: Final = 600.0  # seconds


class Editing:
    """State of the draft of a session, for the page.

    Parameters
    ----------
    session : Session
        The draft.
    guard : Guard
        Asks before unsaved changes are lost.
    table : MetadataTable
        The table that edits the draft.
    """

    def __init__(self, session: Session, guard: Guard, table: MetadataTable) -> None:
        self._session = session
        self._guard = guard
        self._table = table
        self._revision = 0
        self._files_revision = 0
        self._attached: tuple[object, ...] = ()

    def changed(self) -> None:
        """Count a change of the draft."""
        self._revision += 1
        draft, modo = self._session.draft, self._session.modo
        attached: tuple[object, ...] = ()
        if draft is not None and modo is not None and self._session.drafted(modo.path):
            attached = (*draft.attachments(modo.path), *_named_files(draft, modo.path))
        if attached != self._attached:
            self._attached = attached
            self._files_revision += 1

    def state(self) -> EditState:
        """Return the state of the draft."""
        session = self._session
        draft = session.draft
        if draft is None:
            return {
                "editing": False,
                "paths": [],
                "changes": 0,
                "changed_objects": 0,
                "errors": 0,
                "proposing": False,
                "revision": self._revision,
                "files": self._files_revision,
                "classes": {},
            }
        counts = self._table.status
        return {
            "editing": True,
            "paths": [modo.path for modo in draft.modos[:_MOST_PATHS]],
            "changes": counts.get("changes", 0),
            "changed_objects": counts.get("objects", 0),
            "errors": counts.get("errors", 0),
            "proposing": session.proposing,
            "revision": self._revision,
            "files": self._files_revision,
            "classes": {group: name for group, name in draft.schema.default_class.items() if group},
        }

    @answers("edit")
    def answer_edit(self, request: Request[EditRequest]) -> EditAnswer:
        """Start to edit objects; return why they cannot be changed, or ''."""
        session = self._session
        paths = [str(path) for path in request.payload.get("paths") or []] or None
        propose = request.payload.get("propose") is True
        if session.unsaved:
            self._guard.run(lambda: session.edit(paths, propose=propose), "Edit other objects")
            return {"read_only": ""}
        session.edit(paths, propose=propose).future.result(_PATIENCE)
        return {"read_only": session.read_only}

    @answers("stop editing")
    def answer_stop(self, _: Request) -> None:
        """End editing, once values on their way from the table are stored."""
        self._table.finish_requests()
        self._guard.run(self._session.stop_editing, "Done")

    @answers("proposal")
    def answer_proposal(self, _: Request) -> ProposalAnswer:
        """Return the changes as a file for someone else to review."""
        return proposal_file(self._draft())

    def _draft(self) -> Draft:
        if self._session.draft is None:
            raise OptionError("Nothing is being edited.", "Choose Edit first.")
        return self._session.draft


def changes_of(draft: Draft, path: str) -> ChangeSet | None:
    """Return the changes of one object of a draft, or None."""
    return next((each for each in draft.changes() if each.path == path), None)


def _named_files(draft: Draft, path: str) -> list[tuple[str, object]]:
    """Return the changed ``data_path`` of each element."""
    changes = changes_of(draft, path)
    if changes is None:
        return []
    cells = [
        (key, slots["data_path"][1]) for key, slots in changes.cells.items() if "data_path" in slots
    ]
    added = [(key, each.get("data_path")) for key, each in changes.added.items()]
    return [*cells, *added, *((key, None) for key in changes.removed)]
