"""The command line, with real processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil
import pytest
import requests

from modos_widgets import cli
from modos_widgets.demo.lab import find_notebook
from modos_widgets.errors import MissingExtraError, NotFoundError
from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.once


class Running:
    """A ``modos-widgets demo`` in a process, with what it printed."""

    command = "demo"

    def __init__(self, temporary: Path, *arguments: str) -> None:
        self.temporary = temporary
        own = {"TMPDIR": str(temporary), "AWS_ACCESS_KEY_ID": "own"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modos_widgets", self.command, "--no-browser", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **own},
        )
        self.family: list[psutil.Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        for process in self.family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def start(self) -> tuple[str, str]:
        """Wait for the URL; start a kernel, so that there is one to be left behind."""
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(4)]
        assert lines[3], self.process.stderr and self.process.stderr.read()
        endpoint, folder, url = (line.split()[1] for line in lines[:3])
        assert lines[1].split()[0] == "Notebooks"
        place, _, token = url.partition("?token=")
        base = place.partition("/lab/")[0]
        header = {"Authorization": f"token {token}"}
        answer = requests.post(f"{base}/api/kernels", headers=header, timeout=30)
        assert answer.status_code == 201
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        assert len(self.family) == 3, "a deployment, a Lab, a kernel"
        assert folder == str(ROOT / "modos-notebooks")
        return url, endpoint

    def end(self, seconds: float) -> tuple[str, str]:
        """Wait for the end; nothing may be left, neither a process nor a file."""
        output = self.process.communicate(timeout=seconds)
        _, alive = psutil.wait_procs(self.family, 15)
        alive = [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
        assert not alive
        deadline = time.monotonic() + 5
        while (left := list(self.temporary.iterdir())) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left
        return output

    @property
    def lab(self) -> psutil.Process:
        return next(p for p in self.family if "modos_widgets.demo.lab_process" in p.cmdline())


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with Running(tmp_path) as started:
        yield started


def test_it_serves_until_an_interrupt(running: Running) -> None:
    url, endpoint = running.start()
    assert "/lab/tree/01_find_and_browse.ipynb?token=" in url
    assert requests.get(url, timeout=30).status_code == 200
    assert len(requests.get(f"{endpoint}/list", timeout=30).json()["data"]) == 24
    variables = running.lab.environ()
    assert variables["MODOS_ENDPOINT"] == endpoint
    assert variables["AWS_ACCESS_KEY_ID"] == "demo", "the person's own key is not for the demo"
    running.process.send_signal(signal.SIGINT)
    assert running.end(15) == ("", "")
    assert running.process.returncode == 0


def test_a_second_interrupt_does_not_wait_for_a_lab_that_hangs(running: Running) -> None:
    running.start()
    running.lab.suspend()
    running.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        running.process.wait(1)
    before = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    running.end(15)
    assert time.monotonic() - before < 5
    assert running.process.returncode == 0


def test_two_interrupts_in_a_row_leave_nothing(running: Running) -> None:
    running.start()
    for _ in range(5):
        running.process.send_signal(signal.SIGINT)
    running.end(15)
    assert running.process.returncode == 0


def test_an_interrupt_while_it_starts_leaves_nothing(running: Running) -> None:
    parent = psutil.Process(running.process.pid)
    while len(parent.children(recursive=True)) < 2:
        time.sleep(0.05)
    running.family = parent.children(recursive=True)
    running.process.send_signal(signal.SIGINT)
    running.end(20)
    assert running.process.returncode == 0


def test_being_killed_leaves_nothing(running: Running) -> None:
    running.start()
    running.process.kill()
    running.end(15)


def test_a_lab_that_dies_is_told(running: Running) -> None:
    running.start()
    running.lab.kill()
    _, problem = running.end(15)
    assert problem.startswith(
        "modos-widgets: JupyterLab stopped unexpectedly. Last lines of its log:"
    )
    assert running.process.returncode == 1


def test_a_taken_port_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Running(tmp_path, "--port", str(port)) as running:
            _, problem = running.end(30)
            assert running.process.returncode == 1
    assert problem.startswith(f"modos-widgets: Port {port} cannot be used")
    assert "--port" in problem
    assert "Traceback" not in problem


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["demo", f"--port={port}"])
    assert "is not a port" in capsys.readouterr().err


def test_a_missing_notebook_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with Running(tmp_path, "--notebook", "/no/such.ipynb") as running:
        _, problem = running.end(30)
        assert running.process.returncode == 1
    assert problem == (
        "modos-widgets: No notebook at /no/such.ipynb. Pass the path of an .ipynb file.\n"
    )


def test_a_missing_extra_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def require(_: str, *modules: str) -> None:
        assert "jupyterlab" in modules
        raise MissingExtraError("No.", "pip install 'modos-widgets[demo]'")

    monkeypatch.setattr("modos_widgets.serving.require_extra", require)
    assert cli.main(["demo"]) == 1
    assert "pip install 'modos-widgets[demo]'" in capsys.readouterr().err


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the package look as pip installs it; give the folder where the person is."""
    packed = tmp_path / "site" / "modos_widgets" / "demo" / "notebooks"
    shutil.copytree(ROOT / "notebooks", packed, ignore=shutil.ignore_patterns(".*"))
    monkeypatch.setattr("modos_widgets.__file__", str(packed.parents[1] / "__init__.py"))
    monkeypatch.setattr("modos_widgets.demo.tour._IN_PACKAGE", packed)
    (tmp_path / "person").mkdir()
    monkeypatch.chdir(tmp_path / "person")
    return tmp_path / "person"


