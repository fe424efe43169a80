"""A real Chromium, driven by Playwright.

Playwright's driver keeps an event loop in the thread that started it, and no other loop may run
there at that time. So the browser is closed before the first module that does not use it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    # a page that asks for another host gets nothing, and the test that opened it fails
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find_chromium(driver: BrowserType) -> str:
    """Return the path of Chromium: of MODOS_CHROMIUM, on the PATH, or Playwright's own."""
    named = [os.environ.get("MODOS_CHROMIUM"), *map(shutil.which, NAMES), driver.executable_path]
    for candidate in named:
        if candidate and Path(candidate).is_file():
            return candidate
    raise RuntimeError("no Chromium: `make chromium` installs one, MODOS_CHROMIUM names another")


RUNNING = pytest.StashKey[ExitStack]()
BROWSER = pytest.StashKey["Browser"]()


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> ExitStack:
    """Return the stack of what is closed with the browser."""
    return request.config.stash.setdefault(RUNNING, ExitStack())


@pytest.fixture(scope="module")
def chromium(request: pytest.FixtureRequest, running: ExitStack) -> Browser:
    """Return a running headless Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  heavy

    stash = request.config.stash
    if BROWSER not in stash:
        playwright = running.enter_context(sync_playwright())
        path = find_chromium(playwright.chromium)
        stash[BROWSER] = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        running.callback(stash[BROWSER].close)
    return stash[BROWSER]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Close the browser before a module that does not use it."""
    stash = item.config.stash
    goes_on = nextitem is not None and (
        nextitem.path == item.path or "chromium" in getattr(nextitem, "fixturenames", ())
    )
    if not goes_on and RUNNING in stash:
        stash[RUNNING].close()
        del stash[RUNNING]
        if BROWSER in stash:
            del stash[BROWSER]


def main() -> None:
    """Return where Chromium is, or fail: the question that `make chromium` asks."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  heavy

    with sync_playwright() as playwright:
        print(find_chromium(playwright.chromium))  # noqa: T201


if __name__ == "__main__":
    main()
