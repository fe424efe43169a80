"""Widgets in a shadow root, as marimo and Panel put them: the document's focus is only the host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PREVIEW = """
import os, tempfile
import numpy as np
import modos_widgets as m
import zarr
path = os.path.join(tempfile.mkdtemp(), 'a.zarr')
zarr.open_group(path).create_array('counts', data=np.arange(60).reshape(20, 3))
m.ArrayPreview(path, 'counts')
"""
INTO_SHADOW = """
widget => {
  const host = document.createElement('div');
  widget.before(host);
  const root = host.attachShadow({ mode: 'open' });
  for (const style of document.head.querySelectorAll('style'))
    root.append(style.cloneNode(true));
  root.append(widget);
}
"""


def test_menus_and_boxes_are_used_by_keyboard(lab: LabPage) -> None:
    lab.open([PREVIEW])
    lab.run_all()
    page, widget = lab.page, lab.output(0).locator(".modos-array-preview")
    save = widget.get_by_role("button", name="Save…")
    expect(save).to_be_visible()
    widget.evaluate(INTO_SHADOW)

    save.click()
    entries = widget.get_by_role("menuitem")
    expect(entries.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(entries.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(entries.last).to_be_focused()
    page.keyboard.press("Escape")

    widget.get_by_role("button", name="Show code").click()
    box = widget.get_by_role("dialog", name="Code", exact=True)
    expect(box.locator("pre").first).to_be_visible()
    stops = box.locator("button, [tabindex='0']").count()
    for _ in range(stops + 1):
        page.keyboard.press("Tab")
        expect(box.locator(":focus")).to_have_count(1)


def test_findings_and_tips_of_a_table_follow_the_mouse(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 2)
    table.evaluate(INTO_SHADOW)
    lab.allow_console("AG Grid: error #293")  # it was made outside of the shadow root
    marked = table.locator(".ag-cell.modos-has-warning, .ag-cell.modos-has-error")
    bubble = table.locator(".modos-bubble")
    marked.first.click()
    expect(bubble).to_be_visible()
    lab.screenshot("shadow-finding", table)
    table.get_by_label("Search all columns").click()
    expect(bubble).not_to_be_visible()
    marked.last.hover()
    expect(bubble).to_be_visible()
    lab.page.mouse.move(0, 0)
    date = cell(table, 0, "element")
    date.evaluate("each => { each.style.width = '20px'; }")
    date.hover()
    expect(date).to_have_attribute("title", re.compile("."))
