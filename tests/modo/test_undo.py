"""Commits taken back, and the journal that this rests on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import (
    ConflictError,
    NotFoundError,
)
from modos_widgets.modo.draft import Draft
from tests.modo.objects import ROOT, changed_keys, keys_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place


def test_undo_takes_back_in_a_later_session(place: Place) -> None:
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


def test_undo_gives_the_very_documents_that_were_there(near: Place) -> None:
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


def test_an_undo_puts_a_slot_back_among_those_that_came_meanwhile(local: Place) -> None:
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


def test_undo_never_overwrites_what_came_later(near: Place) -> None:
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


def test_without_a_journal_a_commit_says_so(
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
