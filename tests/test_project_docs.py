"""The documents: their links lead somewhere, and their example runs."""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.checkout import ROOT, own_files

pytestmark = pytest.mark.once

DOCUMENTS = sorted(path for path in own_files() if path.suffix == ".md")
LINK = re.compile(r"\]\((?!https?://|#)([^)\s#]+)")
FILE = re.compile(r"`([\w./-]+\.(?:py|ts|mjs|md|svg))[`:]")
TEST = re.compile(r"`(test_\w+)`")
OWN = ("AWS_", "MODOS_", "XDG_")
NOT_FOR_ADMINISTRATORS = {"MODOS_DEMO_ENDPOINT", "MODOS_APP_DEMO", "MODOS_APP_OFFERS"}
PROXY = """
import http.server, os, threading
from urllib.parse import urlsplit
seen = []
class Proxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(urlsplit(self.path).hostname)
        self.send_response(404)
        self.end_headers()
    do_HEAD = do_GET
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=server.serve_forever, daemon=True).start()
for name in ("HTTP_PROXY", "http_proxy"):
    os.environ[name] = f"http://127.0.0.1:{server.server_port}"
import modos_widgets as m
from modos_widgets import errors, remote, storage
s3, path = "http://s3.example.invalid", "s3://bucket/key"
for ask in (
    lambda: storage.S3Storage(path, s3, mode="r"),
    lambda: m.catalog(path, services={"s3": s3}),
    lambda: remote.list_remote_items("http://modos.example.invalid"),
):
    seen.clear()
    try:
        ask()
    except errors.NotFoundError:
        print(seen[0])
"""
READ_ONLY_HOME = """
import time
import warnings
import modos_widgets as m
from modos_widgets import errors, remote
with m.demo.start() as deployment:
    browser = m.browse(endpoint=deployment.endpoint)
    end = time.monotonic() + 60  # it lists in the background
    while repr(browser) != "Browser(24 objects)":
        assert time.monotonic() < end, repr(browser)
        time.sleep(0.05)
    modo = m.open_modo("P-0003", endpoint=deployment.endpoint)
    assert len(modo.frame()) > 5
    assert len(m.catalog(deployment.endpoint)) > 100
    browser.close()
    try:
        remote.sign_in_with_token(deployment.endpoint, TOKEN)
        raise AssertionError("a login cannot be kept")
    except errors.StorageError as error:
        assert "XDG_CACHE_HOME" in str(error)
study = m.create_modo("study")
draft = study.edit()
draft.add("sample/s1", {})
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    commit = draft.commit()
assert "no journal" in str(told[-1].message)
commit.undo()
assert "sample/s1" not in study.metadata
""".replace("TOKEN", repr("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = LINK.findall((ROOT / document).read_text())
    assert [link for link in links if not (ROOT / document.parent / link).exists()] == []


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.parts[0] == "docs"], ids=str
)
def test_every_file_that_a_page_names_exists(document: Path) -> None:
    named = FILE.findall((ROOT / document).read_text())
    package = ROOT / "modos_widgets" / document.stem
    places = [ROOT, ROOT / "modos_widgets", package, package.parent / "widgets" / document.stem]
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_test_that_a_page_names_exists() -> None:
    named = {name for page in DOCUMENTS for name in TEST.findall((ROOT / page).read_text())}
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert named
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []


def test_the_example_of_the_readme_runs() -> None:
    [example] = BLOCK.findall((ROOT / "README.md").read_text())
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "sample/tumor" in done.stdout


EXPLAINED = sorted(
    ".".join(path.with_suffix("").parts)
    for path in own_files()
    if path.parts[0] == "modos_widgets"
    and path.suffix == ".py"
    and ">>>" in (ROOT / path).read_text()
)


