"""One short journey in each host beside JupyterLab, where the long ones are made."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from modos_widgets import demo
from tests.parts import host_jobs
from tests.parts.lab import LabPage, new_page
from tests.parts.lab_server import LabServer
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, FilePayload, Locator

    from modos_widgets.demo import Deployment
    from tests.parts.app import App
    from tests.parts.lab import NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

BACKGROUND = "element => getComputedStyle(element).backgroundColor"


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with demo.start(protected=True) as running:
        yield running


def cells(deployment: Deployment) -> list[str]:
    return [host_jobs.WIDGETS.format(endpoint=deployment.endpoint), "browser", "panel"]


def attach(area: Locator) -> None:
    """In what is edited, add a sample by the form and attach an uploaded file, not committed."""
    browser = area.locator(".modos-browser")
    foot = browser.locator(".modos-edit-foot")
    table = browser.locator(".modos-metadata-table").first
    table.get_by_role("tab", name=re.compile("^Samples")).click()
    table.get_by_role("button", name="Add sample…").click()
    table.get_by_label("name", exact=True).fill("From another host")
    table.get_by_role("button", name="Add", exact=True).click()
    expect(foot).to_contain_text("in 1 object")
    expect(table.get_by_role("button", name="Cancel")).to_have_count(0)  # the form closes
    browser.get_by_role("tab", name="Files").click()
    browser.get_by_role("button", name="Attach files…").click()
    asked = browser.get_by_role("dialog")
    file: FilePayload = {"name": "host.cram", "mimeType": "", "buffer": b"CRAM" * 2**21}
    asked.locator("input[type=file]").set_input_files(file)  # two pieces
    attach = asked.get_by_role("button", name="Attach file", exact=True)
    expect(attach).to_be_enabled()
    attach.click()
    expect(browser.get_by_role("row").filter(has_text="host.cram")).to_contain_text("new")
    browser.get_by_role("tab", name="Metadata").click()


def test_notebook_7(notebook7: NotebookPage, deployment: Deployment) -> None:
    notebook7.open(cells(deployment))
    assert notebook7.page.evaluate("window.jupyterapp.name") == "Jupyter Notebook"
    notebook7.run_all()
    area = notebook7.output(1)
    host_jobs.sign_in(area, deployment)
    host_jobs.choose(area)
    assert notebook7.axe(".modos-browser") == []
    notebook7.screenshot("host-notebook-7")
    host_jobs.edit_and_commit(area, "Seen in Notebook")
    attach(area)
    assert notebook7.axe(".modos-browser") == []
    notebook7.screenshot("host-notebook-7-editing")
    host_jobs.copy(notebook7.output(2))


def test_jupyterlab_below_the_path_of_a_user(
    chromium: Browser, deployment: Deployment, tmp_path: Path
) -> None:
    server = LabServer(tmp_path / "hub", prefix="/user/ada")
    server.start()
    lab = LabPage(new_page(chromium), server)
    try:
        lab.open(cells(deployment))
        assert "/user/ada/lab/" in lab.page.url
        lab.run_all()
        area = lab.output(1)
        host_jobs.sign_in(area, deployment)
        host_jobs.choose(area)
        host_jobs.edit_and_commit(area, "Seen in JupyterLab")
        attach(area)
        lab.screenshot("host-jupyterlab-user")
        host_jobs.copy(lab.output(2))
        lab.page.context.close()
    finally:
        server.stop()
    lab.check()


def test_voila_by_the_app_without_any_theme_of_jupyterlabs(
    chromium: Browser, start_app: Callable[..., App], deployment: Deployment
) -> None:
    app = start_app(deployment.endpoint)
    watched = WatchedPage(new_page(chromium, color_scheme="light"))
    page = watched.page
    page.goto(app.url)
    area = page.locator("body")
    host_jobs.sign_in(area, deployment)
    host_jobs.choose(area)
    assert "token" not in page.url
    assert page.locator("#waiting").count() == 0
    variables = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color1')"
    assert page.evaluate(variables) == ""
    assert watched.axe("body") == []
    watched.screenshot("host-voila-light")
    browser = page.locator(".modos-browser")
    assert browser.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")  # the system's change is followed at once
    expect(browser).to_have_css("background-color", "rgb(20, 24, 31)")
    assert page.locator("body").evaluate(BACKGROUND) == "rgb(20, 24, 31)"
    assert watched.axe("body") == []
    watched.screenshot("host-voila-dark")
    host_jobs.edit_and_commit(area, "Seen in Voila")
    attach(area)
    assert watched.axe("body") == []
    watched.screenshot("host-voila-editing")
    watched.check()

    assert app.kernels() == 1
    page.reload()  # by the cookie; the page before says goodbye
    expect(page.locator(".modos-browser")).to_be_visible()
    page.close(run_before_unload=True)
    deadline = time.monotonic() + 60
    while app.kernels() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert app.kernels() == 0, "a kernel ends with its page"


def test_a_read_only_home_and_a_lost_network_stop_nothing_else(
    chromium: Browser, start_app: Callable[..., App]
) -> None:
    with demo.start() as deployment:
        nowhere = {f"XDG_{name}_HOME": "/dev/null/x" for name in ("CACHE", "STATE", "CONFIG")}
        app = start_app(deployment.endpoint, HOME="/dev/null", **nowhere)
        watched = WatchedPage(new_page(chromium))
        page = watched.page
        page.goto(app.url)
        host_jobs.choose(page.locator("body"))
        row = page.get_by_role("option").filter(has_text="P-0002").last
        row.hover()
        row.locator(".modos-star").click()
        expect(page.get_by_text("Favourites cannot be saved")).to_be_visible()
        expect(page.get_by_text("Set XDG_STATE_HOME")).to_be_visible()
    page.get_by_role("button", name="Refresh the list of objects").click()
    expect(page.get_by_text("cannot be reached").first).to_be_visible()
    watched.screenshot("host-voila-no-network")
    page.locator('[role=treeitem][data-path="data"] .modos-twist').click()
    expect(page.locator('[role=treeitem][data-path="data/rna_counts"]')).to_be_visible()
    watched.check()
    page.close(run_before_unload=True)
