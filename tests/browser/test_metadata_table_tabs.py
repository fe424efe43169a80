"""The tabs of the metadata table: by mouse and by keyboard, at every width, in both themes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell, paste, row, show, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

UNTRUSTED = """\
from typing import ClassVar
from pydantic import BaseModel, Field
from modos_widgets import MetadataTable, create_modo
from modos_widgets.modo import Schema
NAME = "<img src=x onerror=window.hacked=1>"
class Slide(BaseModel):
    __doc__ = NAME
    group: ClassVar[str] = "sample"
    stain: str | None = Field(None, title=NAME, description=NAME)
    thickness: str = Field(...)
Slide.__name__ = NAME
draft = create_modo({folder!r}).edit(schema=Schema([Slide]))
draft.add("sample/a", {{"@type": NAME, "name": NAME, "stain": NAME}})
draft.add("sample/b", {{"@type": "Sample", "name": NAME}})
table = MetadataTable(draft, editable=True)
table
"""


def heads(table: Locator) -> list[str]:
    """Return the names of the columns in sight, from left to right."""
    found: list[str] = table.evaluate(
        """table => [...table.querySelectorAll('.ag-header-cell')]
             .sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x)
             .map(each => each.textContent.trim().replace(/\\* required$/, '*'))"""
    )
    return found


def test_a_tab_shows_the_rows_and_columns_of_its_class(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 4)
    tab = table.get_by_role("tab")
    expect(tab.nth(1)).to_have_accessible_name("Samples 8 rows 50 % filled 2 errors")
    foreign = table.locator(".ag-row[row-index='1'] .ag-cell.modos-foreign").first
    expect(foreign).to_have_attribute("aria-description", "Does not apply to Assay.")
    foreign.dblclick()
    expect(table.locator(".modos-editor-input")).to_have_count(0)
    expect(table.locator(".modos-table-count")).to_contain_text("does not apply to Assay")

    tab.nth(1).click()
    expect(table.locator(".modos-table-count")).to_have_text("8 rows")
    sample = ["object", "element", "name", "source_material", "sex", "taxon_id", "filled"]
    assert heads(table) == [*sample, "+ 4 columns"]
    expect(table.locator(".modos-filled.ag-cell").first).to_have_text("2/4")
    cell(table, 0, "taxon_id").dblclick()
    lab.page.keyboard.type("9606")
    lab.page.keyboard.press("Enter")
    expect(table.locator(".modos-filled.ag-cell").first).to_have_text("3/4")
    expect(tab.nth(1)).to_have_accessible_name(re.compile("53 % filled"))

    # the empty columns, by a press; then what was set stays with the tab, and through any width
    table.get_by_role("columnheader", name="+ 4 columns").click()
    expect(table.get_by_role("columnheader", name="cell_type")).to_be_visible()
    table.get_by_role("columnheader", name=re.compile("Hide 4 empty")).click()
    expect(table.get_by_role("columnheader", name="cell_type")).to_have_count(0)
    table.get_by_role("columnheader", name="name", exact=True).click(button="right")
    table.get_by_role("menuitem", name="Sort descending").click()
    expect(cell(table, 0, "name")).to_have_text("Tumor, left")
    table.get_by_role("columnheader", name="sex").click(button="right")
    table.get_by_role("menuitem", name="Pin to the left").click()
    lab.page.wait_for_timeout(500)
    pinned = heads(table)
    assert pinned.index("sex") == 2
    lab.screenshot("table-tab-1400", table)
    tab.filter(has_text="Data").click()
    expect(table.locator(".modos-table-count")).to_have_text("4 rows")
    assert heads(table)[2:5] == ["data_path*", "data_format*", "name"]
    for width in (900, 705, 420):
        lab.set_width(width)
        lab.page.wait_for_timeout(400)
        lab.screenshot(f"table-tab-{width}", table)
    more = table.locator(".modos-tabs-more")
    expect(more).to_be_visible()
    more.click()
    table.get_by_role("menuitem", name=re.compile("^Samples")).click()
    expect(table.get_by_role("tab", name=re.compile("^Samples"))).to_be_focused()
    expect(table.locator(".modos-table-count")).to_have_text("8 rows")
    lab.set_width(1400)
    lab.page.wait_for_timeout(500)
    assert heads(table) == pinned
    expect(cell(table, 0, "name")).to_have_text("Tumor, left")
    lab.expect_python("(table.tab, len(table.frame))", "('Sample', 8)")
    lab.python("table.tab = 'Assay'")
    expect(table.locator(".modos-table-count")).to_have_text("4 rows")


def test_tabs_and_errors_are_reached_by_keyboard(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 4)
    keys = lab.page.keyboard
    table.get_by_role("tab", name=re.compile("^All")).focus()
    keys.press("ArrowRight")
    samples = table.get_by_role("tab", name=re.compile("^Samples"))
    expect(samples).to_be_focused()
    expect(samples).to_have_attribute("aria-selected", "true")
    keys.press("End")
    expect(table.get_by_role("tab", name=re.compile("^Objects"))).to_be_focused()
    expect(table.locator(".modos-table-count")).to_have_text("4 rows")
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"table-tab-{theme.lower()}", table)
        assert lab.axe(".modos-metadata-table") == [], theme
    # the next error is in another tab
    cell(table, 0, "name").click()
    keys.press("F8")
    expect(samples).to_have_attribute("aria-selected", "true")
    expect(table.locator(".modos-bubble")).to_contain_text("'unknown' must be one of")
    expect(table.locator(".ag-cell-focus")).to_have_text("unknown")


def test_a_paste_with_ids_reports_what_it_did(lab: LabPage, tmp_path: Path) -> None:
    table = show(
        lab,
        f"""\
