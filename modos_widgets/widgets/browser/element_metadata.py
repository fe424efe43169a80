"""Metadata of one element as rows of text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from modos_widgets.widgets.slot_text import slot_text
from modos_widgets.widgets.table.cells import csv_safe

if TYPE_CHECKING:
    from modos_widgets.modo import Modo

__all__ = ["csv_of", "element_of", "element_rows"]

_LONGEST: Final = 10_000


def element_of(modo: Modo, path: str | None) -> str:
    """Return the element that is or contains a node; for a node above them the root element."""
    parts = (path or "").split("/")
    element = "/".join(parts[:2])
    nodes = modo.hierarchy.nodes
    if len(parts) > 1 and element in nodes and nodes[element].kind == "group":
        return element
    return modo.root_element


def element_rows(modo: Modo, element: str) -> list[tuple[str, str]]:
    """Return slot and value, as text, of each attribute of an element."""
    name = "" if element == modo.root_element else element
    node = modo.hierarchy.nodes.get(name)
    attributes = {} if node is None else node.attributes
    return [(slot, slot_text(value)[:_LONGEST]) for slot, value in attributes.items()]


def csv_of(modo: Modo, element: str) -> str:
    """Return the metadata of an element as CSV, one line per slot."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [("element", element), *element_rows(modo, element)]
    writer.writerows([csv_safe(cell) for cell in row] for row in rows)
    return text.getvalue()
