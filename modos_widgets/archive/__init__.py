"""Metadata documents of a zarr archive: reading, rewriting, consolidated copies.

Stores are passed as arguments. zarr and numpy are imported on first use.
"""

from __future__ import annotations

from modos_widgets.archive.consolidated import (
    children_of,
    consolidated_documents,
    consolidated_entry,
    new_documents,
    new_group,
    with_attributes,
    with_copy,
    with_entries,
    without_copy,
)
from modos_widgets.archive.document import (
    ARCHIVE,
    FORMAT,
    GROUPS,
    NODE,
    OLD_FORMAT,
    ROOT_DOCUMENT,
    Document,
    DocumentError,
    attributes_in_head,
    check_root,
    document_path,
    join_path,
    parse_document,
    parse_object,
)
from modos_widgets.archive.hierarchy import Hierarchy
from modos_widgets.archive.node import ArrayMetadata, Node, parse_node
from modos_widgets.archive.rewrite import encode_document, rewrite_document
from modos_widgets.archive.store import (
    fetch_document,
    nodes_below,
    parse_stored,
    readable_by_zarr,
    replace_document,
    update_copies,
    write_document,
)
from modos_widgets.archive.v2 import V2_COPY, V2_NAMES, merge_v2, v2_documents
from modos_widgets.archive.walk import collect_documents, load_hierarchy

__all__ = [
    "ARCHIVE",
    "FORMAT",
    "GROUPS",
    "NODE",
    "OLD_FORMAT",
    "ROOT_DOCUMENT",
    "V2_COPY",
    "V2_NAMES",
    "ArrayMetadata",
    "Document",
    "DocumentError",
    "Hierarchy",
    "Node",
    "attributes_in_head",
    "check_root",
    "children_of",
    "collect_documents",
    "consolidated_documents",
    "consolidated_entry",
    "document_path",
    "encode_document",
    "fetch_document",
    "join_path",
    "load_hierarchy",
    "merge_v2",
    "new_documents",
    "new_group",
    "nodes_below",
    "parse_document",
    "parse_node",
    "parse_object",
    "parse_stored",
    "readable_by_zarr",
    "replace_document",
    "rewrite_document",
    "update_copies",
    "v2_documents",
    "with_attributes",
    "with_copy",
    "with_entries",
    "without_copy",
    "write_document",
]
