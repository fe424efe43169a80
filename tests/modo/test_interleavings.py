"""Any interleaving of two drafts: what succeeded is there, and everything fits together."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies

from modos_widgets.errors import ConflictError
from modos_widgets.modo.conflicts import MovedFileConflict
from tests.modo.conftest import Place, without_lock
from tests.modo.objects import ROOT, keys_of
from tests.modo.writers import OPERATIONS, Check, Scene, check_whole, unnamed_files
from tests.parts.examples import examples

pytestmark = pytest.mark.traffic

CHOICES = strategies.lists(
    strategies.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=3, unique=True
)


def drafted(place: Place, path: str, scene: Scene, who: str, chosen: list[str]) -> Any:
    """Begin a draft with some operations; those that exclude each other are left out."""
    draft, checks = place.open(path).edit(), list[Check]()
    for name in chosen:
        taken = {"remove", "rename", "change"}, {"replace_file", "move_file", "remove_with_file"}
        done = {one.__name__ for one in checks}
        if any(name in group and done & group for group in taken) or (
            name == "put_array" and len(chosen) > 1
        ):
            continue
        check = OPERATIONS[name](draft, scene, who)
        check.__name__ = name
        checks.append(check)
    return draft, checks


@pytest.mark.timeout(300)
@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(mine=["move_file"], theirs=["move_file"], moment=0)
@example(mine=["add"], theirs=["name_file", "move_file"], moment=0)
@example(mine=["add", "remove"], theirs=["add", "remove"], moment=1)
@given(mine=CHOICES, theirs=CHOICES, moment=strategies.integers(0, 9))
def test_any_interleaving_of_two_drafts_keeps_every_success(
    monkeypatch: pytest.MonkeyPatch, mine: list[str], theirs: list[str], moment: int
) -> None:
    without_lock(monkeypatch)
    with tempfile.TemporaryDirectory() as name:
        place, scene = Place("local", Path(name)), Scene(1, Path(name) / "sources")
        keys = keys_of(scene.elements, root={**ROOT, "has_assay": []}, files={scene.file: b"f"})
        path = place.put(keys)
        first, checks = drafted(place, path, scene, "a", mine)
        second, others = drafted(place, path, scene, "b", theirs)
        storage, seen, kept = first.modos[0].storage, [0], list[Check]()

        def interrupt() -> None:
            if seen[0] == moment:
                with suppress(ConflictError):
                    second.commit(force=True)
                    kept.extend(others)
            seen[0] += 1

        for method in ("write", "stream", "delete", "delete_version"):
            original = getattr(storage, method)

            def watched(*args: Any, _original: Any = original, **options: Any) -> Any:
                interrupt()
                return _original(*args, **options)

            setattr(storage, method, watched)
        with suppress(ConflictError):
            first.commit(force=True)
            kept.extend(checks)
        if seen[0] <= moment:
            seen[0] = moment
            interrupt()
        nodes, stored = check_whole(place, path), place.keys(path)
        assert not unnamed_files(nodes, (key for key in stored if not key.startswith(".")))
        lost = [check.__name__ for check in kept if not check(nodes, stored)]
        assert not lost


@pytest.mark.parametrize("theirs", ["move_file", "remove_with_file", "replace_file", "write"])
def test_a_file_that_someone_changes_before_it_is_moved_is_a_conflict(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str
) -> None:
    without_lock(monkeypatch)
    scene = Scene(1, tmp_path / "sources")
    keys = keys_of(scene.elements, root={**ROOT, "has_assay": []}, files={scene.file: b"f"})
    path = place.put(keys)
    first, _ = drafted(place, path, scene, "a", ["move_file"])
    storage = first.modos[0].storage
    stream = storage.stream
    if theirs == "write":
        after = {scene.file: b"another"}
    else:
        second, _ = drafted(place, path, scene, "b", [theirs])
        after = {}

    def late(*args: Any, **options: Any) -> Any:
        if theirs == "write":
            place.open(path).storage.write(scene.file, after[scene.file])
        else:
            second.commit(force=True)
            after.update(place.keys(path))
        return stream(*args, **options)

    monkeypatch.setattr(storage, "stream", late)
    with pytest.raises(ConflictError) as caught:
        first.commit(force=True)
    (conflict,) = caught.value.conflicts
    assert isinstance(conflict, MovedFileConflict)
    change = "another file" if theirs == "write" else "removed"
    assert str(conflict) == f"{scene.file} is now {change}, you move it to moved/a1.cram"
    nodes, stored = check_whole(place, path), place.keys(path)
    files = {key: data for key, data in stored.items() if not key.startswith((".", "data.zarr/"))}
    assert files == {
        key: data for key, data in after.items() if not key.startswith((".", "data.zarr/"))
    }
    assert not unnamed_files(nodes, files)


def edit_alike(draft: Any, scene: Scene, what: str) -> Check:
    """Make one change of a kind; two drafts make the very same."""
    new = f"{scene.sample}-new"
    if what == "change":
        draft.set(scene.sample, "name", "same")
        return lambda nodes, _: nodes[scene.sample]["name"] == "same"
    if what == "remove":
        draft.remove(scene.sample)
        return lambda nodes, _: scene.sample not in nodes
    if what == "rename":
        draft.rename(scene.sample, new)
        return lambda nodes, _: new in nodes and scene.sample not in nodes
    if what == "add":
        draft.add(new, {"name": "same"})
        return lambda nodes, _: nodes.get(new, {}).get("name") == "same"
    if what == "array":
        draft.add_array(scene.sample, np.eye(2), name="x")
        return lambda nodes, _: f"{scene.sample}/x" in nodes
    draft.attach(scene.entity, scene.source("new.cram", "same"))
    return lambda nodes, keys: (
        nodes[scene.entity]["data_path"] == "new.cram" and keys.get("new.cram") == b"same"
    )


@pytest.mark.parametrize("moment", ["before the root", "after the root", "after the commit"])
@pytest.mark.parametrize("what", ["change", "remove", "rename", "add", "array", "file"])
def test_a_node_that_another_commit_reverts_is_kept_if_this_commit_needs_it(
    near: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, moment: str
) -> None:
    without_lock(monkeypatch)
    scene = Scene(1, tmp_path / "sources")
    keys = keys_of(scene.elements, root={**ROOT, "has_assay": []}, files={scene.file: b"f"})
    path = near.put(keys)
    failing, other = (near.open(path).edit() for _ in range(2))
    check = edit_alike(failing, scene, what)
    edit_alike(other, scene, what)
    failing.set(scene.entity, "name", "of the one that fails")
    is_written, may_fail = Event(), Event()
    write, write_other = failing.modos[0].storage.write, other.modos[0].storage.write
    root = "data.zarr/zarr.json"

    def fail(target: Any, data: bytes, **options: Any) -> Any:
        if str(target) == root and not is_written.is_set():
            is_written.set()
            assert may_fail.wait(60)
            raise ConflictError("Somebody else has changed something.", "Look at it.")
        return write(target, data, **options)

    def wait(target: Any, data: bytes, **options: Any) -> Any:
        first = str(target) == root and not may_fail.is_set()
        if first and moment == "before the root":
            let_fail()
        written = write_other(target, data, **options)
        if first and moment == "after the root":
            let_fail()
        return written

    def let_fail() -> None:
        may_fail.set()
        with pytest.raises(ConflictError):
            job.result(60)

    monkeypatch.setattr(failing.modos[0].storage, "write", fail)
    monkeypatch.setattr(other.modos[0].storage, "write", wait)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(failing.commit, force=True)
        assert is_written.wait(60)
        try:
            if what in {"array", "file"}:  # they are never relied on before a root lists them
                with pytest.raises(ConflictError):
                    other.commit(force=True)
            else:
                other.commit(force=True)
        finally:
            if not may_fail.is_set():
                let_fail()
    nodes = check_whole(near, path)
    assert "name" not in nodes[scene.entity]
    assert check(nodes, near.keys(path)) == (what not in {"array", "file"})
