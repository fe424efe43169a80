"""Which file says what: the source of each value of a described folder."""

from __future__ import annotations

import pandas as pd

__all__ = ["Evidence"]


class Evidence:
    """The sources of values, in the order in which they were found."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], tuple[str, str]] = {}
        self._unused: dict[tuple[str, str], None] = {}

    def add(self, element: str, slot: str, file: str, detail: str) -> None:
        """Add the source of a value; the first one is kept.

        Parameters
        ----------
        element, slot : str
            The cell.
        file : str
            The file, relative to the folder; empty if the value follows from the names of files.
        detail : str
            Where the file says it.
        """
        self._rows.setdefault((element, slot), (file, detail))

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

    def frame(self) -> pd.DataFrame:
        """Return the sources as a table.

        Returns
        -------
        pandas.DataFrame
            As `Draft.known_from` describes it.
        """
        rows = [(*cell, *source) for cell, source in self._rows.items()]
        rows += [("", "", file, reason) for file, reason in self._unused]
        return pd.DataFrame(rows, columns=["element", "slot", "file", "detail"], dtype=object)
