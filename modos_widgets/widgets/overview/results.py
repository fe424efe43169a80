"""Results of searches in the order in which they are shown, and their rows."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from modos_widgets.modo import class_plural, class_title, text_of
from modos_widgets.widgets.overview.wire import ElementRow, Fragment, ObjectRow, Snippet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.finder import Elements, Finder, Match, Result
    from modos_widgets.widgets.overview.wire import Kind, ObjectState

__all__ = [
    "MOST_ROWS",
    "Found",
    "Question",
    "Results",
    "element_rows",
    "has_words",
    "object_rows",
]

MOST_ROWS: Final = 500
"""Most rows of one answer."""

_MOST_KEPT: Final = 16  # results that are kept for their further rows
_LONGEST: Final = 500  # characters of a text in a row
_MOST_LISTED: Final = 12  # classes, formats or attributes in a row
_SORTED_BY: Final = {
    "omics": "omics_types",
    "contains": "classes",
    "metadata": "errors",
}
"""Column of the widget to that of the objects, where their names differ."""

_ELEMENTS_BY: Final = {"title": "name", "class": "@type", "object": "object"}
"""Column of the widget to the attribute that elements are sorted by."""


@dataclass(frozen=True)
class Question:
    """What is searched for, and in which order it is shown.

    Attributes
    ----------
    query : str
        Text of the query.
    kind : {"objects", "elements"}
        What is listed.
    sort : str
        Column; empty for the order of the result.
    down : bool
        Whether the highest values are first.
    """

    query: str
    kind: Kind
    sort: str = ""
    down: bool = False


@dataclass(frozen=True)
class Found:
    """A result in the order in which it is shown.

    Attributes
    ----------
    number : int
        Identifies it.
    result : Result
        What was found.
    kind : {"objects", "elements"}
        What is listed.
    paths : list of str
        Paths of the objects in the order shown; empty if elements are listed.
    elements : Elements or None
        The elements in the order shown; None if objects are listed.
    version : int
        Version of the metadata that were searched.
    late : int
        Number of rows at another place than their order has them.
    """

    number: int
    result: Result
    kind: Kind
    paths: list[str]
    elements: Elements | None
    version: int
    late: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.paths) if self.elements is None else len(self.elements)


class Results:
    """The latest results, each with the order in which it is shown.

    While metadata arrive, rows that are shown stay where they are, and new ones follow, so that
    none moves under the pointer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Found] = OrderedDict()
        self._latest: dict[Question, Found] = {}
        self._every: Result | None = None
        self._numbers = itertools.count(1)

    def find(self, finder: Finder, question: Question, *, settled: bool) -> Found:
        """Search, and arrange what was found.

        Parameters
        ----------
        finder : Finder
            The metadata.
        question : Question
            What is searched for.
        settled : bool
            Whether rows of the latest result of this question stay where they are.

        Returns
        -------
        Found

        Raises
        ------
        OptionError
            The query is not valid.
        """
        result = finder.search(question.query)
        paths = _ordered(result, question) if question.kind == "objects" else []
        late = 0
        with self._lock:
            before = self._latest.get(question) if settled else None
        if before is not None and before.paths != paths:
            members = set(paths)
            kept = [path for path in before.paths if path in members]
            known = set(kept)
            shown = [*kept, *(path for path in paths if path not in known)]
            late = sum(one != other for one, other in zip(shown, paths, strict=True))
            paths = shown
        version = result.matcher.index.version
        elements = None
        if question.kind == "elements":
            elements = result.elements
            if by := _ELEMENTS_BY.get(question.sort):
                elements = elements.ordered(by, down=question.down)
        number = next(self._numbers)
        found = Found(number, result, question.kind, paths, elements, version, late)
        with self._lock:
            self._kept[found.number] = found
            self._latest = {question: found}
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def every(self, finder: Finder) -> Result:
        """Return the result of the empty query; it is kept until more is known."""
        known = self._every
        if known is None or known.matcher.index.version != finder.version:
            known = self._every = finder.search("")
        return known

    def get(self, number: int) -> Found | None:
        """Return a result, unless it is too old."""
        with self._lock:
            return self._kept.get(number)

    def forget(self) -> None:
        """Drop all results."""
        with self._lock:
            self._kept.clear()
            self._latest = {}
            self._every = None


