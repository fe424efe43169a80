"""docs/architecture.md: one direction of flow, packages imported by name, a current picture."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from docs.architecture import PICTURE, count, cycles, draw, package_graph, past_faces, read_modules
from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
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
        ("cli.py", "import modos_widgets.session.problem", "session is imported by its front"),
        ("cli.py", "import modos_widgets.remote.login", "remote is imported by its front"),
        ("cli.py", "import modos_widgets.storage.paths", "storage is imported by its front"),
        ("cli.py", "import modos_widgets.explore.rows", "explore is imported by its front"),
        ("modo/__init__.py", "import obstore", "Only s3 knows obstore"),
        (
            "modo/object.py",
            "import modos_widgets.archive.store",
            "archive is imported by its front",
        ),
        ("modo/__init__.py", "import modos_widgets.s3.client", "s3 is imported by its front"),
        (
            "session/__init__.py",
            "import modos_widgets.modo.journal",
            "modo is imported by its front",
        ),
        ("modo/values.py", "import modos_widgets.modo.object", "No cycles"),
    ],
)
def test_an_import_against_the_rules_is_found(
    checkout: Path, module: str, line: str, contract: str
) -> None:
    with (checkout / "modos_widgets" / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(checkout)
    assert done.returncode == 1
    broken = [told for told in done.stdout.splitlines() if " BROKEN" in told]
    assert [told for told in broken if told.startswith(contract)], done.stdout


@cache
def modules_after(statement: str) -> frozenset[str]:
    """Return the modules that a fresh interpreter holds after the statement."""
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return frozenset(json.loads(done.stdout))


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after the statement."""
    return {name.split(".")[0] for name in modules_after(statement)}


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the modules that code imports when it runs, in order."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module
        elif not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from imported(child)


@pytest.mark.once
def test_a_foreign_package_is_imported_before_its_parts() -> None:
    own = sys.stdlib_module_names | {"modos_widgets"}
    early = []
    for file in sorted((ROOT / "modos_widgets").rglob("*.py")):
        seen: set[str] = set()
        for name in imported(ast.parse(file.read_text(encoding="utf-8"))):
            package = name.partition(".")[0]
            if package not in {name, *seen, *own} and name in modules_after(f"import {package}"):
                early.append(f"{file.relative_to(ROOT)}: {name}")
            seen.add(name)
    assert early == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import modos_widgets") & HEAVY == set()


def test_importing_remote_loads_no_zarr_pandas_or_widget() -> None:
    heavy = {"zarr", "pandas", "ipywidgets", "anywidget"}
    assert loaded_by("import modos_widgets.remote") & heavy == set()


def test_local_work_loads_no_client_of_s3(tmp_path: Path) -> None:
    folder = tmp_path / "data.zarr"
    folder.mkdir()
    (tmp_path / "empty").mkdir()
    (folder / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')
    clients = {"s3fs", "aiobotocore", "obstore"}
    work = f"""
import sys, modos_widgets
loaded = lambda *names: sorted(sys.modules.keys() & set(names))
tree = modos_widgets.ZarrTree({str(tmp_path)!r})
tree._first.result(60)
print(loaded("zarr", "pandas", "numpy", "matplotlib", {str(sorted(clients))[1:-1]}))
modos_widgets.transfer({str(tmp_path)!r}, {str(tmp_path.with_name("copy"))!r})._future.result(60)
print(loaded("zarr", "pandas", {str(sorted(clients))[1:-1]}))
modos_widgets.browse({str(tmp_path / "empty")!r})
print(loaded("zarr", "matplotlib", "joserfc", {str(sorted(clients))[1:-1]}))
browser = modos_widgets.browse({str(tmp_path)!r})
for job in browser.session.under_way():
    job.result(60)
print(loaded("matplotlib", "joserfc", {str(sorted(clients))[1:-1]}))
"""
    own = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CACHE", "STATE")}
    run = subprocess.run(
        [sys.executable, "-c", work],
        cwd=ROOT,
        env={**os.environ, **own},
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode().split("\n") == ["[]", "[]", "[]", "[]", ""]


def test_a_plain_copy_loads_no_client_of_http(tmp_path: Path) -> None:
    source, target = tmp_path / "object", tmp_path / "copy"
    (source / "data.zarr").mkdir(parents=True)
    (source / "data.zarr" / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    work = (
        "import modos_widgets; "
        f"modos_widgets.transfer({str(source)!r}, {str(target)!r})._future.result(60)"
    )
    unused = {"requests", "urllib3", "joserfc", "authlib", "cryptography", "zarr", "pandas"}
    assert loaded_by(work) & unused == set()


def test_a_store_that_is_not_on_s3_loads_no_client_of_s3() -> None:
    work = (
        "import zarr, fsspec; from modos_widgets.explore import open_source; "
        "root = zarr.open_group(zarr.storage.MemoryStore(), mode='w'); "
        "open_source(root.store).level(''); "
        "open_source(zarr.storage.FsspecStore.from_url('memory://nothing'))"
    )
    assert loaded_by(work) & {"s3fs", "aiobotocore", "obstore"} == set()


def test_importing_archive_loads_nothing_heavy() -> None:
    assert loaded_by("import modos_widgets.archive") & HEAVY == set()


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


@pytest.mark.once
def test_the_picture_shows_the_imports_of_today() -> None:
    drawn = draw(package_graph(read_modules(ROOT)))
    assert drawn == PICTURE.read_text(encoding="utf-8"), "run: make architecture"


@pytest.mark.once
def test_the_table_names_every_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text[text.index("| package |") : text.index("Rules,")]
    assert set(package_graph(read_modules(ROOT))) <= set(re.findall(r"`(\w+)`", table))


@pytest.mark.once
def test_no_module_imports_another_in_a_circle_or_past_the_front_of_a_package() -> None:
    modules = read_modules(ROOT)
    assert cycles({name: module.runtime for name, module in modules.items()}) == []
    lab = "modos_widgets.demo.lab"  # not part of the front: no notebook starts JupyterLab
    assert past_faces(modules) == {("modos_widgets.cli", lab), ("modos_widgets.app.offers", lab)}


@pytest.mark.once
def test_a_cycle_through_a_lazy_import_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "modos_widgets" / "storage"
    folder.mkdir(parents=True)
    (tmp_path / "modos_widgets" / "__init__.py").touch()
    (folder / "__init__.py").touch()
    (folder / "one.py").write_text("from modos_widgets.storage import other\n")
    (folder / "other.py").write_text(
        "def work():\n    from modos_widgets.storage.one import other\n"
    )
    (tmp_path / "modos_widgets" / "errors.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from modos_widgets.storage.one import other\n"
    )
    graph = {name: module.runtime for name, module in read_modules(tmp_path).items()}
    assert cycles(graph) == [["modos_widgets.storage.one", "modos_widgets.storage.other"]]
    told = count(tmp_path)
    assert "| storage | 3 | 3 | 1 | 1 | 1 |" in told
    assert "Import cycle: storage.one - storage.other" in told
