"""Shapes of matrices in zarr, and how many labels their axes have, as AnnData stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import Node

__all__ = ["AXES", "index_path", "label_count", "matrix_shape"]

AXES = ("obs", "var")
"""Names of the axes of a matrix: rows and columns."""

_SPARSE = frozenset({"csr_matrix", "csc_matrix"})


def matrix_shape(node: Node) -> tuple[int, ...]:
    """Return the shape of an array, or of a sparse matrix, which is a group.

    Parameters
    ----------
    node : Node
        The node.

    Returns
    -------
    tuple of int
        Empty if it is neither.
    """
    if node.array is not None:
        return node.array.shape
    shape = node.attributes.get("shape")
    if node.attributes.get("encoding-type") not in _SPARSE or not isinstance(shape, list):
        return ()
    valid = len(shape) == len(AXES) and all(type(size) is int and size >= 0 for size in shape)
    return tuple(shape) if valid else ()


def label_count(group: str, axis: str, nodes: Mapping[str, Node]) -> int | None:
    """Return the number of labels of an axis.

    Labels are the array ``obs`` or ``var``, or the index of the table of that name.

    Parameters
    ----------
    group : str
        Path of the group that holds the matrix; empty for the root.
    axis : str
        Name of the axis.
    nodes : Mapping of str to Node
        Path to node.

    Returns
    -------
    int or None
        None if there are no labels.
    """
    node = nodes.get(f"{group}/{axis}".lstrip("/"))
    if node is not None and node.array is None:
        node = nodes.get(index_path(node))
    if node is None or node.array is None or len(node.array.shape) != 1:
        return None
    return node.array.shape[0]


def index_path(table: Node) -> str:
    """Return the path of the array with the labels of a table, as its attributes name it.

    A name that would lead out of the table is ignored.
    """
    index = table.attributes.get("_index")
    valid = isinstance(index, str) and "/" not in index and index not in {"", ".", ".."}
    return f"{table.path}/{index if valid else '_index'}"
