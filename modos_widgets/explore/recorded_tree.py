"""Record of a tree: the rows of its nodes, level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, cast

from modos_widgets.errors import CancelledError, ModosError
from modos_widgets.explore.paths import joined
from modos_widgets.explore.rows import NodeRow, node_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.explore.source import NodeSource

__all__ = ["RecordedNode", "record_tree"]


class RecordedNode(NodeRow):
    """A node with its children."""

    nodes: NotRequired[list[RecordedNode]]
    more: NotRequired[bool]
    """Whether some children are left out."""


def record_tree(
    source: NodeSource,
    *,
    most: int,
    words: Callable[[str], str] = str,
    check: Callable[[], object] = lambda: None,
) -> RecordedNode:
    """Record the nodes of a hierarchy, the upper levels first. Uses the network for S3.

    Parameters
    ----------
    source : NodeSource
        The hierarchy; it is started.
    most : int
        Largest number of nodes.
    words : callable
        Called with each message; returns it as it is recorded, such as without paths.
    check : callable
        Called repeatedly; an exception that it raises cancels the work.

    Returns
    -------
    RecordedNode
        The root. If the hierarchy cannot be read, it has a `problem`.
    """
    try:
        source.start()
        root = _recorded(source, "", words)
        _record_levels(source, root, most, words, check)
    except CancelledError:
        raise
    except ModosError as error:
        return {
            "name": source.name,
            "kind": "broken",
            "problem": words(error.message),
            "hint": words(error.hint),
        }
    return root


def _record_levels(
    source: NodeSource,
    root: RecordedNode,
    most: int,
    words: Callable[[str], str],
    check: Callable[[], object],
) -> None:
    left = most - 1
    level = [("", root)]
    while level:
        below: list[tuple[str, RecordedNode]] = []
        for path, node in level:
            check()
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
            node["nodes"] = [_recorded(source, each, words) for each in paths]
            below += [
                (each, recorded)
                for each, recorded in zip(paths, node["nodes"], strict=True)
                if facts[each].kind == "group"
            ]
        level = below


def _recorded(source: NodeSource, path: str, words: Callable[[str], str]) -> RecordedNode:
    row = cast("RecordedNode", node_row(source, path))
    if "problem" in row:
        row["problem"] = words(row["problem"])
        row["hint"] = words(row.get("hint", ""))
        row["summary"] = words(row.get("summary", ""))
    row.pop("stored", None)
    return row
