"""Take the pictures of the documentation from the running product.

``make screenshots`` calls it: a real JupyterLab, the demo deployment, a real Chromium.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

from tests.parts.chromium import ARGUMENTS, find_chromium
from tests.parts.lab import LabPage
from tests.parts.lab_server import LabServer

if TYPE_CHECKING:
    from playwright.sync_api import Locator

FOLDER = Path(__file__).resolve().parent
CELLS = [
    "import modos_widgets as modos\n\ndeployment = modos.demo.start()",
    "modos.browse(endpoint=deployment.endpoint)",
    """\
paths = modos.remote.list_remote_items(deployment.endpoint)
draft = modos.edit([path for path in paths if "/smoc/" in path], endpoint=deployment.endpoint)
findings = draft.validate()
draft.apply_fixes([*findings.of_code("dangling_link"), *findings.of_code("scalar_for_list")])
modos.MetadataTable(draft, editable=True)""",
]


def open_an_object(browser: Locator) -> None:
    """Open the third patient, and in its tree the samples; their metadata are shown beside it."""
    browser.get_by_role("option").filter(has_text="P-0003").click()
    browser.locator('[role=treeitem][data-path="sample"] .modos-twist').click()
    browser.locator('[role=treeitem][data-path="sample/s01"]').click()
    row = browser.get_by_role("row").filter(has_text=re.compile("^sample/s01"))
    expect(row).to_be_visible()


def show_errors(table: Locator) -> None:
    """Filter the table to its errors, and show the first of them away from the edge."""
    bubble = table.locator(".modos-bubble")
    table.get_by_role("button", name=re.compile("error")).first.click()
    expect(bubble).to_be_visible()  # the first error has the focus
    for key in ("ArrowRight", "ArrowLeft"):
        for _ in range(3):
            table.page.keyboard.press(key)
            table.page.wait_for_timeout(200)  # the grid reports the focus a moment late
    expect(bubble).to_be_visible()


def main() -> None:
    """Save the browser and the table beside this file, in the light and the dark theme."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LabServer(Path(folder) / "server")
        server.start()
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(playwright.chromium), args=ARGUMENTS
        )
        try:
            context = chromium.new_context(
                viewport={"width": 1440, "height": 1000}, device_scale_factor=2
            )
            lab = LabPage(context.new_page(), server)
            lab.open(CELLS)
            lab.run_all()
            table = lab.output(2).locator(".modos-metadata-table")
            scenes = (
                ("browser", lab.output(1), lambda: open_an_object(lab.output(1))),
                ("table", table, lambda: show_errors(table)),
            )
            for name, picture, arrange in scenes:
                arrange()
                for theme in ("Dark", "Light"):
                    lab.set_theme(f"JupyterLab {theme}")
                    path = FOLDER / f"{name}-{theme.lower()}.png"
                    picture.screenshot(path=path, animations="disabled")
                    print(path.name)
        finally:
            chromium.close()
            server.stop()


if __name__ == "__main__":
    main()
