"""Hostile metadata in the metadata table: wherever they are shown, they are text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell, dialog, row, show

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

CORPUS = """\
corpus = ["<img src=x onerror=window.hit=1>", "<script>window.hit=1</script>",
          "<svg/onload=window.hit=1>", "javascript:window.hit=1", "{{constructor}}",
          "\\"><iframe srcdoc='<script>parent.hit=1</script>'>", "<a href=javascript:hit=1>x</a>",
          "<style>*{display:none}</style>", "\\u202egnp.exe"]
"""
FRAME = (
    CORPUS
    + """
import pandas as pd
from modos_widgets import MetadataTable
frame = pd.DataFrame({text: corpus for text in corpus[:5]} | {
    "tags": [[text, text] for text in corpus], "has_x": ["sample/" + text for text in corpus],
    "uri": ["http://x.invalid/" + text for text in corpus], "__proto__": corpus,
    "constructor": corpus,
}, index=pd.Index(corpus, name=corpus[0]))
table = MetadataTable(frame)
table
"""
)
DRAFT = (
    CORPUS
    + """
import pathlib
from modos_widgets import MetadataTable, create_modo, open_modo
path = pathlib.Path("FOLDER") / "study"
draft = create_modo(path, name=corpus[0], description=corpus[1]).edit()
for number, text in enumerate(corpus):
    draft.add(f"sample/s{number}", {"name": text, "sex": text, "collector": [text, text],
              "taxon_id": text, "source_material": text, text: text})
draft.add("assay/a", {"name": corpus[0], "omics_type": corpus[0], "has_data": [corpus[0]],
                      "has_sample": ["sample/s0"], "description": corpus[1]})
draft.commit(force=True)
table = MetadataTable(open_modo(path, mode="r+"), editable=True)
table
"""
)


def assert_only_text(lab: LabPage, table: Locator) -> None:
    assert lab.page.evaluate("() => window.hit") is None
    for made in ("img", "script", "iframe", "style", "a[href^='javascript' i]"):
        assert table.locator(made).count() == 0, made
    assert table.locator("svg:not(.modos-icon)").count() == 0


def test_cells_headers_tips_filters_and_links_are_text(lab: LabPage) -> None:
    table = show(lab, FRAME)
    lab.set_width(1900)
    for place in range(12):
        table.locator(".ag-cell").nth(place).hover()
    table.locator(".ag-header-cell").nth(1).hover()
    table.locator(".ag-cell").nth(1).click()
    lab.page.keyboard.press("Control+Enter")  # the whole value
    expect(table.locator(".modos-whole")).to_be_visible()
    assert_only_text(lab, table)
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("Alt+ArrowDown")
    table.get_by_role("menuitem", name="Filter…").click()
    expect(table.locator(".modos-popover")).to_contain_text("onload")
    table.locator(".modos-popover").get_by_role("checkbox").first.check()
    assert_only_text(lab, table)
    table.get_by_role("button", name="Apply").click()
    expect(table.locator(".modos-filter-pill")).to_be_visible()
    table.locator(".modos-filter-pill").hover()
    table.get_by_role("button", name="Columns").click()
    expect(table.locator(".modos-chooser")).to_contain_text("onload")
    assert_only_text(lab, table)
    lab.page.keyboard.press("Escape")
    table.locator("[data-chip]").first.click()
    expect(table.locator(".modos-cards")).to_contain_text("Not found here")
    expect(table.locator(".modos-cards")).to_contain_text("<img src=x")
    assert_only_text(lab, table)
    lab.page.keyboard.press("Escape")


def test_findings_editors_diff_and_report_are_text(lab: LabPage, tmp_path: Path) -> None:
    table = show(lab, DRAFT.replace("FOLDER", str(tmp_path)))
    lab.set_width(1900)
    bubble = table.locator(".modos-bubble")
    wrong = cell(table, row(table, "sample/s0"), "sex")
    wrong.click()
    expect(bubble).to_contain_text("<img src=x onerror=window.hit=1>")
    assert "onerror" in (wrong.get_attribute("aria-description") or "")
    assert_only_text(lab, table)
    several = cell(table, row(table, "sample/s2"), "collector")
    several.hover()
    several.click()
    lab.page.keyboard.press("F2")
    expect(table.locator(".modos-editor-input")).to_be_visible()
    assert_only_text(lab, table)
    lab.page.keyboard.press("Escape")
    link = cell(table, row(table, "assay/a"), "has_data")
    link.dblclick()
    expect(table.locator(".modos-editor-input")).to_be_visible()
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("Escape")
    card = table.locator(".modos-cards")
    cell(table, row(table, "assay/a"), "has_sample").locator("[data-chip]").click()
    for text in ("<img src=x onerror=window.hit=1>", "Sample · sample/s0"):
        expect(card).to_contain_text(text)
    assert_only_text(lab, table)
    lab.page.keyboard.press("Escape")
    lab.python("""
for number, text in enumerate(corpus):
    table.draft.set(f"sample/s{number}", "name", text * 2)
    table.draft.set(f"sample/s{number}", "description", text)
    table.draft.set(f"sample/s{number}", "sex", "Male" if number else text + text)
table.refresh()
""")
    table.get_by_role("button", name="Review").click()
    expect(dialog(table)).to_contain_text("<img src=x onerror=window.hit=1><img")
    assert_only_text(lab, table)
    dialog(table).get_by_role("button", name="Commit…").click()
    dialog(table).get_by_label("Commit message").fill("<img src=x onerror=window.hit=1>")
    insist = dialog(table).get_by_label("Commit anyway")
    if insist.count():
        insist.check()
    dialog(table).get_by_role("button", name="Commit").click()
    expect(dialog(table)).to_contain_text("Committed")
    assert_only_text(lab, table)
    html = lab.python(
        "print(table.report._repr_html_() + table._repr_mimebundle_()[0]['text/html'])"
    )
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;img" in html
