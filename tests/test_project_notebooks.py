"""The notebooks: saved as they run, told step by step, and free of what is private."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import s3fs
from nbclient import NotebookClient

from modos_widgets import demo, remote
from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.once

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OWN_VARIABLES = ("AWS_", "MODOS_", "XDG_", "JUPYTER", "PYTEST_")
PRIVATE = re.compile(r"/(root|home|Users|tmp|var)/|secret_access_key=|eyJ[\w-]+\.")
KIBIBYTE = 1024

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[Any]:
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return what a notebook may see, with `home` in the place of the person's own folders."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    own = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(home / "cache")}
    own |= {"XDG_STATE_HOME": str(home / "state"), "IPYTHONDIR": str(home / "ipython")}
    return {**kept, **own, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **variables}


def validate(path: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a notebook by nbval, strictly: every output has to be the saved one."""
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(path.parent)),
        *("-p", "no:cacheprovider", "-p", "no:xdist"),
        *("--nbval", "--nbval-current-env", "--nbval-cell-timeout", "120"),
        *("--nbval-sanitize-with", str(ROOT / "tests" / "sanitize.cfg"), str(path)),
    ]
    return subprocess.run(
        command,
        cwd=path.parent,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@each_notebook
def test_running_it_gives_the_saved_outputs(path: Path, tmp_path: Path) -> None:
    done = validate(path, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(cells(path, 'code'))} passed" in done.stdout


def change(output: Any) -> None:
    """Change one sign of an output, the last digit or letter, in each form that is compared."""
    forms = output if output.output_type == "stream" else output.data
    for name in {"text", "text/plain", "text/html"} & set(forms):
        text = forms[name]
        at = next(at for at in reversed(range(len(text))) if text[at].isalnum())
        forms[name] = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def test_each_saved_output_that_is_not_what_runs_is_found(tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "notebooks/03_curate.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    changed = [cell for cell in code if cell.outputs]
    for cell in changed:
        change(cell.outputs[-1])
    nbformat.write(notebook, tmp_path / "changed.ipynb")
    done = validate(tmp_path / "changed.ipynb", tmp_path)
    assert done.returncode == 1
    counted = f"{len(changed)} failed, {len(code) - len(changed)} passed"
    assert counted in done.stdout, done.stdout


@each_notebook
def test_it_is_saved_as_run_from_top_to_bottom_without_complaint(path: Path) -> None:
    code = cells(path, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), (
        "run `make notebooks`"
    )
    outputs = [output for cell in code for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert any(output.output_type == "execute_result" for output in outputs)


@each_notebook
def test_nothing_private_and_no_live_state_is_in_it(path: Path) -> None:
    text = path.read_text()
    assert PRIVATE.findall(text) == []
    assert "application/vnd.jupyter.widget" not in text


@each_notebook
def test_it_is_small(path: Path) -> None:
    assert path.stat().st_size < 200 * KIBIBYTE


@each_notebook
def test_each_step_is_told_before_it_is_done(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert ("code", "code") not in set(pairwise(kinds))


def contents(deployment: demo.Deployment) -> dict[str, str]:
    keys = {"endpoint_url": deployment.s3_endpoint, **deployment.s3_kwargs}
    found = s3fs.S3FileSystem(**keys, skip_instance_cache=True).find("demo", detail=True)
    return {path: facts["ETag"] for path, facts in found.items()}


@pytest.fixture(params=[False, True], ids=["public", "protected"])
def live(request: pytest.FixtureRequest) -> Iterator[demo.Deployment]:
    with demo.start(protected=request.param) as deployment:
        yield deployment


def test_at_an_endpoint_of_the_person_all_run_and_nothing_is_written(
    live: demo.Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = environment(tmp_path, MODOS_ENDPOINT=live.endpoint)
    monkeypatch.setenv("XDG_CACHE_HOME", variables["XDG_CACHE_HOME"])
    if live.protected:  # the person has signed in before
        pending = remote.begin_login(live.endpoint)
        live.approve(pending)
        pending.wait()
    before = contents(live)
    notebooks = {path: nbformat.read(path, as_version=4) for path in NOTEBOOKS}
    clients = {
        path: NotebookClient(notebook, kernel_name="python3", timeout=120)
        for path, notebook in notebooks.items()
        if path.stem != "04_build" and (path.stem == "02_log_in") == live.protected
    }
    for client in clients.values():
        client.execute(cwd=str(tmp_path), env=variables)
    assert contents(live) == before
    assert (remote.account(live.endpoint) is not None) == live.protected
    if not live.protected:
        assert "Nothing was written" in str(notebooks[ROOT / "notebooks" / "03_curate.ipynb"])


def test_without_the_extra_the_first_cell_says_what_to_install(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules.update(flask=None, moto=None)"
    for path in NOTEBOOKS:
        first = cells(path, "code")[0].source
        if "demo.start" not in first:
            continue  # it needs none
        done = subprocess.run(
            [sys.executable, "-c", f"{hidden}\n{first}"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        last = done.stderr.strip().rpartition("\n")[2]
        assert "MissingExtraError" in last
        assert "pip install 'modos-widgets[demo]'" in last
