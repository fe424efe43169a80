"""Browser in a real JupyterLab: from an endpoint to an element, by mouse and keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

START = """
import os, tempfile
os.environ['XDG_STATE_HOME'] = tempfile.mkdtemp()
os.environ['XDG_CACHE_HOME'] = tempfile.mkdtemp()
import modos_widgets
from modos_widgets import demo
deployment = demo.start()
browser = modos_widgets.browse(endpoint=deployment.endpoint)
"""


def objects(area: Locator) -> Locator:
    return area.locator(".modos-objects [role=option][data-path]:not(.modos-heading)")


@pytest.fixture
def shown(lab: LabPage) -> Locator:
    lab.open([START, "browser"])
    lab.run_all()
    area = lab.output(1)
    expect(objects(area).filter(has_text="P-0003")).to_be_visible()
    return area


def test_a_person_finds_an_object_and_looks_into_it(lab: LabPage, shown: Locator) -> None:
    shown.get_by_label("Filter objects").fill("P-0003")
    expect(objects(shown)).to_have_count(1)
    objects(shown).first.click()
    tree = shown.get_by_role("tree")
    expect(tree.locator("[data-path=data]")).to_be_visible()
    assert lab.python("browser.modo.path") == "'s3://demo/smoc/P-0003'"
    shown.locator(".modos-metadata tbody tr").nth(2).click()
    lab.screenshot("browser-metadata-light", shown)
    shown.get_by_role("tab", name="Files").click()
    expect(shown.locator(".modos-files tbody tr").first).to_be_visible()
    lab.screenshot("browser-files-light", shown)
    shown.get_by_role("tab", name="Preview").click()
    lab.python("browser.session.select('data/rna_counts/data')")
    lab.page.wait_for_timeout(3000)
    lab.screenshot("browser-preview-light", shown)
    shown.get_by_role("tab", name="Code").click()
    lab.page.wait_for_timeout(500)
    lab.screenshot("browser-code-light", shown)
    lab.set_theme()
    shown.get_by_role("tab", name="Metadata").click()
    lab.screenshot("browser-metadata-dark", shown)
    lab.set_width(720, 1600)
    lab.page.wait_for_timeout(500)
    lab.screenshot("browser-narrow-dark", shown)
