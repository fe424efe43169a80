"""Take the pictures of the documentation from the running product.

``make screenshots`` calls it: a real JupyterLab, the demo deployment, a real Chromium.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.parts.lab_script import open_lab

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.parts.lab import LabPage

FOLDER = Path(__file__).resolve().parent
CELLS = [
    "import modos_widgets as modos\n\ndeployment = modos.demo.start()",
    "browser = modos.browse(endpoint=deployment.endpoint)\nbrowser",
    """\
paths = modos.remote.list_remote_items(deployment.endpoint)
draft = modos.edit([path for path in paths if "/smoc/" in path], endpoint=deployment.endpoint)
findings = draft.validate()
draft.apply_fixes([*findings.of_code("dangling_link"), *findings.of_code("scalar_for_list")])
modos.MetadataTable(draft, editable=True)""",
]


def open_an_object(lab: LabPage, browser: Locator) -> None:
    """Open the third patient, and in its tree the samples; their metadata are shown beside it."""
    browser.locator('.modos-overview [data-path$="/P-0003"]').click()
    browser.locator('[role=treeitem][data-path="sample"] .modos-twist').click()
    show_element(browser)
    lab.python("browser.picker.check()")  # the first answers of a new server are slow
    expect(browser.locator(".modos-dots")).not_to_contain_text(re.compile("slow|checking"))


def show_element(browser: Locator) -> None:
    """Select the sample again, whose row is out of sight after a change of the theme."""
    for sample in ("sample/s02", "sample/s01"):
        browser.locator(f'[role=treeitem][data-path="{sample}"]').click()
        row = browser.get_by_role("row").filter(has_text=re.compile(f"^{sample}"))
        expect(row).to_be_visible()


def show_errors(table: Locator) -> None:
    """Filter the table to its errors, with the first of them away from the edge."""
    table.get_by_role("button", name=re.compile("error")).first.click()
    expect(table.locator(".modos-bubble")).to_be_visible()  # the first error has the focus
    for key in ("ArrowRight", "ArrowLeft"):
        for _ in range(3):
            table.page.keyboard.press(key)
    show_finding(table)


def show_finding(table: Locator) -> None:
    """Show the finding of the first error again, which scrolling and another theme hide."""
    keyboard = table.page.keyboard
    keyboard.press("ArrowDown")
    table.page.wait_for_timeout(500)  # the grid reports the focus a moment late
    keyboard.press("ArrowUp")
    expect(table.locator(".modos-bubble")).to_be_visible()


def take(lab: LabPage, name: str, picture: Locator, arrange: Callable[[], object]) -> None:
    """Save a picture in both themes; `arrange` is called before each."""
    for theme in ("Dark", "Light"):
        lab.set_theme(f"JupyterLab {theme}")
        arrange()
        path = FOLDER / f"{name}-{theme.lower()}.png"
        picture.screenshot(path=path, animations="disabled")
        print(path.name)


def main() -> None:
    """Save the browser and the table beside this file, in the light and the dark theme."""
    with open_lab(viewport={"width": 1440, "height": 1000}, device_scale_factor=2) as lab:
        lab.open(CELLS)
        lab.run_all()
        browser = lab.output(1).locator(".modos-browser")
        table = lab.output(2).locator(".modos-metadata-table")
        open_an_object(lab, browser)
        take(lab, "browser", browser, lambda: show_element(browser))
        show_errors(table)
        take(lab, "table", table, lambda: show_finding(table))


if __name__ == "__main__":
    main()
