"""The review of proposed changes: which are undecided, and accepting and rejecting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from modos_widgets.errors import ArgumentError, NotFoundError, OptionError
from modos_widgets.json_text import same
from modos_widgets.modo.attachments.diff import diff_rows
from modos_widgets.modo.attachments.renames import renamed_to
from modos_widgets.modo.attachments.resolution import FROM_FILE
from modos_widgets.modo.conflicts import Conflict, conflict_error, removal_conflicts
from modos_widgets.modo.state.payloads import (
    CopyPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
)
from modos_widgets.modo.values import MISSING, as_list, same_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.modo.draft.drafted_objects import DraftedObjects
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ChangeKey, ObjectState, Step
    from modos_widgets.modo.state.payloads import Payload, PayloadChanges
    from modos_widgets.modo.state.steps import Steps

__all__ = ["Cell", "Cells", "Proposal", "ProposedChange"]

CLASS = "@type"
UPDATED = "last_update_date"
REMOVED = " (file)"
"""End of the element of a row that removes a file with its element."""
HINT = "Pass overwrite=True to replace the stored values, or reject these changes."
GONE_HINT = "Reject the changes of elements that no longer exist."
CELL_HINT = "Pass an element id, (element, slot) or (object path, element, slot)."


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One change of a draft, to accept or reject.

    Attributes
    ----------
    object, element, slot : str
        The cell. The slot is the name of a file or array (kind ``"file"``), and empty for a
        removed element.
    kind : {"cell", "added", "removed", "file"}
        A changed cell, a cell of an added element, a removed element, or a file or array.
    base : Any
        The value that the change is based on; `MISSING` if there is none.
    proposed : Any
        The proposed value.
    stored : Any
        The value that the object shows now; for a file, as `base`.
    """

    object: str
    element: str
    slot: str
    kind: Literal["cell", "added", "removed", "file"]
    base: Any
    proposed: Any
    stored: Any

    @property
    def cell(self) -> tuple[str, str, str]:
        """Object, element and slot, as `Draft.accept` and `Draft.reject` expect them."""
        return self.object, self.element, self.slot

    @property
    def is_stale(self) -> bool:
        """Whether the stored value is neither the one the change is based on nor the proposed one.

        Accepting such a change replaces a value that its author has not seen.
        """
        return not same_cell(self.stored, self.base) and not self.is_stored

    @property
    def is_stored(self) -> bool:
        """Whether the proposed value is stored already."""
        return same_cell(self.stored, self.proposed)


Cell = str | tuple[str, str] | tuple[str, str, str] | ProposedChange
"""An element id, (element, slot), (object path, element, slot) or a `ProposedChange`."""
Cells = Cell | Iterable[Cell]