def _ordered(result: Result, question: Question) -> list[str]:
    """Return the paths of a result in the order that was asked for."""
    frame = result.objects
    name = _SORTED_BY.get(question.sort, question.sort)
    if name not in frame:
        return list(frame.index)
    ranked = _sortable(frame, name).sort_values(
        ascending=not question.down, kind="stable", na_position="last"
    )
    return list(ranked.index)


def _sortable(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a column as values that sort: texts without case, lists by their text."""
    values = frame[name]
    if name == "errors":
        return values.astype("Float64") * 1e6 + frame["warnings"].astype("Float64")
    if name == "classes":
        return values.map(lambda each: sum(each.values()) if each else 0)
    if name in {"omics_types", "formats"}:
        return values.map(lambda each: ", ".join(each) if each else None)
    if name == "title":
        return values.map(lambda each: str(each).casefold())
    return values


# -- rows ---------------------------------------------------------------------------------------


def object_rows(found: Found, start: int, end: int) -> list[ObjectRow]:
    """Return rows of a result that lists objects."""
    paths = found.paths[start:end]
    result = found.result
    numbers = result.matcher.index.numbers
    filled, wanted = result.matcher.completeness
    rows = []
    for path, facts in zip(paths, result.objects.loc[paths].to_dict("records"), strict=True):
        match = result.snippet(path) if has_words(result) else None
        number = numbers[path]
        rows.append(_object_row(path, facts, match, int(filled[number]), int(wanted[number])))
    return rows


def has_words(result: Result) -> bool:
    """Return whether a query searches for words, so that rows show where they are."""
    return any(not each.field and not each.excluded for each in result.query.conditions)


def _object_row(
    path: str, facts: Mapping[Any, Any], match: Match | None, filled: int, wanted: int
) -> ObjectRow:
    classes: Mapping[str, int] = facts["classes"] or {}
    state: str = facts["state"]
    shown_state: ObjectState = "" if state == "read" else state  # type: ignore[assignment]
    return ObjectRow(
        path=path,
        title=_text(facts["title"]),
        id=_text(facts["id"]),
        counts=[
            ((class_title if number == 1 else class_plural)(name), int(number))
            for name, number in list(classes.items())[:_MOST_LISTED]
        ],
        samples=_whole(facts["samples"]) or 0,
        omics=_texts(facts["omics_types"]),
        formats=_texts(facts["formats"]),
        size=_whole(facts["size"]),
        changed=_date(facts["changed"]),
        errors=_whole(facts["errors"]) or 0,
        warnings=_whole(facts["warnings"]) or 0,
        filled=filled,
        wanted=wanted,
        state=shown_state,
        reason=_text(facts["reason"]),
        snippet=_snippet(match),
    )


def element_rows(found: Found, start: int, end: int) -> list[ElementRow]:
    """Return rows of a result that lists elements."""
    result = found.result
    index = result.matcher.index
    page = (found.elements or result.elements).between(start, end)
    places = page.page()
    matches = result.element_matches(page)
    rows = []
    for row, (path, element), match in zip(page.rows.tolist(), places, matches, strict=True):
        (attributes,) = index.attributes(row, 1)
        values = [
            (name, text_of(value)[:_LONGEST])
            for name, value in attributes.items()
            if name not in {"@type", "id", "name"} and value not in (None, "", [])
        ]
        rows.append(
            ElementRow(
                path=path,
                object_title=_text(index.objects[index.row_object[row]].title),
                element=element,
                class_name=class_title(_text(attributes.get("@type"))),
                name=_text(attributes.get("name")),
                values=values[:_MOST_LISTED],
                snippet=_snippet(match),
            )
        )
    return rows


def _snippet(match: Match | None) -> Snippet | None:
    if match is None or not match.snippet:
        return None
    place = " ".join(each for each in (match.element, match.slot) if each)
    return Snippet(place, [Fragment(text, hit) for text, hit in match.snippet])


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list | tuple) else []
    return [_text(each) for each in listed[:_MOST_LISTED]]


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _date(value: Any) -> str:
    if isinstance(value, str):
        return value[:10]
    return "" if value is None or pd.isna(value) else pd.Timestamp(value).date().isoformat()
