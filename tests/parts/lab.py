"""A real JupyterLab, and a page of it in a real Chromium.

Use the fixture ``lab``::

    def test_a_slider_is_shown(lab: LabPage) -> None:
        lab.open(["import ipywidgets", "ipywidgets.IntSlider(7)"])
        lab.run_all()
        expect(lab.output(1).locator(".widget-readout")).to_have_text("7")

The kernel imports this checkout. A test fails at its end when the page wrote an error to the
console or asked for anything from a host other than loopback; `allow_console` takes a pattern for
an error that the test provokes.

Tests share one page of JupyterLab, since loading it costs more than most tests do:
each opens a notebook of its own there, with a kernel of its own, and closes it. After a test that
fails there is a new page.
"""

from __future__ import annotations

import ast
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parts.watched_page import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from playwright.sync_api import Browser, Locator, Page

    from tests.parts.lab_server import LabServer

# finds the notebook's panel among the open ones; `path` is the argument's first entry
PANEL = """
const app = window.jupyterapp;
const panel = [...app.shell.widgets('main')].find(each => each.context?.path === path);
"""

OPEN = """async ([path]) => {
  await window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
}"""

# without questions: what is not saved is lost
CLOSE = """() => {
  for (const each of [...window.jupyterapp.shell.widgets('main')]) each.dispose();
}"""

READY = f"""async ([path]) => {{
  await window.jupyterapp.restored;
  {PANEL}
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  app.shell.collapseLeft?.();
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


class LabPage(WatchedPage):
    """One page of JupyterLab with one notebook open in it."""

    def __init__(self, page: Page, server: LabServer) -> None:
        super().__init__(page)
        self.server = server
        self.path = ""

    def address(self) -> str:
        """Return the URL, without the token, under which the notebook opens."""
        return f"{self.server.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{self.path}"

    def open(self, cells: Sequence[str], *, name: str = "") -> None:
        """Write a notebook of these code cells and open it, its kernel ready."""
        import nbformat  # noqa: PLC0415  heavy

        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        self.open_notebook(notebook, name=name)

    def open_notebook(self, notebook: Any, *, name: str = "", kernel: bool = True) -> None:
        """Put this notebook (an nbformat node, or the path of one) on the server and open it.

        Without `kernel` it is opened only to be read; its metadata must name a kernel and a
        language that are not there, so that JupyterLab asks.
        """
        import nbformat  # noqa: PLC0415  heavy

        if isinstance(notebook, Path):
            name = name or notebook.name
            notebook = nbformat.read(notebook, as_version=4)
        self.path = name or f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(notebook, self.server.notebooks / self.path)
        self._show()
        if kernel:
            self._do(READY)
        else:
            asked = self.page.locator(".jp-Dialog")  # the status bar has a button of that name
            asked.get_by_role("button", name="No Kernel", exact=True).click()

    def join(self, path: str) -> None:
        """Open a notebook that is on the server, and may be open in another page too."""
        self.path = path
        self._show()
        self._do(READY)

    def _show(self) -> None:
        if self.page.url == "about:blank":
            self.page.goto(f"{self.address()}?token={self.server.token}")
        else:
            self._do(OPEN)
        self.page.wait_for_function(
            f"path => {{ if (!window.jupyterapp) return false; {PANEL} return Boolean(panel); }}",
            arg=self.path,
            timeout=60_000,
        )

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
        """Return the saved form of every cell's outputs."""
        outputs: list[list[dict[str, Any]]] = self._do(OUTPUTS)
        return outputs

    def cell(self, number: int) -> Locator:
        """Return a cell as the page shows it, counted from 0."""
        return self.page.locator(".jp-Notebook:visible .jp-Cell").nth(number)

    def output(self, number: int) -> Locator:
        """Return what a cell put out, as the page shows it."""
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

    def close(self) -> None:
        """Close what is open, and end the kernels; the page is as it was when it was loaded."""
        self.page.keyboard.press("Escape")
        self.page.evaluate(THEME, ["JupyterLab Light"])
        self.page.evaluate(CLOSE)
        self.server.end_kernels()
        self.page.mouse.move(0, 0)
        self.page.emulate_media(forced_colors="none", reduced_motion="no-preference")
        self.page.context.clear_permissions()
        self.set_width(*SIZE)

    def set_theme(self, theme: str = "JupyterLab Dark") -> None:
        """Change the theme; "JupyterLab Light" is set at every start."""
        self.page.evaluate(THEME, [theme])
        self.page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=theme
        )
        # JupyterLab takes its splash away 200 ms later, and errs when it is shown again before
        self.page.wait_for_function("() => !document.getElementById('jupyterlab-splash')")
        self.page.wait_for_timeout(250)


