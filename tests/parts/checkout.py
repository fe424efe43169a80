"""A copy of this checkout's own files, as a fresh clone has them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def own_files() -> list[Path]:
    """Give the files that git knows or would take up, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a copy without anything that is built or installed."""
    copy = tmp_path / "checkout"
    for path in own_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    return copy
