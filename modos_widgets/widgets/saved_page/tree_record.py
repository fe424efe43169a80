"""Record of a tree: the rows of its nodes, level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NotRequired, cast

from modos_widgets.errors import ModosError
from modos_widgets.explore import NodeRow, Overlay, joined, node_row, open_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.explore import NodeSource
    from modos_widgets.modo import ChangeSet, Draft, Modo
    from modos_widgets.widgets.saved_page.names import Names

__all__ = ["MOST_NODES", "SavedNode", "record_tree"]

MOST_NODES: Final = 30_000
"""Largest number of nodes in a page."""


class SavedNode(NodeRow):
    """A node with its children."""

    nodes: NotRequired[list[SavedNode]]
    more: NotRequired[bool]
    """Whether some children are left out."""


def record_tree(modo: Modo, draft: Draft, names: Names, most: int = MOST_NODES) -> SavedNode:
    """Record the nodes of an object, the upper levels first. Uses the network for S3.

    Parameters
    ----------
    modo : Modo
        The object.
    draft : Draft
        Its changes; new elements are recorded too.
    names : Names
        Names of the objects.
    most : int
        Largest number of nodes.

    Returns
    -------
    SavedNode
    """
    name = names.of(modo.path)
    try:
        source = open_source(modo)
        source.start()
        changes = next((each for each in draft.changes() if each.path == modo.path), None)
        if changes:
            source.overlay = _overlay(changes, draft.elements(modo.path))
        root = _saved(source, "", names)
        _record_levels(source, root, names, most)
    except ModosError as error:
        return {
            "name": name,
            "kind": "broken",
            "problem": names.without_paths(error.message),
            "hint": error.hint,
        }
    root["name"] = name
    return root


def _overlay(changes: ChangeSet, elements: Mapping[str, Mapping[str, Any]]) -> Overlay:
    changed = {
        "" if each == changes.root else each: elements[each]
        for each in changes.cells
        if each in elements
    }
    return Overlay(changed, changes.added, 1)


def _record_levels(source: NodeSource, root: SavedNode, names: Names, most: int) -> None:
    left = most - 1
    level = [("", root)]
    while level:
        below: list[tuple[str, SavedNode]] = []
        for path, node in level:
            try:
                listed = source.level(path)
                while not listed.complete and len(listed.names) < left:
                    listed.advance()
            except ModosError:
                continue  # its row says what is wrong
            paths = [joined(path, each) for each in listed.names[:left]]
            if len(paths) < len(listed.names) or not listed.complete:
                node["more"] = True
            left -= len(paths)
            facts = source.describe(paths)
            groups = [each for each in paths if facts[each].kind == "group"]
            source.count(groups)
            node["nodes"] = [_saved(source, each, names) for each in paths]
            below += [
                (each, saved)
                for each, saved in zip(paths, node["nodes"], strict=True)
                if facts[each].kind == "group"
            ]
        level = below


def _saved(source: NodeSource, path: str, names: Names) -> SavedNode:
    row = cast("SavedNode", node_row(source, path))
    if "problem" in row:
        row["problem"] = names.without_paths(row["problem"])
        row["hint"] = names.without_paths(row.get("hint", ""))
        row["summary"] = names.without_paths(row.get("summary", ""))
    row.pop("stored", None)
    return row
