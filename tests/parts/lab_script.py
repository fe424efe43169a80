"""JupyterLab and Chromium for a program that is not a test: benchmarks and screenshots."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tests.parts.chromium import ARGUMENTS, find_chromium
from tests.parts.lab import LabPage
from tests.parts.lab_server import LabServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def open_lab(**options: Any) -> Iterator[LabPage]:
    """Start JupyterLab and Chromium, and end both afterwards.

    Parameters
    ----------
    **options
        Options of the browser's context, such as ``viewport``.
    """
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LabServer(Path(folder) / "server", environment={"MODOS_HINTS": "0"})
        server.start()
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(playwright.chromium), args=ARGUMENTS
        )
        try:
            yield LabPage(chromium.new_context(**options).new_page(), server)
        finally:
            chromium.close()
            server.stop()
