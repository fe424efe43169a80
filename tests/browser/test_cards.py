"""Terms and links are chips that open cards: in the table, the panel, the preview, and dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell, dialog, row

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

BROWSER = """\
import pathlib
from modos_widgets import browse, create_modo
path = pathlib.Path({folder!r}) / "study"
draft = create_modo(path, name="Study").edit()
sample = {{"name": "Tumor", "sex": "Male", "taxon_id": "NCBITaxon:9606",
          "source_material": "http://purl.obolibrary.org/obo/UBERON_0002107"}}
draft.add("sample/s1", sample)
draft.add("sample/s2", sample | {{"name": "Normal"}})
draft.add("assay/rna", {{"name": "RNA-seq", "omics_type": "TRANSCRIPTOMICS",
                        "has_sample": ["sample/s1", "sample/s2"]}})
draft.commit(force=True)
browser = browse(path)
browser
"""


def test_chips_open_cards_everywhere(lab: LabPage, tmp_path: Path) -> None:  # noqa: PLR0915
    lab.open([BROWSER.format(folder=str(tmp_path))])
    lab.set_width(1400)
    lab.run_all()
    page, root = lab.page, lab.output(0).locator(".modos-browser")
    table, card = root.locator(".modos-metadata-table"), root.locator(".modos-cards")
    panel = root.get_by_role("region", name="Selected element")
    press = page.keyboard.press

    def chip(holder: Locator, text: str) -> Locator:
        return holder.locator(".modos-chip", has_text=text).first

    # In the table, by mouse: a click opens, Escape closes, "Go to" selects.
    links = cell(table, row(table, "assay/rna"), "has_sample")
    chip(links, "sample/s2").click()
    expect(card).to_contain_text("Sample · sample/s2")
    expect(card).to_contain_text("liver")
    assert lab.axe(".modos-browser") == []
    lab.screenshot("card-of-an-element", root)
    press("Escape")
    expect(card).to_have_count(0)
    # By keyboard: Enter and Space open the cards of all chips in the cell.
    for key in ("Enter", "Space"):
        press(key)
        expect(card.locator(".modos-card")).to_have_count(2)
        press("Escape")
        expect(card).to_have_count(0)
    press("Enter")
    expect(card.get_by_role("button", name="Go to").first).to_be_focused()
    press("Enter")
    expect(panel.locator("strong")).to_have_text("sample/s1")
    # In the panel: the chip is a button, and gets the focus back.
    term = chip(panel, "liver")
    expect(term).to_contain_text("UBERON:0002107")
    term.focus()
    for key in ("Enter", "Space"):
        press(key)
        expect(card).to_contain_text("http://purl.obolibrary.org/obo/UBERON_0002107")
        press("Escape")
        expect(card).to_have_count(0)
        expect(term).to_be_focused()
    # In the preview: a link leads to another element of the tree.
    lab.python("browser.session.select('assay/rna')")
    root.get_by_role("tab", name="Preview").click()
    preview = root.locator(".modos-array-preview")
    chip(preview, "sample/s2").click()
    card.get_by_role("button", name="Go to").click()
    expect(preview.locator(".modos-title")).to_have_text("sample/s2")
    root.get_by_role("tab", name="Metadata").click()
    # While editing: a double-click edits, and opens no card.
    root.get_by_role("button", name="Edit", exact=True).click()
    expect(root.get_by_role("button", name="Review")).to_be_visible()
    taxon = cell(table, row(table, "sample/s2"), "taxon_id")
    taxon.locator(".modos-chip").dblclick()
    expect(table.locator(".modos-editor-input")).to_be_visible()
    page.wait_for_timeout(400)  # a card would be open by now
    expect(card).to_have_count(0)
    press("Escape")
    press("Escape")
    taxon.locator(".modos-chip").click()
    expect(card).to_contain_text("Homo sapiens")
    press("Escape")
    lab.python(
        "with browser.table.changing():\n"
        "    browser.table.draft.set('sample/s2', 'source_material', 'UBERON:0000178')\n"
        "    browser.table.draft.set('assay/rna', 'has_sample', ['sample/s1'])"
    )
    # In a review, within its dialog.
    root.get_by_role("button", name="Review").click()
    review = dialog(root)
    chip(review.locator("ins"), "blood").click()
    expect(card).to_contain_text("UBERON_0000178")
    press("Escape")
    expect(review).to_be_visible()
    chip(review.locator("del"), "sample/s2").click()
    expect(card).to_contain_text("Normal")
    assert lab.axe("dialog[open]") == []
    lab.set_theme()
    assert lab.axe("dialog[open]") == []
    lab.screenshot("card-in-a-review", root)
    card.get_by_role("button", name="Go to").click()
    expect(review).to_have_count(0)
    expect(panel.locator("strong")).to_have_text("sample/s2")
