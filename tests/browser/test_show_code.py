"""Show code, in a real JupyterLab: by mouse and by keys, in each widget, with bad names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

BAD = "it's <img src=x onerror='window.caught=1'>"
MADE = f"""
import os, tempfile
for name in ('STATE', 'CACHE'):
    os.environ[f'XDG_{{name}}_HOME'] = tempfile.mkdtemp()
import modos_widgets as m
import numpy as np
path = os.path.join(tempfile.mkdtemp(), {BAD.replace("/", "")!r})
draft = m.create_modo(path, 'study').edit()
draft.add('sample/s1', {{'name': {BAD!r}, 'sex': 'unknown'}})
draft.add('data/counts', {{'@type': 'Array', 'name': 'Counts', 'data_format': 'Zarr'}})
draft.add_array('data/counts', np.arange(6).reshape(2, 3))
_ = draft.commit(force=True)
"""
ALL = """
from ipywidgets import VBox
widgets = [
    m.Login('http://127.0.0.1:9'), m.EndpointPicker(path),
    m.ZarrTree(path, value='data/counts/data'),
    m.ArrayPreview(path, 'data/counts/data'), m.MetadataTable(m.open_modo(path)),
    m.TransferPanel(path, path + '-copy'),
]
VBox(widgets)
"""
NAMES = ["login", "endpoint-picker", "zarr-tree", "array-preview", "metadata-table"]


def box_of(area: Locator) -> Locator:
    return area.get_by_role("dialog", name="Code", exact=True)


def test_mouse_and_keys_open_copy_and_close_the_code(lab: LabPage) -> None:
    lab.open([MADE, "browser = m.browse(path)\nbrowser"])
    lab.run_all()
    area, page = lab.output(1), lab.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(area.get_by_role("tree").locator("[data-path=data]")).to_be_visible()
    lab.python("browser.session.select('sample/s1')")
    opener = area.locator(".modos-top > .modos-code-button")
    box = box_of(area)

    opener.click()
    expect(box.locator("pre").first).to_contain_text("modo.metadata['sample/s1']")
    expect(opener).to_have_attribute("aria-expanded", "true")
    lab.screenshot("show-code-light", area)
    assert lab.axe(".modos-browser") == []
    box.get_by_role("button", name="Copy: Open this object and the selected").click()
    expect(box.get_by_text("Copied", exact=True)).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    assert lab.python(f"{code}\nprint(metadata['sex'])") == "unknown"
    page.mouse.click(5, 5)
    expect(box).to_have_count(0)

    opener.focus()
    page.keyboard.press("Enter")
    expect(box.locator("pre").first).to_be_visible()
    expect(
        box.get_by_role("button", name="Copy: Open this object and the selected")
    ).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(box.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Shift+Tab")  # round to the last stop
    expect(box.locator("pre").last).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")

    lab.set_theme()
    opener.click()
    expect(box.locator("pre").first).to_be_visible()
    lab.screenshot("show-code-dark", area)
    assert lab.axe(".modos-browser") == []


def test_every_widget_has_the_code_button_at_the_end_of_its_toolbar(lab: LabPage) -> None:
    lab.open([MADE, ALL])
    lab.run_all()
    area, page = lab.output(1), lab.page
    for name in [*NAMES, "transfer-panel"]:
        widget = area.locator(f".modos-{name}")
        opener = widget.get_by_role("button", name="Show code")
        expect(opener).to_have_count(1)
        opener.click()
        expect(widget.locator(".modos-piece pre").first).to_contain_text("import")
        shown = widget.locator(".modos-piece pre").first.inner_text()
        place = (*NAMES, "transfer-panel").index(name)
        assert (
            lab.python(f"print(widgets[{place}].as_python.strip() == {shown.strip()!r})") == "True"
        )
        page.keyboard.press("Escape")
        expect(box_of(widget)).to_have_count(0)
        expect(opener).to_be_focused()
    lab.screenshot("show-code-widgets", area)
    for name in NAMES:
        right = area.locator(f".modos-{name}").bounding_box()
        at = area.locator(f".modos-{name}").get_by_role("button", name="Show code").bounding_box()
        assert right is not None
        assert at is not None
        assert at["width"] == at["height"] == 28
    assert page.evaluate("window.caught") is None
