"""ArrayPreview in a real JupyterLab: values with labels, a picture, positions, statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

ARRAYS = """
import warnings
import numpy as np, zarr, modos_widgets
warnings.simplefilter('ignore')
root = zarr.create_group('arrays.zarr', overwrite=True)
values = np.random.default_rng(0).poisson(200, (1473, 96)).astype('float32')
root.create_array('counts', data=values, chunks=(512, 96), dimension_names=('var', 'obs'),
                  attributes={'has_assay': ['a', 'b']})
names = np.dtypes.StringDType()
root.create_array('obs', data=np.array([f'time{i}' for i in range(96)], dtype=names))
root.create_array('var', data=np.array([f'Gene{i}' for i in range(1473)], dtype=names))
root.create_array('cube', data=np.arange(20 * 30 * 40).reshape(20, 30, 40), chunks=(5, 30, 40))
root.create_array('line', data=np.sin(np.arange(500) / 20))
root.create_array('large', shape=(4096, 4096), chunks=(4096, 4096), dtype='f8')
preview = modos_widgets.ArrayPreview('arrays.zarr', 'counts')
"""


def test_an_array_is_previewed_sliced_and_computed(lab: LabPage) -> None:
    lab.open([ARRAYS, "preview"])
    lab.run_all()
    area = lab.output(1)
    picture = area.locator("canvas")
    expect(picture).to_be_visible(timeout=30_000)
    words = picture.get_attribute("aria-label") or ""
    assert words.startswith("heat map of counts, the whole array. minimum ")
    expect(area.get_by_role("button", name="Compute statistics")).to_have_count(0)  # it is shown
    table = area.get_by_role("region", name="Values")
    expect(table.locator("tbody th").first).to_have_text("Gene0")
    expect(area.locator("dd .modos-chip")).to_have_text(["a", "b"])
    expect(table.locator("thead th").nth(1)).to_have_text("time0")
    assert lab.axe(".modos-array-preview") == []
    lab.screenshot("preview-light", area)

    area.get_by_label("var from, 0 to 1,472").nth(1).fill("600")
    lab.page.keyboard.press("Enter")
    expect(table.locator("tbody th").first).to_have_text("Gene600")
    expect(area.locator(".modos-shown").first).to_contain_text("the whole array")

    area.get_by_role("button", name="Histogram").press("Enter")
    expect(area.locator("canvas[aria-label^=histogram]")).to_be_visible()
    expect(area.get_by_role("button", name="Histogram")).to_be_focused()
    area.get_by_role("button", name="Calculate").press("Enter")
    expect(area.get_by_text("in 3 chunks, ratio")).to_be_focused()
    area.get_by_role("button", name="Compute statistics").click()
    expect(area.get_by_text("Statistics of the whole array")).to_be_visible(timeout=30_000)

    lab.set_theme()
    lab.python("preview.path = 'cube'")
    area.get_by_label("axis 0, 0 to 19").nth(1).fill("7")
    lab.page.keyboard.press("Enter")
    expect(table.locator("tbody td").first).to_have_text("8400")
    assert lab.axe(".modos-array-preview") == []
    lab.screenshot("preview-cube-dark", area)

    lab.python("preview.path = 'line'")
    expect(area.locator("canvas[aria-label^='line of line']")).to_be_visible()
    lab.set_width(400)
    lab.screenshot("preview-narrow", area)

    lab.python("preview.path = 'large'")
    expect(area.get_by_text("One chunk is 128 MiB")).to_be_visible()
    lab.python("preview.path = 'obs'")
    expect(table.locator("tbody td").first).to_have_text("time0")
    lab.python("preview.path = 'no/such'")
    expect(area.get_by_role("alert")).to_contain_text("no zarr metadata")


SLOW_FACTS = """
import threading
answer, may_answer = preview._facts, threading.Event()
def held_back(request):
    assert may_answer.wait(60)
    return answer(request)
preview._facts = held_back
"""


def test_a_preview_shows_nothing_of_the_previous_array(lab: LabPage) -> None:
    """A new theme or width draws the picture anew, which must not end the reading of a node."""
    lab.open([ARRAYS, "preview"])
    lab.run_all()
    area = lab.output(1)
    expect(area.locator("canvas")).to_be_visible()
    lab.python(SLOW_FACTS)
    lab.python("preview.path = 'no/such'")
    expect(area.get_by_text("Reading…")).to_be_visible()
    lab.set_theme()
    lab.python("may_answer.set()")
    expect(area.get_by_role("alert")).to_contain_text("no zarr metadata")

    lab.python("may_answer.clear(); preview.path = 'line'")
    lab.python("may_answer.set()")
    expect(area.locator("canvas[aria-label^='line of line']")).to_be_visible()
    lab.python("may_answer.clear(); preview.path = 'cube'")
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'true'")  # before "Reading…" is shown
    lab.python("may_answer.set()")
    expect(area.get_by_role("heading", name="cube")).to_be_visible()
