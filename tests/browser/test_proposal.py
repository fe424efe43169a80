"""A proposal made by one who may not write, reviewed in a table by one who may."""

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
from modos_widgets import Draft, MetadataTable
path = {folder!r} + "/study"
modo = modos_widgets.create_modo(path, name="A study")
draft = modo.edit()
for name in ("s1", "s2"):
    draft.add("sample/" + name, {{"@type": "Sample", "name": name}})
draft.commit()
author = modos_widgets.open_modo(path).edit()
author.set("sample/s1", "name", "Tumor")
author.set("sample/s1", "description", {hostile!r})
author.set("sample/s2", "name", "Blood")
author.add("sample/s3", {{"@type": "Sample", "name": "Third"}})
text = author.to_json()
theirs = modos_widgets.open_modo(path, mode="r+").edit()
theirs.set("sample/s1", "name", "Changed")
theirs.commit()
table = MetadataTable(Draft.from_json(text, modo), editable=True)
table
"""


def test_a_proposal_is_reviewed_and_committed_in_part(lab: LabPage, tmp_path: Path) -> None:
    lab.open([START.format(folder=str(tmp_path), hostile=HOSTILE)])
    lab.run_all()
    table = lab.output(0).locator(".modos-metadata-table")
    review = table.get_by_role("button", name="Review 5 proposed changes…")
    review.focus()
    lab.page.keyboard.press("Enter")
    dialog = table.get_by_role("dialog")
    expect(dialog).to_contain_text("1 cell has changed since the proposal was made")
    expect(dialog).to_contain_text(HOSTILE)
    expect(dialog.locator("img")).to_have_count(0)
    row = dialog.get_by_role("row").filter(has_text="Tumor")
    expect(row).to_contain_text("Changed")
    assert lab.axe("dialog[open]") == []
    apply = dialog.get_by_role("button", name="Apply")
    expect(apply).to_be_disabled()
    for width in (1400, 705, 420):
        lab.set_width(width)
        lab.screenshot(f"proposal-{width}", dialog)
    lab.set_width(1400)
    lab.set_theme()
    lab.screenshot("proposal-dark", dialog)
    assert lab.axe("dialog[open]") == []

    # by the keyboard: accept the stale cell, reject the other of the element, leave the third
    dialog.get_by_role("button", name="Accept: sample/s1 name").press("Enter")
    dialog.get_by_role("button", name="Reject: sample/s1 description").press("Space")
    dialog.get_by_role("button", name="Accept: all 2 changes of sample/s3").press("Enter")
    expect(dialog).to_contain_text("4 of 5 decided")
    apply.press("Enter")
    expect(dialog).to_have_count(0)
    expect(table).to_contain_text("1 proposed change left to decide")
    lab.expect_python("print(len(table.draft.undecided()), table.draft.can_undo)", "1 True")
    table.get_by_role("button", name="Review 1 proposed change…").click()
    dialog.get_by_role("button", name="Reject all").click()
    dialog.get_by_role("button", name="Apply 1 decision").click()
    expect(table.get_by_role("button", name="proposed change")).to_have_count(0)
    lab.python("table.commit('In part')")
    lab.expect_python(
        "m = modos_widgets.open_modo(path).metadata; "
        "print(m['sample/s1'], m['sample/s2']['name'], m['sample/s3']['name'])",
        "{'@type': 'Sample', 'name': 'Tumor'} s2 Third",
    )
