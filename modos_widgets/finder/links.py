"""Links between the elements of objects, followed over several steps."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from modos_widgets.finder.attribute_column import JSON_MARK
from modos_widgets.modo import DEFAULT_SCHEMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modos_widgets.finder.index import Index

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int32]

__all__ = ["Links"]

_MOST_STEPS: Final = 12


class Links:
    """Links of every element of an index.

    A link names an element of the same object by its id; a link without group means the group of
    the class that the attribute links to. Broken links are left out.

    Parameters
    ----------
    index : Index
        The elements.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        sources, targets = [], []
        width = max(len(index.ids.distinct), 1)
        keys = index.row_object.astype(np.int64) * width
        keys[index.ids.rows] += index.ids.codes
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        for name, target in DEFAULT_SCHEMA.link_slots.items():
            column = index.columns.get(name)
            if column is None or not len(ordered):
                continue
            texts = column.distinct
            group = DEFAULT_SCHEMA.group(target)
            bare = pc.invert(pc.match_substring(texts, "/"))
            marked = pc.starts_with(texts, JSON_MARK)
            whole = pc.binary_join_element_wise(f"{group}/", texts, "")
            full = pc.if_else(pc.and_(bare, pc.invert(marked)), whole, texts)
            places = pc.fill_null(pc.index_in(full, value_set=index.ids.distinct), -1)
            codes = np.asarray(places).astype(np.int64)[column.codes]
            wanted = index.row_object[column.rows].astype(np.int64) * width + codes
            at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
            found = (codes >= 0) & (ordered[at] == wanted) & column.filled
            sources.append(column.rows[found])
            targets.append(order[at[found]].astype(np.int32))
        empty = np.zeros(0, dtype=np.int32)
        self.sources: Numbers = np.concatenate(sources) if sources else empty
        self.targets: Numbers = np.concatenate(targets) if targets else empty

    def of(self, index: Index) -> Links:
        """Return the links for an index with the same rows."""
        found = copy(self)
        found._index = index  # noqa: SLF001 - its own class
        return found

    def connected(self, rows: Mask) -> Mask:
        """Return rows, their objects' roots, and what is connected to them by links.

        Connected are the elements that link to a row, directly or over others, and those that it
        links to. A root is connected to every element of its object.

        Parameters
        ----------
        rows : array of bool
            The rows.
        """
        index = self._index
        found = _spread(rows, self.sources, self.targets) | _spread(
            rows, self.targets, self.sources
        )
        roots = index.roots[index.roots >= 0]
        whole = np.zeros(len(index.objects), dtype=bool)
        whole[index.row_object[roots[rows[roots]]]] = True
        if whole.any():
            found |= whole[index.row_object]
        matched = index.objects_of(found) & (index.roots >= 0)
        found[index.roots[matched]] = True
        return found


def _spread(rows: Mask, sources: Numbers, targets: Numbers) -> Mask:
    found = rows.copy()
    front = rows
    for _ in range(_MOST_STEPS):
        reached = targets[front[sources]]
        reached = reached[~found[reached]]
        if not len(reached):
            break
        front = np.zeros(len(rows), dtype=bool)
        front[reached] = True
        found[reached] = True
    return found
