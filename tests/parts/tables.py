"""The metadata table in JupyterLab, as tests open and reach into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

COHORT = """\
import pathlib
from modos_widgets import MetadataTable, create_modo, open_modo
folder = pathlib.Path({folder!r})
for number in range({objects}):
    if (folder / f"P-{{number:02d}}").exists():
        continue
    made = create_modo(folder / f"P-{{number:02d}}", name=f"Patient {{number}}")
    draft = made.edit()
    draft.add("sample/s1", {{"name": "Tumor, left", "sex": "unknown" if number % 2 else "Male"}})
    draft.add("sample/s2", {{"name": "Normal", "sex": "Female"}})
    draft.add("assay/rna", {{"name": "RNA-seq", "omics_type": "TRANSCRIPTOMICS"}})
    draft.add("data/calls", {{"name": "Calls", "data_path": "c.bcf", "data_format": "BCF",
                              "has_sample": ["sample/s1"]}})
    draft.commit(force=True)
table = MetadataTable([open_modo(one, mode="r+") for one in sorted(folder.glob("P-*"))],
                      editable=True)
table
"""


def show(lab: LabPage, code: str, cell: int = 0, before: str = "") -> Locator:
    """Show the table of a cell; `before` is a script for the page before the cell runs."""
    lab.open([code])
    if before:
        lab.page.evaluate(before, [lab.path])
    lab.run_all()
    table = lab.output(cell).locator(".modos-metadata-table")
    expect(table.locator(".ag-row .ag-cell").first).not_to_have_text("…")
    return table


def show_cohort(lab: LabPage, folder: Path, objects: int, before: str = "") -> Locator:
    """Show the cohort, made in a folder, to be edited."""
    return show(lab, COHORT.format(folder=str(folder), objects=objects), before=before)


def cell(table: Locator, row: int, name: str) -> Locator:
    """Return a cell, its column scrolled into sight."""
    head = table.locator(".ag-header-cell", has=table.page.get_by_text(name, exact=True))
    scroller = table.locator(".ag-grid-viewport")
    for step in range(20):
        if head.count():
            break
        scroller.evaluate("(each, left) => { each.scrollLeft = left; }", step * 300)
        table.page.wait_for_timeout(150)
    identity = head.first.get_attribute("col-id")
    return table.locator(f".ag-row[row-index='{row}'] .ag-cell[col-id='{identity}']")


def row(table: Locator, element: str, place: int = 0) -> int:
    """Return the number of a row in sight, by its element."""
    named = table.locator(".modos-kind-element").get_by_text(element, exact=True).nth(place)
    line = named.locator("xpath=ancestor-or-self::*[@row-index][1]")
    return int(line.get_attribute("row-index") or 0)


def dialog(table: Locator) -> Locator:
    return table.locator("dialog[open]")


def paste(lab: LabPage, text: str) -> None:
    """Paste as a spreadsheet's clipboard would, into what has the focus."""
    lab.page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          document.activeElement.dispatchEvent(new ClipboardEvent(
            'paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )
