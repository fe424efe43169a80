"""A real Firefox, driven by ``firefox.mjs``, and the main jobs in it."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.parts.host_jobs import Code
from tests.parts.watched_page import LOCAL_SCHEMES, LOOPBACK, SCREENSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.demo import Deployment

_SCRIPT = Path(__file__).with_name("firefox.mjs")
_BROWSER = ".modos-browser"
_HEAD = f"{_BROWSER} .modos-top-login"
_FOOT = f"{_BROWSER} .modos-edit-foot"
_PANEL = ".modos-transfer-panel"


class Firefox:
    """One page of Firefox."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, what: str, **given: Any) -> Any:
        """Do one thing that the script knows, and return its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"what": what, **given}) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "Firefox has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def click(self, selector: str, text: str | None = None, **given: Any) -> None:
        self.do("click", selector=selector, text=text, **given)

    def press_button(self, place: str, name: str) -> None:
        self.click(f"{place} button", name, exact=True)

    def expect(self, selector: str, text: str, seconds: int = 60) -> str:
        """Wait until an element in sight contains the text, and return what it says."""
        return str(self.do("text", selector=selector, text=text, seconds=seconds))

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.do("screenshot", path=str(SCREENSHOTS / f"{name}.png"))

    def check(self) -> None:
        """Fail on errors in the console, and on requests that left the machine."""
        seen = self.do("seen")
        assert seen["errors"] == []
        addresses = map(urlsplit, seen["requests"])
        assert [
            address.geturl()
            for address in addresses
            if address.scheme not in LOCAL_SCHEMES and (address.hostname or "") not in LOOPBACK
        ] == []

    # -- the jobs of tests/parts/host_jobs.py ---------------------------------------------------

    def sign_in(self, deployment: Deployment) -> None:
        self.press_button(_HEAD, "Sign in")
        code = self.expect(f"{_BROWSER} .modos-user-code", "-")
        deployment.approve(Code(code.strip()))
        self.expect(_HEAD, "Ada Curator")

    def choose(self) -> None:
        self.click('.modos-overview [data-path$="/P-0001"]')
        self.click('[role=treeitem][data-path="sample"] .modos-twist')
        self.click('[role=treeitem][data-path="sample/tumor"]')
        self.expect(f"{_BROWSER} .ag-row", "Liver metastasis")
        self.expect(".modos-element", "sample/tumor")

    def edit_and_commit(self, name: str) -> None:
        self.press_button(_BROWSER, "Edit")
        self.expect(_FOOT, "No changes")
        self.click(".modos-table-holder .ag-row .ag-cell", "Liver metastasis", count=2)
        self.do("chord", modifier="Control", key="a")
        self.do("type", text=name)
        self.do("press", key="Enter")
        self.expect(_FOOT, "1 change in 1 object")
        self.press_button(_FOOT, "Commit…")
        self.expect(f"{_BROWSER} dialog[open]", name)
        self.click(f"{_BROWSER} dialog[open] button", "Commit 1 change")
        self.press_button(f"{_BROWSER} dialog[open]", "Done")
        self.expect(_FOOT, "No changes")
        self.expect('[role=treeitem][data-path="sample/tumor"]', name)

    def copy(self) -> None:
        self.press_button(_PANEL, "Compare")
        self.expect(f"{_PANEL} [role=status]", "to copy")
        self.press_button(_PANEL, "Copy")
        self.expect(f"{_PANEL} [role=status]", "Done")


@contextmanager
def running_firefox() -> Iterator[Firefox]:
    """Start Firefox, and end it afterwards."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "no Firefox: Debian's package firefox-esr is one"
    modules = _SCRIPT.with_name("node_modules")
    assert modules.is_dir(), "packages are missing: run npm ci in tests/hosts, or make hosts"
    process = subprocess.Popen(
        ["node", str(_SCRIPT), program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_SCRIPT.parent,
    )
    try:
        firefox = Firefox(process)
        assert firefox.answer() == "ready"
        yield firefox
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stdout.close()
