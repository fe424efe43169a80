"""What opens over the metadata table: each in JupyterLab, in both themes, read by axe-core."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import COHORT, cell, dialog, row, show, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def look(lab: LabPage, name: str, selector: str) -> None:
    """Check the open popup in both themes: take a picture, and run axe-core."""
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        expect(lab.page.locator(selector).first).to_be_visible()
        lab.screenshot(f"table-{name}-{theme.lower()}")
        assert lab.axe(selector) == [], f"{name}, {theme}"


def test_a_date_is_chosen_by_date_time_and_zone(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    target = cell(table, 0, "creation_date")
    target.dblclick()
    date = table.get_by_label("Date", exact=True)
    expect(date).to_be_visible()
    field = table.locator(".modos-editor-input")
    expect(field).to_be_focused()
    look(lab, "date", ".modos-calendar")
    date.fill("2026-03-05")
    table.get_by_label("Time", exact=True).fill("10:20")
    table.get_by_label("Time zone").select_option("+00:00")
    expect(field).to_have_value("2026-03-05T10:20:00+00:00")
    table.get_by_label("Time zone").press("Enter")
    expect(target).to_have_text("2026-03-05 10:20 UTC")
    stored = "table.draft.frame()['creation_date'].iloc[0]"
    lab.expect_python(stored, "'2026-03-05T10:20:00+00:00'")

    # typed: the fields follow; Escape leaves the cell as it was
    target.dblclick()
    field.fill("2025-12-31T23:59:00-08:00")
    expect(date).to_have_value("2025-12-31")
    expect(table.get_by_label("Time zone")).to_have_value("-08:00")
    field.press("Escape")
    expect(target).to_have_text("2026-03-05 10:20 UTC")
    lab.expect_python(stored, "'2026-03-05T10:20:00+00:00'")


def test_a_term_is_picked_by_its_label(lab: LabPage, tmp_path: Path) -> None:
    code = COHORT.format(folder=str(tmp_path), objects=1)
    code = code.replace('"sex": "Female"', '"sex": "Female", "source_material": "x"')
    table = show(lab, code)
    target = cell(table, row(table, "sample/s1"), "source_material")
    target.dblclick()
    field = table.locator(".modos-editor-input")
    field.fill("")
    lab.page.keyboard.type("kidn")
    option = table.get_by_role("option", name="kidney")
    expect(option).to_contain_text("UBERON:0002113 · UBERON")
    expect(field).to_have_attribute("aria-expanded", "true")
    look(lab, "term", ".modos-options:popover-open")
    option.click()
    expect(target).to_have_text("kidney")
    lab.expect_python(
        "table.draft.frame()['source_material'].loc['sample/s1']",
        "'http://purl.obolibrary.org/obo/UBERON_0002113'",
    )
    table.get_by_role("button", name="Review").click()
    expect(dialog(table).locator("ins")).to_have_text("kidney UBERON:0002113")
    expect(dialog(table)).to_contain_text("kidney UBERON:0002113")
    look(lab, "term-review", "dialog[open]")
    dialog(table).get_by_role("button", name="Close").click()


def test_links_are_chosen_by_keyboard_alone(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 2)
    target = cell(table, row(table, "data/calls"), "has_sample")
    field = table.locator(".modos-editor-input")
    keys = lab.page.keyboard
    option = table.get_by_role("option", name="sample/s2")
    target.click()
    keys.type("s2")
    expect(option).to_be_visible()
    keys.press("ArrowDown")
    look(lab, "link", ".modos-options:popover-open")
    keys.press("Enter")  # takes it, and ends the edit
    expect(target).to_have_text("sample/s2")
    expect(field).to_have_count(0)

    # a comma takes it and goes on; F8 takes what is there and leads to the next finding
    target.click()
    keys.type("s1")
    expect(table.get_by_role("option", name="sample/s1")).to_be_visible()
    keys.press("ArrowDown")
    keys.press(",")
    expect(field).to_have_value("sample/s1, ")
    keys.type("s2")
    expect(option).to_be_visible()
    keys.press("ArrowDown")
    keys.press("F8")
    expect(field).to_have_count(0)
    expect(table.locator(".modos-bubble")).to_be_visible()
    lab.expect_python(
        "table.draft.frame()['has_sample'].dropna().iloc[0]", "['sample/s1', 'sample/s2']"
    )

    # Escape leaves the cell, and says so
    target.click()
    keys.press("F2")
    field.fill("sample/s1")
    expect(table.get_by_role("option", name="sample/s1")).to_be_visible()
    keys.press("Escape")  # the list
    keys.press("Escape")
    expect(table.locator(".modos-table-count")).to_have_text("Edit cancelled.")
    expect(target).to_have_text("sample/s1sample/s2")


def test_find_and_replace_counts_first_and_is_one_undo_step(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 3)
    cell(table, 0, "name").click()
    lab.page.keyboard.press("Control+h")
    box = table.get_by_role("dialog", name="Find and replace")
    expect(box.get_by_label("Find", exact=True)).to_be_focused()
    lab.page.keyboard.type("tumor")
    expect(box.get_by_role("status")).to_have_text("3 cells in the filtered rows")
    look(lab, "replace", ".modos-replace")
    box.get_by_label("Match case").check()
    expect(box.get_by_role("status")).to_have_text("0 cells in the filtered rows")
    box.get_by_label("Match case").uncheck()
    box.get_by_label("Replace with").fill("Tumour")
    box.get_by_role("button", name="Replace all").click()
    expect(box.get_by_role("status")).to_have_text("3 cells changed")
    expect(table.locator(".modos-table-foot")).to_contain_text("3 changes in 3 objects")
    box.get_by_role("button", name="Close").click()
    lab.page.keyboard.press("Control+z")
    expect(table.locator(".modos-table-foot")).to_contain_text("No changes")

    # a text of several lines keeps them while it is edited
    lab.python("table.draft.set(table.frame.index[0], 'name', 'one\\ntwo'); table.refresh()")
    target = cell(table, 0, "name")
    expect(target).to_have_text("one⏎two")
    target.click()
    lab.page.keyboard.press("F2")
    field = table.locator(".modos-editor-input")
    expect(field).to_have_value("one\ntwo")
    field.press("Control+End")
    field.press("Alt+Enter")
    lab.page.keyboard.type("three")
    look(lab, "lines", ".modos-editor-lines")
    field.press("Enter")
    expect(target).to_have_text("one⏎two⏎three")
    lab.expect_python("table.frame['name'].iloc[0]", r"'one\ntwo\nthree'")


def test_one_value_is_set_in_all_filtered_rows_and_shortcuts_are_listed(
    lab: LabPage, tmp_path: Path
) -> None:
    table = show_cohort(lab, tmp_path, 3)
    table.get_by_label("Search all columns").fill("Tumor")
    expect(table.locator(".modos-table-count")).to_have_text("3 of 15 rows")
    bubble = table.locator(".modos-bubble")
    cell(table, 1, "sex").click()
    expect(bubble).to_contain_text("'unknown' must be one of")
    lab.page.keyboard.press("Alt+ArrowDown")
    table.get_by_role("menuitem", name="Set value in all filtered rows…").click()
    box = table.get_by_role("dialog", name="Set sex in 3 rows")
    lab.page.keyboard.type("fem")
    expect(table.get_by_role("option", name="Female")).to_be_visible()
    look(lab, "set-all", ".modos-popover")
    expect(bubble).to_be_hidden()  # the cell's finding would lie over the field
    lab.page.keyboard.press("Enter")  # the only value that fits what is typed
    expect(box.get_by_role("combobox")).to_have_value("Female")
    box.get_by_role("button", name="Set 3 rows").hover()
    look(lab, "set-all-pointed-at", ".modos-popover")
    box.get_by_role("button", name="Set 3 rows").click()
    expect(table.locator(".modos-table-foot")).to_contain_text("3 changes in 3 objects")
    lab.expect_python("set(table.frame['sex'])", "{'Female'}")

    table.get_by_role("button", name="More").click()
    table.get_by_role("menuitem", name="Keyboard shortcuts").click()
    expect(table.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Fill down")
    look(lab, "keys", ".modos-popover")


def test_errors_are_shown_before_a_commit_which_can_be_forced(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 3)
    target = cell(table, row(table, "sample/s2"), "sex")
    target.dblclick()
    table.locator(".modos-editor-input").fill("perhaps")
    # no value of the list fits, and Escape without a list would take back what was typed
    expect(table.locator(".modos-options")).to_be_hidden()
    lab.page.keyboard.press("Enter")
    expect(table.locator(".modos-table-foot")).to_contain_text("2 errors")
    table.get_by_role("button", name="Commit…").click()
    opened = dialog(table)
    expect(opened).to_contain_text("This commit adds 1 error")
    line = opened.get_by_role("row", name="P-00 sample/s2 sex Not in the list of values")
    for name in ("P-00", "sample/s2"):  # whole, in one line
        box = line.get_by_text(name, exact=True).bounding_box()
        assert box
        assert box["height"] < 30, name
    write = opened.get_by_role("button", name="Commit 1 change")
    expect(write).to_be_disabled()
    look(lab, "errors", "dialog[open]")
    opened.get_by_label("Commit anyway").check()
    write.click()
    expect(dialog(table)).to_contain_text("Committed")
    look(lab, "report", "dialog[open]")


def test_a_conflict_is_resolved_cell_by_cell_or_cancelled(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 2)
    foot = table.locator(".modos-table-foot")
    mine = """
