"""Join a draft's changes with what is stored now, cell by cell; pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ConflictError
from modos_widgets.modo.change import put_in_order, shown
from modos_widgets.modo.values import MISSING, same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Conflict", "conflict_error", "merge_cells", "removal_conflicts"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell that somebody else changed since the draft was begun.

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


def _said(value: Any) -> str:
    return "nothing" if value is MISSING else shown(value)[:60]


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
        if not same(theirs, base) and not same(theirs, mine):
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
        if not same(old := base.get(slot, MISSING), new := stored.get(slot, MISSING))
    ]


def conflict_error(conflicts: Sequence[Conflict]) -> ConflictError:
    """Make the error that names each cell."""
    named = "; ".join(str(conflict) for conflict in conflicts[:5])
    more = f"; and {len(conflicts) - 5:,} more" if len(conflicts) > 5 else ""  # noqa: PLR2004
    if all(isinstance(conflict, FileConflict) for conflict in conflicts):
        found = "A file is there already, and stays as it is"
    else:
        cells = "1 cell was" if len(conflicts) == 1 else f"{len(conflicts):,} cells were"
        found = f"{cells} changed by somebody else since this draft was begun"
    return ConflictError(
        f"{found}: {named}{more}.",
        "Nothing was written. Settle each with draft.resolve(conflict, 'mine' or 'theirs'), "
        "then commit again.",
        conflicts,
    )
