"""Commits taken back, and the journal that this rests on."""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import TYPE_CHECKING

import pytest

import modos_widgets
from modos_widgets.credentials import cache_folder
from modos_widgets.errors import (
    ConflictError,
    NotFoundError,
)
from modos_widgets.modo.draft.draft import Draft
from modos_widgets.session.bookmarks import Bookmarks
from tests.modo.objects import ROOT, changed_keys, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.modo.conftest import Place


def test_a_commit_is_undone_in_a_later_session(place: Place) -> None:
    path = place.put()
    before = place.open(path).metadata
    draft = place.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.unset("sample/s2", "name")
    draft.add("sample/s3", {})
    draft.commit("Three things")
    later = place.open(path)
    assert list(later.commits()["message"]) == ["Three things"]
    undone = later.undo_commit()
    assert undone.message.startswith("Undo of ")
    after = place.open(path).metadata
    del before["study"]["last_update_date"], after["study"]["last_update_date"]
    assert after == before
    assert sorted(later.commits()["state"]) == ["done", "undone"]
    with pytest.raises(NotFoundError):
        later.undo_commit()


def test_an_undo_restores_the_same_bytes(near: Place) -> None:
    root = {**ROOT, "description": "Before the links", "has_assay": ["assay/a1"]}
    path = near.put(keys_of(root=root))
    modo = near.open(path)
    before = near.keys(path)
    draft = modo.edit()
    draft.unset("sample/s1", "name")
    draft.set("sample/s1", "collector", ["Ann"])
    draft.unset("sample/s2", "@type")
    draft.unset("data/d1", "data_path")
    draft.unset("data/d1", "has_sample")
    draft.unset("", "id")
    draft.unset("", "description")
    draft.remove("reference/r1")
    received = Draft.from_json(draft.to_json(), near.open(path))
    commit = received.commit(force=True)
    near.open(path).undo_commit(commit.id)
    after = near.keys(path)
    assert changed_keys(before, after) == {"data.zarr/zarr.json"}
    date = json.loads(after["data.zarr/zarr.json"])["attributes"]["last_update_date"]
    assert after["data.zarr/zarr.json"] == before["data.zarr/zarr.json"].replace(
        str(ROOT["last_update_date"]).encode(), date.encode()
    )


def test_an_undo_restores_the_place_of_a_slot_among_new_ones(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    for slot in ("@type", "name"):
        draft.unset("sample/s1", slot)
    commit = draft.commit(force=True)
    local.edit_node(path, "sample/s1", note="Theirs")
    undone = commit.undo()
    slots = ["@type", "name", "sex", "note"]
    assert (
        list(json.loads(local.keys(path)["data.zarr/sample/s1/zarr.json"])["attributes"]) == slots
    )
    undone.undo()
    assert list(local.attributes(path, "sample/s1")) == slots[2:]


def test_an_undo_never_overwrites_later_changes(near: Place) -> None:
    path = near.put()
    modo = near.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "name", "One")
    commit = draft.commit()
    other = near.open(path).edit()
    other.set("sample/s1", "name", "Two")
    other.commit()
    with pytest.raises(ConflictError, match="Two"):
        commit.undo()
    assert near.attributes(path, "sample/s1")["name"] == "Two"


def test_a_commit_warns_if_the_journal_cannot_be_written(
    local: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    path = local.put()
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    with pytest.warns(UserWarning, match="no journal"):
        commit = draft.commit()
    assert "no journal" in repr(commit)
    with pytest.warns(UserWarning, match="no journal"):
        commit.undo()
    assert local.attributes(path, "sample/s1")["sex"] == "Male"


def test_the_journal_is_private(local: Place, state_folder: Path) -> None:
    draft = local.open(local.put()).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    files = [path for path in state_folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


@pytest.fixture(params=[0o000, 0o002, 0o022])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_every_folder_made_for_private_files_is_private(
    local: Place, state_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name / "above" / "home"))
    draft = local.open(local.put()).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    cache_folder()
    Bookmarks().use("here")
    for name in ("STATE", "CACHE"):
        above = tmp_path / name
        folders = [above, *(path for path in above.rglob("*") if path.is_dir())]
        assert len(folders) > 3
        assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}, folders


def test_folders_that_an_earlier_version_left_readable_become_private(
    local: Place, state_folder: Path
) -> None:
    (state_folder / "modos" / "commits").mkdir(parents=True)
    for folder in (state_folder / "modos", state_folder / "modos" / "commits"):
        folder.chmod(0o777)
    draft = local.open(local.put()).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    for folder in (state_folder / "modos", state_folder / "modos" / "commits"):
        assert folder.stat().st_mode & 0o777 == 0o700


def set_clock(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Set the clock that the journal looks at."""
    real = dt.datetime

    class Clock(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return real.now(tz) + dt.timedelta(hours=hours)

    for module in ("journal", "values"):
        monkeypatch.setattr(f"modos_widgets.modo.{module}.dt.datetime", Clock)


@pytest.mark.parametrize("clocks", [(0, -2), (0, -2, 5, -10_000), (3, 2, 1, 0, -1)])
def test_undo_follows_the_order_of_commits_if_the_clock_is_set_back(
    local: Place, monkeypatch: pytest.MonkeyPatch, clocks: tuple[int, ...]
) -> None:
    path = local.put()
    names = ["Sample 1"]
    for hours in clocks:
        with monkeypatch.context() as patched:
            set_clock(patched, hours)
            draft = local.open(path).edit()
            names.append(f"clock {hours}")
            draft.set("sample/s1", "name", names[-1])
            draft.commit(names[-1])
    assert list(local.open(path).commits()["message"]) == names[:0:-1]
    while len(names) > 1:
        names.pop()
        local.open(path).undo_commit()
        assert local.attributes(path, "sample/s1")["name"] == names[-1]


def test_the_journal_keeps_the_latest_commit_if_the_clock_is_set_back(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modos_widgets.modo.journal.KEPT", 2)
    path, ids = local.put(), []
    for hours in (0, -1, -2):
        with monkeypatch.context() as patched:
            set_clock(patched, hours)
            draft = local.open(path).edit()
            draft.set("sample/s1", "name", f"clock {hours}")
            ids.append(draft.commit().id)
    assert list(local.open(path).commits().index) == [ids[2], ids[1]]


def test_a_commit_to_several_objects_sorts_after_the_commits_of_each(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [local.put(name="one"), local.put(name="two")]
    draft = local.open(paths[1]).edit()
    draft.set("sample/s1", "name", "first")
    draft.commit()
    set_clock(monkeypatch, -1)
    draft = modos_widgets.edit([local.open(path) for path in paths])
    for path in paths:
        draft.set((path, "sample/s1"), "name", "second")
    commit = draft.commit()
    for path in paths:
        assert local.open(path).undo_commit().message == f"Undo of {commit.id}"
    assert local.attributes(paths[1], "sample/s1")["name"] == "first"
