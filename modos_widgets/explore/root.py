"""What a root's document tells of the hierarchy below it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modos_widgets.explore.facts import merge_v2
from modos_widgets.explore.paths import NOT_NODES

__all__ = ["attributes_in_head", "hierarchy_of", "v2_documents"]


def hierarchy_of(
    documents: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Give the consolidated documents that are of nodes, and each group's children's names.

    A group that is not in the list is made up from its children.
    """
    children: dict[str, list[str]] = {"": []}
    known = {}
    for path, document in documents.items():
        if not NOT_NODES.isdisjoint(path.split("/")):
            continue
        known[path] = document
        while path:
            above, _, name = path.rpartition("/")
            children.setdefault(above, []).append(name)
            if above in documents:
                break
            path = above  # noqa: PLW2901
    return known, children


def v2_documents(stored: bytes) -> dict[str, Any] | None:
    """Turn ``.zmetadata`` into path -> document."""
    try:
        entries = json.loads(stored)["metadata"]
        parts: dict[str, dict[str, Any]] = {}
        for key, value in entries.items():
            path, _, name = key.rpartition("/")
            parts.setdefault(path, {})[name] = value
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return {
        path: merge_v2(each.get(".zgroup"), each.get(".zarray"), each.get(".zattrs"))
        for path, each in parts.items()
        if path
    }


def attributes_in_head(head: bytes) -> Mapping[str, Any]:
    """Attributes from the beginning of a document that is too large to read.

    zarr-python writes them first; where another writer did not, they stay unknown.
    """
    text = head.decode("utf-8", "replace")
    start = text.find('"attributes"')
    if start == -1 or text[:start].strip() != "{":
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(text[text.index("{", start) :])
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}
