"""Write the table of docs/hosts.md: ``python -m docs.hosts``; ``make hosts`` passes ``--passed``.

What a test does in a host is read from the test itself, and versions from the lock files, so the
table states only what a test shows. With ``--passed`` today's date is written too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "hosts.md"

JOBS = {
    "sign_in": "sign in",
    "choose": "choose an object, open its tree",
    "edit_and_commit": "edit a cell and commit",
    "copy": "copy an object",
}
"""Function of tests/parts/host_jobs.py to the heading of its column."""

_BEGIN = "<!-- Written by python -m docs.hosts from the tests and the lock files. -->\n"
_END = "<!-- end -->\n"
_DATE = re.compile(r"^`make hosts` passed last on .*$", re.MULTILINE)


@dataclass(frozen=True)
class Host:
    """A host, and the test that does the jobs in it.

    Parameters
    ----------
    name : str
    test : str
        ``file::function`` below tests/.
    package : str
        Locked package whose version is named.
    browser : str
    without : dict of str to str
        Jobs that its test does not do, with the words for it.
    """

    name: str
    test: str
    package: str
    browser: str = "Chromium"
    without: dict[str, str] = field(default_factory=dict)


_HERE = "browser/test_hosts.py::"
HOSTS = [
    Host("JupyterLab", f"{_HERE}test_jupyterlab_below_the_path_of_a_user", "jupyterlab"),
    Host("Notebook", f"{_HERE}test_notebook_7", "notebook"),
    Host(
        "Voila",
        f"{_HERE}test_voila_by_the_app_without_any_theme_of_jupyterlabs",
        "voila",
        without={"copy": "not tested"},
    ),
    Host("marimo", "browser/test_marimo.py::test_marimo", "marimo"),
    Host(
        "JupyterLab with jupyter-collaboration",
        "hosts/test_collaboration.py::test_two_people_in_one_notebook",
        "jupyter-collaboration",
    ),
    Host("Shiny with shinywidgets", "hosts/test_shiny.py::test_shiny", "shinywidgets"),
    Host(
        "JupyterLab",
        "hosts/test_firefox.py::test_jupyterlab_in_firefox",
        "jupyterlab",
        browser="Firefox",
    ),
]


@cache
def _locked() -> dict[str, str]:
    locks = (ROOT / "tests" / "hosts.lock", ROOT / "requirements-dev.lock")
    text = "\n".join(lock.read_text() for lock in locks)
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def jobs_of(test: str) -> set[str]:
    """Return the jobs that a test does, by the calls in its function.

    Parameters
    ----------
    test : str
        As `Host.test`.

    Returns
    -------
    set of str
        Keys of `JOBS`.

    Raises
    ------
    LookupError
        The file has no such function.
    """
    file, _, name = test.partition("::")
    for node in ast.parse((ROOT / "tests" / file).read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            called = {
                each.func.attr if isinstance(each.func, ast.Attribute) else ast.unparse(each.func)
                for each in ast.walk(node)
                if isinstance(each, ast.Call)
            }
            return called & set(JOBS)
    raise LookupError(f"tests/{file} has no function {name}")


def table() -> str:
    """Return the table as Markdown."""
    heads = ["host", "version", "browser", *JOBS.values(), "test"]
    lines = [heads, ["---"] * len(heads)]
    for host in HOSTS:
        done = jobs_of(host.test)
        cells = ["yes" if job in done else host.without.get(job, "no") for job in JOBS]
        file, _, name = host.test.partition("::")
        test = f"`{name}`" + (", `make hosts`" if file.startswith("hosts/") else "")
        lines.append([host.name, _locked()[host.package], host.browser, *cells, test])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written(page: str) -> str:
    """Return the page with the current table.

    Parameters
    ----------
    page : str
        The page as it is.

    Returns
    -------
    str
    """
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}"


def _passed() -> str:
    printed = subprocess.run(
        ["firefox-esr", "--version"], capture_output=True, text=True, check=True
    ).stdout
    firefox = printed.strip().removeprefix("Mozilla ")
    today = datetime.now(UTC).date().isoformat()
    return f"`make hosts` passed last on {today}, with {firefox}."


if __name__ == "__main__":
    text = written(PAGE.read_text())
    if "--passed" in sys.argv:
        text = _DATE.sub(_passed(), text)
    PAGE.write_text(text)
