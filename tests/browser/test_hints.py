"""The hints that a Browser shows on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OBJECT = '.modos-overview [data-path$="/P-0001"]'
OUTLINE = "element => getComputedStyle(element).outlineStyle"


def open_browser(lab: LabPage, state: Path, *, hints: str = "1") -> Locator:
    """Show the objects of a demo, with a state folder of its own."""
    lab.open(
        [
            (
                f"import os\nos.environ['MODOS_HINTS'] = {hints!r}\n"
                f"os.environ['XDG_STATE_HOME'] = {str(state)!r}\n"
                "import modos_widgets as modos\ndeployment = modos.demo.start()"
            ),
            "browser = modos.browse(endpoint=deployment.endpoint)\nbrowser",
        ]
    )
    lab.run_all()
    browser = lab.output(1).locator(".modos-browser")
    expect(browser.locator(OBJECT)).to_be_visible()
    return browser


def test_the_hints_lead_from_an_object_to_its_code(lab: LabPage, tmp_path: Path) -> None:
    browser = open_browser(lab, tmp_path)
    hints = browser.get_by_role("region", name="Hints")
    expect(hints).to_contain_text("Hint 1 of 3")
    expect(hints).to_contain_text("choose one to see its tree")
    assert lab.axe(".modos-browser") == []
    lab.screenshot("hints-1", browser)
    browser.locator(OBJECT).click()
    expect(hints).to_contain_text("Hint 2 of 3")
    edit = browser.get_by_role("button", name="Edit", exact=True)
    assert edit.evaluate(OUTLINE) == "solid"
    lab.set_theme()
    assert lab.axe(".modos-browser") == []
    lab.screenshot("hints-2-dark", browser)
    edit.click()
    expect(hints).to_contain_text("Hint 3 of 3")
    assert browser.locator(".modos-top .modos-code-button").evaluate(OUTLINE) == "solid"
    lab.set_width(420)
    lab.screenshot("hints-3-420", browser)
    hints.get_by_role("button", name="Got it").click()
    expect(hints).to_have_count(0)
    assert browser.locator(".modos-top .modos-code-button").evaluate(OUTLINE) == "none"


def test_hints_are_hidden_by_keyboard_for_good(lab: LabPage, tmp_path: Path) -> None:
    browser = open_browser(lab, tmp_path)
    hints = browser.get_by_role("region", name="Hints")
    browser.get_by_role("button", name="Show code").first.focus()
    lab.page.keyboard.press("Tab")
    expect(hints.get_by_role("button", name="Next hint")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(hints).to_contain_text("Hint 2 of 3")
    lab.page.keyboard.press("Tab")
    expect(hints.get_by_role("button", name="Hide hints")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(hints).to_have_count(0)
    assert browser.evaluate("element => element.contains(document.activeElement)")
    lab.expect_python("browser.session.shows_hints", "False")
    saved = lab.save()
    assert "Hint 1" not in str(saved)
    again = open_browser(lab, tmp_path)
    lab.page.wait_for_timeout(1_000)
    expect(again.get_by_role("region", name="Hints")).to_have_count(0)


def test_an_administrator_can_turn_hints_off(lab: LabPage, tmp_path: Path) -> None:
    browser = open_browser(lab, tmp_path, hints="0")
    lab.page.wait_for_timeout(1_000)
    expect(browser.get_by_role("region", name="Hints")).to_have_count(0)
