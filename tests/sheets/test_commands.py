"""``modos-widgets check``, ``export`` and ``import``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from modos_widgets import Draft, cli, edit, open_modo
from tests.sheets.books import copy_book, write_book

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_sheet_is_exported_checked_and_turned_into_a_change_set(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, back, changes = (str(tmp_path / name) for name in ("out.xlsx", "back.xlsx", "c.json"))
    assert cli.main(["export", str(study), out]) == 0
    assert capsys.readouterr().out == f"6 rows in {out}\n"
    assert cli.main(["check", out]) == 0
    assert capsys.readouterr().out == "0 changed cells, 0 findings\n"
    cells = {("Sample", "sample/s1", "sex"): "Female", ("Sample", "sample/s2", "name"): "Sample 2 "}
    copy_book(tmp_path / "out.xlsx", tmp_path / "back.xlsx", cells)
    assert cli.main(["check", back, "--against", str(study), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["changes"] == 1
    assert [(each["severity"], each["problem"]) for each in report["findings"]] == [
        ("warning", "blanks")
    ]
    before = open_modo(study).metadata
    assert cli.main(["import", back, "--draft", changes]) == 0
    assert "1 changed cells" in capsys.readouterr().out
    assert open_modo(study).metadata == before
    text = (tmp_path / "c.json").read_text(encoding="utf-8")
    draft = Draft.from_json(text, open_modo(study, mode="r+"))
    assert [row[1:] for row in draft.rows()] == [("sample/s1", "sex", "Male", "Female")]


def test_a_sample_sheet_becomes_a_change_set_of_a_new_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, new, changes = tmp_path / "samples.csv", tmp_path / "cohort/p1", tmp_path / "c.json"
    text = f"object,file,Patient,assay,omics_type\n{new},reads/t.cram,T1,WGS,GENOMICS\n"
    sheet.write_text(text, encoding="utf-8")
    (tmp_path / "map.json").write_text('{"Patient": "sample"}', encoding="utf-8")
    (tmp_path / "reads").mkdir()
    (tmp_path / "reads/t.cram").write_bytes(b"CRAM")
    options = ["--mapping", str(tmp_path / "map.json"), "--files-from", str(tmp_path)]
    assert cli.main(["check", str(sheet), *options]) == 1
    assert "There is no object at" in capsys.readouterr().err
    assert cli.main(["check", str(sheet), "--create", *options]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"note     new object (read {str(new)!r}, offered {str(new)!r})"
    assert printed[-1].endswith("changed cells, 1 findings")
    assert cli.main(["import", str(sheet), "--create", "--draft", str(changes), *options]) == 0
    assert "new objects: 1; pass edit(paths, create=True)" in capsys.readouterr().out
    assert not new.exists()
    modos = edit(new, create=True).modos
    draft = Draft.from_json(changes.read_text(encoding="utf-8"), modos, files_from=tmp_path)
    draft.commit("From the sample sheet")
    stored = open_modo(new).metadata
    assert stored["data/t"]["has_sample"] == ["sample/t1"]
    assert (new / "t.cram").read_bytes() == b"CRAM"


def test_new_errors_set_the_exit_status(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = write_book(tmp_path / "a.xlsx", "S", [["element", "sex"], ["sample/s1", "unknown"]])
    assert cli.main(["check", str(book), "--against", str(study)]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("error    sample/s1 sex: ")
    assert "must be one of Male, Female" in printed
    assert cli.main(["check", str(tmp_path / "none.csv")]) == 1
    assert "No file at" in capsys.readouterr().err
