"""The metadata documents of an archive as a commit writes them; pure functions."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import StorageError
from modos_widgets.modo.hierarchy import consolidated_documents
from modos_widgets.storage.archive import within_json

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Layout",
    "check_written",
    "encode",
    "entry_of",
    "layout_of",
    "with_attributes",
    "with_entries",
    "written",
]

Document = dict[str, Any]
STYLE = re.compile(
    rb'(?P<before>\s*)\{(?P<line>\r?\n)?(?P<indent>[ \t]*)(?:"(?:[^"\\]|\\.)*"(?P<colon> ?: ?))?'
)
AS_ZARR = b'{\n  "attributes": {}\n}'
MD5_ETAG = re.compile(r'"?([0-9a-f]{32})"?\Z')


@dataclass(frozen=True)
class Layout:
    """How a document is laid out.

    Attributes
    ----------
    indent : str or None
        What a line begins with for each level; None where all stands on one line.
    newline : str
        What ends a line.
    colon, space : str
        What stands between a name and its value, and after a comma on one line.
    ascii_only : bool
        Whether other characters are escaped.
    """

    indent: str | None = "  "
    newline: str = "\n"
    colon: str = ": "
    space: str = ""
    ascii_only: bool = True

    def line(self, depth: int) -> str:
        """Give what begins a line at a depth; nothing where all stands on one."""
        return "" if self.indent is None else self.newline + self.indent * depth


def layout_of(like: bytes) -> Layout | None:
    """Read the layout of a document; None where it has none that is known here."""
    style = STYLE.match(like)
    if style is None:
        return None
    colon = (style["colon"] or b": ").decode()
    one_line = style["line"] is None
    return Layout(
        None if one_line else style["indent"].decode(),
        (style["line"] or b"\n").decode(),
        colon,
        " " if one_line and colon != ":" else "",
        like.isascii(),
    )


def written(value: Any, layout: Layout, depth: int = 0) -> str:
    """Write a JSON value in a layout, as it stands at a depth of its document."""
    how: dict[str, Any] = {
        "indent": layout.indent,
        "separators": ("," + layout.space, layout.colon),
    }
    text = json.dumps(value, ensure_ascii=layout.ascii_only, **how)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character can only be written escaped
        text = json.dumps(value, **how)
    return text if layout.indent is None else text.replace("\n", layout.line(depth))


def encode(document: Document, like: bytes = AS_ZARR) -> bytes:
    """Write a document in the style of another.

    Kept are indentation, line ends, spaces after colons and commas, plain or escaped
    characters, and what stands before and after the document.

    Parameters
    ----------
    document : dict
        What to write.
    like : bytes
        Whose style to take; zarr-python's where it is not given.
    """
    layout = layout_of(like)
    if layout is None:
        return encode(document)
    data = within_json(written(document, layout).encode(), like)
    before, after = like[: -len(like.lstrip())], like[len(like.rstrip()) :]
    return before + data + after


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
