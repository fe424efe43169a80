"""Commit one or more objects, of which all are checked before any is written; undo a commit."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE
from modos_widgets.concurrency import on_threads
from modos_widgets.errors import (
    ConflictError,
    CredentialsError,
    ModosError,
    NotFoundError,
    OptionError,
)
from modos_widgets.modo.attachments.diff import diff_entries
from modos_widgets.modo.attachments.retention import lost_note
from modos_widgets.modo.change_set import Row, diff_frame, diff_html
from modos_widgets.modo.commit.changed_objects import states_to_commit
from modos_widgets.modo.commit.object_commit import ObjectCommit
from modos_widgets.modo.commit.undo import undone_state
from modos_widgets.modo.conflicts import Conflict, conflict_error, state_outcome
from modos_widgets.modo.journal import (
    CommitState,
    Journal,
    Record,
    new_commit_id,
    this_process,
    who,
)
from modos_widgets.modo.lock import object_lock
from modos_widgets.modo.schema.slots import Schema
from modos_widgets.modo.stored_object import StoredObject
from modos_widgets.modo.values import now
from modos_widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.storage import Storage

__all__ = [
    "Commit",
    "CommitPart",
    "UndoCheck",
    "commit_objects",
    "find_commit",
    "undo_commit",
]

OBJECTS_AT_ONCE = 128
"""Objects that are opened, read or written at a time; each mostly waits for responses."""
LOCKED_AT_ONCE = 64
"""Up to this number, all objects are locked together; more are locked one by one, because each
lock is an open file."""
UNDO_TIMEOUT = 30.0
"""Seconds to wait for another process that is writing."""


@dataclass(frozen=True)
class CommitPart:
    """The part of a commit that concerns one object.

    Attributes
    ----------
    modo : StoredObject
        The object.
    record : Record
        The commit, as the journal has it.
    not_in_journal : str
        Why the journal does not contain the record; empty if it does.
    """

    modo: StoredObject
    record: Record
    not_in_journal: str = ""


@dataclass(frozen=True)
class UndoCheck:
    """Whether a commit can be undone (see `Commit.check_undo`); True in a boolean context if so.

    Attributes
    ----------
    reason : str
        Why it cannot be undone; empty if it can.
    conflicts : tuple of Conflict
        The cells and files that have changed since.
    lacking : tuple of str
        Files and keys that an undo could not restore, because the journal did not keep them.
    undo_first : str
        Id of the latest commit in the journal that changed one of these cells: once it is undone,
        this one may be possible. Empty if there is none, as after a commit of someone else.
    """

    reason: str = ""
    conflicts: tuple[Conflict, ...] = ()
    lacking: tuple[str, ...] = ()
    undo_first: str = ""

    def __bool__(self) -> bool:
        """Return whether the commit can be undone."""
        return not self.reason


@dataclass(frozen=True)
class Commit:
    """A commit, as `Draft.commit` and `Modo.find_commit` return it.

    Attributes
    ----------
    id : str
        Id, the same in the journals of all objects that it changed.
    when, message : str
        Time of the commit, and commit message.
    parts : tuple of CommitPart
        The part of the commit for each object.
    lacking : tuple of str
        If it is an undo: the files and keys that could not be restored.
    """

    id: str
    when: str
    message: str
    parts: tuple[CommitPart, ...]
    lacking: tuple[str, ...] = ()

    @property
    def objects(self) -> tuple[str, ...]:
        """Paths of the objects that it changed."""
        return tuple(part.modo.path for part in self.parts)

    def rows(self) -> list[Row]:
        """Return its changes cell by cell; no network use.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, slot, before, after, as `Draft.rows` returns them.
        """
        return [row for part in self.parts for row in part.record.rows()]

    @property
    def diff(self) -> pd.DataFrame:
        """Its changes as a table with the columns object, element, slot, before, after."""
        return diff_frame(self.rows())

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings: files removed permanently, not restored or not removed; missing journals."""
        lost = [name for part in self.parts for name in part.record.lost]
        files = [name for name in lost if not name.startswith(f"{ARCHIVE}/")]
        if len(files) < len(lost):
            files.append(f"{len(lost) - len(files):,} keys of arrays")
        notes = [lost_note(files)] if files else []
        if self.lacking:
            lacking = ", ".join(self.lacking[:5])
            notes.append(f"Not restored, because the journal did not keep them: {lacking}.")
        left = [name for part in self.parts for name in part.record.left]
        if left:
            names = ", ".join(left[:5])
            notes.append(f"Not removed, because others have replaced or named them: {names}.")
        return (*notes, *self.without_journal)

    @property
    def without_journal(self) -> tuple[str, ...]:
        """Warnings about objects whose journal could not be written."""
        missing = sorted({part.not_in_journal for part in self.parts if part.not_in_journal})
        return tuple(
            f"The commit is stored, but there is no journal of it: {why}. Only this session can "
            "undo it, with Commit.undo()."
            for why in missing
        )

    def check_undo(self) -> UndoCheck:
        """Check whether the commit can be undone; reads the objects and writes nothing.

        Returns
        -------
        UndoCheck
            With the reason and the cells if it cannot.

        Raises
        ------
        NotFoundError
            An object no longer exists.
        CredentialsError, EndpointError, StorageError
            The storage refuses a request or fails.
        """
        return _check_undo([(part.modo, part.record) for part in self.parts])

    def undo(self, message: str | None = None) -> Commit:
        """Undo the commit by a commit of its own; reads and writes the objects.

        Files and arrays that the commit wrote are removed. Those that it removed are restored, if
        the journal has kept them (at most 16 MiB per object).

        Parameters
        ----------
        message : str, optional
            Message of the new commit, for the journal.

        Returns
        -------
        Commit
            The commit that undoes this one.

        Raises
        ------
        ConflictError
            A cell has changed since; nothing was undone.
        OptionError
            The commit is already undone.
        ReadOnlyError, LockedError, InterruptedCommitError, StorageError
            As for `Draft.commit`.
        """
        return _undo([(part.modo, part.record) for part in self.parts], self.id, message)

    def __repr__(self) -> str:
        """Return the id, and how much it changed."""
        count = len(self.rows())
        summary = (
            f"Commit {self.id}: {count:,} change{'s' if count != 1 else ''} in "
            f"{len(self.parts):,} object{'s' if len(self.parts) != 1 else ''}"
        )
        return "\n".join([summary, *self.notes])

    def _repr_html_(self) -> str:
        table = diff_html(self.rows(), several=len(self.parts) > 1) if self.parts else ""
        return f"<p>{escape(repr(self))}</p>{table}"


