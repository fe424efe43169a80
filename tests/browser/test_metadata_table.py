"""The metadata table in a real JupyterLab: the curator's job by mouse and by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell, dialog, paste, row, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def test_curation_by_mouse(lab: LabPage, tmp_path: Path) -> None:  # noqa: PLR0915
    table = show_cohort(lab, tmp_path, 20)
    page = lab.page
    assert lab.axe(".modos-metadata-table") == []
    lab.screenshot("table-cohort", table)

    # what is wrong, by kind, and one cell of it
    errors = table.get_by_role("button", name="10 errors")
    errors.click()
    expect(table.locator(".modos-table-count")).to_have_text("10 of 100 rows")
    bubble = table.locator(".modos-bubble")
    expect(table.locator(".ag-cell-focus")).to_have_text("unknown")  # it leads to the first
    wrong = cell(table, 0, "sex")
    expect(bubble).to_contain_text("Not in the list of values")
    lab.screenshot("table-finding")

    # change one by choosing from the list
    wrong.dblclick()
    table.get_by_role("option", name="Female").click()
    expect(cell(table, 0, "sex")).to_have_text("Female")
    expect(table.locator(".modos-table-foot")).to_contain_text("1 change in 1 object")
    expect(table.get_by_role("button", name="9 errors")).to_be_visible()

    # paste a column from a spreadsheet over the next nine
    cell(table, 1, "sex").click()
    paste(lab, "\n".join(["Male"] * 9))
    expect(table.locator(".modos-table-foot")).to_contain_text("10 changes in 10 objects")
    expect(table.get_by_role("button", name="10 errors")).to_have_count(0)

    # all of one kind of warning at once
    table.get_by_role("button", name="errors").click()
    expect(table.locator(".modos-table-count")).to_have_text("100 rows")
    scalar = cell(table, 1, "omics_type")
    scalar.click()
    bubble.get_by_role("button", name="Fix 20 similar cells…").click()
    expect(dialog(table).get_by_role("checkbox")).to_be_checked()
    expect(dialog(table)).to_contain_text('TRANSCRIPTOMICS → ["TRANSCRIPTOMICS"]')
    dialog(table).get_by_role("button", name="Show 17 more").click()
    expect(dialog(table).locator("ins")).to_have_count(20)
    dialog(table).get_by_role("button", name="Apply 20 fixes").click()
    expect(table.locator(".modos-table-foot")).to_contain_text("30 changes in 20 objects")

    # a term, by its label
    table.get_by_role("button", name="Columns").click()
    table.get_by_label("Find a column").fill("source_material")
    table.get_by_role("checkbox").first.check()
    lab.screenshot("table-columns")
    table.get_by_role("button", name="Done").click()
    term = cell(table, 3, "source_material")
    term.dblclick()
    page.keyboard.type("live")
    table.get_by_role("option", name="liver").click()
    expect(cell(table, 3, "source_material")).to_have_text("liver")
    lab.screenshot("table-changed", table)
    assert "UBERON_0002107" in lab.python("table.draft.diff().to_string(max_colwidth=90)")

    # look at it, write it, and read it again from the disk
    table.get_by_role("button", name="Review").click()
    expect(dialog(table)).to_contain_text("31 changes in 20 objects")
    lab.screenshot("table-diff")
    assert lab.axe("dialog[open]") == []
    dialog(table).get_by_role("button", name="Commit…").click()
    dialog(table).get_by_label("Commit message").fill("Sexes from the register")
    dialog(table).get_by_role("button", name="Commit 31 changes").click()
    expect(dialog(table)).to_contain_text("Committed", timeout=30_000)
    lab.screenshot("table-committed")
    dialog(table).get_by_role("button", name="Done").click()
    expect(table.locator(".modos-table-foot")).to_contain_text("No changes")
    stored = "open_modo(folder / 'P-01').metadata['sample/s1']['sex']"
    assert lab.python(stored) == "'Female'"
    assert "31 changes in 20 objects" in lab.python("table.report")

    # and take it back
    table.get_by_role("button", name="Undo commit").click()
    expect(cell(table, 8, "sex")).to_have_text("unknown", timeout=30_000)
    assert lab.python(stored) == "'unknown'"


def tab_to(target: Locator, key: str = "Tab") -> None:
    """Press Tab until this has the focus, as a person without a mouse would."""
    for _ in range(60):
        target.page.keyboard.press(key)
        if target.count() and target.first.evaluate("each => each === document.activeElement"):
            return
    message = f"{key} does not lead to {target}"
    raise AssertionError(message)


def test_curation_by_keyboard_alone(lab: LabPage, tmp_path: Path) -> None:  # noqa: PLR0915
    """Keys only: nothing is clicked, focused or filled from outside."""
    table = show_cohort(lab, tmp_path, 20)
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keys = lab.page.keyboard
    foot = table.locator(".modos-table-foot")
    count = table.locator(".modos-table-count")
    focus = table.locator(".ag-cell-focus")
    bubble = table.locator(".modos-bubble")

    # only what is wrong; the first of it has the focus
    tab_to(table.get_by_label("Search all columns"))
    tab_to(table.get_by_role("button", name="10 errors"))
    keys.press("Enter")
    expect(count).to_have_text("10 of 100 rows")
    expect(focus).to_have_text("unknown")
    expect(focus).to_be_focused()
    assert "Not in the list" in (focus.get_attribute("aria-description") or "")

    # one is chosen from its list
    keys.press("F2")
    expect(table.locator(".modos-editor-input")).to_be_focused()
    keys.press("Control+a")
    keys.type("fem")
    expect(table.get_by_role("option", name="Female")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(foot).to_contain_text("1 change in 1 object")
    keys.press("Control+z")
    expect(foot).to_contain_text("No changes")
    keys.press("Control+y")
    expect(foot).to_contain_text("1 change in 1 object")

    # a column comes from a spreadsheet
    lab.page.evaluate("navigator.clipboard.writeText('Male\\n'.repeat(9))")
    expect(focus).to_be_focused()
    if focus.inner_text() != "unknown":
        keys.press("ArrowDown")
    expect(focus).to_have_text("unknown")
    keys.press("Control+v")
    expect(foot).to_contain_text("10 changes in 10 objects")
    tab_to(table.get_by_role("button", name="0 errors"), "Shift+Tab")
    keys.press("Enter")
    expect(count).to_have_text("100 rows")

    # all of one kind of warning
    tab_to(focus)
    keys.press("F8")
    expect(bubble).to_contain_text("Single value where a list is expected")
    keys.press("Alt+Enter")
    expect(table.get_by_role("button", name="Convert to a list")).to_be_focused()
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(dialog(table).get_by_role("checkbox")).to_be_focused()
    tab_to(dialog(table).get_by_role("button", name="Apply 20 fixes"))
    keys.press("Enter")
    expect(foot).to_contain_text("30 changes in 20 objects")
    expect(focus).to_be_focused()

    # a column that was hidden, and a term by its label
    tab_to(table.get_by_role("button", name="Columns"), "Shift+Tab")
    keys.press("Enter")
    expect(table.get_by_label("Find a column")).to_be_focused()
    keys.type("source_material")
    tab_to(table.get_by_role("checkbox"))
    keys.press("Space")
    keys.press("Escape")
    tab_to(focus)
    keys.press("Control+Home")
    for _ in range(row(table, "sample/s1")):  # an assay has no source material
        keys.press("ArrowDown")
    for _ in range(30):
        if focus.get_attribute("col-id") == identity(table, "source_material"):
            break
        keys.press("ArrowRight")
    keys.type("live")
    expect(table.get_by_role("option", name="liver")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(foot).to_contain_text("31 changes in 20 objects")
    assert "UBERON_0002107" in lab.python("table.draft.diff().to_string(max_colwidth=90)")

    # the same for the cells below, sorted by the column's menu
    keys.press("ArrowUp")
    keys.press("Shift+ArrowDown")
    keys.press("Control+d")
    expect(foot).to_contain_text("32 changes in 20 objects")
    keys.press("Alt+ArrowDown")
    expect(table.get_by_role("menuitem", name="Sort ascending")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(table.locator(".ag-row[row-index='0']").get_by_text("liver")).to_be_visible()

    # look at it, write it, read it again, take it back
    tab_to(foot.get_by_role("button", name="Review"))
    keys.press("Enter")
    expect(dialog(table)).to_contain_text("32 changes in 20 objects")
    tab_to(dialog(table).get_by_role("button", name="Commit…"))
    keys.press("Enter")
    expect(dialog(table).get_by_label("Commit message")).to_be_focused()
    keys.type("By keys")
    keys.press("Enter")
    expect(dialog(table)).to_contain_text("Committed")
    keys.press("Enter")
    expect(foot).to_contain_text("No changes")
    stored = "open_modo(folder / 'P-03').metadata['sample/s1']['sex']"
    assert lab.python(stored) == "'Male'"
    tab_to(foot.get_by_role("button", name="Undo commit"))
    keys.press("Enter")
    expect(table.get_by_role("button", name="10 errors")).to_be_visible()
    assert lab.python(stored) == "'unknown'"

    # and out of the table
    for _ in range(12):
        keys.press("Tab")
    assert not table.evaluate("each => each.contains(document.activeElement)")


def identity(table: Locator, name: str) -> str | None:
    """Return the id of a column while its header is drawn."""
    head = table.locator(".ag-header-cell", has=table.page.get_by_text(name, exact=True))
    return head.first.get_attribute("col-id") if head.count() else None


def test_two_views_show_the_same_in_both_themes(lab: LabPage) -> None:
    code = """
import pandas as pd
from modos_widgets import MetadataTable
table = MetadataTable(pd.DataFrame({"name": [f"sample {n}" for n in range(100_000)],
                                    "n": range(100_000)}))
table
"""
    lab.open([code, "table"])
    lab.run_all()
    first, second = (lab.output(place).locator(".modos-metadata-table") for place in range(2))
    expect(second.locator(".ag-cell").first).to_be_visible()
    nodes = "() => document.querySelector('.modos-metadata-table').querySelectorAll('*').length"
    assert lab.page.evaluate(nodes) <= 800
    first.get_by_label("Search all columns").fill("sample 4242")
    for view in (first, second):
        expect(view.locator(".modos-table-count")).to_have_text("20 of 100,000 rows")
    assert lab.python("len(table.frame)") == "20"
    second.locator(".ag-cell").first.click()
    expect(first.locator(".ag-row.modos-is-selected").first).to_be_visible()
    lab.set_theme()
    assert lab.axe(".modos-metadata-table") == []
    lab.screenshot("table-dark", first)
    saved = lab.save()
    html = "".join(saved["cells"][0]["outputs"][0]["data"]["text/html"])
    assert "sample 0" in html
    assert (lab.server.notebooks / lab.path).stat().st_size < 200_000
