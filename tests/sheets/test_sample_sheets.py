"""Sample sheets, mappings, and objects that a sheet creates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import edit, export_sheet, import_sheet, open_modo, propose_mapping, save_mapping
from modos_widgets.errors import ArgumentError, NotFoundError, OptionError, StorageError
from tests.modo.objects import keys_of, put_local
from tests.sheets.books import rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets import Draft
    from tests.parts.s3 import S3Server

SHEET = """object,File path,Patient,assay,type,Sex,omics_type,Freezer
{0}/p1,reads/tumor.cram,T1,WGS,alignment set,female,genomics,A4
{0}/p1,reads/normal.cram,N1,WGS,,,,
{0}/p2,calls.vcf.gz,T2; N2,Calling,VCF,,GENOMICS,
"""
MAPPING = {"Patient": "sample", "Sex": "sample.sex", "Freezer": ""}


def problems(draft: Draft) -> list[tuple[str, str]]:
    report = draft.import_report
    assert report is not None
    return [(problem, cell) for problem, cell in zip(report.index, report["cell"], strict=True)]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "samples.csv"
    path.write_text(SHEET.format(tmp_path / "cohort"), encoding="utf-8")
    (tmp_path / "reads").mkdir()
    for name in ("tumor.cram", "normal.cram"):
        (tmp_path / "reads" / name).write_bytes(b"CRAM\x03\x00" + name.encode())
    return path


def test_a_sample_sheet_creates_objects_elements_links_and_files(
    sheet: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cohort"
    with pytest.raises(NotFoundError):
        import_sheet(sheet, mapping=MAPPING)
    draft = import_sheet(sheet, mapping=MAPPING, create=True, files_from=tmp_path)
    assert not folder.exists()  # nothing is written before the commit
    assert problems(draft) == [
        ("new object", ""),
        ("new object", ""),
        ("column found by its title", "B1"),
        ("file not attached", "B4"),
    ]
    assert {row[0] for row in draft.rows()} == {str(folder / "p1"), str(folder / "p2")}
    draft.commit("From the sample sheet")
    first, second = open_modo(folder / "p1"), open_modo(folder / "p2")
    stored = first.metadata
    assert stored["sample/t1"] == {"@type": "Sample", "name": "T1", "sex": "Female"}
    assert stored["assay/wgs"] == {
        "@type": "Assay",
        "name": "WGS",
        "omics_type": ["GENOMICS"],
        "has_data": ["data/tumor", "data/normal"],
    }
    tumor = stored["data/tumor"]
    assert (tumor["@type"], tumor["data_format"]) == ("AlignmentSet", "CRAM")
    assert tumor["has_sample"] == ["sample/t1"]
    assert (folder / "p1" / "tumor.cram").read_bytes().endswith(b"tumor.cram")
    calls = next(each for each in second.metadata.values() if "data_path" in each)
    assert calls["@type"] == "VariantSet"
    assert calls["has_sample"] == ["sample/t2", "sample/n2"]
    again = import_sheet(sheet, mapping=MAPPING)
    assert again.rows() == []  # the same sheet a second time changes nothing


def test_files_of_one_name_are_not_mistaken_for_each_other(tmp_path: Path) -> None:
    for run in ("run1", "run2"):
        (tmp_path / run).mkdir()
        (tmp_path / run / "a.fastq").write_text(f"@{run}\nA\n+\nI\n")
    path = tmp_path / "samples.csv"
    rows = ["run1/a.fastq,S1", "run2/a.fastq,S2", "./run1/a.fastq,S3", "..,S4"]
    lines = [f"{tmp_path / 'p'},{row}\n" for row in rows]
    path.write_text("".join(["object,file,sample\n", *lines]))
    draft = import_sheet(path, create=True, files_from=tmp_path)
    assert draft.current("data/a", "has_sample") == ["sample/s1", "sample/s3"]
    assert [element for element in draft.elements() if element.startswith("data/")] == ["data/a"]
    assert problems(draft)[1:] == [
        ("two files of one name", "B3"),
        ("not the name of a file", "B5"),
    ]


def test_a_link_out_of_the_folder_adds_no_element(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "secret.fastq").write_text("@r\nA\n+\nI\n")
    (tmp_path / "files" / "a.fastq").symlink_to(tmp_path / "secret.fastq")
    path = tmp_path / "samples.csv"
    rows = [f"{tmp_path / 'p'},{name},S1\n" for name in ("a.fastq", "../secret.fastq")]
    path.write_text("".join(["object,file,sample\n", *rows]))
    draft = import_sheet(path, create=True, files_from=tmp_path / "files")
    assert not [element for element in draft.elements() if element.startswith("data/")]
    assert not draft.attachments()


def test_an_object_whose_data_path_is_a_list_can_get_a_sample_sheet(tmp_path: Path) -> None:
    elements = {"data/x": {"@type": "DataEntity", "data_path": ["x.bam"]}}
    folder = put_local(tmp_path / "p", keys_of(elements, files={}))
    path = tmp_path / "samples.csv"
    path.write_text("file,sample\ny.bam,S1\n")
    assert import_sheet(path, folder).current("data/y", "has_sample") == ["sample/s1"]


def test_a_new_object_on_s3_is_whole_or_absent(
    moto_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = moto_server.bucket()
    sheet = tmp_path / "samples.csv"
    text = SHEET.format(f"s3://{bucket}/cohort")
    sheet.write_text(text, encoding="utf-8")
    (tmp_path / "reads").mkdir()
    for name in ("reads/tumor.cram", "reads/normal.cram", "calls.vcf.gz"):
        (tmp_path / name).write_bytes(name.encode())
    options: dict[str, Any] = {
        "services": {"s3": moto_server.endpoint},
        "s3_kwargs": moto_server.s3_kwargs,
    }
    draft = import_sheet(sheet, mapping=MAPPING, create=True, files_from=tmp_path, **options)
    assert [modo.path for modo in draft.modos] == [
        f"s3://{bucket}/cohort/{name}" for name in ("p1", "p2")
    ]
    assert not moto_server.keys(bucket)
    storage = draft.modos[0].storage
    write = storage.write

    def refuse_root(target: str, *arguments: Any, **more: Any) -> str:
        if str(target) == "data.zarr/zarr.json":  # the last document
            written = moto_server.keys(bucket, "cohort/p1/")
            assert {"cohort/p1/tumor.cram", "cohort/p1/data.zarr/sample/t1/zarr.json"} <= set(
                written
            )
            raise StorageError("The bucket is full.", "Free some space.")
        return write(target, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "write", refuse_root)
        with pytest.raises(StorageError, match="bucket is full"):
            draft.commit()
    assert not moto_server.keys(bucket, "cohort/p1/")
    other = open_modo(f"s3://{bucket}/cohort/p2", **options)
    assert not [found for found in other.validate() if found.severity == "error"]
    assert moto_server.keys(bucket)["cohort/p2/calls.vcf.gz"] == b"calls.vcf.gz"
    assert {row[0] for row in draft.rows()} == {f"s3://{bucket}/cohort/p1"}
    draft.commit("From the sample sheet")
    stored = open_modo(f"s3://{bucket}/cohort/p1", **options).metadata
    assert stored["data/tumor"]["has_sample"] == ["sample/t1"]
    assert import_sheet(sheet, mapping=MAPPING, **options).rows() == []


def test_no_file_outside_the_folder_is_read(sheet: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.cram").write_bytes(b"secret")
    sheet.write_text("file,sample\n../secret.cram,T1\n/etc/hostname,T1\n", encoding="utf-8")
    study = put_local(tmp_path / "study", keys_of())
    draft = import_sheet(sheet, study, files_from=tmp_path / "reads")
    assert draft.attachments() == ()
    assert all("is not in" in problem for problem, _ in problems(draft))
    without = import_sheet(sheet, study)
    assert without.attachments() == ()
    assert problems(without) == [("file not attached", "A2"), ("file not attached", "A3")]


def test_rows_of_a_sample_sheet_that_contradict_each_other(sheet: Path, tmp_path: Path) -> None:
    sheet.write_text(
        "file,sample,sample.sex,type\na.bam,Sample 1,Female,\nb.bam,s1,Male,nonsense\n"
        "c.bam,s1,2-Sep,\n,new,Female,\n",
        encoding="utf-8",
    )
    draft = import_sheet(sheet, put_local(tmp_path / "study", keys_of()))
    assert draft.current("sample/s1", "sex") == "Female"
    assert draft.current("sample/new", "sex") == "Female"
    found = [(problem, cell) for problem, cell in problems(draft) if "attached" not in problem]
    assert found == [
        ("unknown type", "D3"),
        ("two values of one element", "C3"),
        ("date from text", "C4"),
    ]


def test_a_mapping_is_proposed_saved_and_found_again(sheet: Path, tmp_path: Path) -> None:
    proposed = propose_mapping(sheet)
    assert proposed == {
        "object": "object",
        "File path": "file",
        "Patient": "",
        "assay": "assay",
        "type": "type",
        "Sex": "sex",
        "omics_type": "omics_type",
        "Freezer": "",
    }
    saved = save_mapping(sheet, {**proposed, "Patient": "sample"})
    assert saved == tmp_path / "samples.csv.mapping.json"
    assert propose_mapping(sheet)["Patient"] == "sample"
    draft = import_sheet(sheet, create=True)
    assert draft.current((str(tmp_path / "cohort/p1"), "sample/t1"), "sex") == "Female"
    saved.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(OptionError, match="mapping"):
        import_sheet(sheet, create=True)
    saved.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(ArgumentError):
        import_sheet(sheet, create=True)
    with pytest.raises(NotFoundError):
        save_mapping(tmp_path / "none" / "a.csv", {})


def test_an_attribute_in_use_is_known_with_a_draft(study: Path, tmp_path: Path) -> None:
    draft = edit(study)
    draft.set("sample/s1", "donor_age", 41)
    sheet = tmp_path / "lab.csv"
    sheet.write_text("element,Donor age\nsample/s1,42\n", encoding="utf-8")
    assert propose_mapping(sheet)["Donor age"] == ""
    assert propose_mapping(sheet, draft)["Donor age"] == "donor_age"


def test_rows_for_a_new_object_in_an_exported_sheet(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx", flat=True).path
    stamp = rows_of(out, "modos_stamp")
    rows = rows_of(out, "Metadata")
    header = [str(cell).removesuffix(" *") for cell in rows[0]]
    new = tmp_path / "fresh"
    filled = {"object": str(new), "element": "sample/x1", "@type": "Sample", "sex": "Male"}
    root = {"object": str(new), "element": "fresh", "@type": "MODO", "name": "A fresh one"}
    rows += [[each.get(name, "") for name in header] for each in (root, filled)]
    import xlsxwriter  # noqa: PLC0415

    back = tmp_path / "back.xlsx"
    with xlsxwriter.Workbook(str(back)) as book:
        for title, cells in (("Metadata", rows), ("modos_stamp", stamp)):
            tab = book.add_worksheet(title)
            for number, row in enumerate(cells):
                tab.write_row(number, 0, row)
    plain = import_sheet(back)
    assert plain.rows() == []
    assert {problem for problem, _ in problems(plain)} == {"unknown object"}
    draft = import_sheet(back, create=True)
    assert {row[0] for row in draft.rows()} == {str(new)}
    assert {change.object for change in draft.undecided()} == {str(new)}
    draft.commit("The new one")
    stored = open_modo(new)
    assert stored.metadata["fresh"]["name"] == "A fresh one"
    assert stored.metadata["sample/x1"]["sex"] == "Male"


def test_objects_are_found_by_id_and_folder(tmp_path: Path) -> None:
    paths = [put_local(tmp_path / name, keys_of()) for name in ("one", "two")]
    sheet = tmp_path / "short.csv"
    sheet.write_text("object,element,sex\ntwo,sample/s1,Female\nstudy,sample/s1,Female\n")
    draft = import_sheet(sheet, paths)  # both objects have the id "study"
    assert [row[0] for row in draft.rows()] == [str(paths[1])]
    assert problems(draft) == [("unknown object", "A3")]
