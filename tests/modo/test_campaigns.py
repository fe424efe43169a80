"""Kill a commit at every write; let eight processes edit one object at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

import modos_widgets
from modos_widgets.errors import (
    ConflictError,
    InterruptedCommitError,
    LockedError,
    UnsupportedError,
)
from tests.modo import workers
from tests.modo.conftest import Place, place_of
from tests.modo.objects import ELEMENTS, ROOT, keys_of
from tests.modo.writers import OPERATIONS, Scene, check_whole, unnamed_files
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.modo.writers import Check, Nodes

FULL = os.environ.get("MODOS_CAMPAIGN") == "1"
SAMPLES = {
    f"sample/s{number}": {"@type": "Sample", "name": "before", "collector": "before"}
    for number in range(1, 7)
}
PROCESSES = 8
EDITS = 1000 if FULL else 32
REAL = pytest.param("seaweedfs", marks=pytest.mark.real)
PLACES = ["local", "moto", REAL] if FULL else ["local", REAL]

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(3600 if FULL else 180)]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Run a campaign on each place; in small on a disk and a real server alone."""
    return place_of(request, tmp_path)


@pytest.fixture(scope="module")
def processes() -> Any:
    """Return processes that begin with the package imported, and without its threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(workers.PRELOAD)
    return context


def options_of(place: Place) -> dict[str, Any]:
    if place.server is None:
        return {}
    return {"services": place.services, "s3_kwargs": place.s3_kwargs}


def put(place: Place, name: str = "study") -> str:
    root = {**ROOT, "name": "before"}
    return place.put(keys_of({**ELEMENTS, **SAMPLES}, root=root), name)


def is_consistent(place: Place, path: str) -> bool:
    """Return whether the root's copy says what the nodes say, and zarr opens both ways."""
    modo = place.open(path, "r")
    group = modo.storage.zarr.store
    for consolidated in (True, False):
        root = zarr.open_group(group, mode="r", zarr_format=3, use_consolidated=consolidated)
        assert root["sample/s1"].attrs["name"] in {"before", "after"}
    nodes = modo.hierarchy.nodes
    rests = [
        key
        for key in place.keys(path)
        if key.startswith("data.zarr/")
        and not key.endswith(".part")
        and key.removeprefix("data.zarr/").partition("/c/")[0].removesuffix("zarr.json").rstrip("/")
        not in nodes
    ]
    assert not rests
    return not modo.compare(nodes=True)


MOMENTS = {"cells": (5 + 1) * 2, "all": (6 + 3 + 4) * 2, "many": (4 + 20 + 1) * 2}


