"""Write a workbook: a tab per class, drop-down lists, a tab that explains, and the stamp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from modos_widgets.errors import OptionError
from modos_widgets.modo import find_labels
from modos_widgets.sheets.cell_text import as_number, cell_text
from modos_widgets.sheets.columns import CLASS, ELEMENT, OBJECT, REQUIRED
from modos_widgets.sheets.stamp import STAMP_TAB, write_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from modos_widgets.modo import Schema, Slot

__all__ = ["SheetContent", "SheetTab", "write_workbook"]

MOST_ROWS: Final = 1_048_575
MOST_COLUMNS: Final = 16_384
SPARE_ROWS: Final = 1000
"""Rows below the last one that have drop-down lists too."""
LONGEST_LIST: Final = 255
"""Characters of a list that is written into the drop-down itself."""
LISTS_TAB: Final = "Lists"
README_TAB: Final = "Read me"
README: Final = """\
How to fill in this sheet

Each row is one element of an object, and each column one attribute. The first row has the names
  of the attributes; those that end in * are required.
Change any cell except object and element. Empty a cell to remove a value.
To add an element, fill in a new row. Leave element empty to get an id from the name.
Rows that you delete are kept: deleting a row changes nothing.
Separate several values in a cell with a comma. If a value contains a comma or a semicolon,
  write all of them as ["first", "second"].
Write dates as 2026-11-22T09:30:00+01:00. Type text as it is: no formulas.
Some columns have a list of values to choose from. For ontology terms write the label or the
  URI; the tab Lists has both.
You can sort, filter, hide and reorder rows and columns, and add columns.
Save as .xlsx. A hidden tab contains the values at the export, by which your changes are found.
  Other formats lose it.
