"""Which rows and objects of an index match a query, and how well."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.errors import OptionError
from modos_widgets.finder.attribute_column import JSON_MARK, AttributeColumn
from modos_widgets.finder.links import Links
from modos_widgets.finder.query import Condition, Query, Value
from modos_widgets.finder.text_search import FoldedTexts, folded_texts
from modos_widgets.folding import folded
from modos_widgets.modo import DEFAULT_SCHEMA, class_title, search_text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from modos_widgets.finder.index import Index

    Mask = NDArray[np.bool_]
    Places = NDArray[np.intp]

__all__ = ["Matched", "Matcher", "is_date_slot"]

ID: Final = "id"
TYPE: Final = "@type"
_KEPT: Final = 48
_KEPT_WORDS: Final = 12
_MARKS: Final = {"error": 1, "warning": 2, "note": 4, "finding": 7}
_NAMES: Final = ("name", "title", ID)
_WEIGHTS: Final = {ID: 7, "name": 6, "title": 6, "description": 3}
_OTHER_WEIGHT: Final = 4
_ROOT_BONUS: Final = 3
_PATH_WEIGHT: Final = 2
_MOST_NAMES: Final = 20_000
_TERM_SLOTS_OF_TEXT: Final = frozenset({"text", "path", "checksum", "link", "moment"})


def is_date_slot(name: str) -> bool:
    """Return whether an attribute contains dates, by its name."""
    return name == "date" or name.endswith("_date")


@dataclass(frozen=True, eq=False)
class Matched:
    """What one condition matches, before links are followed.

    Attributes
    ----------
    rows : array of bool
        Rows that match it themselves.
    objects : array of bool
        Objects that match it themselves or by one of their rows.
    scores : array of int
        Score of each object, for words.
    """

    rows: Mask
    objects: Mask
    scores: NDArray[np.int64]


class Matcher:
    """Search over one index; results of recent conditions are kept.

    Parameters
    ----------
    index : Index
        The metadata.
    before : Matcher, optional
        Matcher of an earlier index, whose folded texts are used again.
    """

    def __init__(self, index: Index, before: Matcher | None = None) -> None:
        self.index = index
        self._lock = threading.RLock()
        self._texts: dict[str, tuple[Any, FoldedTexts]] = {}
        self._known: OrderedDict[tuple[Condition, Any], Matched] = OrderedDict()
        self._connected: OrderedDict[Condition, Mask] = OrderedDict()
        self._words: OrderedDict[str, dict[str, Places]] = OrderedDict()
        if before is not None:
            before.hand_over(self)

    def hand_over(self, later: Matcher) -> None:
        """Pass what remains valid to the matcher of a later index."""
        with self._lock:
            later._texts = dict(self._texts)
            if self.index.row_object is later.index.row_object:  # only objects or findings differ
                later._words = OrderedDict(self._words)
                if "paths" in self.__dict__ and len(self.paths) == len(later.index.objects):
                    later.__dict__["paths"] = self.paths
                is_same = len(self.index.objects) == len(later.index.objects)
                if is_same and "completeness" in self.__dict__:
                    later.__dict__["completeness"] = self.completeness
                if "links" in self.__dict__:
                    later.__dict__["links"] = self.links.of(later.index)

    @cached_property
    def links(self) -> Links:
        """Links between the elements."""
        return Links(self.index)

    @cached_property
    def completeness(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Required and expected values of each object's elements: those present, and all."""
        index = self.index
        number = len(index.objects)
        filled, expected = np.zeros(number, np.int64), np.zeros(number, np.int64)
        for place, name in enumerate(index.types):
            slots = {*DEFAULT_SCHEMA.required(name), *DEFAULT_SCHEMA.expected(name)}
            rows = index.class_codes == place
            each = np.bincount(index.row_object[rows], minlength=number)
            expected += each * len(slots)
            for slot in slots:
                column = index.columns.get(slot)
                if column is None:
                    continue
                blank = np.asarray(pc.equal(pc.utf8_trim_whitespace(column.distinct), ""))
                held = column.rows[~blank[column.codes] & column.filled & rows[column.rows]]
                if column.forms is not None and len(held):
                    held = held[np.concatenate([[True], held[1:] != held[:-1]])]  # they ascend
                filled += np.bincount(index.row_object[held], minlength=number)
        return filled, expected

    @cached_property
    def paths(self) -> FoldedTexts:
        """Folded paths of the objects, without the folders that all of them share."""
        paths = [each.path for each in self.index.objects]
        begin = _shared_folder(min(paths, default=""), max(paths, default=""))
        texts = [path[begin:].encode(errors="replace").decode() for path in paths]
        return FoldedTexts(folded_texts(pa.array(texts, type=pa.string())))

    def column(self, name: str) -> AttributeColumn | None:
        """Return the column of an attribute; ``id`` is the id of every element."""
        return self.index.ids if name == ID else self.index.columns.get(name)

    def texts(self, name: str) -> FoldedTexts:
        """Return the folded texts of the distinct values of an attribute, with term labels."""
        column = self.column(name) or AttributeColumn.empty()
        with self._lock:
            known = self._texts.get(name)
            if known is not None and known[0] is column.distinct:
                return known[1]
            start = 0
            if known is not None and len(known[0]) <= len(column.distinct):
                head = column.distinct.slice(0, len(known[0]))
                start = len(known[0]) if head.equals(known[0]) else 0
            new = _searched(name, column.distinct.slice(start))
            if start and known is not None:
                new = pa.concat_arrays([known[1].texts, new]) if len(new) else known[1].texts
            found = FoldedTexts(_whole(new))
            self._texts[name] = (column.distinct, found)
            return found

    def warm(self) -> None:
        """Fold the texts of every attribute and resolve the links in advance."""
        for name in self.searched():
            _ = self.texts(name)
        _ = self.links.sources, self.paths

    def searched(self) -> list[str]:
        """Return the attributes that words are searched in; a link's target is found itself."""
        links = DEFAULT_SCHEMA.link_slots
        names = [name for name in self.index.columns if name not in links and name != ID]
        return [ID, *names] if len(self.index.ids) else names

    # -- conditions ---------------------------------------------------------------------------

    def matched(self, condition: Condition, favourites: Collection[str] = ()) -> Matched:
        """Return what a condition matches, regardless of whether it excludes it."""
        plain = Condition(condition.field, condition.alternatives, False, condition.class_name)  # noqa: FBT003
        key = (plain, frozenset(favourites) if plain.field == "is" else None)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        rows = np.zeros(len(self.index), dtype=bool)
        objects = np.zeros(len(self.index.objects), dtype=bool)
        scores = np.zeros(len(self.index.objects), dtype=np.int64)
        for value in plain.alternatives:
            if not plain.field:
                self._anywhere(value, rows, scores)
                objects |= scores > 0
            else:
                self._match(plain, value, rows, objects, favourites)
        if plain.class_name:
            rows &= self.index.of_class(plain.class_name)
        if plain.field:
            objects |= self.index.objects_of(rows)
        found = Matched(rows, objects, scores)
        with self._lock:
            self._known[key] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def objects(self, query: Query, favourites: Collection[str] = ()) -> Mask:
        """Return the objects in which every condition matches."""
        mask = np.ones(len(self.index.objects), dtype=bool)
        for condition in query.conditions:
            found = self.matched(condition, favourites).objects
            mask &= ~found if condition.excluded else found
        return mask

    def rows(self, query: Query, favourites: Collection[str] = ()) -> Mask:
        """Return the rows that match every condition, themselves or by what they link to."""
        mask = np.ones(len(self.index), dtype=bool)
        for condition in query.conditions:
            found = self._connected_rows(condition, favourites)
            mask &= ~found if condition.excluded else found
        return mask

    def _connected_rows(self, condition: Condition, favourites: Collection[str]) -> Mask:
        key = Condition(condition.field, condition.alternatives, False, condition.class_name)  # noqa: FBT003
        with self._lock:
            known = self._connected.get(key) if key.field != "is" else None
        if known is not None:
            return known
        matched = self.matched(condition, favourites)
        if condition.field in ("is", "path"):
            return matched.objects[self.index.row_object]
        found = matched.rows if condition.field == TYPE else self.links.connected(matched.rows)
        if condition.field == "":
            direct = matched.objects & ~self.index.objects_of(matched.rows)
            found = found | direct[self.index.row_object]
        with self._lock:
            self._connected[key] = found
            while len(self._connected) > _KEPT // 2:
                self._connected.popitem(last=False)
        return found

    def _match(
        self,
        condition: Condition,
        value: Value,
        rows: Mask,
        objects: Mask,
        favourites: Collection[str],
    ) -> None:
        name = condition.field
        if name == "is":
            self._in_state(value.text, objects, favourites)
        elif name == "has":
            self._having(value.text, rows)
        elif name == "path":
            objects[self.paths.containing(folded(value.text or value.low))] = True
        else:
            for slot in self._slots(name):
                column = self.column(slot)
                if column is not None:
                    rows[_rows_of(column, self.places(slot, value))] = True

    def _slots(self, name: str) -> list[str]:
        if name == "date":
            return [each for each in self.index.columns if is_date_slot(each)]
        return [name]

    def _in_state(self, state: str, objects: Mask, favourites: Collection[str]) -> None:
        every = self.index.objects
        if state == "favourite":
            wanted = set(favourites)
            hits = (each.path in wanted for each in every)
        elif state == "complete":
            filled, expected = self.completeness
            objects |= (filled == expected) & (self.index.roots >= 0)
            return
        else:
            hits = (each.state == state for each in every)
        objects |= np.fromiter(hits, dtype=bool, count=len(every))

    def _having(self, name: str, rows: Mask) -> None:
        mark = _MARKS.get(folded(name))
        if mark is not None and name not in self.index.columns:
            rows |= (self.index.marks & mark) != 0
            return
        column = self.column(name)
        if column is not None:
            rows[column.rows[column.filled]] = True

    def _anywhere(self, value: Value, rows: Mask, scores: NDArray[np.int64]) -> None:
        """Add the rows that contain a word, and the best score of each object."""
        word = folded(value.text)
        scores[self.paths.containing(word)] = _PATH_WEIGHT
        for slot, places in self.word_places(value).items():
            column = self.column(slot)
            if column is None:
                continue
            weight = 4 * _WEIGHTS.get(slot, _OTHER_WEIGHT)
            for some, bonus in ((places, 0), (self._beginning(slot, places, word), 2)):
                held = _rows_of(column, some)
                rows[held] = True
                self._raise_scores(scores, held, weight + bonus)
                own = held[self.index.is_root[held]]
                self._raise_scores(scores, own, weight + bonus + 4 * _ROOT_BONUS)

    def _raise_scores(self, scores: NDArray[np.int64], rows: Any, score: int) -> None:
        hit = np.zeros(len(scores), dtype=bool)
        hit[self.index.row_object[rows]] = True
        np.maximum(scores, score, out=scores, where=hit)

    def word_places(self, value: Value) -> dict[str, Places]:
        """Return the attributes that contain a word, and the places of the values that do."""
        word = folded(value.text)
        with self._lock:
            known = self._words.get(word)
            if known is not None:
                self._words.move_to_end(word)
                return known
            # what contains a longer word contains the shorter one
            parts = [each for each in self._words if each in word]
            narrow = self._words[max(parts, key=len)] if parts else None
        found = {}
        for slot in self.searched():
            if narrow is not None:
                among = narrow.get(slot)
                if among is None:
                    continue
                places = self.texts(slot).containing(word, among)
            else:
                places = self.texts(slot).containing(word)
            if len(places):
                found[slot] = places
        with self._lock:
            self._words[word] = found
            while len(self._words) > _KEPT_WORDS:
                self._words.popitem(last=False)
        return found

    # -- values of an attribute -------------------------------------------------------------

    def places(self, slot: str, value: Value) -> Places:
        """Return the places of the distinct values of an attribute that match a value."""
        column = self.column(slot)
        if column is None or not len(column):
            return np.zeros(0, dtype=np.intp)
        if value.kind == "range":
            return _in_range(slot, column, value)
        if value.kind == "exact":
            exact = self._exactly(column, value.text)
            if len(exact):
                return exact
        wanted = folded(value.text)
        if slot == TYPE:
            return self._types(wanted, column)
        texts = self.texts(slot)
        candidates: Places = texts.containing(wanted)
        if not len(candidates):
            return candidates
        found = texts.texts.take(pa.array(candidates)).to_pylist()
        test = {"exact": _is, "start": _has_start, "words": _has_words}[value.kind]
        hits = np.fromiter((test(text, wanted) for text in found), dtype=bool, count=len(found))
        return np.asarray(candidates[hits])

    @staticmethod
    def _exactly(column: AttributeColumn, text: str) -> Places:
        wanted = pa.array([text, JSON_MARK + text], type=pa.string())
        return np.flatnonzero(np.asarray(pc.is_in(column.distinct, value_set=wanted)))

    def _types(self, wanted: str, column: AttributeColumn) -> Places:
        """Return the classes with a name, and the classes derived from them."""
        flat = wanted.replace(" ", "")
        stored = column.distinct.to_pylist()
        known = [*DEFAULT_SCHEMA.classes, *stored]
        named = [
            each for each in known
            if flat in (folded(each), folded(class_title(each)).replace(" ", ""))
        ]  # fmt: skip
        hits = [
            place for place, each in enumerate(stored)
            if any(each == name or DEFAULT_SCHEMA.is_a(each, name) for name in named)
        ]  # fmt: skip
        return np.asarray(hits, dtype=np.intp)

    # -- ranking ----------------------------------------------------------------------------

    def scores(self, query: Query) -> NDArray[np.int64]:
        """Return a score of each object: where its words were found, the best place of each."""
        total = np.zeros(len(self.index.objects), dtype=np.int64)
        for condition in query.conditions:
            if not condition.excluded and not condition.field:
                total += self.matched(condition).scores
        return total

    def _beginning(self, slot: str, places: Places, word: str) -> Places:
        """Return the places of the names that begin with a word, unless the word is frequent."""
        if slot not in _NAMES or len(places) > _MOST_NAMES:
            return places[:0]
        texts = self.texts(slot).texts.take(pa.array(places))
        return np.asarray(places[np.asarray(pc.starts_with(texts, word))])


