"""Change cells of a workbook as a person does, and write workbooks by hand."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

import python_calamine
import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def rows_of(path: Path, tab: str) -> list[list[Any]]:
    """Return the cells of a tab."""
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        return book.get_sheet_by_name(tab).to_python(skip_empty_area=False)


def copy_book(
    source: Path,
    target: Path,
    changed: Mapping[tuple[str, str, str], Any],
    *,
    rename: Mapping[str, str] | None = None,
    columns: Callable[[list[Any]], list[Any]] = list,
) -> Path:
    """Write a workbook again as another program would, with some cells changed.

    Keys of `changed` are tab, element and attribute.
    """
    with python_calamine.CalamineWorkbook.from_path(source) as book:
        tabs = {
            meta.name: (
                book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False),
                meta.visible != python_calamine.SheetVisibleEnum.Visible,
            )
            for meta in book.sheets_metadata
        }
    left = dict(changed)
    with xlsxwriter.Workbook(str(target)) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, (rows, hidden) in tabs.items():
            sheet = book.add_worksheet((rename or {}).get(name, name))
            header = [str(cell).removesuffix(" *") for cell in rows[0]] if rows else []
            for number, cells in enumerate(rows):
                row = list(cells)
                for place, slot in enumerate(header):
                    if number and len(row) > 1:
                        row[place] = left.pop((name, str(row[1]), slot), row[place])
                for place, cell in enumerate(columns(row) if "element" in header else row):
                    write(sheet, number, place, cell, date)
            if hidden:
                sheet.hide()
    assert not left, f"no such cells: {left}"
    return target


def write(sheet: Any, row: int, column: int, cell: Any, date: Any) -> None:
    if isinstance(cell, str) and cell.startswith("=formula "):
        _, formula, value = cell.split(" ", 2)
        sheet.write_formula(row, column, f"={formula}", None, value)
    elif isinstance(cell, str):
        raw = cell.startswith("<r>") and cell.endswith("</r>")  # XlsxWriter copies it as XML
        sheet.write_string(row, column, f"{cell}\x01" if raw else cell)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_datetime(row, column, cell, date)


def write_book(path: Path, tab: str, rows: Sequence[Sequence[Any]], **options: Any) -> Path:
    """Write a workbook of one tab."""
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet, date = book.add_worksheet(tab), book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                write(sheet, number, place, cell, date)
    return path


def edit_part(source: Path, target: Path, name: str, old: str, new: str) -> Path:
    """Replace text in one part of a workbook."""
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for member in read.namelist():
            data = read.read(member)
            if member == name:
                assert re.search(old.encode(), data)
                data = re.sub(old.encode(), new.encode(), data)
            out.writestr(member, data)
    return target
