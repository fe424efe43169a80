"""Commit one object or many, all checked before any is written, and undo a commit."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE
from modos_widgets.concurrency import on_threads
from modos_widgets.errors import (
    ConflictError,
    CredentialsError,
    InterruptedCommitError,
    NotFoundError,
    OptionError,
    ReadOnlyError,
)
from modos_widgets.modo.attachments.diff import diff_entries
from modos_widgets.modo.attachments.retention import lost_note
from modos_widgets.modo.change_set import Row, diff_frame, diff_html
from modos_widgets.modo.commit.object_commit import ObjectCommit
from modos_widgets.modo.commit.undo import undone_state
from modos_widgets.modo.conflicts import Conflict, conflict_error
from modos_widgets.modo.journal import Journal, Record, new_commit_id, this_process, who
from modos_widgets.modo.lock import object_lock
from modos_widgets.modo.repair import repair
from modos_widgets.modo.values import now
from modos_widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["Commit", "Part", "commit_objects", "states_to_commit", "undo_commit"]

OBJECTS_AT_ONCE = 128
"""Objects read, and written, at a time; each of them waits for answers most of the time."""
LOCKED_AT_ONCE = 64
"""More objects are locked one by one: each lock is an open file."""


@dataclass(frozen=True)
class Part:
    """What a commit did to one object.

    Attributes
    ----------
    modo : StoredObject
        The object.
    record : Record
        What the journal says of it.
    not_in_journal : str
        Why the journal has no such record; empty where it has one.
    """

    modo: StoredObject
    record: Record
    not_in_journal: str = ""


@dataclass(frozen=True)
class Commit:
    """A commit that was made.

    Attributes
    ----------
    id : str
        The same in the journal of every object that it changed.
    when, message : str
        When it was made, and the commit message.
    parts : tuple of Part
        What it did to each object.
    lacking : tuple of str
        Of an undo: files and keys that could not be restored.
    """

    id: str
    when: str
    message: str
    parts: tuple[Part, ...]
    lacking: tuple[str, ...] = ()

    @property
    def objects(self) -> tuple[str, ...]:
        """Paths of the objects that it changed."""
        return tuple(part.modo.path for part in self.parts)

    def rows(self) -> list[Row]:
        """Return what it changed, cell by cell; no network use.

        Returns
        -------
        list of (str, str, str, Any, Any)
            Object, element, slot, before, after, as `Draft.rows` returns them.
        """
        return [row for part in self.parts for row in part.record.rows()]

    @property
    def diff(self) -> pd.DataFrame:
        """What it changed: columns object, element, slot, before, after."""
        return diff_frame(self.rows())

    @property
    def notes(self) -> tuple[str, ...]:
        """What else to know: what is removed for good, what was not removed, missing journals."""
        gone = [name for part in self.parts for name in part.record.lost]
        files = [name for name in gone if not name.startswith(f"{ARCHIVE}/")]
        if len(files) < len(gone):
            files.append(f"{len(gone) - len(files):,} keys of arrays")
        notes = [lost_note(files)] if files else []
        if self.lacking:
            lacking = ", ".join(self.lacking[:5])
            notes.append(f"Not brought back, since they were not kept: {lacking}.")
        left = [name for part in self.parts for name in part.record.left]
        if left:
            notes.append(
                f"Not removed, since others replaced or named them: {', '.join(left[:5])}."
            )
        return (*notes, *self.without_journal)

    @property
    def without_journal(self) -> tuple[str, ...]:
        """Why there is no journal, where there is none."""
        missing = sorted({part.not_in_journal for part in self.parts if part.not_in_journal})
        return tuple(
            f"The commit stands, but there is no journal of it: {why}. Only this session "
            "can take it back, with Commit.undo()."
            for why in missing
        )

    def undo(self, message: str | None = None) -> Commit:
        """Undo the commit, where no one has changed its cells since; touches the network, writes.

        Files and arrays that it put are removed; those that it removed are restored where they
        were kept (16 MiB in all).

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
            A cell has been changed since; nothing was undone.
        OptionError
            It is undone already.
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
    unconditional: bool = False,
    timeout: float = 30.0,
    on_progress: Callable[[Progress], object] | None = None,
    on_write: Callable[[], None] | None = None,
    undoes: str = "",
) -> Commit:
    """Write the changes of objects (see `Draft.commit`).

    A state that was written starts again from what is stored.

    Parameters
    ----------
    states : sequence of ObjectState
        The objects, see `states_to_commit`.
    message, unconditional, timeout, on_progress
        As for `Draft.commit`.
    on_write : callable, optional
        Called before the first write: from then on, states may start again.
    undoes : str
        The commit that this one undoes.
    """
    deadline = time.monotonic() + timeout
    with ExitStack() as stack:
        at_once = len(states) <= LOCKED_AT_ONCE
        for state in sorted(states, key=lambda state: state.path) if at_once else ():
            stack.enter_context(object_lock(state.storage, timeout))
        commit_id = new_commit_id(Journal(state.storage) for state in states)
        when = now()
        commits = [
            ObjectCommit(state, unconditional=unconditional, deadline=deadline) for state in states
        ]
        records = [
            Record(
                id=commit_id,
                object=commit.storage.url,
                who=who(),
                when=when,
                message=message or "",
                process=this_process(),
                changes=commit.changes.to_dict(),
                undoes=undoes,
                files=diff_entries(commit.state),
            )
            for commit in commits
        ]
        try:
            _read(commits, records)
            if on_write is not None:
                on_write()
            parts = _write_all(
                commits, records, on_progress=on_progress, lock=None if at_once else timeout
            )
        except CredentialsError as error:
            error.add_note("The draft is kept: to_json() gives it to a colleague who may write.")
            raise
    made = Commit(commit_id, when, message or "", tuple(parts))
    for note in made.without_journal:
        warnings.warn(note, stacklevel=3)
    return made


