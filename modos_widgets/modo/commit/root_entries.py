"""The elements that a root lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["stored_attributes"]


def stored_attributes(entries: Mapping[str, Any], element: str) -> dict[str, Any] | None:
    """Return an element's attributes in the root; None if the root does not list the element."""
    entry = entries.get(element)
    if entry is None:
        return None
    attributes = entry.get("attributes") if isinstance(entry, dict) else None
    return attributes if isinstance(attributes, dict) else {}
