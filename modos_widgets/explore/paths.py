"""Paths of nodes: names with ``/`` between them, '' for the root."""

from __future__ import annotations

from typing import Final

from modos_widgets.errors import PathError

__all__ = ["NOT_NODES", "checked_path", "depth_of", "joined", "parent_of"]

NOT_NODES: Final = frozenset({"", ".", ".."})
"""Parts that no path of a node has."""


def checked_path(path: str) -> str:
    """Refuse what cannot be the path of a node.

    Raises
    ------
    PathError
        It has empty or dotted parts, or a NUL.
    """
    path = path.strip("/")
    if path and ("\0" in path or not NOT_NODES.isdisjoint(path.split("/"))):
        raise PathError(f"{path!r} is no path of a node.", "Parts are names, with / between them.")
    return path


def parent_of(path: str) -> str:
    """Path of the group that a node is in; the root's is the root."""
    return path.rpartition("/")[0]


def depth_of(path: str) -> int:
    """Return the number of names in a path; the root has none."""
    return path.count("/") + 1 if path else 0


def joined(path: str, name: str) -> str:
    """Return a child's path."""
    return f"{path}/{name}" if path else name
