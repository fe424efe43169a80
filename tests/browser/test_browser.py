"""Browser in a real JupyterLab: from an endpoint to an element, by mouse and by keyboard alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from modos_widgets.demo.server import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage
    from tests.parts.places import ServeApp

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OWN_FOLDERS = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
"""
DEMO = f"""{OWN_FOLDERS}
from modos_widgets import demo
deployment = demo.start()
browser = modos_widgets.browse(endpoint=deployment.endpoint)
browser.view = 'object'  # the list of objects beside it
"""
HOSTILE = f"""{OWN_FOLDERS}
import zarr
bad = '<img src=x onerror="window.caught = 1">'
for name in ('study', bad.replace('/', '')):
    root = zarr.create_group(f'cohort/{{name}}/data.zarr', overwrite=True,
                             attributes={{'@type': 'MODO', 'id': bad}})
    root.create_group('sample/s1', attributes={{'@type': 'Sample', 'name': bad, bad: [bad]}})
    open(f'cohort/{{name}}/{{bad}}.txt', 'w').write('x')
browser = modos_widgets.browse('cohort')
browser.view = 'object'  # the list of objects beside it
"""


def objects(area: Locator) -> Locator:
    return area.locator(".modos-objects .modos-row[data-path]:not(.modos-heading)")


def test_find_and_open_an_object_by_mouse(lab: LabPage) -> None:
    lab.open([DEMO, "browser", "browser"])
    lab.run_all()
    area, twin = lab.output(1), lab.output(2)
    area.get_by_label("Filter objects").fill("no such object")
    expect(area.get_by_text("The filter searches names, folders and ids.")).to_be_visible()
    area.get_by_role("button", name="Clear filter").click()
    expect(area.get_by_label("Filter objects")).to_be_focused()
    expect(objects(area)).not_to_have_count(0)
    area.get_by_label("Filter objects").fill("smoc 0003")
    expect(objects(area)).to_have_count(1)
    objects(area).first.click()
    tree = area.get_by_role("tree")
    expect(tree.locator("[data-path=data]")).to_be_visible()
    expect(twin.get_by_role("tree").locator("[data-path=data]")).to_be_visible()
    assert lab.python("browser.modo.path") == "'s3://demo/smoc/P-0003'"

    area.locator(".modos-metadata-table").get_by_text("assay/rna", exact=True).click()
    expect(tree.locator("[data-path='assay/rna']")).to_be_visible()
    expect(area.locator(".modos-element")).to_contain_text("TRANSCRIPTOMICS")
    expect(twin.locator(".modos-element")).to_contain_text("TRANSCRIPTOMICS")
    lab.screenshot("browser-metadata-light", area)

    area.get_by_role("tab", name="Files").click()
    area.locator(".modos-files tbody tr").filter(has_text="qc/report.json").click()
    area.get_by_role("button", name="Download", exact=True).click()
    area.get_by_role("menuitem", name="Save in the notebook's folder").click()
    expect(area.get_by_text("Saved as report.json")).to_be_visible()
    lab.screenshot("browser-files-light", area)
    lab.python("browser.session.select('data/rna_counts/data')")
    area.get_by_role("tab", name="Preview").click()
    expect(area.locator(".modos-array-preview canvas")).to_be_visible()
    lab.screenshot("browser-preview-light", area)
    area.get_by_role("tab", name="Code").click()
    expect(area.locator(".modos-codes pre").first).to_contain_text("modos_widgets.open_modo(")
    assert lab.axe(".modos-browser") == []
    lab.set_theme()
    area.get_by_role("tab", name="Metadata").click()
    lab.screenshot("browser-metadata-dark", area)
    assert lab.axe(".modos-browser") == []
    for width in (600, 400):
        lab.set_width(width + 120, 1700)
        expect(area.locator(".modos-browser")).to_have_class(re.compile("modos-narrow"))
        lab.screenshot(f"browser-{width}-dark", area)
        inside = "area => area.scrollWidth <= area.clientWidth"
        assert area.locator(".modos-browser").evaluate(inside)


