"""Tables of an index: metadata of elements, and one row per object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from modos_widgets.harvest import typed_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modos_widgets.finder.attribute_column import AttributeColumn
    from modos_widgets.finder.index import Index
    from modos_widgets.finder.matching import Matcher

__all__ = ["element_frame", "object_frame"]

TYPE: Final = "@type"


def element_frame(index: Index, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Return the metadata of rows in the form of `catalog`, sorted by the path of the object."""
    numbers = index.row_object[rows]
    paths = [each.path for each in index.objects]
    rank = np.argsort(np.argsort(np.asarray(paths, dtype=object), kind="stable"), kind="stable")
    rows = rows[np.argsort(rank[numbers], kind="stable")]
    number = len(rows)
    places = np.full(len(index), -1, dtype=np.int64)
    places[rows] = np.arange(number)
    values: dict[str, Any] = {TYPE: [None] * number}
    for name, column in index.columns.items():
        if number < len(index) and not (places[column.rows] >= 0).any():
            continue
        texts = column.texts(places, number)
        if texts is None:
            texts = [None] * number
            for row, value in column.pairs(slice(0, len(column))):
                if places[row] >= 0:
                    texts[places[row]] = value
        values[name] = texts
    ids = index.element_ids(rows.tolist())
    owners = [paths[each] for each in index.row_object[rows].tolist()]
    return typed_frame(list(zip(owners, ids, strict=True)), values)


def object_frame(matcher: Matcher) -> pd.DataFrame:
    """Return a table with one row per object, in the order in which they were found."""
    index = matcher.index
    objects = index.objects
    filled, expected = matcher.completeness
    number = len(objects)
    classes: list[dict[str, int]] = [{} for _ in range(number)]
    for place, name in sorted(enumerate(index.types), key=lambda each: each[1]):
        if name == "MODO":
            continue
        counts = np.bincount(index.row_object[index.class_codes == place], minlength=number)
        for each in np.flatnonzero(counts).tolist():
            classes[each][name] = int(counts[each])
    frame = pd.DataFrame(
        {
            "title": [each.title for each in objects],
            "id": [each.id for each in objects],
            "classes": classes,
            "samples": pd.array([each.get("Sample", 0) for each in classes], dtype="int64"),
            "omics_types": _distinct(index, index.columns.get("omics_type")),
            "formats": _distinct(index, index.columns.get("data_format")),
            "size": _counts([each.size for each in objects]),
            "changed": pd.to_datetime(
                pd.Series([each.changed or None for each in objects], dtype=object),
                errors="coerce",
                utc=True,
                format="ISO8601",
            ),
            "errors": _counts([each.errors for each in objects]),
            "warnings": _counts([each.warnings for each in objects]),
            "filled": filled,
            "expected": expected,
            "state": [each.state for each in objects],
            "reason": [each.reason for each in objects],
        }
    )
    frame.index = pd.Index([each.path for each in objects], dtype=object, name="path")
    return frame


def _counts(values: list[int]) -> Any:
    return pd.array([None if value < 0 else value for value in values], dtype="Int64")


def _distinct(index: Index, column: AttributeColumn | None) -> list[list[str]]:
    """Return the distinct values of each object, sorted."""
    found: list[list[str]] = [[] for _ in index.objects]
    if column is None:
        return found
    codes, rows = column.codes[column.filled], column.rows[column.filled]
    keys = np.unique(index.row_object[rows].astype(np.int64) * len(column.distinct) + codes)
    texts = column.distinct.take(pa.array(keys % len(column.distinct))).to_pylist()
    for number, text in zip((keys // len(column.distinct)).tolist(), texts, strict=True):
        found[number].append(text)
    return [sorted(texts) for texts in found]
