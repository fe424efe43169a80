"""The changes that undo a commit: the reverse of the changes in its record."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE
from modos_widgets.modo.change_set import ChangeSet
from modos_widgets.modo.state.object_state import ObjectState
from modos_widgets.modo.state.payloads import DropPayload, MovePayload, Payload, RestorePayload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.modo.journal import Record
    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["undone_state"]


def undone_state(modo: StoredObject, record: Record) -> ObjectState:
    """Return the state of an object whose commit undoes another commit."""
    state = ObjectState(modo)
    state.rebase(ChangeSet.from_dict(record.changes).reversed())
    state.payloads = _reversed_payloads(record, state)
    state.below |= _put_below(record)
    return state


def _put_below(record: Record) -> dict[str, frozenset[str]]:
    """Return the nodes that a commit wrote below each element that it added."""
    nodes = [
        path.removeprefix(f"{ARCHIVE}/").removesuffix("/zarr.json")
        for path in record.made
        if path.startswith(f"{ARCHIVE}/") and path.endswith("/zarr.json")
    ]
    return {
        element: frozenset(node for node in nodes if node.startswith(f"{element}/"))
        for element in ChangeSet.from_dict(record.changes).added
    }


def _reversed_payloads(record: Record, state: ObjectState) -> tuple[Payload, ...]:
    moved = {*record.moved, *record.moved.values()}
    files = [row for row in record.files if row[1] not in moved]
    payloads: list[Payload] = []
    written = tuple(path for path in record.made if path not in record.moved)
    if written:
        rows = [[*names, after, None] for *names, _, after in files if after is not None]
        payloads.append(DropPayload("", written, tuple(rows), record.marks))
    removed = {
        path: base64.b64decode(data) for path, data in record.removed.items() if data is not None
    }
    if removed:
        rows = [[*names, None, before] for *names, before, _ in files if names[1] in removed]
        payloads.append(RestorePayload("", removed, tuple(rows)))
    return (*payloads, *_moved_back(record, state))


def _moved_back(record: Record, state: ObjectState) -> Iterator[MovePayload]:
    """Yield the moves of files back to their old names, with the elements of the diff."""
    elements = {str(name): str(element) for element, name, *_ in record.files}
    for target, source in record.moved.items():
        entry = state.files.get(target)
        if entry is not None:
            element = elements.get(source, "")
            yield MovePayload(element, source, target, entry.size, version=entry.version)
