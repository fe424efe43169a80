"""Suggestions for a slot: listed values, elements to link to, and terms of ontologies."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import ModosError
from modos_widgets.folding import folded
from modos_widgets.modo import curie_of, find_labels, text_of
from modos_widgets.remote import find_terms

if TYPE_CHECKING:
    from modos_widgets.modo import Draft, Schema, Slot
    from modos_widgets.remote import EndpointManager, FoundTerm
    from modos_widgets.widgets.wire import Suggestion

__all__ = ["Suggester"]

_log = logging.getLogger("modos_widgets")
_MOST: Final = 30


class Suggester:
    """Source of values that fit what a person types.

    Parameters
    ----------
    terminology : EndpointManager or str, optional
        Where terms are searched; without it, among the built-in terms.
    """

    def __init__(self, terminology: EndpointManager | str | None = None) -> None:
        self._terminology = terminology

    def terms(self, text: str, slot: str) -> list[Suggestion]:
        """Return ontology terms: of the terminology service if it answers, else built-in ones."""
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

    @staticmethod
    def listed(slot: Slot | None, text: str) -> list[Suggestion]:
        """Return the values that the schema lists for a slot."""
        terms = slot.terms.values() if slot is not None else ()
        return [
            {"value": term.value, "label": term.value, "hint": term.description}
            for term in terms
            if folded(text) in folded(term.value)
        ]

    @staticmethod
    def classes(schema: Schema, group: str, text: str) -> list[Suggestion]:
        """Return the classes that an element of a group can have."""
        return [
            {"value": name, "label": name, "hint": schema.describe(name).split("\n")[0]}
            for name in schema.classes
            if schema.group(name) == group and folded(text) in folded(name)
        ]

    @staticmethod
    def targets(draft: Draft, path: str, target: str, text: str) -> list[Suggestion]:
        """Return the elements of an object that a link to the class `target` can name."""
        found: list[Suggestion] = []
        words = folded(text)
        for element, attributes in draft.elements(path).items():
            name = text_of(attributes.get("name"))
            if words not in folded(f"{element} {name}"):
                continue
            if "/" in element and draft.schema.is_a(attributes.get("@type"), target):
                found.append({"value": element, "label": element, "hint": name[:80]})
                if len(found) == _MOST:
                    break
        return found
