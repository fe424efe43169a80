"""Transfers in a process of their own, which is killed at random moments and begun again."""

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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modos_widgets import open_modo
from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.errors import NotFoundError

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

__all__ = ["Kills", "digests_of", "finish", "killed_and_resumed", "start", "write"]

_CHECKOUT = Path(__file__).parents[2]

_WORK = textwrap.dedent(
    """
    import json, sys
    from modos_widgets import transfer
    from modos_widgets.storage.copying import copy_file
    source, target, endpoint, large = sys.argv[1:5]
    copy_file.LARGE = int(large)
    keys = {"key": sys.argv[5], "secret": sys.argv[6]}
    options = {"services": {"s3": endpoint}, "s3_kwargs": keys}
    print("begun", flush=True)
    transfer(source, target, **options).wait()
    # not getrusage, whose peak begins with that of the parent process
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) >> 10)
    """
)


@dataclass
class Kills:
    """What became of the runs."""

    runs: int = 0
    cut_off: int = 0
    """Runs that were killed before they had ended."""
    lost: int = 0
    """Runs whose target was an object too early, or not the source in the end."""


def start(source: object, target: object, server: S3Server, large: int) -> subprocess.Popen[str]:
    """Begin a transfer; it says "begun", and at its end the peak of its memory in MiB."""
    keys = (server.endpoint, str(large), server.key, server.secret)
    return subprocess.Popen(
        [sys.executable, "-c", _WORK, str(source), str(target), *keys],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(_CHECKOUT)},
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a transfer that has to succeed."""
    out, _ = process.communicate(timeout=1000)
    assert process.returncode == 0
    return out


def write(folder: Path, big: int) -> dict[str, str]:
    """Make an object of 152 files, one of `big` bytes; give name and digest of each."""
    content = {f"f{number}": os.urandom(67 * number) for number in range(150)}
    content["big.bam"] = os.urandom(big)
    content[ROOT_DOCUMENT] = json.dumps(
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
    return {name: _digest(data) for name, data in content.items()}


def digests_of(target: object, server: S3Server) -> dict[str, str]:
    """Return name and digest of each file, read without the code under test."""
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
    return {name: _digest(data) for name, data in found.items()}


def killed_and_resumed(direction: str, runs: int, folder: Path, server: S3Server) -> Kills:
    """Kill a transfer at a random moment, look at the target, begin again; many times."""
    kills, bucket = Kills(), server.bucket(f"killed-{direction}")
    digests = write(folder / "x", 40 << 20)
    source: object = folder / "x"
    if direction == "download":
        finish(start(source, f"s3://{bucket}/x", server, 1 << 20))
        source = f"s3://{bucket}/x"
    longest = 1.0
    for number in range(runs):
        target = f"s3://{bucket}/y{number}" if direction == "upload" else folder / f"y{number}"
        process = start(source, target, server, 1 << 20)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        begun, early = time.monotonic(), False
        try:
            process.wait(random.uniform(0, longest))  # noqa: S311 - a moment, no secret
            longest = time.monotonic() - begun
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills.cut_off += 1
            early = digests_of(target, server) != digests and _is_object(target, server)
        process.stdout.close()
        finish(start(source, target, server, 1 << 20))
        kills.runs += 1
        whole = digests_of(target, server) == digests and _is_object(target, server)
        kills.lost += early or not whole
    return kills


def _is_object(target: object, server: S3Server) -> bool:
    services = {"s3": server.endpoint}
    try:
        return open_modo(str(target), services=services, s3_kwargs=server.s3_kwargs).id == "x"
    except NotFoundError:
        return False


def _digest(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()  # noqa: S324
