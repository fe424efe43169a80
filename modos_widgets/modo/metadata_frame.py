"""The metadata of elements as a DataFrame."""

from __future__ import annotations

from itertools import chain, groupby, repeat
from operator import methodcaller
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modos_widgets.garbage import pause_collector
from modos_widgets.json_text import CONTAINERS, copy_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["column_index", "frame_of", "several_index"]

TYPE = "@type"
VALUES = methodcaller("values")
ROWS_PER_BLOCK = 4
"""Average number of rows in a block above which reading by blocks is faster."""


def frame_of(metadata: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return a frame with one row per element and one column per attribute.

    Parameters
    ----------
    metadata : Mapping
        Element id to its attributes.

    Returns
    -------
    pandas.DataFrame
        Index ``element``. The columns have dtype object, in the order of first use, ``@type``
        first. The values are those that are stored, None if there is none.
    """
    with pause_collector():
        columns = _columns(list(metadata.values()))
        table = np.empty((len(columns), len(metadata)), dtype=object)
        for number, values in enumerate(columns.values()):
            table[number] = np.fromiter(_copied(values), dtype=object, count=len(values))
    return pd.DataFrame(
        table.T,
        index=pd.Index(list(metadata), dtype=object, name="element"),
        columns=column_index(columns),
        dtype=object,
        copy=False,
    )


def column_index(slots: Iterable[str]) -> pd.Index:
    """Return names of attributes as the columns of a frame; names may be invalid UTF-8.

    Parameters
    ----------
    slots : iterable of str
        Names of attributes.

    Returns
    -------
    pandas.Index
    """
    names = list(slots)
    try:
        return pd.Index(names)
    except UnicodeEncodeError:  # Arrow cannot store unpaired surrogates.
        return pd.Index(names, dtype=object)


def several_index(keys: Iterable[tuple[str, str]]) -> pd.MultiIndex:
    """Return pairs of (object, element) as the index of a frame; they may be invalid UTF-8.

    Parameters
    ----------
    keys : iterable of (str, str)
        Object path and element id of each row.

    Returns
    -------
    pandas.MultiIndex
    """
    pairs = list(keys)
    names = ["object", "element"]
    try:
        return pd.MultiIndex.from_tuples(pairs, names=names)
    except UnicodeEncodeError:
        sides = [pd.Index([pair[side] for pair in pairs], dtype=object) for side in (0, 1)]
        return pd.MultiIndex.from_arrays(sides, names=names)


def _columns(rows: list[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Convert rows to columns.

    Consecutive rows nearly always have the same attributes in the same order. Such a block is
    flattened and sliced into columns, which is twice as fast as looking up every attribute in every
    row.
    """
    blocks = [(keys, list(block)) for keys, block in groupby(rows, key=tuple)]
    slots = dict.fromkeys(chain((TYPE,), chain.from_iterable(keys for keys, _ in blocks)))
    if len(blocks) * ROWS_PER_BLOCK > len(rows):
        return {slot: [row.get(slot) for row in rows] for slot in slots}
    columns: dict[str, list[Any]] = {slot: [] for slot in slots}
    for keys, block in blocks:
        flat = list(chain.from_iterable(map(VALUES, block)))
        places = {slot: place for place, slot in enumerate(keys)}
        for slot, values in columns.items():
            place = places.get(slot)
            values.extend(repeat(None, len(block)) if place is None else flat[place :: len(keys)])
    return columns


def _copied(values: list[Any]) -> list[Any]:
    """Copy the lists and dicts of a column, so that changes of a frame do not affect other views.

    Most columns contain plain values, and most others flat lists. Both are handled without a
    function call per value.
    """
    kinds = set(map(type, values))
    if CONTAINERS.isdisjoint(kinds):
        return values
    if dict not in kinds:
        lists = [value for value in values if type(value) is list]
        if CONTAINERS.isdisjoint(map(type, chain.from_iterable(lists))):
            copies = list(map(list.copy, lists))
            if len(lists) == len(values):
                return copies
            following = iter(copies)
            return [next(following) if type(value) is list else value for value in values]
    return [copy_value(value) if type(value) in CONTAINERS else value for value in values]
