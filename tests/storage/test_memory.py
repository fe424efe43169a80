"""Streams: put and open take a fixed amount of memory, whatever the size of the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.storage.conftest import Place

CAMPAIGN = os.environ.get("MODOS_CAMPAIGN") == "1"
MIB = 1024 if CAMPAIGN else 96
ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys
from modos_widgets.storage import LocalStorage, S3Storage

place, mib = json.loads(sys.argv[1]), int(sys.argv[2])
if place["endpoint"]:
    storage = S3Storage(place["url"], place["endpoint"], place["s3_kwargs"])
else:
    storage = LocalStorage(place["url"])
storage.put([b"x" * 9 * 2**20], "warm")
with storage.open("warm") as file:
    for piece in file:
        pass

def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024

def peak():  # not getrusage, whose peak begins with that of the parent process
    return status("VmHWM")

with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the peak begins anew
before = status("VmRSS")
block = bytes(range(256)) * 4096
storage.put((block for _ in range(mib)), "large")
after_put = peak()
size = 0
for piece in storage.open("large"):
    size += len(piece)
after_open = peak()
assert size == mib * 2**20, size
with storage.open("large") as file:
    storage.put(file, "copy")
after_copy = peak()
print(json.dumps([after_put - before, after_open - before, after_copy - before]))
"""


@pytest.fixture(params=["local", pytest.param("seaweedfs", marks=pytest.mark.real)])
def disk_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return the backends that keep files on a disk; moto keeps them in memory."""
    from tests.storage.conftest import make_place  # noqa: PLC0415

    return make_place(request.param, request, tmp_path)


@pytest.mark.campaign
@pytest.mark.timeout(600)
def test_a_large_file_streams_through_little_memory(disk_place: Place) -> None:
    """Peak extra memory of a process of its own, which has warmed up with 9 MiB."""
    import json  # noqa: PLC0415

    storage = disk_place.make()
    where = {
        "url": storage.url,
        "endpoint": disk_place.server.endpoint if disk_place.server else None,
        "s3_kwargs": disk_place.server.s3_kwargs if disk_place.server else None,
    }
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(where), str(MIB)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    figures = json.loads(run.stdout)
    print(f"{disk_place.kind}: {MIB} MiB; extra MiB at put, open, copy: {figures}")  # noqa: T201
    assert max(figures) < 64
