"""The net changes of one object as data: for the diff, the journal, and colleagues."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from modos_widgets.errors import OptionError
from modos_widgets.json_text import same
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "ChangeSet",
    "Row",
    "changed_cells",
    "diff_frame",
    "diff_html",
    "difference",
    "put_in_order",
]

Attributes = dict[str, Any]
Row = tuple[str, str, str, Any, Any]
COLUMNS = ("object", "element", "slot", "before", "after")
SHOWN = 200


@dataclass(frozen=True)
class ChangeSet:
    """The net changes of one object.

    Attributes
    ----------
    path : str
        Path of the object.
    root : str
        Key of its root among the elements.
    cells : dict
        Element id to slot to (before, after); `MISSING` if there is no value.
    added, removed : dict
        Element id to its attributes.
    order : dict
        Element id to the order of its slots, with those that are added and removed. Only if a slot
        is removed, or is added elsewhere than at the end: an undo then restores the same document.
    """

    path: str
    root: str
    cells: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    added: dict[str, Attributes] = field(default_factory=dict)
    removed: dict[str, Attributes] = field(default_factory=dict)
    order: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether there are changes."""
        return bool(self.cells or self.added or self.removed)

    @property
    def elements(self) -> list[str]:
        """The elements that it changes, sorted."""
        return sorted({*self.cells, *self.added, *self.removed})

    def rows(self) -> Iterator[Row]:
        """Yield one row per cell: object, element, slot, before, after.

        Yields
        ------
        tuple of (str, str, str, Any, Any)
            `MISSING` if there is no value.
        """
        for element in self.elements:
            if element in self.added and element in self.removed:
                before, after = self.removed[element], self.added[element]
            else:
                before, after = self.removed.get(element, {}), self.added.get(element, {})
            for slot in dict.fromkeys((*before, *after)):
                yield (
                    self.path,
                    element,
                    slot,
                    before.get(slot, MISSING),
                    after.get(slot, MISSING),
                )
            if not before and not after and element not in self.cells:
                kind = (MISSING, {}) if element in self.added else ({}, MISSING)
                yield (self.path, element, "", *kind)
            for slot, (old, new) in self.cells.get(element, {}).items():
                yield (self.path, element, slot, old, new)

    def reversed(self) -> ChangeSet:
        """Return the changes that undo this one.

        Returns
        -------
        ChangeSet
        """
        cells = {
            element: {slot: (after, before) for slot, (before, after) in slots.items()}
            for element, slots in self.cells.items()
        }
        return ChangeSet(
            self.path, self.root, cells, dict(self.removed), dict(self.added), self.order
        )

    def split_stored(
        self,
        root: Mapping[str, Any],
        documents: Mapping[str, Mapping[str, Any]],
        *,
        before: bool = False,
    ) -> tuple[ChangeSet, ChangeSet]:
        """Return the changes that are stored, and those that are not.

        Parameters
        ----------
        root : Mapping
            The root's document.
        documents : Mapping
            Path of every touched node that exists to its document.
        before : bool
            Count a change to the value that was stored before as not stored.

        Returns
        -------
        tuple of (ChangeSet, ChangeSet)
            The stored changes, and the others.
        """
        parts = {
            stored: ChangeSet(self.path, self.root, order=self.order) for stored in (True, False)
        }
        for element, cells in self.cells.items():
            node = root if element == self.root else documents.get(element, {})
            attributes = node.get("attributes") or {}
            for slot, change in cells.items():
                value = attributes.get(slot, MISSING)
                stored = same(value, change[1]) and not (before and same(value, change[0]))
                parts[stored].cells.setdefault(element, {})[slot] = change
        for element, added in self.added.items():
            found = documents.get(element)
            stored = found is not None and same(dict(found.get("attributes") or {}), added)
            parts[stored].added[element] = added
        for element, removed in self.removed.items():
            parts[element not in documents].removed[element] = removed
        return parts[True], parts[False]

    def include(self, changes: ChangeSet, elements: Iterable[str]) -> None:
        """Add the changes of some elements in another change set.

        Parameters
        ----------
        changes : ChangeSet
            The other change set.
        elements : iterable of str
            The elements, which it must contain.
        """
        for element in elements:
            if element in changes.cells:
                self.cells[element] = changes.cells[element]
            elif element in changes.added:
                self.added[element] = changes.added[element]
            else:
                self.removed[element] = changes.removed[element]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without sides that are `MISSING`.

        Returns
        -------
        dict
        """
        return {
            "path": self.path,
            "root": self.root,
            "cells": {
                element: {
                    slot: {
                        name: value
                        for name, value in zip(("before", "after"), change, strict=True)
                        if value is not MISSING
                    }
                    for slot, change in slots.items()
                }
                for element, slots in self.cells.items()
            },
            "added": self.added,
            "removed": self.removed,
            "order": {element: list(slots) for element, slots in self.order.items()},
        }

    @classmethod
    def from_dict(cls, data: Any) -> ChangeSet:
        """Parse the result of `to_dict`.

        Parameters
        ----------
        data : Any
            The result of `to_dict`.

        Returns
        -------
        ChangeSet

        Raises
        ------
        OptionError
            `data` is not a change set.
        """
        try:
            cells = {
                str(element): {
                    str(slot): (change.get("before", MISSING), change.get("after", MISSING))
                    for slot, change in slots.items()
                }
                for element, slots in data["cells"].items()
            }
            added = {str(element): dict(found) for element, found in data["added"].items()}
            removed = {str(element): dict(found) for element, found in data["removed"].items()}
            order = {
                str(element): tuple(map(str, slots))
                for element, slots in data.get("order", {}).items()
            }
            return cls(str(data["path"]), str(data["root"]), cells, added, removed, order)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise OptionError(
                "This is not a change set of modos_widgets.", "Pass the result of Draft.to_json."
            ) from error


def changed_cells(before: Attributes, after: Attributes) -> dict[str, tuple[Any, Any]]:
    """Return the slots that differ between two states of an element, with both values.

    Parameters
    ----------
    before, after : dict
        Attributes of the element.

    Returns
    -------
    dict of str to tuple
        Slot to its values before and after, `MISSING` for none; in the order of the slots.
    """
    return {
        slot: (old, new)
        for slot in dict.fromkeys((*before, *after))
        if not same(old := before.get(slot, MISSING), new := after.get(slot, MISSING))
    }


def difference(
    path: str, root: str, base: Mapping[str, Attributes], now: Mapping[str, Attributes]
) -> ChangeSet:
    """Compare two states of one object; attributes that are identical objects are skipped.

    Parameters
    ----------
    path, root : str
        Path of the object, and key of its root among the elements.
    base, now : Mapping
        Element id to its attributes, before and after.

    Returns
    -------
    ChangeSet
    """
    cells: dict[str, dict[str, tuple[Any, Any]]] = {}
    added: dict[str, Attributes] = {}
    order: dict[str, tuple[str, ...]] = {}
    for element, after in now.items():
        before = base.get(element)
        if before is None:
            added[element] = after
        elif before is not after:
            changed = changed_cells(before, after)
            if changed:
                cells[element] = changed
                new = [slot for slot in after if slot not in before]
                slots = tuple(put_in_order({**before, **after}, new, tuple(after)))
                if slots != (*before, *new) or before.keys() - after.keys():
                    order[element] = slots
    removed = {element: before for element, before in base.items() if element not in now}
    return ChangeSet(path, root, cells, added, removed, order)


def put_in_order(attributes: Attributes, new: Iterable[str], order: Sequence[str]) -> Attributes:
    """Move new attributes to their places: after the nearest attribute before them in an order.

    Parameters
    ----------
    attributes : dict
        All attributes.
    new : iterable of str
        The attributes to move; those that are not in `order` stay at the end.
    order : sequence of str
        Slots in order; it may contain others.

    Returns
    -------
    dict
    """
    coming = set(new).intersection(order)
    if not coming:
        return attributes
    places = {slot: number for number, slot in enumerate(order)}
    names = [slot for slot in attributes if slot not in coming]
    for slot in sorted(coming, key=places.__getitem__):
        before = [names.index(known) for known in order[: places[slot]] if known in names]
        names.insert(before[-1] + 1 if before else 0, slot)
    return {slot: attributes[slot] for slot in names}


def diff_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return changes as a table; a missing side is None."""
    listed = [[None if value is MISSING else value for value in row] for row in rows]
    return pd.DataFrame(
        {
            column: pd.Series([row[number] for row in listed], dtype=object)
            for number, column in enumerate(COLUMNS)
        }
    )


def diff_html(rows: Iterable[Row], *, several: bool = False) -> str:
    """Return the first 200 changes as an HTML table, escaped."""
    listed = list(rows)
    head = [*(["object"] if several else []), "element", "slot", "before", "after"]
    lines = []
    for path, element, slot, before, after in listed[:SHOWN]:
        first = [path, element, slot] if several else [element, slot]
        lines.append(
            "<tr>"
            + "".join(f"<td>{escape(text)}</td>" for text in first)
            + f"<td><del>{escape(short_text(before))}</del></td>"
            + f"<td><ins>{escape(short_text(after))}</ins></td></tr>"
        )
    more = f"<p>and {len(listed) - SHOWN:,} more</p>" if len(listed) > SHOWN else ""
    titles = "".join(f"<th>{name}</th>" for name in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table>{more}"


def short_text(value: Any) -> str:
    """Return at most 200 characters of a value as text for people.

    Parameters
    ----------
    value : Any
        A metadata value.

    Returns
    -------
    str
        Empty for `MISSING`.
    """
    if value is MISSING:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
