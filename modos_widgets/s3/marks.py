"""Marks by which a write is told from any other of the same key."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MARK", "marked", "new_mark"]

MARK = "modos-write"
"""Name of the mark in a key's metadata."""


def new_mark(note: Callable[[str], None] | None = None) -> str:
    """Make what tells a write from any other, and let it be noted."""
    mark = secrets.token_hex(8)
    if note is not None:
        note(mark)
    return mark


def marked(mark: str) -> dict[str, str]:
    """Give the metadata that carry the mark of a write."""
    return {MARK: mark}
