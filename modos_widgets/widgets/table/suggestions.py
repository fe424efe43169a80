"""Suggestions for a cell: listed values, elements to link to, and terms of ontologies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.slot_values import Suggester
from modos_widgets.widgets.table.wire import SuggestRequest
from modos_widgets.widgets.wire import SuggestAnswer

if TYPE_CHECKING:
    from modos_widgets.remote import EndpointManager
    from modos_widgets.widgets.table.draft_state import DraftState

__all__ = ["Suggestions"]


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
        self._suggester = Suggester(terminology)

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
                group = element.partition("/")[0] if "/" in element else ""
                return {"options": self._suggester.classes(data.draft.schema, group, text)}
            if slot is not None and slot.kind == "link":
                return {"options": self._suggester.targets(data.draft, path, slot.link, text)}
        if slot is not None and slot.kind == "term":
            return {"options": self._suggester.terms(text, name)}
        return {"options": self._suggester.listed(slot, text)}
