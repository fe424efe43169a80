"""Commit a draft: one object or many, all checked before any is written."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from modos_widgets.errors import (
    ConflictError,
    CredentialsError,
    InvalidMetadataError,
    ReadOnlyError,
    TornCommitError,
)
from modos_widgets.modo.attaching import files_of
from modos_widgets.modo.committed import Commit, Part
from modos_widgets.modo.fixes import now
from modos_widgets.modo.journal import Journal, Record, new_commit_id, this_process, who
from modos_widgets.modo.lock import object_lock
from modos_widgets.modo.merging import Conflict, conflict_error
from modos_widgets.modo.sending import plan_payloads
from modos_widgets.modo.writing import ObjectCommit

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.modo.draft import Draft
    from modos_widgets.modo.working import Working

__all__ = ["commit_draft"]

OBJECTS_AT_ONCE = 8
LOCKED_AT_ONCE = 64
"""More objects are locked one by one: each lock is an open file."""


def commit_draft(
    draft: Draft,
    message: str | None,
    *,
    force: bool,
    unconditional: bool,
    timeout: float,
    on_progress: Callable[[int, int], None] | None,
    undoes: str = "",
) -> Commit:
    """Write the changes of a draft (see `Draft.commit`)."""
    commit_id, when = new_commit_id(), now()
    changed = _to_commit(draft, timeout)
    if not force:
        _refuse_new_errors(draft)
    deadline = time.monotonic() + timeout
    with ExitStack() as stack:
        at_once = len(changed) <= LOCKED_AT_ONCE
        for working in sorted(changed, key=lambda one: one.path) if at_once else ():
            stack.enter_context(object_lock(working.modo.storage, timeout))
        commits = [
            ObjectCommit(working, unconditional=unconditional, deadline=deadline)
            for working in changed
        ]
        records = [
            Record(
                id=commit_id,
                object=one.storage.url,
                who=who(),
                when=when,
                message=message or "",
                process=this_process(),
                changes=one.changes.to_dict(),
                undoes=undoes,
                files=files_of(one.working),
            )
            for one in commits
        ]
        _read(commits, records)
        try:
            parts = _write_all(
                draft, commits, records, on_progress=on_progress, lock=None if at_once else timeout
            )
        except CredentialsError as error:
            error.add_note("The draft is kept: to_json() gives it to a colleague who may write.")
            raise
    draft.forget_steps()
    commit = Commit(commit_id, when, message or "", tuple(parts))
    for note in commit.without_journal:
        warnings.warn(note, stacklevel=3)
    return commit


def _to_commit(draft: Draft, timeout: float) -> list[Working]:
    """Give the objects to write, repaired where a fix asked for it."""
    for working in draft.workings():
        if working.reconsolidate:
            working.modo.repair(timeout=timeout)
            working.reconsolidate = False
    changed = [working for working in draft.workings() if working.changed]
    for working in changed:
        _check_writable(working)
    return changed


def _refuse_new_errors(draft: Draft) -> None:
    errors = draft.new_errors()
    if errors:
        raise InvalidMetadataError(
            f"The draft brings in {len(errors):,} error{'s' if len(errors) != 1 else ''}: "
            f"{errors[0].element} {errors[0].slot}: {errors[0].message}",
            "Look at draft.new_errors(), or commit with force=True.",
            errors,
        )


def _write_all(
    draft: Draft,
    commits: list[ObjectCommit],
    records: list[Record],
    *,
    on_progress: Callable[[int, int], None] | None,
    lock: float | None,
) -> list[Part]:
    """Write object beside object; those that were written leave the draft."""
    parts: list[Part] = []
    failures: list[Exception] = []
    with ThreadPoolExecutor(OBJECTS_AT_ONCE, "modos-objects") as pool:
        jobs = [
            pool.submit(_write, one, record, lock)
            for one, record in zip(commits, records, strict=True)
        ]
        for number, (job, one) in enumerate(zip(jobs, commits, strict=True)):
            try:
                parts.append(job.result())
            except Exception as error:  # noqa: BLE001 - raised below, when all have ended
                failures.append(error)
                if one.stays is not None:
                    one.working.keep_stored(one.stays)
            else:
                _refresh(draft, one)
            if on_progress is not None:
                on_progress(number + 1, len(jobs))
    if failures:
        draft.forget_steps()
        _raise(failures, parts, len(commits))
    return parts


def _check_writable(working: Working) -> None:
    storage = working.modo.storage
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
            raise TornCommitError(
                f"The commit {record.id} to {storage.url} ended half-way.",
                "Call Modo.repair(): it says what was written, and brings the root up to date.",
            )


def _read(commits: list[ObjectCommit], records: list[Record]) -> None:
    """Read what is stored of all objects; nothing is written where any cell conflicts."""
    with ThreadPoolExecutor(OBJECTS_AT_ONCE, "modos-objects") as pool:
        found = [pool.submit(one.read) for one in commits]
    conflicts: list[Conflict] = [conflict for job in found for conflict in job.result()]
    if not conflicts:
        for one, record in zip(commits, records, strict=True):
            conflicts += plan_payloads(one, record)
    if conflicts:
        raise conflict_error(conflicts)


def _write(commit: ObjectCommit, record: Record, lock: float | None) -> Part:
    if lock is not None:
        with object_lock(commit.storage, lock):
            return _write(commit, record, None)
    journal = Journal(commit.storage)
    why_not = journal.begin(record)
    if not why_not:
        commit.keep_mark = partial(journal.keep_mark, record)
    try:
        commit.write(record)
    except BaseException as error:
        journal.finish(record, record.state if record.state != "pending" else "torn")
        if isinstance(error, ConflictError) and commit.stays is not None:
            error.stays = commit.stays
        raise
    journal.finish(record, "done")
    return Part(commit.working.modo, record, why_not)


def _refresh(draft: Draft, commit: ObjectCommit) -> None:
    modo = commit.working.modo
    if commit.written_root is not None:
        modo.adopt(*commit.written_root)
    draft.begin_anew(modo)


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
