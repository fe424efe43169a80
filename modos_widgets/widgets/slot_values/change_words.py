"""Values of changes as reviews show them, with the labels of terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.modo import MISSING, label_of, short_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["value_labels", "value_words"]


def value_words(value: Any) -> str | None:
    """Return a value as reviews show it, lists with brackets; None if it is missing."""
    return None if value is MISSING else short_text(value).encode(errors="replace").decode()


def value_labels(
    values: Iterable[Any], words: Callable[[Any], str | None] = value_words
) -> dict[str, tuple[str, str]]:
    """Return the label and the short address of those values that are terms, or lists of terms.

    Parameters
    ----------
    values : iterable
        Values as stored.
    words : callable
        Returns the text that the browser gets for a value.

    Returns
    -------
    dict of str to (str, str)
        Text of a value to its label and its short address, such as ``UBERON:0002107``.
    """
    labels = {}
    for value in values:
        many = isinstance(value, list)
        terms = [(label_of(entry), entry) for entry in (value if many else [value])]
        if any(term for term, _ in terms):
            names = [term.label if term else str(words(entry)) for term, entry in terms]
            short = [term.curie if term else entry for term, entry in terms]
            address = words(short if many else short[0])
            labels[str(words(value))] = (", ".join(names), str(address))
    return labels
