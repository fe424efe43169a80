"""The first notebook in a real JupyterLab: run from top to bottom, then looked into by mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

NOTEBOOK = ROOT / "notebooks" / "01_find_and_browse.ipynb"


@pytest.fixture
def notebook(lab: LabPage) -> LabPage:
    """Give the notebook after its run: no console error, no request that leaves the machine."""
    lab.open_notebook(NOTEBOOK)
    lab.run_all(seconds=120)
    return lab


def output_of(lab: LabPage, code: str) -> Locator:
    """Give what the cell that holds this code put out."""
    cells = lab.page.locator(".jp-Notebook:visible .jp-CodeCell")
    return cells.filter(has_text=code).locator(".jp-Cell-outputArea")


def test_the_first_notebook_runs_and_its_tree_opens(notebook: LabPage) -> None:
    tree = output_of(notebook, "modos.ZarrTree(")
    tree.scroll_into_view_if_needed()
    counts = tree.locator('[role=treeitem][data-path="data/rna_counts"]')
    expect(counts).not_to_be_visible()
    tree.locator('[role=treeitem][data-path="data"] .modos-twist').click()
    expect(counts).to_be_visible()
    notebook.screenshot("notebook-1-tree", tree)
    table = output_of(notebook, "frame = modo.frame()")
    row = table.get_by_role("row", name=re.compile("^sample.tumor "))
    expect(row).to_contain_text("Liver metastasis")
    grid = output_of(notebook, "modos.MetadataTable(")
    grid.scroll_into_view_if_needed()
    expect(grid.get_by_text("Patient 1, liver metastasis").first).to_be_visible()
    notebook.screenshot("notebook-1-grid", grid)
    notebook.screenshot("notebook-1")


def test_an_object_is_chosen_by_click_and_its_metadata_are_seen(notebook: LabPage) -> None:
    browser = output_of(notebook, "browser = modos.browse()")
    browser.scroll_into_view_if_needed()
    browser.get_by_role("option").filter(has_text="P-0001").click()
    counts = browser.locator('[role=treeitem][data-path="data/rna_counts"]')
    browser.locator('[role=treeitem][data-path="data"] .modos-twist').click()
    expect(counts).to_be_visible()
    browser.locator('[role=treeitem][data-path="sample"] .modos-twist').click()
    browser.locator('[role=treeitem][data-path="sample/tumor"]').click()
    row = browser.get_by_role("row").filter(has_text=re.compile("^sample/tumor"))
    expect(row).to_be_visible()
    expect(row).to_contain_text("Liver metastasis")
    notebook.expect_python("browser.session.selected", "'sample/tumor'")
    notebook.screenshot("notebook-1-browser", browser)
    notebook.set_theme()
    notebook.screenshot("notebook-1-browser-dark", browser)
