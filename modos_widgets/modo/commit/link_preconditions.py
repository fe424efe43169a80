"""Preconditions of a commit: linked elements exist, and no one links to removed ones.

A link and the element that it names are different nodes, so no cell conflicts when one commit adds
the link and another one removes the element. Both write the root, so the later of the two finds the
change of the other here. Nothing is read or written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.modo.commit.root_entries import stored_attributes
from modos_widgets.modo.conflicts import LinkConflict, LinkedConflict
from modos_widgets.modo.values import MISSING, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.change_set import ChangeSet
    from modos_widgets.modo.conflicts import Conflict
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["LinkPreconditions"]


class LinkPreconditions:
    """The links of the commit of one object.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    changes : ChangeSet
        The changes of the commit.
    schema : Schema
        The classes, which define the attributes that are links.
    is_undo : bool
        Whether the commit undoes another one. Its base is what is stored, so each link to an
        element that it removes was added since.
    """

    def __init__(
        self, state: ObjectState, changes: ChangeSet, schema: Schema, *, is_undo: bool
    ) -> None:
        self._state = state
        self._changes = changes
        self._schema = schema
        self._is_undo = is_undo
        self._removed = changes.removed.keys() - changes.added.keys()
        self._new_links = list(self._added_links())

    def __bool__(self) -> bool:
        """Return whether the commit adds links to other elements, or removes elements."""
        return bool(self._removed or self._new_links)

    def conflicts(self, entries: Mapping[str, Any]) -> Iterator[Conflict]:
        """Yield the links that the commit would break if it replaces a root with these nodes."""
        url = self._state.storage.url
        for element, slot, target in self._new_links:
            if target not in entries:
                base = self._state.base.get(element, {}).get(slot, MISSING)
                mine = self._state.now[element][slot]
                theirs = f"{target} was removed"
                yield LinkConflict(url, element, slot, base, mine, theirs, target)
        if self._removed:
            yield from self._links_to_removed(entries)

    def _added_links(self) -> Iterator[tuple[str, str, str]]:
        """Yield element, slot and target of each new link to an element that is not changed."""
        changes, known = self._changes, self._state.base
        touched = changes.added.keys() | changes.removed.keys() | changes.cells.keys()
        links = self._schema.link_slots
        for element in (*changes.added, *changes.cells):
            after = self._state.now.get(element, {})
            before = known.get(element, {})
            for slot in links.keys() & after.keys():
                old = set(self._targets(slot, before.get(slot)))
                for target in dict.fromkeys(self._targets(slot, after[slot])):
                    if target in known and target not in touched and target not in old:
                        yield element, slot, target

    def _links_to_removed(self, entries: Mapping[str, Any]) -> Iterator[Conflict]:
        """Yield the removed elements that others have linked to since."""
        url, links = self._state.storage.url, self._schema.link_slots
        own = self._removed | self._changes.added.keys()
        found: dict[str, dict[str, Mapping[str, Any]]] = {}
        for element in entries:
            if element.count("/") != 1 or element in own:
                continue
            stored = stored_attributes(entries, element) or {}
            for slot in links.keys() & stored.keys():
                known = self._state.base.get(element, {}).get(slot)
                if slot in self._changes.cells.get(element, {}):
                    continue  # a value that someone else has changed is a conflict of its own
                if known == stored[slot] and not self._is_undo:
                    continue
                old = () if self._is_undo else set(self._targets(slot, known))
                for target in self._targets(slot, stored[slot]):
                    if target in self._removed and target not in old:
                        found.setdefault(target, {})[element] = stored
        for target, linking in found.items():
            base = dict(self._changes.removed[target])
            theirs = f"linked by {', '.join(sorted(linking)[:3])}"
            yield LinkedConflict(url, target, "", base, MISSING, theirs, linking)

    def _targets(self, slot: str, value: Any) -> Iterator[str]:
        """Yield the ids of the elements that the value of a slot links to."""
        for link in [] if value is None else as_list(value):
            if isinstance(link, str):
                yield self._schema.linked_id(link, self._schema.link_slots[slot])
