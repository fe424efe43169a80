"""Names of classes as people read them."""

from __future__ import annotations

import re

__all__ = ["class_plural", "class_title"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def class_title(class_name: str) -> str:
    """Return the name of a class as words.

    Examples
    --------
    >>> class_title("ReferenceGenome")
    'reference genome'
    """
    words = _WORD.findall(class_name)
    if not words or "".join(words) != class_name:
        return class_name
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def class_plural(class_name: str) -> str:
    """Return the name of a class as words, for several elements.

    Examples
    --------
    >>> class_plural("DataEntity")
    'data entities'
    """
    title = class_title(class_name)
    if re.search(r"[^aeiou]y\Z", title):
        return f"{title[:-1]}ies"
    return title if title.endswith("s") else f"{title}s"
