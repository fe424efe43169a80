"""Write the rows of a tab as XML.

XlsxWriter prepares the formats, lists and comments of a workbook. One of its calls for each cell
would take most of the time of an export, so the rows are written here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

import xlsxwriter

from modos_widgets.sheets.cell_text import LOST, as_number, cell_text, is_too_long
from modos_widgets.sheets.columns import CLASS

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence

    from modos_widgets.modo import Schema, Slot

__all__ = ["ElementRows", "Styles", "text_row"]

SHORT: Final = 40
"""Texts up to this length are converted once."""
MOST_KNOWN: Final = 50_000
"""Short texts of a tab that are kept, to limit the memory."""


@dataclass(frozen=True)
class Styles:
    """Numbers of the formats of cells in a workbook.

    Attributes
    ----------
    text, number : int
        Cells to fill in.
    locked : int
        Object and element.
    header, required : int
        First row.
    """

    text: int
    number: int
    locked: int
    header: int
    required: int


def text_row(number: int, cells: Iterable[tuple[str, int]]) -> str:
    """Return the XML of a row of texts.

    Parameters
    ----------
    number : int
        Number of the row, 1 for the first.
    cells : iterable of (str, int)
        Text and format of each cell; an empty text leaves a cell out.

    Returns
    -------
    str
    """
    written = "".join(
        f'<c r="{xlsxwriter.utility.xl_col_to_name(place)}{number}{_text_cell(text, style)}'
        for place, (text, style) in enumerate(cells)
        if text
    )
    return f'<row r="{number}">{written}</row>'


def _text_cell(text: str, style: int) -> str:
    """Return the XML of a cell after its name."""
    space = "" if text == text.strip() else ' xml:space="preserve"'
    plain = escape(LOST.sub(_escaped, text))
    return f'" s="{style}" t="inlineStr"><is><t{space}>{plain}</t></is></c>'


def _escaped(found: re.Match[str]) -> str:
    """Return a character that XML cannot contain in the way of spreadsheet programs."""
    text = found[0]
    return f"_x005F{text}" if len(text) > 1 else f"_x{ord(text):04X}_"


@dataclass
class _Column:
    letters: str
    name: str
    slot: Slot | None
    known: dict[str, str]


@dataclass
class ElementRows:
    """The rows of elements in a tab.

    Attributes
    ----------
    columns : sequence of str
        Attributes, after object, element and ``@type``.
    schema : Schema
        The classes.
    styles : Styles
        Formats of the cells.
    too_long : list of (str, str, int)
        Element, attribute and number of characters of the texts that do not fit into a cell.
    """

    columns: Sequence[str]
    schema: Schema
    styles: Styles
    too_long: list[tuple[str, str, int]] = field(default_factory=list)
    _of_class: dict[object, list[_Column]] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare the column of classes."""
        self._class_column = _Column("C", CLASS, None, self._known)

    def row(self, number: int, path: str, element: str, attributes: Mapping[str, Any]) -> str:
        """Return the XML of a row.

        Parameters
        ----------
        number : int
            Number of the row, 1 for the first.
        path, element : str
            Path of the object, and id of the element.
        attributes : Mapping
            The element's attributes.

        Returns
        -------
        str
        """
        kind = attributes.get(CLASS)
        columns = self._of_class.get(kind) if type(kind) is str else None
        if columns is None:
            columns = self._columns(kind)
        styles, parts = self.styles, [f'<row r="{number}">']
        for letters, text in (("A", path), ("B", element)):
            if text:
                parts.append(f'<c r="{letters}{number}{_text_cell(text, styles.locked)}')
        if kind is not None:
            parts.append(f'<c r="C{number}{self._cell(kind, self._class_column, element)}')
        for column in columns:
            value = attributes.get(column.name)
            if value is None:
                continue
            cell = column.known.get(value) if type(value) is str else None
            if cell is None:
                cell = self._cell(value, column, element)
            if cell:
                parts.append(f'<c r="{column.letters}{number}{cell}')
        parts.append("</row>")
        return "".join(parts)

    def _columns(self, kind: object) -> list[_Column]:
        slots = self.schema.slots(kind)
        columns = []
        for place, name in enumerate(self.columns, 3):
            slot = slots.get(name)
            known = {} if slot is not None and slot.kind == "term" else self._known
            columns.append(_Column(xlsxwriter.utility.xl_col_to_name(place), name, slot, known))
        if isinstance(kind, str):
            self._of_class[kind] = columns
        return columns

    def _cell(self, value: Any, column: _Column, element: str) -> str:
        """Return the XML of a cell after its name; empty for an empty text."""
        figure = as_number(value)
        if figure is not None:
            return f'" s="{self.styles.number}"><v>{figure!r}</v></c>'
        full = cell_text(value, None, workbook=False)
        if is_too_long(full):
            self.too_long.append((element, column.name, len(full)))
        text = cell_text(value, column.slot, workbook=True)
        cell = _text_cell(text, self.styles.text) if text else ""
        if isinstance(value, str) and len(value) <= SHORT and len(column.known) < MOST_KNOWN:
            column.known[value] = cell
        return cell
