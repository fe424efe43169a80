"""ZarrTree in a real JupyterLab: mouse, keyboard, filter, two views, bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

SMALL = """
import json, pathlib, warnings
import numpy as np, zarr, modos_widgets
warnings.simplefilter('ignore')
root = zarr.create_group('small.zarr', overwrite=True, attributes={'@type': 'MODO'})
for kind in ('assay', 'data', 'reference', 'sample'):
    root.create_group(kind)
tumor = {'@type': 'Sample', 'name': 'Tumor, left', 'sex': 'Female'}
for number in range(24):
    root.create_group(f'sample/s{number:02}', attributes=tumor)
root.create_group('assay/rna', attributes={'@type': 'Assay', 'name': 'RNA-seq'})
counts = root.create_group('data/rna_counts', attributes={'@type': 'Array', 'name': 'RNA'})
values = np.random.default_rng(0).poisson(200, (1473, 96)).astype('float32')
counts.create_array('data', data=values, chunks=(512, 96), dimension_names=('var', 'obs'))
names = np.dtypes.StringDType()
counts.create_array('obs', data=np.array([f'time{i}' for i in range(96)], dtype=names))
counts.create_array('var', data=np.array([f'Gene{i}' for i in range(1473)], dtype=names))
long = 'data/P3_tumor_wgs_replicate_2_of_3_realigned_final'
root.create_group(long, attributes={'@type': 'AlignmentSet'})
zarr.consolidate_metadata('small.zarr')
tree = modos_widgets.ZarrTree('small.zarr', depth=2)
"""

WIDE = """
import pathlib, modos_widgets
folder = pathlib.Path('wide.zarr')
document = '{"zarr_format": 3, "node_type": "group", "attributes": {}}'
for path in (folder, *(folder / f'n{place:05}' for place in range(3000))):
    path.mkdir(exist_ok=True)
    (path / 'zarr.json').write_text(document)
