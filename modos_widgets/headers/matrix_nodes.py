"""Shapes of matrices in zarr and HDF5, and how many labels their axes have, as AnnData stores them.

Objects of HDF5 are nodes here as well: the on-disk format of AnnData is the same in both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from modos_widgets.archive import Node
    from modos_widgets.headers.file_header import FileHeader

__all__ = ["AXES", "label_count", "matrix_header", "matrix_shape", "read_matrix_nodes"]

AXES = ("obs", "var")
"""Names of the axes of a matrix: rows and columns."""

_MATRIX = "X"
_SPARSE = frozenset({"csr_matrix", "csc_matrix"})
_OLD_SHAPE = "h5sparse_shape"  # of sparse matrices before AnnData 0.7
_PARTS = {"nullable-string-array": "values", "categorical": "codes"}
"""Encoding of labels that are a group, to the array in it that has as many entries."""
_LONGEST_ENCODING = 40


def matrix_header(header: FileHeader, nodes: Mapping[str, Node]) -> FileHeader:
    """Return a header with what the nodes of an archive say.

    Parameters
    ----------
    header : FileHeader
        The header so far.
    nodes : Mapping of str to Node
        Path to node; the root has the path ``""``.

    Returns
    -------
    FileHeader
    """
    root = nodes[""]
    matrix = root if root.array is not None else nodes.get(_MATRIX, root)
    chunks = () if matrix.array is None else matrix.array.chunks
    shape = matrix_shape(matrix)
    stated = [root.attributes.get(f"encoding-{name}") for name in ("type", "version")]
    return replace(
        header,
        encoding=" ".join(text for text in stated if isinstance(text, str))[:_LONGEST_ENCODING],
        shape=shape,
        chunks=() if chunks == shape else chunks,
        obs_shape=label_count("", "obs", nodes),
        var_shape=label_count("", "var", nodes),
        nodes=nodes,
    )


def read_matrix_nodes(root: Node, read: Callable[[str], Node | None]) -> dict[str, Node]:
    """Return the root with its matrix and labels.

    Parameters
    ----------
    root : Node
        The root.
    read : callable
        Returns a node by its path; None if there is none.

    Returns
    -------
    dict of str to Node
        Path to node.
    """
    nodes = {"": root}
    if root.kind == "group":
        matrix = read(_MATRIX)
        found = [] if matrix is None else [matrix]
        found += [node for axis in AXES for node in _label_nodes(axis, read)]
        nodes |= {node.path: node for node in found}
    return nodes


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
    is_sparse = node.attributes.get("encoding-type") in _SPARSE
    shape = node.attributes.get("shape" if is_sparse else _OLD_SHAPE)
    if not isinstance(shape, list):
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
    found = list(_label_nodes(f"{group}/{axis}".lstrip("/"), nodes.get))
    array = found[-1].array if found else None
    return array.shape[0] if array is not None and len(array.shape) == 1 else None


def _label_nodes(path: str, read: Callable[[str], Node | None]) -> Iterator[Node]:
    """Yield the node of an axis; if it is a table, its index; if that is a group, its array."""
    node = read(path)
    for path_below in (_index_path, _part_path):
        if node is None:
            return
        yield node
        if node.kind != "group":
            return
        below = path_below(node)
        node = read(below) if below else None
    if node is not None:
        yield node


def _index_path(table: Node) -> str:
    """Return the path of the labels of a table, as its attributes name them.

    A name that would lead out of the table is ignored.
    """
    index = table.attributes.get("_index")
    valid = isinstance(index, str) and "/" not in index and index not in {"", ".", ".."}
    return f"{table.path}/{index if valid else '_index'}"


def _part_path(labels: Node) -> str:
    part = _PARTS.get(str(labels.attributes.get("encoding-type")), "")
    return f"{labels.path}/{part}" if part else ""
