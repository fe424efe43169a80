"""Nodes that a draft adds or changes, shown in front of the stored ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.archive import Node
from modos_widgets.explore.level import Level
from modos_widgets.explore.name_index import NameIndex
from modos_widgets.explore.paths import parent_of
from modos_widgets.explore.value_index import folded_values
from modos_widgets.folding import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Overlay"]


class Overlay:
    """Attributes of groups as a draft has them.

    Parameters
    ----------
    changed : Mapping of str to Mapping
        Path of each changed group to its attributes; '' is the root.
    added : Mapping of str to Mapping
        Path of each new group to its attributes. The groups above it are added too.
    version : int
        Another number for each state of the draft.
    """

    def __init__(
        self,
        changed: Mapping[str, Mapping[str, Any]],
        added: Mapping[str, Mapping[str, Any]],
        version: int,
    ) -> None:
        self._version = version
        self._changed = dict(changed)
        self._added = dict(added)
        self._above: set[str] = set()
        self._children: dict[str, set[str]] = {}
        for path in added:
            node = path
            while node:
                parent = parent_of(node)
                self._children.setdefault(parent, set()).add(node.rpartition("/")[2])
                self._above.add(parent)
                node = parent

    def node(self, path: str, stored: Node | None) -> Node | None:
        """Return a node as the draft has it, or the stored one.

        Parameters
        ----------
        path : str
            Path of the node.
        stored : Node or None
            The stored node, as far as it is known.

        Returns
        -------
        Node or None
        """
        attributes = self._added.get(path)
        if attributes is None and stored is not None and stored.kind == "group":
            attributes = self._changed.get(path)
        if attributes is not None:
            return Node(path, "group", attributes)
        if path and path in self._above and (stored is None or stored.kind == "broken"):
            return Node(path, "group")
        return stored

    def adds(self, path: str) -> bool:
        """Return whether the draft adds the node, or a node below it."""
        return path in self._added or path in self._above

    def names(self, path: str, stored: list[str]) -> list[str]:
        """Return the names of a group's children, stored and new, sorted if there are new ones."""
        new = self._children.get(path, set()).difference(stored)
        return sorted([*stored, *new]) if new else stored

    @property
    def edited(self) -> set[str]:
        """Paths of the new and changed groups."""
        return {*self._added, *self._changed}

    def search(self, text: str) -> list[str]:
        """Return the new groups with a text in name or values, and the changed ones by values.

        Parameters
        ----------
        text : str
            As for `NameIndex.search`.

        Returns
        -------
        list of str
            Paths.
        """
        index, numbers = NameIndex(), {"": 0}
        for path in sorted({*self._added, *self._above} - {""}):  # each after its parent
            name = path.rpartition("/")[2]
            numbers[path] = index.add(numbers[parent_of(path)], [name])
        found = [index.path(number) for number in index.search(text)]
        wanted = folded(text)
        for path, attributes in (*self._added.items(), *self._changed.items()):
            if wanted in folded_values(attributes):
                found.append(path)
        return list(dict.fromkeys(found))

    def level(self, path: str, stored: Level) -> Level:
        """Return the children of a group, stored and new; a level that is not complete as it is."""
        names = self.names(path, stored.names) if stored.complete else stored.names
        if names is stored.names:
            return stored
        level = Level(names)
        level.version = stored.version + 1 + self._version
        return level
