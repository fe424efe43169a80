"""Index of a column: its values as texts to search, filter and sort; no I/O."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.finder import FoldedTexts, folded_texts
from modos_widgets.modo import text_of
from modos_widgets.widgets.table.cells import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Positions = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["ColumnIndex", "as_text", "kind_of", "may_contain", "numbers_of"]

_NATURAL: Final = 50_000
_SAMPLE: Final = 2_000
_DIGITS: Final = re.compile(r"(\d+)")
_PARTS: Final = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "i": r"-?\d*",
        "u": r"\d*",
        "f": r"-?\d*\.?\d*(?:e[-+]?\d*)?|\+\d*|-?i?n?f?",
        "M": r"[-+.:\dt]*",
    }.items()
}
"""Pattern of a part of the text of a number or a date, by kind."""
_PLAIN_FROM: Final = 1e-4
_PLAIN_TO: Final = 1e10
_WHOLE_TO: Final = 1e15


def kind_of(values: Any) -> str:
    """Return the numpy kind of a column: i, u, f, M (dates and times), or O."""
    return getattr(getattr(values, "dtype", None), "kind", "O")


def may_contain(values: Any, word: str) -> bool:
    """Return whether a folded word could be in a column; most words are not part of a number."""
    part = _PARTS.get(kind_of(values))
    return part is None or part.fullmatch(word) is not None


class ColumnIndex:
    """Folded texts of one column; each distinct one is stored once if there are few.

    Parameters
    ----------
    values : Series, Index or list
        The column.
    """

    def __init__(self, values: Any) -> None:
        self.codes: Any = None
        kind = kind_of(values)
        if kind in "iu" and isinstance(values.dtype, np.dtype):
            values = _arrow(values)
            if _is_repetitive(values):  # converting the few distinct ones is faster
                values = self._encoded(values)
        array = as_text(values)
        if self.codes is None and kind not in "fM" and _is_repetitive(array):
            array = self._encoded(array)
        self.texts = array if kind in "iuf" else folded_texts(array)
        self._search: FoldedTexts | None = None
        if self.codes is None and len(array) > _SAMPLE:
            self._search = FoldedTexts(self.texts)
            self.texts = self._search.texts

    def _encoded(self, array: Any) -> Any:
        encoded = array.dictionary_encode()
        self.codes = encoded.indices
        if encoded.null_count:  # an empty text, so that tests need not handle nulls
            self.codes = pc.fill_null(self.codes, len(encoded.dictionary))
            return pa.concat_arrays([encoded.dictionary, pa.nulls(1, encoded.dictionary.type)])
        return encoded.dictionary

    def mask(self, test: Callable[[Any], Any], rows: Positions | None = None) -> Mask:
        """Return the rows whose text passes a test, of all rows or of some.

        Parameters
        ----------
        test : callable
            Maps an array of texts to an array of booleans.
        rows : array of int, optional
            The rows to test; by default all.

        Returns
        -------
        array of bool
        """
        codes = self.codes
        if rows is not None:
            if codes is None:
                return np.asarray(test(self.texts.take(pa.array(rows))))
            codes = codes.take(pa.array(rows))
        found = test(self.texts)
        return np.asarray(found if codes is None else found.take(codes))

    def containing(self, word: str, uris: Any = (), rows: Positions | None = None) -> Mask:
        """Return the rows that contain a folded word, or that are one of some terms.

        Parameters
        ----------
        word : str
            Folded word.
        uris : array
            Folded URIs of terms.
        rows : array of int, optional
            The rows to test; by default all.

        Returns
        -------
        array of bool
        """
        if rows is None and self._search is not None:
            found = self._search.rare(word)
            if found is not None:
                terms = self.mask(lambda texts: pc.is_in(texts, value_set=uris)) if uris else False
                return found | terms

        def test(texts: Any) -> Any:
            found = pc.match_substring(texts, word)
            return pc.or_(found, pc.is_in(texts, value_set=uris)) if uris else found

        return self.mask(test, rows)

    @property
    def rank(self) -> Any:
        """Sort key of the rows; numbers within texts sort as numbers unless there are too many."""
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


def _is_repetitive(array: Any) -> bool:
    head = array.slice(0, _SAMPLE)
    return len(array) > _SAMPLE and pc.count_distinct(head).as_py() < _SAMPLE // 4


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part)  # noqa: PLR2004
        for part in _DIGITS.split(text)
        if part
    ]


def _arrow(values: Any, kind: Any = None) -> Any:
    found = pa.array(values, type=kind, from_pandas=True)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def as_text(values: Any) -> Any:
    """Return the texts of a column, as `text_of` does; empty cells are empty texts.

    Returns
    -------
    pyarrow.StringArray
        One text per value.
    """
    try:
        found = _cast(values)
    except (pa.ArrowException, TypeError, ValueError):  # values that Arrow does not support
        texts = [text_of(value).encode(errors="replace").decode() for value in listed(values)]
        found = pa.array(texts, type=pa.string())
    return pc.fill_null(found, "")


def _cast(values: Any) -> Any:
    """Convert to text with Arrow, which is twenty times as fast as Python."""
    if not isinstance(values, pa.Array):
        if kind_of(values) not in "iufMb":
            texts = _arrow(values, pa.string())
            if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
                raise TypeError(texts.type)  # pandas 2.2 keeps the type of a column of Arrow
            return texts
        values = _arrow(values)
    if pa.types.is_timestamp(values.type):
        return _moment_texts(values)
    if pa.types.is_floating(values.type):
        return _float_texts(values)
    return values.cast(pa.string())


def _moment_texts(array: Any) -> Any:
    """Convert dates and times as `isoformat` does, with a fraction only if there is one."""
    local = pc.local_timestamp(array) if array.type.tz else array
    texts, rough = None, None
    for unit, short in (("second", "s"), ("microsecond", "us"), ("nanosecond", "ns")):
        if texts is not None and pc.all(pc.equal(rough, local)).as_py() is not False:
            break
        exact = pc.floor_temporal(local, unit=unit)
        shown = exact.cast(pa.timestamp(short)).cast(pa.string())
        texts = shown if texts is None else pc.if_else(pc.equal(rough, local), texts, shown)
        rough = exact
    texts = pc.binary_replace_slice(texts, start=10, stop=11, replacement="T")
    if not array.type.tz:
        return texts
    ahead = pc.subtract(local, array.cast(local.type)).cast(pa.duration(array.type.unit))
    codes = ahead.cast(pa.int64()).dictionary_encode()
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    zones = [_zone(each // per_second) for each in codes.dictionary.to_pylist()]
    return pc.binary_join_element_wise(
        texts, pa.array(zones, type=pa.string()).take(codes.indices), ""
    )


def _zone(seconds: int) -> str:
    return dt.datetime(1970, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=seconds))).isoformat()[
        19:
    ]


def _float_texts(array: Any) -> Any:
    """Convert floats as `text_of` does; Arrow formats very large and small ones differently."""
    numbers = array.to_numpy(zero_copy_only=False)
    texts = array.cast(pa.string())
    size = np.abs(numbers.astype(np.float64, copy=False))
    alike = ((size >= _PLAIN_FROM) & (size < _PLAIN_TO)) | np.isnan(size)
    alike |= (size == 0) & ~np.signbit(numbers)
    if numbers.dtype == np.float16:  # Arrow writes all digits of these
        alike = np.isnan(size)
    whole = np.zeros(len(size), dtype=bool)
    if numbers.dtype == np.float64:
        whole = (size >= _PLAIN_TO) & (size < _WHOLE_TO) & (np.floor(size) == size)
    if whole.any():
        texts = _replaced(texts, whole, pa.array(numbers[whole].astype(np.int64)))
    others = ~(alike | whole)
    if others.any():
        corrected = [text_of(number) for number in numbers[others]]
        texts = _replaced(texts, others, pa.array(corrected, type=pa.string()))
    return texts


def _replaced(texts: Any, mask: Mask, new: Any) -> Any:
    return pc.replace_with_mask(texts, pa.array(mask), new.cast(pa.string()))


def numbers_of(values: Any) -> Any:
    """Return the values of a column of only numbers, or only dates and times; None for others."""
    dtype = getattr(values, "dtype", None)
    try:
        if kind_of(values) in "iufMm" and hasattr(dtype, "itemsize"):
            return _arrow(values, pa.float64() if kind_of(values) == "f" else None)
        filled = [value for value in values[:_SAMPLE] if value is not None]
        if not filled or any(
            isinstance(value, bool) or not isinstance(value, int | float) for value in filled
        ):
            return None
        whole = all(isinstance(value, int) for value in values)
        return _arrow(list(values), None if whole else pa.float64())
    except (pa.ArrowException, ArithmeticError, TypeError, ValueError):
        return None
