"""Which file says what: the sources of the values of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from modos_widgets.json_text import same

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

__all__ = ["Evidence", "ValueSource"]


class ValueSource(NamedTuple):
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
        self._sources: dict[tuple[str, str], ValueSource] = {}
        self._unused: dict[tuple[str, str], None] = {}
        self._originals: dict[str, str] = {}
        """Id of an element after a renaming to its id when its sources were found."""

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
        self._sources.setdefault((element, slot), ValueSource(file, detail))

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

    def rename(self, old: str, new: str) -> None:
        """Keep the sources of an element that is renamed; they count under both ids.

        So they count again if the renaming is undone.

        Parameters
        ----------
        old, new : str
            Its ids.
        """
        self._originals[new] = self._originals.get(old, old)

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
        source = self._sources.get((self._originals.get(element, element), slot))
        if source is None or not same(source.value, _with_ids(value, self._originals)):
            return ""
        return str(source)

    def frame(self, elements: Container[str]) -> pd.DataFrame:
        """Return the sources as a table.

        Parameters
        ----------
        elements : container of str
            The ids of the draft's elements: renamed ones have their present id.

        Returns
        -------
        pandas.DataFrame
            As `Draft.known_from` describes it.
        """
        present = {old: new for new, old in self._originals.items() if new in elements}
        rows = [
            (
                present.get(element, element),
                slot,
                _with_ids(source.value, present),
                source.file,
                source.detail,
            )
            for (element, slot), source in self._sources.items()
        ]
        rows += [("", "", None, file, reason) for file, reason in self._unused]
        columns = ["element", "slot", "value", "file", "detail"]
        return pd.DataFrame(rows, columns=columns, dtype=object)


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a value whose links, one or a list, have other ids."""
    if isinstance(value, list):
        return [_with_ids(each, ids) for each in value]
    return ids.get(value, value) if isinstance(value, str) else value
