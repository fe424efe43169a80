"""History: the commits of an object, what each changed, and undo."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import traitlets

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, NotFoundError
from modos_widgets.location import Location
from modos_widgets.modo import DEFAULT_SCHEMA, Modo, open_modo
from modos_widgets.widgets.cards import Cards
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers, register
from modos_widgets.widgets.history.saved_output import as_html, as_text
from modos_widgets.widgets.history.wire import (
    ChangesAnswer,
    CheckAnswer,
    CommitQuestion,
    CommitsAnswer,
    CommitShown,
    UndoneAnswer,
    UndoRequest,
)
from modos_widgets.widgets.shown_code import Piece, assign, opening, program
from modos_widgets.widgets.slot_values import value_chips, value_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.location import AnyPath
    from modos_widgets.modo import Commit
    from modos_widgets.widgets.wire import CardsRequest

__all__ = ["History"]

_MOST_COMMITS: Final = 200
_MOST_ROWS: Final = 500
_MOST_CONFLICTS: Final = 100
_LONGEST: Final = 1000


class History(FrontEndWidget):
    """History of one object: its commits, what each changed, and undo.

    The commits are those in the journal: of this user, on this computer. What a commit changed is
    shown as a table. A commit that cannot be undone says why, and which cells have changed since.

    Network use: opening a path on S3, checking whether a commit can be undone, and undo.

    Parameters
    ----------
    modo : path, Location, Modo or None
        The object; a path is opened for reading and writing. With `endpoint` also an id.
    endpoint : str, optional
        URL of a modos server, if `modo` is a path or an id.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in the spelling of s3fs or obstore. Never a trait.
    **traits
        Values of the traits below.

    Raises
    ------
    ArgumentError
        `modo` has a wrong type, or an argument is not a trait.
    ModosError
        The object cannot be opened (see `open_modo`).

    Examples
    --------
    >>> history = History("cohort/p1")  # doctest: +SKIP
    >>> history.modo.find_commit(history.selected).diff  # doctest: +SKIP
    """

    _bundle_name = "history"
    _code_traits = ("selected",)

    selected = traitlets.Unicode(
        None, allow_none=True, help="Id of the selected commit, or None; settable."
    ).tag(sync=True)
    height = traitlets.Unicode(
        "420px", help="Height as CSS: 'auto', '400px', or '100%' of the container."
    ).tag(sync=True)

    def __init__(
        self,
        modo: Modo | AnyPath | None = None,
        *,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        self._location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._lock = threading.RLock()
        self._undone: list[Callable[[Commit], object]] = []
        self._modo = self._opened(modo)
        self._collaborators = (Cards(self._attributes),)
        super().__init__(**traits)

    def _opened(self, modo: Any) -> Modo | None:
        located = self._location.located(modo)
        if isinstance(located, Location):
            return open_modo(located, mode="r+")
        if located is not None and not isinstance(located, Modo):
            raise ArgumentError.expected("a path or a Modo", modo, name="modo")
        return located

    # -- in Python --------------------------------------------------------------------------

    @property
    def modo(self) -> Modo | None:
        """The object, or None; settable to anything that the constructor accepts."""
        return self._modo

    @modo.setter
    def modo(self, modo: Modo | AnyPath | None) -> None:
        opened = self._opened(modo)
        with self._lock:
            self._modo = opened
            self.selected = None
        self.refresh()

    def refresh(self) -> None:
        """Show the commits that were made since; no network use."""
        self.emit("refreshed", {})

    def on_undo(self, callback: Callable[[Commit], object]) -> Callable[[], None]:
        """Call `callback` with each commit that undoes another one, made by this widget.

        Parameters
        ----------
        callback : callable
            Called with the commit, on a thread of the widget.

        Returns
        -------
        callable
            Stops the calls.
        """
        return register(self._undone, callback)

    def _known(self) -> Modo:
        if self._modo is None:
            raise NotFoundError("No object is open.", "Choose an object.")
        return self._modo

    def _attributes(self, _: CardsRequest, element: str) -> Mapping[str, Any] | None:
        """Return the attributes of an element as it is stored."""
        modo = self._known()
        node = modo.hierarchy.nodes.get("" if element == modo.root_element else element)
        return None if node is None else node.attributes

    def _listed(self) -> list[CommitShown]:
        """Return the latest commits."""
        if self._modo is None:
            return []
        frame = self._modo.commits()
        messages = dict(zip(frame.index, frame["message"], strict=True))
        found: list[CommitShown] = []
        for commit_id, row in frame.head(_MOST_COMMITS).iterrows():
            undoes = str(row["undoes"])
            found.append(
                {
                    "id": str(commit_id),
                    "when": str(row["when"])[:40],
                    "who": str(row["who"])[:_LONGEST],
                    "message": str(row["message"])[:_LONGEST],
                    "state": str(row["state"]),
                    "undoes": str(messages.get(undoes) or undoes)[:_LONGEST],
                    "elements": int(row["elements"]),
                    "cells": int(row["cells"]),
                    "files": int(row["files"]),
                }
            )
        return found

    def _total(self) -> int:
        return 0 if self._modo is None else len(self._modo.commits())

    # -- requests ---------------------------------------------------------------------------

    @answers("commits")
    def _commits(self, _: Request) -> CommitsAnswer:
        """Return the latest commits."""
        name = "" if self._modo is None else self._modo.id[:_LONGEST]
        return {"name": name, "commits": self._listed(), "total": self._total()}

    @answers("changes", prompt=True)
    def _changes(self, request: Request[CommitQuestion]) -> ChangesAnswer:
        """Return what a commit changed."""
        rows = self._known().find_commit(str(request.payload["id"])).rows()
        shown = rows[:_MOST_ROWS]
        return {
            "rows": [
                (element, slot, value_words(before), value_words(after))
                for _, element, slot, before, after in shown
            ],
            "total": len(rows),
            "chips": value_chips(
                ((slot, value) for _, _, slot, *both in shown for value in both),
                DEFAULT_SCHEMA.link_slots,
            ),
        }

    @answers("check")
    def _check(self, request: Request[CommitQuestion]) -> CheckAnswer:
        """Check whether a commit can be undone; uses the network."""
        check = self._known().find_commit(str(request.payload["id"])).check_undo()
        shown = check.conflicts[:_MOST_CONFLICTS]
        return {
            "possible": bool(check),
            "reason": check.reason,
            "conflicts": [
                {
                    "element": conflict.element,
                    "slot": conflict.slot,
                    "committed": value_words(conflict.base),
                    "stored": value_words(conflict.theirs),
                }
                for conflict in shown
            ],
            "conflict_count": len(check.conflicts),
            "lacking": list(check.lacking[:_MOST_CONFLICTS]),
            "undo_first": check.undo_first,
            "chips": value_chips(
                (
                    (conflict.slot, value)
                    for conflict in shown
                    for value in (conflict.base, conflict.theirs)
                ),
                DEFAULT_SCHEMA.link_slots,
            ),
        }

    @answers("undo")
    def _undo(self, request: Request[UndoRequest]) -> UndoneAnswer:
        """Undo a commit by a commit of its own."""
        message = str(request.payload.get("message", ""))[:_LONGEST] or None
        with self._lock:
            commit = self._known().find_commit(str(request.payload["id"])).undo(message)
        for callback in list(self._undone):
            callback(commit)
        self.refresh()
        return {"id": commit.id, "summary": repr(commit)}

    # -- as code and in a saved notebook ----------------------------------------------------

    def _pieces(self) -> list[Piece]:
        if self._modo is None:
            return []
        opened = opening(self._modo, mode="r+")
        lines = [assign("commits", "modo.commits()")]
        undo: list[Piece] = []
        if self.selected:
            find = assign("commit", f"modo.find_commit({self.selected!r})")
            lines += [find, assign("diff", "commit.diff")]
            end = ["print(commit.check_undo())", "# commit.undo()  # writes"]
            text = program(["import modos_widgets"], opened, find, *end)
            undo = [Piece("Undo of the selected commit", text)]
        shown = program(["import modos_widgets"], opened, *lines)
        widget = program(["import modos_widgets"], opened, "", "modos_widgets.History(modo)")
        return [Piece("Displayed commits", shown), *undo, Piece("This history", widget)]

    def _as_text(self) -> str:
        return as_text("" if self._modo is None else self._modo.id[:80], self._total())

    def _as_html(self) -> str:
        name = "" if self._modo is None else self._modo.id[:80]
        return as_html(name, self._listed(), self._total())
