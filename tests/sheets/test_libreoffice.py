"""LibreOffice opens an export, edits cells, and saves it as a workbook and as CSV."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import export_sheet, import_sheet
from modos_widgets.demo.study import sample_objects
from modos_widgets.errors import OptionError
from tests.modo.objects import ELEMENTS, keys_of, put_local

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = [pytest.mark.real, pytest.mark.once]

SCRIPT = Path(__file__).with_name("libreoffice_edit.py")
PYTHON = "/usr/bin/python3"
REAL = Path(os.environ.get("MODOS_EXAMPLE", Path(__file__).parents[3] / "shared/data/ex"))


def edit(source: Path, edits: Sequence[tuple[str, str, str, str]], *targets: Path) -> None:
    assert shutil.which("soffice"), "install libreoffice-calc and python3-uno"
    pipe, profile = f"modos{uuid.uuid4().hex}", source.with_name("profile")
    office = subprocess.Popen(
        [
            "soffice",
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--norestore",
            "--nologo",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [PYTHON, SCRIPT, pipe, source, json.dumps(edits), *targets],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=150,
        )
        assert done.returncode == 0, done.stderr
        office.wait(timeout=30)
    finally:
        office.kill()
        office.wait()


def test_the_edited_cells_are_found(study: Path, tmp_path: Path) -> None:
    out = export_sheet(study, tmp_path / "out.xlsx").path
    back, table, protected = (
        tmp_path / name for name in ("back.xlsx", "back.csv", "protected.xlsx")
    )
    edits = [
        ("Sample", "sample/s1", "sex", "Female"),
        ("Sample", "sample/s1", "cell_type", "neuron"),
        ("Sample", "sample/s2", "name", ""),
        ("Sample", "sample/s2", "description", "=1+1, “quoted”; größer"),
    ]
    edit(out, edits, back, table, protected)
    expected = {
        ("sample/s1", "sex"): "Female",
        ("sample/s1", "cell_type"): "http://purl.obolibrary.org/obo/CL_0000540",
        ("sample/s2", "name"): None,
        ("sample/s2", "description"): "=1+1, “quoted”; größer",
    }
    for sheet in (back, table.with_name("back-Sample.csv")):
        draft = import_sheet(sheet)
        rows = draft.diff().itertuples(index=False)
        assert {tuple(row[1:3]): row[4] for row in rows} == expected
        assert draft.import_report is not None
        assert draft.import_report.empty
    with pytest.raises(OptionError, match="protected by a password"):
        import_sheet(protected, study)


def test_the_demo_and_ex_come_back_unchanged(tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    paths = [put_local(folder / each.path, each.contents()) for each in sample_objects()]
    if REAL.is_dir():
        shutil.copytree(REAL, folder / "real")
        paths.append(folder / "real")
    out = export_sheet(paths, tmp_path / "out.xlsx").path
    flat = export_sheet(paths, tmp_path / "flat.csv").path
    edit(out, [], tmp_path / "back.xlsx")
    draft = import_sheet(tmp_path / "back.xlsx")
    assert draft.rows() == []
    assert draft.import_report is not None
    assert draft.import_report.empty
    edit(flat, [], tmp_path / "flat.xlsx")
    reopened = import_sheet(tmp_path / "flat.xlsx")  # LibreOffice took UTF-8 for Windows-1252
    assert reopened.rows() == []
    assert reopened.import_report is not None
    # dates of the real object, where it is at hand, are taken for dates and written in another form
    allowed = {"encoding", "date in another form"} if REAL.is_dir() else {"encoding"}
    assert {"encoding"} <= set(reopened.import_report.index) <= allowed
    assert not any(reopened.import_report["applied"][reopened.import_report.index != "encoding"])


def test_what_is_typed_into_a_plain_cell_is_recognised(tmp_path: Path) -> None:
    stored: dict[str, Any] = {
        "@type": "Sample",
        "gene": "SEPT2",
        "code": "00123",
        "huge": "1E300",
        "word": "TRUE",
    }
    path = put_local(tmp_path / "odd", keys_of({**ELEMENTS, "sample/odd": stored}))
    out = export_sheet(path, tmp_path / "out.xlsx").path
    typed = {"gene": "2-Sep", "code": "00123", "huge": "1E300", "word": "TRUE"}
    edits = [("Sample", "sample/odd", slot, f"typed {text}") for slot, text in typed.items()]
    edit(out, edits, tmp_path / "back.xlsx")
    draft = import_sheet(tmp_path / "back.xlsx")
    assert draft.rows() == []
    report = draft.import_report
    assert report is not None
    assert {row["offered"] for row in report.to_dict("records")} <= set(stored.values())
    assert "number from text" in report.index
    assert not report["applied"].any()
