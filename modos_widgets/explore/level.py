"""The names in one group, as far as they are known."""

from __future__ import annotations

import threading
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modos_widgets.explore.reader import Pager

__all__ = ["Level"]


class Level:
    """Children's names of a group; the later ones come while the first are looked at.

    Parameters
    ----------
    names : iterable of str
        What is known already, sorted.
    pager : Pager, optional
        Where the rest comes from; without one the level is complete.
    """

    def __init__(self, names: Iterable[str] = (), pager: Pager | None = None) -> None:
        self.names = list(names)
        self._pager = pager
        self._lock = threading.Lock()
        self.version = 0
        """Grows when names that were there have moved."""

    @property
    def complete(self) -> bool:
        """Whether every child is known."""
        return self._pager is None

    def advance(self) -> bool:
        """Read one more page, unless all are read; return whether the level is complete.

        Touches the disk or the network.

        Raises
        ------
        ModosError
            What the store refused; the next call tries again.
        """
        with self._lock:
            if self._pager is None:
                return True
            page = self._pager.next()
            was_paged = bool(self.names)
            names = self.names + page.names
            if page.last and was_paged and any(a > b for a, b in pairwise(names)):
                names.sort()  # S3 sorts "a-b/" before "a/", a folder's entries have no order
                self.version += 1
            self.names = names
            if page.last:
                self._pager = None
            return page.last

    def position(self, name: str) -> int | None:
        """Find a child among those that are known."""
        names = self.names
        if self.complete:
            place = bisect_left(names, name)
            return place if place < len(names) and names[place] == name else None
        try:
            return names.index(name)
        except ValueError:
            return None

    def find(self, name: str) -> int | None:
        """Find a child, reading on as long as it is not there; may touch the network."""
        while (place := self.position(name)) is None:
            if self.complete:
                return None
            self.advance()
        return place
