"""Known names of the children of a group."""

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
    """Children's names of a group, read page by page.

    Parameters
    ----------
    names : iterable of str
        Known names, sorted.
    pager : Pager, optional
        Source of the remaining names; None: the level is complete.
    """

    def __init__(self, names: Iterable[str] = (), pager: Pager | None = None) -> None:
        self.names = list(names)
        self._pager = pager
        self._lock = threading.Lock()
        self.version = 0
        """Increases when the positions of known names change."""

    @property
    def complete(self) -> bool:
        """Whether every child is known."""
        return self._pager is None

    def advance(self) -> bool:
        """Read the next page, if there is one. Uses the disk or the network.

        Returns
        -------
        bool
            Whether the level is complete.

        Raises
        ------
        ModosError
            The store fails or denies permission; the next call retries.
        """
        with self._lock:
            if self._pager is None:
                return True
            page = self._pager.next()
            was_paged = bool(self.names)
            names = self.names + page.names
            if page.last and was_paged and any(a > b for a, b in pairwise(names)):
                # S3 sorts "a-b/" before "a/", and the entries of a folder have no order
                names.sort()
                self.version += 1
            self.names = names
            if page.last:
                self._pager = None
            return page.last

    def position(self, name: str) -> int | None:
        """Return the position of a child among the known names, or None."""
        names = self.names
        if self.complete:
            place = bisect_left(names, name)
            return place if place < len(names) and names[place] == name else None
        try:
            return names.index(name)
        except ValueError:
            return None

    def find(self, name: str) -> int | None:
        """Return the position of a child, reading pages until it is found. May use the network."""
        while (place := self.position(name)) is None:
            if self.complete:
                return None
            self.advance()
        return place
