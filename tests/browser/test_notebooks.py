"""The notebooks in a real JupyterLab: run from top to bottom, then used by mouse as they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import Locator, expect

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WIDGET = "application/vnd.jupyter.widget-view+json"


def run(lab: LabPage, name: str) -> None:
    """Run a notebook: no cell raises, no console error, no request that leaves the machine."""
    lab.open_notebook(ROOT / "notebooks" / f"{name}.ipynb")
    lab.run_all(seconds=150)


def output_of(lab: LabPage, code: str) -> Locator:
    """Return the output of the cell with this code, scrolled into view."""
    cells = lab.page.locator(".jp-Notebook:visible .jp-CodeCell")
    area = cells.filter(has_text=code).locator(".jp-Cell-outputArea")
    area.scroll_into_view_if_needed()
    return area


def test_find_and_browse(lab: LabPage) -> None:
    run(lab, "01_find_and_browse")
    tree = output_of(lab, "modos.ZarrTree(")
    counts = tree.locator('[role=treeitem][data-path="data/rna_counts"]')
    expect(counts).not_to_be_visible()
    tree.locator('[role=treeitem][data-path="data"] .modos-twist').click()
    expect(counts).to_be_visible()
    lab.screenshot("notebook-1-tree", tree)
    table = output_of(lab, "frame = modo.frame()")
    row = table.get_by_role("row", name=re.compile("^sample.tumor "))
    expect(row).to_contain_text("Liver metastasis")
    grid = output_of(lab, "modos.MetadataTable(")
    expect(grid.get_by_text("Patient 1, liver metastasis").first).to_be_visible()
    lab.screenshot("notebook-1-grid", grid)

    browser = output_of(lab, "browser = modos.browse()")
    browser.locator('.modos-overview [data-path$="/P-0001"]').click()
    counts = browser.locator('[role=treeitem][data-path="data/rna_counts"]')
    browser.locator('[role=treeitem][data-path="data"] .modos-twist').click()
    expect(counts).to_be_visible()
    browser.locator('[role=treeitem][data-path="sample"] .modos-twist').click()
    browser.locator('[role=treeitem][data-path="sample/tumor"]').click()
    row = browser.get_by_role("row").filter(has_text=re.compile("^sample/tumor"))
    expect(row).to_be_visible()
    expect(row).to_contain_text("Liver metastasis")
    lab.expect_python("browser.session.selected", "'sample/tumor'")
    lab.screenshot("notebook-1-browser", browser)
    lab.set_theme()
    lab.screenshot("notebook-1-browser-dark", browser)


def test_log_in(lab: LabPage) -> None:
    run(lab, "02_log_in")
    login = output_of(lab, "login = modos.Login(")
    login.get_by_role("button", name="Sign in").click()
    expect(login.get_by_role("button", name="Open sign-in page")).to_be_visible()
    lab.screenshot("notebook-2-code", login)
    lab.python("deployment.approve(login)")
    expect(login.get_by_text("Ada Curator", exact=True)).to_be_visible()
    lab.screenshot("notebook-2-signed-in", login)


def test_curate(lab: LabPage) -> None:
    run(lab, "03_curate")
    table = output_of(lab, "table = browser.table")
    for found in ("8 errors", "4 warnings"):
        expect(table.get_by_role("button", name=found)).to_be_visible()
    lab.screenshot("notebook-3-table", table)
    table.get_by_role("button", name="Fix 11 problems…").click()
    dialog = lab.page.locator("dialog[open]")
    lab.screenshot("notebook-3-fixes")
    lab.set_theme()
    lab.screenshot("notebook-3-fixes-dark")
    lab.set_theme("JupyterLab Light")
    for box in dialog.get_by_role("checkbox").all():
        box.check()  # those that assume or delete are not chosen beforehand
    dialog.get_by_role("button", name="Apply 11 fixes").click()
    expect(table.locator(".ag-cell:focus")).to_have_count(1)  # the button is gone
    expect(table.locator(".modos-table-foot")).to_contain_text("11 changes in 8 objects")
    lab.expect_python("len(draft)", "11")
    table.get_by_role("button", name="Review").click()
    expect(lab.page.locator("dialog[open]")).to_contain_text("11 changes in 8 objects")
    lab.screenshot("notebook-3-review")

    lab.page.keyboard.press("Escape")

    # the workbench edits the same draft
    browser = output_of(lab, "browser = modos.browse(")
    expect(browser.locator(".modos-edit-foot")).to_contain_text("11 changes in 8 objects")
    browser.get_by_role("option").filter(has_text="P-0003").last.click()
    browser.get_by_role("tab", name="Files").click()
    expect(browser.get_by_role("row").filter(has_text="calls1").first).to_be_visible()
    browser.get_by_role("tab", name="History").click()
    undone = browser.get_by_role("option").filter(has_text="Fix the findings of the spring check")
    expect(undone.first).to_be_visible()
    browser.get_by_role("tab", name="Metadata").click()
    browser.get_by_role("button", name="Add…", exact=True).click()
    browser.get_by_role("menuitem").first.click()
    expect(browser.get_by_role("button", name="Cancel")).to_be_visible()
    lab.screenshot("notebook-3-workbench", browser)

    # with all of it open, what is saved is small and static: text in lists and tables
    saved = lab.save()
    shown = [data for each in saved["cells"] for data in each.get("outputs", []) if "data" in data]
    html = ["".join(each["data"]["text/html"]) for each in shown if WIDGET in each["data"]]
    assert len(html) == 2
    assert {tag for each in html for tag in re.findall("<[^>]*>", each)} <= {
        f"<{slash}{tag}>"
        for tag in ("div", "strong", "ul", "li", "p", "table", "thead", "tbody", "tr", "th", "td")
        for slash in ("", "/")
    }
    assert "Liver metastasis" in html[1]
    assert "widgets" not in saved["metadata"]
    assert (lab.server.notebooks / lab.path).stat().st_size < 200_000


def test_build(lab: LabPage) -> None:
    run(lab, "04_build")
    tree = output_of(lab, "tree = modos.ZarrTree(")
    tree.locator('[role=treeitem][data-path="data/table"]').click()
    lab.expect_python("tree.value", "'data/table'")
    lab.screenshot("notebook-4-tree", tree)
    preview = output_of(lab, "modos.ArrayPreview(")
    expect(preview.locator("canvas").first).to_be_visible()
    lab.screenshot("notebook-4-preview", preview)
    # a kernel that is started anew in the middle forgets everything, and all of it runs again
    lab.restart_kernel()
    assert "NameError" in lab.python("try: modo\nexcept NameError as error: print(repr(error))")
    lab.run_all()
    expect(output_of(lab, "modos.ArrayPreview(").locator("canvas").first).to_be_visible()


def test_move(lab: LabPage) -> None:
    run(lab, "05_move")
    panel = output_of(lab, "modos.TransferPanel(")
    panel.get_by_role("button", name="Compare").click()
    expect(panel.get_by_role("status")).to_contain_text("81")
    lab.screenshot("notebook-5-panel", panel)


def test_sheets(lab: LabPage) -> None:
    run(lab, "06_sheets")
    expect(output_of(lab, "draft.conflicts()]")).to_contain_text("Tumor, left lobe")


@pytest.mark.parametrize("how", ["untrusted", "trusted", "without a kernel"])
def test_a_saved_notebook_is_readable_without_a_kernel(lab: LabPage, how: str) -> None:
    notebook = nbformat.read(ROOT / "notebooks" / "03_curate.ipynb", as_version=4)
    if how == "trusted":
        NotebookNotary(data_dir=str(lab.server.folder / "DATA")).sign(notebook)
    if how == "without a kernel":
        gone = {"name": "gone", "display_name": "Gone", "language": "gone"}
        notebook.metadata = {"kernelspec": gone}
    lab.open_notebook(notebook, kernel=how != "without a kernel")
    table = output_of(lab, "table = browser.table")
    expect(table).to_contain_text("MetadataTable(296 rows x 26 columns)")
    expect(table.get_by_role("cell", name="Patient 1, liver metastasis")).to_be_visible()
    report = output_of(lab, "table.report")
    expect(report).to_contain_text("12 changes in 9 objects")
    expect(report.locator("ins").nth(1)).to_have_text('["sample/s01"]')
    if how == "untrusted":
        lab.screenshot("notebook-3-as-saved")