def states_to_commit(states: Iterable[ObjectState], timeout: float) -> list[ObjectState]:
    """Return the objects that have changes; repair those where a fix asked for it.

    Raises
    ------
    ReadOnlyError, InterruptedCommitError
        One of them cannot be written.
    """
    listed = list(states)
    for state in listed:
        if state.reconsolidate:
            repair(state.stored, timeout=timeout)
            state.reconsolidate = False
    changed = [state for state in listed if state.changed]
    for state in changed:
        _check_writable(state)
    return changed


def _check_writable(state: ObjectState) -> None:
    storage = state.storage
    if storage.zarr_format != 3:  # noqa: PLR2004
        raise ReadOnlyError(
            f"{storage.url} is a zarr v2 archive, which is read only here.",
            "Copy it into a new zarr v3 archive to change it.",
        )
    if storage.read_only:
        raise ReadOnlyError(
            f"{storage.url} was opened for reading only.",
            'Open it with open_modo(..., mode="r+"), and apply the change set there: '
            "Draft.from_json(draft.to_json(), modo).",
        )
    for record in Journal(storage).unfinished():
        if not record.is_live:
            raise InterruptedCommitError(
                f"The commit {record.id} to {storage.url} ended half-way.",
                "Call Modo.repair(): it says what was written, and brings the root up to date.",
            )


def _read(commits: list[ObjectCommit], records: list[Record]) -> None:
    """Read what is stored of all objects; nothing is written where any cell conflicts."""
    found = on_threads(ObjectCommit.read, commits, most=OBJECTS_AT_ONCE)
    conflicts: list[Conflict] = [conflict for of_object in found for conflict in of_object]
    if not conflicts:
        for commit, record in zip(commits, records, strict=True):
            conflicts += commit.attachments.plan(record)
    if conflicts:
        raise conflict_error(conflicts)


def _write_all(
    commits: list[ObjectCommit],
    records: list[Record],
    *,
    on_progress: Callable[[Progress], object] | None,
    lock: float | None,
) -> list[Part]:
    """Write several objects at a time; the states of those that were written start again."""
    parts: list[Part] = []
    failures: list[Exception] = []
    waiting: dict[Future[Part], ObjectCommit] = {}
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
    pool: ThreadPoolExecutor, waiting: dict[Future[Part], ObjectCommit]
) -> None:
    """After an interruption, wait for what has begun, and note what was stored.

    Objects whose writing had not begun keep their changes.
    """
    if waiting:
        pool.shutdown(wait=True, cancel_futures=True)
    for job, commit in waiting.items():
        if not job.cancelled():
            _settle(job, commit)


def _settle(job: Future[Part], commit: ObjectCommit) -> None:
    """Let a state start again from what was stored of it."""
    if job.exception() is None:
        commit.state.restart(commit.written_root)
    elif commit.remaining is not None:
        commit.state.keep_stored(commit.remaining)


def _write(commit: ObjectCommit, record: Record, lock: float | None) -> Part:
    if lock is not None:
        with object_lock(commit.storage, lock):
            return _write(commit, record, None)
    journal = Journal(commit.storage)
    why_not = journal.begin(record)
    attachments = commit.attachments
    if not why_not:
        attachments.keep_mark = partial(journal.keep_mark, record)
    try:
        commit.write(record)
    except BaseException as error:
        journal.finish(record, record.state if record.state != "pending" else "torn")
        if isinstance(error, ConflictError) and commit.remaining is not None:
            error.stays = commit.remaining
        raise
    marks = attachments.stored_marks | attachments.marks
    record.marks = {path: mark for path, mark in marks.items() if mark}
    journal.finish(record, "done")
    return Part(commit.state.stored, record, why_not)


def _raise(failures: list[Exception], parts: list[Part], count: int) -> None:
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
    """Undo a commit that the journal knows (see `Modo.undo_commit`)."""
    journal = Journal(modo.storage)
    if commit_id is not None:
        record = journal.record(commit_id)
    else:
        ended = [one for one in journal.records() if one.state in {"done", "repaired"}]
        latest = next((one for one in reversed(ended) if not one.undoes), None)
        if latest is None:
            raise NotFoundError(
                f"The journal has no commit of {modo.path} to take back.",
                "It is kept in the state folder of the user and computer that made it.",
            )
        record = latest
    return _undo([(modo, record)], record.id, message)


def _undo(
    parts: Sequence[tuple[StoredObject, Record]], commit_id: str, message: str | None
) -> Commit:
    for modo, record in parts:
        if record.state in {"undone", "taken back"}:
            raise OptionError(
                f"The commit {commit_id} to {modo.path} is taken back already.",
                "Look at Modo.commits().",
            )
    on_threads(lambda part: part[0].refresh(), parts, most=OBJECTS_AT_ONCE)
    undone = commit_objects(
        states_to_commit([undone_state(modo, record) for modo, record in parts], 30.0),
        message or f"Undo of {commit_id}",
        undoes=commit_id,
    )
    for modo, record in parts:
        Journal(modo.storage).finish(record, "undone")
    lost = [name for _, record in parts for name in record.lost]
    return replace(undone, lacking=tuple(lost))
