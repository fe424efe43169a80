"""Columns: arrays of one dimension whose values may be coded as categories, masked or packed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.errors import ModosError, UnsupportedError
from modos_widgets.explore.array_reader import open_array
from modos_widgets.explore.conventions.cf import Packing, packing_of, unit_of
from modos_widgets.explore.conventions.ranges import Range, read_ranges
from modos_widgets.explore.paths import NOT_NODES, joined, parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from modos_widgets.archive import Node
    from modos_widgets.explore.source import NodeSource

__all__ = [
    "LABEL_BUDGET",
    "Column",
    "ColumnValues",
    "decode",
    "described",
    "find_columns",
    "index_column",
    "label_texts",
    "read_columns",
    "word_texts",
]

LABEL_BUDGET: Final = 2 * 2**20
"""Default budget in bytes of the labels of an axis."""

_PARTS: Final = ("codes", "categories", "values", "mask")
_FIELDS: Final = ("index", "_index")
_MOST_EXACT: Final = 2**53  # below it, floats hold every whole number
_DAY, _SECOND = "D", "s"
Values = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """Array of one dimension, and how its values are coded.

    Attributes
    ----------
    path : str
        Path of the array: values, or codes if there are `categories`.
    length : int
        Number of values.
    categories, mask : str
        Paths of the words of the codes, and of the mask of missing values; empty if there are
        none.
    packing : Packing or None
        How numbers are packed.
    unit : str
        Unit of the values; empty if there is none.
    prefix : Column or None
        Column whose value comes before each label, with a colon: the contig of a position.
    is_ordered : bool
        Whether the categories have an order.
    ends : str
        Path of the ends of the list of each row, where a value is a list; empty if it is not.
    """

    path: str
    length: int
    categories: str = ""
    mask: str = ""
    packing: Packing | None = None
    unit: str = ""
    prefix: Column | None = None
    is_ordered: bool = False
    ends: str = ""


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """Values of a column, or of any coded array.

    Attributes
    ----------
    data : numpy.ndarray
        Words of categories are texts, None where they are missing; missing numbers are NaN,
        missing times NaT.
    codes : numpy.ndarray or None
        Positions in `words`, -1 where a value is missing; None if the values are not categories.
    words : tuple of str
        The categories, in their order.
    missing : numpy.ndarray or None
        The mask, if there is one.
    stored : numpy.ndarray or None
        The values without their mask, if there is one.
    outside : int
        Number of codes without a category and of times that are too large for a date.
    is_ordered : bool
        Whether the categories have an order.
    """

    data: Values
    codes: Values | None = None
    words: tuple[str, ...] = ()
    missing: Values | None = None
    stored: Values | None = None
    outside: int = 0
    is_ordered: bool = False


def described(source: NodeSource, places: Iterable[str]) -> dict[str, Node]:
    """Read the facts of nodes, except those that a known listing does not contain.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    places : iterable of str
        Paths of nodes.

    Returns
    -------
    dict of str to Node
        The source keeps those that are not broken.
    """
    unknown = []
    for place in dict.fromkeys(places):
        if place and not NOT_NODES.isdisjoint(place.split("/")):
            continue  # metadata name it, and they are untrusted
        level, name = parent_of(place), place.rpartition("/")[2]
        listed, count = source.known_names(level), source.known_count(level)
        is_complete = listed is not None and count is not None and count[1]
        if not place or not is_complete or name in (listed or ()):
            unknown.append(place)
    found = source.describe(unknown, keep=False) if unknown else {}
    for place, facts in found.items():
        if facts.kind != "broken" and place:
            source.learn(place, facts)
    return found


def index_column(facts: Node | None) -> str:
    """Return the name of a table's column of labels; empty if the node is not a table."""
    column = facts.attributes.get("_index") if facts is not None else None
    if facts is None or facts.kind != "group" or not isinstance(column, str):
        return ""
    return "" if "/" in column else column


def find_columns(
    source: NodeSource, places: Iterable[str], *, is_packed: bool = True
) -> dict[str, Column]:
    """Find the values of columns, from metadata alone: one round trip for each depth.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    places : iterable of str
        Paths of arrays, of tables (whose column of labels is found), or of groups of categories
        or of masked values.
    is_packed : bool
        Whether CF attributes are used.

    Returns
    -------
    dict of str to Column
        Without those that are not columns.
    """
    wanted = {place: place for place in places}
    facts = described(source, wanted)
    tables = {
        place: joined(place, index) for place in wanted if (index := index_column(facts.get(place)))
    }
    facts |= described(source, tables.values())
    wanted |= tables
    parts = {
        place: {part: joined(at, part) for part in _parts(facts[at])}
        for place, at in wanted.items()
        if at in facts and facts[at].kind == "group"
    }
    facts |= described(source, (each for one in parts.values() for each in one.values()))
    found: dict[str, Column] = {}
    for place, at in wanted.items():
        column = (
            _coded(parts[place], facts, facts[at].attributes)
            if place in parts
            else _plain(facts.get(at), is_packed=is_packed)
        )
        if column is not None:
            found[place] = column
    facts |= described(source, (each.categories for each in found.values() if each.categories))
    return {
        place: each
        for place, each in found.items()
        if not each.categories or _length(facts, each.categories) is not None
    }


