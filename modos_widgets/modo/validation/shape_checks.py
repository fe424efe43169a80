"""Check that the labels of matrices in the archive fit their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.validation.findings import new_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.archive import Node
    from modos_widgets.modo.validation.content_reading import Contents
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["check_shapes"]

_AXES = ("obs", "var")


def check_shapes(contents: Contents) -> Iterator[Finding]:
    """Find matrices of an element that have more or fewer rows or columns than labels.

    Labels are the array ``obs`` or ``var``, or the index of the table of that name, as AnnData
    stores it.

    Parameters
    ----------
    contents : Contents
        The elements, and the nodes of the archive.

    Yields
    ------
    Finding
    """
    below: dict[str, list[Node]] = {}
    for node in contents.nodes.values():
        if node.array is not None:
            below.setdefault(node.parent, []).append(node)
    for group, arrays in below.items():
        element = "/".join(group.split("/")[:2])
        counts = {axis: _labels(group, axis, contents.nodes) for axis in _AXES}
        if element not in contents.elements:
            continue
        for array in arrays:
            yield from _check(contents, element, array, counts)


def _labels(group: str, axis: str, nodes: Mapping[str, Node]) -> int | None:
    """Return the number of labels of an axis; None if there are none."""
    node = nodes.get(f"{group}/{axis}")
    if node is not None and node.array is None:
        index = node.attributes.get("_index", "_index")
        node = nodes.get(f"{node.path}/{index}") if isinstance(index, str) else None
    if node is None or node.array is None or len(node.array.shape) != 1:
        return None
    return node.array.shape[0]


def _check(
    contents: Contents, element: str, node: Node, counts: Mapping[str, int | None]
) -> Iterator[Finding]:
    assert node.array is not None  # noqa: S101 - the caller checks it
    shape, names = node.array.shape, node.array.dimension_names
    if len(shape) < len(_AXES) or node.name in _AXES:
        return
    if not any(name in _AXES for name in names):
        names = _AXES if node.name == "X" else ()
    for axis, size in zip(names, shape, strict=False):
        count = counts.get(axis or "")
        if count is not None and count != size:
            yield new_finding(
                "shape_mismatch",
                contents.path,
                element,
                "",
                f"The array {node.path!r:.80} has {size:,} entries along {axis}, and there are "
                f"{count:,} labels.",
            )
