"""Read the metadata of an object whose root does not hold them.

Done with delimiter listings and reads side by side, level by level, so the number of
round trips grows with the depth of the tree and not with the number of its nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.errors import BrokenArchiveError, NotFoundError, UnsupportedError
from modos_widgets.modo.hierarchy import ELEMENT_DEPTH, Hierarchy, Node, parse_document, parse_node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.storage import Storage
    from modos_widgets.storage.contents import Content

__all__ = [
    "LARGEST_READ",
    "collect_documents",
    "document_path",
    "load_hierarchy",
    "read_nodes",
    "walk",
]

ROOT = "data.zarr"
OLD_FORMAT = 2
OLD_DOCUMENTS = frozenset({".zgroup", ".zarray", ".zattrs"})
LARGEST_READ = 64 * 1024 * 1024
"""A root up to this size (bytes) is read whole; above it the levels are listed."""


def document_path(path: str) -> str:
    """Give the path of a node's metadata document, relative to the object."""
    return f"{ROOT}/{path}/zarr.json" if path else f"{ROOT}/zarr.json"


def load_hierarchy(storage: Storage) -> Hierarchy:
    """Read the hierarchy of an object the cheapest way that its root allows.

    Touches the network only where the root read at opening is not enough: one more GET
    for a root of 8 to 64 MiB, level by level where the root holds no consolidated copy
    or is larger still (then without what lies below the elements).

    Raises
    ------
    BrokenArchiveError
        The root cannot be read.
    """
    document = storage.root_document()
    data = document.data
    if storage.zarr_format == OLD_FORMAT:
        return load_old_hierarchy(storage)
    if document.document is not None:
        hierarchy = Hierarchy.from_root(document.document)
        return hierarchy if hierarchy.consolidated else walk(storage)
    if data is None and document.size <= LARGEST_READ:
        data = storage.read(document_path("")).data
    if data is None:
        return walk(storage, depth=ELEMENT_DEPTH)
    hierarchy = Hierarchy.parse(data)
    return hierarchy if hierarchy.consolidated else walk(storage)


def load_old_hierarchy(storage: Storage) -> Hierarchy:
    """Read a zarr v2 archive: from its ``.zmetadata``, else document by document."""
    try:
        return Hierarchy.parse_old(storage.read(f"{ROOT}/.zmetadata").data)
    except NotFoundError:
        pass
    documents: dict[str, Any] = {}
    frontier = [""]
    while frontier:
        folders = [f"{ROOT}/{path}" if path else ROOT for path in frontier]
        levels = storage.levels(folders)
        names = [
            f"{path}/{entry.name}" if path else entry.name
            for path, level in zip(frontier, levels.values(), strict=True)
            for entry in level.files
            if entry.name in OLD_DOCUMENTS
        ]
        contents = storage.read_many([f"{ROOT}/{name}" for name in names])
        documents |= {
            name: content.data
            for name, content in zip(names, contents.values(), strict=True)
            if content is not None
        }
        frontier = [
            f"{path}/{name}" if path else name
            for path, level in zip(frontier, levels.values(), strict=True)
            if not any(entry.name == ".zarray" for entry in level.files)
            for name in level.folders
        ]
    return Hierarchy.of_old(documents)


def walk(storage: Storage, *, depth: int | None = None) -> Hierarchy:
    """Read every node's own document, level by level; touches the network.

    Parameters
    ----------
    storage : Storage
        The object.
    depth : int, optional
        How far below the root to go; all the way where it is not given.
    """
    nodes = read_nodes(storage, [""])
    frontier = [""]
    reached = 0
    while frontier and (depth is None or reached < depth):
        reached += 1
        levels = storage.levels([f"{ROOT}/{path}" if path else ROOT for path in frontier])
        below = [
            f"{path}/{name}" if path else name
            for path, level in zip(frontier, levels.values(), strict=True)
            for name in level.folders
        ]
        found = read_nodes(storage, below)
        nodes |= found
        frontier = [path for path, node in found.items() if node.kind == "group"]
    if "" not in nodes or nodes[""].kind == "broken":
        problem = nodes[""].problem if "" in nodes else "it is missing"
        raise BrokenArchiveError(
            f"The root's metadata cannot be read: {problem}.", "Look at data.zarr/zarr.json."
        )
    return Hierarchy.of(nodes.values())


def collect_documents(storage: Storage) -> dict[str, dict[str, Any]]:
    """Read the documents of every node below the root from the nodes; touches the network.

    Nodes that cannot be read are left out: no copy of them would be true.
    """
    found: dict[str, dict[str, Any]] = {}
    frontier = [""]
    while frontier:
        levels = storage.levels([f"{ROOT}/{path}" if path else ROOT for path in frontier])
        below = [
            f"{path}/{name}" if path else name
            for path, level in zip(frontier, levels.values(), strict=True)
            for name in level.folders
        ]
        contents = storage.read_many([document_path(path) for path in below])
        frontier = []
        for path, content in zip(below, contents.values(), strict=True):
            node = None if content is None else node_of(path, content)
            if content is None or node is None or node.kind == "broken":
                continue
            document = parse_document(content.data)
            document.pop("consolidated_metadata", None)
            found[path] = document
            if node.kind == "group":
                frontier.append(path)
    return found


def read_nodes(storage: Storage, paths: list[str]) -> dict[str, Node]:
    """Read the documents of nodes side by side; folders without one are left out."""
    documents = storage.read_many([document_path(path) for path in paths])
    found: dict[str, Node] = {}
    for path, content in zip(paths, documents.values(), strict=True):
        if content is not None:
            found[path] = node_of(path, content)
    return found


def node_of(path: str, content: Content) -> Node:
    """Make a node of its stored document; what cannot be read is a broken node."""
    try:
        document: Mapping[str, Any] = parse_document(content.data)
    except (BrokenArchiveError, UnsupportedError) as error:
        return Node(path, "broken", problem=error.message.rstrip("."))
    return parse_node(path, document)