def commit_objects(
    states: Sequence[ObjectState],
    message: str | None,
    *,
    schema: Schema | None = None,
    unconditional: bool = False,
    timeout: float = 30.0,
    on_progress: Callable[[Progress], object] | None = None,
    on_write: Callable[[], None] | None = None,
    undoes: str = "",
) -> Commit:
    """Commit the changes of objects (see `Draft.commit`).

    The states of objects that were written restart from what is stored.

    Parameters
    ----------
    states : sequence of ObjectState
        The objects, see `states_to_commit`.
    message, unconditional, timeout, on_progress
        As for `Draft.commit`.
    schema : Schema, optional
        The classes, which define the attributes that are links; by default the published ones.
    on_write : callable, optional
        Called before the first write, after which states can restart.
    undoes : str
        Id of the commit that this one undoes.

    Returns
    -------
    Commit
    """
    deadline = time.monotonic() + timeout
    with ExitStack() as stack:
        at_once = len(states) <= LOCKED_AT_ONCE
        for state in sorted(states, key=lambda state: state.path) if at_once else ():
            stack.enter_context(object_lock(state.storage.url, timeout))
        stack.enter_context(_created([state.storage for state in states]))
        commit_id = new_commit_id(Journal(state.storage) for state in states)
        when = now()
        object_commits = [
            ObjectCommit(
                state,
                unconditional=unconditional,
                schema=schema or Schema(),
                is_undo=bool(undoes),
                deadline=deadline,
            )
            for state in states
        ]
        records = [
            Record(
                id=commit_id,
                object=object_commit.storage.url,
                who=who(),
                when=when,
                message=message or "",
                process=this_process(),
                changes=object_commit.changes.to_dict(),
                undoes=undoes,
                files=diff_entries(object_commit.state),
            )
            for object_commit in object_commits
        ]
        try:
            _read(object_commits, records)
            if on_write is not None:
                on_write()
            parts = _write_all(
                object_commits, records, on_progress=on_progress, lock=None if at_once else timeout
            )
        except CredentialsError as error:
            error.add_note(
                "The draft is kept. A colleague with write permission can apply it: pass on the "
                "result of Draft.to_json()."
            )
            raise
    commit = Commit(commit_id, when, message or "", tuple(parts))
    for note in commit.without_journal:
        warnings.warn(note, stacklevel=3)
    return commit


@contextmanager
def _created(storages: Iterable[Storage]) -> Iterator[None]:
    """Create the objects that do not exist yet; if the block fails, remove those still empty."""
    new: list[Storage] = []
    try:
        for storage in storages:
            if storage.is_new:
                storage.create()
                new.append(storage)
        yield
    except BaseException as error:
        for storage in new:
            try:
                storage.revert_create()
            except ModosError as second:
                error.add_note(f"The new, empty object {storage.url} remains: {second}")
        raise


