"""Which removed files and arrays an undo can restore; pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.state.payloads import RemoveFilePayload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["KEPT_BYTES", "PERMANENT", "lost_files", "lost_note", "removal_notes"]

KEPT_BYTES = 16 * 1024 * 1024
"""Total size in bytes of removed files and arrays that undo can restore."""
PERMANENT = "cannot be restored by undo"
TEXT_BYTES = 32
"""Assumed size of a text in an array."""


def lost_files(state: ObjectState) -> dict[str, int | None]:
    """Return the files that a commit would remove permanently: name to size (None: unknown)."""
    left, lost = KEPT_BYTES, {}
    for payload in state.payloads:
        if isinstance(payload, RemoveFilePayload):
            if payload.size is None or payload.size > left:
                lost[payload.target] = payload.size
            else:
                left -= payload.size
    return lost


def removal_notes(state: ObjectState) -> list[str]:
    """Return notes on files and arrays that a commit would, or might, remove permanently."""
    notes = []
    lost = lost_files(state)
    if lost:
        sizes = [
            name if size is None else f"{name} ({size:,} bytes)" for name, size in lost.items()
        ]
        notes.append(lost_note(sizes))
    removed = [name for name in state.base if name not in state.now]
    for element in removed:
        below = [
            node.array
            for path, node in state.stored.hierarchy.nodes.items()
            if path.startswith(f"{element}/") and node.array is not None
        ]
        size = sum(map(unpacked, below))
        if size > KEPT_BYTES:
            notes.append(
                f"Undo may be unable to restore the arrays of {element} (up to {size:,} bytes): "
                f"it keeps {KEPT_BYTES // 2**20} MiB per commit."
            )
    return notes


def lost_note(names: Iterable[str]) -> str:
    """Return the note on files that are removed permanently."""
    listed = list(names)
    more = f" and {len(listed) - 5:,} more" if len(listed) > 5 else ""  # noqa: PLR2004
    return (
        f"Removed permanently, because undo keeps {KEPT_BYTES // 2**20} MiB per commit: "
        f"{', '.join(listed[:5])}{more}."
    )


def unpacked(array: ArrayMetadata) -> int:
    """Return the size of an array in memory; an estimate for text."""
    return array.size * (array.itemsize or TEXT_BYTES)
