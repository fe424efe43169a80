"""The main jobs in a real marimo: in its narrow column, in its shadow roots, light and dark."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from modos_widgets import create_modo, demo
from tests.parts import host_jobs
from tests.parts.host_server import serving
from tests.parts.lab import new_page
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

APP = """
# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
{widgets}
    tree = mo.ui.anywidget(modos_widgets.ZarrTree({folder!r}))
    return browser, mo, panel, tree


@app.cell
def _(browser):
    browser
    return


@app.cell
def _(panel):
    panel
    return


@app.cell
def _(tree):
    tree
    return


@app.cell
def _(mo, tree):
    mo.md("Selected: " + str(tree.value["value"]))
    return
"""


def test_marimo(chromium: Browser, tmp_path: Path) -> None:
    modo = create_modo(tmp_path / "study")
    draft = modo.edit()
    draft.add("sample/s1", {"name": "Seen by a cell"})
    draft.commit(force=True)
    with demo.start(protected=True) as deployment:
        widgets = host_jobs.WIDGETS.format(endpoint=deployment.endpoint)
        source = APP.format(
            widgets=textwrap.indent(widgets, "    "), folder=str(tmp_path / "study")
        )
        command = ("marimo", "run", "app.py", "--headless", "--no-token", "--port", "{port}")
        with serving(tmp_path / "server", *command, source=source) as address:
            watched = WatchedPage(new_page(chromium, color_scheme="light"))
            page = watched.page
            page.goto(address)
            area = page.locator("body")
            host_jobs.sign_in(area, deployment)
            host_jobs.choose(area)
            assert area.locator(".modos-browser").evaluate("each => each.clientWidth") < 800
            watched.screenshot("host-marimo-light")
            host_jobs.edit_and_commit(area, "Seen in marimo")
            host_jobs.copy(area)

            # a cell that uses the tree's value runs again when a node is selected
            tree = area.locator(".modos-zarr-tree").last
            tree.locator('[role=treeitem][data-path="sample"]').click()
            expect(area.get_by_text("Selected: sample", exact=True)).to_be_visible()

            page.emulate_media(color_scheme="dark")  # marimo follows the system, and the widgets it
            expect(area.locator(".modos-browser")).to_have_css(
                "background-color", "rgb(20, 24, 31)"
            )
            watched.screenshot("host-marimo-dark")
            watched.check()
            page.context.close()