(folder / 'n00002' / 'zarr.json').write_text('{"torn')
(folder / 'n00003' / ('x' * 240)).mkdir(exist_ok=True)
(folder / 'n00003' / ('x' * 240) / 'zarr.json').write_text(document)
tree = modos_widgets.ZarrTree('wide.zarr')
"""


def row(area: Locator, path: str) -> Locator:
    return area.locator(f'[role=treeitem][data-path="{path}"]')


def active(area: Locator) -> str:
    """Return the path of the active descendant of the tree."""
    found: str = area.locator("[role=tree]").evaluate(
        """async tree => {
          await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          const id = tree.getAttribute('aria-activedescendant');
          return document.getElementById(id)?.dataset.path ?? null;
        }"""
    )
    return found


@pytest.fixture
def small(lab: LabPage) -> Locator:
    lab.open([SMALL, "tree"])
    lab.run_all()
    area = lab.output(1)
    expect(row(area, "assay/rna")).to_be_visible()
    return area


def check_roles(small: Locator) -> None:
    """See what a screen reader is told."""
    item = row(small, "data")
    for name, value in {
        "aria-level": "2",
        "aria-setsize": "4",
        "aria-posinset": "2",
        "aria-expanded": "true",
        "aria-selected": "false",
    }.items():
        expect(item).to_have_attribute(name, value)
    expect(row(small, "assay/rna")).not_to_have_attribute("aria-expanded", "true")
    expect(small.locator("[tabindex='0']")).to_have_count(1)
    expect(small.get_by_role("treeitem", name="rna, RNA-seq · Assay")).to_have_count(1)


def test_a_person_opens_and_selects_by_mouse(lab: LabPage, small: Locator) -> None:
    check_roles(small)
    row(small, "data/rna_counts").locator(".modos-twist").click()
    row(small, "data/rna_counts/data").click()
    expect(row(small, "data/rna_counts/data")).to_have_attribute("aria-selected", "true")
    lab.expect_python("tree.value", "'data/rna_counts/data'")
    box = small.locator(".modos-zarr-tree").bounding_box()
    assert box is not None
    assert box["height"] == 360
    expect(small.locator(".modos-foot")).to_contain_text("float32 · chunks 512")
    lab.screenshot("tree-light", small)
    row(small, "data").locator(".modos-twist").click()
    expect(row(small, "data/rna_counts")).to_have_count(0)
    assert "data/rna_counts" in lab.python("tree.opened")  # comes back when data is opened again
    row(small, "data").dblclick()
    expect(row(small, "data/rna_counts/data")).to_be_visible()


def test_the_tree_is_used_by_keyboard_alone(lab: LabPage, small: Locator) -> None:
    tree = small.locator("[role=tree]")
    small.locator("input").focus()
    lab.page.keyboard.press("Tab")  # refresh
    lab.page.keyboard.press("Tab")  # more
    lab.page.keyboard.press("Tab")  # code
    lab.page.keyboard.press("Tab")
    expect(tree).to_be_focused()
    seen = [active(small)]
    for key in ("ArrowDown", "ArrowLeft", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight"):
        lab.page.keyboard.press(key)
        seen.append(active(small))
    assert seen == ["", "assay", "assay", "data", "assay", "assay", "assay/rna"]
    lab.page.keyboard.press("ArrowLeft")
    assert active(small) == "assay"
    lab.page.keyboard.press("End")
    assert active(small) == "sample/s23"
    lab.page.keyboard.press("Home")
    assert active(small) == ""
    lab.page.keyboard.type("rna_")
    assert active(small) == "data/rna_counts"
    lab.page.keyboard.press("*")
    expect(row(small, "data/rna_counts/data")).to_have_count(1)
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("Enter")
    lab.expect_python("tree.value", "'data/rna_counts/data'")
    lab.page.keyboard.press("Shift+F10")
    expect(small.get_by_role("menuitem").first).to_be_focused()
    lab.screenshot("tree-menu")
    lab.page.keyboard.press("Escape")
    expect(tree).to_be_focused()
    assert lab.python("1 + 1") == "2"  # no key has reached JupyterLab's shortcuts
    assert len(lab.outputs()) == 2


def test_a_filter_shows_matches_and_their_parents(lab: LabPage, small: Locator) -> None:
    box = small.get_by_label("Filter names and values")
    box.fill("RNA")
    expect(row(small, "assay/rna")).to_be_visible()
    expect(row(small, "data/rna_counts")).to_be_visible()
    expect(row(small, "sample")).to_have_count(0)
    expect(small.locator(".modos-found")).to_have_text("2 of 34")
    lab.screenshot("tree-filter", small)
    box.fill("female")
    expect(small.locator(".modos-found")).to_have_text("24 of 34")
    box.fill("sample/s20")
    expect(row(small, "sample/s20")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("")
    expect(row(small, "sample/s20")).to_have_attribute("aria-selected", "true")
    lab.expect_python("tree.value", "'sample/s20'")
    box.fill("nothing like it")
    expect(small.get_by_text("No match")).to_be_visible()
    box.press("Escape")
    expect(row(small, "sample/s20")).to_be_visible()


def test_the_path_and_code_are_copied(lab: LabPage, small: Locator) -> None:
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row(small, "sample/s00").scroll_into_view_if_needed()
    row(small, "assay/rna").click(button="right")
    small.get_by_role("menuitem", name="Copy path").click()
    expect(small.locator(".modos-foot")).to_contain_text("Copied the path")
    assert lab.page.evaluate("navigator.clipboard.readText()") == "assay/rna"
    row(small, "assay/rna").click(button="right")
    small.get_by_role("menuitem", name="Open as…").click()
    box = small.get_by_role("dialog", name="Code")
    expect(box).to_contain_text("Open assay/rna as")
    box.get_by_role("button", name="Copy: zarr").click()
    expect(box.get_by_role("button", name="Copy: zarr")).to_have_text("Copied")
    code = lab.page.evaluate("navigator.clipboard.readText()")
    assert lab.python(f"{code}\nprint(node.attrs['name'])") == "RNA-seq"
    lab.page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(small.get_by_role("tree")).to_be_focused()


def test_two_views_and_python_stay_in_sync(lab: LabPage) -> None:
    lab.open([SMALL, "tree", "tree"])
    lab.run_all()
    first, second = lab.output(1), lab.output(2)
    expect(row(second, "assay/rna")).to_be_visible()
    row(first, "assay").locator(".modos-twist").click()
    expect(row(second, "assay/rna")).to_have_count(0)
    row(first, "data").click()
    expect(row(second, "data")).to_have_attribute("aria-selected", "true")
    lab.expect_python("tree.value", "'data'")  # else the click could come after the next line
    lab.python("tree.value = 'sample/s23'; tree.opened = ['', 'sample']")
    for area in (first, second):
        expect(row(area, "sample/s23")).to_be_visible()
        expect(row(area, "data/rna_counts")).to_have_count(0)
    second.get_by_label("Filter").fill("s07")
    expect(row(second, "sample/s07")).to_be_visible()
    expect(first.locator(".modos-found")).to_have_text("")


def test_refresh_finds_added_and_removed_nodes(lab: LabPage, small: Locator) -> None:
    lab.python("other = zarr.open_group('small.zarr', use_consolidated=False)")
    lab.python("_ = other.create_group('assay/wgs', attributes={'@type': 'Assay'})")
    lab.python("import shutil; shutil.rmtree('small.zarr/reference')")
    small.get_by_label("Refresh").click()
    expect(row(small, "assay/wgs")).to_be_visible()
    expect(row(small, "reference")).to_have_count(0)
    expect(row(small, "assay/rna")).to_contain_text("RNA-seq")


def test_all_groups_below_one_are_opened_in_one_step(lab: LabPage, small: Locator) -> None:
    lab.python("tree.opened = ['']")
    expect(row(small, "assay/rna")).to_have_count(0)
    row(small, "").click(button="right")
    small.get_by_role("menuitem", name="Open all below").click()
    expect(row(small, "data/rna_counts/data")).to_be_visible()
    assert "data/rna_counts" in lab.python("tree.opened")


def test_thousands_of_rows_scroll_and_a_broken_one_shows_its_problem(lab: LabPage) -> None:
    lab.open([WIDE, "tree"])
    lab.run_all()
    area = lab.output(1)
    expect(row(area, "n00002")).to_contain_text("not JSON")
    expect(row(area, "n00004")).to_contain_text("empty")
    row(area, "n00002").click()
    lab.screenshot("tree-error", area)
    area.locator("[role=tree]").press("End")
    expect(row(area, "n02999")).to_be_visible()
    expect(row(area, "n02999")).to_contain_text("empty")
    expect(row(area, "n02999")).to_have_attribute("aria-setsize", "3000")
    assert lab.python("tree.source.known_count('')") == "(3000, True)"
    assert area.locator(".modos-zarr-tree *").count() <= 250
    area.locator("[role=tree]").press("Home")
    row(area, "n00003").locator(".modos-twist").click()
    expect(row(area, f"n00003/{'x' * 240}")).to_be_visible()
    lab.set_width(400)
    lab.screenshot("tree-narrow", area)


def test_a_saved_notebook_shows_an_outline_and_survives_a_restart(lab: LabPage) -> None:
    lab.open([SMALL, "tree"])
    lab.run_all()
    (output,) = lab.outputs()[1]
    text = "".join(output["data"]["text/plain"])
    assert text == "ZarrTree('small.zarr', MODO · 4 children · 1 attribute)"
    assert "rna_counts" in "".join(output["data"]["text/html"])
    lab.restart_kernel()
    lab.run_all()
    expect(row(lab.output(1), "assay/rna")).to_be_visible()


def test_axe_finds_nothing_in_light_and_dark(lab: LabPage, small: Locator) -> None:
    for theme in ("Light", "Dark"):
        lab.set_theme(f"JupyterLab {theme}")
        row(small, "assay/rna").click()
        lab.screenshot(f"tree-{theme.lower()}", small)
        assert lab.axe(".modos-zarr-tree") == []
        row(small, "assay/rna").click(button="right")
        expect(small.get_by_role("menu")).to_be_visible()
        assert lab.axe(".modos-zarr-tree") == []
        lab.page.keyboard.press("Escape")
