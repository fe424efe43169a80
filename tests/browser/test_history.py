"""The history of an object in JupyterLab: its commits, what each changed, and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

HOSTILE = "<img src=x onerror=alert(1)>"
START = """
import os
os.environ["XDG_STATE_HOME"] = {folder!r} + "/state"
import modos_widgets
modo = modos_widgets.create_modo({folder!r} + "/study", name="A study")
empty = modos_widgets.History()
history = modos_widgets.History(modo)
history
"""
COMMITS = """
def commit(message, *cells):
    draft = modo.edit()
    for element, slot, value in cells:
        draft.set(element, slot, value)
    return draft.commit(message, force=True)
draft = modo.edit()
draft.add("sample/s1", {"@type": "Sample", "name": "One"})
draft.add("sample/s2", {"@type": "Sample", "name": "Two"})
draft.commit("Add two samples")
first = commit("Name the sample", ("sample/s1", "name", "Tumor"), ("sample/s1", "cell_type", "http://purl.obolibrary.org/obo/CL_0000084"))
commit("", ("sample/s1", "name", "Tumor, left"))
commit(HOSTILE, ("sample/s2", "description", HOSTILE * 3))
history.refresh()
"""


def test_commits_are_listed_shown_and_undone(lab: LabPage, tmp_path: Path) -> None:  # noqa: PLR0915
    lab.open([START.format(folder=str(tmp_path)), "empty"])
    lab.run_all()
    expect(lab.output(1)).to_contain_text("No object is open.")
    history = lab.output(0).locator(".modos-history")
    options = history.get_by_role("option")
    expect(options).to_have_count(1)
    lab.python(f"HOSTILE = {HOSTILE!r}\n{COMMITS}")
    expect(options).to_have_count(5)
    expect(options.nth(0)).to_contain_text(HOSTILE)
    expect(options.nth(1)).to_contain_text("No message")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    expect(history.locator("img")).to_have_count(0)
    expect(history.locator(".modos-commit")).to_contain_text(HOSTILE * 3)

    # by the keyboard alone: a commit whose cell has changed since cannot be undone
    options.nth(0).focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowDown")
    detail = history.locator(".modos-commit")
    expect(detail).to_contain_text("Cannot be undone. 1 cell of this commit has changed since.")
    expect(options.nth(2)).to_be_focused()
    undo = detail.get_by_role("button", name="Undo commit…")
    expect(undo).to_be_disabled()
    expect(detail).to_contain_text("T cell")
    lab.expect_python("print(history.selected == first.id)", "True")
    box = history.bounding_box()
    assert box is not None
    assert box["height"] == 420
    for width in (1400, 900, 705, 420):
        lab.set_width(width)
        lab.screenshot(f"history-{width}", lab.output(0))
        assert lab.axe(".modos-history") == []
    lab.set_width(1400)
    lab.set_theme()
    lab.screenshot("history-dark", lab.output(0))
    assert lab.axe(".modos-history") == []

    lab.page.keyboard.press("ArrowUp")
    expect(undo).to_be_enabled()
    undo.focus()
    lab.page.keyboard.press("Enter")
    dialog = history.get_by_role("dialog")
    expect(dialog).to_contain_text("1 cell in 1 element")
    assert lab.axe("dialog[open]") == []
    lab.screenshot("history-undo-dark")
    lab.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(undo).to_be_focused()
    lab.page.keyboard.press("Enter")
    dialog.get_by_role("textbox", name="Commit message").fill("Back")
    lab.page.keyboard.press("Enter")
    expect(options).to_have_count(6)
    expect(options.nth(0)).to_contain_text("Back")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    expect(options.nth(2)).to_contain_text("undone")
    expect(history.get_by_role("status").last).to_have_text("Commit undone.")
    lab.expect_python("print(modo.metadata['sample/s1']['name'])", "Tumor")
    options.nth(3).click()
    expect(undo).to_be_enabled()


def test_a_saved_history_is_static(lab: LabPage, tmp_path: Path) -> None:
    lab.open([START.format(folder=str(tmp_path))])
    lab.run_all()
    expect(lab.output(0).get_by_role("option")).to_have_count(1)
    saved = lab.save()
    (output,) = [each for each in saved["cells"][0]["outputs"] if "data" in each]
    assert "".join(output["data"]["text/plain"]) == "History('study', 1 commit)"
    assert "Created" in "".join(output["data"]["text/html"])
