"""ArrayPreview in a real JupyterLab: values with labels, a picture, positions, statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.places import wait_until

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
    area.get_by_role("button", name="Heat map").click()
    area.get_by_role("button", name="Zoom in").click()
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


PICTURES = """
x, y = np.meshgrid(np.linspace(-3, 3, 900), np.linspace(-2, 2, 700))
field = np.sin(x * 3) * np.cos(y * 4) * 5 + x * y
field[100:180, 300:420] = np.nan
field[300:330, 100:130], field[340:370, 100:130] = np.inf, -np.inf
root.create_array('field', data=field, chunks=(100, 300), dimension_names=('lat', 'lon'))
root.create_array('lat', data=np.round(np.linspace(-2, 2, 700), 3))
image = np.zeros((120, 200, 3), 'u1')
image[..., 0], image[40:60, 50:90, 2] = np.arange(200), 255
root.create_array('image', data=image, chunks=(60, 100, 3))
root.create_array('packed', data=np.arange(12, dtype='i2').reshape(3, 4),
                  attributes={'scale_factor': 0.5, 'add_offset': 10, 'units': 'K'})
root.create_array('empty', shape=(0, 3), chunks=(1, 3), dtype='f8')
root.create_array('nothing', data=np.full((30, 40), np.nan))
root.create_array('spans', data=np.arange(9).reshape(3, 3).astype('m8[m]'))
hostile = ['<img src=x onerror=window.hit=1>', '\\u202egnp.exe', '<script>window.hit=1</script>']
root.create_array('bad', data=np.ones((3, 3)), dimension_names=('rows', hostile[0]))
root.create_array('word', data=np.array('only', dtype=names))
root.create_array('records', data=np.zeros(3, [(f'field_{i}', 'f4') for i in range(40)]))
root.create_array('rows', data=np.array(hostile, dtype=names))
"""


def test_the_picture_is_used_by_mouse(lab: LabPage) -> None:
    lab.open([ARRAYS + PICTURES, "preview"])
    lab.run_all()
    area = lab.output(1)
    canvas, tip = area.locator("canvas"), area.locator(".modos-tip")
    shown = area.locator(".modos-shown").first
    lab.python("preview.path = 'field'")
    expect(area.get_by_role("heading", name="field")).to_be_visible()
    expect(area.locator(".modos-legend")).to_contain_text("Missing: 9,600")
    canvas.hover(position={"x": 400, "y": 150})
    expect(tip).to_contain_text("lat ")
    expect(tip).not_to_contain_text("about")  # the exact value is read
    expect(tip.locator("span").first).to_contain_text("(")
    canvas.click()
    lab.page.mouse.wheel(0, -240)
    expect(shown).to_contain_text("of 700")
    before = shown.text_content()
    canvas.drag_to(
        canvas, source_position={"x": 500, "y": 200}, target_position={"x": 300, "y": 120}
    )
    expect(shown).not_to_have_text(before or "")
    lab.expect_python("preview.array_part.shape[0] < 700", "True")
    lab.expect_python(
        "bool(np.isclose(preview.frame.iloc[0, 0], preview.array_part[0, 0]))", "True"
    )
    area.get_by_role("button", name="Reset zoom").click()
    expect(shown).to_contain_text("the whole array")
    area.get_by_label("Colours").select_option("diverging")
    area.get_by_label("Scale").select_option("symlog")
    area.get_by_label("Upper limit").fill("3")
    lab.page.keyboard.press("Enter")
    expect(area.locator(".modos-limits select")).to_have_value("typed")
    area.get_by_label("Rows").select_option(label="lon")
    expect(area.get_by_label("Columns")).to_have_value("0")
    lab.expect_python("preview.array_part.shape", "(900, 700)")
    for name, end in [("Save as PNG", ".png"), ("Save as SVG", ".svg")]:
        area.get_by_role("button", name="Save…").click()
        with lab.page.expect_download() as started:
            area.get_by_role("menuitem", name=name).click()
        data = started.value.path().read_bytes()
        assert data[:4] == (b"\x89PNG" if end == ".png" else b"<svg")


def test_names_are_text_and_any_array_has_a_picture(lab: LabPage) -> None:
    lab.open([ARRAYS + PICTURES, "preview"])
    lab.run_all()
    area = lab.output(1)
    canvas, tip = area.locator("canvas"), area.locator(".modos-tip")
    lab.python("preview.path = 'bad'")
    expect(area.locator("thead th").nth(0)).to_have_text("rows")
    canvas.hover(position={"x": 300, "y": 60})
    expect(tip).to_contain_text("<img src=x onerror")
    area.get_by_role("button", name="Save…").click()
    with lab.page.expect_download() as started:
        area.get_by_role("menuitem", name="Save values as CSV").click()
    assert "<img" in started.value.path().read_text()
    assert lab.page.evaluate("window.hit") is None
    lab.python("preview.path = 'packed'")
    expect(area.get_by_role("region", name="Values").locator("tbody td").first).to_have_text("10")
    area.get_by_label("Raw values").check()
    expect(area.get_by_role("region", name="Values").locator("tbody td").first).to_have_text("0")
    lab.expect_python("preview.raw, preview.array_part[0, 1].item()", "(True, 1)")
    cell = area.get_by_role("region", name="Values").locator("tbody td").first
    area.get_by_label("Raw values").uncheck()
    for path, text in (("nothing", "nan"), ("spans", "0 minutes"), ("image", "0")):
        lab.python(f"preview.path = {path!r}")
        expect(area.get_by_role("heading", name=path)).to_be_visible()
        expect(canvas).to_be_visible()
        expect(cell).to_have_text(text)
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for name, kind in (("Copy values", "text/plain"), ("Copy picture", "image/png")):
        area.get_by_role("button", name="Save…").click()
        area.get_by_role("menuitem", name=name).click()
        expect(area.locator(".modos-save")).to_contain_text(f"Copied {name.split()[1]}")
        copied = "async () => (await navigator.clipboard.read())[0].types"
        assert kind in lab.page.evaluate(copied)
    lab.python("preview.path = 'word'")
    expect(cell).to_have_text("only")
    lab.python("preview.path = 'records'")
    expect(area.get_by_role("heading", name="records")).to_be_visible()
    wide = "e => e.scrollWidth - e.clientWidth"
    assert area.locator(".modos-array-preview").evaluate(wide) <= 1  # a long name is wrapped
    lab.screenshot("preview-records", area)
    lab.python("preview.path = 'empty'")
    expect(area.get_by_text("an axis has length 0")).to_be_visible()
    expect(canvas).to_have_count(0)


IMAGE = """
places = [{'name': 'c', 'type': 'channel'}, {'name': 'y', 'type': 'space'},
          {'name': 'x', 'type': 'space'}]
