"""Killed at any moment a transfer resumes, and before that its target was never an object."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.parts.killing import finish, killed_and_resumed, start, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

FULL = os.environ.get("MODOS_CAMPAIGN") == "1"
KILLS = 100 if FULL else 3
MEBIBYTES = 1024 if FULL else 160


@pytest.mark.campaign
@pytest.mark.timeout(7200 if FULL else 600)
@pytest.mark.parametrize("direction", ["upload", "download"])
def test_killed_at_a_random_moment(direction: str, tmp_path: Path, seaweedfs: S3Server) -> None:
    kills = killed_and_resumed(direction, KILLS, tmp_path, seaweedfs)
    print(f"{direction}: {kills}")  # noqa: T201
    assert kills.runs == KILLS
    assert kills.cut_off
    assert not kills.lost


@pytest.mark.campaign
@pytest.mark.timeout(2400 if FULL else 600)
def test_memory_is_bounded_whatever_the_file_size(tmp_path: Path, seaweedfs: S3Server) -> None:
    bucket = seaweedfs.bucket()
    folder = tmp_path / "x"
    write(folder, 1 << 20)
    with (folder / "big.bam").open("wb") as file:
        for _ in range(MEBIBYTES):
            file.write(os.urandom(1 << 20))
    figures = {}
    steps = {
        "upload": (folder, f"s3://{bucket}/x"),
        "download": (f"s3://{bucket}/x", tmp_path / "y"),
    }
    for name, (source, target) in steps.items():
        out = finish(start(source, target, seaweedfs, 32 << 20))
        figures[name] = int(out.split()[-1])
    print(f"{MEBIBYTES} MiB: peak memory {figures} MiB")  # noqa: T201
    assert all(peak < 300 for peak in figures.values()), figures
