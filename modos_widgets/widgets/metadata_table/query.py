"""Which rows are seen, in which order: sort, filters and search over a sheet; no I/O."""

from __future__ import annotations

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.errors import OptionError
from modos_widgets.session.background import check_cancelled
from modos_widgets.widgets.metadata_table.cells import text_of
from modos_widgets.widgets.metadata_table.labels import find_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import NDArray

    from modos_widgets.widgets.metadata_table.sheets import Sheet

    Positions = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["Filter", "Query", "Searcher"]

_NATURAL: Final = 50_000
_SIDE_BY_SIDE: Final = 50_000
_WORKERS: Final = max(1, min(4, os.cpu_count() or 1))
_SAMPLE: Final = 2_000
_MOST_WORDS: Final = 12
_IN_NUMBERS: Final = frozenset("0123456789.+-e:tinfa")
_DIGITS: Final = re.compile(r"(\d+)")
_DAY: Final = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*\Z")


@dataclass(frozen=True)
class Filter:
    """What a column's cells have to be.

    Attributes
    ----------
    operator : str
        ``contains``, ``not_contains``, ``equals``, ``not_equals``, ``starts``, ``less``,
        ``greater``, ``between``, ``empty``, ``filled`` or ``any``.
    text, to : str
        What to compare with.
    chosen : tuple of str or None
        Besides, the texts that are let through; None lets all through.
    """

    operator: str = "any"
    text: str = ""
    to: str = ""
    chosen: tuple[str, ...] | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Filter:
        """Read what the browser sent."""
        values = data.get("values")
        return cls(
            str(data.get("operator", "any")),
            str(data.get("text", "")),
            str(data.get("to", "")),
            None if values is None else tuple(str(value) for value in values),
        )


