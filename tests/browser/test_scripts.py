"""Names in scripts that are written from the right stand among our words, and turn none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

STORE = """
import warnings
import numpy as np, zarr, modos_widgets
warnings.simplefilter('ignore')
root = zarr.create_group('scripts.zarr', overwrite=True)
named = {'@type': 'Sample', 'name': 'שלום 12', 'n': 1}
root.create_group('דגימה', attributes=named).create_group('a')
text = np.dtypes.StringDType()
data = root.create_group('table')
data.create_array('X', data=np.arange(36.0).reshape(6, 6), dimension_names=['תא', 'גן'])
data.create_array('obs', data=np.array([f'cell{i}' for i in range(6)], dtype=text))
data.create_array('var', data=np.array([f'gene{i}' for i in range(6)], dtype=text))
data.create_array('span', data=np.array([90, 3600, 'NaT'], dtype='m8[s]'))
data.create_array('word', data=np.array('one word', dtype=text))
tree = modos_widgets.ZarrTree('scripts.zarr')
preview = modos_widgets.ArrayPreview(tree.source, 'table/X')
"""

LEFT_EDGES = """(area, words) => words.map((word) => {
  const walker = document.createTreeWalker(area, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const at = node.textContent.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + word.length);
    return range.getBoundingClientRect().left;
  }
  return null;
})"""


def stand_in_order(area: Locator, words: list[str]) -> bool:
    """Return whether words of a line are shown from left to right."""
    lefts = area.evaluate(LEFT_EDGES, words)
    return None not in lefts and lefts == sorted(lefts)


def test_right_to_left_names_do_not_reorder_the_text(lab: LabPage) -> None:
    lab.open([STORE, "tree", "preview"])
    lab.run_all()
    tree, preview = lab.output(1), lab.output(2)
    tree.locator("[data-path='דגימה']").click()
    foot = tree.locator(".modos-foot")
    expect(foot.locator("bdi.modos-path")).to_have_text("דגימה")
    expect(foot).to_contain_text("1 child")
    assert stand_in_order(foot, ["דגימה", "Sample", "שלום 12", "1 child", "3 attributes"])
    expect(preview.locator("canvas")).to_be_visible(timeout=30_000)
    table = preview.get_by_role("region", name="Values")
    expect(table.locator("tbody th").first).to_have_text("cell0")
    expect(table.locator("thead th").nth(1)).to_have_text("gene0")
    lab.screenshot("scripts-light", tree)
    lab.screenshot("scripts-preview-light", preview)
    lab.set_theme()
    lab.python("preview.path = 'table/span'")
    expect(table.locator("tbody td").nth(1)).to_have_text("3600 seconds")
    lab.screenshot("scripts-dark", tree)
    lab.screenshot("scripts-span-dark", preview)
    lab.python("preview.path = 'table/word'")
    expect(table.locator("tbody td").first).to_have_text("one word")
    lab.screenshot("scripts-word-dark", preview)