def _read(commits: list[ObjectCommit], records: list[Record]) -> None:
    """Read what is stored of all objects.

    Raises
    ------
    ConflictError
        A change conflicts with what is stored. Nothing is written to any object then.
    """
    found = on_threads(ObjectCommit.read, commits, most=OBJECTS_AT_ONCE)
    conflicts: list[Conflict] = [conflict for of_object in found for conflict in of_object]
    if not conflicts:
        for commit, record in zip(commits, records, strict=True):
            conflicts += commit.attachments.plan(record)
    if conflicts:
        error = conflict_error(conflicts)
        state_outcome(error, "Nothing was written.")
        raise error


def _write_all(
    commits: list[ObjectCommit],
    records: list[Record],
    *,
    on_progress: Callable[[Progress], object] | None,
    lock: float | None,
) -> list[CommitPart]:
    """Write several objects at a time; the states of those that were written restart."""
    parts: list[CommitPart] = []
    failures: list[Exception] = []
    waiting: dict[Future[CommitPart], ObjectCommit] = {}
    with (
        ThreadPoolExecutor(min(OBJECTS_AT_ONCE, len(commits) or 1), "modos-objects") as pool,
        ExitStack() as stack,
    ):
        jobs = [
            pool.submit(_write, commit, record, lock)
            for commit, record in zip(commits, records, strict=True)
        ]
        stack.callback(_settle_interrupted, pool, waiting)
        waiting |= dict(zip(jobs, commits, strict=True))
        for number, (job, commit) in enumerate(zip(jobs, commits, strict=True)):
            try:
                parts.append(job.result())
            except Exception as error:  # noqa: BLE001 - raised below, when all have ended
                failures.append(error)
            _settle(job, commit)
            del waiting[job]
            if on_progress is not None:
                path = commit.state.path
                on_progress(Progress("writing", "objects", number + 1, len(jobs), path=path))
    if failures:
        _raise(failures, parts, len(commits))
    return parts


def _settle_interrupted(
    pool: ThreadPoolExecutor, waiting: dict[Future[CommitPart], ObjectCommit]
) -> None:
    """Wait for the objects that are being written when the user interrupts a commit.

    Objects whose writing has not begun keep their changes.
    """
    if waiting:
        pool.shutdown(wait=True, cancel_futures=True)
    for job, commit in waiting.items():
        if not job.cancelled():
            _settle(job, commit)


def _settle(job: Future[CommitPart], commit: ObjectCommit) -> None:
    """Restart a state from what was stored of its object."""
    if job.exception() is None:
        commit.state.restart(commit.written_root)
    elif commit.remaining is not None:
        commit.state.keep_stored(commit.remaining)


def _write(commit: ObjectCommit, record: Record, lock: float | None) -> CommitPart:
    if lock is not None:
        with object_lock(commit.storage.url, lock):
            return _write(commit, record, None)
    journal = Journal(commit.storage)
    not_in_journal = journal.begin(record)
    attachments = commit.attachments
    if not not_in_journal:
        attachments.keep_mark = partial(journal.keep_mark, record)
    try:
        commit.write(record)
    except BaseException as error:
        pending = record.state == CommitState.PENDING
        journal.finish(record, CommitState.INTERRUPTED if pending else record.state)
        if isinstance(error, ConflictError) and commit.remaining is not None:
            error.stays = commit.remaining
        raise
    marks = attachments.stored_marks | attachments.marks
    record.marks = {path: mark for path, mark in marks.items() if mark}
    journal.finish(record, CommitState.DONE)
    return CommitPart(commit.state.stored, record, not_in_journal)


def _raise(failures: list[Exception], parts: list[CommitPart], count: int) -> None:
    error = failures[0]
    if count > 1:
        error.add_note(
            f"{len(parts)} of {count} objects were committed and are no longer in the draft; "
            f"{len(failures)} were not."
        )
    for other in failures[1:]:
        error.add_note(str(other))
    raise error


def undo_commit(modo: StoredObject, commit_id: str | None, message: str | None) -> Commit:
    """Undo a commit in the journal (see `Modo.undo_commit`)."""
    journal = Journal(modo.storage)
    if commit_id is not None:
        record = journal.record(commit_id)
    else:
        stored = {CommitState.DONE, CommitState.PARTLY_STORED}
        candidates = (
            entry
            for entry in reversed(journal.records())
            if entry.state in stored and not entry.undoes
        )
        latest = next(candidates, None)
        if latest is None:
            raise NotFoundError(
                f"The journal has no commit to {modo.path} that can be undone.",
                "Undo a commit on the computer and in the account that made it.",
            )
        record = latest
    return _undo([(modo, record)], record.id, message)


