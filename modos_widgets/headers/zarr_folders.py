"""Headers of zarr archives that are folders: the documents of their root and their matrix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modos_widgets.archive import (
    NODE,
    V2_COPY,
    V2_NAMES,
    Hierarchy,
    Node,
    join_path,
    merge_v2,
    parse_node,
    v2_documents,
)
from modos_widgets.errors import NotFoundError
from modos_widgets.headers.file_header import FileHeader
from modos_widgets.headers.header_stream import HeaderError, UnsupportedHeaderError
from modos_widgets.headers.zarr_matrices import AXES, index_path, label_count, matrix_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.storage import Ranges

__all__ = ["ZARR_DOCUMENTS", "ZarrHeader", "read_zarr_header"]

ZARR_DOCUMENTS = (NODE, V2_COPY, *V2_NAMES)
"""Names of the files of which a folder with a zarr archive has at least one."""

LARGEST_DOCUMENTS = 8 * 2**20
"""Maximum number of bytes of all documents that are read of an archive."""

_MATRIX = "X"


@dataclass(frozen=True)
class ZarrHeader:
    """What a folder with a zarr archive says about itself.

    Attributes
    ----------
    header : FileHeader
        Version, shape and labels; its `size` is that of the documents that were read.
    nodes : Mapping of str to Node
        Path to node: all nodes if the root has a copy of their metadata; else the root, its
        matrix ``X`` and the labels ``obs`` and ``var``.
    """

    header: FileHeader
    nodes: Mapping[str, Node] = field(default_factory=dict, repr=False)


def read_zarr_header(name: str, open_file: Callable[[str], Ranges]) -> ZarrHeader:
    """Read what a folder with a zarr archive says about itself, from its metadata documents.

    At most 8 MiB are read. Network use: one request if the root has a copy of all metadata (in
    zarr v2 two); else one for each document of the root, the matrix and the labels. No chunk is
    read.

    Parameters
    ----------
    name : str
        Path of the folder.
    open_file : callable
        Returns the ranges of a file in the folder, by its relative path. It, or the ranges when
        they are read, raise `NotFoundError` if there is no such file.

    Returns
    -------
    ZarrHeader
        Damaged documents raise no error: see the `problem` of the header.

    Raises
    ------
    ChangedError, CredentialsError, EndpointError, PathError, StorageError
        A file cannot be read.
    """
    documents = _Documents(open_file)
    try:
        nodes = _nodes(documents)
    except HeaderError as error:
        unsupported = isinstance(error, UnsupportedHeaderError)
        return ZarrHeader(
            FileHeader(
                name,
                documents.size,
                format="Zarr",
                problem=str(error),
                unsupported=unsupported,
            )
        )
    root = nodes[""]
    matrix = root if root.array is not None else nodes.get(_MATRIX, root)
    header = FileHeader(
        name,
        documents.size,
        format="Zarr",
        version=str(root.document.get("zarr_format", "")),
        shape=matrix_shape(matrix),
        chunks=() if matrix.array is None else matrix.array.chunks,
        obs_shape=label_count("", "obs", nodes),
        var_shape=label_count("", "var", nodes),
    )
    return ZarrHeader(header, nodes)


class _Documents:
    """The metadata documents of a folder, within the limit.

    Parameters
    ----------
    open_file : callable
        As for `read_zarr_header`.
    """

    def __init__(self, open_file: Callable[[str], Ranges]) -> None:
        self._open = open_file
        self.size = 0

    def read(self, path: str) -> bytes | None:
        """Return a document; None if it does not exist."""
        left = LARGEST_DOCUMENTS - self.size
        try:
            data = self._open(path).read(0, left + 1)
        except NotFoundError:
            return None
        if len(data) > left:
            raise UnsupportedHeaderError(
                f"The metadata of the archive are larger than {LARGEST_DOCUMENTS // 2**20} MiB."
            )
        self.size += len(data)
        return data


def _nodes(documents: _Documents) -> Mapping[str, Node]:
    root = documents.read(NODE)
    if root is not None:
        node = _checked(parse_node("", root))
        hierarchy = Hierarchy.from_root(node.document)
        if hierarchy.consolidated:
            return hierarchy.nodes
        return _main_nodes(node, lambda path: _v3_node(documents, path))
    copy = documents.read(V2_COPY)
    if copy is not None:
        found = v2_documents(copy)
        if found is None:
            raise HeaderError(f"Its {V2_COPY} is damaged.")
        nodes = Hierarchy.from_v2(found, consolidated=True).nodes
        _checked(nodes[""])
        return nodes
    old = _v2_node(documents, "")
    if old is None:
        raise HeaderError("The folder has no zarr metadata.")
    return _main_nodes(_checked(old), lambda path: _v2_node(documents, path))


def _checked(node: Node) -> Node:
    """Return a node that is not broken."""
    if node.kind == "broken":
        raise HeaderError(node.problem)
    return node


def _v3_node(documents: _Documents, path: str) -> Node | None:
    data = documents.read(join_path(path, NODE))
    return None if data is None else parse_node(path, data)


def _v2_node(documents: _Documents, path: str) -> Node | None:
    merged = merge_v2(*(documents.read(join_path(path, name)) for name in V2_NAMES))
    return None if merged is None else parse_node(path, merged)


def _main_nodes(root: Node, read: Callable[[str], Node | None]) -> dict[str, Node]:
    """Return the root with its matrix and labels, each read by its path."""
    nodes = {"": root}
    waiting = [_MATRIX, *AXES] if root.kind == "group" else []
    while waiting:
        node = read(waiting.pop())
        if node is None:
            continue
        nodes[node.path] = node
        if node.path in AXES and node.kind == "group":
            waiting.append(index_path(node))
    return nodes