def _shared_folder(first: str, last: str) -> int:
    """Return the length of the folders with which both paths begin; the last part is none."""
    shared = 0
    for place, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            break
        if one == "/" and place + 1 < min(len(first), len(last)):
            shared = place + 1
    return shared


def _rows_of(column: AttributeColumn, places: Places) -> Any:
    """Return the rows whose value is at one of some places."""
    if not len(places):
        return np.zeros(0, dtype=np.int32)
    wanted = np.zeros(len(column.distinct), dtype=bool)
    wanted[places] = True
    entries = wanted[column.codes]
    if column.forms is not None:
        entries &= column.filled
    return column.rows[entries]


def _searched(name: str, values: Any) -> Any:
    """Return the folded texts of encoded values, with the labels of those that are terms."""
    texts = folded_texts(pc.replace_substring(values, JSON_MARK, ""))
    if _kinds().get(name, "") in _TERM_SLOTS_OF_TEXT or name == ID:
        return texts
    stored = values.to_pylist()
    more = {place: search_text_of(text) for place, text in enumerate(stored)}
    wanted = {place: text for place, text in more.items() if text}
    if not wanted:
        return texts
    mask = np.zeros(len(stored), dtype=bool)
    mask[list(wanted)] = True
    new = [f"{folded(stored[place])}\n{folded(text)}" for place, text in wanted.items()]
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(new, type=pa.string()))