def _undo(
    parts: Sequence[tuple[StoredObject, Record]], commit_id: str, message: str | None
) -> Commit:
    for modo, record in parts:
        if record.state in {CommitState.UNDONE, CommitState.REVERTED}:
            raise OptionError(
                f"The commit {commit_id} to {modo.path} is already undone.",
                "Check Modo.commits().",
            )
    on_threads(lambda part: part[0].refresh(), parts, most=OBJECTS_AT_ONCE)
    undone = commit_objects(
        states_to_commit([undone_state(modo, record) for modo, record in parts], UNDO_TIMEOUT),
        message or _undo_message(parts[0][1]),
        undoes=commit_id,
    )
    for modo, record in parts:
        Journal(modo.storage).finish(record, CommitState.UNDONE)
    lost = [name for _, record in parts for name in record.lost]
    return replace(undone, lacking=tuple(lost))


def _undo_message(record: Record) -> str:
    return f"Undo of “{record.message}”" if record.message else f"Undo of {record.id}"


def find_commit(modo: StoredObject, commit_id: str) -> Commit:
    """Return a commit in the journal (see `Modo.find_commit`)."""
    journal = Journal(modo.storage)
    known = {record.id: record for record in (*journal.records(), *journal.unfinished())}
    record = known.get(commit_id) or journal.record(commit_id)
    return Commit(record.id, record.when, record.message, (CommitPart(modo, record),), ())


def _check_undo(parts: Sequence[tuple[StoredObject, Record]]) -> UndoCheck:
    lacking = tuple(name for _, record in parts for name in record.lost)
    for modo, record in parts:
        reason = _obstacle(modo, record)
        if reason:
            return UndoCheck(reason, (), lacking)
    found = on_threads(lambda part: _undo_conflicts(*part), parts, most=OBJECTS_AT_ONCE)
    conflicts = tuple(conflict for of_object in found for conflict in of_object)
    if not conflicts:
        return UndoCheck("", (), lacking)
    count = f"{len(conflicts):,} cell{'s' if len(conflicts) != 1 else ''}"
    has = "has" if len(conflicts) == 1 else "have"
    first = max((_latest_change(*part, conflicts) for part in parts), default="")
    return UndoCheck(f"{count} of this commit {has} changed since.", conflicts, lacking, first)


def _latest_change(modo: StoredObject, record: Record, conflicts: Sequence[Conflict]) -> str:
    """Return the id of the latest commit after this one that changed one of these cells."""
    cells = {(conflict.element, conflict.slot) for conflict in conflicts}
    elements = {element for element, slot in cells if not slot}
    for later in reversed(Journal(modo.storage).records()):
        if later.id <= record.id:
            break
        changed = later.state in {CommitState.DONE, CommitState.PARTLY_STORED}
        if changed and any(
            (element, slot) in cells or element in elements for _, element, slot, *_ in later.rows()
        ):
            return later.id
    return ""


def _obstacle(modo: StoredObject, record: Record) -> str:
    """Return why a commit cannot be undone, as far as the journal knows; empty if it can."""
    words = {
        CommitState.UNDONE: "This commit is already undone.",
        CommitState.REVERTED: "This commit failed, and nothing of it is stored.",
        CommitState.PENDING: "This commit is running."
        if record.is_live
        else "This commit was interrupted. Run Modo.repair() first.",
        CommitState.INTERRUPTED: "This commit was interrupted. Run Modo.repair() first.",
    }
    if record.state in words:
        return words[CommitState(record.state)]
    if modo.storage.zarr_format != 3:  # noqa: PLR2004
        return "The object is a zarr v2 archive, which is read-only."
    if modo.storage.read_only:
        return "The object was opened read-only."
    for other in Journal(modo.storage).unfinished():
        if not other.is_live:
            return f"The commit {other.id} was interrupted. Run Modo.repair() first."
    return ""


def _undo_conflicts(modo: StoredObject, record: Record) -> list[Conflict]:
    """Return the conflicts of an undo; the object itself is not read again."""
    _ = modo.hierarchy  # It keeps the metadata and the ETag that the object shows.
    current = StoredObject(modo.storage, endpoint=modo.manager)
    current.refresh()
    state = undone_state(current, record)
    commit = ObjectCommit(
        state,
        unconditional=False,
        schema=Schema(),
        is_undo=True,
        deadline=time.monotonic() + UNDO_TIMEOUT,
    )
    return commit.read() or commit.attachments.plan(_trial(record), keep=False)


def _trial(record: Record) -> Record:
    """Return a record that is never written."""
    return replace(record, made=[], removed={}, moved={}, files=[], marks={}, left=[])
