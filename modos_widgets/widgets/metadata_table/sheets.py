"""What a table shows: a DataFrame as it is, or the metadata that a draft comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from modos_widgets.modo.tabulate import frame_of
from modos_widgets.modo.values import MISSING
from modos_widgets.widgets.metadata_table.cells import listed

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from modos_widgets.modo.draft import Draft
    from modos_widgets.modo.working import Working

__all__ = ["DraftSheet", "FrameSheet", "Sheet"]

FIRST = ("@type", "name")
LAST = ("description",)


class Sheet(Protocol):
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


class FrameSheet:
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


class DraftSheet:
    """Show the metadata that a draft comes to.

    Columns stay where they are as long as the sheet lives; new ones are added at the end.

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
        self._entries: list[tuple[Working, str, dict[str, Any]]] = []
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
        """Read the draft again; tell whether rows are others than before."""
        before = list(self._places)
        self._entries = [
            (working, element, attributes)
            for working in self.draft.workings()
            for element, attributes in working.now.items()
        ]
        self._places = {
            (working.path, element): number
            for number, (working, element, _) in enumerate(self._entries)
        }
        met: dict[str, None] = dict.fromkeys(("@type",))
        for _, _, attributes in self._entries:
            met.update(dict.fromkeys(attributes))
        self.stored = set(met)
        if self._all_slots:
            classes = dict.fromkeys(
                name
                for _, _, attributes in self._entries
                if isinstance(name := attributes.get("@type"), str)
            )
            for name in classes:
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
        return before != list(self._places)

    def __len__(self) -> int:
        """Count the elements, the roots among them."""
        return len(self._entries)

    def key(self, position: int) -> tuple[str, str]:
        """Give (object path, element id) of a row."""
        working, element, _ = self._entries[position]
        return working.path, element

    def place(self, path: str, element: str) -> int | None:
        """Give the row of an element."""
        return self._places.get((path, element))

    def column(self, number: int) -> list[Any]:
        """Give a column's values."""
        if number < self.keys:
            part = 0 if self.several and number == 0 else 1
            return [(entry[0].path, entry[1])[part] for entry in self._entries]
        slot = self.slots[number - self.keys]
        return [attributes.get(slot) for _, _, attributes in self._entries]

    def rows(self, positions: Sequence[int]) -> list[list[Any]]:
        """Give the cells of some rows."""
        found = []
        for position in positions:
            working, element, attributes = self._entries[position]
            keys = [working.path, element] if self.several else [element]
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

    def attributes(self, position: int) -> dict[str, Any]:
        """Give an element's attributes; not to be changed."""
        return self._entries[position][2]

    def frame(self, positions: Sequence[int] | None) -> pd.DataFrame:
        """Give rows as `Draft.frame` does."""
        chosen = self._entries if positions is None else [self._entries[at] for at in positions]
        frame = frame_of({str(number): entry[2] for number, entry in enumerate(chosen)})
        keys = [(working.path, element) for working, element, _ in chosen]
        frame.index = (
            pd.MultiIndex.from_tuples(keys, names=["object", "element"])
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
