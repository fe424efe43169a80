"""Find and replace in one value; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from modos_widgets.errors import OptionError
from modos_widgets.modo import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CellInput", "Exact", "Replacement"]


class Exact(NamedTuple):
    """A value to be stored as it is, and not as a text that stands for one."""

    value: Any


CellInput: TypeAlias = str | Exact
"""What a cell is to hold: a text as it is typed, or a value."""


@dataclass(frozen=True)
class Replacement:
    """What is found, and what it becomes.

    Attributes
    ----------
    pattern : re.Pattern
        The text to find, with or without regard to case.
    new : str
        What stands there afterwards.
    whole : bool
        Only cells that hold nothing else.
    """

    pattern: re.Pattern[str]
    new: str
    whole: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Replacement:
        """Read what the browser sent.

        Raises
        ------
        OptionError
            There is nothing to find.
        """
        find = str(asked.get("find", ""))
        if not find:
            raise OptionError("There is nothing to find.", "Say what is to be replaced.")
        pattern = re.compile(re.escape(find), 0 if asked.get("case") else re.IGNORECASE)
        return cls(pattern, str(asked.get("replace", "")), bool(asked.get("whole")))

    def in_value(self, value: Any) -> CellInput | None:
        """Give what a cell becomes; None where it stays."""
        text = text_of(value)
        if self.whole:
            return self._in_text(text) if self.pattern.fullmatch(text) else None
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            entries = [self._in_text(entry) for entry in value]
            if not any(map(self.pattern.search, value)):
                return None
            kept = [entry for entry in entries if entry.strip()]
            return Exact(kept) if kept else ""  # a comma within an entry does not part it
        return self._in_text(text) if self.pattern.search(text) else None

    def _in_text(self, text: str) -> str:
        return self.pattern.sub(lambda _: self.new, text)
