"""An object's metadata as rows of text, for the browser to show."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo

__all__ = ["cell_text", "csv_of", "rows_of"]

_MOST_ROWS: Final = 2000
_LONGEST: Final = 2000
_FIRST = ("@type", "name")


def cell_text(value: Any) -> str:
    """Say a value of any kind as text: lists joined by commas, other JSON as it is stored."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=str)


def _columns(metadata: dict[str, dict[str, Any]]) -> list[str]:
    found = {slot: None for attributes in metadata.values() for slot in attributes}
    return [name for name in _FIRST if name in found] + [
        name for name in found if name not in {*_FIRST, "id"}
    ]


def rows_of(modo: Modo) -> dict[str, Any]:
    """Give columns and rows: the element's path, its id, then one text a column."""
    metadata = modo.metadata
    columns = _columns(metadata)
    rows = [
        [
            "" if number == 0 else element,
            element,
            *(cell_text(attributes.get(name))[:_LONGEST] for name in columns),
        ]
        for number, (element, attributes) in enumerate(metadata.items())
        if number < _MOST_ROWS
    ]
    return {"columns": columns, "rows": rows, "count": len(metadata)}


def csv_of(modo: Modo, element: str | None) -> str:
    """Give the table as CSV, or one element's (``""``: the object's own) as slot and value."""
    metadata = modo.metadata
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if element is None:
        columns = _columns(metadata)
        writer.writerow(["element", *columns])
        for name, attributes in metadata.items():
            writer.writerow([name, *(cell_text(attributes.get(slot)) for slot in columns)])
    else:
        name = element or modo.root_element
        writer.writerow(["element", name])
        for slot, value in metadata.get(name, {}).items():
            writer.writerow([slot, cell_text(value)])
    return text.getvalue()
