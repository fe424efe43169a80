"""Archives of zarr v2, read-only: a node's three documents become one in the form of v3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from modos_widgets.archive.document import OLD_FORMAT, DocumentError, parse_object
from modos_widgets.json_text import parse_json

__all__ = ["V2_COPY", "V2_NAMES", "merge_v2", "v2_documents"]

V2_NAMES: Final = (".zgroup", ".zarray", ".zattrs")
"""Names of a node's documents."""

V2_COPY: Final = ".zmetadata"
"""Name of the consolidated copy, beside the root's documents."""


def merge_v2(
    group: bytes | Mapping[str, Any] | None,
    array: bytes | Mapping[str, Any] | None,
    attributes: bytes | Mapping[str, Any] | None,
) -> bytes | Mapping[str, Any] | None:
    """Return one document for those of a node (``.zgroup``, ``.zarray``, ``.zattrs``).

    Returns
    -------
    bytes, Mapping or None
        Argument for `parse_node`: the bytes of a document that cannot be read, if any; None
        if there is neither a group nor an array.
    """
    own = array if array is not None else group
    if own is None:
        return None
    parts: list[Mapping[str, Any]] = []
    stored: tuple[Any, ...] = (own, attributes if attributes is not None else {})
    for part in stored:
        if not isinstance(part, bytes | Mapping):
            return json.dumps(part).encode()
        try:
            parts.append(parse_object(part) if isinstance(part, bytes) else part)
        except DocumentError:
            return part
    return {
        **parts[0],
        "attributes": parts[1],
        "node_type": "group" if array is None else "array",
        "zarr_format": OLD_FORMAT,
    }


def v2_documents(stored: Mapping[str, Any] | bytes) -> dict[str, Any] | None:
    """Return the documents of nodes by path.

    Parameters
    ----------
    stored : bytes or Mapping
        A ``.zmetadata``, or documents by key.

    Returns
    -------
    dict or None
        None if it does not have the form that zarr writes into ``.zmetadata``.
    """
    try:
        entries = parse_json(stored)["metadata"] if isinstance(stored, bytes) else stored
        parts: dict[str, dict[str, Any]] = {}
        for key, value in entries.items():
            path, _, name = key.rpartition("/")
            parts.setdefault(path, {})[name] = value
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    merged = {path: merge_v2(*map(each.get, V2_NAMES)) for path, each in parts.items()}
    return {path: document for path, document in merged.items() if document is not None}
