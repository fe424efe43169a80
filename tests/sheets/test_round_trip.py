"""A sheet goes out and comes back: untouched, changed, and beside a colleague's commit."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import edit, export_sheet, import_sheet, open_modo
from modos_widgets.demo.study import sample_objects
from modos_widgets.errors import ConflictError, OptionError
from tests.modo.objects import ELEMENTS, keys_of, put_local
from tests.sheets.books import copy_book, rows_of, write_book

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = Path(os.environ.get("MODOS_EXAMPLE", Path(__file__).parents[3] / "shared/data/ex"))
ODD: dict[str, Any] = {
    "@type": "Sample",
    "name": "=1+1",
    "description": " leading,\ttab\r\nand _x0041_ \x07 ",
    "numbers": [1, 2.5, "a,b"],
    "nested": {"a": [None, True]},
    "tiny": 0.1 + 0.2,
    "whole": 1.0,
    "big": 12345678901234567890,
    "yes": True,
    "nothing": None,
    "empty": "",
    "none": [],
    "gene": "SEPT2",
    "zeros": "00123",
    "large": "1E400",
    "taxon_id": ["http://purl.obolibrary.org/obo/NCBITaxon_9606"],
    "cell_type": "http://purl.obolibrary.org/obo/CL_0000624",
    "sex": "male",
    "rich": "<r><t>raw</t></r>",
}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def cohort(tmp_path: Path) -> Iterator[list[Path]]:
    folder = tmp_path / "cohort"
    found = [put_local(folder / each.path, each.contents()) for each in sample_objects()]
    found.append(put_local(folder / "odd", keys_of({**ELEMENTS, "sample/odd": ODD})))
    if REAL.is_dir():
        shutil.copytree(REAL, folder / "real")
        found.append(folder / "real")
    before = bytes_of(folder)
    yield found
    assert bytes_of(folder) == before


@pytest.mark.parametrize("kind", ["xlsx", "csv", "tsv"])
def test_an_untouched_sheet_changes_nothing(cohort: list[Path], tmp_path: Path, kind: str) -> None:
    done = export_sheet(cohort, tmp_path / f"all.{kind}")
    assert done.rows == sum(len(modo.metadata) for modo in edit(cohort).modos)
    draft = import_sheet(done.path)
    assert draft.rows() == []
    assert not draft
    assert draft.import_report is not None
    assert draft.import_report.empty
    assert list(draft.import_report) == ["sheet", "cell", "read", "offered", "applied"]


def test_a_flat_workbook_and_another_program_change_nothing(
    cohort: list[Path], tmp_path: Path
) -> None:
    done = export_sheet(cohort, tmp_path / "flat.xlsx", flat=True)
    again = copy_book(done.path, tmp_path / "again.xlsx", {})
    assert import_sheet(again).rows() == []


def test_texts_are_never_formulas(tmp_path: Path) -> None:
    path = put_local(tmp_path / "odd", keys_of({"sample/odd": ODD}))
    book = export_sheet(path, tmp_path / "odd.xlsx", flat=True).path
    row = next(row for row in rows_of(book, "Metadata") if row[1] == "sample/odd")
    assert "=1+1" in row
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(book) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert not any(b"<f>" in sheet or b"<t>raw" in sheet for sheet in sheets)
    text = export_sheet(path, tmp_path / "odd.csv").path.read_text(encoding="utf-8")
    assert "'=1+1" in text
    assert ",=1+1" not in text


def test_the_changed_cells_are_found_and_committed(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx").path
    back = copy_book(
        out,
        tmp_path / "back.xlsx",
        {
            ("Sample", "sample/s1", "sex"): "Female",
            ("Sample", "sample/s2", "name"): "",
            ("Sample", "sample/s2", "taxon_id"): "Homo sapiens; Mus musculus",
            ("Assay", "assay/a1", "omics_type"): "GENOMICS, PROTEOMICS",
        },
    )
    draft = import_sheet(back)
    path = str(study)
    taxa = [f"http://purl.obolibrary.org/obo/NCBITaxon_{number}" for number in (9606, 10090)]
    assert {tuple(row[1:3]): row[4] for row in draft.diff().itertuples(index=False)} == {
        ("sample/s1", "sex"): "Female",
        ("sample/s2", "name"): None,
        ("sample/s2", "taxon_id"): taxa,
        ("assay/a1", "omics_type"): ["GENOMICS", "PROTEOMICS"],
    }
    assert len(draft.undecided()) == 4
    assert draft.modos[0].path == path
    draft.commit("Values of the sheet")
    assert open_modo(study).metadata["sample/s1"]["sex"] == "Female"


def test_a_colleague_commits_in_between(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx").path
    theirs = edit(study)
    theirs.set("sample/s1", "sex", "Female")
    theirs.set("sample/s1", "description", "Theirs")
    theirs.set("sample/s2", "name", "Both")
    theirs.commit("A colleague's")
    back = copy_book(
        out,
        tmp_path / "back.xlsx",
        {
            ("Sample", "sample/s1", "name"): "Mine",
            ("Sample", "sample/s1", "description"): "Mine too",
            ("Sample", "sample/s2", "name"): "Both",
        },
    )
    draft = import_sheet(back)
    (conflict,) = draft.conflicts()
    assert (conflict.element, conflict.slot) == ("sample/s1", "description")
    assert (conflict.mine, conflict.theirs) == ("Mine too", "Theirs")
    with pytest.raises(ConflictError) as caught:
        draft.commit()
    assert [(found.element, found.slot) for found in caught.value.conflicts] == [
        ("sample/s1", "description")
    ]
    draft.resolve(conflict, "theirs")
    draft.commit("Merged")
    stored = open_modo(study).metadata
    assert stored["sample/s1"] == {
        "@type": "Sample",
        "name": "Mine",
        "sex": "Female",
        "description": "Theirs",
    }
    assert stored["sample/s2"]["name"] == "Both"


def test_a_draft_with_changes_is_refused_and_one_without_is_used(
    study: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "lab.csv"
    sheet.write_text("element,sex\nsample/s1,Female\n", encoding="utf-8")
    draft = edit(study)
    draft.set("sample/s1", "name", "Edited")
    before = draft.rows()
    with pytest.raises(OptionError, match="uncommitted changes"):
        import_sheet(sheet, draft)
    assert draft.rows() == before
    assert import_sheet(sheet, draft.modos).current("sample/s1", "name") == "Sample 1"
    draft.discard()
    assert import_sheet(sheet, draft) is draft
    assert [row[1:] for row in draft.rows()] == [("sample/s1", "sex", "Male", "Female")]
    assert len(draft.undecided()) == 1


def test_new_rows_are_added_and_missing_ones_kept(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx", classes=["Sample"]).path
    rows = rows_of(out, "Sample")
    header = [cell.removesuffix(" *") for cell in rows[0]]
    new = ["", "", "Sample", *("" for _ in header[3:])]
    new[header.index("name")] = "Adjacent normal"
    new[header.index("sex")] = "female"
    stamp = rows_of(out, "modos_stamp")
    import xlsxwriter  # noqa: PLC0415

    back = tmp_path / "back.xlsx"
    with xlsxwriter.Workbook(str(back)) as book:
        for title, cells in (("Sample", [rows[0], rows[1], new]), ("modos_stamp", stamp)):
            sheet = book.add_worksheet(title)
            for number, row in enumerate(cells):
                sheet.write_row(number, 0, row)
    draft = import_sheet(back, study)
    assert draft.elements()["sample/adjacent_normal"] == {
        "@type": "Sample",
        "name": "Adjacent normal",
        "sex": "Female",
    }
    assert "sample/s2" in draft.elements()
    removed = import_sheet(back, study, remove_missing=True)
    assert "sample/s2" not in removed.elements()
    assert "sample/s1" in removed.elements()


def test_a_sheet_without_a_stamp_is_compared_with_what_is_stored(
    study: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "lab.csv"
    sheet.write_text("Element,Sex,Donor age,name\nsample/s1,female,41,Sample 1\n", encoding="utf-8")
    draft = import_sheet(sheet, study)
    assert [row[1:] for row in draft.rows()] == [("sample/s1", "sex", "Male", "Female")]
    report = draft.import_report
    assert report is not None
    assert report.loc["unknown column", "read"] == "Donor age"
    mapped = import_sheet(sheet, study, mapping={"Donor age": "donor_age"})
    assert mapped.current("sample/s1", "donor_age") == "41"
    with pytest.raises(OptionError, match="does not name its objects"):
        import_sheet(sheet)


def test_a_template_collects_new_elements(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "new.xlsx", template=True, classes=["Sample"]).path
    assert len(rows_of(out, "Sample")) == 1
    assert import_sheet(out).rows() == []


def test_long_texts_are_told_at_the_export(tmp_path: Path) -> None:
    path = put_local(
        tmp_path / "long", keys_of({"sample/s1": {"@type": "Sample", "description": "x" * 40_000}})
    )
    done = export_sheet(path, tmp_path / "long.xlsx")
    assert "sample/s1 description has 40,000 characters" in repr(done)
    assert import_sheet(done.path).rows() == []
    assert export_sheet(path, tmp_path / "long.csv").notes == ()
    assert import_sheet(tmp_path / "long.csv").rows() == []


def test_two_rows_of_one_element_are_not_applied(study: Path, tmp_path: Path) -> None:
    book = write_book(
        tmp_path / "twice.xlsx",
        "Sample",
        [["element", "sex"], ["sample/s1", "Female"], ["sample/s1", "Male"], ["sample/s2", "Male"]],
    )
    draft = import_sheet(book, study)
    assert [row[1] for row in draft.rows()] == ["sample/s2"]
    assert draft.import_report is not None
    assert list(draft.import_report.index) == ["two rows of one element"] * 2
