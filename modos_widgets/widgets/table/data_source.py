"""What a table shows: a DataFrame as it is, or the metadata that a draft comes to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.location import Location
from modos_widgets.modo import MISSING, Draft, Mode, Modo, frame_of, open_modo, several_index
from modos_widgets.widgets.table.cells import listed

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
        """Give a column's values: a Series, an Index or a list."""
        ...

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Give the cells of some rows."""
        ...

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Give rows as a DataFrame; all where None."""
        ...

    def label(self, position: int) -> Any:
        """Give what names a row: text, number, or a tuple of them."""
        ...

    def find(self, label: Any) -> int | None:
        """Give the position of a row by its label."""
        ...


class FrameSource:
    """Show a DataFrame; its index becomes the first columns unless it only counts.

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
        """Give a column's values."""
        if number < self.keys:
            return self._frame.index.get_level_values(number)
        return self._frame.iloc[:, number - self.keys]

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Give the cells of some rows."""
        part = self._frame.iloc[list(positions)]
        columns = [listed(part.index.get_level_values(level)) for level in range(self.keys)]
        columns += [listed(part.iloc[:, number]) for number in range(part.shape[1])]
        if not columns:
            return [[] for _ in positions]
        return [list(row) for row in zip(*columns, strict=True)]

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Give rows as a DataFrame."""
        return self._frame if positions is None else self._frame.iloc[list(positions)]

    def label(self, position: int) -> Any:
        """Give the row's index entry as Python has it."""
        return _plain(self._frame.index[position])

    def find(self, label: Any) -> int | None:
        """Give the first row with this index entry."""
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
    """Show the metadata that a draft comes to.

    Columns stay where they are as long as the source lives; new ones are added at the end.

    Parameters
    ----------
    draft : Draft
        Read, never changed.
    all_slots : bool
        Have a column for each slot that the schema knows for the classes that are there.
    """

    def __init__(self, draft: Draft, *, all_slots: bool) -> None:
        self.draft = draft
        self.several = len(draft.modos) > 1
        self.keys = 2 if self.several else 1
        self._all_slots = all_slots
        self.watch = draft.watch()
        """What has changed since `reload`; see `DraftState`."""
        self._entries: list[tuple[str, str, Mapping[str, Any]]] = []
        self._places: dict[tuple[str, str], int] = {}
        self.slots: list[str] = []
        self.stored: set[str] = set()
        self.reload()

    @property
    def names(self) -> list[str]:
        """Names of the columns: the keys, then the slots."""
        return [*(["object"] if self.several else []), "element", *self.slots]

    @names.setter
    def names(self, _: list[str]) -> None:
        raise AttributeError

    def reload(self) -> bool:
        """Read the whole draft again; return whether rows are others than before."""
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
        self._meet([attributes for _, _, attributes in self._entries])
        return before != list(self._places)

    def update(self, changed: Iterable[tuple[str, str]]) -> set[int]:
        """Read some elements again; return the columns with other values."""
        met: list[Mapping[str, Any]] = []
        slots: set[str] = set()
        for path, element in changed:
            place = self._places[path, element]
            before = self._entries[place][2]
            after = self.draft.elements(path)[element]
            self._entries[place] = (path, element, after)
            met.append(after)
            slots |= {
                slot
                for slot in before.keys() | after.keys()
                if before.get(slot, MISSING) is not after.get(slot, MISSING)
            }
        self._meet(met)
        return {number + self.keys for number, slot in enumerate(self.slots) if slot in slots}

    def _meet(self, elements: Iterable[Mapping[str, Any]]) -> None:
        """Have a column for each attribute of some elements."""
        met: dict[str, None] = dict.fromkeys(("@type",))
        classes: dict[str, None] = {}
        for attributes in elements:
            met.update(dict.fromkeys(attributes))
            name = attributes.get("@type")
            if isinstance(name, str):
                classes[name] = None
        self.stored.update(met)
        for name in classes if self._all_slots else ():
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
        """Give (object path, element id) of a row."""
        return self._entries[position][:2]

    def place(self, path: str, element: str) -> int | None:
        """Give the row of an element."""
        return self._places.get((path, element))

    def column(self, number: int) -> list[Any]:
        """Give a column's values."""
        if number < self.keys:
            part = 0 if self.several and number == 0 else 1
            return [entry[part] for entry in self._entries]
        slot = self.slots[number - self.keys]
        return [attributes.get(slot) for _, _, attributes in self._entries]

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Give the cells of some rows."""
        found = []
        for position in positions:
            path, element, attributes = self._entries[position]
            keys = [path, element] if self.several else [element]
            found.append([*keys, *(attributes.get(slot) for slot in self.slots)])
        return found

    def cell(self, position: int, number: int) -> Any:
        """Give the value of one cell."""
        if number < self.keys:
            return self.rows([position])[0][number]
        return self._entries[position][2].get(self.slots[number - self.keys])

    def stored_in(self, position: int, number: int) -> Any:
        """Give what a cell stores; MISSING where nothing is (a stored null is None)."""
        if number < self.keys:
            return MISSING
        return self._entries[position][2].get(self.slots[number - self.keys], MISSING)

    def attributes(self, position: int) -> Mapping[str, Any]:
        """Give an element's attributes; not to be changed."""
        return self._entries[position][2]

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Give rows as `Draft.frame` does."""
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
        """Give the element's id; (object path, id) where there are several objects."""
        return self.key(position) if self.several else self.key(position)[1]

    def find(self, label: Any) -> int | None:
        """Give the row of an element."""
        if not self.several:
            return self._places.get((self.draft.modos[0].path, str(label)))
        if isinstance(label, tuple | list) and len(label) == 2:  # noqa: PLR2004
            return self._places.get((str(label[0]), str(label[1])))
        return None


def open_source(source: Any, way: Location, *, editable: bool) -> FrameSource | DraftSource:
    """Return the data source of anything that a table can show.

    Parameters
    ----------
    source : path, Location, Modo, Draft, DataFrame, a list of paths and Modos, or None
        What to show; None is an empty table.
    way : Location
        How paths are reached.
    editable : bool
        Whether cells can be changed.

    Raises
    ------
    ArgumentError
        `source` is something else.
    OptionError
        A DataFrame is to be edited.
    NotFoundError
        `source` is a path, and no object is there.
    """
    if source is None:
        return FrameSource(pd.DataFrame())
    mode: Mode = "r+" if editable else "r"
    if isinstance(source, _PATHS):
        source = open_modo(way.at(source), mode=mode)
    if isinstance(source, Draft):
        return DraftSource(source, all_slots=editable)
    if isinstance(source, Modo):
        return DraftSource(source.edit(), all_slots=editable)
    if isinstance(source, pd.Series):
        source = source.to_frame()
    if isinstance(source, pd.DataFrame):
        if editable:
            raise OptionError(
                "A DataFrame can be shown, not edited.",
                "Give the objects themselves: MetadataTable(open_modo(path, mode='r+'), "
                "editable=True).",
            )
        return FrameSource(source)
    if isinstance(source, Iterable) and not isinstance(source, str | bytes | dict):
        listed = [
            open_modo(way.at(one), mode=mode) if isinstance(one, _PATHS) else one for one in source
        ]
        if listed and all(isinstance(one, Modo) for one in listed):
            return DraftSource(Draft(listed), all_slots=editable)
    raise ArgumentError.expected("a path, a Modo, a list of them, a Draft or a DataFrame", source)
