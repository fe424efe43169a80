"""Cards: what a term or a linked element is, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import DEFAULT_SCHEMA, describe_term
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.slot_text import slot_text
from modos_widgets.widgets.slot_values import value_chips
from modos_widgets.widgets.wire import Card, CardsAnswer, CardsRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modos_widgets.modo import Schema

__all__ = ["Cards"]

_MOST_CARDS: Final = 12
_MOST_FACTS: Final = 6
_LONGEST: Final = 200
_LONGEST_VALUE: Final = 2_000
_HEAD: Final = {"@type", "id", "name"}


class Cards:
    """Answers what the terms and links in a value are.

    A widget adds it to its `_collaborators`; its browser half is ``js/shared/cards.tsx``.

    Parameters
    ----------
    find : callable
        Returns the attributes of an element, or None if it does not exist: ``find(request, id)``.
    schema : callable, optional
        Returns the schema, which determines the facts that come first.
    """

    def __init__(
        self,
        find: Callable[[CardsRequest, str], Mapping[str, Any] | None],
        schema: Callable[[], Schema] = lambda: DEFAULT_SCHEMA,
    ) -> None:
        self._find = find
        self._schema = schema

    @answers("cards", prompt=True)
    def answer_cards(self, request: Request[CardsRequest]) -> CardsAnswer:
        """Return a card for each value."""
        payload = request.payload
        values = [str(value)[:_LONGEST_VALUE] for value in payload["values"][:_MOST_CARDS]]
        if payload["kind"] == "term":
            return {"cards": [_term_card(value) for value in values]}
        return {"cards": [self._element_card(payload, value) for value in values]}

    def _element_card(self, request: CardsRequest, element: str) -> Card:
        attributes = self._find(request, element)
        if attributes is None:
            return {
                "title": element[:_LONGEST],
                "about": "",
                "value": element,
                "exists": False,
                "rows": [],
                "chips": {},
            }
        schema = self._schema()
        class_name = _text(attributes.get("@type"))
        first = (*schema.required(class_name), *schema.expected(class_name))
        slots = [
            slot
            for slot in dict.fromkeys((*first, *attributes))
            if slot not in _HEAD and _text(attributes.get(slot))
        ][:_MOST_FACTS]
        shown = [(slot, attributes[slot]) for slot in slots]
        return {
            "title": _text(attributes.get("name")) or element[:_LONGEST],
            "about": " · ".join(filter(None, (class_name, element[:_LONGEST]))),
            "value": element,
            "exists": True,
            "rows": [(slot, _text(value)) for slot, value in shown],
            "chips": value_chips(shown, schema.link_slots, _text),
        }


def _term_card(value: str) -> Card:
    term = describe_term(value)
    about = filter(None, (term.ontology, term.curie if term.curie != term.uri else ""))
    return {
        "title": term.label or term.curie[:_LONGEST],
        "about": " · ".join(about),
        "value": term.uri,
        "exists": True,
        "rows": [] if term.uri == (term.label or term.curie) else [("URI", term.uri[:_LONGEST])],
        "chips": {},
    }


def _text(value: Any) -> str:
    return slot_text(value)[:_LONGEST]
