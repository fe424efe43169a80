"""A notebook that several people edit together, as jupyter-collaboration tells the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.lab import PANEL
from tests.parts.tables import cell, paste, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# without the extension there is one page, where one person after the other takes the keyboard
SHARE = f"""([path]) => {{
  {PANEL}
  const model = panel.context.model;
  Object.defineProperty(model, 'collaborative', {{get: () => true}});
}}"""
SIT_DOWN = f"""([path, username]) => {{
  {PANEL}
  panel.context.model.sharedModel.awareness.setLocalStateField('user', {{username}});
}}"""


def test_each_person_undoes_their_own_edits(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 2)
    lab.page.evaluate(SHARE, [lab.path])
    lab.page.evaluate(SIT_DOWN, [lab.path, "ada"])
    foot = table.locator(".modos-table-foot")
    cell(table, 0, "name").click()
    paste(lab, "by ada")
    expect(foot).to_contain_text("1 change in 1 object")
    lab.page.evaluate(SIT_DOWN, [lab.path, "bob"])
    cell(table, 1, "name").click()
    paste(lab, "by bob")
    expect(cell(table, 1, "name")).to_have_text("by bob")
    lab.page.evaluate(SIT_DOWN, [lab.path, "ada"])
    lab.page.keyboard.press("Control+z")
    expect(cell(table, 0, "name")).not_to_have_text("by ada")
    expect(cell(table, 1, "name")).to_have_text("by bob")
    expect(foot).to_contain_text("1 change in 1 object")

    cell(table, 0, "name").click()
    paste(lab, "again by ada")
    lab.page.evaluate(SIT_DOWN, [lab.path, "bob"])
    cell(table, 0, "name").click()
    paste(lab, "over it by bob")
    expect(cell(table, 0, "name")).to_have_text("over it by bob")
    lab.page.evaluate(SIT_DOWN, [lab.path, "ada"])
    lab.page.keyboard.press("Control+z")
    expect(table.get_by_text("Someone else has changed the same elements since.")).to_be_visible()
    expect(cell(table, 0, "name")).to_have_text("over it by bob")
    lab.screenshot("shared-undo", table)


def other_page(lab: LabPage, **state: object) -> None:
    """Set traits as the page of another person does."""
    lab.python(f"table.set_state({state!r})")


def test_another_page_has_its_own_search_and_row(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 2)
    count = table.locator(".modos-table-count")
    expect(count).to_have_text("10 rows")
    table.get_by_role("tab", name="Samples").click()
    expect(count).to_have_text("4 rows")
    other_page(lab, _query={"search": "RNA", "tab": "Assay", "by": "other"})
    lab.expect_python("sorted(table.frame['name'])", "['RNA-seq', 'RNA-seq']")
    lab.python("table._select_for('other', table.frame.index[0])")
    # the next finding, and what is pasted there, are in the rows of this page
    cell(table, 0, "name").click()
    lab.page.keyboard.press("F8")
    sex = cell(table, 2, "sex")
    expect(sex).to_be_focused()
    expect(table.get_by_role("group", name="Findings of this cell")).to_be_visible()
    paste(lab, "Female")
    expect(sex).to_have_text("Female")
    lab.expect_python("table.draft.diff()['slot'].tolist()", "['sex']")
    expect(count).to_have_text("4 rows")
    expect(table.get_by_role("tab", name="Samples")).to_have_attribute("aria-selected", "true")
    # what Python sets is for all
    lab.python("table.search = 'Normal'")
    expect(count).to_have_text("0 of 2 rows")
    lab.python("table.tab, table.search = '', ''")
    expect(count).to_have_text("10 rows")
    lab.python("table.value = table._rows.data.label(7)")
    expect(table.locator(".ag-row.modos-is-selected")).to_have_count(1)


def test_a_value_of_someone_else_is_kept_until_a_person_chooses(
    lab: LabPage, tmp_path: Path
) -> None:
    table = show_cohort(lab, tmp_path, 1)
    table.get_by_role("tab", name="Samples").click()
    target = cell(table, 1, "name")
    expect(target).to_have_text("Normal")
    waits = table.locator(".modos-pending")

    def type_while_it_changes(mine: str, theirs: str) -> None:
        target.dblclick()
        table.locator(".modos-editor-input").fill(mine)
        lab.python(f"table.draft.set('sample/s2', 'name', {theirs!r}); table.refresh()")
        lab.expect_python("table.frame['name'].tolist()[-1]", repr(theirs))
        lab.page.keyboard.press("Enter")

    type_while_it_changes("mine", "theirs")
    words = (
        "Not saved: “mine” for sample/s2 name. The cell was changed to “theirs” in the meantime."
    )
    expect(waits).to_contain_text(words)
    expect(target).to_have_text("theirs")
    lab.screenshot("shared-cell", table)
    assert lab.axe(".modos-metadata-table") == []
    waits.get_by_role("button", name="Use mine").press("Enter")
    expect(waits).to_be_empty()
    expect(target).to_have_text("mine")
    expect(table.locator(".ag-cell-focus")).to_be_focused()
    lab.page.keyboard.press("Control+z")
    expect(target).to_have_text("theirs")
    type_while_it_changes("mine again", "")
    expect(waits).to_contain_text("The cell was cleared in the meantime.")
    waits.get_by_role("button", name="Keep theirs").click()
    expect(waits).to_be_empty()
    expect(target).to_have_text("")
    # the grid reports an edit after Tab has begun the next one
    target.dblclick()
    table.locator(".modos-editor-input").fill("One")
    lab.page.keyboard.press("Tab")
    expect(target).to_have_text("One")
    lab.page.keyboard.press("Escape")
    lab.expect_python("table.frame['name'].tolist()[-1]", "'One'")
    expect(waits).to_be_empty()
