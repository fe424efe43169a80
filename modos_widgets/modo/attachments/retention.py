"""What a commit removes and can be brought back, and what cannot; pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.state.payloads import RemoveFilePayload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["FOR_GOOD", "KEPT_BYTES", "lost_files", "lost_note", "removal_notes"]

KEPT_BYTES = 16 * 1024 * 1024
"""Removed files and arrays up to this size (bytes, in all) can be brought back by undo."""
FOR_GOOD = "which no undo brings back"
TEXT = 32
"""Bytes that a text of an array is taken for."""


def lost_files(state: ObjectState) -> dict[str, int | None]:
    """Give the files that a commit would remove for good: name to size (None: not known)."""
    left, lost = KEPT_BYTES, {}
    for one in state.payloads:
        if isinstance(one, RemoveFilePayload):
            if one.size is None or one.size > left:
                lost[one.target] = one.size
            else:
                left -= one.size
    return lost


def removal_notes(state: ObjectState) -> list[str]:
    """Say what a commit would remove for good, or might."""
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
                f"The arrays of {element} (up to {size:,} bytes) may be too large to be brought "
                f"back: undo keeps {KEPT_BYTES // 2**20} MiB a commit."
            )
    return notes


def lost_note(names: Iterable[str]) -> str:
    """Say that files are removed for good."""
    listed = list(names)
    more = f" and {len(listed) - 5:,} more" if len(listed) > 5 else ""  # noqa: PLR2004
    return (
        f"Removed for good, since undo keeps {KEPT_BYTES // 2**20} MiB a commit: "
        f"{', '.join(listed[:5])}{more}."
    )


def unpacked(array: ArrayMetadata) -> int:
    """Give the bytes of an array as it lies in memory; a guess for text."""
    return array.size * (array.itemsize or TEXT)
