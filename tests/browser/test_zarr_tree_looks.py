"""ZarrTree and ArrayPreview under high contrast, without motion, narrow, with long names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

STORE = """
import pathlib, warnings
import numpy as np, zarr, modos_widgets
warnings.simplefilter('ignore')
root = zarr.create_group('looks.zarr', overwrite=True, attributes={'@type': 'MODO', 'name': 'P'})
for kind in ('assay', 'data', 'sample'):
    root.create_group(kind)
root.create_group('assay/rna', attributes={'@type': 'Assay', 'name': 'RNA-seq'})
values = np.random.default_rng(0).poisson(200, (1473, 96)).astype('float32')
root.create_array('data/counts', data=values, chunks=(512, 96), dimension_names=('var', 'obs'))
root.create_group('data/P3_tumor_' + 'wgs_' * 40 + 'final').create_group('in')
root.create_group('data/broken')
pathlib.Path('looks.zarr/data/broken/zarr.json').write_text('{"torn')
tree = modos_widgets.ZarrTree('looks.zarr', depth=2, value='data/counts')
preview = modos_widgets.ArrayPreview('looks.zarr', 'data/counts')
"""

# what a row and its marks look like, as the browser has computed it
LOOK = """(row) => {
  const style = getComputedStyle(row), twist = row.querySelector('.modos-twist');
  return {
    background: style.backgroundColor,
    color: style.color,
    edge: style.borderInlineStartColor,
    outline: style.outlineStyle,
    motion: getComputedStyle(twist, '::before').transitionDuration,
  };
}"""


def row(area: Locator, path: str) -> Locator:
    return area.locator(f'[role=treeitem][data-path="{path}"]')


def test_high_contrast_marks_selected_active_and_broken_rows(lab: LabPage) -> None:
    lab.page.emulate_media(forced_colors="active", reduced_motion="reduce")
    lab.open([STORE, "tree", "preview"])
    lab.run_all()
    tree, preview = lab.output(1), lab.output(2)
    selected = row(tree, "data/counts")
    expect(selected).to_have_attribute("aria-selected", "true")
    expect(preview.locator("canvas")).to_be_visible()
    other = row(tree, "assay").evaluate(LOOK)
    look = selected.evaluate(LOOK)
    assert look["background"] != other["background"]
    assert look["color"] != look["background"]
    facts = selected.locator(".modos-facts").evaluate("each => getComputedStyle(each).color")
    assert facts == look["color"]  # muted words stay readable on the highlight
    assert other["motion"] == "0s"
    tree.locator("[role=tree]").focus()
    lab.page.keyboard.press("ArrowUp")
    active = tree.locator(".modos-active").evaluate(LOOK)
    assert active["outline"] == "solid"
    mark = row(tree, "data/broken").locator(".modos-kind")
    assert mark.evaluate("each => getComputedStyle(each).stroke") != "none"
    lab.screenshot("tree-contrast", tree)
    lab.screenshot("preview-contrast", preview)
    pressed = preview.get_by_role("button", name="Heat map").evaluate(
        "each => getComputedStyle(each).backgroundColor"
    )
    plain = preview.get_by_role("button", name="Histogram").evaluate(
        "each => getComputedStyle(each).backgroundColor"
    )
    assert pressed != plain
    tree.get_by_label("More actions for the node").click()
    item = tree.get_by_role("menuitem").first
    expect(item).to_be_focused()
    assert item.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    lab.screenshot("tree-contrast-menu")


def test_in_a_narrow_column_names_keep_both_ends(lab: LabPage) -> None:
    lab.open([STORE, "tree", "preview", "modos_widgets.ZarrTree(), modos_widgets.ArrayPreview()"])
    lab.run_all()
    tree = lab.output(1)
    expect(row(tree, "data/counts")).to_be_visible()
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        for width in (1400, 400):
            lab.set_width(width)
            name = f"{theme.lower()}-{width}"
            expect(lab.output(2).locator("canvas")).to_be_visible()
            lab.screenshot(f"looks-tree-{name}", tree)
            lab.screenshot(f"looks-preview-{name}", lab.output(2))
    long = tree.locator('[role=treeitem][data-path^="data/P3"]')
    tail = long.locator(".modos-tail")
    expect(tail).to_have_text("_wgs_final")
    children = long.locator(".modos-facts")
    expect(children).to_have_text("1")
    assert children.evaluate("each => each.scrollWidth <= each.clientWidth")
    box, whole = tail.bounding_box(), tree.bounding_box()
    assert box is not None
    assert whole is not None
    assert box["x"] + box["width"] <= whole["x"] + whole["width"]
    head = row(tree, "data/counts").locator(".modos-head")
    assert head.evaluate("each => each.scrollWidth <= each.clientWidth")  # nothing of it is cut
