"""Resolve the conflicts over files and arrays."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from modos_widgets.errors import OptionError
from modos_widgets.modo.attachments.files import retargeted
from modos_widgets.modo.attachments.renames import renamed_to
from modos_widgets.modo.conflicts import RemovedFileConflict
from modos_widgets.modo.state.payloads import (
    CopyPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
)
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Container

    from modos_widgets.modo.conflicts import ArrayConflict
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["settle_file", "settle_removal"]


FROM_FILE = ("data_path", "data_checksum", "data_format")


NUMBERED = re.compile(r"(.+)-(\d{1,6})")


def settle_file(state: ObjectState, element: str, target: str, *, mine: bool) -> None:
    """Give an attached file another name, since its own is taken, or leave it out.

    Its index files go with it. The name is a guess, made without a look: the next commit
    tells where that is taken, too.
    """
    coming = [
        one
        for one in state.payloads
        if isinstance(one, FilePayload | MovePayload) and one.element == element
    ]
    moved = [one for one in coming if isinstance(one, MovePayload) and one.source == target]
    if moved and mine:
        state.list_again()
        entry = state.files.get(target)
        if entry is not None:
            settled = {one: replace(one, version=entry.version, size=entry.size) for one in moved}
            state.payloads = tuple(
                settled.get(one, one) if isinstance(one, MovePayload) else one
                for one in state.payloads
            )
            return
        mine = False
    target = next(
        (one.index_of or one.target for one in coming if one in moved or one.target == target),
        target,
    )
    chosen = [one for one in coming if target in {one.target, one.index_of}]
    if not chosen:
        return
    left = tuple(one for one in state.payloads if one not in chosen)
    now = dict(state.now[element])
    if mine:
        other = _numbered(target, {getattr(one, "target", None) for one in state.payloads})
        chosen = [retargeted(one, target, other) for one in chosen]
        now["data_path"] = other
    else:
        chosen = []
        left = tuple(
            one
            for one in left
            if not (isinstance(one, RemoveFilePayload) and one.element == element)
        )
        base = state.base.get(element, {})
        for slot in FROM_FILE:
            now.pop(slot, None)
            if slot in base:
                now[slot] = base[slot]
    state.payloads = (*left, *chosen)
    state.place(element, now)


def settle_removal(
    state: ObjectState, conflict: ArrayConflict | RemovedFileConflict, *, mine: bool
) -> None:
    """Settle a conflict over an array, or over a file that is removed.

    Raises
    ------
    OptionError
        The draft's array cannot take the place of another.
    """
    element = conflict.element
    if isinstance(conflict, RemovedFileConflict):
        kept = [
            one
            if not isinstance(one, RemoveFilePayload) or one.target != conflict.slot
            else replace(one, version=None)
            if mine
            else None
            for one in state.payloads
        ]
        state.payloads = tuple(one for one in kept if one is not None)
    elif conflict.mine is MISSING:
        state.below[element] = frozenset(conflict.nodes)
        changes = state.changes()
        new = renamed_to(changes, element) if element in changes.removed else None
        others = tuple(
            one
            for one in state.payloads
            if not isinstance(one, CopyPayload) or one.source != element
        )
        if mine:
            copied = (CopyPayload(new, element),) if new else ()
            state.payloads = (*others, *copied)
            return
        if new:
            state.place(new, None)
            others = tuple(one for one in others if one.element != new)
        state.payloads = others
        state.place(element, dict(state.base[element]))
    elif mine:
        raise OptionError(
            f"{conflict}: an array is never replaced.",
            "Keep theirs, then put yours under another name or element; keys that no element "
            "names are removed by Modo.storage.remove.",
        )
    else:
        if element not in state.base:
            state.place(element, None)
        state.payloads = tuple(one for one in state.payloads if one.element != element)


def _numbered(target: str, taken: Container[str | None]) -> str:
    """Give a name like another one: a.vcf.gz, a-2.vcf.gz, a-3.vcf.gz."""
    folder, name = posixpath.split(target)
    stem, dot, ending = name.partition(".")
    found = NUMBERED.fullmatch(stem)
    begin, number = (found[1], int(found[2])) if found else (stem, 1)
    while True:
        number += 1
        other = posixpath.join(folder, f"{begin}-{number}{dot}{ending}")
        if other not in taken:
            return other
