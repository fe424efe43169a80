"""Values of one attribute of many elements, each distinct value stored once.

Values are texts: a text value is itself; any other JSON value (a number, a truth value, a
dictionary, a list in a list, a text that Arrow cannot store) is its JSON after `JSON_MARK`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int32]

__all__ = ["JSON_MARK", "AttributeColumn", "Batch", "as_json", "decoded", "encoded"]

JSON_MARK = "\0"
"""First character of a value that is not a text."""

_LISTED = 1  # the entry is one of a list
_SAMPLE = 20
_EMPTY = 2  # the value is an empty list; the entry has no value


def encoded(value: Any) -> str:
    """Return a JSON value as a text that Arrow can store."""
    if isinstance(value, str) and not value.startswith(JSON_MARK):
        try:
            value.encode()
        except UnicodeEncodeError:
            return JSON_MARK + json.dumps(value)
        return value
    return JSON_MARK + json.dumps(value, default=str)


def decoded(text: str) -> Any:
    """Return the JSON value of a text that `encoded` returned."""
    return json.loads(text[1:]) if text.startswith(JSON_MARK) else text


def as_json(text: str) -> str:
    """Return the text to show and search of an encoded value."""
    return text.removeprefix(JSON_MARK)


class Batch:
    """Collector of values of one attribute, in the order of the rows."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.values: list[Any] = []

    def column(self) -> AttributeColumn:
        """Return the collected values as a column."""
        rows = np.fromiter(self.rows, dtype=np.int32, count=len(self.rows))
        values = self.values
        kinds = set(map(type, values))
        forms = None
        if list in kinds:
            lengths = np.fromiter(
                (len(value) if type(value) is list else 1 for value in values),
                dtype=np.int64,
                count=len(values),
            )
            listed = np.fromiter(
                (type(value) is list for value in values), dtype=np.uint8, count=len(values)
            )
            filled = np.maximum(lengths, 1)
            rows = np.repeat(rows, filled)
            forms = np.repeat(listed * _LISTED, filled)
            empty = np.flatnonzero(lengths == 0)
            forms[np.cumsum(filled)[empty] - 1] = _EMPTY
            values = list(
                chain.from_iterable(
                    (value or ("",)) if type(value) is list else (value,) for value in values
                )
            )
            kinds = set(map(type, values))
        codes, distinct = _dictionary(values, plain=kinds <= {str})
        return AttributeColumn(rows, codes, distinct, forms)


def _dictionary(values: Sequence[Any], *, plain: bool) -> tuple[Numbers, pa.StringArray]:
    if plain:
        try:
            found = pa.array(values, type=pa.string()).dictionary_encode()
        except UnicodeEncodeError:
            pass
        else:
            marked = pc.starts_with(found.dictionary, JSON_MARK)
            if not pc.any(marked).as_py():
                return found.indices.to_numpy(), found.dictionary
    if set(map(type, values)) == {int}:
        return _integers(values)
    found = pa.array([encoded(value) for value in values], type=pa.string()).dictionary_encode()
    return found.indices.to_numpy(), found.dictionary


