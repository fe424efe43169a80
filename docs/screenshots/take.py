"""Takes the pictures of the documentation from the running product.

``make screenshots`` calls it: a real JupyterLab, the demo deployment, a real Chromium.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.parts.chromium import ARGUMENTS, find_chromium
from tests.parts.lab import LabPage
from tests.parts.lab_server import LabServer

FOLDER = Path(__file__).resolve().parent
CELLS = [
    "import modos_widgets as modos\n\ndeployment = modos.demo.start()",
    "modos.browse(endpoint=deployment.endpoint)",
]


def open_an_object(lab: LabPage) -> None:
    """Open the third patient, and in its tree the samples; their metadata are shown beside it."""
    browser = lab.output(1)
    browser.get_by_role("option").filter(has_text="P-0003").click()
    browser.locator('[role=treeitem][data-path="sample"] .modos-twist').click()
    browser.locator('[role=treeitem][data-path="sample/s01"]').click()
    row = browser.get_by_role("row").filter(has_text=re.compile("^sample/s01"))
    expect(row).to_be_visible()


def main() -> None:
    """Save browser-light.png and browser-dark.png beside this file."""
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
            open_an_object(lab)
            for theme in ("Light", "Dark"):
                lab.set_theme(f"JupyterLab {theme}")
                path = FOLDER / f"browser-{theme.lower()}.png"
                lab.output(1).screenshot(path=path, animations="disabled")
                print(path.name)
        finally:
            chromium.close()
            server.stop()


if __name__ == "__main__":
    main()
