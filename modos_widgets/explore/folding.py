"""Letters as a search compares them: no case, no accents."""

from __future__ import annotations

import unicodedata

__all__ = ["folded"]


def folded(text: str) -> str:
    """Fold text, so that "zurich" finds "Zürich" and "STRASSE" finds "Straße".

    Examples
    --------
    >>> folded("Zürich, Straße")
    'zurich, strasse'
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))
