"""Links and removals of two drafts: whichever is later, no link is left without its element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import ConflictError
from modos_widgets.modo.commit.object_commit import ObjectCommit
from tests.modo.conftest import without_lock
from tests.modo.objects import ELEMENTS, keys_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.modo.draft.draft import Draft
    from modos_widgets.modo.journal import Record
    from tests.modo.conftest import Place

pytestmark = pytest.mark.traffic

LINKED = {**ELEMENTS, "data/d2": {"@type": "DataEntity", "data_path": "d2", "data_format": "TSV"}}


def put(place: Place) -> str:
    return place.put(keys_of(LINKED))


def link(draft: Draft) -> None:
    """Link to an element that no one links to yet, from an element and from a new one."""
    draft.set("data/d1", "has_sample", ["sample/s1", "sample/s2"])
    new = {"@type": "DataEntity", "data_path": "n", "data_format": "TSV", "has_sample": ["s2"]}
    draft.add("data/new", new)


def remove(draft: Draft) -> None:
    draft.remove("sample/s2")


def rename(draft: Draft) -> None:
    draft.rename("sample/s2", "sample/tumor")


def broken_links(place: Place, path: str) -> list[str]:
    found = place.open(path).validate()
    return [finding.message for finding in found if finding.code == "dangling_link"]


@pytest.mark.parametrize("change", [remove, rename])
def test_a_link_to_an_element_that_is_gone_is_a_conflict(
    near: Place, change: Callable[[Draft], None]
) -> None:
    path = put(near)
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    link(mine)
    change(theirs)
    theirs.commit()
    before = near.keys(path)
    with pytest.raises(ConflictError, match="sample/s2 was removed, you link to it") as caught:
        mine.commit()
    assert near.keys(path) == before
    cells = [(each.element, each.slot) for each in caught.value.conflicts]
    assert sorted(cells) == [("data/d1", "has_sample"), ("data/new", "has_sample")]
    mine.resolve(caught.value.conflicts, "theirs")
    mine.commit()
    metadata = near.open(path).metadata
    assert metadata["data/d1"]["has_sample"] == ["sample/s1"]
    assert metadata["data/new"]["has_sample"] == []
    assert broken_links(near, path) == []


def test_a_broken_link_is_kept_if_it_is_wanted(local: Place) -> None:
    path = put(local)
    mine, theirs = local.open(path).edit(), local.open(path).edit()
    mine.set("data/d2", "has_sample", ["sample/s2"])
    remove(theirs)
    theirs.commit()
    with pytest.raises(ConflictError) as caught:
        mine.commit()
    mine.resolve(caught.value.conflicts, "mine")
    mine.commit(force=True)
    assert len(broken_links(local, path)) == 1


@pytest.mark.parametrize("change", [remove, rename])
@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_removing_an_element_that_others_link_to_since_is_a_conflict(
    near: Place, change: Callable[[Draft], None], keep: str
) -> None:
    path = put(near)
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    change(mine)
    link(theirs)
    theirs.commit()
    before = near.keys(path)
    with pytest.raises(
        ConflictError, match="sample/s2 is now linked by data/d1, data/new, you remove it"
    ) as caught:
        mine.commit()
    assert near.keys(path) == before
    mine.resolve(caught.value.conflicts, keep)  # type: ignore[arg-type]
    mine.set("sample/s1", "name", "So that there is a change")
    mine.commit()
    metadata = near.open(path).metadata
    assert broken_links(near, path) == []
    if keep == "theirs":
        assert metadata["sample/s2"] == LINKED["sample/s2"]
        assert metadata["data/new"]["has_sample"] == ["s2"]
        assert "sample/tumor" not in metadata
    else:
        named = ["sample/tumor"] if change is rename else []
        assert metadata["data/d1"]["has_sample"] == ["sample/s1", *named]
        assert metadata["data/new"]["has_sample"] == named
        assert "sample/s2" not in metadata


@pytest.mark.parametrize("change", [remove, rename])
@pytest.mark.parametrize("links_first", [True, False])
def test_the_later_of_two_commits_at_once_conflicts(
    near: Place,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Draft], None],
    *,
    links_first: bool,
) -> None:
    """The other commit is made after this one has read and before it writes."""
    without_lock(monkeypatch)
    path = put(near)
    first, second = near.open(path).edit(), near.open(path).edit()
    edits = (link, change) if links_first else (change, link)
    for draft, edit in zip((first, second), edits, strict=True):
        edit(draft)
    write = ObjectCommit.write

    def overtaken(commit: ObjectCommit, record: Record) -> None:
        monkeypatch.setattr(ObjectCommit, "write", write)
        first.commit()
        write(commit, record)

    monkeypatch.setattr(ObjectCommit, "write", overtaken)
    with pytest.raises(ConflictError):
        second.commit()
    assert broken_links(near, path) == []
    metadata = near.open(path).metadata
    assert ("sample/s2" in metadata) == links_first
    assert ("data/new" in metadata) == links_first


def test_a_removal_leaves_links_alone_that_were_broken_before(local: Place) -> None:
    path = put(local)
    draft = local.open(path).edit()
    draft.set("data/d2", "has_sample", ["sample/nobody"])
    draft.commit(force=True)
    draft.set("data/d2", "has_sample", ["sample/nobody", "sample/s1"])
    remove(draft)
    draft.commit(force=True)
    assert len(broken_links(local, path)) == 1


def test_an_undo_does_not_remove_what_others_link_to(local: Place) -> None:
    path = put(local)
    draft = local.open(path).edit()
    draft.add("sample/s9", {"@type": "Sample", "name": "Nine"})
    commit = draft.commit()
    theirs = local.open(path).edit()
    theirs.set("data/d2", "has_sample", ["sample/s9"])
    later = theirs.commit()
    check = commit.check_undo()
    assert [(each.element, each.theirs) for each in check.conflicts] == [
        ("sample/s9", "linked by data/d2")
    ]
    with pytest.raises(ConflictError, match="sample/s9 is now linked by data/d2"):
        commit.undo()
    later.undo()
    commit.undo()
    assert "sample/s9" not in local.open(path).metadata
