"""TransferPanel in a real JupyterLab: a dry run, a copy while other cells run, faults, keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

MADE = """
import os, pathlib, tempfile, modos_widgets
from modos_widgets import demo
deployment = demo.start()
folder = pathlib.Path(tempfile.mkdtemp()) / 'P-0099'
modos_widgets.create_modo(folder)
for number in range(300):
    ending = ('cram', 'crai', 'tsv')[number % 3]
    (folder / f'reads_{number:03}.{ending}').write_bytes(os.urandom(4000 + number))
services = {'s3': deployment.s3_endpoint}
keys = deployment.s3_kwargs
"""
SHOWN = """
panel = modos_widgets.TransferPanel(
    folder, 's3://demo/archive/P-0099', services=services, s3_kwargs=keys, workers=2)
panel
"""


@pytest.fixture
def area(lab: LabPage) -> Locator:
    lab.open([MADE, SHOWN])
    lab.run_all()
    found = lab.output(1).locator(".modos-transfer-panel")
    expect(found.get_by_role("button", name="Compare")).to_be_visible()
    return found


def press(area: Locator, name: str) -> None:
    area.get_by_role("button", name=name, exact=True).click()


def test_a_copy_continues_while_another_cell_runs(lab: LabPage, area: Locator) -> None:
    lab.screenshot("transfer-idle", area)
    press(area, "Compare")
    expect(area.get_by_role("status")).to_contain_text("306 files to copy", timeout=20_000)
    lab.screenshot("transfer-compared", area)
    press(area, "Copy")
    assert lab.python("sum(range(10))") == "45"
    expect(area.get_by_role("status")).to_contain_text("Done · 306 of 306 files", timeout=60_000)
    assert area.get_by_role("progressbar").first.get_attribute("aria-valuenow") == "100"
    lab.screenshot("transfer-done-light", area)
    lab.set_theme()
    lab.screenshot("transfer-done-dark", area)
    assert lab.axe(".modos-transfer-panel") == []
    lab.set_theme("JupyterLab Light")
    assert lab.axe(".modos-transfer-panel") == []
    assert lab.python("sorted(set(panel.report['outcome']))") == "['copied']"
    assert lab.python("panel.phase") == "'done'"


def test_files_that_differ_block_the_copy_until_replacing_is_allowed(
    lab: LabPage, area: Locator
) -> None:
    lab.python(
        "modos_widgets.transfer(folder, 's3://demo/archive/P-0099', services=services,"
        " s3_kwargs=keys).wait().shape"
    )
    lab.python("(folder / 'reads_007.crai').write_bytes(b'<img src=x onerror=alert(1)>')")
    lab.python("(folder / '<img src=x onerror=alert(1)>.txt').write_bytes(b'odd')")
    press(area, "Compare")
    expect(area.get_by_role("status")).to_contain_text("1 file differs", timeout=20_000)
    expect(area.get_by_role("button", name="Copy")).to_be_disabled()
    expect(area.get_by_text("<img src=x onerror=alert(1)>.txt", exact=True)).to_be_visible()
    lab.screenshot("transfer-differs", area)
    area.get_by_role("checkbox").check()
    press(area, "Compare")
    expect(area.get_by_role("status")).to_contain_text("1 file will be replaced", timeout=20_000)
    press(area, "Copy")
    expect(area.get_by_role("status")).to_contain_text("Done · 307 of 307 files", timeout=60_000)


def test_a_refused_copy_can_be_forced_by_keyboard(lab: LabPage, area: Locator) -> None:
    lab.python("os.environ.update(MODOS_CHECK_TRANSFERS='1')")
    lab.python(
        "len(modos_widgets.open_modo(folder, mode='r+').storage.zarr.create_group("
        "'assay/a1', attributes={'@type': 'Assay'}).attrs)"  # without the required omics_type
    )
    press(area, "Compare")
    press(area, "Copy")
    expect(area.get_by_text("Nothing was copied")).to_be_visible(timeout=20_000)
    force = area.get_by_role("checkbox", name="Copy despite errors")
    lab.screenshot("transfer-refused", area)
    force.press("Space")
    area.get_by_role("button", name="Retry").press("Enter")
    area.get_by_role("button", name="Copy", exact=True).press("Enter")
    expect(area.get_by_role("status")).to_contain_text("Done", timeout=60_000)


def test_a_transfer_by_keyboard_alone_and_its_errors(lab: LabPage, area: Locator) -> None:
    target = area.get_by_role("textbox", name="To")
    target.focus()
    target.press("ControlOrMeta+a")
    target.press_sequentially("s3://no-such-bucket-here/x")
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Enter")
    expect(area.get_by_role("alert")).to_contain_text("no such bucket", timeout=20_000)
    assert lab.python("panel.phase") == "'failed'"
    lab.screenshot("transfer-problem", area)
    target.fill("")
    press(area, "Retry")
    expect(area.get_by_role("alert")).to_contain_text("missing", timeout=20_000)


def test_a_narrow_panel_that_is_displayed_twice(lab: LabPage, area: Locator) -> None:
    lab.set_width(560)
    press(area, "Compare")
    expect(area.get_by_role("status")).to_contain_text("306 files to copy", timeout=20_000)
    lab.screenshot("transfer-narrow", area)
    inside = area.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert inside


SLOW_AND_BROKEN = """
import asyncio
from modos_widgets.errors import StorageError
from modos_widgets.storage.copying.copy_file import Routes
real, broken = Routes.copy, {'reads_007.crai', 'reads_010.crai'}
async def slow(self, source, target, item, **more):
    await asyncio.sleep(0.02)
    if item.name in broken:
        raise StorageError('The disk <b>is full</b>.', 'Make room.')
    return await real(self, source, target, item, **more)
