"""A sheet is exported, comes back by a drop, conflicts with a colleague, and is committed."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.sheets.books import copy_book

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

HOSTILE = "<img src=x onerror=alert(1)>"
START = """
import os
os.environ["XDG_STATE_HOME"] = {folder!r} + "/state"
import modos_widgets
path = {folder!r} + "/study"
modo = modos_widgets.create_modo(path, name="A study")
draft = modo.edit()
for name in ("s1", "s2", "s3"):
    draft.add("sample/" + name, {{"@type": "Sample", "name": name, "sex": "Male"}})
draft.commit()
browser = modos_widgets.browse(path)
browser
"""
DROP = """(target, [name, text]) => {
  const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { lastModified: 1 }));
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, options));
}"""


def drop(target: Locator, sheet: Path) -> None:
    target.evaluate(DROP, [sheet.name, base64.b64encode(sheet.read_bytes()).decode()])


def shown(lab: LabPage, folder: Path) -> Locator:
    lab.open([START.format(folder=str(folder))])
    lab.run_all()
    return lab.output(0).locator(".modos-browser")


def exported(lab: LabPage, browser: Locator, out: Path) -> None:
    dialog = browser.get_by_role("dialog")
    browser.get_by_role("button", name="More actions for the object").click()
    browser.get_by_role("menuitem", name="Export sheet…").click()
    expect(dialog.get_by_role("radio", name=re.compile("^Excel workbook"))).to_be_focused()
    assert lab.axe("dialog[open]") == []
    lab.screenshot("sheet-export-light", dialog)
    with lab.page.expect_download() as download:
        dialog.get_by_role("button", name="Export sheet").click()
    download.value.save_as(out)
    assert download.value.suggested_filename == "study.xlsx"
    expect(dialog).to_have_count(0)


def pictures(lab: LabPage, name: str, dialog: Locator) -> None:
    for width in (420, 1400):
        lab.set_width(width)
        lab.screenshot(f"{name}-{width}", dialog)
    assert lab.axe("dialog[open]") == []


def accept_all_but_one(browser: Locator) -> None:
    foot, dialog = browser.locator(".modos-edit-foot"), browser.get_by_role("dialog")
    foot.get_by_role("button", name="Review 3 proposed changes…").click()
    dialog.get_by_role("button", name="Accept all").click()
    dialog.get_by_role("button", name="Reject: sample/s1 sex").click()
    dialog.get_by_role("button", name="Apply 3 decisions").click()
    foot.get_by_role("button", name="Commit…").click()
    dialog.get_by_role("button", name=re.compile("^Commit")).click()
    browser.get_by_role("dialog", name="Committed").get_by_role("button", name="Done").click()


def test_a_sheet_goes_out_comes_back_and_merges(lab: LabPage, tmp_path: Path) -> None:
    browser = shown(lab, tmp_path)
    dialog = browser.get_by_role("dialog")
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    exported(lab, browser, out)
    changed = {
        ("Sample", "sample/s1", "sex"): "Female",
        ("Sample", "sample/s2", "sex"): "Female",
        ("Sample", "sample/s3", "description"): HOSTILE,
    }
    copy_book(out, back, changed)
    lab.python("theirs = modos_widgets.edit(path)")
    lab.python("theirs.set('sample/s1', 'sex', 'female')")
    lab.python("theirs.set('sample/s1', 'description', 'Theirs')")
    lab.python("theirs.commit(force=True)")
    browser.get_by_role("button", name="More actions for the object").click()
    browser.get_by_role("menuitem", name="Import sheet…").click()
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    lab.screenshot("sheet-import-empty", dialog)
    lab.page.keyboard.press("Escape")
    drop(browser.locator(".modos-metadata-table").first, back)
    expect(dialog).to_contain_text("1 cell was also changed by someone else")
    expect(dialog).to_contain_text(HOSTILE)
    expect(dialog.locator("img")).to_have_count(0)
    pictures(lab, "sheet-import-light", dialog)
    lab.set_theme()
    pictures(lab, "sheet-import-dark", dialog)
    dialog.get_by_role("button", name="Import 3 changes").click()
    expect(dialog).to_have_count(0)
    accept_all_but_one(browser)
    lab.expect_python(
        "m = modos_widgets.open_modo(path).metadata; "
        "print([m[f'sample/s{n}']['sex'] for n in (1, 2, 3)], m['sample/s1']['description'])",
        "['female', 'Female', 'Male'] Theirs",
    )


def test_the_columns_of_a_sheet_are_confirmed_and_an_object_is_created(
    lab: LabPage, tmp_path: Path
) -> None:
    browser = shown(lab, tmp_path)
    dialog = browser.get_by_role("dialog")
    browser.get_by_role("button", name="Edit", exact=True).click()
    foot = browser.locator(".modos-edit-foot")
    expect(foot.get_by_role("button", name="Commit…")).to_be_visible()
    own = tmp_path / "lab.csv"
    own.write_text(
        f"object,file,Patient,type,sex\n{tmp_path}/fresh,a.cram,P1,CRAM,w\nstudy,b.cram,s2,CRAM,\n"
    )
    drop(browser.locator(".modos-metadata-table").first, own)
    expect(dialog).to_contain_text("1 of 5 columns left out")
    dialog.get_by_label("Patient", exact=True).select_option("sample")
    dialog.get_by_role("checkbox", name="Create objects that do not exist").check()
    expect(dialog).to_contain_text("The commit creates 1 object: fresh.")
    expect(dialog).to_contain_text("file not attached")
    pictures(lab, "sheet-mapping-light", dialog)
    with lab.page.expect_download() as download:
        dialog.get_by_role("button", name="Save mapping").click()
    assert download.value.suggested_filename == "lab.csv.mapping.json"
    assert not (tmp_path / "fresh").exists()
    dialog.get_by_role("button", name=re.compile(r"^Import \d+ changes")).click()
    expect(dialog).to_have_count(0)
    lab.expect_python("len(browser.session.draft.modos)", "2")
