"""Completions of the term of a query that is being typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from modos_widgets.finder.attribute_column import as_json, decoded
from modos_widgets.finder.query import ALIASES, FINDING_WORDS, STATES, Value
from modos_widgets.folding import folded
from modos_widgets.modo import DEFAULT_SCHEMA, label_of, text_of

if TYPE_CHECKING:
    from modos_widgets.finder.matching import Matcher

__all__ = ["Suggestion", "suggestions"]

_OPERATORS: Final = {
    "type": "class of the element",
    "has": "a finding, or an attribute with a value",
    "is": "state of the object",
    "date": "any date, such as 2024-05",
    "path": "part of the object's path",
}
_PLAIN: Final = re.compile(r"[^\W_][\w.\-]*\Z")


@dataclass(frozen=True)
class Suggestion:
    """A completion.

    Attributes
    ----------
    text : str
        Text to insert.
    start, stop : int
        Part of the query that it replaces.
    label, hint : str
        What to show, and what it means.
    """

    text: str
    start: int
    stop: int
    label: str
    hint: str = ""


def suggestions(matcher: Matcher, text: str, cursor: int, most: int) -> list[Suggestion]:
    """Return completions of the term at the cursor; see `Finder.suggest`."""
    start = _start_of_term(text[:cursor])
    term = text[start:cursor]
    sign = "-" if term.startswith("-") else ""
    name, colon, value = term.removeprefix("-").partition(":")
    if not colon:
        return [
            Suggestion(f"{sign}{each}:", start, cursor, f"{each}:", hint)
            for each, hint in _fields(matcher, folded(name))
        ][:most]
    begin = cursor - len(value.rpartition(",")[2])
    wanted = folded(value.rpartition(",")[2].strip('"'))
    found = _values(matcher, name, wanted, most)
    return [Suggestion(written, begin, cursor, label, hint) for written, label, hint in found]


def _start_of_term(text: str) -> int:
    start, inside = 0, False
    for place, letter in enumerate(text):
        if letter == '"':
            inside = not inside
        elif letter.isspace() and not inside:
            start = place + 1
    return start


def _fields(matcher: Matcher, wanted: str) -> list[tuple[str, str]]:
    short = {attribute: alias for alias, attribute in ALIASES.items() if alias != "class"}
    fields = dict(_OPERATORS)
    for name in matcher.index.columns:
        if name == "@type":
            continue
        titles = (DEFAULT_SCHEMA.slots(each).get(name) for each in DEFAULT_SCHEMA.classes)
        slot = next((each for each in titles if each is not None), None)
        fields[short.get(name, name)] = slot.title if slot is not None else ""
    return [(name, hint) for name, hint in fields.items() if folded(name).startswith(wanted)]


def _values(matcher: Matcher, name: str, wanted: str, most: int) -> list[tuple[str, str, str]]:
    if name == "has":
        words = [*FINDING_WORDS, *(each for each in matcher.index.columns if each != "@type")]
        return [(each, each, "") for each in words if folded(each).startswith(wanted)][:most]
    if name == "is":
        return [(each, each, "") for each in STATES if each.startswith(wanted)]
    class_name, dot, slot = name.partition(".")
    slot = slot if dot and class_name in DEFAULT_SCHEMA.classes else name
    slot = ALIASES.get(slot, slot)
    column = matcher.column(slot)
    if column is None:
        return []
    places = matcher.texts(slot).containing(wanted)
    counts = np.bincount(column.codes, minlength=len(column.distinct))[places]
    found = []
    for place in places[np.argsort(-counts, kind="stable")[:most]].tolist():
        stored = column.distinct[place].as_py()
        value = decoded(stored)
        term = label_of(value)
        label = term.label if term is not None else text_of(value)
        written = label if term is not None else as_json(stored)
        if not _PLAIN.match(written):
            written = str(Value("exact", written))
        found.append((written, label, f"{int(counts[np.flatnonzero(places == place)[0]]):,}"))
    return found