class Proposal:
    """The changes of a draft as a person who reviews them sees and decides them.

    Parameters
    ----------
    objects : DraftedObjects
        The objects of the draft.
    steps : Steps
        The steps for undo.
    schema : Schema
        The classes.
    """

    def __init__(self, objects: DraftedObjects, steps: Steps, schema: Schema) -> None:
        self._objects = objects
        self._steps = steps
        self._schema = schema

    def begin(self) -> None:
        """Mark all present changes as undecided."""
        for state in self._objects:
            state.undecided = {key: change.proposed for key, change in _changes(state).items()}

    def undecided(self) -> list[ProposedChange]:
        """Return the changes that were neither decided nor changed since; see `Draft.undecided`."""
        return [
            change
            for state in self._objects
            if state.undecided
            for key, change in _changes(state).items()
            if key in state.undecided and same(state.undecided[key], change.proposed)
        ]

    def conflicts(self) -> list[Conflict]:
        """Return the conflicts with what the objects show now; see `Draft.conflicts`."""
        return [
            conflict
            for state in self._objects
            for conflict in _conflicts(state, _changes(state).values())
        ]

    def accept(self, cells: Cells | None, *, overwrite: bool) -> None:
        """Keep changes and mark them as decided; see `Draft.accept`."""
        chosen = self._chosen(cells)
        conflicts = [
            conflict
            for path, changes in chosen.items()
            for conflict in _conflicts(self._objects.state(path), changes.values())
        ]
        gone = [conflict for conflict in conflicts if conflict.theirs is MISSING]
        gone = [conflict for conflict in gone if not conflict.slot]
        if gone or (conflicts and not overwrite):
            raise conflict_error(gone or conflicts, GONE_HINT if gone else HINT)
        with self._steps.together():
            for conflict in conflicts:
                self._note(*_based_on_stored(self._objects.state(conflict.object), conflict))
            for path, changes in chosen.items():
                self._decide(self._objects.state(path), changes)

    def reject(self, cells: Cells | None) -> None:
        """Replace changes by what is stored; see `Draft.reject`."""
        chosen = self._chosen(cells)
        with self._steps.together():
            for path, changes in chosen.items():
                state = self._objects.state(path)
                self._reject(state, changes)
                self._decide(state, changes)

    def settle(self, conflict: Conflict) -> None:
        """Mark the changes of a resolved conflict as decided."""
        state = self._objects.state(conflict.object)
        state.undecided = {
            key: value
            for key, value in state.undecided.items()
            if key[0] != conflict.element or conflict.slot not in {"", key[1]}
        }

    def _note(self, *steps: Step) -> None:
        for step in steps:
            self._steps.note(step)

    def _decide(self, state: ObjectState, keys: Iterable[ChangeKey]) -> None:
        left = dict(state.undecided)
        for key in keys:
            left.pop(key, None)
        if len(left) != len(state.undecided):
            self._note(state.put_undecided(left))

    # Choice

    def _chosen(self, cells: Cells | None) -> dict[str, dict[ChangeKey, ProposedChange]]:
        """Return the chosen changes, and those that depend on them, for each object."""
        if cells is None:
            cells = self.undecided()
        if isinstance(cells, str | tuple | ProposedChange):
            cells = [cells]
        if not isinstance(cells, Iterable):
            raise ArgumentError.expected("cells", cells, name="cells", hint=CELL_HINT)
        known: dict[str, dict[ChangeKey, ProposedChange]] = {}
        chosen: dict[str, dict[ChangeKey, ProposedChange]] = {}
        for cell in cells:
            state, element, slot = self._located(cell)
            if state.path not in known:
                known[state.path] = _changes(state)
            found = _matching(state, known[state.path], element, slot)
            chosen.setdefault(state.path, {}).update(found)
        for path, changes in chosen.items():
            changes.update(_coupled(self._objects.state(path), known[path], changes))
        return chosen

    def _located(self, cell: Any) -> tuple[ObjectState, str, str | None]:
        """Return the object, the element and the slot of a cell; no slot: the whole element."""
        if isinstance(cell, ProposedChange):
            cell = cell.cell
        parts = (cell, "") if isinstance(cell, str) else cell
        if (
            not isinstance(parts, tuple)
            or len(parts) not in {2, 3}
            or not all(isinstance(part, str) for part in parts)
        ):
            raise ArgumentError.expected("a cell", cell, name="cells", hint=CELL_HINT)
        *path, element, slot = parts
        if not path and len(self._objects) > 1:
            raise OptionError(
                f"{cell!r:.80} can be in any of {len(self._objects)} objects.",
                "Pass (object path, element, slot).",
            )
        state = self._objects.state(*path)
        return state, element.removesuffix(REMOVED) or state.root, slot or None

    # Rejecting

    def _reject(self, state: ObjectState, changes: Mapping[ChangeKey, ProposedChange]) -> None:
        whole = [
            change.element
            for change in changes.values()
            if change.kind == "removed" or (change.kind == "added" and change.slot in {CLASS, ""})
        ]
        for element in dict.fromkeys(whole):
            self._revert_element(state, element)
        left = [key for key in changes if key[0] not in whole]
        self._revert_files(state, {key[:2] for key in left if key[2]})
        for element, slot, is_file in left:
            if not is_file:
                self._revert_cell(state, element, slot)

    def _revert_element(self, state: ObjectState, element: str) -> None:
        """Restore the stored element, or remove an added one, with its files and links."""
        stored = state.stored_attributes(element)
        removed = state.base.get(element) if element not in state.now else None
        self._note(state.put_base(element, stored), state.put(element, stored))
        self._put_payloads(state, lambda payload: _owner(payload) != element)
        if stored is None:
            before = {key: state.now[key[0]].get(key[1], MISSING) for key in _link_cells(state)}
            self._note(*state.relinked(element, None, self._schema))
            self._follow(state, before)
        elif removed is not None:
            self._restore_links(state, element)

    def _restore_links(self, state: ObjectState, element: str) -> None:
        """Link again to an element whose removal is rejected, where the removal took links away."""
        before = {}
        for key in _link_cells(state):
            owner, slot, _ = key
            base = state.base.get(owner, {}).get(slot, MISSING)
            now = state.now[owner].get(slot, MISSING)
            if slot not in self._schema.link_slots or base is MISSING:
                continue
            old, new = as_list(base), [] if now is MISSING else as_list(now)
            if element not in old or element in new:
                continue
            kept = [link for link in old if link in new or link == element]
            links = [*kept, *(link for link in new if link not in old)]
            before[key] = now
            value = links if isinstance(base, list) or len(links) > 1 else links[0]
            self._note(state.put(owner, state.with_cell(owner, slot, value)))
        self._follow(state, before)

    def _follow(self, state: ObjectState, before: Mapping[ChangeKey, Any]) -> None:
        """Keep changes undecided whose links were updated."""
        updated = dict(state.undecided)
        for key, value in before.items():
            now = state.now.get(key[0], {}).get(key[1], MISSING)
            if key in updated and not same(value, now):
                updated[key] = now
        if updated != state.undecided:
            self._note(state.put_undecided(updated))

    def _revert_files(self, state: ObjectState, rows: set[tuple[str, str]]) -> None:
        self._put_payloads(state, lambda payload: rows.isdisjoint(_names(payload)))

    def _put_payloads(self, state: ObjectState, kept: Any) -> None:
        dropped: PayloadChanges = {
            number: None for number, payload in state.numbered_payloads.items() if not kept(payload)
        }
        if dropped:
            self._note(state.put_payloads(dropped))

    def _revert_cell(self, state: ObjectState, element: str, slot: str) -> None:
        stored = state.stored_attributes(element)
        if stored is None and element in state.base:  # someone else has removed the element
            self._revert_element(state, element)
            return
        value = MISSING if stored is None else stored.get(slot, MISSING)
        if stored is not None:
            base = state.base.get(element)
            based = stored if base is None else _with(base, slot, value)
            if base is None or not same(base, based):
                self._note(state.put_base(element, based))
        self._note(state.put(element, state.with_cell(element, slot, value)))