def _integers(values: Sequence[int]) -> tuple[Numbers, pa.StringArray]:
    """Return the dictionary of integers, which occur more than once as a rule."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    codes = np.fromiter(map(places.__getitem__, values), dtype=np.int32, count=len(values))
    return codes, pa.array([encoded(value) for value in places], type=pa.string())


@dataclass(frozen=True, eq=False)
class AttributeColumn:
    """Values of one attribute; rows without a value have no entry.

    Attributes
    ----------
    rows : array of int32
        Row of each entry, ascending. A list has one entry for each of its values.
    codes : array of int32
        Place of each entry's value in `distinct`.
    distinct : pyarrow.StringArray
        The encoded values.
    forms : array of uint8 or None
        Form of each entry: 0 for a single value, 1 for a value of a list, 2 for an empty list.
        None if every value is single.
    """

    rows: Numbers
    codes: Numbers
    distinct: pa.StringArray
    forms: NDArray[np.uint8] | None = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, without what is derived."""
        forms = 0 if self.forms is None else self.forms.nbytes
        return int(self.rows.nbytes + self.codes.nbytes + self.distinct.nbytes + forms)

    @staticmethod
    def empty() -> AttributeColumn:
        """Return a column without values."""
        return Batch().column()

    @staticmethod
    def joined(columns: Sequence[AttributeColumn]) -> AttributeColumn:
        """Return the entries of several columns, whose rows ascend from one to the next."""
        if len(columns) == 1:
            return columns[0]
        chunks = [
            pa.DictionaryArray.from_arrays(pa.array(each.codes), each.distinct) for each in columns
        ]
        unified = pa.chunked_array(chunks).unify_dictionaries()
        distinct = unified.chunk(unified.num_chunks - 1).dictionary
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in unified.chunks])
        forms = None
        if any(each.forms is not None for each in columns):
            forms = np.concatenate(
                [
                    np.zeros(len(each), dtype=np.uint8) if each.forms is None else each.forms
                    for each in columns
                ]
            )
        rows = np.concatenate([each.rows for each in columns])
        return AttributeColumn(rows, codes, distinct, forms)

    def kept(self, rows: NDArray[np.bool_]) -> AttributeColumn:
        """Return the entries of some rows, which are numbered again."""
        entries = rows[self.rows]
        numbers = np.cumsum(rows, dtype=np.int32) - 1
        codes = self.codes[entries]
        used, places = np.unique(codes, return_inverse=True)
        return AttributeColumn(
            numbers[self.rows[entries]],
            places.astype(np.int32),
            self.distinct.take(pa.array(used)),
            None if self.forms is None else self.forms[entries],
        )

    def between(self, first: int, last: int) -> slice:
        """Return the entries of the rows from `first` to before `last`."""
        ends = np.asarray([first, last], dtype=self.rows.dtype)  # another type copies the rows
        start, stop = np.searchsorted(self.rows, ends)
        return slice(int(start), int(stop))

    def value(self, code: int) -> Any:
        """Return the JSON value of a code."""
        return decoded(self.distinct[code].as_py())

    def texts(self, places: NDArray[np.int64], number: int) -> pa.StringArray | None:
        """Return the values as an array of texts, null where there is none.

        Parameters
        ----------
        places : array of int
            Place of each row in the array; -1 to leave it out.
        number : int
            Length of the array.

        Returns
        -------
        pyarrow.StringArray or None
            None if a value is not a single text.
        """
        if self.forms is not None or pc.any(pc.starts_with(self.distinct, JSON_MARK)).as_py():
            return None
        at = places[self.rows]
        codes = np.full(number, -1, dtype=np.int64)
        codes[at[at >= 0]] = self.codes[at >= 0]
        return self.distinct.take(pa.array(codes, mask=codes < 0))

    def pairs(self, entries: slice) -> list[tuple[int, Any]]:
        """Return row and JSON value of some entries, in which lists are complete."""
        rows = self.rows[entries].tolist()
        texts = self.distinct.take(pa.array(self.codes[entries])).to_pylist()
        values = [decoded(text) for text in texts]
        if self.forms is None:
            return list(zip(rows, values, strict=True))
        found: dict[int, Any] = {}
        for row, value, form in zip(rows, values, self.forms[entries].tolist(), strict=True):
            if form == _LISTED:
                found.setdefault(row, []).append(value)
            else:
                found[row] = [] if form == _EMPTY else value
        return list(found.items())

    @cached_property
    def filled(self) -> NDArray[np.bool_]:
        """Whether each entry has a value: an empty list has none."""
        if self.forms is None:
            return np.ones(len(self), dtype=bool)
        return np.asarray(self.forms != _EMPTY)

    def are_numbers(self, codes: NDArray[np.intp]) -> bool:
        """Return whether all of some values are numbers."""
        if not len(codes):
            return False
        head = self.distinct.take(pa.array(codes[:_SAMPLE])).to_pylist()
        if any(math.isnan(_number(text)) for text in head):
            return False
        return not bool(np.isnan(self.numbers[codes]).any())

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """Number of each distinct value; NaN for a value that is not a number."""
        return np.fromiter(
            (_number(text) for text in self.distinct.to_pylist()),
            dtype=np.float64,
            count=len(self.distinct),
        )

    @cached_property
    def moments(self) -> NDArray[np.datetime64]:
        """Date and time (UTC) of each distinct value; NaT for a value that is not an ISO date."""
        texts = self.distinct
        dates = pc.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}")
        shown = pc.if_else(dates, texts, None).to_pylist()
        parsed = pd.to_datetime(
            pd.Series(shown, dtype=object), errors="coerce", utc=True, format="ISO8601"
        )
        return np.asarray(parsed.dt.tz_localize(None).astype("datetime64[us]"))


def _number(text: str) -> float:
    try:
        value = json.loads(text[1:]) if text.startswith(JSON_MARK) else float(text)
    except (ValueError, OverflowError):
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf
