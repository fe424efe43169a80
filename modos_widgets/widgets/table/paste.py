"""Understanding of pasted text: CSV, a header of column names, rows matched by their ids."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modos_widgets.errors import OptionError
from modos_widgets.folding import folded
from modos_widgets.widgets.table.class_tabs import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.widgets.table.data_source import DraftSource
    from modos_widgets.widgets.table.replacement import CellInput

__all__ = ["Header", "NewRow", "csv_block", "find_rows", "header_of"]

_SEPARATORS: Final = ",;"
_LONGEST_HEADER: Final = 20_000
_ID: Final = ("element", "id")


@dataclass(frozen=True)
class Header:
    """The header of pasted rows.

    Attributes
    ----------
    columns : list of int or None
        Column of each pasted cell; None for ids and unknown names.
    id, object : int or None
        Place of the id, and of the object, among the pasted cells.
    unknown : tuple of str
        Names that no column has.
    """

    columns: list[int | None]
    id: int | None
    object: int | None
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class NewRow:
    """A pasted row whose id no element has.

    Attributes
    ----------
    path : str
        Path of the object to add it to; empty if that is not known.
    element : str
        Id of the element with its group; empty if the group is not known.
    text : str
        The id as it was pasted.
    line : sequence of str
        The pasted cells.
    """

    path: str
    element: str
    text: str
    line: Sequence[CellInput]


def csv_block(text: str, data: DraftSource, target: Sequence[int]) -> list[list[str]] | None:
    """Return the cells of CSV text; None for other text.

    Only text whose first line names columns is CSV: other text may contain commas too.

    Parameters
    ----------
    text : str
        The pasted text.
    data : DraftSource
        Rows and columns of the table.
    target : sequence of int
        Columns from the first selected one on.

    Returns
    -------
    list of list of str or None
    """
    first = text[:_LONGEST_HEADER].lstrip("\ufeff\r\n").partition("\n")[0]
    if "\t" in first or len(text.strip().splitlines()) < 2:  # noqa: PLR2004 - a header and a row
        return None
    for separator in _SEPARATORS:
        if separator not in first:
            continue
        line: list[CellInput] = [*next(csv.reader([first], delimiter=separator))]
        if _matches(line, data, target) is None:
            continue
        rows = csv.reader(io.StringIO(text.lstrip("\ufeff\r\n")), delimiter=separator)
        try:
            return [row for row in rows if row]
        except csv.Error:
            return None
    return None


def header_of(line: Sequence[CellInput], data: DraftSource, target: Sequence[int]) -> Header | None:
    """Return the header that a pasted row is; None if the row is data.

    Parameters
    ----------
    line : sequence of str or Exact
        The first pasted row.
    data : DraftSource
        Rows and columns of the table.
    target : sequence of int
        Columns from the first selected one on.

    Raises
    ------
    OptionError
        The header names a column twice, or a name matches two columns.
    """
    matches = _matches(line, data, target)
    if matches is None:
        return None
    _refuse_twice(line, matches, data)
    numbers = [found[0] if found else None for found in matches]
    key, several = data.keys - 1, data.several
    return Header(
        [None if number is None or number < data.keys else number for number in numbers],
        numbers.index(key) if key in numbers else None,
        numbers.index(0) if several and 0 in numbers else None,
        tuple(
            str(cell)
            for cell, number in zip(line, numbers, strict=True)
            if number is None and str(cell).strip()
        ),
    )


def _matches(
    line: Sequence[CellInput], data: DraftSource, target: Sequence[int]
) -> list[list[int]] | None:
    """Return the columns that each cell of a row names; None if the row is not a header."""
    if not all(isinstance(cell, str) for cell in line):
        return None
    texts = [str(cell).strip() for cell in line]
    columns = _columns(data, texts)
    matches = [_best(columns.get(folded(text), []), text, data) for text in texts]
    named = [found[0] for found in matches if found]
    filled = sum(map(bool, texts))
    if len(set(named)) > 1:
        return matches if len(named) * 2 >= filled else None
    return matches if named and len(named) == filled and named[0] == target[0] else None


def _columns(data: DraftSource, texts: Sequence[str]) -> dict[str, list[int]]:
    """Return the columns by the folded names and titles that a header may have."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(data.names):
        found.setdefault(folded(name), []).append(number)
    for slot, number in data.numbers.items():
        found.setdefault(folded(slot.replace("_", " ")), [number])
    if not {"element"} & set(map(folded, texts)):
        found["id"] = [data.keys - 1]
    return found


def _best(found: list[int], text: str, data: DraftSource) -> list[int]:
    exact = [number for number in found if data.names[number] == text]
    return exact[:1] or found


def _refuse_twice(line: Sequence[CellInput], matches: list[list[int]], data: DraftSource) -> None:
    hint = "Rename or remove one of them, or switch off column names in the menu “More actions”."
    for cell, found in zip(line, matches, strict=True):
        if len(found) > 1:
            names = " and ".join(data.names[number] for number in found)
            raise OptionError(f"The pasted column name {cell!s:.60} matches {names}.", hint)
    counts = Counter(found[0] for found in matches if found)
    for number, times in counts.items():
        if times > 1:
            name = data.names[number]
            raise OptionError(f"The pasted header names {name:.60} {times} times.", hint)


def find_rows(
    header: Header, block: Sequence[Sequence[CellInput]], data: DraftSource, tab: str
) -> tuple[list[tuple[int, Sequence[CellInput]]], list[NewRow]]:
    """Match pasted rows with those of the table by their ids.

    Parameters
    ----------
    header : Header
        The header, with an id.
    block : sequence of rows
        The pasted rows, without the header.
    data : DraftSource
        Rows of the table.
    tab : str
        The shown tab: its class completes ids without group.

    Returns
    -------
    matched : list of (position, row)
    new : list of NewRow
        Rows whose id no element has.

    Raises
    ------
    OptionError
        An id is pasted twice, or is that of several elements.
    """
    matched: dict[int, Sequence[CellInput]] = {}
    new: dict[tuple[str, str], NewRow] = {}
    for line in block:
        text = _text(line, header.id)
        if not text:
            continue
        paths = _paths(_text(line, header.object), data)
        ids = _ids(text, data, tab)
        found = {
            place
            for path in paths
            for element in ids
            if (place := data.place(path, element)) is not None
        }
        if len(found) > 1:
            hint = "Add a column object." if len(paths) > 1 else "Write its group, as in sample/s1."
            raise OptionError(f"Several elements have the id {text:.60}.", hint)
        key = (paths[0] if len(paths) == 1 else "", ids[0] if len(ids) == 1 else text)
        if (found and found <= matched.keys()) or (not found and key in new):
            raise OptionError(f"The id {text:.60} is pasted twice.", "Remove one of the rows.")
        if found:
            matched[found.pop()] = line
        else:
            new[key] = NewRow(key[0], ids[0] if len(ids) == 1 else "", text, line)
    return list(matched.items()), list(new.values())


def _text(line: Sequence[CellInput], place: int | None) -> str:
    return str(line[place]).strip() if place is not None and place < len(line) else ""


def _paths(text: str, data: DraftSource) -> list[str]:
    """Return the paths of the objects that a text names; of all objects for no text."""
    paths = [modo.path for modo in data.draft.modos]
    if not text or len(paths) == 1:
        return paths
    last = [path for path in paths if path.rstrip("/").rpartition("/")[2] == text]
    found = [text] if text in paths else last
    if not found:
        raise OptionError(f"No object {text:.60} in this table.", "Check the column object.")
    return found


def _ids(text: str, data: DraftSource, tab: str) -> list[str]:
    """Return the ids that a pasted id can mean."""
    schema = data.draft.schema
    group = schema.group(tab) if tab != ALL else ""
    if "/" in text:
        return [text]
    if group:
        return [f"{group}/{text}"]
    groups = dict.fromkeys(each for name in schema.classes if (each := schema.group(name)))
    known = [f"{each}/{text}" for each in groups]
    return [text, *known]
