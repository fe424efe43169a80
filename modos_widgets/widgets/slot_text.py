"""A metadata value of any kind as one line of text."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["slot_text"]


def slot_text(value: Any) -> str:
    """Return a value as text: lists joined by commas, other JSON as it is stored."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=str)
