"""Conflicts between a draft and the stored object, and the merge of cells; pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ConflictError, ModosError
from modos_widgets.modo.change_set import put_in_order, short_text
from modos_widgets.modo.values import MISSING, is_absent, same_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ArrayConflict",
    "Conflict",
    "FileConflict",
    "LinkConflict",
    "LinkedConflict",
    "MovedFileConflict",
    "RemovedFileConflict",
    "conflict_error",
    "merge_cells",
    "removal_conflicts",
    "state_outcome",
]

UNNAMED_KEYS = "keys that no element names"
"""`Conflict.theirs` of keys in the archive that belong to no element."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell whose stored value has changed since the draft was created.

    Resolve it with ``draft.resolve(conflict, "mine")`` or ``"theirs"``.

    Attributes
    ----------
    object, element, slot : str
        The cell; the slot is empty if the conflict is about the whole element.
    base : Any
        The value that the draft is based on.
    mine : Any
        The value of the draft.
    theirs : Any
        The stored value.
    """

    object: str
    element: str
    slot: str
    base: Any
    mine: Any
    theirs: Any

    def __str__(self) -> str:
        """Return the cell and both values."""
        cell = f"{self.element} {self.slot}".strip()
        return f"{cell}: stored {_text(self.theirs)}, yours {_text(self.mine)}"


@dataclass(frozen=True, slots=True)
class FileConflict(Conflict):
    """A file to attach whose name is taken by another file.

    ``"mine"`` gives the draft's file another name; ``"theirs"`` leaves it out. The slot is the
    file's name in the object.
    """

    def __str__(self) -> str:
        """Return the file's name and the draft's file."""
        return f"{self.slot} already exists, yours is {_text(self.mine)}"


@dataclass(frozen=True, slots=True)
class MovedFileConflict(FileConflict):
    """A file to move that was replaced, removed, or named by another element.

    ``"mine"`` moves the current file; ``"theirs"`` leaves it in place. The slot is the file's name
    in the object.
    """

    def __str__(self) -> str:
        """Return the file's name, what happened to it, and its new name in the draft."""
        theirs = "removed" if self.theirs is MISSING else _text(self.theirs)
        return f"{self.slot} is now {theirs}, you move it to {_text(self.mine)}"


@dataclass(frozen=True, slots=True)
class RemovedFileConflict(Conflict):
    """A file to remove that was replaced, or named by another element.

    ``"theirs"`` keeps the file; ``"mine"`` removes the current file, if no element names it. The
    slot is the file's name in the object.
    """

    def __str__(self) -> str:
        """Return the file's name and what happened to it."""
        return f"{self.slot} is now {_text(self.theirs)}, you remove it"


@dataclass(frozen=True, slots=True)
class ArrayConflict(Conflict):
    """An array that was added to an element since the draft was created.

    If the draft removes or renames the element, ``"mine"`` includes that array, and ``"theirs"``
    keeps the element. If the draft adds an array of the same name, only ``"theirs"`` is possible,
    because an array is never replaced. The slot is the array's name.

    Attributes
    ----------
    nodes : tuple of str
        All current nodes below the element.
    """

    nodes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the array, and the draft's change."""
        mine = "remove the element" if self.mine is MISSING else f"add {_text(self.mine)}"
        return f"{self.element} now has {_text(self.theirs)} in {self.slot!r}, you {mine}"


@dataclass(frozen=True, slots=True)
class LinkConflict(Conflict):
    """A link that the draft adds to an element that someone else has removed or renamed.

    ``"mine"`` keeps the link, which is then broken; ``"theirs"`` removes it from the draft.

    Attributes
    ----------
    target : str
        Id of the missing element.
    """

    target: str = ""

    def __str__(self) -> str:
        """Return the cell, and which element is missing."""
        return f"{self.element} {self.slot}: {_text(self.theirs)}, you link to it"


@dataclass(frozen=True, slots=True)
class LinkedConflict(Conflict):
    """An element that the draft removes or renames, and that others have linked to since.

    ``"mine"`` removes or renames the element, and changes the new links to it in the same way;
    ``"theirs"`` keeps the element.

    Attributes
    ----------
    linking : Mapping
        Id of each element that links to it now, with its stored attributes.
    """

    linking: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the element, and what links to it."""
        return f"{self.element} is now {_text(self.theirs)}, you remove it"


def _text(value: Any) -> str:
    return "(empty)" if is_absent(value) else short_text(value)[:60]


def merge_cells(
    path: str,
    element: str,
    stored: Mapping[str, Any],
    cells: Mapping[str, tuple[Any, Any]],
    order: Sequence[str] = (),
) -> tuple[dict[str, Any], list[Conflict]]:
    """Merge changed cells into stored attributes.

    Parameters
    ----------
    path, element : str
        Path of the object, and id of the element.
    stored : Mapping
        The stored attributes.
    cells : Mapping
        Slot to (value that the draft is based on, value of the draft).
    order : sequence of str
        Order of new slots (see `ChangeSet.order`).

    Returns
    -------
    dict
        The attributes to store: first those that are stored, in their order, then new ones, unless
        `order` places them elsewhere.
    list of Conflict
        The cells whose stored value is neither the base nor the draft's value.
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
    """Return the changed cells of an element that the draft removes."""
    return [
        Conflict(path, element, slot, old, MISSING, new)
        for slot in dict.fromkeys((*base, *stored))
        if not same_cell(old := base.get(slot, MISSING), new := stored.get(slot, MISSING))
    ]


HINT = "Resolve each conflict with draft.resolve(conflict, 'mine' or 'theirs'), and commit again."


def conflict_error(conflicts: Sequence[Conflict], hint: str = HINT) -> ConflictError:
    """Return the error for conflicts.

    The hint of a commit does not state what was written: see `state_outcome`.
    """
    listed = "; ".join(str(conflict) for conflict in conflicts[:5])
    more = f"; and {len(conflicts) - 5:,} more" if len(conflicts) > 5 else ""  # noqa: PLR2004
    if all(isinstance(conflict, FileConflict) for conflict in conflicts):
        files = "1 file" if len(conflicts) == 1 else f"{len(conflicts):,} files"
        problem = f"{files} of this draft cannot be committed, because the object has changed"
    elif any(type(conflict) is not Conflict for conflict in conflicts):
        changes = "1 change" if len(conflicts) == 1 else f"{len(conflicts):,} changes"
        problem = f"{changes} of this draft cannot be committed, because the object has changed"
    else:
        cells = "1 cell has" if len(conflicts) == 1 else f"{len(conflicts):,} cells have"
        problem = f"{cells} changed since this draft was created"
    return ConflictError(
        f"{problem}: {listed}{more}.",
        hint,
        conflicts,
    )


def state_outcome(error: Exception, outcome: str) -> None:
    """Put what a failed commit has written before the hint of its error.

    Parameters
    ----------
    error : Exception
        The error; one that has no hint gets a note.
    outcome : str
        A sentence, such as "Nothing was written.".
    """
    if isinstance(error, ModosError):
        error.hint = f"{outcome} {error.hint}".strip()
        error.args = (error.message, error.hint)
    else:
        error.add_note(outcome)
