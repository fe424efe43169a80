"""EndpointPicker in a real JupyterLab: choosing by keyboard alone, health, folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.places import app_of, make_object

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage
    from tests.parts.places import ServeApp

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

START = """
import os
os.environ['XDG_STATE_HOME'] = os.environ['XDG_CACHE_HOME'] = {folder!r}
import modos_widgets
picker = modos_widgets.EndpointPicker(options={{'first': {first!r}}})
"""


def test_an_endpoint_and_a_folder_are_chosen_by_keyboard_alone(
    lab: LabPage, serve_app: ServeApp, tmp_path: Path
) -> None:
    make_object(tmp_path / "cohort")
    fuzon = serve_app(app_of())
    first = serve_app(app_of("P-1", services={"s3": "http://127.0.0.1:9", "fuzon": fuzon}))
    second = serve_app(app_of("P-2"))
    start = START.format(folder=str(tmp_path / "own"), first=first)
    lab.open([start, "picker"])
    lab.run_all()
    area, keyboard = lab.output(1), lab.page.keyboard
    area.get_by_label("Choose an endpoint or a folder").focus()
    keyboard.press("Enter")
    sheet = area.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="first")).to_be_focused()
    lab.screenshot("picker-sheet-light")
    assert lab.axe(".modos-sheet") == []
    keyboard.press("Enter")
    expect(sheet).to_have_count(0)
    lab.expect_python("picker.value", repr(first))
    row = area.get_by_role("row")
    expect(row.filter(has_text="S3")).to_contain_text("cannot be reached")
    expect(row.filter(has_text="fuzon")).to_contain_text("Reachable")
    for theme in ("Light", "Dark"):
        lab.set_theme(f"JupyterLab {theme}")
        lab.screenshot(f"picker-{theme.lower()}", area)
        assert lab.axe(".modos-endpoint-picker") == []

    keyboard.press("Enter")
    field = sheet.get_by_label("URL of an endpoint, or a folder")
    field.fill("https://user:pw@example.org")
    expect(sheet.get_by_role("alert")).to_contain_text("user name or password")
    field.fill(second)
    expect(sheet.get_by_role("alert")).to_have_text("")
    field.press("Enter")
    lab.expect_python("picker.value", repr(second))
    expect(row.filter(has_text="server")).to_contain_text("Reachable")
    back_at_the_choice(area)

    keyboard.press("Enter")
    field.fill(str(tmp_path / "cohort"))
    field.press("Enter")
    expect(area.get_by_text("A folder on this computer needs no services.")).to_be_visible()
    back_at_the_choice(area)
    keyboard.press("Enter")
    sheet.get_by_role("button", name="This computer").press("Enter")
    expect(sheet.get_by_role("button", name="..")).to_be_focused()
    # cut at its beginning: the end of a folder tells it
    expect(sheet.get_by_title(f"{tmp_path}/cohort").last).to_have_css("direction", "rtl")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    lab.expect_python("picker.value", repr(str(tmp_path / "cohort" / "study")))
    back_at_the_choice(area)
    keyboard.press("Enter")
    expect(sheet).to_be_visible()
    keyboard.press("Escape")
    back_at_the_choice(area)


def back_at_the_choice(area: Locator) -> None:
    """Wait until the sheet has closed: a key pressed before that is meant for it."""
    expect(area.get_by_role("dialog")).to_have_count(0)
    expect(area.locator(".modos-choice")).to_be_focused()
