"""Find and replace in one value; pure functions."""

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
    """A value to store as it is, in contrast to a text to parse."""

    value: Any


CellInput: TypeAlias = str | Exact
"""New content of a cell: a typed text, or a value."""


@dataclass(frozen=True)
class Replacement:
    """A text to find, and its replacement.

    Attributes
    ----------
    pattern : re.Pattern
        The text to find, with or without regard to case.
    new : str
        Replacement.
    whole : bool
        Whether the text must be the whole cell.
    """

    pattern: re.Pattern[str]
    new: str
    whole: bool = False

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Replacement:
        """Read a request of the browser.

        Raises
        ------
        OptionError
            The text to find is empty.
        """
        find = str(request.get("find", ""))
        if not find:
            raise OptionError("The text to find is empty.", "Enter a text to find.")
        pattern = re.compile(re.escape(find), 0 if request.get("case") else re.IGNORECASE)
        return cls(pattern, str(request.get("replace", "")), bool(request.get("whole")))

    def in_value(self, value: Any) -> CellInput | None:
        """Return the new content of a cell; None if it does not change."""
        text = text_of(value)
        if self.whole:
            return self._in_text(text) if self.pattern.fullmatch(text) else None
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            entries = [self._in_text(entry) for entry in value]
            if not any(map(self.pattern.search, value)):
                return None
            kept = [entry for entry in entries if entry.strip()]
            return Exact(kept) if kept else ""  # a comma in an entry does not split it
        return self._in_text(text) if self.pattern.search(text) else None

    def _in_text(self, text: str) -> str:
        return self.pattern.sub(lambda _: self.new, text)
