"""ElementForm: add elements to objects by a form."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets.credentials import hidden_options
from modos_widgets.errors import ArgumentError, ReadOnlyError
from modos_widgets.location import Location
from modos_widgets.modo import Draft, Modo, open_modo
from modos_widgets.widgets.draft_code import change_lines, opening_lines
from modos_widgets.widgets.element_form.fields import class_choice
from modos_widgets.widgets.element_form.saved_output import as_html, as_text
from modos_widgets.widgets.element_form.structure import DraftAccess, Structure
from modos_widgets.widgets.element_form.wire import (
    CheckAnswer,
    CommitAnswer,
    CommitRequest,
    Status,
    UndoneStep,
)
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers
from modos_widgets.widgets.shown_code import Piece, assign, call, program
from modos_widgets.widgets.slot_values import Suggester

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.modo import Commit
    from modos_widgets.remote import EndpointManager

__all__ = ["ElementForm"]

_PATHS = (str, os.PathLike, Location)


class ElementForm(FrontEndWidget):
    """A form that adds elements to one or more objects.

    The fields are those of the class in the schema. What is added goes into a draft: nothing is
    written before a commit. The network is used if `source` is a path on S3 or an id, by a commit,
    and by the search of terms.

    Parameters
    ----------
    source : path, Location, Modo, list of them, or Draft
        Where elements are added; with `endpoint` also the id of an object.
    class_name : str
        Class of the new elements.
    terminology : EndpointManager or str, optional
        Where ontology terms are searched: an endpoint that names a terminology service, or the
        URL of the service. Without it, about 110 built-in terms are offered.
    endpoint : str, optional
        URL of a modos server, if `source` is a path or an id.
    services : mapping, optional
        ``{"s3": url}``: the S3 server, if there is no modos server.
    s3_kwargs : mapping, optional
        Options of the S3 client, in the spelling of s3fs or obstore. Never a trait.
    **traits
        Values of the traits below.

    Raises
    ------
    ArgumentError
        `source` has a wrong type, or an argument is not a trait.
    OptionError
        No element can have the class, or an S3 path without a service.
    NotFoundError, UnknownObjectError
        No object at the path, or the endpoint does not list the id.
    EndpointError, CredentialsError
        The server does not answer, or refuses the object.

    Examples
    --------
    >>> form = ElementForm(open_modo("study", mode="r+"), "Sample")  # doctest: +SKIP
    >>> form.on_add(print)  # doctest: +SKIP
    >>> form.commit("Add samples")  # doctest: +SKIP
    """

    _bundle_name = "element_form"

    value = traitlets.Any(
        None,
        allow_none=True,
        help="Id of the element that was added last; (object path, id) for several objects.",
    ).tag(sync=True)
    class_name = traitlets.Unicode("Sample", help="Class of the new elements. Settable.").tag(
        sync=True
    )
    errors = traitlets.Dict(
        help="Field to the errors in what is typed now; those of the id under 'id'."
    ).tag(sync=True)

    _status = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: Any,
        class_name: str = "Sample",
        *,
        terminology: EndpointManager | str | None = None,
        endpoint: str | None = None,
        services: Mapping[str, str] | None = None,
        s3_kwargs: Mapping[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        s3_kwargs = hidden_options(s3_kwargs)
        location = Location(endpoint=endpoint, services=services, s3_kwargs=s3_kwargs)
        self._draft = _draft_of(source, location)
        class_choice(self._draft.schema, class_name)
        self._lock = threading.RLock()
        access = DraftAccess(self._lock, lambda: self._draft, self._changed)
        self._structure = Structure(access, Suggester(terminology))
        self._collaborators = (self._structure,)
        super().__init__(class_name=class_name, _status=self._counts(), **traits)

    @traitlets.validate("class_name")
    def _known_class(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        class_choice(self._draft.schema, name)
        return name

    def _changed(self, key: tuple[str, str] | None) -> None:
        """Show the counts of the draft, and the element that was added."""
        self._status = dict(self._counts())
        if key is not None:
            self.value = key if len(self._draft.modos) > 1 else key[1]

    def _counts(self) -> Status:
        draft = self._draft
        with self._lock:
            draft.check()
            rows = draft.rows()
            counts, _ = draft.finding_counts()
            return {
                "changes": len(rows),
                "objects": len({row[0] for row in rows}),
                "errors": counts.get("error", 0),
                "undo": draft.can_undo,
                "readonly": _read_only_reason(draft),
            }

    # -- in Python --------------------------------------------------------------------------

    @property
    def draft(self) -> Draft:
        """Draft to which the elements are added. Call `refresh` after changing it."""
        return self._draft

    def refresh(self) -> None:
        """Show the counts of the draft after it was changed in code."""
        self._changed(None)

    def on_add(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call `callback` with the id of each element that is added.

        Parameters
        ----------
        callback : callable
            Called with `value`.

        Returns
        -------
        callable
            Stops the calls.
        """

        def changed(change: dict[str, Any]) -> None:
            callback(change["new"])

        self.observe(changed, "value")
        return lambda: self.unobserve(changed, "value")

    def commit(self, message: str | None = None, *, force: bool = False) -> Commit:
        """Commit the draft.

        Uses the network, and raises the errors of `Draft.commit`.

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
            commit = self._draft.commit(message, force)
        self.refresh()
        return commit

    # -- requests ---------------------------------------------------------------------------

    @answers("note errors", at_once=True)
    def _note_errors(self, request: Request[CheckAnswer]) -> None:
        """Set the trait `errors` to the problems that the form shows."""
        self.errors = {
            str(field): " ".join(
                str(each["message"]) for each in found if each["severity"] == "error"
            )
            for field, found in request.payload["problems"].items()
            if any(each["severity"] == "error" for each in found)
        }

    @answers("undo")
    def _undo(self, _: Request) -> UndoneStep:
        """Undo the last step of the draft."""
        with self._lock:
            done = self._draft.undo()
        self.refresh()
        return {"done": done}

    @answers("commit")
    def _commit(self, request: Request[CommitRequest]) -> CommitAnswer:
        """Commit the draft."""
        message = str(request.payload.get("message", ""))[:2_000]
        commit = self.commit(message or None, force=bool(request.payload.get("force")))
        return {"summary": repr(commit).partition("\n")[0]}

    # -- as code, and in a saved notebook ---------------------------------------------------

    def _pieces(self) -> list[Piece]:
        with self._lock:
            modos = self._draft.modos
            name = "modos" if len(modos) > 1 else "modo"
            opened = opening_lines(modos, mode="r+")
            started = assign("draft", call("modos_widgets.edit", name))
            changes = change_lines(self._draft)
        widget = call("modos_widgets.ElementForm", name, repr(self.class_name))
        form = Piece("This form", program(["import modos_widgets"], opened, "", widget))
        if not changes:
            return [form]
        end = ["", "print(draft.diff())", "# draft.commit('Message')  # writes the changes"]
        text = program(["import modos_widgets"], opened, started, *changes, *end)
        return [Piece("Changes, to review and commit", text), form]

    def _as_text(self) -> str:
        with self._lock:
            return as_text(self._draft, self.class_name)

    def _as_html(self) -> str:
        with self._lock:
            return as_html(self._draft, self.class_name)


def _draft_of(source: Any, location: Location) -> Draft:
    """Return the draft for anything to which elements can be added."""
    if isinstance(source, Draft):
        return source
    several = not isinstance(source, (*_PATHS, Modo)) and isinstance(source, Iterable)
    listed = list(source) if several and not isinstance(source, bytes | dict) else [source]
    modos = [
        open_modo(location.at(each), mode="r+") if isinstance(each, _PATHS) else each
        for each in listed
    ]
    if not modos or not all(isinstance(each, Modo) for each in modos):
        raise ArgumentError.expected("a path, a Modo, a list of them, or a Draft", source)
    return Draft(modos)


def _read_only_reason(draft: Draft) -> str:
    """Return why a commit would be refused, or ''."""
    if not any(modo.storage.read_only for modo in draft.modos):
        return ""
    hint = "Open the object with open_modo(path, mode='r+') to commit."
    return str(ReadOnlyError("Read-only.", hint))