from modos_widgets import MetadataTable, create_modo
draft = create_modo({str(tmp_path / "one")!r}).edit()
for number in range(1, 4):
    draft.add(f"sample/s{{number}}", {{"name": f"S {{number}}"}})
table = MetadataTable(draft, editable=True, tab="Sample")
table""",
    )
    cell(table, 0, "name").click()
    paste(lab, "id,sex,note\ns3,Male,x\ns1,Female,y\ns7,Male,z")
    expect(cell(table, row(table, "sample/s3"), "sex")).to_have_text("Male")
    words = table.locator(".modos-table-count")
    expect(words).to_contain_text("2 rows found by id; 2 cells changed; 1 id is not in this table")
    table.get_by_role("button", name="Add 1 row").click()
    expect(cell(table, row(table, "sample/s7"), "sex")).to_have_text("Male")
    cell(table, 3, "name").dblclick()  # rows were added, and cells can be edited
    lab.page.keyboard.type("Seven")
    lab.page.keyboard.press("Enter")
    expect(cell(table, 3, "name")).to_have_text("Seven")

    cell(table, 0, "name").click()
    paste(lab, "name\nsex")
    expect(cell(table, 0, "name")).to_have_text("sex")
    table.get_by_role("button", name="Paste as data").click()
    expect(cell(table, 0, "name")).to_have_text("name")
    expect(cell(table, 1, "name")).to_have_text("sex")
    paste(lab, "id\tsex\tsex\ns1\tMale\tMale")
    expect(table.get_by_role("alert").first).to_contain_text("names sex 2 times")


def test_names_of_classes_and_their_help_are_text(lab: LabPage, tmp_path: Path) -> None:
    table = show(lab, UNTRUSTED.format(folder=str(tmp_path / "one")))
    table.get_by_role("tab", name=re.compile("^<img")).click()
    expect(table.locator(".modos-table-count")).to_have_text("1 row")
    head = table.locator(".modos-column-head", has_text="stain")
    expect(head).to_have_attribute("title", re.compile("<img src=x"))
    assert table.locator("img").count() == 0
    assert lab.page.evaluate("window.hacked") is None
    assert lab.axe(".modos-metadata-table") == []