@dataclass(frozen=True)
class Query:
    """Sort, filters and search.

    Attributes
    ----------
    sort : tuple of (column number, descending)
        The first counts most.
    filters : Mapping of column number to Filter
        All have to hold.
    search : str
        Words that each have to be in any column; case does not matter.
    marked : str
        ``""``, or ``"error"``, ``"warning"``, ``"finding"``, ``"changed"``: only such rows.
    """

    sort: tuple[tuple[int, bool], ...] = ()
    filters: Mapping[int, Filter] = field(default_factory=dict)
    search: str = ""
    marked: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every row is seen."""
        return not (self.filters or self.search.strip() or self.marked)


class _Texts:
    """The folded texts of one column, each different one once where there are few."""

    def __init__(self, values: Any) -> None:
        array = _as_text(values)
        head = array.slice(0, _SAMPLE)
        self.codes: Any = None
        if len(array) > _SAMPLE and pc.count_distinct(head).as_py() < _SAMPLE // 4:
            encoded = array.dictionary_encode()
            if isinstance(encoded, pa.ChunkedArray):
                encoded = encoded.combine_chunks()
            self.codes = encoded.indices
            array = encoded.dictionary
        self.texts = pc.utf8_lower(array)

    def mask(self, test: Callable[[Any], Any], rows: Positions | None = None) -> Mask:
        codes = self.codes
        if rows is not None:
            if codes is None:
                return np.asarray(test(self.texts.take(pa.array(rows))))
            codes = codes.take(pa.array(rows))
        found = test(self.texts)
        return np.asarray(found if codes is None else found.take(codes))

    @property
    def rank(self) -> Any:
        """What orders rows: numbers within texts count as numbers, where that is affordable."""
        texts = self.texts
        if self.codes is None and len(texts) <= _NATURAL:
            encoded = texts.dictionary_encode()
            codes, texts = encoded.indices, encoded.dictionary
        else:
            codes = self.codes
        if codes is None:
            return pc.if_else(pc.equal(texts, ""), None, texts)
        distinct = texts.to_pylist()
        order = sorted(range(len(distinct)), key=lambda at: _natural(distinct[at]))
        ranks = np.empty(len(distinct), dtype=np.int64)
        ranks[order] = np.arange(len(distinct))
        ranked = pa.array(ranks, mask=np.array([not text for text in distinct], dtype=bool))
        return ranked.take(codes)


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part)  # noqa: PLR2004
        for part in _DIGITS.split(text)
        if part
    ]


def _as_text(values: Any) -> Any:
    stored = getattr(getattr(values, "dtype", None), "kind", "O")
    if stored in "iufM":
        found = pa.array(values, from_pandas=True)
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
        if pa.types.is_timestamp(found.type):
            local = pc.local_timestamp(found) if found.type.tz else found
            shown = local.cast(pa.timestamp("s"), safe=False).cast(pa.string())
            found = pc.binary_replace_slice(shown, start=10, stop=11, replacement="T")
        else:  # a cast is twenty times quicker than strftime
            found = found.cast(pa.string())
    else:
        try:
            found = pa.array(values, type=pa.string(), from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
            found = pa.array(
                [text_of(value).encode(errors="replace").decode() for value in values],
                type=pa.string(),
            )
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
    return pc.fill_null(found, "")


class Searcher:
    """Answers queries over a sheet, and keeps what it worked out of each column.

    Parameters
    ----------
    sheet : Sheet
        What is searched.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._texts: dict[int, _Texts] = {}
        self._ranks: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._making: dict[int, threading.Lock] = {}

    def forget(self) -> None:
        """Forget what was worked out: values have changed."""
        with self._lock:
            self._texts = {}
            self._ranks = {}

    def warm(self) -> None:
        """Work out every column now, so that the first search need not."""
        self._make(range(len(self._sheet.names)))

    def _make(self, numbers: Collection[int]) -> None:
        """Work out columns side by side: pyarrow lets other threads run."""
        missing = [number for number in numbers if number not in self._texts]
        if len(missing) < 2 or len(self._sheet) < _SIDE_BY_SIDE:  # noqa: PLR2004 - one is no side
            return
        check_cancelled()
        with ThreadPoolExecutor(_WORKERS) as pool:
            for _ in pool.map(self._column, missing):
                check_cancelled()

    def _column(self, number: int) -> _Texts:
        with self._lock:
            known = self._texts
            making = self._making.setdefault(number, threading.Lock())
        with making:  # a search that comes meanwhile waits for it, and does not do it again
            found = known.get(number)
            if found is None:
                check_cancelled()
                found = known[number] = _Texts(self._sheet.column(number))
        return found

    def positions(self, query: Query, marked: Collection[int] | None = None) -> Positions | None:
        """Give the rows that a query lets through, in its order; None for all as they are.

        Parameters
        ----------
        query : Query
            What is asked for.
        marked : collection of int, optional
            Rows that bear the mark that the query asks for.
        """
        mask = None if query.is_all else self._mask(query, marked)
        order = self._order(query.sort)
        if order is None:
            return None if mask is None else np.flatnonzero(mask)
        return order if mask is None else order[mask[order]]

    def _mask(self, query: Query, marked: Collection[int] | None) -> Mask:
        mask = np.ones(len(self._sheet), dtype=bool)
        if query.marked:
            mask[:] = False
            mask[list(marked or ())] = True
        for number, condition in query.filters.items():
            if 0 <= number < len(self._sheet.names):
                mask &= self._holds(number, condition)
        for word in query.search.lower().split()[:_MOST_WORDS]:
            mask = self._bearing(word, mask)
        return mask

    def _bearing(self, word: str, mask: Mask) -> Mask:
        """Give those rows of a mask that bear a word in any column."""
        uris = [term.uri.lower() for term in find_labels(word, most=500)]
        test = _bears(word, uris)
        rows = np.flatnonzero(mask)
        few = len(rows) * 8 < len(mask)  # looking at those alone is quicker
        found = np.zeros(len(rows) if few else len(mask), dtype=bool)
        numeric = set(word) <= _IN_NUMBERS
        bearers = [
            number
            for number in range(len(self._sheet.names))
            if numeric or self._stored(number) not in "iufM"
        ]
        self._make(bearers)
        for number in bearers:
            check_cancelled()
            found |= self._column(number).mask(test, rows if few else None)
        if not few:
            return mask & found
        kept = np.zeros(len(mask), dtype=bool)
        kept[rows[found]] = True
        return kept

    def _stored(self, number: int) -> str:
        return getattr(getattr(self._sheet.column(number), "dtype", None), "kind", "O")

    def _holds(self, number: int, condition: Filter) -> Mask:
        column = self._column(number)
        mask = np.ones(len(self._sheet), dtype=bool)
        if condition.chosen is not None:
            wanted = pa.array([value.lower() for value in condition.chosen], type=pa.string())
            mask &= column.mask(lambda texts: pc.is_in(texts, value_set=wanted))
        operator, text = condition.operator, condition.text.lower()
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
            raise OptionError(f"There is no filter {operator!r:.40}.", "Choose one of the list.")
        return mask

    def _compares(self, number: int, condition: Filter) -> Mask:
        values = self._sheet.column(number)
        low = high = None
        if condition.operator in {"greater", "between"}:
            low = condition.text
        if condition.operator == "less":
            high = condition.text
        elif condition.operator == "between":
            high = condition.to
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
        keys = [(number, down) for number, down in sort if 0 <= number < len(self._sheet.names)]
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
            values = self._sheet.column(number)
            dtype = getattr(values, "dtype", None)
            if dtype is not None and dtype.kind in "iufMm" and hasattr(dtype, "itemsize"):
                found = pa.array(values, from_pandas=True)
            else:
                numbers = _numbers(values)
                found = numbers if numbers is not None else self._column(number).rank
            if isinstance(found, pa.ChunkedArray):
                found = found.combine_chunks()
            known[number] = found
        return found

    def distinct(self, number: int, most: int, text: str = "") -> tuple[list[tuple[str, int]], int]:
        """Give a column's most frequent values with their counts, and how many there are."""
        values = self._sheet.column(number)
        texts = _as_text(values)
        if text:
            texts = texts.filter(pc.match_substring(texts, text, ignore_case=True))
        counted = pc.value_counts(texts)
        order = pc.sort_indices(counted.field("counts"), sort_keys=[("", "descending")])
        top = counted.take(order.slice(0, most))
        pairs = [(entry["values"], entry["counts"]) for entry in top.to_pylist()]
        return pairs, len(counted)


