"""Marks that distinguish a write from any other write of the same key."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MARK", "marked", "new_mark"]

MARK = "modos-write"
"""Name of the mark in a key's metadata."""


def new_mark(note: Callable[[str], None] | None = None) -> str:
    """Return a new mark of a write, after passing it to `note`."""
    mark = secrets.token_hex(8)
    if note is not None:
        note(mark)
    return mark


def marked(mark: str) -> dict[str, str]:
    """Return the metadata of a key that contain the mark of its write."""
    return {MARK: mark}
