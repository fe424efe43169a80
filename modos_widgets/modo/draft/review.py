"""Proposed changes of a draft: as text for a colleague, accepted, rejected and resolved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, Self

from modos_widgets.errors import OptionError
from modos_widgets.modo.attachments.resolution import settle_conflict
from modos_widgets.modo.conflicts import Conflict
from modos_widgets.modo.draft.base import DraftBase
from modos_widgets.modo.draft.change_set_text import (
    apply_change_sets,
    paths_in_change_set,
    read_change_set,
    write_change_set,
)
from modos_widgets.modo.draft.proposal import Cells, Proposal, ProposedChange

if TYPE_CHECKING:
    import os

    from modos_widgets.modo.change_set import ChangeSet
    from modos_widgets.modo.object import Modo
    from modos_widgets.modo.schema.slots import AnySchema
    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["ChangeReview"]


class ChangeReview(DraftBase):
    """The part of `Draft` that writes, reads, accepts and rejects proposed changes."""

    def __init__(self, modos: Iterable[StoredObject], schema: AnySchema = ()) -> None:
        super().__init__(modos, schema)
        self._proposal = Proposal(self._objects, self._steps, self.schema)

    def to_json(self) -> str:
        """Return the changes as text that a colleague can review and apply with `from_json`.

        No network use.

        Returns
        -------
        str
            A change set in JSON. It names attached files and does not contain them.

        Raises
        ------
        OptionError
            The draft adds an array, which a change set cannot contain.
        """
        return write_change_set(self._objects)

    @classmethod
    def from_json(
        cls,
        text: str,
        objects: Modo | Iterable[Modo],
        schema: AnySchema = (),
        *,
        files_from: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Create a draft from a change set, for review.

        The draft is based on the values that the change set was based on: if another value is
        stored now, `conflicts` lists it, and the commit raises ConflictError. All changes are
        `undecided` until they are accepted or rejected. A change set is not trusted: everything in
        it is checked like a call of a method of `Draft`, and is shown in the diff.

        Network use: if files are moved or removed, lists the object's files once.

        Parameters
        ----------
        text : str
            The result of `to_json`.
        objects : Modo or iterable of Modo
            The objects, matched by their paths; a single object can have another path.
        schema : iterable of pydantic model classes, or Schema
            Your own classes, in addition to the published ones; or the schema of a draft.
        files_from : str or path-like, optional
            Folder of the files that the change set attaches. Relative paths start there. No other
            file is read, and links that lead out of the folder are not followed.

        Returns
        -------
        Draft

        Raises
        ------
        OptionError
            The text is not a change set, is larger than 64 MiB, or is inconsistent; or it attaches
            files, and `files_from` is missing.
        PathError
            A file or element cannot have a name in it, or a file is outside `files_from`.
        AlreadyExistsError
            Another element has a file of the same name.
        NotFoundError
            A file or an object does not exist.
        StorageError
            A file has another checksum than the change set states.
        """
        modos = list(objects) if isinstance(objects, Iterable) else [objects]
        draft = cls(modos, schema)
        read_change_set(text, draft._objects.states, draft.schema, files_from)
        draft._proposal.begin()
        return draft

    @staticmethod
    def objects_in_json(text: str) -> tuple[str, ...]:
        """Return the paths of the objects that a change set changes; no network use.

        Parameters
        ----------
        text : str
            The result of `to_json`, which is not trusted.

        Returns
        -------
        tuple of str

        Raises
        ------
        OptionError
            The text is not a change set, or is larger than 64 MiB.
        """
        return paths_in_change_set(text)

    def propose(self, changes: Iterable[ChangeSet] = ()) -> None:
        """Apply changes with values of their own as the base; no network use.

        As `from_json`, for changes of metadata only: cells whose stored value is neither the base
        nor the new value are conflicts, and all changes of the draft are `undecided`.

        Parameters
        ----------
        changes : iterable of ChangeSet
            The changes, at most one for each object. Without any, the present changes of the
            draft become undecided.

        Raises
        ------
        OptionError
            The draft already changes an object of `changes`, a change is inconsistent, or JSON
            cannot contain a value.
        NotFoundError
            This draft does not have the object of a change.
        PathError, AlreadyExistsError
            A new element cannot have its id.
        """
        changes = list(changes)
        if any(self._objects.state(each.path).changed for each in changes):
            raise OptionError("This draft has changes already.", "Commit or discard them first.")
        apply_change_sets(changes, self._objects.states, self.schema)
        self._proposal.begin()

    def undecided(self) -> list[ProposedChange]:
        """Return the changes of a change set that nobody has decided; no network use.

        After `from_json`, every change is undecided. `accept`, `reject` and `resolve` decide
        changes, and so does giving a cell another value. `commit` writes undecided changes too.

        Returns
        -------
        list of ProposedChange
            In the order of `rows`, each with the value that it is based on, the proposed value and
            the value that the object shows now. A removed element is one change.
        """
        return self._proposal.undecided()

    def conflicts(self) -> list[Conflict]:
        """Return the changes whose cell has another stored value than the draft is based on.

        `commit` would raise a ConflictError for them. No network use: to find the latest changes of
        others, call `Modo.refresh` first. Files are compared by `commit`.

        Returns
        -------
        list of Conflict
        """
        return self._proposal.conflicts()

    def accept(self, cells: Cells | None = None, *, overwrite: bool = False) -> None:
        """Keep changes and mark them as decided, as one step for `undo`; no network use.

        Changes that depend on each other are decided together: both sides of a rename, a removed
        element with its file, and an added or moved file with the attributes that describe it.

        Parameters
        ----------
        cells : str, tuple, ProposedChange or iterable of these, optional
            The changes: an element id (all its changes), (element, slot),
            (object path, element, slot), or results of `undecided`. For a file, the slot is its
            name in the object. By default all undecided changes.
        overwrite : bool
            Accept changes although another value is stored than they are based on. The commit
            then replaces the stored value.

        Raises
        ------
        ConflictError
            Another value is stored than a change is based on, and `overwrite` is not set; or the
            changed element no longer exists. ``conflicts`` lists them; nothing is accepted.
        NotFoundError
            There is no such element or object.
        OptionError
            The draft does not change the cell, or removes its element; or it has several objects,
            and a cell names none of them.
        ArgumentError
            `cells` contains something other than cells.

        Examples
        --------
        >>> draft = Draft.from_json(text, modo)                  # doctest: +SKIP
        >>> draft.accept([("sample/s1", "sex"), "sample/s2"])    # doctest: +SKIP
        >>> draft.reject()                                       # doctest: +SKIP
        >>> draft.commit("Accepted in part")                     # doctest: +SKIP
        """
        self._proposal.accept(cells, overwrite=overwrite)

    def reject(self, cells: Cells | None = None) -> None:
        """Replace changes by what is stored, as one step for `undo`; no network use.

        An added element is removed with its files and the links to it; a removed element returns
        with the links that the proposal removed. Changes that depend on each other are decided
        together, as for `accept`. To reject an added element, pass its id.

        Parameters
        ----------
        cells : str, tuple, ProposedChange or iterable of these, optional
            As for `accept`; changes that are already accepted are possible too.

        Raises
        ------
        NotFoundError, OptionError, ArgumentError
            As for `accept`; nothing is rejected.
        """
        self._proposal.reject(cells)

    def resolve(
        self, conflicts: Conflict | Iterable[Conflict], keep: Literal["mine", "theirs"]
    ) -> None:
        """Resolve conflicts that a commit met: keep the draft's value or the stored one.

        If a file cannot be attached because its name is taken, ``"mine"`` renames it, and
        ``"theirs"`` leaves it out. If the draft links to an element that someone else has removed,
        ``"mine"`` keeps the broken link, and ``"theirs"`` removes it. If someone else has linked to
        an element that the draft removes, ``"mine"`` removes the element and the link, and
        ``"theirs"`` keeps the element.

        Network use: for a file that is moved, lists the object's files.

        Parameters
        ----------
        conflicts : Conflict or iterable of Conflict
            The conflicts, such as those of `ConflictError.conflicts`.
        keep : {"mine", "theirs"}
            Keep the draft's value, or the stored one.

        Raises
        ------
        OptionError
            `keep` is neither ``"mine"`` nor ``"theirs"``, or is ``"mine"`` for an array that would
            replace a stored one.
        """
        if keep not in {"mine", "theirs"}:
            raise OptionError(f"Unknown answer {keep!r}.", "Pass 'mine' or 'theirs'.")
        for conflict in [conflicts] if isinstance(conflicts, Conflict) else conflicts:
            state = self._objects.state(conflict.object)
            settle_conflict(state, conflict, self.schema, mine=keep == "mine")
            self._proposal.settle(conflict)
        self._steps.forget()