def moments(place: Place, plan: str) -> list[int]:
    """Choose when to kill: at every write in full, at a few else."""
    count = MOMENTS[plan] * (3 if place.kind == "local" else 1)
    if FULL:
        return list(range(count + 4))
    return list(range(1, count, count // 4))


@pytest.mark.parametrize("plan", ["cells", "all", "many"])
def test_after_a_killed_commit_the_object_opens_and_a_repair_reports_what_is_stored(
    place: Place, processes: Any, plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = whole = none = part = 0
    for moment in moments(place, plan):
        path = put(place, f"{plan}-{moment}")
        before = place.open(path, "r").metadata
        child = processes.Process(
            target=workers.commit_and_die,
            args=(path, options_of(place), os.environ["XDG_STATE_HOME"], moment, plan),
        )
        child.start()
        child.join(120)
        modo = place.open(path)
        assert modo.metadata.keys() >= {"study", "sample/s1"}
        if child.exitcode == 0:
            assert not modo.interrupted
            assert is_consistent(place, path)
            continue
        assert child.exitcode == -9
        killed += 1
        torn = bool(modo.interrupted)
        if torn:
            assert modo.validate().of_code("interrupted_commit")
            draft = modo.edit()
            draft.set("reference/r1", "name", "x")
            with pytest.raises(InterruptedCommitError, match=modo.interrupted):
                draft.commit()
        repaired = modo.repair()
        assert is_consistent(place, path), repaired
        assert not modo.interrupted
        assert set(modo.files().index) == {"d1.cram", "d1.cram.crai", "r1.fa", "r1.fa.fai"}
        if not torn:  # killed before anything was begun, or when all was done
            continue
        assert repaired.written is not None
        assert repaired.missing is not None
        after = modo.metadata
        for element, slots in repaired.written.cells.items():
            for slot, (_, new) in slots.items():
                assert after[element][slot] == new
        for element, slots in repaired.missing.cells.items():
            for slot, (old, _) in slots.items():
                assert after[element][slot] == old == before[element][slot]
        assert repaired.written.added.keys() <= after.keys()
        assert not repaired.missing.added.keys() & after.keys()
        assert not repaired.written.removed.keys() & after.keys()
        assert repaired.missing.removed.keys() <= after.keys()
        whole += not repaired.missing
        none += not repaired.written
        part += bool(repaired.written and repaired.missing)
        draft = modo.edit()
        draft.set("reference/r1", "name", "goes on")
        draft.commit()
        assert is_consistent(place, path)
    with capsys.disabled():
        print(  # noqa: T201 - the table of the campaign
            f"\nkilled {place.kind} {plan}: {killed} kills, stored whole {whole}, "
            f"nothing {none}, a part {part}, not opened or not repaired 0"
        )
    assert killed
    assert list(place.folder.glob(".*.modos-lock")) == [] or place.kind == "local"


@pytest.mark.parametrize("moment", [0, 5, 10, 15] if FULL else [5, 15])
def test_objects_of_a_killed_commit_report_it_first_and_are_repaired_together(
    place: Place, processes: Any, moment: int
) -> None:
    paths = [put(place, f"several-{number}") for number in range(6)]
    child = processes.Process(
        target=workers.commit_several_and_die,
        args=(paths, options_of(place), os.environ["XDG_STATE_HOME"], moment),
    )
    child.start()
    child.join(120)
    assert child.exitcode == -9
    modos = [place.open(path) for path in paths]
    torn = {modo.path for modo in modos if modo.interrupted}
    assert torn
    for modo in modos:
        found = modo.validate()
        assert (found[0].code == "interrupted_commit") == (modo.path in torn)
    draft = modos_widgets.edit(modos)
    assert {one.object for one in draft.interrupted} == torn
    assert {one.code for one in draft.interrupted} == {"interrupted_commit"}
    assert {bool(one.fix) for one in draft.interrupted} == {True}
    draft.set((paths[0], "reference/r1"), "name", "mine")
    repairs = draft.repair()
    assert len(repairs) == len(torn)
    assert not draft.interrupted
    for path in paths:
        assert is_consistent(place, path)
        metadata = place.open(path, "r").metadata
        for element in ("sample/s1", "sample/s2"):
            assert draft.current((path, element), "name") == metadata[element]["name"]
    assert draft.diff().to_numpy().tolist() == [[paths[0], "reference/r1", "name", None, "mine"]]
    draft.commit()
    assert place.attributes(paths[0], "reference/r1")["name"] == "mine"


def test_eight_processes_lose_no_edit(
    place: Place, processes: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(place)
    logs = [tmp_path / f"log{worker}" for worker in range(PROCESSES)]
    begin = time.monotonic()
    children = [
        processes.Process(
            target=workers.edit_often,
            args=(path, options_of(place), os.environ["XDG_STATE_HOME"]),
            kwargs={"worker": worker, "edits": EDITS // PROCESSES, "log": str(log)},
        )
        for worker, log in enumerate(logs)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    took = time.monotonic() - begin
    failed = [log for log, child in zip(logs, children, strict=True) if child.exitcode]
    assert not failed, failed[0].read_text()
    results = [json.loads(log.read_text()) for log in logs]
    steps: dict[tuple[str, str], dict[str, str]] = {}
    for result in results:
        for element, slot, before, after in result["done"]:
            chain = steps.setdefault((element, slot), {})
            assert before not in chain, "two edits replaced the same value: one was lost"
            chain[before] = after
    stored = place.open(path, "r").metadata
    edits = 0
    for (element, slot), chain in steps.items():
        value, length = "before", 0
        while value in chain:
            value, length = chain[value], length + 1
        assert length == len(chain), f"edits of {element} {slot} were lost"
        assert value == stored[element][slot]
        edits += length
    assert not place.open(path).compare(nodes=True)
    told = sum(result["told"] for result in results)
    with capsys.disabled():
        print(  # noqa: T201 - the table of the campaign
            f"\nconcurrency {place.kind}: {PROCESSES} processes, {EDITS} commits, "
            f"{edits} cells, {told} conflicts told, edits lost 0, {took:.0f} s"
        )


WRITER_PLACES = ["local", "moto", "no delete conditions", "no conditions", REAL]
SCENES = 260 if FULL else 6
BATCH = 26 if FULL else 6


@pytest.fixture(params=WRITER_PLACES)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return the places, and servers that ignore the conditions of deletes, or all of them.

    moto looks and writes in two steps, so there a proxy passes one request at a time.
    """
    if request.param in {"local", "seaweedfs"}:
        yield place_of(request, tmp_path)
        return
    server = request.getfixturevalue("moto_server")
    with Proxy(server.endpoint) as proxy:
        proxy.one_at_a_time = True
        if request.param != "moto":
            proxy.drop_headers_of["DELETE"] = {"if-match"}
        if request.param == "no conditions":
            proxy.drop_headers_of["PUT"] = {"if-match", "if-none-match"}
        behind = replace(server, endpoint=proxy.endpoint)
        yield Place(request.param, tmp_path, behind, server.bucket())


def is_gone(element: str, nodes: Nodes, _: dict[str, bytes]) -> bool:
    return element not in nodes


def has_key(key: str, _: Nodes, keys: dict[str, bytes]) -> bool:
    return key in keys


def commit_together(
    place: Place, path: str, scene: Scene, chance: random.Random, counted: Counter[str]
) -> list[Check]:
    """Let two drafts of one object meet at a scene, and return the effects of who succeeded."""
    start, checks = threading.Barrier(2), []
    first = place.open(path).edit()
    first.add(f"{scene.sample}-undone", {"name": "before"})
    adding = None
    with suppress(UnsupportedError):
        adding = first.commit()
    prepared: list[tuple[Callable[[], object], Check]] = []
    for who in "ab":
        draft = place.open(path).edit()
        if adding is not None and chance.random() < 0.15:
            undone = f"{scene.sample}-undone"
            if who == "a":
                prepared.append((adding.undo, partial(is_gone, undone)))
            else:
                draft.add_array(undone, np.eye(2), name="x")
                key = f"data.zarr/{undone}/x/zarr.json"
                prepared.append((draft.commit, partial(has_key, key)))
            continue
        check = OPERATIONS[chance.choice(sorted(OPERATIONS))](draft, scene, who)
        prepared.append((partial(draft.commit, force=True, timeout=120), check))

    def run(commit: Callable[[], object], check: Check) -> None:
        start.wait(60)
        try:
            commit()
        except (ConflictError, UnsupportedError) as error:
            counted[type(error).__name__] += 1
        else:
            counted["success"] += 1
            checks.append(check)

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(run, *one) for one in prepared]
    for job in jobs:
        job.result()
    return checks


def test_two_writers_lose_nothing_and_leave_no_orphan(
    shared: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, counted = random.Random(shared.kind), Counter[str]()  # noqa: S311 - no secret
    begin = time.monotonic()
    for batch in range(0, SCENES, BATCH):
        scenes = [Scene(batch + number, tmp_path / "sources") for number in range(BATCH)]
        elements = {name: one for scene in scenes for name, one in scene.elements.items()}
        files = {scene.file: scene.file.encode() for scene in scenes}
        path = shared.put(
            keys_of(elements, root={**ROOT, "has_assay": []}, files=files), f"w{batch}"
        )
        checks = [
            check
            for scene in scenes
            for check in commit_together(shared, path, scene, chance, counted)
        ]
        nodes, keys = check_whole(shared, path), shared.keys(path)
        assert not unnamed_files(nodes, keys)
        counted["lost"] += sum(not check(nodes, keys) for check in checks)
    with capsys.disabled():
        print(  # noqa: T201 - the table of the campaign
            f"\ntwo writers {shared.kind}: {dict(counted)}, orphans 0, "
            f"{time.monotonic() - begin:.0f} s"
        )
    assert not counted["lost"]
    assert bool(counted["success"]) == (shared.kind != "no conditions")


def test_a_running_commit_is_waited_for_and_not_reported_as_interrupted(
    place: Place, processes: Any, tmp_path: Path
) -> None:
    path = put(place)
    ready = tmp_path / "ready"
    state = os.environ["XDG_STATE_HOME"]
    child = processes.Process(
        target=workers.commit_and_wait, args=(path, options_of(place), state, str(ready))
    )
    child.start()
    try:
        end = time.monotonic() + 60
        while not ready.exists() and time.monotonic() < end:
            time.sleep(0.02)
        modo = place.open(path)
        assert modo.metadata
        assert not modo.interrupted
        assert not modo.validate().of_code("interrupted_commit")
        with pytest.raises(LockedError):
            modo.repair(timeout=0.3)
        if place.kind == "local":
            draft = modo.edit()
            draft.set("sample/s2", "name", "mine")
            with pytest.raises(LockedError):
                draft.commit(timeout=0.3)
    finally:
        child.kill()
        child.join()
    modo = place.open(path)
    assert modo.interrupted
    repaired = modo.repair()
    assert "sample/s1" in repr(repaired)
    modo = place.open(path)
    assert modo.interrupted == ""
    assert modo.metadata["sample/s1"]["name"] == "after"
