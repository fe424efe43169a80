"""The commits of an object: what each changed, and whether it can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import ConflictError, NotFoundError
from modos_widgets.modo.journal import CommitState, Journal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place


def test_commits_are_counted(local: Place, tmp_path: Path) -> None:
    modo = local.open(local.put())
    (tmp_path / "new.cram").write_bytes(b"new")
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    draft.set("sample/s1", "name", "One")
    draft.attach("data/d1", tmp_path / "new.cram", keep=True)
    commit = draft.commit("Three things")
    row = modo.commits().loc[commit.id]
    assert (row["elements"], row["files"]) == (2, 1)
    assert row["cells"] + row["files"] == row["changes"]
    found = local.open(modo.path).find_commit(commit.id)
    assert (found.message, found.when) == ("Three things", commit.when)
    assert found.rows() == commit.rows()
    with pytest.raises(NotFoundError, match="no commit"):
        modo.find_commit("none")


def test_an_undo_is_checked_without_writing(place: Place) -> None:
    path = place.put()
    modo = place.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "name", "One")
    draft.set("sample/s1", "sex", "Female")
    first = draft.commit()
    theirs = place.open(path).edit()
    theirs.set("sample/s1", "name", "Theirs")
    theirs.commit("Theirs")
    before, etag = place.keys(path), modo.etag
    check = modo.find_commit(first.id).check_undo()
    assert not check
    assert check.reason == "1 cell of this commit has changed since."
    (conflict,) = check.conflicts
    assert (conflict.element, conflict.slot, conflict.theirs) == ("sample/s1", "name", "Theirs")
    assert place.keys(path) == before
    assert modo.etag == etag  # a deletion still finds the change of the other
    with pytest.raises(ConflictError):
        first.undo()
    second = modo.commits().index[0]
    assert check.undo_first == second
    assert modo.find_commit(second).check_undo()
    assert modo.undo_commit(second).message == "Undo of “Theirs”"
    assert first.check_undo()
    first.undo()
    assert first.check_undo().reason == "This commit is already undone."
    assert place.open(path).metadata["sample/s1"]["name"] == "Sample 1"


def test_files_that_cannot_be_restored_are_named(near: Place) -> None:
    path = near.put()
    modo = near.open(path)
    draft = modo.edit()
    draft.remove("data/d1", with_file=True)
    commit = draft.commit()
    assert commit.check_undo()
    near.write(path, "d1.cram", b"another file")
    before = near.keys(path)
    check = commit.check_undo()
    assert near.keys(path) == before
    assert [conflict.slot for conflict in check.conflicts] == ["d1.cram"]


def test_reasons_why_a_commit_cannot_be_undone(local: Place) -> None:
    path = local.put()
    modo = local.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "name", "One")
    commit = draft.commit()
    reading = local.open(path, "r").find_commit(commit.id)
    assert reading.check_undo().reason == "The object was opened read-only."
    record = commit.parts[0].record
    for state, words in (
        (CommitState.REVERTED, "nothing of it is stored"),
        (CommitState.INTERRUPTED, "was interrupted"),
    ):
        Journal(modo.storage).finish(record, state)
        assert words in modo.find_commit(commit.id).check_undo().reason
