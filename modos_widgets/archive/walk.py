"""Reading of the nodes of an archive one by one, if its root does not contain them all.

Folders are listed and documents read concurrently, level by level, so the number of round trips
grows with the depth of the tree and not with the number of its nodes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.archive.consolidated import without_copy
from modos_widgets.archive.document import (
    ARCHIVE,
    OLD_FORMAT,
    ROOT_DOCUMENT,
    document_path,
    join_path,
)
from modos_widgets.archive.hierarchy import ELEMENT_DEPTH, Hierarchy
from modos_widgets.archive.node import parse_node
from modos_widgets.archive.v2 import V2_COPY, V2_NAMES, v2_documents
from modos_widgets.errors import BrokenArchiveError, NotFoundError, PathError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.archive.document import Document
    from modos_widgets.archive.node import Node
    from modos_widgets.storage import Storage

    _Found = tuple[str, Node | None]
    """Path with its node, or None for a folder without a document."""

__all__ = ["LARGEST_READ", "collect_documents", "load_hierarchy"]

LARGEST_READ: Final = 64 * 1024 * 1024
"""Maximum bytes of a root that is read as a whole; of a larger one the levels are listed."""


def load_hierarchy(storage: Storage) -> Hierarchy:
    """Read the hierarchy of an object in the cheapest way that its root allows.

    Uses the network only if the root that was read on opening is not enough: one more GET
    for a root of 8 to 64 MiB; level by level if the root has no consolidated copy
    or is even larger (then without nodes below the elements).

    Parameters
    ----------
    storage : Storage
        The object.

    Returns
    -------
    Hierarchy

    Raises
    ------
    BrokenArchiveError
        The root cannot be read.
    """
    if storage.zarr_format == OLD_FORMAT:
        return _load_v2(storage)
    root = storage.root_document()
    if root.document is not None:
        hierarchy = Hierarchy.from_root(root.document)
    else:
        data = root.data
        if data is None and root.size <= LARGEST_READ:
            data = storage.read(ROOT_DOCUMENT).data
        if data is None:
            return _read_hierarchy(storage, depth=ELEMENT_DEPTH)
        hierarchy = Hierarchy.parse(data)
    return hierarchy if hierarchy.consolidated else _read_hierarchy(storage)


def _read_hierarchy(storage: Storage, *, depth: int | None = None) -> Hierarchy:
    nodes = [node for _, node in _walk(storage, depth=depth) if node is not None]
    root = nodes[0] if nodes and not nodes[0].path else parse_node("", None)
    if root.kind == "broken":
        raise BrokenArchiveError(
            f"The archive's root cannot be read. {root.problem}", f"Check {ROOT_DOCUMENT}."
        )
    return Hierarchy.of(nodes)


def collect_documents(
    storage: Storage, bare: list[str] | None = None, *, expected: Hierarchy | None = None
) -> dict[str, Document]:
    """Read the documents of all nodes below the root from the nodes. Uses the network.

    Nodes that cannot be read are left out, as a copy of them could not be correct.

    Parameters
    ----------
    storage : Storage
        The object.
    bare : list of str, optional
        List to which folders in a group that have no document of their own are added.
    expected : Hierarchy, optional
        Nodes that probably exist. They are read while the folders of all groups among them
        are listed, so round trips do not grow with the depth of the tree.

    Returns
    -------
    dict of str to Document
        Path to document.
    """
    found: dict[str, Document] = {}
    for path, node in _nodes_below_root(storage, expected):
        if node is not None and node.kind != "broken":
            found[path] = without_copy(node.document)
        elif node is None and bare is not None:
            bare.append(path)
    return found


def _nodes_below_root(storage: Storage, expected: Hierarchy | None) -> list[_Found]:
    if expected is not None:
        # An expected name may be one that no path can have, such as an unpaired surrogate.
        with suppress(PathError):
            return list(_walk_expected(storage, expected))
    return list(_walk(storage, root=False))


def _walk(storage: Storage, *, depth: int | None = None, root: bool = True) -> Iterator[_Found]:
    """Read nodes level by level: their paths, with None for a folder without a document.

    Parameters
    ----------
    storage : Storage
        The object.
    depth : int, optional
        Maximum depth below the root; default: no limit.
    root : bool
        Whether the root is read too.
    """
    groups = [""]
    if root:
        yield from _read(storage, groups)
    reached = 0
    while groups and reached != depth:
        reached += 1
        level = _read(storage, _folders_in(storage, groups))
        yield from level
        groups = _groups_of(level)


def _walk_expected(storage: Storage, expected: Hierarchy) -> Iterator[_Found]:
    """Read the nodes below the root: the expected ones at once, and the others level by level."""
    paths = [path for path in expected.nodes if path]
    listed = ["", *(path for path in paths if expected.nodes[path].kind == "group")]
    with ThreadPoolExecutor(1, "modos-read") as pool:
        reading = pool.submit(_read, storage, paths)
        folders = set(_folders_in(storage, listed))
        level = _reachable(reading.result())
    yield from (pair for pair in level if pair[1] is not None or pair[0] in folders)
    parents = {"", *_groups_of(level)}
    groups = sorted(parents.difference(listed))
    new = {path for path in folders.difference(paths) if path.rpartition("/")[0] in parents}
    while groups or new:
        level = _read(storage, sorted(new.union(_folders_in(storage, groups))))
        yield from level
        groups, new = _groups_of(level), set()


def _reachable(nodes: list[_Found]) -> list[_Found]:
    """Leave out nodes that are not in a group: reading level by level does not find them."""
    groups, reachable = {""}, []
    for path, node in sorted(nodes, key=lambda pair: pair[0].count("/")):
        if path.rpartition("/")[0] in groups:
            reachable.append((path, node))
            if node is not None and node.kind == "group":
                groups.add(path)
    return reachable


def _groups_of(level: list[_Found]) -> list[str]:
    return [path for path, node in level if node is not None and node.kind == "group"]


def _read(storage: Storage, paths: list[str]) -> list[_Found]:
    contents = storage.read_many([document_path(path) for path in paths]).values()
    return [
        (path, None if content is None else parse_node(path, content.data))
        for path, content in zip(paths, contents, strict=True)
    ]


def _folders_in(storage: Storage, groups: list[str]) -> list[str]:
    levels = storage.levels([join_path(ARCHIVE, path) for path in groups]).values()
    return [
        join_path(path, name)
        for path, level in zip(groups, levels, strict=True)
        for name in level.folders
    ]


def _load_v2(storage: Storage) -> Hierarchy:
    """Read a zarr v2 archive: from its ``.zmetadata``, else document by document."""
    try:
        copy = storage.read(f"{ARCHIVE}/{V2_COPY}").data
    except NotFoundError:
        return Hierarchy.from_v2(_read_v2(storage), consolidated=False)
    documents = v2_documents(copy)
    if documents is None:
        raise BrokenArchiveError(f"{ARCHIVE}/{V2_COPY} cannot be read.", "Restore it from a copy.")
    return Hierarchy.from_v2(documents, consolidated=True)


def _read_v2(storage: Storage) -> dict[str, Any]:
    stored: dict[str, bytes] = {}
    groups = [""]
    while groups:
        levels = storage.levels([join_path(ARCHIVE, path) for path in groups]).values()
        keys, below = [], []
        for path, level in zip(groups, levels, strict=True):
            names = [entry.name for entry in level.files if entry.name in V2_NAMES]
            keys += [join_path(path, name) for name in names]
            if ".zarray" not in names:
                below += [join_path(path, name) for name in level.folders]
        contents = storage.read_many([f"{ARCHIVE}/{key}" for key in keys]).values()
        stored |= {
            key: content.data
            for key, content in zip(keys, contents, strict=True)
            if content is not None
        }
        groups = below
    return v2_documents(stored) or {}
