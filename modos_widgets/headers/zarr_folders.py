"""Headers of zarr archives that are folders: the documents of their root and their matrix."""

from __future__ import annotations

from dataclasses import replace
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
from modos_widgets.headers.matrix_nodes import matrix_header, read_matrix_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.storage import Ranges

__all__ = ["ZARR_DOCUMENTS", "read_zarr_header"]

ZARR_DOCUMENTS = (NODE, V2_COPY, *V2_NAMES)
"""Names of the files of which a folder with a zarr archive has at least one."""

LARGEST_DOCUMENTS = 8 * 2**20
"""Maximum number of bytes of all documents that are read of an archive."""


def read_zarr_header(name: str, open_file: Callable[[str], Ranges]) -> FileHeader:
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
    FileHeader
        Its `size` is that of the documents that were read. Its `nodes` are all nodes if the root
        has a copy of their metadata; else the root, its matrix and its labels. Damaged documents
        raise no error: see its `problem`.

    Raises
    ------
    ChangedError, CredentialsError, EndpointError, PathError, StorageError
        A file cannot be read.
    """
    documents = _Documents(open_file)
    header = FileHeader(name, 0, format="Zarr")
    try:
        nodes = _nodes(documents)
    except HeaderError as error:
        unsupported = isinstance(error, UnsupportedHeaderError)
        return replace(header, size=documents.size, problem=str(error), unsupported=unsupported)
    version = str(nodes[""].document.get("zarr_format", ""))
    return matrix_header(replace(header, size=documents.size, version=version), nodes)


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
        return read_matrix_nodes(node, lambda path: _v3_node(documents, path))
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
    return read_matrix_nodes(_checked(old), lambda path: _v2_node(documents, path))


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
