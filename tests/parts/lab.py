"""A real JupyterLab, and a page of it in a real Chromium.

Use the fixture ``lab``::

    def test_a_slider_is_shown(lab: LabPage) -> None:
        lab.open(["import ipywidgets", "ipywidgets.IntSlider(7)"])
        lab.run_all()
        expect(lab.output(1).locator(".widget-readout")).to_have_text("7")

The kernel imports this checkout. A test fails at its end when the page wrote an error to the
console or asked for anything from a host other than loopback; `allow_console` takes a pattern for
an error that the test provokes.
"""

from __future__ import annotations

import ast
import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.parts.lab_server import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

    from tests.parts.lab_server import LabServer

SCREENSHOTS = ROOT / "tests" / "screenshots"
LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}
LOCAL_SCHEMES = {"data", "blob", "about"}

# finds the notebook's panel among the open ones; `path` is the argument's first entry
PANEL = """
const app = window.jupyterapp;
const panel = [...app.shell.widgets('main')].find(each => each.context?.path === path);
"""

READY = f"""async ([path]) => {{
  await window.jupyterapp.restored;
  {PANEL}
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  app.shell.collapseLeft();
  app.shell.collapseRight?.();
}}"""

RUN_ALL = f"""async ([path]) => {{
  {PANEL}
  app.shell.activateById(panel.id);
  await app.commands.execute('notebook:run-all-cells');
}}"""

RESTART = f"""async ([path]) => {{
  {PANEL}
  await panel.sessionContext.restartKernel();
  await panel.sessionContext.session.kernel.info;
}}"""

OUTPUTS = f"""([path]) => {{
  {PANEL}
  return panel.content.model.toJSON().cells.map(cell => cell.outputs ?? []);
}}"""

# What a cell puts out may go astray while a widget's message is handled: the kernel then publishes
# it as that message's. The reply itself cannot, so what is wanted travels in there.
DEFINE = """
def _lab_run(code):
    import ast, contextlib, io
    from IPython.lib.pretty import pretty
    tree, names, value = ast.parse(code), get_ipython().user_ns, None
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, '<lab>', 'exec'), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), '<lab>', 'eval'), names)
    return printed.getvalue() + ('' if value is None else pretty(value))
"""

EXECUTE = f"""async ([path, define, call]) => {{
  {PANEL}
  const kernel = panel.sessionContext.session.kernel;
  const asked = {{code: define, silent: true, user_expressions: {{text: call}}}};
  const reply = (await kernel.requestExecute(asked).done).content;
  if (reply.status !== 'ok') return {{text: '', error: reply.traceback.join('\\n')}};
  const {{status, data, traceback}} = reply.user_expressions.text;
  return status === 'ok'
    ? {{text: data['text/plain'], error: null}} : {{text: '', error: traceback.join('\\n')}};
}}"""

SAVE = f"""async ([path]) => {{ {PANEL} await panel.context.save(); }}"""

THEME = """async ([theme]) => {
  if (document.body.dataset.jpThemeName === theme) return;
  await window.jupyterapp.commands.execute('apputils:change-theme', {theme});
}"""

