"""Consolidated copy of all nodes of an archive in its root's document; pure functions."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.archive.document import FORMAT, GROUPS, NODE
from modos_widgets.archive.rewrite import encode_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive.document import Document

__all__ = [
    "COPY",
    "children_of",
    "consolidated_documents",
    "consolidated_entry",
    "new_documents",
    "new_group",
    "with_attributes",
    "with_copy",
    "with_entries",
    "without_copy",
]

COPY: Final = "consolidated_metadata"
"""Name of the copy in a group's document."""


def consolidated_documents(document: Mapping[str, Any]) -> Document | None:
    """Return the documents in a group's copy by path; None without a readable copy."""
    copy = document.get(COPY)
    entries = copy.get("metadata") if isinstance(copy, dict) else None
    return entries if isinstance(entries, dict) else None


def consolidated_entry(document: Document) -> Document:
    """Return a node's document in the form that zarr-python writes into a copy."""
    if document.get("node_type") != "group" or document.get(COPY):
        return document
    return _with_member(document, {"kind": "inline", "must_understand": False, "metadata": {}})


def children_of(documents: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the names below each group of a copy.

    A group that is missing in the copy is added because of its children.

    Parameters
    ----------
    documents : Mapping
        Path of a node to its document, as JSON was parsed.
    """
    children: dict[str, list[str]] = {"": []}
    for path, document in documents.items():
        if isinstance(document, dict) and document.get("node_type") == "group":
            children.setdefault(path, [])
        below = path
        while below:
            above, _, name = below.rpartition("/")
            children.setdefault(above, []).append(name)
            if above in documents:
                break
            below = above
    return children


def with_copy(document: Document, entries: Mapping[str, Document]) -> Document:
    """Return a group's document with a copy of the nodes below, as zarr-python writes it.

    Parameters
    ----------
    document : dict
        The group's document.
    entries : Mapping
        Path of a node, relative to the group, to its `consolidated_entry`.
    """
    old = consolidated_documents(document) or {}
    paths = old if entries.keys() == old.keys() else sorted(entries, key=_order)
    copy = document.get(COPY)
    header = copy if isinstance(copy, dict) else {}
    metadata = {path: entries[path] for path in paths}
    return _with_member(
        document, {"kind": "inline", "must_understand": False, **header, "metadata": metadata}
    )


def with_entries(document: Document, changed: Mapping[str, Document | None]) -> Document:
    """Return a group's document whose copy holds other nodes.

    Parameters
    ----------
    document : dict
        The group's document.
    changed : Mapping
        Path of a node to its document; None for a node that was removed with all nodes below it.
    """
    entries = dict(consolidated_documents(document) or {})
    for path, entry in changed.items():
        if entry is None:
            for gone in [known for known in entries if f"{known}/".startswith(f"{path}/")]:
                del entries[gone]
    entries |= {
        path: consolidated_entry(entry)
        for path, entry in changed.items()
        if entry is not None and path
    }
    return with_copy(document, entries)


def without_copy(document: Mapping[str, Any]) -> Document:
    """Return a document without the copy."""
    return {name: value for name, value in document.items() if name != COPY}


def _with_member(document: Document, copy: Document) -> Document:
    """Return a document with a copy in its old position, else before the last member."""
    if COPY in document:
        return {**document, COPY: copy}
    others = {name: value for name, value in document.items() if name != "node_type"}
    return {**others, COPY: copy, "node_type": document.get("node_type", "group")}


def _order(path: str) -> tuple[int, str]:
    """Return the position of a node in zarr-python's order."""
    return (path.count("/"), unicodedata.normalize("NFKC", path).casefold())


def with_attributes(document: Document, attributes: Mapping[str, Any]) -> Document:
    """Return a document with other attributes and everything else unchanged."""
    return {**document, "attributes": dict(attributes)}


def new_group(attributes: Mapping[str, Any]) -> Document:
    """Return the document of a new group."""
    return {"attributes": dict(attributes), "zarr_format": FORMAT, "node_type": "group"}


def new_documents() -> dict[str, bytes]:
    """Return the documents of an empty archive: key to content, the root's last."""
    group = new_group({})
    documents = {f"{name}/{NODE}": encode_document(group) for name in GROUPS}
    documents[NODE] = encode_document(
        with_copy(group, dict.fromkeys(GROUPS, consolidated_entry(group)))
    )
    return documents