def test_the_browser_is_used_by_keyboard_alone(lab: LabPage) -> None:
    lab.open([DEMO, "browser"])
    lab.run_all()
    area, page = lab.output(1), lab.page
    expect(objects(area).first).to_be_visible()
    area.get_by_label("Filter objects").focus()
    page.keyboard.type("P-0003")
    expect(objects(area)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("f")
    lab.expect_python("browser.session.favourites", "('s3://demo/smoc/P-0003',)")
    page.keyboard.press("Enter")
    expect(area.get_by_role("tree").locator("[data-path=data]")).to_be_visible()
    before = area.locator(".modos-objects").bounding_box()
    page.keyboard.press("Tab")  # the line between the panes
    page.keyboard.press("ArrowRight")
    after = area.locator(".modos-objects").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == before["width"] + 16
    area.get_by_role("tab", name="Metadata").focus()
    page.keyboard.press("ArrowRight")
    expect(area.get_by_role("tab", name="Files")).to_be_focused()
    lab.expect_python("browser.tab", "'files'")
    assert lab.python("len(get_ipython().user_ns['In'])")  # no key reached the notebook
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


def test_hostile_names_are_text_and_errors_are_one_line(
    lab: LabPage, serve_app: ServeApp, tmp_path: Path
) -> None:
    many: Any = {f"demo/cohort-{number % 7}/P-{number:05}": {} for number in range(10_000)}
    endpoint = serve_app(create_app(many, services={}))
    cells = [
        HOSTILE,
        "browser",
        f"large = modos_widgets.browse(endpoint={endpoint!r})\nlarge.view = 'object'\nlarge",
        "modos_widgets.browse(endpoint='http://127.0.0.1:9')",
        f"modos_widgets.browse({str(tmp_path)!r})",
        "modos_widgets.browse()",
    ]
    lab.open(cells)
    lab.run_all()
    area = lab.output(1)
    for index, end in enumerate((">", "study")):
        objects(area).nth(index).click()
        lab.expect_python(
            f"browser.modo is not None and browser.modo.path[-{len(end)}:]", repr(end)
        )
        expect(area.locator(".modos-element")).to_contain_text("<img src=x")
        lab.python("browser.session.select('sample/s1')")
        expect(area.locator(".modos-element")).to_contain_text("Sample")
        for tab in ("Files", "Code", "Preview", "Metadata"):
            area.get_by_role("tab", name=tab).click()
            shown = "src=x" if tab in {"Files", "Metadata"} else "s1"
            expect(area.get_by_role("tabpanel", name=tab)).to_contain_text(shown)
    lab.screenshot("browser-hostile", area)
    assert lab.page.evaluate("() => window.caught") is None
    assert area.locator("img[src=x]").count() == 0

    large = lab.output(2)
    expect(large.get_by_placeholder("Filter 10,000 objects")).to_be_visible()
    large.get_by_label("Filter objects").fill("09999")
    expect(objects(large)).to_have_count(1)
    lab.screenshot("browser-large", large)
    dead, empty, nothing = (lab.output(number) for number in (3, 4, 5))
    expect(dead.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    expect(empty.get_by_text("No objects in this folder")).to_be_visible()
    expect(nothing.get_by_text("No endpoint chosen", exact=True)).to_be_visible()
    lab.screenshot("browser-dead", dead)
    again = dead.get_by_role("button", name="Retry")
    again.press("Enter")
    expect(again).to_be_focused()  # also when the list came in between
    dead.get_by_role("button", name="Dismiss").press("Enter")
    expect(dead.get_by_role("combobox", name="Search objects and metadata")).to_be_focused()
    saved = lab.outputs()
    texts = [output[0]["data"]["text/plain"] for output in saved[1:]]
    assert texts == [
        "Browser(2 objects)",
        "Browser(10,000 objects)",
        "Browser(no objects listed)",
        "Browser(0 objects)",
        "Browser(nothing chosen)",
    ]
    assert "127.0.0.1" not in str([output[0]["data"]["text/html"] for output in saved[1:]])