"""


@dataclass
class SheetTab:
    """A tab with rows of elements.

    Attributes
    ----------
    title : str
        Title of the tab.
    class_name : str
        Class of all its elements; empty for several classes.
    columns : list of str
        Attributes, after object, element and ``@type``.
    keys : list of (str, str)
        Object path and element id of each row.
    """

    title: str
    class_name: str
    columns: list[str]
    keys: list[tuple[str, str]]


@dataclass
class SheetContent:
    """What a sheet contains.

    Attributes
    ----------
    header : dict
        Header of the stamp.
    tabs : list of SheetTab
        The tabs.
    elements : Mapping
        Path of the object to element id to attributes.
    schema : Schema
        The classes.
    """

    header: dict[str, Any]
    tabs: list[SheetTab]
    elements: Mapping[str, Mapping[str, Mapping[str, Any]]]
    schema: Schema


def write_workbook(content: SheetContent, path: Path) -> None:
    """Write a workbook.

    Parameters
    ----------
    content : SheetContent
        What it contains.
    path : pathlib.Path
        The file.

    Raises
    ------
    OptionError
        A tab has too many rows or columns.
    """
    for tab in content.tabs:
        if len(tab.keys) > MOST_ROWS or len(tab.columns) + 3 > MOST_COLUMNS:
            raise OptionError(
                f"{tab.title} has more rows or columns than a sheet can have.",
                "Export fewer objects at a time, or pass classes=.",
            )
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
        "in_memory": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "Metadata", "comments": "Written by modos_widgets"})
        _write_readme(book)
        lists = _lists(content)
        for tab in content.tabs:
            _write_tab(book, tab, content, lists)
        _write_lists(book, lists)
        _write_stamp(book, content)


def _write_readme(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet(README_TAB)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, 100)
    sheet.hide_gridlines(2)
    for number, line in enumerate(README.replace("\n  ", " ").splitlines()):
        sheet.write_string(number, 0, line, wrap if number else bold)


def _lists(content: SheetContent) -> dict[str, list[list[str]]]:
    """Return the values to choose from: name of the list to its columns, title first."""
    found: dict[str, list[list[str]]] = {}
    schema = content.schema
    for name in schema.classes:
        for slot in schema.slots(name).values():
            if slot.kind == "term" and slot.name not in found:
                terms = find_labels("", slot.name, 500)
                if terms:
                    labels = [term.label for term in terms]
                    found[slot.name] = [
                        [slot.name, *labels],
                        ["URI", *(term.uri for term in terms)],
                    ]
            elif slot.kind == "link" and f"link {slot.link}" not in found:
                ids = [
                    element
                    for every in content.elements.values()
                    for element, attributes in every.items()
                    if schema.is_a(attributes.get(CLASS), slot.link)
                ]
                found[f"link {slot.link}"] = [[slot.link, *dict.fromkeys(ids)]]
            elif slot.kind == "choice" and len(",".join(slot.terms)) > LONGEST_LIST:
                found[f"choice {name} {slot.name}"] = [[slot.name, *slot.terms]]
    return found


def _write_lists(book: xlsxwriter.Workbook, lists: dict[str, list[list[str]]]) -> None:
    sheet = book.add_worksheet(LISTS_TAB)
    columns = [column for own in lists.values() for column in own]
    for row in range(max(map(len, columns), default=0)):
        for number, column in enumerate(columns):
            if row < len(column):
                sheet.write_string(row, number, _literal(column[row]))
    sheet.set_column(0, max(len(columns) - 1, 0), 28)
    sheet.protect()


def _source(slot: Slot, class_name: str, lists: dict[str, list[list[str]]]) -> Any:
    """Return the source of a drop-down list; None if there is none."""
    if slot.kind == "yes_no":
        return ["true", "false"]
    if slot.kind == "choice" and len(",".join(slot.terms)) <= LONGEST_LIST:
        return list(slot.terms)
    name = {"term": slot.name, "link": f"link {slot.link}"}.get(
        slot.kind, f"choice {class_name} {slot.name}"
    )
    if name not in lists or len(lists[name][0]) < 2:  # noqa: PLR2004 - the title alone
        return None
    place = 0
    for other, columns in lists.items():
        if other == name:
            break
        place += len(columns)
    letter = xlsxwriter.utility.xl_col_to_name(place)
    return f"='{LISTS_TAB}'!${letter}$2:${letter}${len(lists[name][0])}"


def _write_tab(  # noqa: C901 - the parts of a tab in the order in which they are written
    book: xlsxwriter.Workbook,
    tab: SheetTab,
    content: SheetContent,
    lists: dict[str, list[list[str]]],
) -> None:
    sheet = book.add_worksheet(tab.title)
    text = book.add_format({"num_format": "@", "locked": False})
    number = book.add_format({"locked": False})
    locked = book.add_format({"num_format": "@", "font_color": "#666666"})
    plain = book.add_format({"bold": True, "bg_color": "#E8EEF7", "bottom": 1})
    required = book.add_format({"bold": True, "bg_color": "#FCE8D5", "bottom": 1})
    schema, columns = content.schema, tab.columns
    slots = (
        schema.slots(tab.class_name)
        if tab.class_name
        else {name: slot for each in schema.classes for name, slot in schema.slots(each).items()}
    )
    several = len(content.elements) > 1
    sheet.set_column(0, 0, 30 if several else 14, text)
    sheet.set_column(1, 1, 24, text)
    sheet.set_column(2, 2, 18, text)
    for place, name in enumerate(columns, 3):
        slot = slots.get(name)
        sheet.set_column(
            place, place, 22, number if slot is not None and slot.kind == "number" else text
        )
    sheet.freeze_panes(1, 3)
    sheet.set_default_row(15)
    sheet.protect(
        "",
        {
            "format_cells": True,
            "format_columns": True,
            "format_rows": True,
            "insert_columns": True,
            "insert_rows": True,
            "delete_rows": True,
            "delete_columns": True,
            "sort": True,
            "autofilter": True,
            "insert_hyperlinks": False,
        },
    )
    for place, name in enumerate((OBJECT, ELEMENT, CLASS)):
        sheet.write_string(0, place, name, plain)
    last = min(len(tab.keys) + SPARE_ROWS, MOST_ROWS)
    for place, name in enumerate(columns, 3):
        slot = slots.get(name)
        need = slot is not None and slot.required and bool(tab.class_name)
        sheet.write_string(
            0, place, _literal(name) + (REQUIRED if need else ""), required if need else plain
        )
        if slot is None:
            continue
        if slot.description:
            sheet.write_comment(0, place, f"{slot.title}: {slot.description}", {"x_scale": 2})
        source = _source(slot, tab.class_name, lists)
        if source:
            sheet.data_validation(
                1,
                place,
                last,
                place,
                {
                    "validate": "list",
                    "source": source,
                    "error_type": "stop"
                    if slot.kind == "choice" and not slot.many
                    else "information",
                    "error_title": slot.title[:32],
                    "error_message": "This value is not in the list.",
                },
            )
    for row, (path, element) in enumerate(tab.keys, 1):
        attributes = content.elements[path][element]
        kind = attributes.get(CLASS)
        own = schema.slots(kind)
        sheet.write_string(row, 0, _literal(path), locked)
        sheet.write_string(row, 1, _literal(element), locked)
        if kind is not None:
            sheet.write_string(row, 2, _literal(cell_text(kind, None, workbook=True)), text)
        for place, name in enumerate(columns, 3):
            value = attributes.get(name)
            if value is None:
                continue
            figure = as_number(value)
            if figure is not None:
                sheet.write_number(row, place, figure, number)
                continue
            written = cell_text(value, own.get(name), workbook=True)
            if written:
                sheet.write_string(row, place, _literal(written), text)


def _literal(text: str) -> str:
    """Return a text that XlsxWriter does not copy into the file as XML, as it does ``<r>..</r>``.

    The control character at its end is ignored by the import.
    """
    return f"{text}\x01" if text.startswith("<r>") and text.endswith("</r>") else text


def _write_stamp(book: xlsxwriter.Workbook, content: SheetContent) -> None:
    sheet = book.add_worksheet(STAMP_TAB)
    numbers = {entry["path"]: number for number, entry in enumerate(content.header["objects"])}

    def elements() -> Iterator[tuple[int, str, Mapping[str, Any]]]:
        for tab in content.tabs:
            for path, element in tab.keys:
                yield numbers[path], element, content.elements[path][element]

    for row, cell in enumerate(write_stamp(content.header, elements())):
        sheet.write_string(row, 0, cell)
    sheet.hide()
