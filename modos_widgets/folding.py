"""Comparison form of text in searches: without case and accents, in one Unicode form.

``js/shared/fold.ts`` is the same function for lists that are filtered in the browser; a test
compares the two.
"""

from __future__ import annotations

import re
import unicodedata

from modos_widgets.errors import ArgumentError

__all__ = ["folded"]

_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f"
    "\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
# Unicode does not decompose letters with a stroke and similar ones.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"})
_LETTERS[ord("\N{LATIN SMALL LETTER DOTLESS I}")] = "i"


def folded(text: str) -> str:
    """Return the form of a text that searches compare: "zurich" finds "Zürich".

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Lower case (full case folding), without accents, in Unicode's compatibility form
        (NFKD, Unicode Standard Annex 15).

    Raises
    ------
    ArgumentError
        The text is not a str.

    Examples
    --------
    >>> folded("Zürich, Straße, İzmir, Łódź")
    'zurich, strasse, izmir, lodz'
    """
    if not isinstance(text, str):
        raise ArgumentError.expected("a str", text)
    if text.isascii():
        return text.lower()
    apart = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return _MARKS.sub("", unicodedata.normalize("NFKD", apart)).translate(_LETTERS)
