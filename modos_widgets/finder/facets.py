"""Counts of the values of an attribute in a result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.finder.attribute_column import AttributeColumn, as_json, decoded
from modos_widgets.finder.matching import is_date_slot
from modos_widgets.finder.query import Condition, State, Value
from modos_widgets.folding import folded
from modos_widgets.modo import DEFAULT_SCHEMA, label_of, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modos_widgets.finder.matching import Matcher
    from modos_widgets.finder.query import Query

    Mask = NDArray[np.bool_]

__all__ = ["Bin", "Facet", "FacetValue", "Unit", "facet_of"]

Unit = Literal["elements", "objects"]
Kind = Literal["terms", "dates", "numbers", "text"]

_BINS: Final = 12
_MOST_PAIRS: Final = 50_000_000


@dataclass(frozen=True)
class FacetValue:
    """A value and how often it occurs.

    Attributes
    ----------
    value : any
        As stored; of dates, the year.
    label : str
        What people call it: the label of a term, else its text.
    count : int
        Number of elements or objects.
    condition : str
        The value as text of a query: ``sex:"Female"``.
    state : {"", "included", "excluded"}
        Whether the query includes or excludes it.
    """

    value: Any
    label: str
    count: int
    condition: str
    state: State = ""


@dataclass(frozen=True)
class Bin:
    """Bar of a histogram.

    Attributes
    ----------
    low, high : float
        Bounds; `high` belongs to the last bin only.
    count : int
        Number of elements or objects.
    condition : str
        The range as text of a query: ``age:40..<50``.
    state : {"", "included", "excluded"}
        Whether the query includes or excludes it.
    """

    low: float
    high: float
    count: int
    condition: str
    state: State = ""


@dataclass(frozen=True)
class Facet:
    """Counts of the values of an attribute.

    Attributes
    ----------
    slot, class_name : str
        Attribute and class.
    title : str
        Name of the attribute for people.
    kind : {"terms", "dates", "numbers", "text"}
        ``dates``: the values are years; ``numbers``: `bins` are filled.
    values : tuple of FacetValue
        The most frequent values; years in order of time.
    distinct : int
        Number of different values, of which `values` may be a part.
    missing : int
        Number of elements or objects without a value.
    bins : tuple of Bin
        Histogram of numbers.
    """

    slot: str
    class_name: str
    title: str
    kind: Kind
    values: tuple[FacetValue, ...]
    distinct: int
    missing: int
    bins: tuple[Bin, ...] = ()


def facet_of(
    matcher: Matcher,
    rows: Mask,
    slot: str,
    class_name: str,
    query: Query,
    *,
    most: int,
    text: str,
    unit: Unit,
) -> Facet:
    """Return the counts of an attribute in some rows of a class.

    Parameters
    ----------
    matcher : Matcher
        The index.
    rows : array of bool
        Rows of the class to count.
    slot, class_name : str
        Attribute and class.
    query : Query
        States which values are included and excluded.
    most : int
        Largest number of values.
    text : str
        Words that the label or value must contain.
    unit : {"elements", "objects"}
        What is counted.
    """
    index = matcher.index
    column = matcher.column(slot)
    title = DEFAULT_SCHEMA.slots(class_name).get(slot)
    shown = title.title if title is not None else slot
    if column is None:
        missing = _counted(index.row_object[rows], unit)
        return Facet(slot, class_name, shown, "text", (), 0, missing)
    entries = rows[column.rows]
    if column.forms is not None:
        entries &= column.filled
    codes, held = column.codes[entries], column.rows[entries]
    missing = _missing(index.row_object, rows, held, unit)
    if unit == "objects":
        held = index.row_object[held]
    name = _Name(slot, class_name, query)
    if is_date_slot(slot):
        years = column.moments.astype("datetime64[Y]").astype(np.int64) + 1970
        years[np.isnat(column.moments)] = 0
        if (years[codes] > 0).any():
            return _years(name, shown, years[codes], held, missing)
    counts = _counts(codes, held, len(column.distinct))
    used = np.flatnonzero(counts)
    bins: tuple[Bin, ...] = ()
    kind: Kind = "terms" if title is not None and title.kind in ("term", "choice") else "text"
    if kind == "text" and column.are_numbers(used):
        kind = "numbers"
        bins = _histogram(name, column.numbers[codes], held)
    if text.strip():
        used = used[_containing(matcher, slot, used, text)]
    distinct = len(used)
    frequent = _most_frequent(column, used, counts, most)
    values = [_value(matcher, name, code, int(counts[code])) for code in frequent]
    if not text.strip():  # excluded values stay, so that they can be included again
        left = sorted(_excluded(matcher, slot, class_name, query).difference(frequent))[:most]
        excluded = (_value(matcher, name, code, int(counts[code])) for code in left)
        values += [each for each in excluded if each.state == "excluded"]
    return Facet(slot, class_name, shown, kind, tuple(values), distinct, missing, bins)


def _most_frequent(
    column: AttributeColumn, used: NDArray[np.intp], counts: NDArray[np.int64], most: int
) -> list[int]:
    """Return the codes of the most frequent values; of equally frequent ones, the first by text.

    Codes follow the order in which objects arrived, which differs from run to run.
    """
    if not len(used):
        return []
    texts = column.distinct.take(pa.array(used))
    table = pa.table({"count": counts[used], "text": texts})
    keys = [("count", "descending"), ("text", "ascending")]
    order = pc.select_k_unstable(table, min(most, len(used)), keys)
    codes: list[int] = used[order.to_numpy()].tolist()
    return codes


def _excluded(matcher: Matcher, slot: str, class_name: str, query: Query) -> set[int]:
    """Return the codes of the values that a query excludes."""
    return {
        code
        for each in query.conditions
        if each.excluded and each.field == slot and each.class_name in ("", class_name)
        for value in each.alternatives
        if value.kind == "exact"
        for code in matcher.places(slot, value).tolist()
    }


@dataclass(frozen=True)
class _Name:
    """Writer of the conditions of a facet."""

    slot: str
    class_name: str
    query: Query

    def condition(self, value: Value) -> tuple[str, State]:
        everywhere = self.slot == "@type" or self.slot in _slots_of_one_class()
        own = "" if everywhere else self.class_name
        text = str(Condition(self.slot, (value,), class_name=own))
        return text, self.query.state(text)


@cache
def _slots_of_one_class() -> frozenset[str]:
    """Return the attributes that only one class (with those derived from it) has."""
    classes: dict[str, set[str]] = {}
    for name in DEFAULT_SCHEMA.classes:
        for slot in DEFAULT_SCHEMA.slots(name):
            classes.setdefault(slot, set()).add(DEFAULT_SCHEMA.section(name))
    return frozenset(slot for slot, names in classes.items() if len(names) == 1)


def _counted(numbers: Any, unit: Unit) -> int:
    return len(numbers) if unit == "elements" else len(np.unique(numbers))


def _missing(row_object: Any, rows: Mask, held: Any, unit: Unit) -> int:
    if unit == "elements":
        filled = np.zeros(len(rows), dtype=bool)
        filled[held] = True
        return int(np.count_nonzero(rows & ~filled))
    every, some = np.unique(row_object[rows]), np.unique(row_object[held])
    return len(every) - len(some)


def _counts(codes: Any, held: Any, width: int) -> NDArray[np.int64]:
    """Return how many rows or objects have each code, each counted once."""
    if not len(codes):
        return np.zeros(width, dtype=np.int64)
    if len(held) < 2 or (held[1:] != held[:-1]).all():  # noqa: PLR2004 - one entry each
        return np.bincount(codes, minlength=width)
    last = int(held.max()) + 1  # objects are numbered as listed, and read in another order
    if last * width <= _MOST_PAIRS:
        pairs = np.zeros((last, width), dtype=bool)
        pairs[held, codes] = True
        return np.asarray(np.count_nonzero(pairs, axis=0))
    keys = np.unique(held.astype(np.int64) * width + codes)
    return np.bincount(keys % width, minlength=width)


def _years(name: _Name, title: str, years: Any, held: Any, missing: int) -> Facet:
    valid = years > 0
    first = int(years[valid].min())
    counts = _counts(years[valid] - first, held[valid], int(years[valid].max()) - first + 1)
    values = []
    for place in np.flatnonzero(counts):
        year = f"{first + int(place):04d}"
        condition, state = name.condition(Value("range", low=year, high=year))
        values.append(FacetValue(int(year), year, int(counts[place]), condition, state))
    return Facet(name.slot, name.class_name, title, "dates", tuple(values), len(values), missing)


def _histogram(name: _Name, numbers: Any, held: Any) -> tuple[Bin, ...]:
    finite = np.isfinite(numbers)
    numbers, held = numbers[finite], held[finite]
    if not len(numbers):
        return ()
    edges = _edges(float(numbers.min()), float(numbers.max()))
    places = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
    counts = _counts(places, held, len(edges) - 1)
    bins = []
    for place, count in enumerate(counts.tolist()):
        low, high = float(edges[place]), float(edges[place + 1])
        is_last = place == len(edges) - 2
        value = Value("range", low=text_of(low), high=text_of(high), open_high=not is_last)
        condition, state = name.condition(value)
        bins.append(Bin(low, high, count, condition, state))
    return tuple(bins)


def _edges(low: float, high: float) -> NDArray[np.float64]:
    """Return round bounds of at most a dozen bins."""
    if low == high:
        return np.array([low, low + 1.0])
    rough = (high - low) / _BINS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = np.floor(low / step)
    number = int(np.floor(high / step) - first) + 1
    return np.asarray(np.round((first + np.arange(number + 1)) * step, 12))


def _containing(matcher: Matcher, slot: str, used: Any, text: str) -> Mask:
    mask = np.ones(len(used), dtype=bool)
    texts = matcher.texts(slot)
    for word in folded(text).split():
        hits = np.zeros(len(texts), dtype=bool)
        hits[texts.containing(word)] = True
        mask &= hits[used]
    return mask


def _value(matcher: Matcher, name: _Name, code: int, count: int) -> FacetValue:
    column = matcher.column(name.slot) or AttributeColumn.empty()
    stored = column.distinct[code].as_py()
    value = decoded(stored)
    term = label_of(value)
    written = Value("exact", as_json(stored))
    if term is not None:
        by_label = Value("exact", term.label)
        if matcher.places(name.slot, by_label).tolist() == [code]:
            written = by_label
    condition, state = name.condition(written)
    label = term.label if term is not None else text_of(value)
    return FacetValue(value, label, count, condition, state)
