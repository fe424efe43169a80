"""Columns of a table for the grid: titles, kinds, widths, editors."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import (
    DEFAULT_SCHEMA,
    Schema,
    Slot,
    curie_of,
    is_missing,
    label_of,
    text_of,
)
from modos_widgets.widgets.table.cells import listed
from modos_widgets.widgets.table.data_source import DraftSource

if TYPE_CHECKING:
    from modos_widgets.widgets.table.data_source import DataSource
    from modos_widgets.widgets.table.wire import Column, TermChoice

__all__ = ["describe", "foreign_columns", "slots_of"]

_SAMPLE: Final = 200
_NARROW: Final = 72
_WIDE: Final = 280
_LONGEST_CLASS: Final = 15  # letters; MassSpectrometryResults alone would widen every table
_LETTER: Final = 7.2
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?\Z")
_LINK: Final = re.compile(r"(?:assay|data|reference|sample|sequence)/.+\Z")


def slots_of(schema: Schema) -> dict[str, Slot]:
    """Return every slot of a schema by name; of several with one name, the first."""
    found: dict[str, Slot] = {}
    for name in schema.classes:
        for slot in schema.slots(name).values():
            found.setdefault(slot.name, slot)
    return found


def describe(data: DataSource, *, editable: bool = False) -> list[Column]:
    """Describe the columns for the browser.

    Parameters
    ----------
    data : DataSource
        Rows and columns.
    editable : bool
        Whether cells can be edited.

    Returns
    -------
    list of dict
        ``id``, ``name``, ``kind`` (element, object, class, link, term, choice, moment,
        number, uri, path, checksum or text), ``width`` (pixels), and, if they apply,
        ``title``, ``description``, ``many``, ``terms``, ``hidden``, ``editable``.
    """
    schema = data.draft.schema if isinstance(data, DraftSource) else DEFAULT_SCHEMA
    elements = isinstance(data, DraftSource) or "@type" in data.names
    slots = slots_of(schema) if elements else {}
    shown = _shown(data)
    columns = []
    for number, name in enumerate(data.names):
        values = data.column(number)[:_SAMPLE]
        sample = [value for value in listed(values) if not is_missing(value)]
        if number < data.keys:
            kind = name if elements and name in {"object", "element"} else "text"
            column = _column(number, name, kind, sample, None)
            column["key"] = True
        else:
            slot = slots.get(name)
            if name == "@type" and elements:
                kind = "class"
            else:
                kind = slot.kind if slot is not None else "text"
            kind = _kind(name, values, sample) if kind == "text" else kind
            column = _column(number, name, kind, sample, slot)
            if kind == "class":
                column["description"] = "The class of the element"
            if kind == "class" and editable:
                column["terms"] = _classes(schema)
            if editable:
                column["editable"] = True
            if name not in shown:
                column["hidden"] = True
        columns.append(column)
    return columns


def foreign_columns(data: DraftSource) -> dict[str, list[str]]:
    """Return the columns that do not apply to each class of the schema; "" for other classes.

    A column of no class of the schema applies to every row.
    """
    schema, known = data.draft.schema, slots_of(data.draft.schema)
    return {
        name: [
            str(number)
            for slot, number in data.numbers.items()
            if slot in known and slots and slot not in slots
        ]
        for name in ("", *schema.classes)
        if (slots := schema.slots(name)) is not None
    }


def _column(number: int, name: str, kind: str, sample: list[Any], slot: Slot | None) -> Column:
    """Return the description of a column, with that of its slot."""
    width = _width(name, sample, kind, slot)
    column: Column = {"id": str(number), "name": name, "kind": kind, "width": width}
    if slot is None:
        many = any(isinstance(value, list | tuple) for value in sample)
    else:
        many = slot.many
        column["title"] = slot.title
        column["description"] = slot.description
        if slot.terms:
            column["terms"] = [
                {"value": term.value, "description": term.description, "uri": term.uri}
                for term in slot.terms.values()
            ]
    if many:
        column["many"] = True
    return column


def _classes(schema: Schema) -> list[TermChoice]:
    return [
        {"value": name, "description": schema.describe(name).split("\n")[0], "uri": ""}
        for name in schema.classes
    ]


def _shown(data: DataSource) -> set[str]:
    """Return the columns to show at first: those with values, and required ones."""
    if not isinstance(data, DraftSource):
        return set(data.names)
    required = {
        slot.name
        for entry in {str(data.attributes(row).get("@type")) for row in range(len(data))}
        for slot in data.draft.schema.slots(entry).values()
        if slot.required
    }
    return data.stored | required


def _kind(name: str, values: Any, sample: list[Any]) -> str:
    """Return the kind of a column by its values."""
    stored = getattr(getattr(values, "dtype", None), "kind", "O")
    if stored in "Miuf":
        return "moment" if stored == "M" else "number"
    flat = [each for value in sample for each in (value if isinstance(value, list) else [value])]
    if not flat:
        return "text"
    if all(isinstance(value, str) for value in flat):
        return _kind_of_text(name, flat)
    if all(isinstance(value, dt.date) for value in flat):
        return "moment"
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in flat)
    return "number" if numbers and len(flat) == len(sample) else "text"


def _kind_of_text(name: str, texts: list[str]) -> str:
    if name.startswith("has_") and any(_LINK.match(text) for text in texts):
        return "link"
    if all(_DATE.match(text) for text in texts):
        return "moment"
    if any(label_of(text) for text in texts):
        return "term"
    return "uri" if all(text.startswith(("http://", "https://")) for text in texts) else "text"


def _room(text: str) -> int:
    """Return the width of a text in letters; capitals are wider."""
    return len(text) + sum(map(str.isupper, text)) // 3


def _term_length(value: Any) -> int:
    """Return the length of a term as it is shown: its label and its short address."""
    first = value[0] if isinstance(value, list | tuple) and value else value
    term = label_of(first)
    return len(f"{term.label} {term.curie}") if term else len(curie_of(text_of(first)))


def _width(name: str, sample: list[Any], kind: str, slot: Slot | None) -> int:
    texts = [text_of(value) for value in sample]
    if kind == "object":
        texts = [text.rstrip("/").rpartition("/")[2] for text in texts]
    lengths = sorted(map(len, texts))
    usual = lengths[int(len(lengths) * 0.9)] if lengths else 0
    if slot is not None and slot.terms:  # a closed list: its values, and the stored ones
        usual = max(usual, *map(_room, slot.terms), min(lengths[-1] if lengths else 0, 24))
    if kind == "moment":
        usual = min(usual, 24)
    if kind == "class":
        usual = min(max(lengths, default=0), _LONGEST_CLASS)
    if kind == "checksum":
        usual = min(usual, 16)
    if kind == "term":
        usual = min(max(map(_term_length, sample), default=0), 28)
    letters = max(min(usual, 40) + 2, min(len(name), 24) + 5)
    return int(max(_NARROW, min(_WIDE, letters * _LETTER + 16)))
