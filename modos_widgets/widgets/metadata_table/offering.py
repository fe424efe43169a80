"""What a cell may become: listed values, elements to link to, terms of ontologies."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ModosError
from modos_widgets.remote.terminology import find_terms
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.cells import text_of
from modos_widgets.widgets.metadata_table.labels import curie_of, find_labels
from modos_widgets.widgets.metadata_table.mending import MendedTable

if TYPE_CHECKING:
    from modos_widgets.modo.slots import Slot
    from modos_widgets.remote.terminology import FoundTerm
    from modos_widgets.widgets.metadata_table.sheets import DraftSheet

__all__ = ["OfferingTable"]

_log = logging.getLogger("modos_widgets")
_SUGGESTIONS: Final = 30


class OfferingTable(MendedTable):
    """A table whose editors offer what fits a cell."""

    @answers("suggest")
    def _answer_suggest(self, request: Request) -> dict[str, Any]:
        """Give what a cell may become: listed values, elements to link to, terms."""
        asked = request.payload
        text = str(asked.get("text", ""))[:200].strip()
        sheet = self._drafted()
        number = self._number(asked["column"])
        name = sheet.slots[number - sheet.keys] if number >= sheet.keys else ""
        with self._lock:
            position = min(int(asked.get("position", 0)), len(sheet) - 1)
            path, element = sheet.key(position)
            class_name = sheet.attributes(position).get("@type")
            known = sheet.draft.schema.slots(class_name).get(name, self._slots.get(name))
            if name == "@type":
                return {"options": self._classes(sheet, element, text)}
            if known is not None and known.kind == "link":
                return {"options": self._targets(sheet, path, known, text)}
        if known is not None and known.kind == "term":
            return self._terms(text, name)
        terms = known.terms.values() if known is not None else ()
        return {
            "options": [
                {"value": term.value, "label": term.value, "hint": term.description}
                for term in terms
                if text.lower() in term.value.lower()
            ]
        }

    def _terms(self, text: str, slot: str) -> dict[str, Any]:
        """Search ontologies: a terminology service where one was given, else those at hand."""
        found: list[FoundTerm] = []
        if self._terminology is not None:
            try:
                found = find_terms(self._terminology, slot, text, _SUGGESTIONS)
            except ModosError as error:  # typing goes on with the terms at hand
                _log.warning("The terminology service: %s", error)
        options = [
            {"value": term.uri, "label": term.label, "hint": curie_of(term.uri)} for term in found
        ]
        options += [
            {"value": term.uri, "label": term.label, "hint": f"{term.curie} · {term.ontology}"}
            for term in find_labels(text, slot, _SUGGESTIONS)
            if not found
        ]
        return {"options": options}

    def _classes(self, sheet: DraftSheet, element: str, text: str) -> list[dict[str, str]]:
        group = element.partition("/")[0] if "/" in element else ""
        schema = sheet.draft.schema
        return [
            {"value": name, "label": name, "hint": schema.describe(name).split("\n")[0]}
            for name in schema.classes
            if schema.group(name) == group and text.lower() in name.lower()
        ]

    def _targets(self, sheet: DraftSheet, path: str, slot: Slot, text: str) -> list[dict[str, str]]:
        schema = sheet.draft.schema
        found = []
        for element, attributes in sheet.draft.working(path).now.items():
            name = text_of(attributes.get("name"))
            if text.lower() not in f"{element} {name}".lower():
                continue
            if "/" in element and schema.is_a(attributes.get("@type"), slot.link):
                found.append({"value": element, "label": element, "hint": name[:80]})
                if len(found) == _SUGGESTIONS:
                    break
        return found
