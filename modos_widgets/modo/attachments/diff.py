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
    gone = lost_files(state)
    for one in state.payloads:
        if isinstance(one, DropPayload | RestorePayload):
            for element, name, *sides in one.rows:
                before, after = (MISSING if side is None else side for side in sides)
                yield (state.path, str(element), str(name), before, after)
        elif isinstance(one, RemoveFilePayload):
            lost = f", {PERMANENT}" if one.target in gone else ""
            yield (state.path, one.element, one.target, f"{one}{lost}", MISSING)
        elif isinstance(one, MovePayload):
            yield (state.path, one.element, one.source, f"file of {one.size:,} bytes", MISSING)
            yield (state.path, one.element, one.target, MISSING, str(one))
        else:
            name = one.name if isinstance(one, ArrayPayload) else getattr(one, "target", "arrays")
            yield (state.path, one.element, name, MISSING, str(one))


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
    for one in state.payloads:
        if isinstance(one, ArrayPayload):
            raise OptionError(
                f"A change set cannot contain the array {one.name} of {one.element}.",
                "Commit the array first, or remove it from the draft.",
            )
        if isinstance(one, FilePayload):
            found.append(
                {
                    "put": one.target,
                    "source": one.source,
                    "element": one.element,
                    "checksum": one.checksum,
                    "size": one.size,
                }
            )
        elif isinstance(one, MovePayload):
            entry = {"move": one.source, "to": one.target, "element": one.element}
            found.append({**entry, "size": one.size})
        elif isinstance(one, CopyPayload):
            found.append({"copy": one.source, "element": one.element})
        elif isinstance(one, RemoveFilePayload):
            found.append(
                {
                    "remove": one.target,
                    "element": one.element,
                    "size": one.size,
                    "version": one.version,
                }
            )
    return found
