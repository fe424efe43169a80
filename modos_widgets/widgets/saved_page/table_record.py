"""Record of a table: every cell, its sort key, its findings; the page answers from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.modo import is_missing, labels_for, text_of
from modos_widgets.widgets.cards import Cards
from modos_widgets.widgets.front_end import Request
from modos_widgets.widgets.slot_values import value_chips, value_words
from modos_widgets.widgets.table.cells import LONGEST, LONGEST_KEY, display_value
from modos_widgets.widgets.table.column_index import ColumnIndex, numbers_of
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.draft_state import DraftState
from modos_widgets.widgets.table.marks import Marks
from modos_widgets.widgets.table.rows import Rows
from modos_widgets.widgets.table.wire import Head, Status
from modos_widgets.widgets.wire import Card, Chip

if TYPE_CHECKING:
    from modos_widgets.modo import Draft
    from modos_widgets.widgets.saved_page.names import Names

__all__ = ["ChangesRecord", "ColumnRecord", "TableRecord", "record_changes", "record_table"]

_CARDS_AT_ONCE: Final = 12
_MOST_CHANGES: Final = 20_000


class ColumnRecord(TypedDict):
    """Cells of a column; each distinct value is stored once."""

    values: list[str | list[str] | None]
    """As the grid shows them."""
    texts: dict[str, str]
    """The whole text of a value that is a list or shortened, by its place in `values`."""
    ranks: list[int | None]
    """Sort key of each value; None comes last."""
    at: list[int]
    """Place of the value of each row in `values`."""
    rows: NotRequired[list[int]]
    """The rows that `at` is about, if most cells of the column are empty."""


class TableRecord(TypedDict):
    """A table, as it was saved."""

    head: Head
    status: Status
    columns: list[ColumnRecord]
    tabs: list[str]
    """Tab of each row."""
    filled: list[tuple[int, int] | None]
    """How many of the required and expected attributes are filled, and their number, by row."""
    kinds: list[tuple[str, str, str]]
    """Severity, title and message of findings."""
    findings: dict[str, dict[str, list[int]]]
    """Places in `kinds`, by row and column."""
    changed: dict[str, list[int]]
    """Changed columns, by row."""
    terms: dict[str, Card]
    """Cards of the terms, by URI."""
    labels: dict[str, str]
    """Labels of the terms, by URI."""


class ChangesRecord(TypedDict):
    """Changes of a draft."""

    rows: list[tuple[str, str, str, str | None, str | None]]
    """Object, element, slot, before, after."""
    total: int
    chips: dict[str, list[Chip]]
    """Parts of the values that are terms or links, by text."""


def record_table(draft: Draft, names: Names, *, findings: bool = True) -> TableRecord:
    """Record the table of a draft; no I/O.

    Parameters
    ----------
    draft : Draft
        The objects; all of it is checked.
    names : Names
        Names of the objects.
    findings : bool
        Whether to record the findings.

    Returns
    -------
    TableRecord
    """
    draft.check()
    data = DraftSource(draft, all_slots=False)
    rows = Rows(data)
    state = DraftState(rows)
    state.close()
    head = rows.head(first=False)
    head["classes"] = []
    status = state.status()
    tabs = status.get("tabs", {})
    shown: Status = {"tabs": tabs}
    if not findings:
        for tab in tabs.values():
            tab["errors"] = tab["warnings"] = tab["notes"] = 0
    else:
        shown["errors"] = status.get("errors", 0)
        shown["warnings"] = status.get("warnings", 0)
        shown["notes"] = status.get("notes", 0)
    kinds: dict[tuple[str, str, str], int] = {}
    found: dict[str, dict[str, list[int]]] = {}
    changed: dict[str, list[int]] = {}
    marks = Marks(data)
    for position in range(len(data)):
        of_row = marks.findings(position) if findings else {}
        if of_row:
            found[str(position)] = {
                str(column): [
                    kinds.setdefault(
                        (each.severity, each.title, names.without_paths(each.message)), len(kinds)
                    )
                    for each in of_cell
                ]
                for column, of_cell in of_row.items()
            }
        if columns := marks.changed(position):
            changed[str(position)] = sorted(columns)
    terms = _term_values(rows)
    return {
        "head": head,
        "status": shown,
        "columns": [_column(data, number, names) for number in range(len(data.names))],
        "tabs": [data.tabs.at(position) for position in range(len(data))],
        "filled": [data.tabs.completeness(data.attributes(place)) for place in range(len(data))],
        "kinds": list(kinds),
        "findings": found,
        "changed": changed,
        "terms": _term_cards(terms),
        "labels": labels_for(terms),
    }


def _column(data: DraftSource, number: int, names: Names) -> ColumnRecord:
    values = data.column(number)
    if data.several and number == 0:
        values = [names.of(path) for path in values]
    longest = LONGEST_KEY if number < data.keys else LONGEST
    places: dict[tuple[bool, str], int] = {}
    shown: list[str | list[str] | None] = []
    texts: dict[str, str] = {}
    first: list[int] = []
    at = []
    for row, value in enumerate(values):
        text = "" if is_missing(value) else text_of(value).encode(errors="replace").decode()
        key = (isinstance(value, list | tuple), text)
        place = places.setdefault(key, len(places))
        if place == len(shown):
            display = display_value(value, longest)
            shown.append(display)
            first.append(row)
            if (display or "") != text:
                texts[str(place)] = text
        at.append(place)
    keys = numbers_of(values)
    if keys is None:
        keys = ColumnIndex(values).rank
    if isinstance(keys, pa.ChunkedArray):
        keys = keys.combine_chunks()
    empty = np.asarray(pc.is_null(keys, nan_is_null=True))
    ranks = np.zeros(len(empty), dtype=np.intp)
    filled = np.asarray(keys.filter(pa.array(~empty)).to_numpy(zero_copy_only=False))
    ranks[~empty] = np.unique(filled, return_inverse=True)[1]
    column: ColumnRecord = {
        "values": shown,
        "texts": texts,
        "ranks": [None if empty[row] else int(ranks[row]) for row in first],
        "at": at,
    }
    nothing = next((place for place, value in enumerate(shown) if value is None), None)
    if nothing is not None and 2 * at.count(nothing) > len(at):
        column["rows"] = [row for row, place in enumerate(at) if place != nothing]
        column["at"] = [place for place in at if place != nothing]
    return column


def _term_values(rows: Rows) -> list[str]:
    """Return the distinct terms in a table."""
    found: dict[str, None] = {}
    for number, column in enumerate(rows.columns):
        if column["kind"] != "term":
            continue
        for value in rows.data.column(number):
            for entry in value if isinstance(value, list | tuple) else [value]:
                if isinstance(entry, str) and "://" in entry:
                    found[entry] = None
    return list(found)


def _term_cards(terms: list[str]) -> dict[str, Card]:
    cards = Cards(lambda _request, _element: None)
    found: dict[str, Card] = {}
    for start in range(0, len(terms), _CARDS_AT_ONCE):
        part = terms[start : start + _CARDS_AT_ONCE]
        request: Request[Any] = Request(0, "", "cards", {"kind": "term", "values": part})
        found.update(zip(part, cards.answer_cards(request)["cards"], strict=True))
    return found


def record_changes(draft: Draft, names: Names) -> ChangesRecord:
    """Record the changes of a draft, for a review; no I/O.

    Parameters
    ----------
    draft : Draft
        The draft.
    names : Names
        Names of the objects.

    Returns
    -------
    ChangesRecord
    """
    rows = draft.rows()
    shown = rows[:_MOST_CHANGES]
    return {
        "rows": [
            (names.of(path), element, slot, value_words(before), value_words(after))
            for path, element, slot, before, after in shown
        ],
        "total": len(rows),
        "chips": value_chips(
            ((slot, value) for _, _, slot, *both in shown for value in both),
            draft.schema.link_slots,
        ),
    }
