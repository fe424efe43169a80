"""The metadata documents of an archive as a commit writes them; pure functions."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import StorageError
from modos_widgets.modo.hierarchy import consolidated_documents
from modos_widgets.storage.archive import within_json

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_written", "encode", "entry_of", "with_attributes", "with_entries"]

Document = dict[str, Any]
STYLE = re.compile(
    rb'(?P<before>\s*)\{(?P<line>\r?\n)?(?P<indent>[ \t]*)(?:"(?:[^"\\]|\\.)*"(?P<colon> ?: ?))?'
)
AS_ZARR = b'{\n  "attributes": {}\n}'
MD5_ETAG = re.compile(r'"?([0-9a-f]{32})"?\Z')


def encode(document: Document, like: bytes = AS_ZARR) -> bytes:
    """Write a document in the style of the one that it replaces.

    Kept are indentation, line ends, spaces after colons and commas, plain or escaped
    characters, and what stands before and after the document: so changing one value changes
    its bytes alone, and taking that back gives the very bytes that were there.

    Parameters
    ----------
    document : dict
        What to write.
    like : bytes
        Whose style to take; zarr-python's where it is not given.
    """
    style = STYLE.match(like)
    if style is None:
        return encode(document)
    colon = (style["colon"] or b": ").decode()
    layout: dict[str, Any] = {
        "indent": None if style["line"] is None else style["indent"].decode(),
        "separators": (", " if style["line"] is None and colon != ":" else ",", colon),
    }
    try:
        data = json.dumps(document, ensure_ascii=like.isascii(), **layout).encode()
    except UnicodeEncodeError:  # half a character can only be written escaped
        data = json.dumps(document, **layout).encode()
    data = within_json(data, like)
    if style["line"] == b"\r\n":
        data = data.replace(b"\n", b"\r\n")
    return style["before"] + data + like[len(like.rstrip()) :]


def with_attributes(document: Document, attributes: Mapping[str, Any]) -> Document:
    """Give a document with other attributes, and everything else as it is."""
    return {**document, "attributes": dict(attributes)}


def new_group(attributes: Mapping[str, Any]) -> Document:
    """Give the document of a new group."""
    return {"attributes": dict(attributes), "zarr_format": 3, "node_type": "group"}


def entry_of(document: Document) -> Document:
    """Give a node's document as the root's copy holds it: as zarr-python writes it."""
    if document.get("node_type") != "group":
        return document
    inline = document.get("consolidated_metadata") or {
        "kind": "inline",
        "must_understand": False,
        "metadata": {},
    }
    entry = {}
    for key, value in document.items():
        if key == "node_type":
            entry["consolidated_metadata"] = inline
        entry[key] = value
    return entry


def with_entries(root: Document, changed: Mapping[str, Document | None]) -> Document:
    """Give a root whose copy of the tree holds other nodes.

    Parameters
    ----------
    root : dict
        The root's document.
    changed : Mapping
        Path of a node to its document; None where it is gone, with all below it.
    """
    old = consolidated_documents(root) or {}
    entries = dict(old)
    for path, document in changed.items():
        if document is None:
            gone = [known for known in entries if known == path or known.startswith(f"{path}/")]
            for known in gone:
                del entries[known]
    entries |= {path: entry_of(one) for path, one in changed.items() if one is not None and path}
    if entries.keys() != old.keys():
        entries = dict(sorted(entries.items(), key=_order))
    consolidated = root.get("consolidated_metadata")
    header = consolidated if isinstance(consolidated, dict) else {}
    new = {"kind": "inline", "must_understand": False, **header, "metadata": entries}
    if "consolidated_metadata" in root:
        return {**root, "consolidated_metadata": new}
    return {key: value for key, value in root.items() if key != "node_type"} | {
        "consolidated_metadata": new,
        "node_type": root.get("node_type", "group"),
    }


def _order(item: tuple[str, Document]) -> tuple[int, str]:
    """Order nodes as zarr-python does."""
    path = item[0]
    return (path.count("/"), unicodedata.normalize("NFKC", path).casefold())


def check_written(read: bytes, read_etag: str, written: bytes, etag: str, path: str) -> None:
    """Hold the ETag that a write returned against what was written.

    Where the store's ETag of what was read is that content's MD5, that of what was
    written has to be, too; where it is something else (encryption), it has to be there.

    Raises
    ------
    StorageError
        The store holds something else than what was sent.
    """
    found = MD5_ETAG.match(etag)
    known = MD5_ETAG.match(read_etag)
    if not etag or (
        found
        and known
        and known[1] == hashlib.md5(read, usedforsecurity=False).hexdigest()
        and found[1] != hashlib.md5(written, usedforsecurity=False).hexdigest()
    ):
        raise StorageError(
            f"The store's ETag of {path} is not that of what was sent.",
            "Look at the object with validate() before going on.",
        )