class NotebookPage(LabPage):
    """One page of Notebook 7, which the same server gives."""

    def address(self) -> str:
        return f"{self.server.url}/notebooks/{self.path}"


PATIENCE = (
    30_000  # ms: a machine that runs other tests as well is slow, and nothing is proved by that
)
SIZE = (1400, 900)


def new_page(chromium: Browser, **options: Any) -> Page:
    """Return a page of 1400 x 900, in a browser context of its own, that waits with patience."""
    from playwright.sync_api import expect  # noqa: PLC0415  heavy

    context = chromium.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, **options)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return context.new_page()


OPEN_PAGE = pytest.StashKey["OpenPage"]()
MOST_TESTS = 25  # on one page: what JupyterLab keeps of closed notebooks makes it slow


@dataclass
class OpenPage:
    """The page of JupyterLab that tests take turns on."""

    page: Page | None = None
    tests: int = 0

    def take(self, chromium: Browser) -> Page:
        """Return the page, or a new one."""
        page, self.page = self.page, None
        if page is None:
            self.tests = 0
        return page or new_page(chromium)

    def give_back(self, page: Page) -> None:
        """Keep the page for the next test."""
        self.tests += 1
        if self.tests < MOST_TESTS:
            self.page = page
        else:
            page.context.close()


@pytest.fixture(scope="module")
def lab_page(request: pytest.FixtureRequest, running: ExitStack) -> OpenPage:
    """Return the open page; there is none at first, after a failure and after many tests."""
    stash = request.config.stash
    if OPEN_PAGE not in stash:
        stash[OPEN_PAGE] = OpenPage()
        running.callback(stash.__delitem__, OPEN_PAGE)
    return stash[OPEN_PAGE]


@pytest.fixture
def lab(
    chromium: Browser, lab_server: LabServer, lab_page: OpenPage, request: pytest.FixtureRequest
) -> Iterator[LabPage]:
    """Return a page of JupyterLab, 1400 x 900; what is open there ends with the test."""
    opened = LabPage(lab_page.take(chromium), lab_server)
    failed = request.session.testsfailed
    yield opened
    if opened.path and request.session.testsfailed == failed:
        # JupyterLab's own, where a notebook is closed while its kernel starts
        opened.allow_console(r"^uncaught: Error: Canceled future for \w+_request message before")
        # or while a widget tells its kernel something
        opened.allow_console(r"^Could not send widget sync message Error: Cannot send")
        opened.close()
        opened.unwatch()
        opened.check()
        lab_page.give_back(opened.page)
    else:
        _end(opened)


@pytest.fixture
def notebook7(chromium: Browser, lab_server: LabServer) -> Iterator[NotebookPage]:
    """Return a page of Notebook 7, 1400 x 900; its kernels end with the test."""
    opened = NotebookPage(new_page(chromium), lab_server)
    # Notebook 7.6's own, with any notebook: its settings registry loads two plugins at once, and
    # on a busy machine it opens the path before its file browser is there
    opened.allow_console(r"^uncaught: Cannot read properties of undefined \(reading 'schema'\)$")
    opened.allow_console(r"^uncaught: Command 'filebrowser:open-path' not registered\.$")
    yield opened
    _end(opened)


def _end(opened: LabPage) -> None:
    opened.page.context.close()
    opened.server.end_kernels()
    opened.check()
