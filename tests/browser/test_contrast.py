"""Forced colours and dark pages: what is chosen can be told, and the theme is the page's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.parts.tables import cell, paste, show_cohort

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

BROWSER = """
import pathlib
from modos_widgets import browse, create_modo
folder = pathlib.Path({path!r})
for name in ("one", "two"):
    draft = create_modo(folder / name).edit()
    draft.add("sample/s1", {{"name": "first"}})
    draft.commit(force=True)
view = browse(folder)
view.view = 'object'  # the list of objects beside it
view
"""


def look(target: Locator, pseudo: str = "") -> dict[str, str]:
    """Return how an element, or a pseudo-element of it, is drawn."""
    found: dict[str, str] = target.evaluate(
        """(each, pseudo) => {
          const {backgroundColor, color, borderBottomStyle, borderBottomWidth, colorScheme} =
            getComputedStyle(each, pseudo || null);
          return {backgroundColor, color, borderBottomStyle, borderBottomWidth, colorScheme};
        }""",
        pseudo,
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_selections_in_the_browser_are_marked_in_forced_colours(
    lab: LabPage, tmp_path: Path, scheme: str
) -> None:
    lab.page.emulate_media(forced_colors="active", color_scheme=scheme)  # type: ignore[arg-type]
    lab.open([BROWSER.format(path=str(tmp_path))])
    lab.run_all()
    browser = lab.output(0).locator(".modos-browser")
    lab.page.set_viewport_size({"width": 1400, "height": 1100})
    rows = browser.locator(".modos-objects .modos-row")
    rows.get_by_text("one", exact=True).click()
    chosen = browser.locator(".modos-objects .modos-row.modos-is-selected")
    expect(chosen).to_be_visible()
    lab.screenshot(f"forced-browser-{scheme}", browser)
    other = browser.locator(".modos-objects .modos-row:not(.modos-is-selected)").first
    assert look(chosen)["backgroundColor"] != look(other)["backgroundColor"]
    tabs = browser.get_by_role("tablist", name="Details")
    shown = tabs.locator("[role=tab][aria-selected=true]")
    expect(shown).to_be_visible()
    hidden = tabs.locator("[role=tab][aria-selected=false]").first
    assert look(shown)["backgroundColor"] != look(hidden)["backgroundColor"]
    lab.page.emulate_media(forced_colors="none", color_scheme="light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rows_changes_and_findings_of_a_table_are_marked_in_forced_colours(
    lab: LabPage, tmp_path: Path, scheme: str
) -> None:
    lab.page.emulate_media(forced_colors="active", color_scheme=scheme)  # type: ignore[arg-type]
    table = show_cohort(lab, tmp_path, 2)
    cell(table, 0, "name").click()
    paste(lab, "changed")
    expect(table.locator(".modos-table-foot")).to_contain_text("1 change in 1 object")
    cell(table, 1, "element").click()
    chosen = table.locator(".ag-row.modos-is-selected").first
    lab.screenshot(f"forced-table-{scheme}", table)
    other = table.locator(".ag-row:not(.modos-is-selected)").last
    assert look(chosen)["backgroundColor"] != look(other)["backgroundColor"]
    changed = table.locator(".ag-cell.modos-changed").first
    assert look(changed, "::before")["borderBottomWidth"] == "3px"
    warning = table.locator(".ag-cell.modos-has-warning").first
    assert look(warning, "::after")["borderBottomStyle"] == "dashed"
    lab.page.emulate_media(forced_colors="none", color_scheme="light")


def test_widgets_are_dark_in_a_dark_page(lab: LabPage, tmp_path: Path) -> None:
    table = show_cohort(lab, tmp_path, 1)
    assert look(table)["colorScheme"] == "light"
    lab.set_theme()
    assert look(table)["colorScheme"] == "dark"
    # other hosts say nothing on the body
    lab.page.evaluate("delete document.body.dataset.jpThemeLight")
    for scheme in ("light", "dark"):
        lab.page.evaluate("scheme => { document.body.style.colorScheme = scheme }", scheme)
        assert look(table)["colorScheme"] == scheme
    lab.page.evaluate("document.body.style.colorScheme = ''")
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
