"""What a commit did, and how to take it back."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from modos_widgets.errors import NotFoundError, OptionError
from modos_widgets.modo.change import ChangeSet, Row, diff_frame, diff_html
from modos_widgets.modo.journal import Journal, Record
from modos_widgets.modo.keeping import said_lost
from modos_widgets.modo.payload import DropPayload, Payload, RestorePayload
from modos_widgets.modo.review import rebase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.modo.object import Modo

__all__ = ["Commit", "Part", "history", "undo_record"]


@dataclass(frozen=True)
class Part:
    """What a commit did to one object."""

    modo: Modo
    record: Record
    not_in_journal: str = ""


@dataclass(frozen=True)
class Commit:
    """A commit that was made.

    Attributes
    ----------
    id : str
        The same in the journal of every object that it touched.
    when, message : str
        When it was made, and what the person wrote.
    parts : tuple of Part
        What it did to each object.
    lacking : tuple of str
        Of an undo: files and keys that could not be brought back.
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
        """Give what it changed, as `Draft.rows` does: object, element, slot, before, after."""
        return [row for part in self.parts for row in part.record.rows()]

    @property
    def diff(self) -> pd.DataFrame:
        """What it changed: object, element, slot, before, after."""
        return diff_frame(self.rows())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know besides: what is gone for good, that there is no journal."""
        gone = [name for part in self.parts for name in part.record.lost]
        files = [name for name in gone if not name.startswith("data.zarr/")]
        if len(files) < len(gone):
            files.append(f"{len(gone) - len(files):,} keys of arrays")
        lacking = (
            [f"Not brought back, since they were not kept: {', '.join(self.lacking[:5])}."]
            if self.lacking
            else []
        )
        return (*([said_lost(files)] if files else []), *lacking, *self.without_journal)

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
        """Take the commit back, where nobody has changed its cells since.

        Touches the network. Files and arrays that it put are removed; those that it
        removed come back where they were kept (16 MiB in all).

        Raises
        ------
        ConflictError
            A cell has been changed since; nothing was taken back.
        OptionError
            It is taken back already.
        """
        return _undo([(part.modo, part.record) for part in self.parts], self.id, message)

    def __repr__(self) -> str:
        """Say how much it changed."""
        count = len(self.rows())
        said = (
            f"Commit {self.id}: {count:,} change{'s' if count != 1 else ''} in "
            f"{len(self.parts):,} object{'s' if len(self.parts) != 1 else ''}"
        )
        return "\n".join([said, *self.notes])

    def _repr_html_(self) -> str:
        table = diff_html(self.rows(), several=len(self.parts) > 1) if self.parts else ""
        return f"<p>{escape(repr(self))}</p>{table}"


def undo_record(modo: Modo, commit_id: str | None, message: str | None) -> Commit:
    """Take back a commit that the journal knows (see `Modo.undo_commit`)."""
    journal = Journal(modo.storage)
    if commit_id is None:
        open_ones = [one for one in journal.records() if one.state in {"done", "repaired"}]
        latest = [one for one in open_ones if not one.undoes]
        if not latest:
            raise NotFoundError(
                f"The journal has no commit of {modo.path} to take back.",
                "It is kept in the state folder of the user and computer that made it.",
            )
        record = latest[-1]
    else:
        record = journal.record(commit_id)
    return _undo([(modo, record)], record.id, message)


def _undo(parts: Iterable[tuple[Modo, Record]], commit_id: str, message: str | None) -> Commit:
    from modos_widgets.modo.commit import commit_draft  # noqa: PLC0415 - it imports this module
    from modos_widgets.modo.draft import Draft  # noqa: PLC0415

    listed = list(parts)
    for modo, record in listed:
        if record.state in {"undone", "taken back"}:
            raise OptionError(
                f"The commit {commit_id} to {modo.path} is taken back already.",
                "Look at Modo.commits().",
            )
        modo.refresh()
    draft = Draft([modo for modo, _ in listed])
    for modo, record in listed:
        working = draft.working(modo.path)
        rebase(working, ChangeSet.from_dict(record.changes).reversed())
        working.payloads = _reversed_payloads(record)
    commit = commit_draft(
        draft,
        message or f"Undo of {commit_id}",
        force=True,
        unconditional=False,
        timeout=30.0,
        on_progress=None,
        undoes=commit_id,
    )
    for modo, record in listed:
        Journal(modo.storage).finish(record, "undone")
    lost = [name for _, record in listed for name in record.lost]
    return replace(commit, lacking=tuple(lost))


def _reversed_payloads(record: Record) -> tuple[Payload, ...]:
    payloads: list[Payload] = []
    if record.made:
        put = [[*about, after, None] for *about, _, after in record.files if after is not None]
        payloads.append(DropPayload("", tuple(record.made), tuple(put)))
    kept = {
        path: base64.b64decode(data) for path, data in record.removed.items() if data is not None
    }
    if kept:
        back = [[*about, None, before] for *about, before, _ in record.files if about[1] in kept]
        payloads.append(RestorePayload("", kept, tuple(back)))
    return tuple(payloads)


def history(modo: Modo) -> pd.DataFrame:
    """Give the journal of an object as a table (see `Modo.commits`)."""
    journal = Journal(modo.storage)
    records = [*journal.records(), *journal.unfinished()]
    records.sort(key=lambda one: one.id, reverse=True)
    columns = {
        "when": [one.when for one in records],
        "who": [one.who for one in records],
        "message": [one.message for one in records],
        "state": [one.state if not one.is_live else "running" for one in records],
        "changes": [len(list(one.rows())) for one in records],
        "undoes": [one.undoes for one in records],
    }
    table = {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    frame = pd.DataFrame(table)
    frame.index = pd.Index([one.id for one in records], dtype=object, name="commit")
    return frame
