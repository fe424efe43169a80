"""Result of a search: objects, elements, facets, snippets, code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.errors import ArgumentError
from modos_widgets.finder.facets import Facet, Unit, facet_of
from modos_widgets.finder.frames import element_frame
from modos_widgets.finder.index import STATES
from modos_widgets.finder.text_search import folded_texts
from modos_widgets.folding import folded
from modos_widgets.modo import DEFAULT_SCHEMA, class_title, label_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from modos_widgets.finder.attribute_column import AttributeColumn
    from modos_widgets.finder.finder import Finder
    from modos_widgets.finder.index import ObjectInfo
    from modos_widgets.finder.matching import Matcher
    from modos_widgets.finder.query import Query, Value
    from modos_widgets.location import Location
    from modos_widgets.modo import Modo

    Mask = NDArray[np.bool_]

__all__ = ["Elements", "Match", "Result", "Totals"]

TYPE: Final = "@type"
_SNIPPET: Final = 90
_FACET_ORDER: Final = 3


@dataclass(frozen=True)
class Match:
    """Where the words of a query were found in an object.

    Attributes
    ----------
    path : str
        Path of the object.
    element : str
        Id of the element; empty for the object's path.
    slot : str
        Attribute; empty for the object's path.
    snippet : tuple of (str, bool)
        Pieces of the value's text, and whether each is a match.
    """

    path: str
    element: str
    slot: str
    snippet: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Totals:
    """Sums over the objects of a result.

    Attributes
    ----------
    objects, elements, samples : int
        Numbers of objects, of their elements without roots, and of samples.
    bytes, measured : int
        Size of the objects whose size is known, and their number.
    checked, with_errors, with_warnings : int
        Objects that were checked, and how many of them have findings.
    complete : int
        Objects whose elements have every required and expected value.
    unread, failed, removed : int
        Objects that were not read (yet), cannot be read, or no longer exist.
    """

    objects: int
    elements: int
    samples: int
    bytes: int
    measured: int
    checked: int
    with_errors: int
    with_warnings: int
    complete: int
    unread: int
    failed: int
    removed: int


class Elements:
    """Elements of a result.

    Parameters
    ----------
    result : Result
        The result.
    rows : array of int
        Rows of the index.
    """

    def __init__(self, result: Result, rows: NDArray[np.intp]) -> None:
        self._result = result
        self.rows = rows

    def __len__(self) -> int:
        """Return the number of elements."""
        return len(self.rows)

    def ordered(self, by: str, *, down: bool = False) -> Elements:
        """Return the elements in another order; those without a value are last.

        Parameters
        ----------
        by : str
            Attribute, such as ``name``; ``id``, ``@type``, or ``object`` for the title of the
            object.
        down : bool
            Whether the highest values are first.

        Returns
        -------
        Elements
        """
        index = self._result.matcher.index
        ranks = np.full(len(index), -1, dtype=np.int64)
        if by == "object":
            titles = pa.array([folded(each.title) for each in index.objects], type=pa.string())
            ranks = _ranks(titles)[index.row_object]
        elif (column := self._result.matcher.column(by)) is not None:
            texts = _class_titles(column.distinct) if by == TYPE else column.distinct
            found = _ranks(folded_texts(texts))
            ranks[column.rows[::-1]] = found[column.codes[::-1]]  # the first value of a list
        own = ranks[self.rows]
        own = np.where(own < 0, np.iinfo(np.int64).max, -own if down else own)
        return Elements(self._result, self.rows[np.argsort(own, kind="stable")])

    def between(self, start: int = 0, stop: int | None = None) -> Elements:
        """Return the elements from `start` up to `stop`, in the same order."""
        return Elements(self._result, self.rows[start:stop])

    def page(self, start: int = 0, stop: int | None = None) -> list[tuple[str, str]]:
        """Return object path and element id of some of them."""
        index = self._result.matcher.index
        rows = self.rows[start:stop]
        paths = [index.objects[number].path for number in index.row_object[rows].tolist()]
        return list(zip(paths, index.element_ids(rows.tolist()), strict=True))

    @property
    def frame(self) -> pd.DataFrame:
        """Metadata of the elements, in the form of `catalog`."""
        return element_frame(self._result.matcher.index, self.rows)


class Result:
    """Objects and elements that match a query; it does not change when the finder does.

    Its length is the number of objects.

    Parameters
    ----------
    finder : Finder
        The finder that was searched.
    matcher : Matcher
        Its metadata at the time of the search.
    query : Query
        The query.
    favourites : frozenset of str
        Paths of favourite objects.
    """

    def __init__(
        self, finder: Finder, matcher: Matcher, query: Query, favourites: frozenset[str]
    ) -> None:
        self._finder = finder
        self.matcher = matcher
        self.query = query
        self._favourites = favourites
        self.mask: Mask = matcher.objects(query, favourites)

    def __len__(self) -> int:
        """Return the number of objects."""
        return int(np.count_nonzero(self.mask))

    def __repr__(self) -> str:
        """Return the query and the number of objects."""
        return f"Result({str(self.query)!r}, {len(self):,} objects)"

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Numbers of the objects, the best match first."""
        numbers = np.flatnonzero(self.mask)
        if not any(not each.field and not each.excluded for each in self.query.conditions):
            return numbers
        scores = self.matcher.scores(self.query)[numbers]
        return numbers[np.argsort(-scores, kind="stable")]

    @property
    def infos(self) -> list[ObjectInfo]:
        """The objects, the best match first."""
        objects = self.matcher.index.objects
        return [objects[number] for number in self.order.tolist()]

    @property
    def paths(self) -> list[str]:
        """Paths of the objects that exist, the best match first; for `edit` and `transfer`."""
        return [info.path for info in self.infos if info.state != "removed"]

    @property
    def locations(self) -> list[Modo | Location]:
        """Objects that exist, with what is needed to open them; the best match first.

        Like `paths`, but with the endpoint, services and keys of the finder, so that they need not
        be passed again to `edit`, `transfer` or `catalog`. They also work if the objects are on
        several servers.
        """
        return self._finder.locations(self.paths)

    @cached_property
    def objects(self) -> pd.DataFrame:
        """Rows of `Finder.objects`, the best match first."""
        return self._finder.objects_of(self.matcher).iloc[self.order]

    @cached_property
    def rows(self) -> Mask:
        """Rows of the index that match."""
        return self.matcher.rows(self.query, self._favourites)

    @cached_property
    def elements(self) -> Elements:
        """Elements that match: themselves or by elements that they are linked to."""
        rows = self.rows.copy()
        roots = self.matcher.index.roots
        rows[roots[roots >= 0]] = False
        return Elements(self, np.flatnonzero(rows))

    def of_class(self, class_name: str) -> Elements:
        """Return the elements of a class, and of the classes derived from it.

        Parameters
        ----------
        class_name : str
            Name of the class, such as ``Sample``.
        """
        return Elements(self, np.flatnonzero(self.rows & self.matcher.index.of_class(class_name)))

    def count_of_class(self, class_name: str) -> int:
        """Return the number of elements of a class in the objects, whether or not they match.

        Parameters
        ----------
        class_name : str
            Name of the class; classes derived from it are included.

        Returns
        -------
        int
        """
        index = self.matcher.index
        return int(np.count_nonzero(self.mask[index.row_object] & index.of_class(class_name)))

    @property
    def frame(self) -> pd.DataFrame:
        """Metadata of the objects and of their elements that match, in the form of `catalog`."""
        return element_frame(self.matcher.index, np.flatnonzero(self.rows))

    @cached_property
    def totals(self) -> Totals:
        """Sums over the objects."""
        index, facts = self.matcher.index, self.matcher.index.facts
        states = Counter(facts.states[self.mask].tolist())
        errors, warnings = facts.errors[self.mask], facts.warnings[self.mask]
        sizes = facts.sizes[self.mask]
        known = sizes >= 0
        inside = self.mask[index.row_object]
        filled, expected = self.matcher.completeness
        is_read = index.roots >= 0
        return Totals(
            objects=len(self),
            elements=int(np.count_nonzero(inside)) - int(np.count_nonzero(self.mask & is_read)),
            samples=self.count_of_class("Sample"),
            bytes=int(sizes[known].sum()),
            measured=int(np.count_nonzero(known)),
            checked=int(np.count_nonzero(errors >= 0)),
            with_errors=int(np.count_nonzero(errors > 0)),
            with_warnings=int(np.count_nonzero(warnings > 0)),
            complete=int(np.count_nonzero(self.mask & is_read & (filled == expected))),
            unread=states[STATES.index("unread")],
            failed=states[STATES.index("failed")],
            removed=states[STATES.index("removed")],
        )

    def changes(self, by: str = "month") -> list[tuple[str, int]]:
        """Return how many objects were last changed in each period.

        Parameters
        ----------
        by : {"day", "month", "year"}
            Length of a period.

        Returns
        -------
        list of (str, int)
            Period, such as ``2024-05``, and number of objects, in order of time.
        """
        unit = {"day": "D", "month": "M", "year": "Y"}.get(by)
        if unit is None:
            raise ArgumentError(f"Unknown period {by!r}.", 'Use "day", "month" or "year".')
        dates = self._dates[self.mask]
        periods, counts = np.unique(
            dates[~np.isnat(dates)].astype(f"M8[{unit}]"), return_counts=True
        )
        return list(zip(np.datetime_as_string(periods).tolist(), counts.tolist(), strict=True))

    @cached_property
    def _dates(self) -> NDArray[np.datetime64]:
        """Date of the last change of each object of the index (UTC)."""
        frame = self._finder.objects_of(self.matcher)
        return np.asarray(frame["changed"].dt.tz_localize(None).to_numpy().astype("M8[D]"))

    # -- facets -------------------------------------------------------------------------------

    def facets(
        self,
        class_name: str = "",
        *,
        most: int = 10,
        unit: Unit = "elements",
        scope: Unit = "elements",
    ) -> list[Facet]:
        """Return the counts of the values of every attribute of a class.

        The counts of an attribute ignore the terms of the query that include its values, so that
        the other values can be added.

        Parameters
        ----------
        class_name : str
            Class of the elements; by default the objects themselves (MODO).
        most : int
            Largest number of values of each.
        unit : {"elements", "objects"}
            What is counted.
        scope : {"elements", "objects"}
            The elements that match, or every element of the objects that match: then each
            value leads to at least one object when it is added.

        Returns
        -------
        list of Facet
            Attributes with few values first.
        """
        class_name = class_name or "MODO"
        index = self.matcher.index
        wanted = index.of_class(class_name)
        links = DEFAULT_SCHEMA.link_slots
        slots = [
            name
            for name, column in index.columns.items()
            if name not in (TYPE, "id") and name not in links and wanted[column.rows].any()
        ]
        subclasses = self.matcher.index.class_codes[wanted]
        if len(np.unique(subclasses)) > 1:
            slots.insert(0, TYPE)
        found = [self.facet(slot, class_name, most=most, unit=unit, scope=scope) for slot in slots]
        return sorted(found, key=_facet_rank)

    def facet(
        self,
        slot: str,
        class_name: str = "",
        *,
        most: int = 10,
        text: str = "",
        unit: Unit = "elements",
        scope: Unit = "elements",
    ) -> Facet:
        """Return the counts of the values of one attribute of a class.

        Parameters
        ----------
        slot : str
            Attribute.
        class_name, most, unit, scope
            As for `facets`.
        text : str
            Words that the values must contain.

        Returns
        -------
        Facet
        """
        class_name = class_name or "MODO"
        others = self.query.without_field(class_name, slot)
        index = self.matcher.index
        if scope == "objects":
            rows = self.matcher.objects(others, self._favourites)[index.row_object]
        elif others.conditions == self.query.conditions:
            rows = self.rows
        else:
            rows = self.matcher.rows(others, self._favourites)
        rows = rows & index.of_class(class_name)
        return facet_of(
            self.matcher, rows, slot, class_name, self.query, most=most, text=text, unit=unit
        )

    # -- snippets -------------------------------------------------------------------------------

    def matches(self, start: int = 0, stop: int | None = None) -> list[Match | None]:
        """Return where the words were found, for some objects in the order of `paths`."""
        numbers = self.order[start:stop].tolist()
        return [self._match(number) for number in numbers]

    def element_matches(self, elements: Elements) -> list[Match | None]:
        """Return where the words were found in elements.

        Parameters
        ----------
        elements : Elements
            Elements of this result, such as a page of them.

        Returns
        -------
        list of Match or None
            None for an element that has none of the words itself.
        """
        return [self._match_between(row, row + 1) for row in elements.rows.tolist()]

    def snippet(self, path: str) -> Match | None:
        """Return where the words of the query were found in an object; None without words."""
        number = self.matcher.index.number_of(path)
        return None if number is None else self._match(number)

    @cached_property
    def _values(self) -> list[Value]:
        """Values of the query that snippets show."""
        return [
            each.alternatives[0]
            for each in self.query.conditions
            if not each.excluded and each.alternatives[0].kind in ("words", "exact", "start")
            and each.field not in ("has", "is", TYPE)
        ]  # fmt: skip

    @cached_property
    def _hits(self) -> list[tuple[str, AttributeColumn, NDArray[np.uint8]]]:
        """Attributes, and how many of the values each of their distinct values contains."""
        found = []
        places = [self.matcher.word_places(value) for value in self._values]
        for name in self.matcher.searched():
            column = self.matcher.column(name)
            some = [each[name] for each in places if name in each]
            if column is None or not some:
                continue
            counts = np.zeros(len(column.distinct), dtype=np.uint8)
            for each in some:
                counts[each] += 1
            found.append((name, column, counts))
        return found

    def _match(self, number: int) -> Match | None:
        if not self._values:
            return None
        info = self.matcher.index.objects[number]
        found = self._match_between(info.first, info.first + info.count)
        return found or Match(info.path, "", "", marked(info.path, self._words))

    @cached_property
    def _words(self) -> list[str]:
        return [folded(value.text) for value in self._values]

    def _match_between(self, first: int, last: int) -> Match | None:
        """Return where most of the words were found in the rows from `first` to before `last`."""
        index = self.matcher.index
        if first == last or not self._values:
            return None
        info = index.objects[index.row_object[first]]
        best: tuple[int, str, AttributeColumn, int] | None = None
        for name, column, counts in self._hits:
            entries = column.between(first, last)
            if entries.start == entries.stop:
                continue
            found = counts[column.codes[entries]]
            place = int(found.argmax())
            if not found[place]:
                continue
            at = entries.start + place
            is_root = int(column.rows[at]) == info.first
            rank = 4 * int(found[place]) + 2 * is_root + (name in ("name", "description"))
            if best is None or rank > best[0]:
                best = (rank, name, column, at)
        if best is None:
            return None
        _, name, column, at = best
        shown = _shown(column.value(int(column.codes[at])))
        element = index.element_ids([int(column.rows[at])])[0]
        return Match(info.path, element, name, marked(shown, self._words))

    # -- code -------------------------------------------------------------------------------

    def code(self, use: str = "result.frame") -> str:
        """Return Python code that runs the search again, without secrets.

        Parameters
        ----------
        use : str
            Last line: what is done with the result.

        Returns
        -------
        str
        """
        lines = [
            "import modos_widgets",
            "",
            f"finder = modos_widgets.Finder({self._finder.arguments_code})",
            "finder.load()",
            f"result = finder.search({str(self.query)!r})",
            use,
        ]
        return "\n".join(lines) + "\n"


