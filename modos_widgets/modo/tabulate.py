"""One DataFrame of the metadata of many elements."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.modo.hierarchy import CONTAINERS, copy_value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["frame_of"]

TYPE = "@type"


def frame_of(metadata: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Make a frame with one row an element and one column an attribute.

    Parameters
    ----------
    metadata : Mapping
        Element id to its attributes.

    Returns
    -------
    pandas.DataFrame
        Index ``element``, columns of dtype object in the order in which they are met,
        ``@type`` first; the values are those that are stored, None where there is none.
    """
    rows = list(metadata.values())
    slots = dict.fromkeys(chain((TYPE,), chain.from_iterable(rows)))
    columns = {}
    for slot in slots:
        values = [attributes.get(slot) for attributes in rows]
        if not CONTAINERS.isdisjoint(map(type, values)):
            values = [copy_value(value) if type(value) in CONTAINERS else value for value in values]
        columns[slot] = pd.Series(values, dtype=object)
    frame = pd.DataFrame(columns, copy=False)
    frame.index = pd.Index(list(metadata), dtype=object, name="element")
    return frame
