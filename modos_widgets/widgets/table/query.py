"""Sort, filters and search over a data source; no I/O."""

from __future__ import annotations

import datetime as dt
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.background import check_cancelled
from modos_widgets.errors import OptionError
from modos_widgets.finder import folded_texts
from modos_widgets.folding import folded
from modos_widgets.modo import find_labels
from modos_widgets.widgets.table.cells import listed
from modos_widgets.widgets.table.column_index import (
    ColumnIndex,
    as_text,
    kind_of,
    may_contain,
    numbers_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from modos_widgets.widgets.table.data_source import DataSource

    Positions = NDArray[np.intp]
    Mask = NDArray[np.bool_]

T = TypeVar("T")

__all__ = ["Filter", "Query", "Searcher", "read_query"]

_SIDE_BY_SIDE: Final = 50_000
_WORKERS: Final = max(1, min(4, os.cpu_count() or 1))
_MOST_WORDS: Final = 12
_DAY: Final = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*\Z")


@dataclass(frozen=True)
class Filter:
    """Condition on the cells of a column.

    Attributes
    ----------
    operator : str
        ``contains``, ``not_contains``, ``equals``, ``not_equals``, ``starts``, ``less``,
        ``greater``, ``between``, ``empty``, ``filled`` or ``any``.
    text, to : str
        Values to compare with.
    chosen : tuple of str or None
        Allowed texts, in addition to the condition; None allows all.
    """

    operator: str = "any"
    text: str = ""
    to: str = ""
    chosen: tuple[str, ...] | None = None

    @classmethod
    def of(cls, condition: Mapping[str, Any]) -> Filter:
        """Read a condition that the browser sent."""
        values = condition.get("values")
        return cls(
            str(condition.get("operator", "any")),
            str(condition.get("text", "")),
            str(condition.get("to", "")),
            None if values is None else tuple(str(value) for value in values),
        )


@dataclass(frozen=True)
class Query:
    """Sort, filters and search.

    Attributes
    ----------
    sort : tuple of (column number, descending)
        The first has priority.
    filters : Mapping of column number to Filter
        All must match.
    search : str
        Words that must each be in some column, regardless of case and accents.
    marked : str
        ``""``, or ``"error"``, ``"warning"``, ``"finding"``, ``"changed"`` for rows with the mark.
    tab : str
        Class tab of the rows; ``""`` for all.
    """

    sort: tuple[tuple[int, bool], ...] = ()
    filters: Mapping[int, Filter] = field(default_factory=dict)
    search: str = ""
    marked: str = ""
    tab: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every row of the tab matches."""
        return not (self.filters or self.search.strip() or self.marked)


def read_query(query: Mapping[str, Any]) -> Query:
    """Read the query of a view, as it is sent.

    Raises
    ------
    OptionError
        The query is malformed.
    """
    try:
        sort = tuple((int(column), bool(down)) for column, down in query.get("sort", []))
        filters = {
            int(column): Filter.of(condition)
            for column, condition in query.get("filters", {}).items()
        }
        search, marked, tab = (str(query.get(name, "")) for name in ("search", "marked", "tab"))
    except (TypeError, ValueError, AttributeError) as error:
        raise OptionError("Malformed query.", "Reload the page.") from error
    return Query(sort, filters, search[:500], marked, tab)


class Searcher:
    """Computes the rows of queries, and keeps an index of each column.

    Parameters
    ----------
    data : DataSource
        Rows and columns to search.
    """

    def __init__(self, data: DataSource) -> None:
        self._data = data
        self._texts: dict[int, ColumnIndex] = {}
        self._ranks: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._indexing: dict[int, threading.Lock] = {}
        self._free = threading.Event()
        self._free.set()

    def forget(self, columns: Collection[int] | None = None) -> None:
        """Drop the indexes of changed columns, by default of all."""
        with self._lock:
            if columns is None:
                self._texts, self._ranks = {}, {}
                return
            self._texts, self._ranks = (  # new dictionaries: a search under way fills the old ones
                {number: found for number, found in known.items() if number not in columns}
                for known in (self._texts, self._ranks)
            )

    def warm(self) -> None:
        """Index every column in advance; searches have priority."""
        for number in range(len(self._data.names)):
            check_cancelled()
            self._free.wait()
            self._column(number)

    def _side_by_side(self, work: Callable[[int], T], numbers: Collection[int]) -> Iterator[T]:
        """Work on columns, several long ones in parallel: pyarrow releases the GIL."""
        if len(numbers) < 2 or len(self._data) < _SIDE_BY_SIDE:  # noqa: PLR2004 - nothing to run in parallel
            for number in numbers:
                check_cancelled()
                yield work(number)
            return
        with ThreadPoolExecutor(_WORKERS) as pool:
            waiting = [pool.submit(work, number) for number in numbers]
            try:
                for future in waiting:
                    check_cancelled()
                    yield future.result()
            finally:
                for future in waiting:
                    future.cancel()

    def _column(self, number: int) -> ColumnIndex:
        with self._lock:
            known = self._texts
            lock = self._indexing.setdefault(number, threading.Lock())
        with lock:  # a search in the meantime waits for it
            found = known.get(number)
            if found is None:
                check_cancelled()
                found = known[number] = ColumnIndex(self._data.column(number))
        return found

    def positions(
        self,
        query: Query,
        marked: Collection[int] | None = None,
        within: Mask | None = None,
    ) -> Positions | None:
        """Return the rows that match a query, in its order; None for all in their order.

        Parameters
        ----------
        query : Query
            The query.
        marked : collection of int, optional
            Rows with the mark of the query.
        within : array of bool, optional
            Rows of the tab of the query.
        """
        self._free.clear()
        try:
            mask = within if query.is_all else self._mask(query, marked, within)
            order = self._order(query.sort)
        finally:
            self._free.set()
        if order is None:
            return None if mask is None else np.flatnonzero(mask)
        return order if mask is None else order[mask[order]]

    def _mask(self, query: Query, marked: Collection[int] | None, within: Mask | None) -> Mask:
        mask = np.ones(len(self._data), dtype=bool)
        if query.marked:
            mask[:] = False
            mask[list(marked or ())] = True
        if within is not None:
            mask &= within
        for number, condition in query.filters.items():
            if 0 <= number < len(self._data.names):
                mask &= self._matches(number, condition)
        for word in folded(query.search).split()[:_MOST_WORDS]:
            mask = self._containing(word, mask)
        return mask

    def _containing(self, word: str, mask: Mask) -> Mask:
        """Return the rows of a mask that contain a word in some column."""
        terms = [folded(term.uri) for term in find_labels(word, most=500)]
        uris = pa.array(terms, type=pa.string())
        rows = np.flatnonzero(mask)
        few = len(rows) * 8 < len(mask)  # checking only those is faster
        found = np.zeros(len(rows) if few else len(mask), dtype=bool)
        candidates = [
            number
            for number in range(len(self._data.names))
            if may_contain(self._data.column(number), word)
        ]

        def search(number: int) -> Mask:
            return self._column(number).containing(word, uris, rows if few else None)

        for rows_found in self._side_by_side(search, candidates):
            found |= rows_found
        if not few:
            return mask & found
        kept = np.zeros(len(mask), dtype=bool)
        kept[rows[found]] = True
        return kept

    def _matches(self, number: int, condition: Filter) -> Mask:
        column = self._column(number)
        mask = np.ones(len(self._data), dtype=bool)
        if condition.chosen is not None:
            wanted = pa.array([folded(value) for value in condition.chosen], type=pa.string())
            mask &= column.mask(lambda texts: pc.is_in(texts, value_set=wanted))
        operator, text = condition.operator, folded(condition.text)
        if operator in _ORDERED:
            if condition.text or condition.to:
                mask &= self._compares(number, condition)
        elif operator in _NEEDS_TEXT:
            if text:
                found = column.mask(_NEEDS_TEXT[operator](text))
                mask &= ~found if operator.startswith("not_") else found
        elif operator == "empty":
            mask &= column.mask(lambda texts: pc.equal(texts, ""))
        elif operator == "filled":
            mask &= column.mask(lambda texts: pc.not_equal(texts, ""))
        elif operator != "any":
            raise OptionError(f"Unknown filter {operator!r:.40}.", "Choose a filter from the list.")
        return mask

    def _compares(self, number: int, condition: Filter) -> Mask:
        values = self._data.column(number)
        low = high = None
        if condition.operator in {"greater", "between"}:
            low = condition.text
        if condition.operator == "less":
            high = condition.text
        elif condition.operator == "between":
            high = condition.to
        if not isinstance(getattr(values, "dtype", None), np.dtype):
            values = pd.Series(listed(values), dtype=object)
        numbers = pd.to_numeric(pd.Series(values).reset_index(drop=True), errors="coerce")
        bounds = [pd.to_numeric(bound, errors="coerce") if bound else None for bound in (low, high)]
        if any(bound is not None and np.isnan(bound) for bound in bounds) or numbers.isna().all():
            numbers = _moments(values)
            edges: list[Any] = [
                _moment(low) if low else None,
                _moment(high, last=True) if high else None,
            ]
        else:
            edges = list(bounds)
        mask = np.ones(len(numbers), dtype=bool)
        if edges[0] is not None:
            mask &= (numbers >= edges[0]).to_numpy(dtype=bool, na_value=False)
        if edges[1] is not None:
            mask &= (numbers <= edges[1]).to_numpy(dtype=bool, na_value=False)
        return mask

    def _order(self, sort: tuple[tuple[int, bool], ...]) -> Positions | None:
        keys = [(number, down) for number, down in sort if 0 <= number < len(self._data.names)]
        if not keys:
            return None
        names = [f"k{place}" for place in range(len(keys))]
        table = pa.table(
            [pa.chunked_array([self._rank(number)]) for number, _ in keys], names=names
        )
        ways = [
            (name, "descending" if down else "ascending")
            for name, (_, down) in zip(names, keys, strict=True)
        ]
        return np.asarray(pc.sort_indices(table, sort_keys=ways)).astype(np.intp)

    def _rank(self, number: int) -> Any:
        with self._lock:
            known = self._ranks
            found = known.get(number)
        if found is None:
            check_cancelled()
            values = self._data.column(number)
            found = numbers_of(values)
            if found is None:
                found = self._column(number).rank
            known[number] = found
        return found

    def distinct(self, number: int, most: int, text: str = "") -> tuple[list[tuple[str, int]], int]:
        """Return the most frequent values of a column with their counts, and the number of values.

        Parameters
        ----------
        number : int
            Number of the column.
        most : int
            Largest number of values.
        text : str
            Text that the values must contain.

        Returns
        -------
        values : list of (str, int)
        count : int
        """
        values = self._data.column(number)
        texts = as_text(values)
        if text:
            texts = texts.filter(pc.match_substring(folded_texts(texts), folded(text)))
        counted = pc.value_counts(texts)
        order = pc.sort_indices(counted.field("counts"), sort_keys=[("", "descending")])
        top = counted.take(order.slice(0, most))
        pairs = [(entry["values"], entry["counts"]) for entry in top.to_pylist()]
        return pairs, len(counted)


_ORDERED: Final = frozenset({"less", "greater", "between"})
_NEEDS_TEXT: Final[dict[str, Callable[[str], Callable[[Any], Any]]]] = {
    "contains": lambda text: lambda texts: pc.match_substring(texts, text),
    "not_contains": lambda text: lambda texts: pc.match_substring(texts, text),
    "equals": lambda text: lambda texts: pc.equal(texts, text),
    "not_equals": lambda text: lambda texts: pc.equal(texts, text),
    "starts": lambda text: lambda texts: pc.starts_with(texts, text),
}


def _moments(values: Any) -> pd.Series:
    if kind_of(values) != "M":  # a number is not a date
        values = [each if isinstance(each, str | dt.date) else None for each in values]
    series = pd.Series(values).reset_index(drop=True)
    return pd.to_datetime(series, errors="coerce", utc=True, format="ISO8601")


def _moment(text: str, *, last: bool = False) -> pd.Timestamp:
    """Parse a bound; a day as upper bound includes that day."""
    found = pd.to_datetime(text, errors="coerce", utc=True)
    if pd.isna(found):
        raise OptionError(
            f"{text!r:.40} is neither a number nor a date.", "Use 12.5 or 2026-11-22."
        )
    return found + pd.Timedelta(days=1, nanoseconds=-1) if last and _DAY.match(text) else found
