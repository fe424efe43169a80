"""The house of docs/architecture.md: one direction of flow, and a cheap front door."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"zarr", "pandas", "numpy", "s3fs", "obstore", "ipywidgets", "anywidget", "matplotlib"}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as go; go()"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("widgets/front_end.py", "import zarr", "Widgets do no input or output"),
        ("widgets/front_end.py", "import modos_widgets.demo", "One direction of flow"),
        ("storage/__init__.py", "import pandas", "storage and remote never import a widget"),
        ("remote/__init__.py", "import modos_widgets.storage", "remote does not pull in zarr"),
        ("modo/__init__.py", "import obstore", "Only bulk knows obstore"),
    ],
)
def test_an_import_against_the_rules_is_found(
    checkout: Path, module: str, line: str, contract: str
) -> None:
    with (checkout / "modos_widgets" / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(checkout)
    assert done.returncode == 1
    broken = [told for told in done.stdout.splitlines() if told.endswith("BROKEN")]
    assert [told for told in broken if told.startswith(contract)], done.stdout


def loaded_by(statement: str) -> set[str]:
    """Give the top-level packages that a fresh interpreter holds after the statement."""
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import modos_widgets") & HEAVY == set()


def test_importing_remote_loads_no_zarr_pandas_or_widget() -> None:
    heavy = {"zarr", "pandas", "ipywidgets", "anywidget"}
    assert loaded_by("import modos_widgets.remote") & heavy == set()


def test_every_public_name_is_there() -> None:
    code = "import modos_widgets as m; [getattr(m, name) for name in m.__all__]"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.once
def test_a_front_end_that_is_not_built_breaks_no_import(checkout: Path) -> None:
    assert not (checkout / "modos_widgets" / "static").exists()
    code = (
        "import modos_widgets.widgets as w, modos_widgets as m; [getattr(m, n) for n in m.__all__]"
    )
    subprocess.run([sys.executable, "-c", code], cwd=checkout, check=True)
