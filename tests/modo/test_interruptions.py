"""Commits that are cut short or stand still: keys that run out, a repair beside a live one."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets.credentials import S3Credential
from modos_widgets.errors import CredentialsError, InterruptedCommitError, LockedError
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.modo.draft.draft import Draft
    from modos_widgets.progress import Progress
    from tests.modo.conftest import Place

pytestmark = pytest.mark.traffic

EXPIRED: dict[str, Any] = {"status": 400, "code": "ExpiredToken"}


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Raise KeyboardInterrupt at SIGINT, which a run in the background of a shell ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def two_changes(place: Place, path: str) -> Draft:
    draft = place.open(path).edit()
    draft.set("sample/s1", "name", "after")
    draft.set("sample/s2", "name", "after")
    return draft


@pytest.mark.parametrize("moment", [4, 5])
def test_a_commit_whose_keys_expire_can_be_repaired(moto: Place, moment: int) -> None:
    assert moto.server is not None
    path = moto.put()
    with Proxy(moto.server.endpoint) as proxy:
        behind = replace(moto, server=replace(moto.server, endpoint=proxy.endpoint))
        warm = behind.open(path).edit()
        warm.set("sample/s1", "name", "before")
        warm.set("sample/s2", "name", "before")
        warm.commit()
        draft = two_changes(behind, path)
        proxy.faults = [Fault("status", at=moment, times=1000, **EXPIRED)]
        with pytest.raises(CredentialsError) as caught:
            draft.commit()
        assert "run Modo.repair()" in str(caught.value)
        proxy.faults = []
        modo = behind.open(path)
        assert modo.commits()["state"].iloc[0] == "interrupted"
        assert modo.metadata.keys() >= {"sample/s1", "sample/s2"}
        with pytest.raises(InterruptedCommitError):
            two_changes(behind, path).commit()
        said = modo.repair()
        assert not modo.interrupted
        assert modo.commits()["state"].iloc[0] in {"done", "partly stored", "reverted"}
        assert not modo.compare(nodes=True)
        assert said.written is not None
        stored = {
            element for element, slots in said.written.cells.items() if element.startswith("sample")
        }
        for element in ("sample/s1", "sample/s2"):
            name = modo.metadata[element]["name"]
            assert name == ("after" if element in stored else "before")
        two_changes(behind, path).commit()


def test_a_commit_whose_keys_are_renewed_succeeds(moto: Place) -> None:
    assert moto.server is not None
    path, server = moto.put(), moto.server
    given: list[int] = []

    def credentials() -> S3Credential:
        given.append(1)
        return S3Credential(server.key, server.secret)

    with Proxy(server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            path,
            mode="r+",
            services={"s3": proxy.endpoint},
            s3_kwargs={"credentials": credentials},
        )
        draft = modo.edit()
        draft.set("sample/s1", "name", "after")
        proxy.faults = [Fault("status", method="PUT", contains="sample/s1", **EXPIRED)]
        draft.commit()
    assert len(given) == 2
    assert moto.open(path).metadata["sample/s1"]["name"] == "after"


def test_a_repair_waits_for_a_running_commit_and_does_not_settle_it(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = near.put()
    draft = two_changes(near, path)
    storage = draft.modos[0].storage
    write, begun, may_go_on = storage.write, threading.Event(), threading.Event()

    def held(target: Any, data: bytes, **options: Any) -> str:
        if str(target) == "data.zarr/zarr.json":
            begun.set()
            assert may_go_on.wait(60)
        return write(target, data, **options)

    monkeypatch.setattr(storage, "write", held)
    results: list[Any] = []
    committing = threading.Thread(target=lambda: results.append(draft.commit()))
    committing.start()
    assert begun.wait(60)
    other = near.open(path)
    assert not other.interrupted
    assert not other.validate().of_code("interrupted_commit")
    with pytest.raises(LockedError):
        other.repair(timeout=0.2)
    repairing = threading.Thread(target=lambda: results.append(other.repair(timeout=60)))
    repairing.start()
    repairing.join(0.2)
    assert repairing.is_alive()
    may_go_on.set()
    committing.join(60)
    repairing.join(60)
    assert {type(one).__name__ for one in results} == {"Commit", "Repair"}
    (said,) = [one for one in results if type(one).__name__ == "Repair"]
    assert not said.commit
    assert repr(said) == "Nothing to repair."
    assert other.metadata["sample/s2"]["name"] == "after"
    assert not other.compare(nodes=True)


@pytest.mark.parametrize("count", [1, 3])
def test_after_ctrl_c_the_draft_keeps_only_changes_that_are_not_stored(
    near: Place, monkeypatch: pytest.MonkeyPatch, ctrl_c: None, count: int
) -> None:
    paths = [near.put(name=f"P-{number}") for number in range(count)]
    modos = [near.open(path) for path in paths]
    draft = modos_widgets.edit(modos)
    for path in paths:
        draft.set((path, "sample/s1"), "name", "after")
        draft.add((path, "sample/new"), {"name": "New"})
        draft.rename((path, "sample/s2"), "sample/s9")
    storage = modos[0].storage
    write = storage.write

    def interrupted(target: Any, data: bytes, **options: Any) -> str:
        etag = write(target, data, **options)
        if str(target) == "data.zarr/zarr.json":
            signal.raise_signal(signal.SIGINT)  # the main thread gets it, which waits
        return etag

    monkeypatch.setattr(storage, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        draft.commit("Interrupted")
    assert not any(modo.interrupted for modo in modos)
    assert not draft
    stored = [near.keys(path) for path in paths]
    assert draft.commit().objects == ()
    assert [near.keys(path) for path in paths] == stored
    for path in paths:
        assert near.attributes(path, "sample/new")["name"] == "New"
        assert near.open(path).undo_commit().message.startswith("Undo of")
        assert near.attributes(path, "sample/s2")["name"] == "Sample 2"


def test_a_progress_that_raises_leaves_only_what_is_not_stored(near: Place) -> None:
    paths = [near.put(name=f"P-{number}") for number in range(12)]
    draft = modos_widgets.edit([near.open(path) for path in paths])
    for path in paths:
        draft.add((path, "sample/new"), {"name": "New"})

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draft.commit(on_progress=stop)
    left = {row[0] for row in draft.rows()}
    assert left == {path for path in paths if "sample/new" not in near.open(path).metadata}
    draft.commit()
    assert all("sample/new" in near.open(path).metadata for path in paths)
