"""Values as panels and reviews show them, with the terms and links in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import MISSING, curie_of, label_of, short_text
from modos_widgets.widgets.wire import Chip

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

__all__ = ["value_chips", "value_words"]

_MOST: Final = 50  # chips of a value


def value_words(value: Any) -> str | None:
    """Return a value as reviews show it, lists with brackets; None if it is missing."""
    return None if value is MISSING else short_text(value).encode(errors="replace").decode()


def value_chips(
    values: Iterable[tuple[str, Any]],
    links: Container[str],
    words: Callable[[Any], str | None] = value_words,
) -> dict[str, list[Chip]]:
    """Return the parts of those values that are terms or links, or lists with them.

    Parameters
    ----------
    values : iterable of (str, object)
        Slot and value as stored.
    links : container of str
        Slots that link to elements.
    words : callable
        Returns the text that the browser gets for a value.

    Returns
    -------
    dict of str to list of Chip
        Text of a value to its parts.
    """
    found = {}
    for slot, value in values:
        entries = value if isinstance(value, list) else [value]
        chips = [_chip(entry, slot in links, words) for entry in entries[:_MOST]]
        if len(entries) > _MOST:
            chips.append(Chip("text", f"+{len(entries) - _MOST:,}", "", ""))
        if any(chip.kind != "text" for chip in chips):
            found[str(words(value))] = chips
    return found


def _chip(entry: Any, is_link: bool, words: Callable[[Any], str | None]) -> Chip:  # noqa: FBT001
    term = label_of(entry)
    if term is not None:
        return Chip("term", term.label, term.curie, entry)
    if isinstance(entry, str) and is_link:
        return Chip("element", entry, "", entry)
    if isinstance(entry, str) and curie_of(entry) != entry:
        return Chip("term", curie_of(entry), "", entry)
    return Chip("text", str(words(entry)), "", "")
