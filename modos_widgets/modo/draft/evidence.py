"""Which file says what: the sources of the values of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from modos_widgets.json_text import same

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Evidence", "Source"]


class Source(NamedTuple):
    """Where a value comes from.

    Attributes
    ----------
    file : str
        The file, relative to the described folder; empty if the value follows from all of them.
    detail : str
        Where the file says it.
    value : Any
        The value.
    """

    file: str
    detail: str
    value: Any = None

    def __str__(self) -> str:
        """Return file and detail as text."""
        return ": ".join(part for part in (self.file, self.detail) if part)


class Evidence:
    """The sources of values, in the order in which they were found."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, str], Source] = {}
        self._unused: dict[tuple[str, str], None] = {}

    def add(self, element: str, slot: str, file: str, detail: str) -> None:
        """Add the source of a value; the first one is kept.

        Parameters
        ----------
        element, slot : str
            The cell.
        file : str
            The file, relative to the folder; empty if the value follows from all of them.
        detail : str
            Where the file says it.
        """
        self._sources.setdefault((element, slot), Source(file, detail))

    def unused(self, file: str, reason: str) -> None:
        """Add a file, or a part of it, that is not used.

        Parameters
        ----------
        file : str
            The file, relative to the folder.
        reason : str
            Why, in one sentence.
        """
        self._unused.setdefault((file, reason))

    def keep_values(self, value_of: Callable[[str, str], Any]) -> None:
        """Keep the present value of each cell, so that a later one has no source.

        Parameters
        ----------
        value_of : callable
            Returns the value of a cell: ``value_of(element, slot)``.
        """
        for cell, source in self._sources.items():
            self._sources[cell] = source._replace(value=value_of(*cell))

    def source(self, element: str, slot: str, value: Any) -> str:
        """Return where a value comes from, as text; empty if it is not known from a file.

        Parameters
        ----------
        element, slot : str
            The cell.
        value : Any
            Its value: another one than that of the file has no source.

        Returns
        -------
        str
        """
        source = self._sources.get((element, slot))
        return str(source) if source is not None and same(source.value, value) else ""

    def frame(self) -> pd.DataFrame:
        """Return the sources as a table.

        Returns
        -------
        pandas.DataFrame
            As `Draft.known_from` describes it.
        """
        rows = [
            (*cell, source.value, source.file, source.detail)
            for cell, source in self._sources.items()
        ]
        rows += [("", "", None, file, reason) for file, reason in self._unused]
        columns = ["element", "slot", "value", "file", "detail"]
        return pd.DataFrame(rows, columns=columns, dtype=object)
