"""Conflicts of a draft with what is stored now, and the merge cell by cell; pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ConflictError
from modos_widgets.modo.change_set import put_in_order, short_text
from modos_widgets.modo.values import MISSING, is_absent, same_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ArrayConflict",
    "Conflict",
    "FileConflict",
    "RemovedFileConflict",
    "conflict_error",
    "merge_cells",
    "removal_conflicts",
]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell that someone else changed since the draft was begun.

    Settle it with ``draft.resolve(conflict, "mine")`` or ``"theirs"``.

    Attributes
    ----------
    object, element, slot : str
        Which cell; the slot is empty where it is the whole element.
    base : Any
        The value that the draft is based on.
    mine : Any
        The value that the draft wants to store.
    theirs : Any
        The value that is stored now.
    """

    object: str
    element: str
    slot: str
    base: Any
    mine: Any
    theirs: Any

    def __str__(self) -> str:
        """Name the cell and the two values."""
        what = f"{self.element} {self.slot}".strip()
        return f"{what}: stored is {_said(self.theirs)}, yours is {_said(self.mine)}"


@dataclass(frozen=True, slots=True)
class FileConflict(Conflict):
    """A file to be attached, where somebody else's is.

    Settled with ``"mine"`` the draft's file gets another name; with ``"theirs"`` it is left out.
    The slot is the file's name in the object.
    """

    def __str__(self) -> str:
        """Name the file."""
        return f"{self.slot} is in the object already, yours is {_said(self.mine)}"


@dataclass(frozen=True, slots=True)
class MovedFileConflict(FileConflict):
    """A file to be moved that somebody else has replaced, removed or named.

    Settled with ``"mine"`` the file is moved as it is now; with ``"theirs"`` it stays. The slot
    is the file's name in the object.
    """

    def __str__(self) -> str:
        """Name the file."""
        theirs = "gone" if self.theirs is MISSING else _said(self.theirs)
        return f"{self.slot} is {theirs}, you move it to {_said(self.mine)}"


@dataclass(frozen=True, slots=True)
class RemovedFileConflict(Conflict):
    """A file to be removed that somebody else has replaced, or named, since.

    Settled with ``"theirs"`` the file stays; with ``"mine"`` it is removed as it is now, once no
    element names it. The slot is the file's name in the object.
    """

    def __str__(self) -> str:
        """Name the file, and what became of it."""
        return f"{self.slot} is {_said(self.theirs)}, you remove it"


@dataclass(frozen=True, slots=True)
class ArrayConflict(Conflict):
    """An array that somebody else has put below an element.

    Where the draft removes or renames the element, ``"mine"`` does so with that array, and
    ``"theirs"`` keeps the element. Where the draft puts an array of the same name, only
    ``"theirs"`` settles it: an array is never replaced. The slot is the array's name.

    Attributes
    ----------
    nodes : tuple of str
        Every node below the element now.
    """

    nodes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name the array, and what the draft does."""
        mine = "remove the element" if self.mine is MISSING else f"put {_said(self.mine)}"
        return f"{self.element} has {_said(self.theirs)} in {self.slot!r} by now, you {mine}"


def _said(value: Any) -> str:
    return "nothing" if is_absent(value) else short_text(value)[:60]


def merge_cells(
    path: str,
    element: str,
    stored: Mapping[str, Any],
    cells: Mapping[str, tuple[Any, Any]],
    order: Sequence[str] = (),
) -> tuple[dict[str, Any], list[Conflict]]:
    """Put changed cells into stored attributes.

    Parameters
    ----------
    path, element : str
        Where the element is.
    stored : Mapping
        Its attributes as they are stored now.
    cells : Mapping
        Slot to (what the draft is based on, what it wants).
    order : sequence of str
        Where new slots stand (see `ChangeSet.order`).

    Returns
    -------
    dict
        The attributes to store, in the stored order, new ones at the end or where `order` has
        them.
    list of Conflict
        The cells whose stored value is neither the one nor the other.
    """
    merged = dict(stored)
    conflicts = []
    for slot, (base, mine) in cells.items():
        theirs = stored.get(slot, MISSING)
        if not same_cell(theirs, base) and not same_cell(theirs, mine):
            conflicts.append(Conflict(path, element, slot, base, mine, theirs))
        elif mine is MISSING:
            merged.pop(slot, None)
        else:
            merged[slot] = mine
    return put_in_order(merged, merged.keys() - stored.keys(), order), conflicts


def removal_conflicts(
    path: str, element: str, stored: Mapping[str, Any], base: Mapping[str, Any]
) -> list[Conflict]:
    """Give the cells of an element to be removed that somebody else changed."""
    return [
        Conflict(path, element, slot, old, MISSING, new)
        for slot in dict.fromkeys((*base, *stored))
        if not same_cell(old := base.get(slot, MISSING), new := stored.get(slot, MISSING))
    ]


def conflict_error(conflicts: Sequence[Conflict]) -> ConflictError:
    """Make the error that names each cell."""
    named = "; ".join(str(conflict) for conflict in conflicts[:5])
    more = f"; and {len(conflicts) - 5:,} more" if len(conflicts) > 5 else ""  # noqa: PLR2004
    if all(isinstance(conflict, FileConflict) for conflict in conflicts):
        found = "A file is there already, and stays as it is"
    elif any(type(conflict) is not Conflict for conflict in conflicts):
        count = f"{len(conflicts):,} change{'s' if len(conflicts) != 1 else ''}"
        found = f"{count} of this draft cannot be made, since the object has changed"
    else:
        cells = "1 cell was" if len(conflicts) == 1 else f"{len(conflicts):,} cells were"
        found = f"{cells} changed by somebody else since this draft was begun"
    return ConflictError(
        f"{found}: {named}{more}.",
        "Nothing was written. Settle each with draft.resolve(conflict, 'mine' or 'theirs'), "
        "then commit again.",
        conflicts,
    )
