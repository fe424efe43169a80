"""Metadata of one element as rows of text, as stored or as a draft has them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import DEFAULT_SCHEMA, MISSING, csv_safe
from modos_widgets.widgets.browser.wire import ElementAnswer, ElementRow
from modos_widgets.widgets.slot_text import slot_text
from modos_widgets.widgets.slot_values import value_chips

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo import Draft, Modo
    from modos_widgets.widgets.wire import Chip

__all__ = ["attributes_of", "csv_of", "element_answer", "element_of"]

_LONGEST: Final = 10_000


def element_of(modo: Modo, path: str | None, draft: Draft | None = None) -> str:
    """Return the element that is or contains a node; for a node above them the root element."""
    parts = (path or "").split("/")
    element = "/".join(parts[:2])
    if len(parts) > 1:
        if draft is not None and element in draft.elements(modo.path):
            return element
        nodes = modo.hierarchy.nodes
        if element in nodes and nodes[element].kind == "group":
            return element
    return modo.root_element


def element_answer(modo: Modo, element: str, draft: Draft | None = None) -> ElementAnswer:
    """Return each attribute of an element as text, and what a draft changes in it.

    Parameters
    ----------
    modo : Modo
        The object.
    element : str
        Id of the element.
    draft : Draft, optional
        A draft that contains the object.

    Returns
    -------
    ElementAnswer
    """
    stored = _stored(modo, element)
    links = (DEFAULT_SCHEMA if draft is None else draft.schema).link_slots

    def chips(*sides: Mapping[str, Any]) -> dict[str, list[Chip]]:
        return value_chips((pair for side in sides for pair in side.items()), links, _text)

    if draft is None:
        rows = [
            ElementRow(slot, _text(value), None, changed=False) for slot, value in stored.items()
        ]
        return {"element": element, "state": "", "rows": rows, "chips": chips(stored)}
    changes = next((each for each in draft.changes() if each.path == modo.path), None)
    now = draft.elements(modo.path).get(element)
    evidence = draft.evidence

    def source(slot: str, value: Any) -> str:
        return "" if evidence is None else evidence.source(element, slot, value)

    if now is None:
        rows = [
            ElementRow(slot, None, _text(value), changed=True) for slot, value in stored.items()
        ]
        return {"element": element, "state": "removed", "rows": rows, "chips": chips(stored)}
    if changes is not None and element in changes.added:
        rows = [
            ElementRow(slot, _text(value), None, changed=True, source=source(slot, value))
            for slot, value in now.items()
        ]
        return {"element": element, "state": "new", "rows": rows, "chips": chips(now)}
    cells = {} if changes is None else changes.cells.get(element, {})
    rows = []
    for slot in dict.fromkeys((*now, *cells)):
        before, after = cells.get(slot, (MISSING, now.get(slot, MISSING)))
        rows.append(
            ElementRow(
                slot,
                None if after is MISSING else _text(after),
                None if before is MISSING else _text(before),
                changed=slot in cells,
                source=source(slot, after) if slot in cells else "",
            )
        )
    return {"element": element, "state": "", "rows": rows, "chips": chips(stored, now)}


def attributes_of(modo: Modo, element: str, draft: Draft | None = None) -> Mapping[str, Any] | None:
    """Return the attributes of an element as stored, or as a draft has them; None if it is gone."""
    if draft is not None:
        return draft.elements(modo.path).get(element)
    return _stored(modo, element) or None


def _stored(modo: Modo, element: str) -> Mapping[str, Any]:
    name = "" if element == modo.root_element else element
    node = modo.hierarchy.nodes.get(name)
    return {} if node is None else node.attributes


def _text(value: Any) -> str:
    return slot_text(value)[:_LONGEST]


def csv_of(modo: Modo, element: str, draft: Draft | None = None) -> str:
    """Return the metadata of an element as CSV, one line per slot, as a draft has them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    answer = element_answer(modo, element, draft)
    rows = [("element", element)]
    rows += [(row.slot, row.value) for row in answer["rows"] if row.value is not None]
    writer.writerows([csv_safe(cell) for cell in row] for row in rows)
    return text.getvalue()
