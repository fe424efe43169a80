"""Saving a page from the Browser: by keyboard, from the object, a review and the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from modos_widgets import create_modo
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SETUP = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
os.environ['MODOS_HINTS'] = '0'
os.chdir({here!r})
import modos_widgets
browser = modos_widgets.browse({path!r})
browser
"""


def make_cohort(folder: Path) -> Path:
    for number in range(2):
        draft = create_modo(folder / f"P-{number}", name=f"Study {number}").edit()
        draft.add("sample/s1", {"name": "Sample", "sex": "unknown"})
        draft.add("data/m", {"name": "Counts", "data_format": "Zarr"})
        draft.add_array("data/m", [[1.0, 2.0], [3.0, 4.0]])
        draft.commit(force=True)
    return folder


def choose(menu: Locator, lab: LabPage, label: str) -> None:
    """Choose an entry of the open menu by keyboard."""
    entry = menu.get_by_role("menuitem", name=label)
    expect(entry).to_be_visible()
    for _ in range(20):
        if entry.evaluate("each => each === each.getRootNode().activeElement"):
            break
        lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")


def show(lab: LabPage, here: Path, path: Path) -> Locator:
    here.mkdir()
    lab.open([SETUP.format(here=str(here), path=str(path))])
    lab.run_all()
    return lab.output(0).locator(".modos-browser")


def test_pages_are_saved_by_keyboard(lab: LabPage, tmp_path: Path) -> None:
    here = tmp_path / "here"
    browser = show(lab, here, make_cohort(tmp_path / "cohort"))
    menu = browser.get_by_role("menu")
    dialog = browser.get_by_role("dialog", name="Save as page")
    saved = browser.get_by_role("dialog", name="Page saved")

    # all objects that were found
    expect(browser.locator(".modos-found-number")).to_have_text("2 objects")
    more = browser.get_by_role("button", name="Actions for the result")
    more.focus()
    lab.page.keyboard.press("Enter")
    choose(menu, lab, "Save as page…")
    name = dialog.get_by_label("File name")
    expect(name).to_have_value("objects.html")
    expect(name).to_be_focused()
    expect(dialog).to_contain_text("2 objects")
    lab.screenshot("save-page-light", browser)
    assert lab.axe(".modos-browser") == []
    lab.page.keyboard.press("Enter")
    expect(saved).to_contain_text("Saved to objects.html")
    assert lab.axe(".modos-browser") == []
    lab.page.keyboard.press("Enter")
    expect(saved).to_have_count(0)
    expect(more).to_be_focused()
    assert (here / "objects.html").is_file()

    # the open object, with previews; the name is taken
    (here / "P-0.html").write_text("before")
    browser.locator('.modos-overview [data-path$="/P-0"]').click()
    more = browser.get_by_role("button", name="More actions for the object")
    more.focus()
    lab.page.keyboard.press("Enter")
    choose(menu, lab, "Save as page…")
    expect(name).to_have_value("P-0.html")
    dialog.get_by_label("Previews of arrays").focus()
    lab.page.keyboard.press("Space")
    name.focus()
    lab.page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("P-0.html already exists")
    lab.set_theme()
    lab.screenshot("save-page-dark", browser)
    assert lab.axe(".modos-browser") == []
    dialog.get_by_role("button", name="Replace file").focus()
    lab.page.keyboard.press("Enter")
    expect(saved).to_contain_text("Saved to P-0.html")
    lab.page.keyboard.press("Escape")
    expect(more).to_be_focused()
    assert "before" not in (here / "P-0.html").read_text(encoding="utf-8")[:10]


def test_changes_are_downloaded_for_a_review(lab: LabPage, tmp_path: Path) -> None:
    browser = show(lab, tmp_path / "here", make_cohort(tmp_path / "cohort") / "P-0")
    dialog = browser.get_by_role("dialog", name="Save as page")
    saved = browser.get_by_role("dialog", name="Page saved")
    browser.get_by_role("button", name="Edit", exact=True).click()
    expect(browser.get_by_role("button", name="Done")).to_be_visible()
    lab.python(
        "with browser.table.changing():\n    browser.table.draft.set('sample/s1', 'sex', 'Male')"
    )
    browser.get_by_role("button", name="Review", exact=True).click()
    review = browser.get_by_role("dialog", name="1 change in 1 object")
    review.get_by_role("button", name="Save as page…").click()
    expect(dialog.get_by_label("File name")).to_have_value("P-0-changes.html")
    expect(dialog).to_contain_text("1 uncommitted change")
    dialog.get_by_label("This computer").check()
    with lab.page.expect_download() as download:
        dialog.get_by_role("button", name="Save page").click()
    expect(saved).to_contain_text("Downloaded P-0-changes.html")
    file = tmp_path / "downloaded.html"
    download.value.save_as(file)
    lab.page.keyboard.press("Escape")

    context = lab.page.context.browser.new_context(offline=True)  # type: ignore[union-attr]
    watched = WatchedPage(context.new_page())
    watched.page.goto(file.as_uri())
    expect(watched.page.get_by_role("region", name="Changes").locator("ins")).to_have_text("Male")
    watched.check()
    context.close()
