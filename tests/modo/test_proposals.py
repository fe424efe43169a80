"""Proposed changes, accepted and rejected cell by cell by a colleague who may write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Draft
from modos_widgets.errors import (
    ArgumentError,
    ConflictError,
    InvalidMetadataError,
    NotFoundError,
    OptionError,
)
from modos_widgets.modo import MISSING
from modos_widgets.modo.draft import change_set_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def path(local: Place) -> str:
    return local.put()


@pytest.fixture
def modo(local: Place, path: str) -> Modo:
    return local.open(path)


def proposed(modo: Modo, edit: Callable[[Draft], object], **options: Any) -> Draft:
    """Let one draft the changes, and another receive them as text."""
    author = modo.edit()
    edit(author)
    return Draft.from_json(author.to_json(), modo, **options)


def keys(draft: Draft) -> list[tuple[str, str]]:
    return [(change.element, change.slot) for change in draft.undecided()]


def two_cells(draft: Draft) -> None:
    draft.set("sample/s1", "sex", "Female")
    draft.set("sample/s2", "name", "Other")


def test_a_proposal_is_accepted_in_part_and_committed(local: Place, path: str, modo: Modo) -> None:
    reader = local.open(path, "r").edit()
    two_cells(reader)
    reader.unset("sample/s1", "name")
    draft = Draft.from_json(reader.to_json(), modo)
    change = draft.undecided()[0]
    assert (change.cell, change.kind) == ((path, "sample/s1", "name"), "cell")
    assert (change.base, change.proposed, change.stored) == ("Sample 1", MISSING, "Sample 1")
    assert not change.is_stale
    draft.accept(("sample/s1", "sex"))
    assert keys(draft) == [("sample/s1", "name"), ("sample/s2", "name")]
    draft.reject("sample/s2")
    draft.reject([(path, "sample/s1", "name")])
    assert draft.undecided() == []
    assert draft.rows() == [(path, "sample/s1", "sex", "Male", "Female")]
    draft.commit("In part")
    metadata = local.open(path).metadata
    assert metadata["sample/s1"] == {"@type": "Sample", "name": "Sample 1", "sex": "Female"}
    assert metadata["sample/s2"]["name"] == "Sample 2"


def test_accept_and_reject_are_one_step_each(modo: Modo) -> None:
    draft = proposed(modo, two_cells)
    rows = draft.rows()
    draft.reject()
    assert (draft.rows(), draft.undecided()) == ([], [])
    assert draft.undo()
    assert (draft.rows(), keys(draft)) == (rows, [("sample/s1", "sex"), ("sample/s2", "name")])
    draft.accept()
    assert (draft.rows(), draft.undecided()) == (rows, [])
    assert draft.undo()
    assert len(draft.undecided()) == 2
    assert not draft.can_undo
    assert draft.redo()
    assert draft.undecided() == []


def test_another_value_decides_a_cell(modo: Modo) -> None:
    draft = proposed(modo, two_cells)
    draft.set("sample/s1", "sex", "Male")
    assert keys(draft) == [("sample/s2", "name")]
    draft.undo()
    assert len(keys(draft)) == 2


def test_an_accepted_change_can_be_rejected_later(modo: Modo) -> None:
    draft = proposed(modo, two_cells)
    draft.accept()
    draft.reject(("sample/s1", "sex"))
    assert [row[1:3] for row in draft.rows()] == [("sample/s2", "name")]


def test_an_added_element_is_rejected_with_the_links_to_it(modo: Modo, path: str) -> None:
    def edit(draft: Draft) -> None:
        draft.add("sample/s3", {"@type": "Sample", "name": "Third", "sex": "Male"})
        draft.add("assay/a2", {"@type": "Assay", "omics_type": ["GENOMICS"]})
        draft.set("data/d1", "has_sample", ["sample/s1", "sample/s3"])

    draft = proposed(modo, edit)
    assert ("study", "has_assay") in keys(draft)
    draft.reject("sample/s3")
    assert ("data/d1", "has_sample") not in keys(draft)
    draft.reject(("assay/a2", "@type"))
    assert draft.rows() == []
    draft.undo()
    draft.undo()
    draft.reject(("sample/s3", "sex"))
    assert draft.elements()["sample/s3"] == {"@type": "Sample", "name": "Third"}
    draft.accept()
    draft.commit()
    assert modo.metadata["data/d1"]["has_sample"] == ["sample/s1", "sample/s3"]


def test_a_link_list_of_which_a_part_is_rejected_stays_undecided(modo: Modo) -> None:
    def edit(draft: Draft) -> None:
        draft.add("sample/s3", {"@type": "Sample"})
        draft.set("data/d1", "has_sample", ["sample/s3", "sample/s2"])

    draft = proposed(modo, edit)
    draft.reject("sample/s3")
    assert keys(draft) == [("data/d1", "has_sample")]
    assert draft.undecided()[0].proposed == ["sample/s2"]


def test_a_removed_element_returns_with_its_links_and_its_file(local: Place, modo: Modo) -> None:
    draft = proposed(modo, lambda author: author.remove("data/d1", with_file=True))
    found = {(change.element, change.slot): change.kind for change in draft.undecided()}
    assert found == {
        ("assay/a1", "has_data"): "cell",
        ("data/d1", ""): "removed",
        ("data/d1", "d1.cram"): "file",
        ("data/d1", "d1.cram.crai"): "file",
    }
    with pytest.raises(OptionError, match="with all its cells"):
        draft.reject(("data/d1", "data_format"))
    draft.reject("data/d1")
    assert draft.rows() == []
    draft.undo()
    draft.reject(("data/d1", "d1.cram"))
    draft.accept()
    draft.commit()
    stored = local.keys(modo.path)
    assert "d1.cram" in stored
    assert "d1.cram.crai" not in stored
    assert "data/d1" not in modo.metadata


def test_both_sides_of_a_rename_are_decided_together(modo: Modo) -> None:
    draft = proposed(modo, lambda author: author.rename("sample/s1", "sample/one"))
    assert ("data/d1", "has_sample") in keys(draft)
    draft.reject("sample/one")
    assert draft.rows() == []
    draft.undo()
    draft.accept("sample/s1")
    assert keys(draft) == [("data/d1", "has_sample")]


def test_a_file_is_decided_with_the_attributes_that_describe_it(
    local: Place, modo: Modo, tmp_path: Path
) -> None:
    (tmp_path / "new.cram").write_bytes(b"new")
    before = local.keys(modo.path)

    def edit(draft: Draft) -> None:
        draft.attach("data/d1", tmp_path / "new.cram")
        draft.set("data/d1", "name", "Reads")

    draft = proposed(modo, edit, files_from=tmp_path)
    draft.reject(("data/d1", "new.cram"))
    assert draft.rows() == [(modo.path, "data/d1", "name", MISSING, "Reads")]
    assert draft.attachments() == ()
    draft.undo()
    draft.accept(("data/d1", "data_path"))
    assert keys(draft) == [("data/d1", "name")]
    draft.reject()
    draft.commit()
    assert local.keys(modo.path)["new.cram"] == b"new"
    assert set(before) - set(local.keys(modo.path)) == {"d1.cram", "d1.cram.crai"}


def test_a_moved_file_stays_when_its_new_name_is_rejected(modo: Modo) -> None:
    draft = proposed(modo, lambda author: author.set("data/d1", "data_path", "reads.cram"))
    assert len(draft.attachments()) == 2
    draft.reject(("data/d1", "data_path"))
    assert (draft.rows(), draft.attachments()) == ([], ())


def stale(local: Place, path: str, edit: Callable[[Draft], object]) -> Draft:
    """Return a proposal of two cells whose object a colleague has changed since."""
    author = local.open(path, "r").edit()
    two_cells(author)
    theirs = local.open(path).edit()
    edit(theirs)
    theirs.commit()
    return Draft.from_json(author.to_json(), local.open(path))


def test_a_stale_proposal_shows_what_is_stored_before_it_is_accepted(
    local: Place, path: str
) -> None:
    draft = stale(local, path, lambda theirs: theirs.set("sample/s2", "name", "Theirs"))
    change = draft.undecided()[1]
    assert (change.base, change.proposed, change.stored) == ("Sample 2", "Other", "Theirs")
    assert change.is_stale
    (conflict,) = draft.conflicts()
    assert (conflict.slot, conflict.mine, conflict.theirs) == ("name", "Other", "Theirs")
    with pytest.raises(ConflictError, match="stored Theirs") as caught:
        draft.accept()
    assert "overwrite=True" in caught.value.hint
    assert len(draft.undecided()) == 2
    draft.accept(("sample/s1", "sex"))
    draft.accept(change, overwrite=True)
    assert draft.conflicts() == []
    draft.undo()
    assert len(draft.conflicts()) == 1
    draft.reject(change)
    draft.commit()
    assert local.open(path).metadata["sample/s1"]["sex"] == "Female"
    assert local.open(path).metadata["sample/s2"]["name"] == "Theirs"


def test_a_stale_change_that_is_accepted_replaces_the_stored_value(local: Place, path: str) -> None:
    draft = stale(local, path, lambda theirs: theirs.set("sample/s2", "name", "Theirs"))
    draft.accept(overwrite=True)
    draft.commit()
    assert local.open(path).metadata["sample/s2"]["name"] == "Other"


def test_a_resolved_conflict_is_decided(local: Place, path: str) -> None:
    draft = stale(local, path, lambda theirs: theirs.set("sample/s2", "name", "Theirs"))
    draft.resolve(draft.conflicts(), "theirs")
    assert keys(draft) == [("sample/s1", "sex")]


def test_an_element_that_was_removed_since_is_a_conflict(local: Place, path: str) -> None:
    draft = stale(local, path, lambda theirs: theirs.remove("sample/s2"))
    (conflict,) = draft.conflicts()
    assert (conflict.element, conflict.slot, conflict.theirs) == ("sample/s2", "", MISSING)
    with pytest.raises(ConflictError, match="sample/s2: stored") as caught:
        draft.accept(overwrite=True)
    assert caught.value.conflicts == (conflict,)
    draft.reject("sample/s2")
    assert "sample/s2" not in draft.elements()
    draft.accept()
    draft.commit()
    assert local.open(path).metadata["sample/s1"]["sex"] == "Female"
    assert "sample/s2" not in local.open(path).metadata


def test_an_element_that_both_add_is_a_conflict(local: Place, path: str) -> None:
    author = local.open(path).edit()
    author.add("sample/s3", {"@type": "Sample", "name": "Mine", "sex": "Male"})
    theirs = local.open(path).edit()
    theirs.add("sample/s3", {"@type": "Sample", "name": "Theirs"})
    theirs.commit()
    draft = Draft.from_json(author.to_json(), local.open(path))
    assert [change.stored for change in draft.undecided()] == ["Sample", "Theirs", MISSING]
    with pytest.raises(ConflictError):
        draft.accept(("sample/s3", "sex"))
    draft.reject(("sample/s3", "name"))
    assert draft.rows() == [(path, "sample/s3", "sex", MISSING, "Male")]
    draft.commit()
    assert local.open(path).metadata["sample/s3"]["name"] == "Theirs"


def test_what_is_stored_already_is_no_conflict(local: Place, path: str) -> None:
    draft = stale(local, path, lambda theirs: theirs.set("sample/s1", "sex", "Female"))
    assert draft.undecided()[0].is_stored
    draft.accept()
    draft.commit()
    assert local.open(path).metadata["sample/s1"]["sex"] == "Female"


def test_a_proposal_over_two_objects(local: Place) -> None:
    paths = [local.put(name="one"), local.put(name="two")]
    modos = [local.open(path) for path in paths]
    author = Draft(modos)
    for path in paths:
        author.set((path, "sample/s1"), "sex", "Female")
    text = author.to_json()
    assert Draft.objects_in_json(text) == tuple(paths)
    draft = Draft.from_json(text, modos)
    with pytest.raises(OptionError, match="any of 2 objects"):
        draft.accept(("sample/s1", "sex"))
    draft.reject((paths[1], "sample/s1", ""))
    assert [row[0] for row in draft.rows()] == [paths[0]]
    with pytest.raises(NotFoundError, match="not in this draft"):
        Draft.from_json(text, [modos[0], local.open(local.put(name="three"))])


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ("sample/none", NotFoundError),
        (("sample/none", "sex"), NotFoundError),
        (("sample/s1", "name"), OptionError),
        ("assay/a1", OptionError),
        (("/no/object", "sample/s1", "sex"), NotFoundError),
        (5, ArgumentError),
        ([("sample/s1", 5)], ArgumentError),
        ([("sample/s1",)], ArgumentError),
        ([("a", "b", "c", "d")], ArgumentError),
    ],
)
def test_cells_that_cannot_be_decided(modo: Modo, cells: Any, error: type[Exception]) -> None:
    draft = proposed(modo, two_cells)
    for decide in (draft.accept, draft.reject):
        with pytest.raises(error):
            decide([("sample/s2", "name"), cells] if error is not ArgumentError else cells)
    assert len(draft.undecided()) == len(draft.rows()) == 2


def test_a_rejected_part_can_leave_errors_that_the_commit_reports(modo: Modo) -> None:
    def edit(draft: Draft) -> None:
        draft.add("assay/a2", {"@type": "Assay", "omics_type": ["GENOMICS"]})

    draft = proposed(modo, edit)
    draft.reject(("assay/a2", "omics_type"))
    with pytest.raises(InvalidMetadataError):
        draft.commit()


def test_the_format_of_version_1_is_kept(modo: Modo, path: str) -> None:
    author = modo.edit()
    author.set("sample/s1", "sex", "Female")
    assert json.loads(author.to_json()) == {
        "format": "modos_widgets.changes",
        "version": 1,
        "objects": [
            {
                "path": path,
                "root": "study",
                "cells": {"sample/s1": {"sex": {"before": "Male", "after": "Female"}}},
                "added": {},
                "removed": {},
                "order": {},
                "files": [],
            }
        ],
    }


def test_the_size_of_a_change_set_is_bounded(modo: Modo, monkeypatch: pytest.MonkeyPatch) -> None:
    author = modo.edit()
    two_cells(author)
    text = author.to_json()
    monkeypatch.setattr(change_set_text, "LARGEST", len(text) - 1)
    with pytest.raises(OptionError, match="at most"):
        Draft.from_json(text, modo)
    with pytest.raises(OptionError, match="at most"):
        Draft.objects_in_json(text)
    with pytest.raises(OptionError, match="at most"):
        author.to_json()
    for hostile in ("[" * 100_000, "5" * 10_000, '{"objects": 5}'):
        with pytest.raises(OptionError):
            Draft.objects_in_json(hostile[: len(text) - 1])
    with pytest.raises(ArgumentError):
        Draft.objects_in_json(5)  # type: ignore[arg-type]
