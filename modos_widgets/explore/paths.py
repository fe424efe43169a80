"""Paths of nodes: names separated by ``/``; an empty path is the root."""

from __future__ import annotations

from typing import Final

from modos_widgets.errors import PathError

__all__ = ["NOT_NODES", "checked_path", "depth_of", "joined", "parent_of"]

NOT_NODES: Final = frozenset({"", ".", ".."})
"""Parts that a path of a node must not contain."""


def checked_path(path: str) -> str:
    """Check that a text can be the path of a node.

    Parameters
    ----------
    path : str
        The text.

    Returns
    -------
    str
        The path, without leading and trailing slashes.

    Raises
    ------
    PathError
        It has empty or dotted parts, or a NUL.
    """
    path = path.strip("/")
    if path and ("\0" in path or not NOT_NODES.isdisjoint(path.split("/"))):
        raise PathError(
            f"{path!r} is not a valid node path.", "Remove empty parts, '.' and '..' from it."
        )
    return path


def parent_of(path: str) -> str:
    """Return the path of the group that contains a node; for the root, the root itself."""
    return path.rpartition("/")[0]


def depth_of(path: str) -> int:
    """Return the number of names in a path; 0 for the root."""
    return path.count("/") + 1 if path else 0


def joined(path: str, name: str) -> str:
    """Return the path of a child."""
    return f"{path}/{name}" if path else name
