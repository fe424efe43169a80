"""What is locked: every version by its hash, and nowhere the address of a registry."""

from __future__ import annotations

import json
import re
import tomllib
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.parts.checkout import ROOT, own_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

LOCKS = sorted(
    path for folder in (".", "tests", "benchmarks") for path in (ROOT / folder).glob("*.lock")
)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ;.*?)?(?: \\)?$")
ADDRESS = re.compile(
    r"https?://|\bfile://|index[-_]url|find[-_]links|^\s*registry\s*=|\[\[?tool\.uv\.|--trusted-host",
    re.MULTILINE,
)
CONFIGURATION = {".lock", ".toml", ".txt", ".cfg", ".yml", ".yaml", ".ini", ".npmrc", ""}
FREE_TEXT = {"LICENSE", "THIRD_PARTY_NOTICES.txt"}


def pinned(lock: Path) -> dict[str, list[str]]:
    """Return the versions of each locked package (by platform or Python there may be several)."""
    versions: dict[str, list[str]] = {}
    for line in lock.read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            found = PINNED.match(line)
            assert found, f"{lock.name}: {line!r} is not a pinned version"
            versions.setdefault(canonicalize_name(found[1]), []).append(found[2])
    return versions


def addresses(path: Path) -> list[str]:
    """Return the lines of a lock or configuration file that name an address."""
    return [line for line in path.read_text().splitlines() if ADDRESS.search(line)]


def configuration() -> list[Path]:
    return [
        ROOT / path
        for path in own_files()
        if (path.suffix in CONFIGURATION or path.name == ".npmrc")
        and path.name not in FREE_TEXT
        and path.parts[0] not in {"modos_widgets", "js", "docs"}
    ]


def test_no_lock_or_configuration_file_names_an_address() -> None:
    files = configuration()
    assert {"requirements.lock", "Makefile", ".npmrc", "run", "pyproject.toml", "postBuild"} <= {
        path.name for path in files
    }
    assert {path.name: found for path in files if (found := addresses(path))} == {}


@pytest.mark.parametrize(
    "line",
    ["--index-url x", "--find-links y", "registry=z", 'url = "https://x"', "[[tool.uv.index]]"],
)
def test_an_address_would_be_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "some.lock").write_text(f"\n{line}\n")
    assert addresses(tmp_path / "some.lock") == [line]


@pytest.mark.parametrize("folder", [".", "tests/hosts"])
def test_the_locks_of_npm_name_hashes_and_no_address(folder: str) -> None:
    lock: dict[str, Any] = json.loads((ROOT / folder / "package-lock.json").read_text())
    packages = {path: each for path, each in lock["packages"].items() if path}
    assert [path for path, each in packages.items() if "resolved" in each] == []
    assert [path for path, each in packages.items() if "integrity" not in each] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_version_has_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_meet_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = chain.from_iterable(project["project"]["optional-dependencies"].values())
    groups = project["dependency-groups"]
    foreign, hosts = (
        [
            line
            for line in (ROOT / "tests" / name).read_text().splitlines()
            if line and line[0] != "#"
        ]
        for name in ("foreign.in", "hosts.in")
    )
    asked = {
        "tests/hosts.lock": [*project["project"]["dependencies"], *hosts],
        "tests/foreign.lock": [
            *project["project"]["dependencies"],
            *foreign,
        ],
        "requirements.lock": [*project["project"]["dependencies"], *extras],
        "requirements-dev.lock": groups["test"] + groups["dev"],
        "requirements-build.lock": groups["build"],
        "requirements-node.lock": groups["node"],
    }
    for name, requirements in asked.items():
        locked = pinned(ROOT / name)
        for requirement in map(Requirement, requirements):
            versions = locked.get(canonicalize_name(requirement.name), [])
            assert versions, f"{name} lacks {requirement}: run `make lock`"
            assert all(map(requirement.specifier.contains, versions)), (
                f"{name} has {requirement.name} {versions}, not {requirement.specifier}"
            )


def test_the_lowest_lock_holds_every_lower_bound_itself() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    locked = pinned(ROOT / "requirements-lowest.lock")
    for requirement in map(Requirement, asked):
        bounds = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
        versions = {Version(each) for each in locked[canonicalize_name(requirement.name)]}
        assert {max(bounds)} == versions, f"{requirement}: {versions}: run `make lock`"


def test_the_development_lock_holds_the_same_versions_as_the_runtime_lock() -> None:
    runtime = pinned(ROOT / "requirements.lock")
    development = pinned(ROOT / "requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


def test_the_build_lock_does_not_contradict_the_others() -> None:
    development = pinned(ROOT / "requirements-dev.lock")
    for name, versions in pinned(ROOT / "requirements-build.lock").items():
        assert development.get(name, versions) == versions