def _changes(state: ObjectState) -> dict[ChangeKey, ProposedChange]:
    """Return the changes of one object by their keys, as `Draft.rows` lists them."""
    changes, path = state.changes(), state.path
    found: dict[ChangeKey, ProposedChange] = {}
    for element in changes.elements:
        stored = state.stored_attributes(element)
        if element in changes.removed:
            base, now = changes.removed[element], MISSING if stored is None else stored
            found[element, "", False] = ProposedChange(
                path, element, "", "removed", base, MISSING, now
            )
            continue
        for slot, (base, proposed) in changes.cells.get(element, {}).items():
            value = MISSING if stored is None else stored.get(slot, MISSING)
            found[element, slot, False] = ProposedChange(
                path, element, slot, "cell", base, proposed, value
            )
        added = changes.added.get(element)
        for slot in () if added is None else added or ("",):
            value = MISSING if stored is None else stored.get(slot, MISSING)
            proposed = (added or {}).get(slot, {})
            found[element, slot, False] = ProposedChange(
                path, element, slot, "added", MISSING, proposed, value
            )
    for _, name, slot, before, after in diff_rows(state):
        element = name.removesuffix(REMOVED)
        found[element, slot, True] = ProposedChange(
            path, element, slot, "file", before, after, before
        )
    return found


def _matching(
    state: ObjectState,
    changes: Mapping[ChangeKey, ProposedChange],
    element: str,
    slot: str | None,
) -> dict[ChangeKey, ProposedChange]:
    """Return the changes of one cell, or of a whole element.

    Raises
    ------
    NotFoundError
        There is no such element.
    OptionError
        The draft does not change the cell, or removes its whole element.
    """
    of_element = {key: change for key, change in changes.items() if key[0] == element}
    found = {key: change for key, change in of_element.items() if slot in {None, key[1]}}
    if found:
        return found
    if not of_element and element not in state.now and state.stored_attributes(element) is None:
        raise NotFoundError(
            f"There is no element {element!r:.80} in {state.path}.", "Check Draft.rows()."
        )
    if slot is not None and (element, "", False) in of_element:
        raise OptionError(
            f"This draft removes {element:.80} with all its cells.", "Pass the id of the element."
        )
    name = f"{element:.80} {slot or '':.80}".strip()
    raise OptionError(f"This draft does not change {name}.", "Check Draft.rows().")