Routes.copy = slow
"""


def test_running_paused_failed_and_retried_by_keyboard_alone(lab: LabPage, area: Locator) -> None:
    lab.python(SLOW_AND_BROKEN)
    keyboard, status = lab.page.keyboard, area.get_by_role("status")
    area.get_by_role("button", name="Compare").focus()
    keyboard.press("Enter")
    expect(status).to_contain_text("306 files to copy")
    expect(area.get_by_role("button", name="Compare again")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")  # Copy
    expect(area.get_by_role("button", name="Pause")).to_be_focused()
    expect(area.get_by_role("progressbar").first).not_to_have_attribute("aria-valuenow", "0")
    lab.screenshot("transfer-running-light", area)
    keyboard.press("Enter")
    expect(status).to_contain_text("Paused")
    lab.set_theme()
    lab.screenshot("transfer-paused-dark", area)
    area.get_by_role("button", name="Resume").focus()
    keyboard.press("Enter")
    expect(status).to_contain_text("Incomplete", timeout=60_000)
    expect(status).to_contain_text("2 files failed")
    rows = area.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("reads_007.crai")
    expect(rows.nth(0)).to_contain_text("The disk <b>is full</b>.")
    lab.screenshot("transfer-failed-dark", area)
    assert lab.axe(".modos-transfer-panel") == []
    lab.set_theme("JupyterLab Light")
    lab.screenshot("transfer-failed-light", area)
    assert lab.axe(".modos-transfer-panel") == []
    lab.python("broken.clear()")
    area.get_by_role("button", name="Retry missing files").focus()
    keyboard.press("Enter")
    expect(status).to_contain_text("Done · 306 of 306 files", timeout=60_000)
    assert lab.python("panel.report['outcome'].value_counts().to_dict()") == (
        "{'same': 303, 'copied': 3}"
    )


BROWSER = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
os.chdir(tempfile.mkdtemp())
import modos_widgets
from modos_widgets import demo
deployment = demo.start()
browser = modos_widgets.browse('s3://demo/smoc/P-0003', endpoint=deployment.endpoint)
browser
"""


def test_the_browser_copies_the_open_object(lab: LabPage) -> None:
    lab.open([BROWSER])
    lab.run_all()
    area = lab.output(0)
    expect(area.get_by_role("tree").locator("[data-path=data]")).to_be_visible()
    area.get_by_role("tab", name="Metadata").focus()
    lab.page.keyboard.press("ArrowLeft")  # round to the last
    panel = area.locator(".modos-transfer-panel")
    expect(panel.get_by_role("textbox", name="From")).to_have_value("s3://demo/smoc/P-0003")
    expect(panel.get_by_role("textbox", name="To")).to_have_value("P-0003")
    for _ in range(4):  # out of the tab, From, To, the check box
        lab.page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Compare")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("files to copy")
    lab.screenshot("browser-transfer-compared-light", area)
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("Done ·")
    assert lab.axe(".modos-browser") == []
    lab.screenshot("browser-transfer-done-light", area)
    lab.set_theme()
    lab.screenshot("browser-transfer-done-dark", area)
    assert lab.axe(".modos-browser") == []
    same = "modos_widgets.open_modo('P-0003').frame().equals(browser.modo.frame())"
    assert lab.python(same) == "True"
    # another object, or a place on the same server: with the keys that the browser has
    lab.python("browser.session.open('s3://demo/smoc/P-0004')")
    expect(panel.get_by_role("textbox", name="From")).to_have_value("s3://demo/smoc/P-0004")
    panel.get_by_role("textbox", name="To").fill("s3://demo/archive/P-0004")
    press(panel, "Compare")
    expect(panel.get_by_role("status")).to_contain_text("files to copy")
    press(panel, "Copy")
    expect(panel.get_by_role("status")).to_contain_text("Done ·")


SLOW = """
import logging
from tests.parts.proxy import Proxy
proxy = Proxy(deployment.s3_endpoint, delay=0.2).__enter__()
panel = modos_widgets.TransferPanel(
    folder, 's3://demo/archive/P-0098', services={'s3': proxy.endpoint}, s3_kwargs=keys, workers=1)
panel
"""


def test_a_kernel_that_ends_during_a_copy_is_reported(lab: LabPage) -> None:
    lab.open([MADE, SLOW])
    lab.run_all()
    area = lab.output(1).locator(".modos-transfer-panel")
    press(area, "Compare")
    expect(area.get_by_role("status")).to_contain_text("306 files to copy", timeout=20_000)
    press(area, "Copy")
    expect(area.get_by_role("status")).to_contain_text(re.compile(r"[1-9]\d* of 306 files"))
    lab.restart_kernel()
    expect(area.get_by_role("alert")).to_contain_text(
        "The kernel has ended, and so has the transfer."
    )
    expect(area.get_by_role("alert")).to_contain_text("The transfer resumes")
    expect(area.get_by_role("status")).to_contain_text("Interrupted")
    expect(area.get_by_role("button", name="Pause")).to_have_count(0)
    expect(area.get_by_role("button", name="Cancel")).to_have_count(0)
    lab.screenshot("transfer-kernel-gone", area)
    lab.allow_console("comm|Comm|kernel|disposed|Canceled")
