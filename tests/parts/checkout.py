"""A copy of this checkout's own files, as a fresh clone has them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def own_files() -> list[Path]:
    """Return the files that git knows or would take up, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def copy_checkout(copy: Path) -> Path:
    """Make a copy without anything that is built or installed."""
    for path in own_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    return copy


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy without anything that is built or installed."""
    return copy_checkout(tmp_path / "checkout")


def programs_without_node(folder: Path) -> Path:
    """Make a folder for a PATH with a shell and little else."""
    folder.mkdir()
    for name in ("sh", "bash", "rm", "mktemp"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def run(*command: str | Path, cwd: Path, path: str | None = None) -> str:
    """Run a command, with this PATH where one is given; give what it printed."""
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**os.environ, **({"PATH": path} if path else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