AXE = """async ([selector, rules]) => {
  const target = document.querySelector(selector);
  if (!target) throw new Error(`nothing matches ${selector}`);
  const options = {rules: Object.fromEntries(rules.map(rule => [rule, {enabled: false}]))};
  const found = await window.axe.run(target, options);
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


class LabPage:
    """One page of JupyterLab with one notebook open in it.

    Attributes
    ----------
    page : playwright.sync_api.Page
        For everything that this class has no word for.
    console_errors : list of str
        Errors that the page wrote to the console, and uncaught exceptions.
    foreign_requests : list of str
        Addresses asked for that are not on loopback.
    """

    def __init__(self, page: Page, server: LabServer) -> None:
        self.page = page
        self.server = server
        self.console_errors: list[str] = []
        self.foreign_requests: list[str] = []
        self.path = ""
        self._allowed: list[re.Pattern[str]] = []
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.console_errors.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._note_address(request.url))
        page.on("websocket", lambda socket: self._note_address(socket.url))

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url', '')})")

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

    def open(self, cells: Sequence[str], *, name: str = "") -> None:
        """Write a notebook of these code cells and open it, its kernel ready."""
        import nbformat  # noqa: PLC0415  heavy

        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        self.open_notebook(notebook, name=name)

    def open_notebook(self, notebook: Any, *, name: str = "") -> None:
        """Put this notebook (an nbformat node, or the path of one) on the server and open it."""
        import nbformat  # noqa: PLC0415  heavy

        if isinstance(notebook, Path):
            name = name or notebook.name
            notebook = nbformat.read(notebook, as_version=4)
        self.path = name or f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(notebook, self.server.notebooks / self.path)
        workspace = secrets.token_hex(4)
        self.page.goto(
            f"{self.server.url}/lab/workspaces/{workspace}/tree/{self.path}?token={self.server.token}"
        )
        self.page.wait_for_function(
            f"path => {{ if (!window.jupyterapp) return false; {PANEL} return Boolean(panel); }}",
            arg=self.path,
            timeout=60_000,
        )
        self._do(READY)

    def _do(self, script: str, *arguments: Any, seconds: float = 60) -> Any:
        slow = f"new Promise((_, no) => setTimeout(() => no('{seconds} s are over'), {seconds}e3))"
        return self.page.evaluate(
            f"given => Promise.race([({script})(given), {slow}])", [self.path, *arguments]
        )

    def run_all(self, *, seconds: float = 90, errors: bool = False) -> None:
        """Run all cells and wait until they are done; a cell's error fails unless `errors`."""
        self._do(RUN_ALL, seconds=seconds)
        raised = [
            "\n".join(output["traceback"])
            for outputs in self.outputs()
            for output in outputs
            if output["output_type"] == "error"
        ]
        assert errors or not raised, "a cell raised:\n" + "\n".join(raised)

    def outputs(self) -> list[list[dict[str, Any]]]:
        """Give the saved form of every cell's outputs."""
        outputs: list[list[dict[str, Any]]] = self._do(OUTPUTS)
        return outputs

    def cell(self, number: int) -> Locator:
        """Give a cell as the page shows it, counted from 0."""
        return self.page.locator(".jp-Notebook:visible .jp-Cell").nth(number)

    def output(self, number: int) -> Locator:
        """Give what a cell put out, as the page shows it."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def python(self, code: str) -> str:
        """Run code in the notebook's kernel, unseen; give what it printed and its last value."""
        answer: Mapping[str, str | None] = self._do(EXECUTE, DEFINE, f"_lab_run({code!r})")
        assert answer["error"] is None, f"{code!r} raised:\n{answer['error']}"
        return str(ast.literal_eval(answer["text"] or "''")).strip()

    def expect_python(self, code: str, expected: str, *, seconds: float = 20) -> None:
        """Wait until the code gives this in the kernel: a click's message may come after a cell."""
        end = time.monotonic() + seconds
        while (found := self.python(code)) != expected and time.monotonic() < end:
            time.sleep(0.1)
        assert found == expected, f"{code} is {found}, not {expected}"

    def restart_kernel(self) -> None:
        self._do(RESTART)

    def save(self) -> dict[str, Any]:
        """Save the notebook, and give what is in the file."""
        self._do(SAVE)
        saved: dict[str, Any] = json.loads((self.server.notebooks / self.path).read_text())
        return saved

    def set_width(self, width: int, height: int = 900) -> None:
        """Set the window's size in CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": height})

    def set_theme(self, theme: str = "JupyterLab Dark") -> None:
        """Change the theme; "JupyterLab Light" is set at every start."""
        self.page.evaluate(THEME, [theme])
        self.page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=theme
        )
        # JupyterLab takes its splash away 200 ms later, and errs when it is shown again before
        self.page.wait_for_function("() => !document.getElementById('jupyterlab-splash')")
        self.page.wait_for_timeout(250)

    def screenshot(self, name: str, target: Locator | None = None) -> Path:
        """Save a picture of the page, or of a part of it, in tests/screenshots (git-ignored)."""
        path = SCREENSHOTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        (target or self.page).screenshot(path=path, animations="disabled")
        return path

    def axe(self, selector: str, *, without: Sequence[str] = ()) -> list[Violation]:
        """Give what axe-core finds in the first element that matches the CSS selector."""
        script = ROOT / "node_modules" / "axe-core" / "axe.min.js"
        assert script.is_file(), "axe-core is missing: `npm ci` installs it"
        if not self.page.evaluate("() => Boolean(window.axe)"):
            self.page.evaluate(script.read_text())
        found = self.page.evaluate(AXE, [selector, list(without)])
        return [Violation(**each) for each in found]


_PATIENCE = (
    30_000  # ms: a machine that runs other tests as well is slow, and nothing is proved by that
)


@pytest.fixture
def lab(chromium: Browser, lab_server: LabServer) -> Iterator[LabPage]:
    """Give a page of JupyterLab, 1400 x 900; its kernels end with the test."""
    from playwright.sync_api import expect  # noqa: PLC0415  heavy

    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(_PATIENCE)
    expect.set_options(timeout=_PATIENCE)
    opened = LabPage(context.new_page(), lab_server)
    yield opened
    if opened.path:
        opened.page.evaluate(THEME, ["JupyterLab Light"])
    context.close()
    lab_server.end_kernels()
    opened.check()
