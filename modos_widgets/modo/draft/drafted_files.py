"""The files of an object as they will be after the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from modos_widgets.modo.data_paths import indexed_names
from modos_widgets.modo.state.payloads import FilePayload, MovePayload, RemoveFilePayload

if TYPE_CHECKING:
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["drafted_files"]


def drafted_files(state: ObjectState) -> pd.DataFrame:
    """Return the files of an object, with those that its draft adds, moves and removes.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.

    Returns
    -------
    pandas.DataFrame
        As `Draft.files` returns it.
    """
    removed: set[str] = set()
    new: dict[str, int] = {}
    for payload in state.payloads:
        if isinstance(payload, RemoveFilePayload):
            removed.add(payload.target)
        elif isinstance(payload, FilePayload | MovePayload):
            new[payload.target] = payload.size
            if isinstance(payload, MovePayload):
                removed.add(payload.source)
    rows = [
        (name, entry.size, _named_by(state, name), "removed" if name in removed else "")
        for name, entry in state.files.items()
    ]
    rows += [(name, size, _named_by(state, name), "new") for name, size in new.items()]
    rows.sort(key=lambda row: row[0])
    return pd.DataFrame(
        {
            "size": pd.Series([row[1] for row in rows], dtype="int64"),
            "named_by": pd.Series([row[2] for row in rows], dtype=object),
            "state": pd.Series([row[3] for row in rows], dtype=object),
        }
    ).set_index(pd.Index([row[0] for row in rows], dtype=object, name="path"))


def _named_by(state: ObjectState, path: str) -> str:
    """Return the elements that name a file, or the file that it is an index of."""
    found = list(state.named_files.elements(path))
    if not found:
        found = [each for name in indexed_names(path) for each in state.named_files.elements(name)]
    return ", ".join(dict.fromkeys(found))