def _ranks(texts: Any) -> NDArray[np.int64]:
    """Return the rank of each text; equal texts have the same."""
    whole = texts.dictionary_encode()
    order = np.asarray(pc.sort_indices(whole.dictionary))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return np.asarray(ranks[np.asarray(whole.indices)])


def _class_titles(names: Any) -> Any:
    return pa.array([class_title(name) for name in names.to_pylist()], type=pa.string())


def _facet_rank(facet: Facet) -> tuple[int, int]:
    kinds = {"terms": 0, "numbers": 1, "dates": 2, "text": _FACET_ORDER}
    every = sum(value.count for value in facet.values)  # noqa: PD011 - not of pandas
    unique = facet.kind == "text" and facet.distinct * 2 > every
    return (kinds[facet.kind] + (10 if unique else 0), facet.distinct)


def _shown(value: Any) -> str:
    term = label_of(value)
    return f"{term.label} ({term.curie})" if term is not None else text_of(value)


def marked(text: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Return a part of a text around the first of some folded words, in pieces.

    Parameters
    ----------
    text : str
        The text; line ends become spaces.
    words : sequence of str
        Folded words.

    Returns
    -------
    tuple of (str, bool)
        Pieces, and whether each is one of the words.
    """
    text = " ".join(text[:20_000].split())
    plain_text, owners = text.lower(), list(range(len(text)))
    if not text.isascii():
        letters = [folded(letter) for letter in text]
        plain_text = "".join(letters)
        owners = [place for place, plain in enumerate(letters) for _ in plain]
    hits = np.zeros(len(text), dtype=bool)
    first = len(text)
    for word in words:
        at = plain_text.find(word) if word else -1
        while at >= 0:
            begin, end = owners[at], owners[at + len(word) - 1]
            hits[begin : end + 1] = True
            first = min(first, begin)
            at = plain_text.find(word, at + len(word))
    if first == len(text):
        first = 0
    start = max(0, first - _SNIPPET // 3)
    stop = min(len(text), start + _SNIPPET)
    pieces: list[tuple[str, bool]] = []
    for place in range(start, stop):
        is_hit = bool(hits[place])
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + text[place], is_hit)
        else:
            pieces.append((text[place], is_hit))
    if start > 0 and pieces:
        pieces.insert(0, ("…", False))
    if stop < len(text):
        pieces.append(("…", False))
    return tuple(pieces)