@pytest.mark.parametrize("module", EXPLAINED)
def test_the_examples_of_a_module_run(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # some keep a token
    done = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert done.failed == 0


PAGES = sorted(path for path in DOCUMENTS if path.parent.name == "docs")
NUMBER = re.compile(r"^([\d,.]+)(?: (KiB|MiB|GiB|threads))?$")
UNITS = {None: 1, "threads": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
ROW = re.compile(r"^\|(.*)\| `(modos_widgets\.[\w.]+)` \|$", re.MULTILINE)


def run_python(*arguments: str, folder: Path, home: Path) -> None:
    """Run Python with the cache and state folders of another home; fail with its errors."""
    folders = {f"XDG_{name}_HOME": str(home / name) for name in ("CACHE", "STATE")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**kept, **folders, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "page", [page for page in PAGES if BLOCK.search((ROOT / page).read_text())]
)
def test_the_examples_of_a_page_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    code = "\n".join(BLOCK.findall((ROOT / page).read_text()))
    run_python("-c", code, folder=tmp_path, home=tmp_path)


def test_every_number_of_the_limits_is_that_of_the_code() -> None:
    rows = ROW.findall((ROOT / "docs" / "limits.md").read_text())
    assert len(rows) > 20
    for cells, name in rows:
        module, _, constant = name.rpartition(".")
        value = getattr(importlib.import_module(module), constant)
        stated = [found for cell in cells.split("|") if (found := NUMBER.match(cell.strip()))]
        assert len(stated) == 1, cells
        number, unit = stated[0].groups()
        assert float(number.replace(",", "")) * UNITS[unit] == value, name


def test_every_variable_of_the_environment_is_told_to_administrators() -> None:
    page = (ROOT / "docs" / "administrators.md").read_text()
    read = re.compile(r"[\"'](MODOS_[A-Z_]+|AWS_[A-Z0-9_]+)[\"']")
    sources = (ROOT / "modos_widgets").rglob("*.py")
    named = {name for path in sources for name in read.findall(path.read_text())}
    named -= {"MODOS_", "AWS_", *NOT_FOR_ADMINISTRATORS}
    assert {name for name in named if f"`{name}`" not in page} == set()
    told = set(re.findall(r"`(MODOS_[A-Z_]+)`", page))
    assert told - named == set()


def test_a_home_that_cannot_be_written_is_as_the_administrators_are_told(tmp_path: Path) -> None:
    home = Path("/sys/modos")  # not writable for root either
    run_python("-W", "ignore", "-c", READ_ONLY_HOME, folder=tmp_path, home=home)


def test_requests_to_services_and_to_s3_go_through_a_proxy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROXY], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "s3.example.invalid",
        "s3.example.invalid",
        "modos.example.invalid",
    ]


def test_the_commands_that_the_documents_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        named = re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE)
        assert set(named) <= targets, document


def test_a_part_of_the_tests_may_have_nothing_for_the_other_python(checkout: Path) -> None:
    outer = re.compile("PYTEST_|MAKE|MFLAGS|AGAIN|TESTS")
    kept = {name: value for name, value in os.environ.items() if not outer.match(name)}
    folder = os.path.dirname(sys.executable)  # noqa: PTH120 - its links lead elsewhere
    part = "TESTS=tests/browser/test_login.py"
    done = subprocess.run(
        ["make", "other-run", "--assume-old=.venv-other/.test", "WORKERS=0", part],
        cwd=checkout,
        env={**kept, "PATH": f"{folder}{os.pathsep}{kept['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "deselected" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", ["JupyterLab", "Notebook", "Voila"])
def test_the_table_of_hosts_names_the_versions_that_are_tested(host: str) -> None:
    lock, readme = ((ROOT / name).read_text() for name in ("requirements-dev.lock", "README.md"))
    locked = re.search(rf"^{host.lower()}==(\d+\.\d+)\.", lock, re.MULTILINE)
    stated = re.search(rf"^\| {host} \| ([\d.]+) \|", readme, re.MULTILINE)
    assert locked
    assert stated
    assert stated[1] == locked[1]


def test_the_owner_of_the_published_project_stands_in_one_place() -> None:
    owner = re.compile(r"/modos-widgets/modos_widgets\b")
    naming = [
        str(path)
        for path in own_files()
        if path.suffix in {".md", ".toml", ".ipynb", ".yml", ".html"}
        and owner.search((ROOT / path).read_text())
    ]
    assert naming == ["README.md"]
