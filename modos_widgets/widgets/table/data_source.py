"""Rows and columns of a table: of a DataFrame, or of the metadata of a draft."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.location import Location
from modos_widgets.modo import MISSING, Draft, Mode, Modo, frame_of, open_modo, several_index
from modos_widgets.widgets.table.cells import listed
from modos_widgets.widgets.table.class_tabs import ClassTabs

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence


__all__ = ["DataSource", "DraftSource", "FrameSource", "open_source"]

_PATHS = (str, os.PathLike, Location)
FIRST = ("@type", "name")
LAST = ("description",)


class DataSource(Protocol):
    """Rows and columns by position, counted from 0; the first columns are the rows' keys."""

    names: list[str]
    keys: int
    """How many columns at the beginning tell rows apart."""

    def __len__(self) -> int:
        """Count the rows."""
        ...

    def column(self, number: int) -> Any:
        """Return the values of a column: a Series, an Index or a list."""
        ...

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Return the cells of some rows."""
        ...

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Return rows as a DataFrame; all for None."""
        ...

    def label(self, position: int) -> Any:
        """Return the label of a row: text, number, or a tuple of them."""
        ...

    def find(self, label: Any) -> int | None:
        """Return the position of a row by its label."""
        ...


class FrameSource:
    """Rows and columns of a DataFrame; its index is shown unless it is a plain range.

    Parameters
    ----------
    frame : pandas.DataFrame
        Not copied, not changed.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        index = frame.index
        counts = isinstance(index, pd.RangeIndex) and index.name is None
        self.keys = 0 if counts else index.nlevels
        levels = ["" if name is None else str(name) for name in index.names][: self.keys]
        self.names = [*levels, *("" if name is None else _name(name) for name in frame.columns)]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._frame)

    def column(self, number: int) -> Any:
        """Return the values of a column."""
        if number < self.keys:
            return self._frame.index.get_level_values(number)
        return self._frame.iloc[:, number - self.keys]

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Return the cells of some rows."""
        part = self._frame.iloc[list(positions)]
        columns = [listed(part.index.get_level_values(level)) for level in range(self.keys)]
        columns += [listed(part.iloc[:, number]) for number in range(part.shape[1])]
        if not columns:
            return [[] for _ in positions]
        return [list(row) for row in zip(*columns, strict=True)]

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Return rows as a DataFrame."""
        return self._frame if positions is None else self._frame.iloc[list(positions)]

    def label(self, position: int) -> Any:
        """Return the index entry of a row as a Python object."""
        return _plain(self._frame.index[position])

    def find(self, label: Any) -> int | None:
        """Return the first row with this index entry."""
        key = tuple(label) if isinstance(label, list) else label
        try:
            found = self._frame.index.get_loc(key)
        except (KeyError, TypeError):
            return None
        if isinstance(found, slice):
            return int(found.start)
        return found if isinstance(found, int) else int(found.argmax())


def _name(name: Hashable) -> str:
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _plain(label: Any) -> Any:
    if isinstance(label, tuple):
        return tuple(_plain(part) for part in label)
    found = label.item() if hasattr(label, "item") else label
    return found if isinstance(found, str | int | float | bool) else str(found)


class DraftSource:
    """Rows and columns of the metadata of a draft.

    Columns keep their position; new ones are added at the end.

    Parameters
    ----------
    draft : Draft
        Read, never changed.
    all_slots : bool
        Whether to have a column for every slot of the classes in the draft.
    """

    def __init__(self, draft: Draft, *, all_slots: bool) -> None:
        self.draft = draft
        self.several = len(draft.modos) > 1
        self.keys = 2 if self.several else 1
        self.all_slots = all_slots
        self.watch = draft.watch()
        """Changes since `reload`; see `DraftState`."""
        self._entries: list[tuple[str, str, Mapping[str, Any]]] = []
        self._places: dict[tuple[str, str], int] = {}
        self.slots: list[str] = []
        self.stored: set[str] = set()
        self.tabs = ClassTabs(draft.schema)
        self.reload()

    @property
    def names(self) -> list[str]:
        """Names of the columns: the keys, then the slots."""
        return [*(["object"] if self.several else []), "element", *self.slots]

    @names.setter
    def names(self, _: list[str]) -> None:
        raise AttributeError

    @property
    def numbers(self) -> dict[str, int]:
        """Number of the column of each slot."""
        return {slot: number for number, slot in enumerate(self.slots, self.keys)}

    def reload(self) -> bool:
        """Read the whole draft again; return whether rows were added or removed."""
        self.watch.clear()
        before = list(self._places)
        self._entries = [
            (modo.path, element, attributes)
            for modo in self.draft.modos
            for element, attributes in self.draft.elements(modo.path).items()
        ]
        self._places = {
            (path, element): number for number, (path, element, _) in enumerate(self._entries)
        }
        self.stored = {"@type"}
        elements = [attributes for _, _, attributes in self._entries]
        self.tabs.restart(elements)
        self._add_columns(elements)
        return before != list(self._places)

    def update(self, changed: Iterable[tuple[str, str]]) -> set[int]:
        """Read some elements again; return the columns with changed values."""
        read: list[Mapping[str, Any]] = []
        slots: set[str] = set()
        for path, element in changed:
            place = self._places[path, element]
            before = self._entries[place][2]
            after = self.draft.elements(path)[element]
            self._entries[place] = (path, element, after)
            self.tabs.replace(place, before, after)
            read.append(after)
            slots |= {
                slot
                for slot in before.keys() | after.keys()
                if before.get(slot, MISSING) is not after.get(slot, MISSING)
            }
        self._add_columns(read)
        return {number + self.keys for number, slot in enumerate(self.slots) if slot in slots}

    def _add_columns(self, elements: Iterable[Mapping[str, Any]]) -> None:
        """Add columns for the attributes of some elements."""
        met: dict[str, None] = dict.fromkeys(("@type",))
        classes: dict[str, None] = {}
        for attributes in elements:
            met.update(dict.fromkeys(attributes))
            name = attributes.get("@type")
            if isinstance(name, str):
                classes[name] = None
        self.stored.update(met)
        for name in classes if self.all_slots else ():
            met.update(dict.fromkeys(self.draft.schema.slots(name)))
        if not self.slots:
            middle = [slot for slot in met if slot not in FIRST and slot not in LAST]
            self.slots = [
                *(slot for slot in FIRST if slot in met),
                *middle,
                *(slot for slot in LAST if slot in met),
            ]
        else:
            known = set(self.slots)
            self.slots.extend(slot for slot in met if slot not in known)

    def __len__(self) -> int:
        """Count the elements, the roots among them."""
        return len(self._entries)

    def key(self, position: int) -> tuple[str, str]:
        """Return (object path, element id) of a row."""
        return self._entries[position][:2]

    def place(self, path: str, element: str) -> int | None:
        """Return the row of an element."""
        return self._places.get((path, element))

    def column(self, number: int) -> list[Any]:
        """Return the values of a column."""
        if number < self.keys:
            part = 0 if self.several and number == 0 else 1
            return [entry[part] for entry in self._entries]
        slot = self.slots[number - self.keys]
        return [attributes.get(slot) for _, _, attributes in self._entries]

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Return the cells of some rows."""
        found = []
        for position in positions:
            path, element, attributes = self._entries[position]
            keys = [path, element] if self.several else [element]
            found.append([*keys, *(attributes.get(slot) for slot in self.slots)])
        return found

    def cell(self, position: int, number: int) -> Any:
        """Return the value of one cell."""
        if number < self.keys:
            return self.rows([position])[0][number]
        return self._entries[position][2].get(self.slots[number - self.keys])

    def stored_in(self, position: int, number: int) -> Any:
        """Return the stored value of a cell; MISSING for none (a stored null is None)."""
        if number < self.keys:
            return MISSING
        return self._entries[position][2].get(self.slots[number - self.keys], MISSING)

    def attributes(self, position: int) -> Mapping[str, Any]:
        """Return the attributes of an element; do not change them."""
        return self._entries[position][2]

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Return rows as `Draft.frame` does."""
        chosen = self._entries if positions is None else [self._entries[at] for at in positions]
        frame = frame_of({str(number): entry[2] for number, entry in enumerate(chosen)})
        keys = [(path, element) for path, element, _ in chosen]
        frame.index = (
            several_index(keys)
            if self.several
            else pd.Index([element for _, element in keys], dtype=object, name="element")
        )
        return frame

    def label(self, position: int) -> Any:
        """Return the id of the element; (object path, id) for several objects."""
        return self.key(position) if self.several else self.key(position)[1]

    def find(self, label: Any) -> int | None:
        """Return the row of an element."""
        if not self.several:
            return self._places.get((self.draft.modos[0].path, str(label)))
        if isinstance(label, tuple | list) and len(label) == 2:  # noqa: PLR2004
            return self._places.get((str(label[0]), str(label[1])))
        return None


def open_source(source: Any, location: Location, *, editable: bool) -> FrameSource | DraftSource:
    """Return the data source of anything that a table can show.

    Parameters
    ----------
    source : path, Location, Modo, Draft, DataFrame, a list of paths and Modos, or None
        What to show; None for an empty table.
    location : Location
        Endpoint, services and S3 options for paths.
    editable : bool
        Whether cells can be edited.

    Returns
    -------
    FrameSource or DraftSource

    Raises
    ------
    ArgumentError
        `source` has a wrong type.
    OptionError
        A DataFrame with `editable`.
    NotFoundError
        No object at the path.
    """
    if source is None:
        return FrameSource(pd.DataFrame())
    mode: Mode = "r+" if editable else "r"
    if isinstance(source, _PATHS):
        source = open_modo(location.at(source), mode=mode)
    if isinstance(source, Draft):
        return DraftSource(source, all_slots=editable)
    if isinstance(source, Modo):
        return DraftSource(source.edit(), all_slots=editable)
    if isinstance(source, pd.Series):
        source = source.to_frame()
    if isinstance(source, pd.DataFrame):
        if editable:
            raise OptionError(
                "A DataFrame cannot be edited.",
                "Pass objects instead: MetadataTable(open_modo(path, mode='r+'), editable=True).",
            )
        return FrameSource(source)
    if isinstance(source, Iterable) and not isinstance(source, str | bytes | dict):
        listed = [
            open_modo(location.at(each), mode=mode) if isinstance(each, _PATHS) else each
            for each in source
        ]
        if listed and all(isinstance(each, Modo) for each in listed):
            return DraftSource(Draft(listed), all_slots=editable)
    raise ArgumentError.expected("a path, a Modo, a list of them, a Draft or a DataFrame", source)
