"""Changes of colleagues: merged where they can be, told of where they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import (
    ConflictError,
)
from modos_widgets.modo.values import now
from tests.modo.objects import ROOT, keys_of

if TYPE_CHECKING:
    from tests.modo.conftest import Place


def test_changes_of_other_cells_are_merged(place: Place) -> None:
    path = place.put()
    mine, theirs = place.open(path).edit(), place.open(path).edit()
    mine.set("sample/s1", "sex", "Female")
    mine.set("", "description", "Mine")
    theirs.set("sample/s1", "name", "Theirs")
    theirs.set("sample/s2", "name", "Theirs too")
    theirs.add("sample/s9", {"name": "Nine"})
    theirs.set("", "name", "Their study")
    theirs.commit()
    mine.commit()
    metadata = place.open(path).metadata
    assert metadata["sample/s1"] == {"@type": "Sample", "name": "Theirs", "sex": "Female"}
    assert metadata["sample/s2"]["name"] == "Theirs too"
    assert "sample/s9" in metadata
    assert (metadata["study"]["name"], metadata["study"]["description"]) == ("Their study", "Mine")
    for element in ("sample/s1", "sample/s2", "sample/s9"):
        place.attributes(path, element)


def test_a_conflict_names_each_cell_and_writes_nothing(place: Place) -> None:
    path = place.put()
    mine, theirs = place.open(path).edit(), place.open(path).edit()
    for draft, word in ((theirs, "Theirs"), (mine, "Mine")):
        draft.set("sample/s1", "name", word)
        draft.set("", "name", word)
        draft.set("sample/s2", "sex", "Male")
    theirs.commit()
    before = place.keys(path)
    with pytest.raises(ConflictError, match="sample/s1 name") as caught:
        mine.commit()
    assert place.keys(path) == before
    assert caught.value.hint.startswith("Nothing was written. Resolve each conflict")
    cells = {
        (one.element, one.slot, one.base, one.mine, one.theirs) for one in caught.value.conflicts
    }
    assert cells == {
        ("sample/s1", "name", "Sample 1", "Mine", "Theirs"),
        ("study", "name", "A study", "Mine", "Theirs"),
    }
    by_element = {one.element: one for one in caught.value.conflicts}
    mine.resolve(by_element["sample/s1"], "mine")
    mine.resolve(by_element["study"], "theirs")
    mine.commit()
    metadata = place.open(path).metadata
    assert metadata["sample/s1"]["name"] == "Mine"
    assert metadata["study"]["name"] == "Theirs"


def test_the_date_of_the_last_update_is_no_conflict(local: Place) -> None:
    path = local.put()
    mine, theirs = local.open(path).edit(), local.open(path).edit()
    mine.set("", "last_update_date", "2024-10-15T00:00:00+00:00")
    theirs.set("", "name", "Theirs")
    theirs.commit()
    stored = local.open(path).metadata["study"]["last_update_date"]
    mine.commit()
    assert local.open(path).metadata["study"]["last_update_date"] >= stored


@pytest.mark.parametrize("stored", ["2024-10-15", "15.10.2024", "2024-10-15T12:30:00"])
def test_fixing_the_form_of_the_last_update_does_not_count_as_setting_it(
    local: Place, stored: str
) -> None:
    path = local.put(keys_of(root={**ROOT, "last_update_date": stored}))
    modo = local.open(path)
    draft = modo.edit()
    assert draft.apply_fixes() >= 1
    assert draft.frame()["last_update_date"].iloc[0].startswith("2024-10-15T")
    begun = now()
    commit = draft.commit()
    written = modo.metadata["study"]["last_update_date"]
    assert written >= begun
    said = commit.diff.set_index("slot").loc["last_update_date"]
    assert [said["before"], said["after"]] == [stored, written]
    commit.undo()
    assert local.open(path).metadata["study"]["last_update_date"] == stored


def test_changing_an_element_that_someone_removed_is_a_conflict(near: Place) -> None:
    path = near.put()
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    mine.set("sample/s2", "name", "Mine")
    theirs.remove("sample/s2")
    theirs.commit()
    with pytest.raises(ConflictError) as caught:
        mine.commit()
    (conflict,) = caught.value.conflicts
    assert (conflict.element, conflict.slot) == ("sample/s2", "")
    mine.resolve(conflict, "mine")
    mine.commit()
    assert near.attributes(path, "sample/s2")["name"] == "Mine"


def test_adding_an_element_that_someone_added_is_a_conflict(near: Place) -> None:
    path = near.put()
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    mine.add("sample/new", {"name": "Mine"})
    theirs.add("sample/new", {"name": "Theirs"})
    theirs.commit()
    with pytest.raises(ConflictError) as caught:
        mine.commit()
    mine.resolve(caught.value.conflicts, "theirs")
    assert not mine
    assert near.attributes(path, "sample/new")["name"] == "Theirs"


def test_removing_an_element_that_someone_changed_is_a_conflict(near: Place) -> None:
    path = near.put()
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    mine.remove("sample/s2")
    theirs.set("sample/s2", "name", "Theirs")
    theirs.commit()
    with pytest.raises(ConflictError) as caught:
        mine.commit()
    assert [one.slot for one in caught.value.conflicts] == ["name"]
    mine.resolve(caught.value.conflicts, "mine")
    mine.commit()
    assert "sample/s2" not in near.open(path).metadata
