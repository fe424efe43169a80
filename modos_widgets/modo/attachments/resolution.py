"""Resolve the conflicts over files, arrays and links."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.errors import OptionError
from modos_widgets.modo.attachments.files import retargeted
from modos_widgets.modo.attachments.renames import renamed_to
from modos_widgets.modo.conflicts import (
    ArrayConflict,
    FileConflict,
    LinkConflict,
    LinkedConflict,
    RemovedFileConflict,
)
from modos_widgets.modo.state.payloads import (
    CopyPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
)
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Container

    from modos_widgets.modo.conflicts import Conflict
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload

__all__ = ["settle_conflict"]

FROM_FILE = ("data_path", "data_checksum", "data_format")
"""Attributes that `Draft.attach` sets."""
NUMBERED = re.compile(r"(.+)-(\d{1,6})")


def settle_conflict(state: ObjectState, conflict: Conflict, schema: Schema, *, mine: bool) -> None:
    """Resolve a conflict in the state of its object (see `Draft.resolve`).

    Parameters
    ----------
    state : ObjectState
        The object of the conflict.
    conflict : Conflict
        The conflict.
    schema : Schema
        The classes, which define the attributes that are links.
    mine : bool
        Keep the draft's value; otherwise the stored one.

    Raises
    ------
    OptionError
        The draft's array cannot replace a stored one.
    """
    if isinstance(conflict, RemovedFileConflict):
        _settle_removed_file(state, conflict.slot, mine=mine)
    elif isinstance(conflict, ArrayConflict):
        _settle_array(state, conflict, schema, mine=mine)
    elif isinstance(conflict, LinkConflict):
        _settle_link(state, conflict, schema, mine=mine)
    elif isinstance(conflict, LinkedConflict):
        _settle_linked(state, conflict, schema, mine=mine)
    elif isinstance(conflict, FileConflict):
        _settle_file(state, conflict.element, conflict.slot, mine=mine)
    else:
        state.settle(conflict.element, conflict.slot, conflict.theirs, mine=mine)


def _settle_file(state: ObjectState, element: str, target: str, *, mine: bool) -> None:
    """Rename an attached file whose name is taken, or leave it out; its index files follow.

    Whether the new name is free is not checked here: the next commit reports it if not.
    """
    coming = [
        payload
        for payload in state.payloads
        if isinstance(payload, FilePayload | MovePayload) and payload.element == element
    ]
    moved = [file for file in coming if isinstance(file, MovePayload) and file.source == target]
    if moved and mine:
        state.list_again()
        entry = state.files.get(target)
        if entry is not None:
            settled = {
                file: replace(file, version=entry.version, size=entry.size) for file in moved
            }
            state.payloads = tuple(
                settled.get(payload, payload) if isinstance(payload, MovePayload) else payload
                for payload in state.payloads
            )
            return
        mine = False
    target = next(
        (file.index_of or file.target for file in coming if file in moved or file.target == target),
        target,
    )
    chosen = [file for file in coming if target in {file.target, file.index_of}]
    if not chosen:
        return
    left = tuple(payload for payload in state.payloads if payload not in chosen)
    now = dict(state.now[element])
    if mine:
        other = _numbered(target, {getattr(payload, "target", None) for payload in state.payloads})
        chosen = [retargeted(file, target, other) for file in chosen]
        now["data_path"] = other
    else:
        chosen = []
        left = tuple(
            payload
            for payload in left
            if not (isinstance(payload, RemoveFilePayload) and payload.element == element)
        )
        base = state.base.get(element, {})
        for slot in FROM_FILE:
            now.pop(slot, None)
            if slot in base:
                now[slot] = base[slot]
    state.payloads = (*left, *chosen)
    state.place(element, now)


def _settle_removed_file(state: ObjectState, target: str, *, mine: bool) -> None:
    """Remove a file in its current version, or keep it."""
    payloads: list[Payload] = []
    for payload in state.payloads:
        if not (isinstance(payload, RemoveFilePayload) and payload.target == target):
            payloads.append(payload)
        elif mine:
            payloads.append(replace(payload, version=None))
    state.payloads = tuple(payloads)


def _settle_link(state: ObjectState, conflict: LinkConflict, schema: Schema, *, mine: bool) -> None:
    """Remove the missing element from the draft, and the link to it (`mine`: keep the link)."""
    target = conflict.target
    if state.now.get(target) is state.base.get(target):
        state.settle(target, "", MISSING, mine=False)
    if mine:
        return
    for element, slot, links, names in list(state.cells_linking(target, schema)):
        if (element, slot) == (conflict.element, conflict.slot):
            kept = [link for link in links if link not in names]
            value = kept if isinstance(state.now[element][slot], list) else MISSING
            state.place(element, state.with_cell(element, slot, value))


def _settle_linked(
    state: ObjectState, conflict: LinkedConflict, schema: Schema, *, mine: bool
) -> None:
    """Keep an element that others link to (`mine`: remove or rename it, and their links)."""
    if not mine:
        _keep_element(state, conflict.element, schema)
        return
    new = _new_id(state, conflict.element)
    for element, stored in conflict.linking.items():
        if element not in state.base:
            state.settle(element, "", stored, mine=False)
        for slot in schema.link_slots.keys() & stored.keys():
            if slot not in state.changed_slots(element):
                state.settle(element, slot, stored[slot], mine=False)
    for _ in state.relinked(conflict.element, new, schema):
        pass


def _keep_element(state: ObjectState, element: str, schema: Schema) -> None:
    """Keep an element that the draft removes or renames, with its file."""
    new = _new_id(state, element)
    payloads = _without_copies(state, element)
    if new:
        for _ in state.relinked(new, element, schema):
            pass
        state.place(new, None)
        payloads = [payload for payload in payloads if payload.element != new]
    state.payloads = tuple(
        payload
        for payload in payloads
        if not isinstance(payload, RemoveFilePayload)
        or payload.element.removesuffix(" (file)") != element
    )
    state.place(element, state.base[element])


def _new_id(state: ObjectState, element: str) -> str | None:
    """Return the id that the draft gives to an element that it renames."""
    changes = state.changes()
    return renamed_to(changes, element) if element in changes.removed else None


def _without_copies(state: ObjectState, element: str) -> list[Payload]:
    """Return the payloads without those that copy an element's arrays to its new id."""
    return [
        payload
        for payload in state.payloads
        if not isinstance(payload, CopyPayload) or payload.source != element
    ]


def _settle_array(
    state: ObjectState, conflict: ArrayConflict, schema: Schema, *, mine: bool
) -> None:
    element = conflict.element
    if conflict.mine is MISSING:
        state.below[element] = frozenset(conflict.nodes)
        if not mine:
            _keep_element(state, element, schema)
            return
        new = _new_id(state, element)
        copied = (CopyPayload(new, element),) if new else ()
        state.payloads = (*_without_copies(state, element), *copied)
    elif mine:
        raise OptionError(
            f"{conflict}. An array is never replaced.",
            "Resolve with 'theirs', then add your array under another name or element.",
        )
    else:
        if element not in state.base:
            state.place(element, None)
        state.payloads = tuple(payload for payload in state.payloads if payload.element != element)


def _numbered(target: str, taken: Container[str | None]) -> str:
    """Return the next free numbered name: a.vcf.gz, a-2.vcf.gz, a-3.vcf.gz."""
    folder, name = posixpath.split(target)
    stem, dot, ending = name.partition(".")
    found = NUMBERED.fullmatch(stem)
    begin, number = (found[1], int(found[2])) if found else (stem, 1)
    while True:
        number += 1
        other = posixpath.join(folder, f"{begin}-{number}{dot}{ending}")
        if other not in taken:
            return other
