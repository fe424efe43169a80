"""Code of a draft: open its objects, and make its changes again."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Any

from modos_widgets.modo import (
    MISSING,
    ArrayPayload,
    ChangeSet,
    CopyPayload,
    FilePayload,
    RemoveFilePayload,
    attributes_renamed,
    difference,
)
from modos_widgets.widgets.shown_code import assign, call, literal, open_arguments, opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.modo import Draft, Modo, Payload

__all__ = ["change_lines", "opening_lines"]

_OF_FILE = ("data_path", "data_checksum")
"""Slots that `Draft.detach` removes."""


def opening_lines(modos: tuple[Modo, ...], *, mode: str | None) -> str:
    """Return the code that opens one or several objects."""
    if len(modos) == 1:
        return opening(modos[0], mode=mode)
    found = [open_arguments(modo, mode=mode) for modo in modos]
    comments = dict.fromkeys(comment for _, comment in found if comment)
    if all(arguments == found[0][0] for arguments, _ in found):
        each = call("modos_widgets.open_modo", "path", **found[0][0]).replace("\n", "\n    ")
        paths = assign("paths", literal([modo.path for modo in modos]))
        lines = f"{paths}\nmodos = [\n    {each}\n    for path in paths\n]"
    else:
        calls = [
            call("modos_widgets.open_modo", repr(modo.path), **arguments)
            for modo, (arguments, _) in zip(modos, found, strict=True)
        ]
        inside = "".join("    " + each.replace("\n", "\n    ") + ",\n" for each in calls)
        lines = f"modos = [\n{inside}]"
    return "\n".join([*comments, lines])


def change_lines(draft: Draft) -> list[str]:
    """Return the code of the net changes, with a loop over cells that get the same value."""
    changed = {changes.path: changes for changes in draft.changes()}
    attachments = {modo.path: draft.attachments(modo.path) for modo in draft.modos}
    objects = [
        _Written(changed.get(path, ChangeSet(path, "")), payloads, several=len(attachments) > 1)
        for path, payloads in attachments.items()
    ]
    lines = [line for each in objects for line in each.elements()]
    cells: dict[tuple[str, str], list[str]] = {}
    for each in objects:
        for key, slot, after in each.cells():
            text = "" if after is MISSING else literal(after)
            cells.setdefault((repr(slot), text), []).append(key)
    for (slot, text), keys in cells.items():
        function, values = ("draft.set", [slot, text]) if text else ("draft.unset", [slot])
        if len(keys) == 1:
            lines.append(call(function, keys[0], *values))
            continue
        inside = "".join(f"    {key},\n" for key in keys)
        done = call(function, "element", *values).replace("\n", "\n    ")
        lines.append(f"for element in [\n{inside}]:\n    {done}")
    if any(
        isinstance(each, ArrayPayload) for payloads in attachments.values() for each in payloads
    ):
        lines.append("# Arrays that the commit adds are not shown.")
    return lines


class _Written:
    """The changes of one object, as calls of its draft."""

    def __init__(self, changes: ChangeSet, payloads: tuple[Payload, ...], *, several: bool) -> None:
        self._changes = changes
        self._several = several
        self._files = {
            (each.element, each.target): each for each in payloads if isinstance(each, FilePayload)
        }
        self._unfiled = {each.element for each in payloads if isinstance(each, RemoveFilePayload)}
        copied = {each.element: each.source for each in payloads if isinstance(each, CopyPayload)}
        self._renamed = {new: old for new in self._changes.added if (old := self._old(new, copied))}

    def _old(self, new: str, copied: dict[str, str]) -> str:
        """Return the id of an element before it was renamed, or ''."""
        attributes, removed = self._changes.added[new], self._changes.removed
        same = (old for old, before in removed.items() if before is attributes)
        old = copied.get(new) or next(same, "")
        return old if old in removed else ""

    def _key(self, element: str) -> str:
        return repr((self._changes.path, element) if self._several else element)

    def elements(self) -> list[str]:
        """Return removals, renamings, additions and files; cells come later and fix links."""
        lines = []
        for element in self._changes.removed.keys() - self._renamed.values():
            more = {"with_file": "True"} if f"{element} (file)" in self._unfiled else {}
            lines.append(call("draft.remove", self._key(element), **more))
        lines.sort()
        for new, old in self._renamed.items():
            lines.append(call("draft.rename", self._key(old), repr(new)))
        for element, attributes in self._changes.added.items():
            if element not in self._renamed:
                stored = {
                    slot: value
                    for slot, value in attributes.items()
                    if not self._comes_with_file(element, slot, value)
                }
                lines.append(call("draft.add", self._key(element), literal(stored)))
        lines += [
            call("draft.detach", self._key(element), with_file="True")
            for element in sorted(self._changes.cells)
            if self._is_detached_with_file(element)
        ]
        return lines + [self._attached(each) for each in self._files.values() if not each.index_of]

    def _is_detached_with_file(self, element: str) -> bool:
        _, after = self._changes.cells.get(element, {}).get("data_path", (None, None))
        return after is MISSING and element in self._unfiled

    def _attached(self, file: FilePayload) -> str:
        source = repr(file.source)
        named = posixpath.basename(file.source.replace(os.sep, "/")) != file.target
        more = {"name": repr(file.target)} if named else {}
        before, _ = self._changes.cells.get(file.element, {}).get("data_path", (None, None))
        if before and file.element not in self._unfiled:
            more["keep"] = "True"
        return call("draft.attach", self._key(file.element), source, **more)

    def _comes_with_file(self, element: str, slot: str, value: Any) -> bool:
        files = [each for each in self._files.values() if each.element == element]
        return (slot == "data_path" and any(each.target == value for each in files)) or (
            slot == "data_checksum" and any(each.checksum == value for each in files)
        )

    def cells(self) -> Iterator[tuple[str, str, Any]]:
        """Yield key, slot and value of each changed cell, also of renamed elements."""
        changed = dict(self._changes.cells)
        for new, old in self._renamed.items():
            before = attributes_renamed(self._changes.removed[old], old, new)
            after = self._changes.added[new]
            changed |= difference("", "", {new: before}, {new: after}).cells
        for element, slots in changed.items():
            for slot, (_, after) in slots.items():
                is_detached = slot in _OF_FILE and self._is_detached_with_file(element)
                if not is_detached and not self._comes_with_file(element, slot, after):
                    yield self._key(element), slot, after
