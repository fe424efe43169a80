"""The kernel is busy, restarted or changes the table by itself while a cell is edited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.lab import PANEL
from tests.parts.tables import cell, paste, show, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# a cell that runs until a file is there
RUN_ON = f"""([path, code]) => {{
  {PANEL}
  panel.sessionContext.session.kernel.requestExecute({{code, store_history: false}});
}}"""


def keep_busy(lab: LabPage, flag: Path) -> None:
    code = f"import os, time\nwhile not os.path.exists({str(flag)!r}): time.sleep(0.05)"
    lab.page.evaluate(RUN_ON, [lab.path, code])


def test_a_value_typed_while_a_cell_runs_is_shown_and_arrives(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    keep_busy(lab, tmp_path / "go")
    target = cell(table, 0, "name")
    target.dblclick()
    table.locator(".modos-editor-input").fill("typed while busy")
    lab.page.keyboard.press("Enter")
    expect(target).to_have_text("typed while busy")
    waits = table.locator(".modos-pending")
    foot = table.locator(".modos-table-foot")
    # some kernels answer at once, on another thread; the others say that it waits
    expect(waits.get_by_text("typed while busy").or_(foot.get_by_text("1 change"))).to_be_visible()
    (tmp_path / "go").touch()
    expect(foot).to_contain_text("1 change in 1 object")
    expect(waits).to_be_empty()
    lab.expect_python("table.frame['name'].iloc[0]", "'typed while busy'")


def test_a_value_being_typed_survives_changes_of_the_table(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    target = cell(table, 0, "name")
    target.dblclick()
    field = table.locator(".modos-editor-input")
    field.fill("half typ")
    # other cells change, and their marks and rows are drawn anew
    lab.python("table.draft.set('sample/s1', 'name', 'by code'); table.refresh()")
    expect(table.locator(".modos-table-foot")).to_contain_text("1 change in 1 object")
    expect(table.get_by_text("by code")).to_be_visible()
    expect(field).to_have_value("half typ")
    # a new column comes, for which the grid is made anew: what was typed goes into its cell
    lab.python("table.draft.set('sample/s1', 'own', 'x'); table.refresh()")
    expect(table.locator(".modos-table-foot")).to_contain_text("3 changes in 1 object")
    lab.expect_python("table.frame['name'].iloc[0]", "'half typ'")


def test_a_typed_value_is_not_lost_when_the_kernel_ends(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    cell(table, 1, "name").click()
    paste(lab, "pasted")
    foot = table.locator(".modos-table-foot")
    expect(foot).to_contain_text("1 change in 1 object")
    cell(table, 0, "name").dblclick()
    lab.restart_kernel()
    field = table.locator(".modos-editor-input")
    field.fill("typed with care")
    field.press("Enter")
    waits = table.locator(".modos-pending")
    expect(waits).to_contain_text("The kernel of this table has ended.")
    expect(waits).to_contain_text("1 unsaved change was lost.")
    expect(waits).to_contain_text("typed with care")
    expect(waits.get_by_role("button", name="Copy")).to_be_visible()
    expect(foot.get_by_role("button", name="Commit…")).to_be_disabled()
    lab.screenshot("table-kernel-gone", table)
    lab.run_all()  # the cell again, and all is as it was stored
    expect(table.locator(".modos-table-foot")).to_contain_text("No changes")
    lab.allow_console("comm|Comm|kernel|disposed|Canceled")


BIG = """
import pathlib
from modos_widgets import MetadataTable, create_modo
draft = create_modo(pathlib.Path({path!r}) / "big").edit()
with draft.together():
    for number in range(2_000):
        draft.add(f"sample/s{{number:04d}}", {{f"c{{at:02d}}": "x" for at in range(50)}})
table = MetadataTable(draft, editable=True)
table
"""


def test_a_hundred_thousand_cells_are_pasted_and_ragged_rows_reported(
    lab: LabPage, tmp_path: Path
) -> None:
    table = show(lab, BIG.format(path=str(tmp_path)))
    count = table.locator(".modos-table-count")
    cell(table, 1, "c00").click()
    lines = ["\t".join(f"{line}.{at}" for at in range(50)) for line in range(2_000)]
    paste(lab, "\n".join(lines))
    expect(count).to_have_text("100,000 cells changed")
    lab.expect_python("table.frame['c49'].iloc[2000]", "'1999.49'")

    # every second row one cell short, the last too long for the table
    ragged = ["\t".join(["y"] * (49 if line % 2 else 50)) for line in range(1_999)]
    ragged.append("\t".join(["y"] * 300))
    paste(lab, "\n".join(ragged))
    expect(count).to_have_text(re.compile(r"^99,0\d\d cells changed; 2\d\d cells did not fit and"))
    lab.expect_python("list(table.frame['c49'].iloc[1:3])", "['y', '1.49']")

    # and more than a paste may hold changes nothing
    paste(lab, "\n".join(["\t".join("z" * 200)] * 2_000))
    expect(table.get_by_role("alert").first).to_contain_text("400,000 cells")
    lab.expect_python("(table.frame == 'z').any().any()", "np.False_")