def _bears(word: str, uris: list[str]) -> Callable[[Any], Any]:
    """Test for a word in a text, or in the label of the term that the text is."""
    terms = pa.array(uris, type=pa.string())

    def test(texts: Any) -> Any:
        found = pc.match_substring(texts, word)
        return pc.or_(found, pc.is_in(texts, value_set=terms)) if uris else found

    return test


_ORDERED: Final = frozenset({"less", "greater", "between"})
_NEEDS_TEXT: Final[dict[str, Callable[[str], Callable[[Any], Any]]]] = {
    "contains": lambda text: lambda texts: pc.match_substring(texts, text),
    "not_contains": lambda text: lambda texts: pc.match_substring(texts, text),
    "equals": lambda text: lambda texts: pc.equal(texts, text),
    "not_equals": lambda text: lambda texts: pc.equal(texts, text),
    "starts": lambda text: lambda texts: pc.starts_with(texts, text),
}


def _numbers(values: Any) -> Any:
    """Give the numbers of a column that holds nothing else; None for any other."""
    filled = [value for value in values[:_SAMPLE] if value is not None]
    if not filled or not all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in filled
    ):
        return None
    try:
        return pa.array(list(values), type=pa.float64(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def _moments(values: Any) -> pd.Series:
    series = pd.Series(values).reset_index(drop=True)
    return pd.to_datetime(series, errors="coerce", utc=True, format="ISO8601")


def _moment(text: str, *, last: bool = False) -> pd.Timestamp:
    """Read a bound; as the last one a day lasts until its end."""
    found = pd.to_datetime(text, errors="coerce", utc=True)
    if pd.isna(found):
        raise OptionError(
            f"{text!r:.40} is neither a number nor a date.", "Write 12.5 or 2026-11-22."
        )
    return found + pd.Timedelta(days=1, nanoseconds=-1) if last and _DAY.match(text) else found