def _parts(facts: Node) -> tuple[str, ...]:
    """Return the names of the arrays of a coded column; all that there may be if it is not said."""
    encoding = facts.attributes.get("encoding-type")
    if encoding == "categorical":
        return _PARTS[:2]
    is_masked = isinstance(encoding, str) and encoding.startswith("nullable-")
    return _PARTS[2:] if is_masked else _PARTS


def _length(facts: Mapping[str, Node], at: str) -> int | None:
    array = facts[at].array if at in facts else None
    return array.shape[0] if array is not None and len(array.shape) == 1 else None


def _coded(
    parts: Mapping[str, str], facts: Mapping[str, Node], attributes: Mapping[str, Any]
) -> Column | None:
    """Return the column of a group: codes with categories, or values with a mask."""
    lengths = {part: _length(facts, place) for part, place in parts.items()}
    coded, plain = lengths.get("codes"), lengths.get("values")
    if coded is not None and lengths.get("categories") is not None:
        return Column(
            parts["codes"], coded, parts["categories"], is_ordered=attributes.get("ordered") is True
        )
    if plain is not None:
        mask = parts["mask"] if lengths.get("mask") == plain else ""
        return Column(parts["values"], plain, mask=mask)
    return None


def _plain(facts: Node | None, *, is_packed: bool) -> Column | None:
    if facts is None or facts.array is None or len(facts.array.shape) != 1:
        return None
    number = facts.array.shape[0]
    named = facts.attributes.get("categories")  # as AnnData wrote them before 0.8
    if isinstance(named, str) and (above := parent_of(facts.path)):
        return Column(facts.path, number, joined(above, named.strip("/")))
    if not is_packed:
        return Column(facts.path, number)
    packing = packing_of(facts)
    return Column(facts.path, number, packing=packing, unit=unit_of(facts.attributes, packing))


def decode(
    data: Values,
    *,
    words: Sequence[str] | None = None,
    missing: Values | None = None,
    packing: Packing | None = None,
) -> ColumnValues:
    """Return the values of stored ones.

    Parameters
    ----------
    data : numpy.ndarray
        Stored values or codes, of any shape.
    words : sequence of str, optional
        Categories of the codes. A code that has none is missing.
    missing : numpy.ndarray, optional
        Mask of missing values.
    packing : Packing, optional
        How numbers are packed.

    Returns
    -------
    ColumnValues
    """
    if words is not None and data.dtype.kind in "iufb":
        return _worded(data, tuple(words))
    outside = 0
    if packing is not None:
        data, outside = packing.unpack(data)
    if missing is None:
        return ColumnValues(data, outside=outside)
    held = _masked(data, missing) if missing.any() else data
    return ColumnValues(held, missing=missing, stored=data, outside=outside)


def _worded(data: Values, words: tuple[str, ...]) -> ColumnValues:
    numbers = np.where(np.isnan(data), -1, data) if data.dtype.kind == "f" else data
    inside = (numbers >= 0) & (numbers < len(words))
    codes = np.where(inside, numbers, -1).astype("int64")
    outside = int(np.count_nonzero(~inside & (numbers != -1)))
    table = np.empty(len(words) + 1, dtype=object)  # the last one is that of -1
    table[: len(words)] = words
    return ColumnValues(table[codes], codes, words, codes < 0, outside=outside)


def _masked(data: Values, missing: Values) -> Values:
    if data.dtype.kind in "mM":
        return np.where(missing, np.array("NaT", dtype=data.dtype), data)
    if data.dtype.kind in "fc":
        return np.where(missing, np.nan, data)
    if data.dtype.kind in "iu" and (np.abs(data[~missing].astype("float64")) < _MOST_EXACT).all():
        return np.where(missing, np.nan, data.astype("float64"))
    held = data.astype(object)
    held[missing] = None
    return held


def read_columns(
    source: NodeSource,
    wanted: Sequence[tuple[Column, int, int]],
    *,
    budget: int,
    check: Callable[[], None] = lambda: None,
) -> list[ColumnValues | ModosError]:
    """Read consecutive values of columns side by side; uses the network if they are remote.

    Parameters
    ----------
    source : NodeSource
        The hierarchy.
    wanted : sequence of (Column, int, int)
        Columns with start and stop; stop is exclusive.
    budget : int
        Maximum bytes of decoded chunks for each array.
    check : callable
        Called between requests; an exception that it raises ends the reading.

    Returns
    -------
    list of ColumnValues or ModosError
        An error where a column is larger than the budget or cannot be read.
    """
    lists = [each for each in wanted if each[0].ends]
    if lists:
        spans = _list_spans(source, lists, budget, check)
        flat = iter(_read_lists(source, lists, spans, budget, check))
        rest = [each for each in wanted if not each[0].ends]
        others = iter(read_columns(source, rest, budget=budget, check=check))
        return [next(flat if each[0].ends else others) for each in wanted]
    whole = source.describe({each.categories for each, _, _ in wanted if each.categories})

    def ranges(column: Column, start: int, stop: int) -> dict[str, Range]:
        found = {"data": Range(column.path, start, stop)}
        if column.mask:
            found["mask"] = Range(column.mask, start, stop)
        if column.categories:
            array = whole[column.categories].array
            found["words"] = Range(column.categories, 0, array.shape[0] if array else 0)
        return found

    each_ranges = [ranges(*each) for each in wanted]
    read = read_ranges(
        source, [each for one in each_ranges for each in one.values()], budget=budget, check=check
    )
    return [
        _column_values(source, column, {part: read[each] for part, each in one.items()})
        for (column, _, _), one in zip(wanted, each_ranges, strict=True)
    ]


