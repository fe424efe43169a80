"""The commit bar of a table in another place than below its grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import COHORT, cell, dialog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

TWO_VIEWS = '''
import anywidget, traitlets
class Page(anywidget.AnyWidget):
    _esm = """
    export default { async render({ model, el, signal, host }) {
      const table = await host.getWidget(model.get("table"));
      for (const data of [{ foot: "elsewhere" }, { mode: "foot" }]) {
        const place = document.createElement("div");
        Object.assign(place.dataset, data);
        el.append(place);
        table.render({ el: place, signal });
      }
    } };
    """
    table = traitlets.Unicode().tag(sync=True)
Page(table=f"anywidget:{table.model_id}")
'''


def test_the_commit_bar_is_shown_elsewhere(lab: LabPage, tmp_path: Path) -> None:
    code = COHORT.format(folder=str(tmp_path), objects=2).rstrip().removesuffix("table")
    lab.open([code + TWO_VIEWS])
    lab.run_all()
    views = lab.output(0).locator(".modos-metadata-table")
    expect(views).to_have_count(2)
    table, foot = views.nth(0), views.nth(1)
    expect(table.locator(".ag-row .ag-cell").first).not_to_have_text("…")
    expect(table.locator(".modos-table-foot")).to_have_count(0)
    expect(foot.locator(".ag-row")).to_have_count(0)
    expect(foot).to_contain_text("No changes")
    expect(foot.get_by_role("button", name="Commit…")).to_be_disabled()

    cell(table, 0, "name").dblclick()
    table.locator(".modos-editor-input").fill("New name")
    lab.page.keyboard.press("Enter")
    expect(foot).to_contain_text("1 change in 1 object")
    lab.screenshot("table-foot", lab.output(0))

    # by the keyboard alone: the focus returns to the button
    review = foot.get_by_role("button", name="Review")
    review.focus()
    review.press("Enter")
    expect(dialog(foot)).to_contain_text("New name")
    assert lab.axe("dialog[open]") == []
    lab.page.keyboard.press("Escape")
    expect(review).to_be_focused()
    foot.get_by_role("button", name="Discard").click()
    foot.get_by_role("button", name="Discard changes").click()
    expect(foot).to_contain_text("No changes")
    expect(cell(table, 0, "name")).not_to_have_text("New name")

    cell(table, 0, "name").dblclick()
    table.locator(".modos-editor-input").fill("Other name")
    lab.page.keyboard.press("Enter")
    foot.get_by_role("button", name="Commit…").click()
    dialog(foot).get_by_role("button", name="Commit 1 change").click()
    expect(dialog(foot)).to_contain_text("Committed")
    dialog(foot).get_by_role("button", name="Undo commit").click()
    expect(foot.get_by_role("status").first).to_contain_text("Commit undone.")
    assert lab.axe(".modos-foot-view") == []

    # a table that becomes read-only has no bar
    lab.python("table.editable = False")
    expect(foot.locator(".modos-table-foot")).to_be_hidden()
    lab.python("table.editable = True")
    expect(foot.locator(".modos-table-foot")).to_be_visible()
    cell(table, 0, "name").dblclick()
    expect(table.locator(".modos-editor-input")).to_be_visible()
