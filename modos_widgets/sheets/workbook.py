"""Write a workbook: a tab per class, drop-down lists, a tab that explains, and the stamp.

XlsxWriter writes everything but the rows, which are put into its tabs (see `sheet_rows`).
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from modos_widgets.errors import OptionError
from modos_widgets.modo import find_labels
from modos_widgets.sheets.columns import (
    CLASS,
    ELEMENT,
    LISTS_TAB,
    OBJECT,
    README_TAB,
    REQUIRED,
)
from modos_widgets.sheets.sheet_rows import ElementRows, Styles, text_row
from modos_widgets.sheets.stamp import STAMP_TAB, write_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from modos_widgets.modo import Schema, Slot

__all__ = ["SheetContent", "SheetTab", "write_workbook"]

MOST_ROWS: Final = 1_048_575
MOST_COLUMNS: Final = 16_384
SPARE_ROWS: Final = 1000
"""Rows below the last one that have drop-down lists too."""
LONGEST_LIST: Final = 255
"""Characters of a list that is written into the drop-down itself."""
COMPRESSION: Final = 4
"""Level of the compression of the rows: half the time of the usual level, and a tenth larger."""
_STYLE: Final = re.compile(r'<c r="[A-Z]1" s="(\d+)"/>')
README_WIDTH: Final = 75
"""Width of the tab that explains; its lines have up to 85 letters, which are narrower."""
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


def write_workbook(content: SheetContent, path: Path) -> list[tuple[str, str, int]]:
    """Write a workbook.

    Parameters
    ----------
    content : SheetContent
        What it contains.
    path : pathlib.Path
        The file.

    Returns
    -------
    list of (str, str, int)
        Element, attribute and number of characters of the texts that do not fit into a cell.

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
    lists = _lists(content)
    prepared = _prepared(content, lists)
    too_long: list[tuple[str, str, int]] = []
    with (
        zipfile.ZipFile(prepared) as parts,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive,
    ):
        rows: dict[str, Iterable[str]] = {}
        for number, tab in enumerate(content.tabs, 2):  # the first tab is "Read me"
            name = _member(number)
            styles = Styles(*map(int, _STYLE.findall(parts.read(name).decode())))
            rows[name] = _tab_rows(tab, content, styles, too_long)
        number = len(content.tabs) + 2
        rows[_member(number)] = _list_rows(lists)
        rows[_member(number + 1)] = _stamp_rows(content)
        for part in parts.infolist():
            if part.filename in rows:
                _put_rows(archive, part, parts.read(part).decode(), rows[part.filename])
            else:
                archive.writestr(part, parts.read(part))
    return too_long


def _member(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _put_rows(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, prepared: str, rows: Iterable[str]
) -> None:
    """Write a tab with its rows in place of those with which it was prepared."""
    before, _, rest = re.sub(r"<dimension[^>]*/>", "", prepared).partition("<sheetData")
    _, _, after = rest.partition("</sheetData>") if "</sheetData>" in rest else rest.partition("/>")
    with archive.open(part.filename, "w", force_zip64=True) as file:
        file.write(f"{before}<sheetData>".encode())
        for row in rows:
            file.write(row.encode())
        file.write(f"</sheetData>{after}".encode())


def _prepared(content: SheetContent, lists: dict[str, list[list[str]]]) -> io.BytesIO:
    """Return the workbook without its rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": "Metadata", "comments": "Written by modos_widgets"})
        _write_readme(book)
        for tab in content.tabs:
            _prepare_tab(book, tab, content, lists)
        sheet = book.add_worksheet(LISTS_TAB)
        sheet.set_column(0, max(sum(map(len, lists.values())) - 1, 0), 28)
        sheet.protect()
        book.add_worksheet(STAMP_TAB).hide()
    return file


def _write_readme(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet(README_TAB)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, README_WIDTH)
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 0)
    for number, line in enumerate(README.replace("\n  ", " ").splitlines()):
        # not every program finds the height of a row by itself
        sheet.set_row(number, (20 if number == 0 else 15) * (1 + len(line) // 85))
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


def _prepare_tab(
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
    for place, each in enumerate((text, number, locked, plain, required)):  # as in Styles
        sheet.write_blank(0, place, None, each)
    sheet.set_column(0, 0, 30 if len(content.elements) > 1 else 14, text)
    sheet.set_column(1, 1, 24, text)
    sheet.set_column(2, 2, 18, text)
    slots = _slots(tab, content.schema)
    last = min(len(tab.keys) + SPARE_ROWS, MOST_ROWS)
    for place, name in enumerate(tab.columns, 3):
        slot = slots.get(name)
        is_number = slot is not None and slot.kind == "number"
        sheet.set_column(place, place, 22, number if is_number else text)
        if slot is None:
            continue
        if slot.description:
            sheet.write_comment(0, place, f"{slot.title}: {slot.description}", {"x_scale": 2})
        source = _source(slot, tab.class_name, lists)
        if source:
            strict = slot.kind == "choice" and not slot.many
            options = {
                "validate": "list",
                "source": source,
                "error_type": "stop" if strict else "information",
                "error_title": slot.title[:32],
                "error_message": "This value is not in the list.",
            }
            sheet.data_validation(1, place, last, place, options)
    sheet.freeze_panes(1, 3)
    sheet.set_default_row(15)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
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


def _slots(tab: SheetTab, schema: Schema) -> Mapping[str, Slot]:
    if tab.class_name:
        return schema.slots(tab.class_name)
    return {name: slot for each in schema.classes for name, slot in schema.slots(each).items()}


def _tab_rows(
    tab: SheetTab, content: SheetContent, styles: Styles, too_long: list[tuple[str, str, int]]
) -> Iterator[str]:
    slots = _slots(tab, content.schema)
    header = [(name, styles.header) for name in (OBJECT, ELEMENT, CLASS)]
    for name in tab.columns:
        slot = slots.get(name)
        if slot is not None and slot.required and tab.class_name:
            header.append((name + REQUIRED, styles.required))
        else:
            header.append((name, styles.header))
    yield text_row(1, header)
    rows = ElementRows(tab.columns, content.schema, styles, too_long)
    for number, (path, element) in enumerate(tab.keys, 2):
        yield rows.row(number, path, element, content.elements[path][element])


def _list_rows(lists: dict[str, list[list[str]]]) -> Iterator[str]:
    columns = [column for own in lists.values() for column in own]
    for number, row in enumerate(zip_longest(*columns, fillvalue=""), 1):
        yield text_row(number, ((text, 0) for text in row))


def _stamp_rows(content: SheetContent) -> Iterator[str]:
    numbers = {entry["path"]: number for number, entry in enumerate(content.header["objects"])}
    elements = (
        (numbers[path], element, content.elements[path][element])
        for tab in content.tabs
        for path, element in tab.keys
    )
    for number, cell in enumerate(write_stamp(content.header, elements), 1):
        yield text_row(number, [(cell, 0)])