def _kinds() -> dict[str, str]:
    return {
        slot.name: slot.kind
        for name in DEFAULT_SCHEMA.classes
        for slot in DEFAULT_SCHEMA.slots(name).values()
    }


def _whole(texts: Any) -> Any:
    """Return an array without an offset, so that its bytes can be shared."""
    return pa.concat_arrays([texts, pa.array([], type=texts.type)]) if texts.offset else texts


def _parts(text: str) -> Iterator[str]:
    """Yield what a value can be called: itself, its last part, the label of a term."""
    for line in text.split("\n"):
        yield line
        if "/" in line:
            yield line.rpartition("/")[2]


def _is(text: str, wanted: str) -> bool:
    return any(part == wanted for part in _parts(text))


def _has_start(text: str, wanted: str) -> bool:
    return any(text.startswith(wanted, at) for at in _starts(text))


def _starts(text: str) -> Iterator[int]:
    before = " "
    for at, letter in enumerate(text):
        if letter.isalnum() and not before.isalnum():
            yield at
        before = letter


def _has_words(text: str, wanted: str) -> bool:
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not text[max(at - 1, 0) : at].isalnum() and not text[end : end + 1].isalnum():
            return True
        at = text.find(wanted, at + 1)
    return False


def _in_range(slot: str, column: AttributeColumn, value: Value) -> Places:
    if is_date_slot(slot):
        moments = column.moments
        mask = ~np.isnat(moments)
        if value.low:
            low = _moment(value.low, last=value.open_low)
            mask &= moments > low if value.open_low else moments >= low
        if value.high:
            high = _moment(value.high, last=not value.open_high)
            mask &= moments < high if value.open_high else moments <= high
        return np.flatnonzero(mask)
    numbers = column.numbers
    mask = ~np.isnan(numbers)
    if value.low:
        low = _bound(value.low)
        mask &= numbers > low if value.open_low else numbers >= low
    if value.high:
        high = _bound(value.high)
        mask &= numbers < high if value.open_high else numbers <= high
    return np.flatnonzero(mask)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise OptionError(
            f"{text!r:.40} is not a number.", "Use a number, such as 12.5."
        ) from error


def _moment(text: str, *, last: bool) -> Any:
    """Return a date as a bound; a year, month or day ends with its last microsecond."""
    try:
        period = pd.Period(text) if len(text) in (4, 7, 10) else None
        if period is not None:
            moment = period.end_time if last else period.start_time
        else:
            moment = pd.to_datetime(text, utc=True).tz_localize(None)
        return moment.to_datetime64().astype("datetime64[us]")
    except (ValueError, OverflowError) as error:
        raise OptionError(
            f"{text!r:.40} is not a date.", "Use a year, month or day, such as 2024-05."
        ) from error
