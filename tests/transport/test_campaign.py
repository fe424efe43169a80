"""Killed at any moment a transfer resumes, and before that its target was never an object."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modos_widgets import open_modo
from modos_widgets.errors import NotFoundError
from modos_widgets.transport.plan import ROOT

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

FULL = os.environ.get("MODOS_CAMPAIGN") == "1"
KILLS = 100 if FULL else 3
MEBIBYTES = 1024 if FULL else 160
CHECKOUT = Path(__file__).parents[2]

WORK = textwrap.dedent(
    """
    import json, resource, sys
    from modos_widgets import transfer
    from modos_widgets.storage.copying import routes
    source, target, endpoint, large = sys.argv[1:5]
    routes.LARGE = int(large)
    keys = {"key": sys.argv[5], "secret": sys.argv[6]}
    options = {"services": {"s3": endpoint}, "s3_kwargs": keys}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("begun", flush=True)
    transfer(source, target, **options).wait()
    print(json.dumps((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10))
    """
)


def start(source: object, target: object, server: S3Server, large: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            WORK,
            str(source),
            str(target),
            server.endpoint,
            str(large),
            server.key,
            server.secret,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=1000)
    assert process.returncode == 0
    return out


def write(folder: Path, big: int) -> dict[str, str]:
    content = {f"f{number}": os.urandom(67 * number) for number in range(150)}
    content["big.bam"] = os.urandom(big)
    content[ROOT] = json.dumps(
        {
            "zarr_format": 3,
            "node_type": "group",
            "attributes": {"id": "x"},
            "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": {}},
        }
    ).encode()
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {name: hashlib.md5(data).hexdigest() for name, data in content.items()}  # noqa: S324


@pytest.mark.campaign
@pytest.mark.timeout(7200 if FULL else 600)
@pytest.mark.parametrize("direction", ["upload", "download"])
def test_killed_at_a_random_moment(direction: str, tmp_path: Path, seaweedfs: S3Server) -> None:
    bucket = seaweedfs.bucket()
    digests = write(tmp_path / "x", 40 << 20)
    source: object = tmp_path / "x"
    if direction == "download":
        finish(start(source, f"s3://{bucket}/x", seaweedfs, 1 << 20))
        source = f"s3://{bucket}/x"
    services = {"s3": seaweedfs.endpoint}
    cut_off = 0
    longest = 1.0
    for number in range(KILLS):
        target = f"s3://{bucket}/y{number}" if direction == "upload" else tmp_path / f"y{number}"
        process = start(source, target, seaweedfs, 1 << 20)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        begun = time.monotonic()
        try:
            process.wait(random.uniform(0, longest))  # noqa: S311 - a moment, no secret
            longest = time.monotonic() - begun
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            cut_off += 1
            there = _digests(target, tmp_path, seaweedfs)
            if there != digests:
                with pytest.raises(NotFoundError):
                    open_modo(str(target), services=services, s3_kwargs=seaweedfs.s3_kwargs)
        process.stdout.close()
        finish(start(source, target, seaweedfs, 1 << 20))
        assert _digests(target, tmp_path, seaweedfs) == digests
        assert open_modo(str(target), services=services, s3_kwargs=seaweedfs.s3_kwargs).id == "x"
    assert cut_off
    print(f"{direction}: {KILLS} runs, {cut_off} cut off, 0 lost")  # noqa: T201


def _digests(target: object, tmp_path: Path, server: S3Server) -> dict[str, str]:
    if isinstance(target, Path):
        found = {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in target.rglob("*")
            if path.is_file() and not path.name.startswith(".modos-")
        }
    else:
        bucket, _, prefix = str(target).removeprefix("s3://").partition("/")
        keys = server.keys(bucket, f"{prefix}/")
        found = {key.removeprefix(f"{prefix}/"): data for key, data in keys.items()}
    return {name: hashlib.md5(data).hexdigest() for name, data in found.items()}  # noqa: S324


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
    print(f"{MEBIBYTES} MiB: peak extra memory {figures} MiB")  # noqa: T201
    assert all(extra < 300 for extra in figures.values()), figures
