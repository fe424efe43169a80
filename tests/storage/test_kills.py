"""``kill -9`` at any moment: the object opens, and every key is old or new, never half."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.storage import Storage, add_metadata_group, list_zarr_items
from tests.storage.conftest import at

if TYPE_CHECKING:
    from tests.storage.conftest import Place

CAMPAIGN = os.environ.get("MODOS_CAMPAIGN") == "1"
MOMENTS = 50 if CAMPAIGN else 3
ROOT = Path(__file__).parents[2]
SIZE = 12 * 2**20

PROGRAM = """
import json, os, sys, traceback
import s3fs.core, zarr.core.sync
from modos_widgets.storage import LocalStorage, S3Storage, add_metadata_group

def connect(place):
    if place["endpoint"]:
        return S3Storage(place["url"], place["endpoint"], place["s3_kwargs"])
    return LocalStorage(place["url"])

what = sys.argv[1]
# each moment has a child of its own, forked before anything is connected: importing takes
# longer than the work
def work(number):
    storage, other = (connect(json.loads(one)) for one in sys.argv[2:4])
    group = storage.zarr["sample"]
    os.write(1, b"go\\n")
    if what == "put":
        storage.put((bytes([number % 256]) * 2**20 for _ in range(12)), "file")
    elif what == "transfer":
        other.transfer(storage, overwrite=True)
    elif what == "add":
        for step in range(20):
            metadata = {"id": f"n{number}-{step}", "text": "x" * 1000}
            add_metadata_group(group, metadata)
    os.write(1, b"done\\n")

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            work(int(line))
        except BaseException:
            traceback.print_exc()
            os.write(1, b"failed\\n")
        finally:
            os._exit(0)
    os.write(1, f"{child}\\n".encode())
    os.waitpid(child, 0)
    os.write(1, b"gone\\n")
"""


class Victim:
    """A process that works until it is killed."""

    def __init__(self, what: str, place: Place) -> None:
        where = []
        for name in ("ex", "other"):
            url = place.make(name).url
            server = place.server
            where.append(
                json.dumps(
                    {
                        "url": url,
                        "endpoint": server.endpoint if server else None,
                        "s3_kwargs": server.s3_kwargs if server else None,
                    }
                )
            )
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, what, *where],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.child = 0

    def start(self, number: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        self.child = int(self._line())
        assert self._line() == "go"

    def finish(self) -> float:
        begin = time.monotonic()
        assert self._line() == "done"
        seconds = time.monotonic() - begin
        assert self._line() == "gone"
        return seconds

    def kill(self) -> bool:
        """Kill the child; say whether it was still at work."""
        with contextlib.suppress(ProcessLookupError):  # it has finished already
            os.kill(self.child, signal.SIGKILL)
        done = self._line() == "done"
        if done:
            assert self._line() == "gone"
        return not done

    def end(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self.process.wait(30)

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line != "failed", "what was at work failed by itself; standard error says why"
        return line


def check_whole(storage: Storage) -> dict[str, dict[str, Any]]:
    """The object opens, every node parses; give the attributes of every node."""
    storage.root_document(refresh=True)
    assert not [path for path in storage.list() if path.name.endswith((".part", ".partial"))]
    return {path: dict(node.attrs) for path, node in list_zarr_items(storage.zarr)}


@pytest.fixture(params=["local", pytest.param("seaweedfs", marks=pytest.mark.real)])
def kill_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    from tests.storage.conftest import make_place  # noqa: PLC0415

    return make_place(request.param, request, tmp_path)


def fill(storage: Storage, mark: int) -> None:
    storage.zarr.attrs["mark"] = mark
    for number in range(10):
        storage.put([bytes([mark]) * 1000], f"files/{number}")
    storage.put([bytes([mark]) * SIZE], "large")
    for number in range(5):
        add_metadata_group(
            at(storage.zarr, "sample"), {"id": f"s{number}", "mark": mark}, overwrite=True
        )


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("what", ["put", "transfer", "add"])
def test_killed_at_any_moment(what: str, kill_place: Place) -> None:
    chance = random.Random(what)  # noqa: S311
    storage, other = kill_place.make(), kill_place.make("other")
    fill(storage, 1)
    fill(other, 2)
    first = kill_place.raw()
    second = kill_place.raw("other")
    victim = Victim(what, kill_place)
    victim.start(0)
    usual = victim.finish()
    at_work = 0
    try:
        for moment in range(1, MOMENTS + 1):
            if what == "transfer":
                fill(storage, 1)
            victim.start(moment)
            time.sleep(chance.uniform(0, usual))
            at_work += victim.kill()
            check_after(what, kill_place, first, second)
    finally:
        victim.end()
    print(f"{what} on {kill_place.kind}: {at_work} of {MOMENTS} killed at work")  # noqa: T201
    check_going_on(what, kill_place, second)


def check_after(what: str, place: Place, first: dict[str, bytes], second: dict[str, bytes]) -> None:
    """Every key is old or new."""
    storage = place.make()
    nodes = check_whole(storage)
    if what == "put":
        data = storage.read("file").data
        assert len(data) == SIZE
        assert data == data[:1] * SIZE
    elif what == "transfer":
        found = place.raw()
        for key, data in first.items():
            if key in second and key.rpartition("/")[2] != "zarr.json":
                assert found[key] in {data, second[key]}, key
        assert all(nodes[f"sample/s{n}"]["mark"] in {1, 2} for n in range(5))
    else:
        added = {path: node for path, node in nodes.items() if path.startswith("sample/n")}
        assert all(node == {"text": "x" * 1000} for node in added.values())


def check_going_on(what: str, place: Place, second: dict[str, bytes]) -> None:
    """Whatever was left behind does not keep anybody from going on."""
    storage, other = place.make(), place.make("other")
    if what == "transfer":
        other.transfer(storage, overwrite=True)
        found = {key: data for key, data in place.raw().items() if ".part" not in key}
        assert found == second
    elif what == "add":
        add_metadata_group(at(storage.zarr, "sample"), {"id": "last"})
        assert "sample/last" in check_whole(place.make(mode="r"))
