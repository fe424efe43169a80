"""The main jobs in a real Shiny, on its own server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.parts import host_jobs
from tests.parts.host_server import serving
from tests.parts.lab import new_page
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from modos_widgets.demo import Deployment

pytestmark = [pytest.mark.host, pytest.mark.timeout(300)]

APP = """
from shiny.express import ui
from shinywidgets import render_widget
{widgets}

@render_widget
def shown_browser():
    return browser


@render_widget
def shown_panel():
    return panel
"""


def test_shiny(chromium: Browser, deployment: Deployment, tmp_path: Path) -> None:
    source = APP.format(widgets=host_jobs.WIDGETS.format(endpoint=deployment.endpoint))
    command = ("shiny", "run", "app.py", "--port", "{port}")
    with serving(tmp_path / "server", *command, source=source) as address:
        watched = WatchedPage(new_page(chromium))
        watched.allow_console("favicon.ico")
        watched.page.goto(address)
        area = watched.page.locator("body")
        host_jobs.sign_in(area, deployment)
        host_jobs.choose(area)
        watched.screenshot("host-shiny")
        host_jobs.edit_and_commit(area, "Seen in Shiny")
        host_jobs.copy(area)
        watched.check()
        watched.page.context.close()
