"""The diff of files and arrays, and their entries in a change set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.errors import OptionError
from modos_widgets.modo.attachments.retention import PERMANENT, lost_files
from modos_widgets.modo.state.payloads import (
    ArrayPayload,
    CopyPayload,
    DropPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
    RestorePayload,
)
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.modo.change_set import Row
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["diff_entries", "diff_rows", "files_to_dict"]


def diff_rows(state: ObjectState) -> list[Row]:
    """Return the rows of the diff for files and arrays, sorted by element."""
    return sorted(_rows(state), key=lambda row: row[1:3])


def _rows(state: ObjectState) -> Iterator[Row]:
    lost_names = lost_files(state)
    for payload in state.payloads:
        if isinstance(payload, DropPayload | RestorePayload):
            for element, name, *sides in payload.rows:
                before, after = (MISSING if side is None else side for side in sides)
                yield (state.path, str(element), str(name), before, after)
        elif isinstance(payload, RemoveFilePayload):
            lost = f", {PERMANENT}" if payload.target in lost_names else ""
            yield (state.path, payload.element, payload.target, f"{payload}{lost}", MISSING)
        elif isinstance(payload, MovePayload):
            yield (
                state.path,
                payload.element,
                payload.source,
                f"file of {payload.size:,} bytes",
                MISSING,
            )
            yield (state.path, payload.element, payload.target, MISSING, str(payload))
        else:
            name = (
                payload.name
                if isinstance(payload, ArrayPayload)
                else getattr(payload, "target", "arrays")
            )
            yield (state.path, payload.element, name, MISSING, str(payload))


def diff_entries(state: ObjectState) -> list[list[str | None]]:
    """Return the rows of the diff for files and arrays, in the form of the journal."""
    return [
        [None if value is MISSING else str(value) for value in row] for _, *row in diff_rows(state)
    ]


def files_to_dict(state: ObjectState) -> list[dict[str, Any]]:
    """Return the changes of files as JSON values, for a change set.

    Raises
    ------
    OptionError
        The draft adds an array, which a change set cannot contain.
    """
    found: list[dict[str, Any]] = []
    for payload in state.payloads:
        if isinstance(payload, ArrayPayload):
            raise OptionError(
                f"A change set cannot contain the array {payload.name} of {payload.element}.",
                "Commit the array first, or remove it from the draft.",
            )
        if isinstance(payload, FilePayload):
            found.append(
                {
                    "put": payload.target,
                    "source": payload.source,
                    "element": payload.element,
                    "checksum": payload.checksum,
                    "size": payload.size,
                }
            )
        elif isinstance(payload, MovePayload):
            entry = {"move": payload.source, "to": payload.target, "element": payload.element}
            found.append({**entry, "size": payload.size})
        elif isinstance(payload, CopyPayload):
            found.append({"copy": payload.source, "element": payload.element})
        elif isinstance(payload, RemoveFilePayload):
            found.append(
                {
                    "remove": payload.target,
                    "element": payload.element,
                    "size": payload.size,
                    "version": payload.version,
                }
            )
    return found
