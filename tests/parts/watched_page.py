"""A page of a real Chromium that is watched: what it wrote to the console, whom it asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, WebSocket

SCREENSHOTS = ROOT / "tests" / "screenshots"
LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}
LOCAL_SCHEMES = {"data", "blob", "about"}

AXE = """async selector => {
  const target = document.querySelector(selector);
  if (!target) throw new Error(`nothing matches ${selector}`);
  const found = await window.axe.run(target);
  return found.violations.map(({id, impact, help, nodes}) =>
    ({id, impact, help, nodes: nodes.map(node => `${node.html} ${node.failureSummary}`)}));
}"""


@dataclass(frozen=True)
class Violation:
    """A rule of accessibility that a page breaks, as axe-core tells it."""

    id: str
    impact: str
    help: str
    nodes: list[str]


class WatchedPage:
    """A page, and what was seen of it.

    Attributes
    ----------
    page : playwright.sync_api.Page
        For everything that this class has no word for.
    console_errors : list of str
        Errors that the page wrote to the console, and uncaught exceptions.
    foreign_requests : list of str
        Addresses asked for that are not on loopback.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.console_errors: list[str] = []
        self.foreign_requests: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        page.on("console", self._note_console)
        page.on("pageerror", self._note_exception)
        page.on("request", self._note_request)
        page.on("websocket", self._note_socket)

    def unwatch(self) -> None:
        """Note no more of what the page does."""
        self.page.remove_listener("console", self._note_console)
        self.page.remove_listener("pageerror", self._note_exception)
        self.page.remove_listener("request", self._note_request)
        self.page.remove_listener("websocket", self._note_socket)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_exception(self, error: Error) -> None:
        self.console_errors.append(f"uncaught: {error}")

    def _note_request(self, request: Request) -> None:
        self._note_address(request.url)

    def _note_socket(self, socket: WebSocket) -> None:
        self._note_address(socket.url)

    def _note_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in LOCAL_SCHEMES and (parts.hostname or "") not in LOOPBACK:
            self.foreign_requests.append(address)

    def allow_console(self, pattern: str) -> None:
        """Let console errors that match the pattern pass."""
        self._allowed.append(re.compile(pattern))

    def check(self) -> None:
        """Fail on console errors that were not allowed, and on requests that left the machine."""
        errors = [
            error
            for error in self.console_errors
            if not any(each.search(error) for each in self._allowed)
        ]
        assert not errors, "the page wrote errors to the console:\n" + "\n".join(errors)
        assert not self.foreign_requests, f"the page left this machine: {self.foreign_requests}"

    def set_width(self, width: int, height: int = 900) -> None:
        """Set the window's size in CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": height})

    def screenshot(self, name: str, target: Locator | None = None) -> Path:
        """Save a picture of the page, or of a part of it, in tests/screenshots (git-ignored)."""
        path = SCREENSHOTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        (target or self.page).screenshot(path=path, animations="disabled")
        return path

    def axe(self, selector: str) -> list[Violation]:
        """Return what axe-core finds in the first element that matches the CSS selector."""
        script = ROOT / "node_modules" / "axe-core" / "axe.min.js"
        assert script.is_file(), "axe-core is missing: `npm ci` installs it"
        if not self.page.evaluate("() => Boolean(window.axe)"):
            self.page.evaluate(script.read_text())
        found = self.page.evaluate(AXE, selector)
        return [Violation(**each) for each in found]
