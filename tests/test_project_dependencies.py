"""Every package that the code imports is declared, or comes with one that is and is named here."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.parts.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.once

COMES_WITH = {
    "aiobotocore": {"s3fs"},
    "aiohttp": {"s3fs"},
    "botocore": {"aiobotocore"},
    "flask-cors": {"moto"},
    "fsspec": {"s3fs"},
    "ipython": {"ipywidgets"},
    "jupyter-core": {"voila"},
    "numcodecs": {"zarr"},
    "pydantic-core": {"pydantic"},
    "tornado": {"jupyter-server"},
    "jupyter-server": {"voila", "jupyterlab"},
    "urllib3": {"requests"},
    "werkzeug": {"flask"},
}
EXTRA_OF = {
    "demo": "demo",
    "app": "app",
    "serving": "app",  # psutil is in both
    "headers": "genomics",
}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def roots_of(package: str) -> set[str]:
    """Return the packages that bring this one along, or itself."""
    above = COMES_WITH.get(package, set())
    return set().union(*map(roots_of, above)) if above else {package}


def imported(path: Path) -> Iterator[str]:
    """Return the top-level packages that a module imports, also in its functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def declared(path: Path) -> set[str]:
    """Return the packages that a module can rely on: the base, and those of its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    found = names(project["dependencies"]) | names(extras["dask"])
    if extra := EXTRA_OF.get(path.relative_to(ROOT / "modos_widgets").parts[0]):
        found |= names(extras[extra])
    return found


def test_every_imported_package_is_declared() -> None:
    distributions = packages_distributions()
    undeclared: dict[str, set[str]] = {}
    for path in sorted((ROOT / "modos_widgets").rglob("*.py")):
        known = declared(path)
        for module in set(imported(path)) - set(sys.stdlib_module_names) - {"modos_widgets"}:
            packages = {canonicalize_name(each) for each in distributions.get(module, [module])}
            if not set().union(*map(roots_of, packages)) & known:
                undeclared.setdefault(module, set()).add(path.name)
    assert undeclared == {}


@pytest.mark.parametrize(
    ("package", "parent"),
    [(package, parent) for package in COMES_WITH for parent in sorted(COMES_WITH[package])],
)
def test_what_comes_with_another_package_does_so(package: str, parent: str) -> None:
    assert package in names(requires(parent) or [])


def test_every_package_that_is_asked_for_has_its_reason_in_the_house() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    told = page[page.index("## Dependencies") :].lower()
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [asked["project"]["dependencies"], *asked["dependency-groups"].values()]
    lists += asked["project"]["optional-dependencies"].values()
    words = set(re.findall(r"[a-z0-9-]+", told))
    assert set().union(*map(names, lists)) - words == set()
