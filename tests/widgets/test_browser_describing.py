"""A folder is described in a Browser: into a new object, the open one, or the folder itself."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Session, create_modo, open_modo
from modos_widgets.errors import UnsavedChangesError
from modos_widgets.widgets import Browser
from tests.parts.places import wait_until
from tests.widgets.test_browser_files import answer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_folders")


def files_answer(browser: Any) -> list[str]:
    return [row[0] for row in answer(browser, "files")["rows"]]


def test_a_new_object_is_shown_before_the_commit_creates_it(
    pipeline_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "cohort").mkdir()
    target = tmp_path / "cohort" / "run7"
    browser: Any = Browser(Session(folder=tmp_path / "cohort"))
    wait_until(lambda: browser.session.listed)
    wrong = answer(browser, "describe", source=str(tmp_path / "none"), object=str(target))
    assert "No file or folder" in wrong["problems"]["source"]
    wrong = answer(browser, "describe", source="run7", object="https://x")
    assert set(wrong["problems"]) == {"source", "object"}
    asked = {"source": str(pipeline_folder), "object": str(target)}
    assert answer(browser, "describe", **asked) == {"problems": {}}
    assert not target.exists()
    wait_until(lambda: browser._shown["object"] == str(target) and browser._edit["editing"])
    assert browser._edit["changes"] > 200
    assert "P01.vcf.gz.tbi" in files_answer(browser)
    browser.session.selected = "sample/p01"
    rows = {row[0]: row for row in answer(browser, "element")["rows"]}
    assert rows["sex"][-1] == "samplesheet.csv: row 2, column sex"
    draft = browser.session.draft
    draft.set("sample/p01", "sex", "Male")
    rows = {row[0]: row for row in answer(browser, "element")["rows"]}
    assert rows["sex"][-1] == ""  # another value is not known from the file
    draft.set("assay/assay", "omics_type", ["GENOMICS"])
    with pytest.raises(UnsavedChangesError):
        browser.session.describe(str(pipeline_folder))
    assert answer(browser, "describe", **asked) == {"problems": {}}
    assert browser._shown["question"] == "Describe files"
    answer(browser, "keep editing")
    browser.table.commit("Described")
    assert not [each for each in open_modo(target).validate() if each.severity == "error"]
    wait_until(lambda: [entry.path for entry in browser.session.objects] == [str(target)])
    browser.close()


def test_files_are_added_to_the_open_object_or_the_folder_becomes_one(
    pipeline_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cohort" / "calls"
    shutil.copytree(pipeline_folder / "variant_calling" / "P01", folder)
    modo = create_modo(tmp_path / "cohort" / "study")
    browser: Any = Browser(Session(folder=tmp_path / "cohort"))
    browser.session.open(modo.path).future.result(20)
    assert answer(browser, "describe", source=str(folder), object=modo.path) == {"problems": {}}
    assert set(browser.session.draft.elements()) >= {"data/p01", "sample/p01", "assay/assay"}
    browser.session.stop_editing(discard=True)
    assert answer(browser, "describe", source=str(folder), object="") == {"problems": {}}
    assert browser.session.modo.path == str(folder)
    browser.server_files = False
    refused = answer(browser, "describe", source=str(folder), object="")
    assert "cannot be chosen here" in refused["problems"]["source"]
    browser.close()
