"""Drafts: changes to the metadata of objects that are not written before they are committed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

from modos_widgets.errors import InvalidMetadataError
from modos_widgets.modo.attachments.diff import diff_rows
from modos_widgets.modo.attachments.files import unmoved_notes
from modos_widgets.modo.attachments.retention import removal_notes
from modos_widgets.modo.change_set import ChangeSet, Row, diff_frame, diff_html
from modos_widgets.modo.commit.changed_objects import states_to_commit
from modos_widgets.modo.commit.commit import Commit, commit_objects
from modos_widgets.modo.draft.checks import DraftChecks
from modos_widgets.modo.draft.element_edits import ElementEdits
from modos_widgets.modo.draft.file_edits import FileEdits
from modos_widgets.modo.draft.review import ChangeReview
from modos_widgets.modo.repair import Repair, repair
from modos_widgets.modo.validation.findings import Findings
from modos_widgets.modo.validation.storage_checks import find_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    import pandas as pd

    from modos_widgets.modo.object import Modo
    from modos_widgets.modo.schema.slots import AnySchema
    from modos_widgets.progress import Progress

__all__ = ["Draft"]


class Draft(ChangeReview, DraftChecks, FileEdits, ElementEdits):
    """Changes to one or more objects that are not written before `commit`.

    `Modo.edit` and `modos_widgets.edit` create drafts. A draft is based on the values that the
    objects showed when it was created: its commit reports every cell that someone else has
    changed since. Only `commit` and `repair` write.

    Parameters
    ----------
    modos : iterable of Modo
        The objects.
    schema : iterable of pydantic model classes, or Schema
        Your own classes, in addition to the published ones; or the schema of a draft.

    Attributes
    ----------
    import_report : pandas.DataFrame or None
        What `import_sheet` noticed in the sheet that this draft comes from; None for other drafts.
        Columns sheet, cell, read, offered, applied; the index says what the problem is.
    evidence : Evidence or None
        Which file said what, for a draft of `modos_widgets.describe`; None for other drafts. See
        `known_from`.

    Raises
    ------
    ArgumentError
        `modos` contains something other than objects.
    OptionError
        There is no object, or an object is passed twice.
    """

    def __init__(self, modos: Iterable[Modo], schema: AnySchema = ()) -> None:
        super().__init__(modos, schema)
        self.import_report: pd.DataFrame | None = None

    @property
    def modos(self) -> tuple[Modo, ...]:
        """The objects, in the order in which they were passed."""
        return tuple(cast("Modo", state.stored) for state in self._objects)

    # Steps

    def together(self) -> AbstractContextManager[None]:
        """Combine all changes within a block to one step for `undo`; an exception undoes them.

        Returns
        -------
        context manager

        Examples
        --------
        >>> with draft.together():               # doctest: +SKIP
        ...     draft.set("sample/s1", "sex", "Male")
        ...     draft.set("sample/s2", "sex", "Female")
        """
        return self._steps.together()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step that `undo` can undo."""
        return bool(self._steps.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step that `redo` can redo."""
        return bool(self._steps.undone)

    def undo(self) -> bool:
        """Undo the last step; no network use.

        Returns
        -------
        bool
            Whether there was one.
        """
        return self._steps.undo()

    def redo(self) -> bool:
        """Redo the step that was undone last; no network use.

        Returns
        -------
        bool
            Whether there was one.
        """
        return self._steps.redo()

    def discard(self) -> None:
        """Discard every change; no network use."""
        for state in self._objects:
            state.drop_changes()
        self._steps.forget()

    def reload(self) -> None:
        """Discard every change, and base the draft on what the objects show now.

        No network use: to read the objects again, call `Modo.refresh` first.

        Raises
        ------
        BrokenArchiveError
            The metadata of an object cannot be read.
        """
        for state in self._objects:
            state.restart()
        self._steps.forget()

    # Net changes

    def changes(self) -> list[ChangeSet]:
        """Return the net changes; no network use.

        Returns
        -------
        list of ChangeSet
            One for each object that has any.
        """
        return [found for state in self._objects if (found := state.changes())]

    def rows(self) -> list[Row]:
        """Return the net changes cell by cell; no network use.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, slot, before, after; `MISSING` if there is no value.
        """
        found: list[Row] = []
        for state in self._objects:
            found.extend(state.changes().rows())
            found.extend(diff_rows(state))
        return found

    def diff(self) -> pd.DataFrame:
        """Return the net changes as a table; no network use.

        Returns
        -------
        pandas.DataFrame
            Columns object, element, slot, before, after; None if there is no value.
        """
        return diff_frame(self.rows())

    def diff_html(self) -> str:
        """Return the net changes as an HTML table; no network use.

        Returns
        -------
        str
            The first 200 changes; all values are escaped.
        """
        return diff_html(self.rows(), several=len(self._objects) > 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings about the commit: what it removes permanently, and files that it cannot move."""
        return tuple(
            note
            for state in self._objects
            for note in (*removal_notes(state), *unmoved_notes(state))
        )

    # Commit

    @property
    def interrupted(self) -> Findings:
        """Interrupted commits of this computer, for example because a kernel was killed.

        One finding per commit, over all objects of the draft. The objects may show only a part of
        such a commit, so report these findings first. `repair` repairs the objects. Reads the
        journal on this computer only.
        """
        return Findings(finding for modo in self.modos for finding in find_interrupted(modo))

    def repair(self, *, timeout: float = 30.0) -> tuple[Repair, ...]:
        """Repair the objects whose last commit was interrupted; reads and writes the objects.

        Afterwards the draft contains the stored values and its own changes. Changed cells keep
        the value that they are based on, so conflicts are still found.

        Parameters
        ----------
        timeout : float
            Seconds to wait for a running commit.

        Returns
        -------
        tuple of Repair
            The result of each repair (see `Modo.repair`).

        Raises
        ------
        LockedError
            A commit was still running after the timeout.
        ReadOnlyError
            An object was opened read-only.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        repairs = []
        for path in sorted({finding.object for finding in self.interrupted}):
            state = self._objects.states[path]
            repairs.append(repair(state.stored, timeout=timeout))
            changes, payloads, undecided = state.changes(), state.payloads, state.undecided
            state.restart()
            state.rebase(changes)
            state.payloads = payloads
            state.undecided = undecided
            self._steps.forget()
        return tuple(repairs)

    def commit(
        self,
        message: str | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - the agreed signature
        *,
        unconditional: bool = False,
        timeout: float = 30.0,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Commit:
        """Commit the changes without overwriting those of other writers. Uses the network.

        The commit reads the stored elements again, keeps cells that only others have changed,
        and writes each document on the condition that it has not changed since it was read. It
        writes the elements first and the root last.

        Parameters
        ----------
        message : str, optional
            Commit message, for the journal.
        force : bool
            Commit although the draft adds errors.
        unconditional : bool
            Commit although the server ignores conditions. A change that someone else makes at
            the same moment may be lost.
        timeout : float
            Seconds to wait for another process that is writing.
        on_progress : callable, optional
            Called with a `Progress` that counts objects.

        Returns
        -------
        Commit
            With ``.id``, ``.diff`` and ``.undo()``.

        Raises
        ------
        InvalidMetadataError
            The draft adds errors (see `new_errors`), and `force` is not set.
        ConflictError
            Someone else has changed a cell or a file that the draft changes, has removed an element
            that it links to, or has linked to an element that it removes. ``conflicts`` lists
            all of them. Nothing was written, unless the hint names changes that remain stored.
        ReadOnlyError
            An object was opened read-only, or is a zarr v2 archive.
        LockedError
            Another process was writing until the timeout.
        InterruptedCommitError
            An earlier commit of this computer was interrupted: call `Modo.repair` first.
        UnsupportedError
            The server ignores conditions, so another writer's update could be lost.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails. The commit reverts what it has written; notes
            of the error list what remains stored.
        """
        states = states_to_commit(self._objects, timeout)
        if not force:
            self._refuse_new_errors()
        return commit_objects(
            states,
            message,
            schema=self.schema,
            unconditional=unconditional,
            timeout=timeout,
            on_progress=on_progress,
            on_write=self._steps.forget,
        )

    def _refuse_new_errors(self) -> None:
        errors = self.new_errors()
        if errors:
            raise InvalidMetadataError(
                f"This commit adds {len(errors):,} error{'s' if len(errors) != 1 else ''}: "
                f"{errors[0].element} {errors[0].slot}: {errors[0].message}",
                "Check Draft.new_errors(), or commit with force=True.",
                errors,
            )

    def __len__(self) -> int:
        """Return the number of changed cells."""
        return len(self.rows())

    def __bool__(self) -> bool:
        """Return whether there are changes to commit."""
        return any(state.changed for state in self._objects)

    def __repr__(self) -> str:
        """Return the number of changes."""
        rows = self.rows()
        objects = len({row[0] for row in rows})
        summary = (
            f"Draft: {len(rows):,} change{'s' if len(rows) != 1 else ''} "
            f"in {objects:,} object{'s' if objects != 1 else ''}"
        )
        return "\n".join([summary, *self.notes])

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())
        return f"{lines}{self.diff_html() if self else ''}"