def _list_spans(
    source: NodeSource,
    lists: Sequence[tuple[Column, int, int]],
    budget: int,
    check: Callable[[], None],
) -> list[Values | ModosError]:
    """Return where the lists of rows begin, and where the last one ends."""
    ranges = [Range(column.ends, max(0, start - 1), stop) for column, start, stop in lists]
    read = read_ranges(source, ranges, budget=budget, check=check)
    spans: list[Values | ModosError] = []
    for (column, start, _), each in zip(lists, ranges, strict=True):
        ends = read[each]
        if isinstance(ends, ModosError):
            spans.append(ends)
            continue
        steps = ends.astype("int64") if ends.dtype.kind in "iu" else np.array([-1])
        steps = steps if start else np.r_[0, steps]
        if steps[0] < 0 or steps[-1] > column.length or (np.diff(steps) < 0).any():
            spans.append(
                UnsupportedError(f"{column.ends} does not rise.", "Write the table again.")
            )
        else:
            spans.append(steps)
    return spans


def _read_lists(
    source: NodeSource,
    lists: Sequence[tuple[Column, int, int]],
    spans: Sequence[Values | ModosError],
    budget: int,
    check: Callable[[], None],
) -> list[ColumnValues | ModosError]:
    """Read the values of all rows, and cut them into lists."""
    good = [
        (replace(column, ends=""), int(steps[0]), int(steps[-1]))
        for (column, _, _), steps in zip(lists, spans, strict=True)
        if not isinstance(steps, ModosError)
    ]
    read = iter(read_columns(source, good, budget=budget, check=check))
    found: list[ColumnValues | ModosError] = []
    for steps in spans:
        values = steps if isinstance(steps, ModosError) else next(read)
        if isinstance(values, ModosError) or isinstance(steps, ModosError):
            found.append(values)
            continue
        held = np.empty(len(steps) - 1, dtype=object)
        held[:] = [each.tolist() for each in np.split(values.data, steps[1:-1] - steps[0])]
        found.append(ColumnValues(held, outside=values.outside))
    return found


def _column_values(
    source: NodeSource, column: Column, read: Mapping[str, Values | ModosError]
) -> ColumnValues | ModosError:
    for each in read.values():
        if isinstance(each, ModosError):
            return each
    parts = {part: each for part, each in read.items() if not isinstance(each, ModosError)}
    words = parts.get("words")
    try:
        data = _field(source, column.path, parts["data"])
        values = decode(
            data,
            words=None if words is None else word_texts(words),
            missing=parts["mask"].astype(bool) if "mask" in parts else None,
            packing=column.packing,
        )
        return replace(values, is_ordered=column.is_ordered)
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        return UnsupportedError(
            f"{column.path} does not follow its convention ({type(error).__name__}).",
            "Show the raw values.",
        )


def _field(source: NodeSource, path: str, data: Values) -> Values:
    """Return the labels of records, the form of tables before AnnData 0.7."""
    if not data.size or not isinstance(data[0], tuple | np.void):
        return data
    names = open_array(source, path).dtype.names or ()
    place = next((names.index(each) for each in _FIELDS if each in names), 0)
    found = np.empty(len(data), dtype=object)
    found[:] = [value[place] for value in data]
    return found


def label_texts(values: ColumnValues, prefix: ColumnValues | None = None) -> list[str]:
    """Return values as labels; empty where they are missing.

    Parameters
    ----------
    values : ColumnValues
        Values.
    prefix : ColumnValues, optional
        Values that come before them.

    Returns
    -------
    list of str
    """
    data = values.data
    texts = _time_texts(data) if data.dtype.kind == "M" else [_text(value) for value in data]
    if values.missing is not None:
        texts = [
            "" if is_missing else text
            for is_missing, text in zip(values.missing, texts, strict=True)
        ]
    if prefix is None:
        return texts
    return [f"{before}:{text}" for before, text in zip(label_texts(prefix), texts, strict=True)]


def word_texts(values: Values) -> list[str]:
    """Return the words of categories as texts."""
    return [_text(value) for value in values]


def _time_texts(data: Values) -> list[str]:
    """Return times in the coarsest unit that shows all of them: days, seconds or their own."""
    present = data[~np.isnat(data)]
    for unit in (_DAY, _SECOND):
        with np.errstate(over="ignore"):
            coarse = present.astype(f"M8[{unit}]")
        if (coarse == present).all():
            data = data.astype(f"M8[{unit}]")
            break
    return ["" if np.isnat(each) else str(each) for each in data]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