level = {'path': '0', 'coordinateTransformations': [{'type': 'scale', 'scale': [1, 1, 1]}]}
dyes = [{'label': name, 'color': colour, 'active': name != 'GFP', 'window': {'start': 0, 'end': 99}}
        for name, colour in [('DAPI', '0000FF'), ('GFP', '00FF00'), ('<b>Cy5', 'FF0000')]]
stained = root.create_group('stained', attributes={'ome': {'version': '0.5', 'multiscales': [
    {'axes': places, 'datasets': [level]}], 'omero': {'channels': dyes}}})
planes = np.zeros((3, 80, 120), 'u1')
planes[0, :, :60], planes[1, 40:], planes[2, :, 60:] = 99, 99, 99
stained.create_array('0', data=planes, chunks=(1, 80, 120))
"""
PIXEL = """canvas => {
  const ratio = canvas.width / canvas.clientWidth;
  const at = [380, 250].map(each => each * ratio);
  return [...canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data].slice(0, 3);
}"""


def test_channels_square_cells_and_limits_are_chosen(lab: LabPage) -> None:
    lab.open([ARRAYS + PICTURES + IMAGE, "preview"])
    lab.run_all()
    area = lab.output(1)
    canvas = area.locator("canvas")
    lab.python("preview.path = 'stained'")
    channels = area.get_by_role("group", name="Channels")
    expect(channels.get_by_label("<b>Cy5")).to_be_checked()
    wait_until(lambda: canvas.evaluate(PIXEL) == [255, 0, 0], 60)
    channels.get_by_label("GFP").check()
    wait_until(lambda: canvas.evaluate(PIXEL) == [255, 255, 0], 60)
    channels.get_by_label("<b>Cy5").press("Space")
    wait_until(lambda: canvas.evaluate(PIXEL) == [0, 255, 0], 60)
    channels.get_by_label("GFP").uncheck()
    expect(channels.get_by_label("DAPI")).to_be_disabled()  # the last one
    lab.screenshot("preview-channels", area)

    lab.python("preview.path = 'field'")
    bars = area.locator(".modos-limits-bars")
    expect(bars).to_be_visible()
    box = bars.bounding_box()
    assert box is not None
    area.get_by_label("Square cells").check()
    lab.screenshot("preview-square-light", area)
    bars.hover(position={"x": box["width"] - 2, "y": 5})
    lab.page.mouse.down()
    bars.hover(position={"x": box["width"] / 2, "y": 5})
    lab.page.mouse.up()
    expect(area.get_by_label("Upper limit")).not_to_have_value("5")
    assert abs(float(area.get_by_label("Upper limit").input_value())) < 2
    expect(area.locator(".modos-limits select")).to_have_value("typed")
    lab.set_theme()
    assert lab.axe(".modos-array-preview") == []
    lab.set_width(420)
    lab.screenshot("preview-square-420", area)


def test_the_picture_is_used_by_keyboard(lab: LabPage) -> None:
    lab.open([ARRAYS, "preview"])
    lab.run_all()
    area = lab.output(1)
    canvas, tip, said = (
        area.locator("canvas"),
        area.locator(".modos-tip"),
        area.get_by_role("status"),
    )
    nodes = "e => e.querySelectorAll('*:not(rect)').length"  # a histogram has as many bars as bins
    canvas.focus()
    before = area.locator(".modos-viewer").evaluate(nodes)
    canvas.press("ArrowRight")
    canvas.press("ArrowRight")
    expect(tip).to_contain_text("obs time4")
    expect(said.first).to_contain_text("var Gene")
    canvas.press("+")
    canvas.press("+")
    expect(area.locator(".modos-shown").first).to_contain_text("of 1,473")
    canvas.press("Shift+ArrowDown")
    canvas.press("Escape")
    expect(tip).to_have_count(0)
    assert area.locator(".modos-viewer").evaluate(nodes) == before
    canvas.press("0")
    expect(area.locator(".modos-shown").first).to_contain_text("the whole array")
    area.get_by_role("button", name="Line").press("Enter")
    expect(area.get_by_role("button", name="Line")).to_be_focused()
    canvas.press("ArrowLeft")
    expect(tip).to_contain_text("obs time4")
    area.get_by_role("button", name="Heat map").press("Enter")
    expect(area.locator("canvas[aria-label^='heat map']")).to_be_visible()
    lab.set_theme()
    assert lab.axe(".modos-array-preview") == []
    lab.set_width(420)
    assert lab.axe(".modos-array-preview") == []
    lab.screenshot("preview-420", area)
    wide = area.locator(".modos-array-preview").evaluate(
        "e => [...e.querySelectorAll('*')].filter(each => each.getBoundingClientRect().right"
        " > e.getBoundingClientRect().right + 1 && !each.closest('.modos-values'))"
        ".map(each => `${each.tagName}.${each.className} ${each.getBoundingClientRect().width}`)"
    )
    assert wide == []
