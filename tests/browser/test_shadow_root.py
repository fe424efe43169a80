"""Widgets in a shadow root, as marimo and Panel put them: the document's focus is only the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
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
  for (const style of document.head.querySelectorAll('style[data-modos]'))
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