tumor, normal = "sample/s1", "sample/s2"
draft = table.draft
for element, name in ((tumor, "My tumor"), (normal, "My normal")):
    draft.set((draft.modos[0].path, element), "name", name)
table.refresh()
other = open_modo(folder / "P-00", mode="r+").edit()
other.set(tumor, "name", "Their tumor"); other.set(normal, "name", "Their normal")
other.commit()
"""
    lab.python(mine)
    expect(foot).to_contain_text("2 changes in 1 object")
    foot.get_by_role("button", name="Commit…").click()
    dialog(table).get_by_label("Commit message").fill("Names from the register")
    dialog(table).get_by_role("button", name="Commit 2 changes").click()
    opened = table.get_by_role("dialog", name="2 conflicts")
    expect(opened.get_by_role("button", name="Continue")).to_be_disabled()
    look(lab, "conflict", "dialog[open]")

    # stop: nothing is written, nothing is lost
    opened.get_by_role("button", name="Cancel").click()
    expect(foot).to_contain_text("2 changes in 1 object")
    stored = "open_modo(folder / 'P-00').frame()['name'].loc[[tumor, normal]].tolist()"
    assert lab.python(stored) == "['Their tumor', 'Their normal']"

    # one of mine, one of theirs; the message is still there
    foot.get_by_role("button", name="Commit…").click()
    dialog(table).get_by_role("button", name="Commit 2 changes").click()
    opened.get_by_label("Value to keep for P-00 sample/s1 name").select_option("mine")
    opened.get_by_label("Value to keep for P-00 sample/s2 name").select_option("theirs")
    opened.get_by_role("button", name="Continue").click()
    expect(dialog(table).get_by_label("Commit message")).to_have_value("Names from the register")
    dialog(table).get_by_role("button", name="Commit 1 change").click()
    expect(dialog(table)).to_contain_text("Committed")
    assert lab.python(stored) == "['My tumor', 'Their normal']"


def test_fixes_are_chosen_by_their_effect(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 4)
    table.get_by_role("button", name=re.compile(r"^Fix \d+ problems…")).click()
    boxes = dialog(table).get_by_role("checkbox")
    expect(boxes.nth(0)).to_be_focused()  # by the keyboard alone from here
    look(lab, "fixes", "dialog[open]")
    checked = [box.is_checked() for box in boxes.all()]
    effects = dialog(table).locator(".modos-fix-effect").all_text_contents()
    assert checked == [effect == "Keeps the value" for effect in effects]
    assert "Deletes “unknown”" in effects
    assert "unknown" in dialog(table).inner_text()
    lab.page.keyboard.press("Space")
    for box in boxes.all():
        box.uncheck()
    expect(dialog(table).get_by_role("button", name="Apply 0 fixes")).to_be_disabled()
    boxes.nth(0).check()
    dialog(table).get_by_role("button", name="Apply").click()
    expect(cell(table, row(table, "sample/s1", 1), "sex")).to_have_text("unknown")
    expect(table.locator(".modos-table-foot")).to_contain_text("4 changes in 4 objects")


def test_a_commit_shows_the_review_again_when_the_draft_was_edited(
    lab: LabPage, tmp_path: Path
) -> None:
    table = show_cohort(lab, tmp_path, 1)
    lab.python("table.draft.set('sample/s2', 'name', 'Reviewed'); table.refresh()")
    table.get_by_role("button", name="Commit…").click()
    expect(dialog(table)).to_contain_text("Reviewed")
    lab.python("table.draft.set('sample/s2', 'sex', 'Male'); table.refresh()")
    dialog(table).get_by_role("button", name="Commit 1 change").click()
    expect(dialog(table).get_by_role("alert").first).to_contain_text("Nothing was written.")
    look(lab, "reviewed-again", "dialog[open]")
    lab.expect_python(
        "open_modo(table.draft.modos[0].path).metadata['sample/s2']['sex']", "'Female'"
    )
    dialog(table).get_by_role("button", name="Commit 2 changes").click()
    expect(dialog(table).get_by_role("heading")).to_have_text("Committed")
    lab.expect_python("open_modo(table.draft.modos[0].path).metadata['sample/s2']['sex']", "'Male'")


def test_an_interrupted_commit_is_reported_first(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 2)
    lab.python(
        "import os, threading\n"
        "from modos_widgets.modo.commit.object_commit import ObjectCommit\n"
        "for modo in table.draft.modos:\n"
        "    table.draft.set((modo.path, 'sample/s2'), 'name', 'Half')\n"
        "table.refresh()\n"
        "ObjectCommit._write_root = lambda self: os._exit(9)"
    )
    table.get_by_role("button", name="Commit…").click()
    dialog(table).get_by_role("button", name="Commit 2 changes").click()
    waits = table.locator(".modos-pending")
    expect(waits).to_contain_text("A commit was interrupted", timeout=30_000)
    expect(dialog(table)).to_have_count(0)
    lab.screenshot("table-kernel-gone-in-a-commit", table)
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()  # it restarts by itself
    lab.run_all()
    table = lab.output(0).locator(".modos-metadata-table")
    waits = table.locator(".modos-pending")
    expect(waits).to_contain_text("was interrupted. The values shown may be incomplete.")
    lab.screenshot("table-interrupted", table)
    waits.get_by_role("button", name="Repair").click()
    expect(waits).not_to_contain_text("interrupted")
    lab.allow_console("comm|Comm|kernel|disposed|Canceled|restart|WebSocket")
