"""What a newcomer sees first: the demo in JupyterLab, and the app with nothing chosen."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.parts.checkout import ROOT
from tests.parts.lab import new_page
from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator, Page

    from tests.parts.app import App

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FIRST = "01_find_and_browse.ipynb"


def first_object(page: Page) -> Locator:
    """Return an object that the Browser of a page lists."""
    return page.locator('.modos-browser .modos-overview [data-path$="/P-0001"]')


@pytest.fixture
def watched(chromium: Browser) -> WatchedPage:
    return WatchedPage(new_page(chromium))


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Return a file that gets the addresses that a browser is asked to open, one a line."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path / "note"}\n')
    browser.chmod(0o755)
    return tmp_path / "note"


def test_the_demo_opens_on_the_browser_of_objects(
    watched: WatchedPage, start_app: Callable[..., App]
) -> None:
    copies = ROOT / "modos-notebooks"
    demo = start_app(command="demo")
    endpoint, folder, _ = demo.lines
    assert endpoint.startswith("Endpoint")
    assert folder.startswith(f"Notebooks    {copies}  ")
    page = watched.page
    page.goto(demo.url)
    browser = page.locator(".modos-browser")
    expect(first_object(page)).to_be_visible()
    expect(browser).to_be_in_viewport(ratio=0.9)
    watched.screenshot("first-demo")
    first_object(page).click()
    expect(browser.locator('[role=treeitem][data-path="sample"]')).to_be_visible()
    watched.check()


def test_running_all_cells_keeps_the_browser_in_view(
    watched: WatchedPage, start_app: Callable[..., App]
) -> None:
    demo = start_app(command="demo")
    page = watched.page
    page.goto(demo.url)
    expect(first_object(page)).to_be_visible()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = page.locator(".jp-Notebook .jp-CodeCell").last.locator(".jp-InputPrompt")
    expect(last).to_have_text(re.compile(r"\[\d+\]"))
    expect(page.locator(".modos-browser")).to_be_in_viewport(ratio=0.9)
    watched.check()


def test_an_edited_copy_is_not_run_by_itself(
    watched: WatchedPage, start_app: Callable[..., App]
) -> None:
    copy = ROOT / "modos-notebooks" / FIRST
    start_app(command="demo").stop()
    kept = copy.read_text()
    try:
        copy.write_text(kept.replace("import os", "import os  # mine"))
        demo = start_app(command="demo")
        watched.page.goto(demo.url)
        expect(watched.page.get_by_text("# mine")).to_be_visible()
        watched.page.wait_for_timeout(5_000)
        expect(watched.page.locator(".modos-browser")).to_have_count(0)
    finally:
        copy.write_text(kept)


def test_the_app_with_nothing_chosen_offers_the_demo(
    watched: WatchedPage, start_app: Callable[..., App]
) -> None:
    app = start_app()
    page = watched.page
    page.goto(app.url)
    expect(page).to_have_title("modos_widgets")
    expect(page.get_by_role("heading", name="modos_widgets")).to_be_visible()
    expect(page.get_by_text("No endpoint chosen", exact=True)).to_be_visible()
    assert watched.axe("body") == []
    watched.screenshot("first-app")
    expect(page.get_by_role("button", name="Open the notebooks")).to_have_count(0)  # --no-browser
    page.get_by_role("button", name="Try the demo").click()
    expect(first_object(page)).to_be_visible()
    expect(page).to_have_title("Demo - modos_widgets")
    assert page.url.endswith("/?demo")
    assert watched.axe("body") == []
    watched.screenshot("first-app-demo")
    page.reload()
    expect(first_object(page)).to_be_visible()
    page.emulate_media(color_scheme="dark")
    assert watched.axe("body") == []
    watched.screenshot("first-app-demo-dark")
    watched.set_width(420)
    watched.screenshot("first-app-demo-420")
    page.get_by_role("link", name="Leave the demo").click()
    expect(page.get_by_text("No endpoint chosen", exact=True)).to_be_visible()
    watched.check()


def test_the_app_opens_the_notebooks_in_the_users_browser(
    chromium: Browser, watched: WatchedPage, start_app: Callable[..., App], note: Path
) -> None:
    app = start_app(BROWSER=f"{note.with_name('browser')} %s")
    page = watched.page
    page.goto(app.url)
    button = page.get_by_role("button", name="Open the notebooks")
    button.click()
    expect(page.get_by_text(f"Copying notebooks to {ROOT / 'modos-notebooks'}")).to_be_visible()
    expect(page.get_by_text("JupyterLab is open in another tab.")).to_be_visible()
    deadline = time.monotonic() + 30
    while len(note.read_text().splitlines()) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    opened = note.read_text().splitlines()[1]
    token = re.search(r"token=(\w+)", Path(urlsplit(opened).path).read_text())
    assert token
    assert token[1] not in page.content(), "a page never learns how to run code"
    lab = WatchedPage(new_page(chromium))
    lab.page.goto(opened)
    expect(first_object(lab.page)).to_be_visible()
    watched.check()
    lab.check()


def test_a_page_of_another_site_starts_nothing(start_app: Callable[..., App]) -> None:
    import requests  # noqa: PLC0415 - this test only

    app = start_app()
    with requests.Session() as session:
        address, _, _ = app.url.partition("/?token=")
        session.get(app.url, timeout=60)
        answer = session.post(f"{address}/modos/start/demo", timeout=60)
        assert answer.status_code == 403
        assert requests.post(f"{address}/modos/start/demo", timeout=60).status_code == 403
