"""Compare names that look alike: by case, by form, or by letters of other alphabets."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ElementIds", "fold", "scripts_of"]


def fold(name: str) -> str:
    """Give what two names share that look the same but for case and form."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def scripts_of(name: str) -> frozenset[str]:
    """Name the alphabets of a name that hold look-alikes of each other."""
    return frozenset() if name.isascii() else frozenset(filter(None, map(_script, name)))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    script = unicodedata.name(character, "").partition(" ")[0]
    return script.capitalize() if script in {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"} else ""


class ElementIds:
    """The ids that one object has, so arranged that a look costs the same at any number.

    Parameters
    ----------
    elements : iterable of str
        The ids.
    """

    def __init__(self, elements: Iterable[str] = ()) -> None:
        self._alike: dict[str, tuple[str, ...]] = {}
        self._groups: Counter[str] = Counter()
        self.warned = False
        """Whether a warning of an id that other software refuses was given."""
        for element in elements:
            self.add(element)

    def add(self, element: str) -> None:
        """Take an id in."""
        folded = fold(element)
        found = self._alike.get(folded, ())
        if element not in found:
            self._alike[folded] = (*found, element)
            self._groups[_group_of(element)] += 1

    def discard(self, element: str) -> None:
        """Leave an id out."""
        folded = fold(element)
        found = self._alike.get(folded, ())
        if element not in found:
            return
        left = tuple(one for one in found if one != element)
        if left:
            self._alike[folded] = left
        else:
            del self._alike[folded]
        self._groups[_group_of(element)] -= 1

    def like(self, element: str, *, besides: str = "") -> str | None:
        """Give an id that differs from one in nothing but case or form; the same, if it is there.

        Parameters
        ----------
        element : str
            The id to look for.
        besides : str
            An id that does not count.
        """
        found = [one for one in self._alike.get(fold(element), ()) if one != besides]
        return element if element in found else next(iter(found), None)

    def alike(self, element: str) -> tuple[str, ...]:
        """Return the ids that differ from one in nothing but case or form, the first one first."""
        return self._alike.get(fold(element), ())

    @property
    def groups(self) -> set[str]:
        """The groups that hold an element."""
        return {group for group, count in self._groups.items() if group and count}


def _group_of(element: str) -> str:
    group, slash, _ = element.partition("/")
    return group if slash else ""
