"""Check that the labels of matrices fit their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.headers import AXES, label_count, matrix_shape
from modos_widgets.modo.validation.findings import new_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.archive import Node
    from modos_widgets.modo.validation.content_reading import (
        CheckedFile,
        CheckedFolder,
        Contents,
    )
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["check_shapes"]

_OF_GROUP = {"layers": AXES, "obsm": AXES[:1], "varm": AXES[1:]}
"""Group of matrices beside the labels, as AnnData names it, to the axes of these matrices."""


def check_shapes(contents: Contents) -> Iterator[Finding]:
    """Find matrices of an element that have more or fewer rows or columns than labels.

    Matrices are in the archive of the object, or in a zarr archive or HDF5 file that the element
    names. Labels are the array ``obs`` or ``var``, or the index of the table of that name, as
    AnnData stores it.

    Parameters
    ----------
    contents : Contents
        The elements, the nodes of the archive, and the files and archives beside it.

    Yields
    ------
    Finding
    """
    for element, message in _in_archive(contents):
        yield new_finding("shape_mismatch", contents.path, element, "", message)
    stored: list[CheckedFile | CheckedFolder] = [*contents.folders.values()]
    stored += contents.files.values()
    for beside in stored:
        for message in _problems(beside.header.nodes, f"{beside.path}/"):
            for element in beside.elements:
                place = (contents.path, element, "data_path")
                yield new_finding("shape_mismatch", *place, message)


def _in_archive(contents: Contents) -> Iterator[tuple[str, str]]:
    """Yield the problems of matrices of elements in the archive, with the element."""
    below: dict[str, dict[str, Node]] = {}
    for path, node in contents.nodes.items():
        element = "/".join(path.split("/")[:2])
        if element in contents.elements:
            below.setdefault(element, {})[path] = node
    for element, nodes in below.items():
        for message in _problems(nodes, ""):
            yield element, message


def _problems(nodes: Mapping[str, Node], begin: str) -> Iterator[str]:
    """Yield what is wrong with the matrices of an archive, each as one sentence.

    Parameters
    ----------
    nodes : Mapping of str to Node
        Path to node.
    begin : str
        Text before each path.
    """
    for node in nodes.values():
        shape = matrix_shape(node)
        group, axes = _axes(node)
        for axis, size in zip(axes, shape, strict=False):
            count = label_count(group, axis, nodes) if axis in AXES else None
            if count is not None and count != size:
                yield (
                    f"The array {begin + node.path!r:.80} has {size:,} entries along {axis}, and "
                    f"there are {count:,} labels."
                )


def _axes(node: Node) -> tuple[str, tuple[str | None, ...]]:
    """Return the group with the labels of a matrix, and the names of the matrix's axes."""
    group, name = node.parent, node.name
    if name in AXES:
        return group, ()
    named = () if node.array is None else node.array.dimension_names
    if any(axis in AXES for axis in named) and len(named) > 1:
        return group, named
    parent, _, folder = group.rpartition("/")
    if folder in _OF_GROUP:
        return parent, _OF_GROUP[folder]
    return group, AXES if name == "X" else ()
