"""New and deleted objects of a Browser, and changes that someone else proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modos_widgets.errors import OptionError
from modos_widgets.session import NewObject, read_proposal, uploads
from modos_widgets.widgets.browser.wire import (
    DeleteRequest,
    NewObjectAnswer,
    NewObjectRequest,
    OpenProposalRequest,
    PlacesAnswer,
)
from modos_widgets.widgets.front_end import Request, answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets import background
    from modos_widgets.session import Session
    from modos_widgets.widgets.browser.guard import Guard

__all__ = ["Objects"]

_PATIENCE: Final = 3_600.0  # seconds
_MOST_SUGGESTED: Final = 200
_LONGEST: Final = 20_000


class Objects:
    """Requests that create, delete and restore objects, and open proposed changes.

    Parameters
    ----------
    session : Session
        The objects.
    guard : Guard
        Asks before unsaved changes are lost.
    server_files : callable
        Returns whether objects can be created on the computer of the kernel.
    """

    def __init__(self, session: Session, guard: Guard, server_files: Callable[[], bool]) -> None:
        self._session = session
        self._guard = guard
        self._server_files = server_files

    def _wait(self, task: background.Task[None]) -> None:
        """Wait for the end of a task of the session, which reports its errors itself."""
        task.future.result(_PATIENCE)

    # -- new objects ----------------------------------------------------------------------------

    @answers("places")
    def answer_places(self, _: Request) -> PlacesAnswer:
        """Return suggestions for the place of a new object, and objects to copy from."""
        session = self._session
        modo = session.modo
        places: dict[str, None] = {}
        if modo is not None:
            places[modo.path.rstrip("/").rpartition("/")[0]] = None
        for place in (session.below, session.folder):
            if place:
                places[place.rstrip("/")] = None
        entries = session.objects
        for entry in entries:
            if len(places) >= _MOST_SUGGESTED:
                break
            places[entry.path.rstrip("/").rpartition("/")[0]] = None
        objects = {} if modo is None else {modo.path: modo.id}
        for entry in entries[:_MOST_SUGGESTED]:
            objects.setdefault(entry.path, entry.id or entry.name)
        return {"places": [place for place in places if place], "objects": list(objects.items())}

    def _new(self, request: Request[NewObjectRequest]) -> tuple[NewObject, NewObjectAnswer]:
        texts = {
            field: str(request.payload.get(field, ""))[:_LONGEST]
            for field in ("place", "id", "name", "description")
        }
        new = NewObject(**texts)
        taken = {entry.path for entry in self._session.objects}
        problems = new.problems(self._session.location, taken)
        if not new.place.strip().startswith("s3://") and not self._server_files():
            problems["place"] = (
                "Objects on the notebook server cannot be created here. Enter s3://bucket/prefix."
            )
        path = "" if "place" in problems or not new.id.strip() else new.path
        return new, {"path": path, "problems": problems, "notes": new.notes()}

    @answers("check new object")
    def answer_check(self, request: Request[NewObjectRequest]) -> NewObjectAnswer:
        """Check the fields of a new object while they are typed; no network use."""
        return self._new(request)[1]

    @answers("create")
    def answer_create(self, request: Request[NewObjectRequest]) -> NewObjectAnswer:
        """Create an object and start to edit it, unless a field is wrong."""
        new, answer = self._new(request)
        if not answer["problems"]:
            like = str(request.payload.get("like", "")) or None
            self._wait(self._session.create(new, like))
            problem = self._session.problem
            if problem is not None and problem.about == "creating":
                self._session.problem = None
                message = f"{problem.message} {problem.hint}".strip()
                answer["problems"]["id" if "already exists" in message else "place"] = message
        return answer

    # -- deleted objects ------------------------------------------------------------------------

    @answers("delete")
    def answer_delete(self, request: Request[DeleteRequest]) -> None:
        """Delete the open object, whose id a person has typed."""
        modo = self._session.modo
        if modo is None or str(request.payload.get("typed", "")).strip() != modo.id.strip():
            raise OptionError("This is not the id of the open object.", "Enter its id.")
        self._wait(self._session.delete())

    @answers("restore")
    def answer_restore(self, _: Request) -> None:
        """Restore the object that was deleted last."""
        session = self._session
        self._guard.run(lambda: self._wait(session.restore()), "Restore the object")

    @answers("forget deleted", at_once=True)
    def answer_forget(self, _: Request) -> None:
        """Hide where the deleted object is."""
        self._session.deleted = None

    # -- proposed changes -----------------------------------------------------------------------

    @answers("open proposal")
    def answer_open(self, request: Request[OpenProposalRequest]) -> None:
        """Open proposed changes as a draft."""
        payload = request.payload
        if "path" in payload:
            text = read_proposal(str(payload["path"]).strip()[:_LONGEST])
        else:
            upload = uploads().finish(str(payload.get("upload", "")))
            try:
                text = read_proposal(upload.path)
            finally:
                uploads().cancel(upload.id)
        files_from = str(payload.get("files_from", "")).strip()[:_LONGEST] or None
        session = self._session
        self._guard.run(
            lambda: self._wait(session.open_proposal(text, files_from=files_from)),
            "Open proposed changes",
        )
        problem = session.problem
        if problem is not None and problem.about == "editing":
            session.problem = None
            raise OptionError(problem.message, problem.hint)
