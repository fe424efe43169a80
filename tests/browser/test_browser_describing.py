"""A folder is described in a real JupyterLab, by mouse and by keyboard."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from modos_widgets import open_modo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

CELL = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
browser = modos_widgets.browse({path!r})
browser
"""


def test_a_folder_is_described_checked_and_committed(
    lab: LabPage, pipeline_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(pipeline_folder, tmp_path / "study" / "run7")
    lab.open([CELL.format(path=str(tmp_path / "study"))])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    browser.get_by_role("button", name="Describe files…").first.click()
    dialog = browser.get_by_role("dialog", name="Describe files")
    source = dialog.get_by_label("Folder of the files")
    expect(source).to_be_focused()
    dialog.get_by_role("button", name="run7").click()
    expect(source).to_have_value(str(tmp_path / "study" / "run7"))
    expect(dialog.get_by_label("Path of the object")).to_have_value(re.compile("run7-object$"))
    lab.screenshot("describe-dialog-light", dialog)
    assert lab.axe(".modos-browser dialog") == []
    source.press("End")
    source.type("/none")
    describe = dialog.get_by_role("button", name="Describe files", exact=True)
    describe.click()
    expect(dialog.get_by_role("alert")).to_contain_text("No file or folder")
    lab.set_theme()
    lab.screenshot("describe-dialog-dark", dialog)
    assert lab.axe(".modos-browser dialog") == []
    source.fill(str(tmp_path / "study" / "run7"))
    describe.focus()
    describe.press("Enter")
    expect(dialog).to_have_count(0)
    expect(browser.locator(".modos-edit-foot")).to_contain_text("1 error")
    assert not (tmp_path / "study" / "run7-object").exists()
    browser.get_by_role("treeitem", name=re.compile("^sample")).click()
    lab.screenshot("described-dark", browser)
    lab.expect_python("browser.session.selected", "'sample'")
    lab.python("browser.session.selected = 'sample/p01'")
    element = browser.get_by_role("region", name="Selected element")
    expect(element.locator(".modos-known-from").last).to_contain_text("known from samplesheet.csv")
    lab.python("browser.session.draft.set('assay/assay', 'omics_type', ['GENOMICS'])")
    lab.python("browser.table.refresh()")
    foot = browser.locator(".modos-edit-foot")
    foot.get_by_role("button", name="Commit…").click()
    asked = browser.get_by_role("dialog")
    expect(asked.get_by_role("columnheader", name="Known from")).to_be_visible()
    expect(asked.get_by_role("cell", name="samplesheet.csv: row 2, column sex")).to_be_visible()
    lab.screenshot("describe-review-dark", browser)
    lab.set_theme("JupyterLab Light")
    lab.screenshot("describe-review-light", browser)
    assert lab.axe(".modos-browser") == []
    asked.get_by_role("button", name=re.compile("^Commit")).click()
    expect(foot).to_contain_text("No changes")
    found = open_modo(tmp_path / "study" / "run7-object").validate(checksums=True)
    assert not [each for each in found if each.severity == "error"]
