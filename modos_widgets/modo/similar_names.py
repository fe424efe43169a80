"""Compare names that look alike because of case, Unicode form, or letters of other alphabets."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ElementIds", "fold", "scripts_of"]


def fold(name: str) -> str:
    """Return a form that is equal for names which differ only in case or Unicode form."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def scripts_of(name: str) -> frozenset[str]:
    """Return the alphabets of a name's letters, of those alphabets that look alike."""
    return frozenset() if name.isascii() else frozenset(filter(None, map(_script, name)))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    script = unicodedata.name(character, "").partition(" ")[0]
    return script.capitalize() if script in {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"} else ""


class ElementIds:
    """The ids of one object, indexed by their folded form.

    Parameters
    ----------
    elements : iterable of str
        The ids.
    """

    def __init__(self, elements: Iterable[str] = ()) -> None:
        names = dict.fromkeys(elements)
        self._alike: dict[str, tuple[str, ...]] = {fold(name): (name,) for name in names}
        self._groups = Counter(map(_group_of, names))
        self._similar = 0  # number of folded forms that several ids have
        self.warned = False
        """Whether the user was warned about an id that other MODO software refuses."""
        if len(self._alike) < len(names):
            self._alike.clear()
            self._groups.clear()
            for name in names:
                self.add(name)

    def add(self, element: str) -> None:
        """Add an id."""
        folded = fold(element)
        found = self._alike.get(folded, ())
        if element not in found:
            self._alike[folded] = (*found, element)
            self._groups[_group_of(element)] += 1
            self._similar += len(found) == 1

    def discard(self, element: str) -> None:
        """Remove an id, if it is present."""
        folded = fold(element)
        found = self._alike.get(folded, ())
        if element not in found:
            return
        left = tuple(entry for entry in found if entry != element)
        if left:
            self._alike[folded] = left
            self._similar -= len(left) == 1
        else:
            del self._alike[folded]
        self._groups[_group_of(element)] -= 1

    def like(self, element: str, *, besides: str = "") -> str | None:
        """Return an id that is equal to another one, or differs only in case or Unicode form.

        Parameters
        ----------
        element : str
            The id to look for.
        besides : str
            An id to ignore.

        Returns
        -------
        str or None
            The equal id if there is one, otherwise a similar one.
        """
        candidates = [known for known in self._alike.get(fold(element), ()) if known != besides]
        return element if element in candidates else next(iter(candidates), None)

    @property
    def any_alike(self) -> bool:
        """Whether two of the ids differ only in case or Unicode form."""
        return self._similar > 0

    def alike(self, element: str) -> tuple[str, ...]:
        """Return the ids that differ only in case or Unicode form, in the order of addition."""
        return self._alike.get(fold(element), ())

    @property
    def groups(self) -> set[str]:
        """The groups that contain an element."""
        return {group for group, count in self._groups.items() if group and count}


def _group_of(element: str) -> str:
    group, slash, _ = element.partition("/")
    return group if slash else ""
