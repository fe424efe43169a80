"""Text of headers: bytes to text, numbers, distinct values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["as_text", "distinct", "number_of"]

_MOST_DIGITS = 18


def as_text(data: bytes) -> str:
    """Return bytes as UTF-8 text; bytes that are not UTF-8 are replaced."""
    return data.decode("utf-8", "replace")


def number_of(text: str) -> int | None:
    """Return the non-negative integer that a text states; None if it states none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that are not empty, each once, in order."""
    return tuple(dict.fromkeys(value for value in values if value))
