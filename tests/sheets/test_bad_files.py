"""Files that are not what they seem: refused with what to do, within bounds."""

from __future__ import annotations

import base64
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from modos_widgets import export_sheet, import_sheet
from modos_widgets.errors import ModosError, NotFoundError, OptionError
from tests.modo.objects import keys_of, put_local, put_s3
from tests.sheets.books import edit_part, rows_of, write_book

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

ROWS = [["element", "sex"], ["sample/s1", "Female"]]
SHEET = "xl/worksheets/sheet1.xml"


def refused(path: Path, study: Path, match: str) -> None:
    with pytest.raises(OptionError, match=match) as caught:
        import_sheet(path, study)
    assert caught.value.hint


def test_protected_old_and_html_files(study: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    refused(path, study, "protected by a password")
    old = path.rename(tmp_path / "a.xls")
    refused(old, study, "old format")
    old.write_text("<html><table><tr><td>element</td></tr></table></html>")
    refused(old, study, "web page")
    web = old.rename(tmp_path / "b.xlsx")
    refused(web, study, "web page")
    refused(tmp_path / "a.doc", study, "not a sheet")
    with pytest.raises(NotFoundError):
        import_sheet(tmp_path / "none.csv", study)


def test_cut_files(study: Path, tmp_path: Path) -> None:
    data = write_book(tmp_path / "a.xlsx", "S", ROWS).read_bytes()
    cut = tmp_path / "cut.xlsx"
    for size in (0, 10, len(data) // 2, len(data) - 30):
        cut.write_bytes(data[:size])
        refused(cut, study, "damaged or not a workbook")
    text = tmp_path / "cut.csv"
    text.write_bytes(b"element,sex\n\x81\x8d\xff")
    refused(text, study, "not text")
    text.write_bytes(b"")
    refused(text, study, "No tab")


def test_bombs(study: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHEET, b" " * (64 * 2**20))
    refused(bomb, study, "unpacks to 64 MiB")
    data = bomb.read_bytes()  # the archive lies about the size
    lie = data.replace(struct.pack("<I", 64 * 2**20), struct.pack("<I", 1000))
    bomb.write_bytes(lie)
    refused(bomb, study, "damaged or not a workbook")
    book = write_book(tmp_path / "a.xlsx", "S", ROWS)
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    refused(edit_part(book, tmp_path / "b.xlsx", SHEET, "<worksheet", entity), study, "entities")


@pytest.mark.parametrize(
    "part", ["<c ", '<c r="A1" ', ' r="A1"', '<c t="e" r="A1"> ', '<row hidden="1" ']
)
def test_broken_markup_takes_linear_time(study: Path, tmp_path: Path, part: str) -> None:
    book = write_book(tmp_path / "a.xlsx", "S", ROWS)
    end = f'<c t="e"><f/></c><c {part * 100_000}</sheetData>'
    refused(edit_part(book, tmp_path / "b.xlsx", SHEET, "</sheetData>", end), study, "damaged")


def test_one_cell_in_the_last_row(study: Path, tmp_path: Path) -> None:
    book = write_book(tmp_path / "a.xlsx", "S", ROWS)
    far = edit_part(
        book,
        tmp_path / "b.xlsx",
        SHEET,
        "</sheetData>",
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    )
    refused(far, study, "1,048,576 rows x 16,384 columns")


def test_rows_that_are_formatted_to_the_end(study: Path, tmp_path: Path) -> None:
    book = write_book(tmp_path / "a.xlsx", "S", ROWS)
    blank = "".join(f'<row r="{row}"><c r="A{row}" s="0"/></row>' for row in range(3, 1_048_577))
    long = edit_part(book, tmp_path / "b.xlsx", SHEET, "</sheetData>", f"{blank}</sheetData>")
    draft = import_sheet(long, study)
    assert [row[1:3] for row in draft.rows()] == [("sample/s1", "sex")]
    assert draft.import_report is not None
    assert draft.import_report.empty


def test_merged_ranges_over_each_other(study: Path, tmp_path: Path) -> None:
    rows = [ROWS[0], *([f"sample/s{n}", "Female"] for n in range(2000))]
    book = write_book(tmp_path / "a.xlsx", "S", rows)
    ranges = '<mergeCell ref="A1:XFD1048576"/>' * 2000
    merged = f"</sheetData><mergeCells>{ranges}</mergeCells>"
    many = edit_part(book, tmp_path / "b.xlsx", SHEET, "</sheetData>", merged)
    refused(many, study, "more than 6,000,000 cells")


@pytest.mark.parametrize("tags", ["<c " * 300_000, "<row hidden=" * 100_000])
def test_tags_that_do_not_end(study: Path, tmp_path: Path, tags: str) -> None:
    book = write_book(tmp_path / "a.xlsx", "S", ROWS)
    noise = edit_part(book, tmp_path / "b.xlsx", SHEET, "<sheetData>", f"{tags}<sheetData>")
    with pytest.raises(OptionError):
        import_sheet(noise, study)


def test_a_stamp_of_deep_lists(study: Path, tmp_path: Path) -> None:
    packed = base64.b64encode(zlib.compress(b"[" * 200_000 + b"\n")).decode()
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        tab = book.add_worksheet("S")
        for number, cells in enumerate(ROWS):
            tab.write_row(number, 0, cells)
        stamp = book.add_worksheet("modos_stamp")
        stamp.write_column(0, 0, [f"modos_widgets.sheet 1 {'0' * 64}", packed])
        stamp.hide()
    refused(path, study, "stamp of this sheet is damaged")


def test_macros_are_reported_and_not_run(study: Path, tmp_path: Path) -> None:
    book = write_book(tmp_path / "a.xlsx", "S", ROWS)
    macros = tmp_path / "a.xlsm"
    macros.write_bytes(book.read_bytes())
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    draft = import_sheet(macros, study)
    assert len(draft.rows()) == 1
    assert draft.import_report is not None
    assert list(draft.import_report.index) == ["macros are not run"]
    with pytest.raises(OptionError, match="macros"):
        export_sheet(study, macros)


def test_an_edited_stamp_is_refused(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx").path
    with zipfile.ZipFile(out) as archive:
        name = next(
            name
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and b"modos_widgets.sheet 1" in archive.read(name)
        )
    first = str(rows_of(out, "modos_stamp")[0][0])
    other = first[:-1] + ("0" if first[-1] != "0" else "1")
    edited = edit_part(out, tmp_path / "edited.xlsx", name, re.escape(first), other)
    refused(edited, study, "was edited")
    unknown = edit_part(out, tmp_path / "v.xlsx", name, "modos_widgets.sheet 1", "other 1")
    refused(unknown, study, "another version")
    payload = str(rows_of(out, "modos_stamp")[1][0])
    damaged = edit_part(out, tmp_path / "d.xlsx", name, re.escape(payload[:40]), payload[40:80])
    refused(damaged, study, "damaged|edited")


def test_a_stamp_of_other_objects(study: Path, tmp_path: Path) -> None:
    two = [study, put_local(tmp_path / "other", keys_of())]
    out = export_sheet(two, tmp_path / "out.xlsx").path
    moved = put_local(tmp_path / "elsewhere", keys_of())
    draft = import_sheet(out, moved)
    assert draft.rows() == []
    assert draft.import_report is not None
    assert set(draft.import_report.index) == {"unknown object"}
    for path in two:
        path.rename(path.with_name(f"{path.name}-moved"))
    with pytest.raises(ModosError):
        import_sheet(out)


def test_a_stamp_of_another_deployment(moto_server: S3Server, tmp_path: Path) -> None:
    path = put_s3(moto_server, moto_server.bucket(), "study")
    here: dict[str, Any] = {"s3_kwargs": moto_server.s3_kwargs}
    there = dict(here, services={"s3": moto_server.endpoint.replace("127.0.0.1", "localhost")})
    here["services"] = {"s3": moto_server.endpoint}
    out = export_sheet(path, tmp_path / "out.xlsx", **here).path
    assert import_sheet(out, **here).rows() == []
    with pytest.raises(OptionError, match="another deployment, http:"):
        import_sheet(out, **there)
    draft = import_sheet(out, path, **there)
    assert draft.rows() == []
    assert draft.import_report is not None
    assert list(draft.import_report.index) == ["another deployment"]
