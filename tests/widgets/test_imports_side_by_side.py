"""What is loaded on first use may be loaded by several threads at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import modos_widgets

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.traffic

_PROGRAM = """
import sys, threading, traceback
import modos_widgets as modos

path, failed = sys.argv[1], []
jobs = [
    lambda: modos.open_modo(path).frame(),
    lambda: modos.catalog(path),
    lambda: modos.ZarrTree(path).source.start(),
    lambda: modos.ArrayPreview(path),
    lambda: modos.MetadataTable(path).frame,
    lambda: modos.browse(path),
    lambda: modos.storage.LocalStorage(path).zarr,
    lambda: modos.remote.is_s3_path(path),
    lambda: modos.storage.connect_s3("s3://bucket/x", "http://127.0.0.1:9", {"anon": True}),
]
barrier = threading.Barrier(len(jobs))
def run(job):
    barrier.wait()
    try:
        job()
    except Exception:
        failed.append(traceback.format_exc())
sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(jobs), "jobs", *failed)
"""


def test_threads_may_use_the_package_for_the_first_time_at_once(tmp_path: Path) -> None:
    modos_widgets.create_modo(tmp_path / "study")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "study")],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    assert done.stdout.split("\n", 1)[0] == "9 jobs", done.stdout + done.stderr
