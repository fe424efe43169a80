"""Text that a server sent, made safe to show."""

from __future__ import annotations

import re

__all__ = ["shown_text"]

_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*(\.[\w-]*)?|(?<=Bearer )\S+")


def shown_text(text: str, length: int = 200) -> str:
    """Return a server's text as one short printable line, without what looks like a token."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = _TOKEN.sub("…", line)
    return line if len(line) <= length else line[: length - 1] + "…"
