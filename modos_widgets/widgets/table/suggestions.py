"""Suggestions for a cell: listed values, elements to link to, and terms of ontologies."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import ModosError
from modos_widgets.folding import folded
from modos_widgets.modo import text_of
from modos_widgets.remote import find_terms
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.table.term_labels import curie_of, find_labels
from modos_widgets.widgets.table.wire import SuggestAnswer, Suggestion, SuggestRequest

if TYPE_CHECKING:
    from modos_widgets.modo import Schema, Slot
    from modos_widgets.remote import EndpointManager, FoundTerm
    from modos_widgets.widgets.table.data_source import DraftSource
    from modos_widgets.widgets.table.draft_state import DraftState

__all__ = ["Suggestions"]

_log = logging.getLogger("modos_widgets")
_MOST: Final = 30


class Suggestions:
    """Suggestions of values for the cells of a table.

    Parameters
    ----------
    state : DraftState
        The draft that is edited.
    terminology : EndpointManager or str, optional
        Where terms are searched; without it, among the built-in terms.
    """

    def __init__(self, state: DraftState, terminology: EndpointManager | str | None = None) -> None:
        self._state = state
        self._terminology = terminology

    @answers("suggest")
    def suggest(self, request: Request[SuggestRequest]) -> SuggestAnswer:
        """Return values for a cell: listed values, elements to link to, or terms."""
        payload, rows = request.payload, self._state.rows
        text = str(payload.get("text", ""))[:200].strip()
        data = self._state.writable()
        number = rows.number(payload["column"])
        name = data.slots[number - data.keys] if number >= data.keys else ""
        with rows.lock:
            position = min(int(payload.get("position", 0)), len(data) - 1)
            path, element = data.key(position)
            class_name = data.attributes(position).get("@type")
            slot = data.draft.schema.slots(class_name).get(name, self._state.slots.get(name))
            if name == "@type":
                return {"options": _classes(data.draft.schema, element, text)}
            if slot is not None and slot.kind == "link":
                return {"options": _targets(data, path, slot, text)}
        if slot is not None and slot.kind == "term":
            return {"options": self._terms(text, name)}
        terms = slot.terms.values() if slot is not None else ()
        return {
            "options": [
                {"value": term.value, "label": term.value, "hint": term.description}
                for term in terms
                if folded(text) in folded(term.value)
            ]
        }

    def _terms(self, text: str, slot: str) -> list[Suggestion]:
        """Search the terminology service if it answers, else the built-in terms."""
        terms: list[FoundTerm] = []
        if self._terminology is not None:
            try:
                terms = find_terms(self._terminology, slot, text, _MOST)
            except ModosError as error:  # the built-in terms are enough to continue
                _log.warning("The terminology service: %s", error)
        if terms:
            return [
                {"value": term.uri, "label": term.label, "hint": curie_of(term.uri)}
                for term in terms
            ]
        return [
            {"value": term.uri, "label": term.label, "hint": f"{term.curie} · {term.ontology}"}
            for term in find_labels(text, slot, _MOST)
        ]


def _classes(schema: Schema, element: str, text: str) -> list[Suggestion]:
    group = element.partition("/")[0] if "/" in element else ""
    return [
        {"value": name, "label": name, "hint": schema.describe(name).split("\n")[0]}
        for name in schema.classes
        if schema.group(name) == group and folded(text) in folded(name)
    ]


def _targets(data: DraftSource, path: str, slot: Slot, text: str) -> list[Suggestion]:
    schema = data.draft.schema
    targets: list[Suggestion] = []
    words = folded(text)
    for element, attributes in data.draft.elements(path).items():
        name = text_of(attributes.get("name"))
        if words not in folded(f"{element} {name}"):
            continue
        if "/" in element and schema.is_a(attributes.get("@type"), slot.link):
            targets.append({"value": element, "label": element, "hint": name[:80]})
            if len(targets) == _MOST:
                break
    return targets
