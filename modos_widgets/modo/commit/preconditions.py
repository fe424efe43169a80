"""Preconditions of a commit besides cells: arrays below elements, elements that name files, links.

Commits of arrays, removals and renames touch keys that no cell describes. Their preconditions are
checked against the root that the commit replaces. Every commit writes the root last, on the
condition that it has not changed since it was read: of two commits that exclude each other, the
later one finds the root of the earlier one. Nothing is read or written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE, parse_node
from modos_widgets.json_text import same
from modos_widgets.modo.attachments.renames import renamed_to
from modos_widgets.modo.commit.link_preconditions import LinkPreconditions
from modos_widgets.modo.commit.root_entries import stored_attributes
from modos_widgets.modo.conflicts import (
    ArrayConflict,
    Conflict,
    MovedFileConflict,
    RemovedFileConflict,
)
from modos_widgets.modo.data_paths import file_in_object, is_named
from modos_widgets.modo.state.payloads import (
    ArrayPayload,
    CopyPayload,
    MovePayload,
    RemoveFilePayload,
    RestorePayload,
)
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.change_set import ChangeSet
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload

__all__ = ["Preconditions"]


class Preconditions:
    """The preconditions of the commit of one object.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    changes : ChangeSet
        The changes of the commit.
    schema : Schema
        The classes, which define the attributes that are links.
    is_undo : bool
        Whether the commit undoes another one.
    """

    def __init__(
        self, state: ObjectState, changes: ChangeSet, schema: Schema, *, is_undo: bool
    ) -> None:
        self.state = state
        self.changes = changes
        self.removed = {
            element: state.nodes_below(element)
            for element in changes.removed
            if element not in changes.added
        }
        self.links = LinkPreconditions(state, changes, schema, is_undo=is_undo)
        self.satisfied: set[int] = set()
        """Ids (`id`) of payloads whose result is already stored."""
        self._sorted: Mapping[str, Any] | None = None
        self._below: dict[str, set[str]] = {}

    def __bool__(self) -> bool:
        """Return whether the commit has such preconditions."""
        return bool(self.removed or self.state.payloads or self.links)

    def put(self) -> Iterator[tuple[Payload, str, str]]:
        """Yield payload, element and name of each array that the commit adds to an element."""
        for payload in self.state.payloads:
            if id(payload) in self.satisfied:
                continue
            if isinstance(payload, ArrayPayload):
                for name in sorted({key.partition("/")[0] for key in payload.keys}):
                    yield payload, payload.element, name
            elif isinstance(payload, RestorePayload):
                found = {tuple(key.split("/")[1:4]) for key in payload.keys if _is_array(key)}
                for group, element, name in sorted(found):
                    yield payload, f"{group}/{element}", name

    def conflicts(self, entries: Mapping[str, Any]) -> list[Conflict]:
        """Return the preconditions that a root with these nodes violates."""
        return [
            *self._arrays(entries),
            *self._removals(entries),
            *self._files(entries),
            *self.links.conflicts(entries),
        ]

    def _arrays(self, entries: Mapping[str, Any]) -> Iterator[Conflict]:
        url, missing = self.state.storage.url, set()
        for payload, element, name in self.put():
            if element in self.changes.added:
                continue  # `occupied_folders` checks its folder.
            if element not in entries:
                if element not in missing and element not in self.changes.cells:
                    missing.add(element)
                    base = self.state.base.get(element, {})
                    mine = self.state.now.get(element, {})
                    yield Conflict(url, element, "", base, dict(mine), MISSING)
            elif f"{element}/{name}" in entries:
                array = str(payload) if isinstance(payload, ArrayPayload) else "an array"
                theirs = _node_text(entries[f"{element}/{name}"])
                yield ArrayConflict(url, element, name, MISSING, array, theirs)

    def _removals(self, entries: Mapping[str, Any]) -> Iterator[Conflict]:
        url = self.state.storage.url
        for element, known in self.removed.items():
            if element not in entries:
                new = renamed_to(self.changes, element)
                stored = stored_attributes(entries, new) if new else None
                if new and (stored is None or not same(stored, self.changes.added[new])):
                    mine = f"renamed to {new}"
                    base = self.changes.removed[element]
                    yield Conflict(url, element, "", dict(base), mine, MISSING)
                continue
            nodes = self.below(entries, element)
            begin = len(element) + 1
            names = {
                path[begin:].partition("/")[0]
                for path in nodes
                if path not in known or not self.state.is_as_seen(path, entries[path])
            }
            for name in sorted(names):
                path = f"{element}/{name}"
                theirs = _node_text(entries.get(path))
                yield ArrayConflict(url, element, name, MISSING, MISSING, theirs, tuple(nodes))

    def _files(self, entries: Mapping[str, Any]) -> Iterator[Conflict]:
        kinds = RemoveFilePayload | MovePayload
        payloads = [payload for payload in self.state.payloads if isinstance(payload, kinds)]
        if not payloads:
            return
        url = self.state.storage.url
        file_owners = self.file_owners(entries)
        for payload in payloads:
            moved = isinstance(payload, MovePayload)
            path = payload.source if isinstance(payload, MovePayload) else payload.target
            by = is_named(path, file_owners)
            if not by or id(payload) in self.satisfied:
                continue
            element, theirs = payload.element.removesuffix(" (file)"), f"named by {by}"
            if moved:
                yield MovedFileConflict(url, element, path, "file", payload.target, theirs)
            else:
                yield RemovedFileConflict(url, element, path, "file", MISSING, theirs)

    def file_owners(self, entries: Mapping[str, Any]) -> dict[str, str]:
        """Return each file that an element will name after the commit, with one such element."""
        url, found = self.state.storage.url, {}
        for element in {*entries, *self.changes.added}:
            if element.count("/") != 1:
                continue
            attributes = stored_attributes(entries, element) or {}
            if element in self.changes.added:
                attributes = self.changes.added[element]
            elif element in self.changes.removed:
                continue
            path = attributes.get("data_path")
            cell = self.changes.cells.get(element, {}).get("data_path")
            name = file_in_object(path if cell is None else cell[1], url)
            if name is not None:
                found[name] = element
        return found

    def is_copied(self, payload: CopyPayload, entries: Mapping[str, Any]) -> bool:
        """Return whether a rename of an element and its arrays is already stored."""
        mine = self.changes.added.get(payload.element)
        stored = stored_attributes(entries, payload.element)
        if payload.source in entries or mine is None or stored is None or not same(stored, mine):
            return False
        begin = len(payload.source)
        wanted = {payload.element + path[begin:] for path in self.removed.get(payload.source, ())}
        return wanted <= self.below(entries, payload.element)

    def below(self, entries: Mapping[str, Any], element: str) -> set[str]:
        """Return the paths of the nodes below an element."""
        if self._sorted is not entries:
            self._sorted, self._below = entries, {}
            for path in entries:
                if path.count("/") > 1:
                    owner = "/".join(path.split("/", 2)[:2])
                    self._below.setdefault(owner, set()).add(path)
        return self._below.get(element, set())


def _node_text(entry: Any) -> str:
    """Return a short description of a node."""
    facts = parse_node("", entry).array if entry is not None else None
    if facts is None:
        return "a group"
    return f"array {' x '.join(f'{length:,}' for length in facts.shape)} {facts.dtype}"


def _is_array(key: str) -> bool:
    return key.startswith(f"{ARCHIVE}/") and key.count("/") > 3  # noqa: PLR2004 - below an element
