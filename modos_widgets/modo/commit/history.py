"""The history of an object: the commits in its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.modo.change_set import ChangeSet
from modos_widgets.modo.journal import CommitState, Journal, Record

if TYPE_CHECKING:
    from modos_widgets.storage import Storage

__all__ = ["history", "state_of"]

_STATES: dict[str, str] = {
    CommitState.PENDING: "interrupted",  # its process was killed
    CommitState.INTERRUPTED: "interrupted",
    CommitState.REVERTED: "reverted",
    CommitState.PARTLY_STORED: "partly stored",
}
"""State in the journal to the word that a person reads, if they differ."""


def history(storage: Storage) -> pd.DataFrame:
    """Return the journal of an object as a table (see `Modo.commits`)."""
    journal = Journal(storage)
    records = [*journal.records(), *journal.unfinished()]
    records.sort(key=lambda record: record.id, reverse=True)
    counts = [_counts(record) for record in records]
    columns: dict[str, list[Any]] = {
        "when": [record.when for record in records],
        "who": [record.who for record in records],
        "message": [record.message for record in records],
        "state": [state_of(record) for record in records],
        "changes": [len(list(record.rows())) for record in records],
        "undoes": [record.undoes for record in records],
        "elements": [count[0] for count in counts],
        "cells": [count[1] for count in counts],
        "files": [count[2] for count in counts],
    }
    table = {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    index = pd.Index([record.id for record in records], dtype=object, name="commit")
    return pd.DataFrame(table).set_index(index)


def _counts(record: Record) -> tuple[int, int, int]:
    """Return the numbers of changed elements, cells, and files and arrays."""
    changes = ChangeSet.from_dict(record.changes)
    return len(changes.elements), len(list(changes.rows())), len(record.files)


def state_of(record: Record) -> str:
    """Return the state of a commit in the words of `Modo.commits`."""
    return "running" if record.is_live else _STATES.get(record.state, record.state)