def _coupled(
    state: ObjectState,
    changes: Mapping[ChangeKey, ProposedChange],
    chosen: Mapping[ChangeKey, ProposedChange],
) -> dict[ChangeKey, ProposedChange]:
    """Return the changes that are decided together with the chosen ones.

    These are the two sides of a rename, a removed element with its file, and a file that is added
    or moved with the attributes that describe it.
    """
    net = state.changes()
    copies = [payload for payload in state.payloads if isinstance(payload, CopyPayload)]
    partners: dict[str, str] = {}
    for old in net.removed:
        new = next((copy.element for copy in copies if copy.source == old), None)
        new = new or renamed_to(net, old)
        if new:
            partners |= {old: new, new: old}
    elements = {
        key[0]
        for key, change in chosen.items()
        if change.kind == "removed" or (change.kind == "added" and change.slot in {CLASS, ""})
    }
    elements |= {partners[element] for element in elements if element in partners}
    coming = {
        payload.element
        for payload in state.payloads
        if isinstance(payload, FilePayload | MovePayload)
    }
    with_file = {key[0] for key in chosen if key[0] in coming and (key[2] or key[1] in FROM_FILE)}
    return {
        key: change
        for key, change in changes.items()
        if key[0] in elements or (key[0] in with_file and (key[2] or key[1] in FROM_FILE))
    }


def _conflicts(state: ObjectState, changes: Iterable[ProposedChange]) -> Iterator[Conflict]:
    """Yield the conflicts between changes and what the object shows now, as a commit finds them."""
    whole: set[str] = set()
    for change in changes:
        path, element, slot, base = state.path, change.element, change.slot, change.base
        if change.kind == "file" or element in whole:
            continue
        stored = state.stored_attributes(element)
        if change.kind == "removed":
            yield from () if stored is None else removal_conflicts(path, element, stored, base)
        elif change.kind == "added":
            whole.add(element)
            if stored is not None and not same(stored, state.now[element]):
                yield Conflict(path, element, "", MISSING, dict(state.now[element]), stored)
        elif stored is None:
            whole.add(element)
            before, now = state.base.get(element, {}), state.now[element]
            yield Conflict(path, element, "", dict(before), dict(now), MISSING)
        elif change.is_stale and (element, slot) != (state.root, UPDATED):
            yield Conflict(path, element, slot, base, change.proposed, change.stored)


def _based_on_stored(state: ObjectState, conflict: Conflict) -> Iterator[Step]:
    """Use the stored value as the base of a change, so that a commit replaces it."""
    if not conflict.slot:
        yield state.put_base(
            conflict.element, None if conflict.theirs is MISSING else dict(conflict.theirs)
        )
        return
    base = state.base.get(conflict.element, {})
    yield state.put_base(conflict.element, _with(base, conflict.slot, conflict.theirs))


def _with(attributes: Mapping[str, Any], slot: str, value: Any) -> dict[str, Any]:
    others = {name: old for name, old in attributes.items() if name != slot}
    return others if value is MISSING else {**attributes, slot: value}


def _link_cells(state: ObjectState) -> list[ChangeKey]:
    """Return the undecided cells of elements that exist after the commit."""
    return [key for key in state.undecided if not key[2] and key[1] and key[0] in state.now]


def _owner(payload: Payload) -> str:
    return payload.element.removesuffix(REMOVED)


def _names(payload: Payload) -> set[tuple[str, str]]:
    """Return element and name of the rows of a payload."""
    if isinstance(payload, MovePayload):
        return {(payload.element, payload.source), (payload.element, payload.target)}
    if isinstance(payload, FilePayload | RemoveFilePayload):
        return {(_owner(payload), payload.target)}
    return {(payload.element, getattr(payload, "name", "arrays"))}
