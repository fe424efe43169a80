"""What spreadsheet programs do to data is recognised, offered back, and not applied in doubt."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import export_sheet, import_sheet
from modos_widgets.modo import MISSING
from tests.modo.objects import ELEMENTS, keys_of, put_local
from tests.sheets.books import copy_book, edit_part, write_book

if TYPE_CHECKING:
    from pathlib import Path

STORED: dict[str, Any] = {
    "gene": "SEPT2",
    "march": "MARCH1",
    "code": "00123",
    "riken": "2310009E13",
    "huge": "1E400",
    "score": 0.3,
    "sum": 0.1 + 0.2,
    "flag": True,
    "word": "TRUE",
    "denial": "FALSE",
    "title": '"Best" sample',
    "umlaut": "Müller",
    "padded": "two words",
    "when": "2024-01-17T08:00:00Z",
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    sample = {"@type": "Sample", "name": "Odd", **STORED}
    elements = {**ELEMENTS, "sample/odd": sample}
    return put_local(tmp_path / "study", keys_of(elements))


DAMAGE = [
    ("gene", dt.datetime(2026, 9, 2), "date from text"),  # noqa: DTZ001
    ("gene", "2-Sep", "date from text"),
    ("gene", "02. Sep", "date from text"),
    ("march", dt.datetime(2026, 3, 1), "date from text"),  # noqa: DTZ001
    ("march", "1. Mrz", "date from text"),
    ("march", "Mar-01", "date from text"),
    ("code", 123, "number from text"),
    ("code", "123", "number from text"),
    ("riken", 2.310009e19, "number from text"),
    ("riken", "2.310009E+19", "number from text"),
    ("huge", "#NUM!", "error value"),
    ("huge", "1E+400", "number from text"),
    ("score", "0.30000000000000004", "rounding of a number"),
    ("score", "0,30", "rounding of a number"),
    ("sum", 0.3, "rounding of a number"),
    ("word", True, "boolean"),
    ("word", "WAHR", "boolean"),
    ("word", "VRAI", "boolean"),
    ("word", "VERO", "boolean"),
    ("word", "VERDADERO", "boolean"),
    ("denial", False, "boolean"),
    ("denial", "FALSCH", "boolean"),
    ("denial", "FAUX", "boolean"),
    ("denial", "FALSO", "boolean"),
    ("title", "“Best” sample", "quotes"),
    ("umlaut", "MÃ¼ller", "encoding"),
    ("padded", "two words  ", "blanks"),
    ("padded", "two  words", "blanks"),
    ("padded", "two\u00a0words", "blanks"),
    ("when", dt.datetime(2024, 1, 17, 8), "date in another form"),  # noqa: DTZ001
]


@pytest.mark.parametrize(("slot", "cell", "problem"), DAMAGE)
def test_a_damaged_value_is_offered_back(
    study: Path, tmp_path: Path, slot: str, cell: Any, problem: str
) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx").path
    back = copy_book(out, tmp_path / "back.xlsx", {("Sample", "sample/odd", slot): cell})
    draft = import_sheet(back)
    assert draft.rows() == []
    report = draft.import_report
    assert report is not None
    assert list(report.index) == [problem]
    (row,) = report.to_dict("records")
    assert row["sheet"] == "Sample"
    assert row["offered"] == STORED[slot]
    assert row["applied"] is False


NEW = [
    ("version", dt.datetime(2026, 3, 1), "date from text", "MARCH1", False),  # noqa: DTZ001
    ("version", "1-Dec", "date from text", "DEC1", False),
    ("version", 7, "number from text", "7", True),
    ("version", 2.3e19, "number from text", None, False),
    ("version", "1.5E+12", "number from text", None, False),
    ("version", True, "boolean", "TRUE", False),
    ("version", "#NAME?", "error value", None, False),
    ("version", "v2 ", "blanks", "v2", True),
    ("creation_date", 45000, "serial number of a date", "2023-03-15T00:00:00", False),
    ("creation_date", "15.03.2023", "date in another form", "2023-03-15", False),
    ("creation_date", "03/04/2023", "date in another form", None, False),
    ("creation_date", dt.datetime(2023, 3, 15), "date", "2023-03-15", True),  # noqa: DTZ001
    ("taxon_id", "a; b, c", "several values", ["a", "b, c"], False),
    ("taxon_id", "[“a”, “b”]", "quotes", ["a", "b"], False),
    ("score", "1,5", "decimal comma", 1.5, False),
    ("score", "3.3000000000000003", "rounding of a number", 3.3, False),
    ("score", "1E400", "number out of range", None, False),
    ("score", "007", "number from text", 7, False),
    ("flag", "FAUX", "boolean", False, True),
    ("flag", "nein", "boolean", False, True),
    ("flag", "falso", "boolean", False, True),
]


@pytest.mark.parametrize(
    ("cell", "problem", "offer"), [(each[:2], each[2], each[3:]) for each in NEW]
)
def test_a_doubtful_new_value_is_offered(
    study: Path, tmp_path: Path, cell: tuple[str, Any], problem: str, offer: tuple[Any, bool]
) -> None:
    slot, read = cell
    offered, applied = offer
    element = {
        "version": "reference/r1",
        "creation_date": "study",
    }.get(slot, "sample/odd")
    sheet = write_book(tmp_path / "new.xlsx", "Any", [["element", slot], [element, read]])
    draft = import_sheet(sheet, study)
    report = draft.import_report
    assert report is not None
    assert list(report.index) == [problem]
    (row,) = report.to_dict("records")
    assert (row["cell"], row["offered"], row["applied"]) == ("B2", offered, applied)
    assert [found[4] for found in draft.rows()] == ([offered] if applied else [])


def test_a_number_larger_than_any_of_a_program_is_changed(tmp_path: Path) -> None:
    sample = {"@type": "Sample", "score": 10**400}
    path = put_local(tmp_path / "study", keys_of({"sample/odd": sample}))
    out = export_sheet(path, tmp_path / "out.xlsx").path
    assert import_sheet(out).rows() == []
    back = copy_book(out, tmp_path / "back.xlsx", {("Sample", "sample/odd", "score"): 5})
    draft = import_sheet(back)
    assert [row[3:] for row in draft.rows()] == [(10**400, 5)]


def problems(draft: Any) -> list[tuple[str, str, bool]]:
    report = draft.import_report
    return [
        (str(name), row["cell"], row["applied"])
        for name, row in zip(report.index, report.to_dict("records"), strict=True)
    ]


ROWS = "element{0}name{0}score{0}flag\nsample/odd{0}Grün{0}1,5{0}FALSCH\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", ""),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_a_german_csv_file(study: Path, tmp_path: Path, encoding: str, name: str) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(ROWS.format(";").encode(encoding))
    draft = import_sheet(sheet, study)
    assert {row[2]: row[4] for row in draft.rows()} == {"name": "Grün", "score": 1.5, "flag": False}
    found = problems(draft)
    assert ("encoding" in [each[0] for each in found]) is bool(name)
    assert [each for each in found if each[0] != "encoding"] == [
        ("delimiter", "", True),
        ("decimal comma", "C2", True),
        ("boolean", "D2", True),
    ]


def test_formulas_hidden_rows_and_merged_cells(study: Path, tmp_path: Path) -> None:
    import xlsxwriter  # noqa: PLC0415

    path = tmp_path / "sheet.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["element", "name", "collector"])
        sheet.write_row(1, 0, ["sample/s1", "x"])
        sheet.write_formula(1, 1, '="A"&"B"', None, "AB")
        sheet.write_row(2, 0, ["sample/s2"])
        sheet.merge_range(1, 2, 2, 2, "Lab")
        sheet.set_row(2, None, None, {"hidden": True})
    draft = import_sheet(path, study)
    assert {row[1:3]: row[4] for row in draft.rows()} == {
        ("sample/s1", "name"): "AB",
        ("sample/s1", "collector"): ["Lab"],
        ("sample/s2", "name"): MISSING,
    }
    assert problems(draft) == [
        ("hidden row", "A3", True),
        ("formula", "B2", True),
        ("merged cells", "C3", False),
    ]


def test_tabs_are_renamed_and_columns_move(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx", classes=["Sample"]).path
    back = copy_book(
        out,
        tmp_path / "back.xlsx",
        {("Sample", "sample/s1", "sex"): "Female"},
        rename={"Sample": "Proben"},
        columns=lambda row: [*reversed(row), "Notes" if "sex" in row else "n"],
    )
    draft = import_sheet(back)
    assert [row[1:] for row in draft.rows()] == [("sample/s1", "sex", "Male", "Female")]
    assert [name for name, _, _ in problems(draft)] == ["unknown column", "renamed tab"]


def test_dates_from_1904(study: Path, tmp_path: Path) -> None:
    rows: list[list[Any]] = [["element", "creation_date"], ["study", dt.datetime(2023, 3, 15)]]  # noqa: DTZ001
    sheet = write_book(tmp_path / "mac.xlsx", "S", rows, date_1904=True)
    draft = import_sheet(sheet, study)
    assert [row[4] for row in draft.rows()] == ["2023-03-15"]
    assert [name for name, _, _ in problems(draft)] == ["dates count from 1904", "date"]
    number = write_book(
        tmp_path / "n.xlsx", "S", [rows[0], ["study", 45000 - 1462]], date_1904=True
    )
    report = import_sheet(number, study).import_report
    assert report is not None
    assert report.loc["serial number of a date", "offered"] == "2023-03-15T00:00:00"


def test_a_hidden_row_is_found_in_another_spelling(study: Path, tmp_path: Path) -> None:
    sheet = write_book(tmp_path / "a.xlsx", "S", [["element", "sex"], ["sample/s1", "Female"]])
    hidden = edit_part(
        sheet,
        tmp_path / "b.xlsx",
        "xl/worksheets/sheet1.xml",
        '<row r="2"',
        '<row hidden="true" r="2"',
    )
    assert problems(import_sheet(hidden, study)) == [("hidden row", "A2", True)]


def test_a_line_that_ends_early_clears_nothing(study: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "short.csv"
    sheet.write_text("element,sex,name\nsample/s1,Female\n", encoding="utf-8")
    assert [row[1:3] for row in import_sheet(sheet, study).rows()] == [("sample/s1", "sex")]