def test_without_a_checkout_the_notebooks_are_copied(installed: Path, tmp_path: Path) -> None:
    notebook = find_notebook(tmp_path)
    assert notebook == installed / "modos-notebooks" / "01_find_and_browse.ipynb"
    copied = {path.name: path.read_bytes() for path in notebook.parent.iterdir()}
    tour = (ROOT / "notebooks").glob("*.ipynb")
    assert copied == {path.name: path.read_bytes() for path in tour}
    with pytest.raises(NotFoundError):
        find_notebook(tmp_path, tmp_path / "other.ipynb")


def test_what_the_person_changed_in_a_notebook_stays(installed: Path, tmp_path: Path) -> None:
    notebook = find_notebook(tmp_path)
    notebook.write_text("mine")
    others = [path for path in notebook.parent.iterdir() if path != notebook]
    for path in others:
        path.unlink()
    assert find_notebook(tmp_path).read_text() == "mine"
    assert all(path.stat().st_size for path in others)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the package be that of a clone, whose files are all committed."""
    clone = tmp_path / "clone"
    (clone / "modos_widgets").mkdir(parents=True)
    shutil.copytree(ROOT / "notebooks", clone / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for name in (".gitignore", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b.c commit -qm all"):
        subprocess.run(["git", *words.split()], cwd=clone, check=True)
    monkeypatch.setattr("modos_widgets.__file__", str(clone / "modos_widgets" / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    return clone


def state(clone: Path) -> str:
    words = ["git", "status", "--porcelain"]
    return subprocess.run(words, cwd=clone, check=True, capture_output=True, text=True).stdout


def ran(notebook: Path) -> None:
    """Leave other outputs in a notebook, as running it does."""
    document = json.loads(notebook.read_bytes())
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], 99
    notebook.write_text(json.dumps(document))


def test_a_checkout_stays_clean_when_its_notebooks_are_run(checkout: Path, tmp_path: Path) -> None:
    notebook = find_notebook(tmp_path)
    assert notebook == checkout / "modos-notebooks" / "01_find_and_browse.ipynb"
    for each in sorted(notebook.parent.glob("*.ipynb")):
        ran(each)
    (notebook.parent / "study").mkdir()
    assert state(checkout) == ""
    before = notebook.read_bytes()
    assert find_notebook(tmp_path).read_bytes() == before


def test_a_copy_that_was_only_run_follows_the_checkout(checkout: Path, tmp_path: Path) -> None:
    first = find_notebook(tmp_path)
    second = first.with_name("02_log_in.ipynb")
    for copy in (first, second):
        ran(copy)
    mine = json.loads(second.read_bytes())
    mine["cells"].append({**mine["cells"][0], "source": "mine"})
    second.write_text(json.dumps(mine))
    for name in (first.name, second.name):
        newer = json.loads((checkout / "notebooks" / name).read_bytes())
        newer["cells"].append({**newer["cells"][0], "source": "newer"})
        (checkout / "notebooks" / name).write_text(json.dumps(newer))
    find_notebook(tmp_path)
    assert first.read_bytes() == (checkout / "notebooks" / first.name).read_bytes()
    assert json.loads(second.read_bytes()) == mine


def test_where_nothing_can_be_written_the_notebooks_go_with_the_demo(
    installed: Path, tmp_path: Path
) -> None:
    (installed / "modos-notebooks").write_text("in the way")
    assert find_notebook(tmp_path).parent == tmp_path / "modos-notebooks"


def test_an_installation_without_its_notebooks_is_told(installed: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "site" / "modos_widgets" / "demo" / "notebooks")
    with pytest.raises(NotFoundError, match="pip install"):
        find_notebook(tmp_path)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == "0.1.0\n"


class RunningApp(Running):
    """A ``modos-widgets app`` in a process."""

    command = "app"

    def start(self) -> tuple[str, str]:
        """Wait for the URL, and ask for the page, which starts a kernel; give URL and page."""
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(2)]
        assert lines[1], self.process.stderr and self.process.stderr.read()
        url = lines[0].split()[1]
        answer = requests.get(url, timeout=60)
        assert answer.status_code == 200
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        assert len(self.family) == 2, "Voila, a kernel"
        return url, answer.text


def test_the_app_serves_a_page_to_who_has_the_token_until_an_interrupt(tmp_path: Path) -> None:
    objects, temporary = tmp_path / "objects", tmp_path / "temporary"
    objects.mkdir()
    temporary.mkdir()
    with RunningApp(temporary, str(objects)) as app:
        url, page = app.start()
        assert "application/vnd.voila.cell-output+json" in page
        assert "modos_widgets.app" not in page, "no source is shown"
        address, _, token = url.partition("/?token=")
        port = int(address.rpartition(":")[2])
        process = psutil.Process(app.process.pid).children()[0]
        listening = {each.laddr for each in process.net_connections() if each.status == "LISTEN"}
        assert {place.ip for place in listening if place.port == port} == {"127.0.0.1"}
        refused = requests.get(address, timeout=30, allow_redirects=False)
        assert refused.status_code == 302
        assert refused.headers["Location"].startswith("/login")
        assert requests.get(f"{address}/?token=other", timeout=30).url.startswith(
            f"{address}/login"
        )
        assert len(process.children()) == 1, "who has no token starts no kernel"
        header = {"Authorization": f"token {token}"}
        elsewhere = {**header, "Host": "example.org"}
        assert requests.get(address, timeout=30, headers=elsewhere).status_code == 403
        answer = requests.get(f"{address}/login", timeout=30)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not [each for each in app.family if token in " ".join(each.cmdline())]
        assert process.environ()["AWS_ACCESS_KEY_ID"] == "own"
        app.process.send_signal(signal.SIGINT)
        assert app.end(15) == ("", "")
        assert app.process.returncode == 0


def test_killing_the_app_leaves_nothing(tmp_path: Path) -> None:
    with RunningApp(tmp_path) as app:
        app.start()
        app.process.kill()
        app.end(15)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no/where"], "No folder at no/where."),
        (["--endpoint", "ftp://x"], "is not a web address"),
        (["https://a.example", "--endpoint", "https://b.example"], "are two endpoints"),
    ],
)
def test_the_app_refuses_what_it_could_not_show(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["app", *arguments]) == 1
    assert told in capsys.readouterr().err


def test_the_app_refuses_an_endpoint_of_the_environment_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODOS_ENDPOINT", "x y")
    assert cli.main(["app"]) == 1
    assert "x y" in capsys.readouterr().err


def test_the_apps_missing_extra_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("modos_widgets.serving.extras.find_spec", lambda _: None)
    assert cli.main(["app"]) == 1
    assert "pip install 'modos-widgets[app]'" in capsys.readouterr().err


def test_the_browser_is_handed_a_private_file_in_place_of_the_token(tmp_path: Path) -> None:
    note = tmp_path / "note"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {note}.part && mv {note}.part {note}\n')
    browser.chmod(0o755)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    asked = [sys.executable, "-m", "modos_widgets", "app"]
    variables = {"TMPDIR": str(temporary), "BROWSER": f"{browser} %s"}
    process = subprocess.Popen(asked, stdout=subprocess.PIPE, env={**os.environ, **variables})
    try:
        deadline = time.monotonic() + 60
        while not note.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = note.read_text().strip()
        assert address.startswith("file://")
        file = Path(address.removeprefix("file://"))
        assert "?token=" in file.read_text()
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert list(temporary.iterdir()) == []
