"""What a preview states about an array: properties, statistics and first values, as sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.explore import (
    LONGEST_CELL,
    number_text,
    percent_text,
    ratio_text,
    shape_words,
    size_words,
    table_rows,
)
from modos_widgets.widgets.slot_text import slot_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.archive import ArrayMetadata, Node
    from modos_widgets.explore import (
        ArrayPart,
        AxisLabels,
        MeantValues,
        NodeSource,
        Statistics,
    )
    from modos_widgets.widgets.array_preview.wire import Pair, Table

__all__ = [
    "array_facts",
    "attribute_text",
    "statistics_pairs",
    "statistics_words",
    "stored_words",
    "table_answer",
]

_LONGEST_ATTRIBUTE: Final = 2000


def attribute_text(value: Any) -> str:
    """Return the value of an attribute as text."""
    if isinstance(value, str) or (isinstance(value, list) and value):
        return slot_text(value)[:_LONGEST_ATTRIBUTE]
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_ATTRIBUTE]


def array_facts(array: ArrayMetadata) -> list[Pair]:
    """Return the properties of an array, by name."""
    chunks = shape_words(array.chunks)
    if array.inner_chunks is not None:
        chunks = f"{shape_words(array.inner_chunks)} in shards of {chunks}"
    real = "varies" if array.real_size is None else size_words(array.real_size)
    return [
        ("Shape", shape_words(array.shape)),
        ("Data type", array.dtype),
        ("Chunks", chunks),
        ("Codecs", ", ".join(array.codecs) or "none"),
        ("Fill value", json.dumps(array.fill_value, ensure_ascii=False, default=str)[:80]),
        ("Uncompressed size", real),
    ]


def stored_words(source: NodeSource, path: str, facts: Node) -> str:
    """Return the stored size, chunks and compression ratio in words; "" if unknown."""
    stored = source.known_stored(path)
    if stored is None:
        return ""
    if not stored.complete:
        return f"more than {size_words(stored.size)} in {stored.chunks:,} chunks"
    real = facts.array.real_size if facts.array is not None else None
    ratio = f", ratio {ratio_text(real / stored.size)}" if real and stored.size else ""
    chunks = "chunk" if stored.chunks == 1 else "chunks"
    return f"{size_words(stored.size)} in {stored.chunks:,} {chunks}{ratio}"


def statistics_pairs(found: Statistics) -> list[Pair]:
    """Return statistics by name."""
    rows = [
        (name, number_text(value))
        for name, value in (
            ("Minimum", found.minimum),
            ("Maximum", found.maximum),
            ("Mean", found.mean),
        )
        if value is not None
    ]
    if found.infinite:
        rows.append(("Infinite", f"{found.infinite:,}"))
    return [*rows, ("Missing", percent_text(found.missing, found.count))]


def statistics_words(found: Statistics) -> str:
    """Return statistics as a sentence."""
    return ", ".join(f"{name.lower()} {value}" for name, value in statistics_pairs(found)) + "."


def table_answer(
    part: ArrayPart,
    values: MeantValues,
    first: Mapping[int, int],
    labels: Mapping[int, AxisLabels],
    names: tuple[str, ...],
) -> Table:
    """Return cells with row and column labels; positions if there are no labels."""
    inside = [first[axis] - part.start[axis] for axis in part.axes]
    row, column = (*inside, 0, 0)[:2]
    rows = table_rows(values.data, (row, column))
    columns = len(rows[0]) if rows else 0
    row_axis = part.axes[0] if part.axes else None
    column_axis = part.axes[1] if len(part.axes) > 1 else None

    def head(axis: int | None, number: int) -> list[str]:
        if axis is None:
            return ["value"] * number
        if axis in labels:
            return [label[:LONGEST_CELL] for label in labels[axis][1][:number]]
        return [f"{first[axis] + place:,}" for place in range(number)]

    return {
        "corner": "" if row_axis is None else labels.get(row_axis, (names[row_axis], []))[0],
        "columns": head(column_axis, columns),
        "rows": head(row_axis, len(rows)),
        "cells": rows,
        "numeric": values.data.dtype.kind in "fiubcmM",
        "first": inside,
        "of_rows": part.extent[0] if part.extent else 1,
        "of_columns": part.extent[1] if len(part.extent) > 1 else 1,
    }
