"""Two drafts of one object: arrays and files take part in conflicts as cells do."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from modos_widgets.errors import ConflictError, ModosError, OptionError
from tests.modo.conftest import without_lock
from tests.modo.objects import ELEMENTS, FILES, keys_of, node
from tests.modo.writers import check_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modos_widgets.modo.draft.draft import Draft
    from tests.modo.conftest import Place

pytestmark = pytest.mark.traffic

SAMPLES = {f"sample/s{number}": {"@type": "Sample", "name": f"S{number}"} for number in (1, 2, 4)}


def put(place: Place) -> str:
    return place.put(keys_of({**ELEMENTS, **SAMPLES}))


def arrays_of(place: Place, path: str, element: str) -> set[str]:
    begin = f"data.zarr/{element}/"
    return {key.removeprefix(begin) for key in place.keys(path) if key.startswith(begin)}


def remove_or_rename(draft: Draft, what: str) -> None:
    if what == "rename":
        draft.rename("sample/s4", "sample/s5")
    else:
        draft.remove("sample/s4")


@pytest.mark.parametrize("what", ["remove", "rename"])
def test_removing_an_element_with_a_new_array_of_someone_else_is_a_conflict(
    near: Place, what: str
) -> None:
    path = put(near)
    removing, adding = near.open(path).edit(), near.open(path).edit()
    remove_or_rename(removing, what)
    adding.add_array("sample/s4", np.eye(2), name="x")
    adding.commit()
    before = near.keys(path)
    with pytest.raises(
        ConflictError, match=r"sample/s4 now has array 2 x 2 float64 in 'x'"
    ) as caught:
        removing.commit()
    assert near.keys(path) == before
    check_whole(near, path)
    removing.resolve(caught.value.conflicts, "mine")
    removing.commit()
    check_whole(near, path)
    assert "sample/s4" not in near.open(path).metadata
    moved = arrays_of(near, path, "sample/s5")
    assert ("x/zarr.json" in moved) == (what == "rename")


@pytest.mark.parametrize("what", ["remove", "rename"])
def test_theirs_keeps_the_element_with_its_array(local: Place, what: str) -> None:
    path = put(local)
    removing, adding = local.open(path).edit(), local.open(path).edit()
    remove_or_rename(removing, what)
    adding.add_array("sample/s4", np.eye(2), name="x")
    adding.commit()
    with pytest.raises(ConflictError) as caught:
        removing.commit()
    removing.resolve(caught.value.conflicts, "theirs")
    removing.commit(force=True)
    check_whole(local, path)
    assert "x/zarr.json" in arrays_of(local, path, "sample/s4")


@pytest.mark.parametrize("what", ["remove", "rename", "remove and add"])
def test_adding_an_array_to_a_removed_element_is_a_conflict(near: Place, what: str) -> None:
    path = put(near)
    removing, adding = near.open(path).edit(), near.open(path).edit()
    remove_or_rename(removing, what)
    adding.add_array("sample/s4", np.eye(2), name="x")
    removing.commit()
    before = near.keys(path)
    with pytest.raises(ConflictError) as caught:
        adding.commit()
    (conflict,) = caught.value.conflicts
    assert (conflict.element, conflict.slot) == ("sample/s4", "")
    assert near.keys(path) == before
    check_whole(near, path)
    adding.resolve(conflict, "theirs" if what == "remove" else "mine")
    adding.commit()
    check_whole(near, path)
    assert ("x/zarr.json" in arrays_of(near, path, "sample/s4")) == (what != "remove")


def test_two_different_arrays_of_one_name_are_a_conflict(near: Place) -> None:
    path = put(near)
    one, equal, other = (near.open(path).edit() for _ in range(3))
    one.add_array("sample/s4", np.eye(2), name="x")
    equal.add_array("sample/s4", np.eye(2), name="x")
    other.add_array("sample/s4", np.ones((3, 2)), name="x")
    one.commit()
    before = near.keys(path)
    equal.commit()
    assert near.keys(path) == before
    with pytest.raises(ConflictError, match="add array 3 x 2") as caught:
        other.commit()
    assert near.keys(path) == before
    with pytest.raises(OptionError, match="never replaced"):
        other.resolve(caught.value.conflicts, "mine")
    other.resolve(caught.value.conflicts, "theirs")
    assert not other
    check_whole(near, path)


def test_an_element_renamed_by_both_is_a_conflict_unless_to_one_id(near: Place) -> None:
    path = put(near)
    one, equal, other = (near.open(path).edit() for _ in range(3))
    for draft, new in ((one, "sample/s8"), (equal, "sample/s8"), (other, "sample/s9")):
        draft.rename("sample/s4", new)
    one.commit()
    before = near.keys(path)
    equal.commit()
    assert near.keys(path) == before
    with pytest.raises(ConflictError, match="sample/s4"):
        other.commit()
    assert near.keys(path) == before


def test_undoing_the_addition_of_a_changed_element_is_a_conflict(near: Place) -> None:
    path = put(near)
    draft = near.open(path).edit()
    draft.add("sample/new", {"name": "New"})
    commit = draft.commit()
    theirs = near.open(path).edit()
    theirs.add_array("sample/new", np.eye(2), name="x")
    theirs.commit()
    with pytest.raises(ConflictError, match="'x'"):
        commit.undo()
    with pytest.raises(ConflictError, match="'x'"):
        near.open(path).undo_commit(commit.id)
    assert "x/zarr.json" in arrays_of(near, path, "sample/new")
    check_whole(near, path)


def test_an_undo_keeps_a_file_that_replaced_its_own(near: Place, tmp_path: Path) -> None:
    path = put(near)
    (tmp_path / "calls.vcf").write_bytes(b"mine")
    draft = near.open(path).edit()
    draft.add("data/calls", {"@type": "VariantSet"})
    draft.attach("data/calls", tmp_path / "calls.vcf")
    commit = draft.commit()
    near.write(path, "calls.vcf", b"theirs")
    with pytest.raises(ConflictError, match=r"calls\.vcf is now another file"):
        commit.undo()
    assert near.keys(path)["calls.vcf"] == b"theirs"


@pytest.mark.parametrize("by", ["added", "changed"])
def test_a_file_that_another_element_names_since_is_not_removed(near: Place, by: str) -> None:
    path = put(near)
    removing, naming = near.open(path).edit(), near.open(path).edit()
    removing.remove("data/d1", with_file=True)
    if by == "added":
        naming.add("data/d2", {"@type": "DataEntity", "data_path": "d1.cram"})
    else:
        naming.set("reference/r1", "data_path", "d1.cram")
    naming.commit(force=True)
    with pytest.raises(ConflictError, match=r"d1\.cram is now named by") as caught:
        removing.commit()
    assert {key: data for key, data in near.keys(path).items() if key in FILES} == FILES
    removing.resolve(caught.value.conflicts, "theirs")
    removing.commit()
    assert near.keys(path)["d1.cram"] == FILES["d1.cram"]
    assert "data/d1" not in near.open(path).metadata


def test_a_file_that_someone_has_replaced_is_not_removed(near: Place) -> None:
    path = put(near)
    removing = near.open(path).edit()
    removing.remove("data/d1", with_file=True)
    text = removing.to_json()
    near.write(path, "d1.cram", b"a new run")
    with pytest.raises(ConflictError, match=r"d1\.cram is now another file"):
        removing.commit()
    with pytest.raises(ModosError, match=r"d1\.cram"):
        type(removing).from_json(text, near.open(path)).commit()
    keys = near.keys(path)
    assert (keys["d1.cram"], keys["d1.cram.crai"]) == (b"a new run", b"i")


def test_a_file_replaced_or_named_during_a_commit_is_kept(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(near)
    removing = near.open(path).edit()
    removing.remove("data/d1", with_file=True)
    removing.remove("reference/r1", with_file=True)
    storage = removing.modos[0].storage
    write = storage.write

    def root_then_others(target: Any, data: bytes, **options: Any) -> str:
        etag = write(target, data, **options)
        if str(target) == "data.zarr/zarr.json":
            near.write(path, "d1.cram", b"a new run")
            theirs = near.open(path)
            naming = theirs.edit()
            naming.set("sample/s1", "data_path", "r1.fa")
            without_lock(monkeypatch)
            naming.commit(force=True)
        return etag

    monkeypatch.setattr(storage, "write", root_then_others)
    commit = removing.commit()
    keys = near.keys(path)
    assert (keys["d1.cram"], keys["r1.fa"]) == (b"a new run", FILES["r1.fa"])
    assert "d1.cram.crai" not in keys
    assert "Not removed, because others have replaced or named them: d1.cram, r1.fa" in repr(commit)


def orphaned(place: Place) -> str:
    path = put(place)
    draft = place.open(path).edit()
    draft.add_array("sample/s4", np.eye(2), name="x")
    draft.commit()
    matrix = {key: data for key, data in place.keys(path).items() if "/s4/x/" in key}
    draft.remove("sample/s4")
    draft.commit()
    for key, data in matrix.items():
        place.write(path, key, data)
    return path


def test_orphans_are_found_listed_and_never_adopted(near: Place) -> None:
    path = orphaned(near)
    modo = near.open(path)
    for deep in (False, True):
        assert modo.compare(nodes=deep).orphans == ("sample/s4",)
        (found,) = modo.validate(nodes=deep).of_code("orphan")
        assert found.element == "sample/s4"
        assert "data.zarr/sample/s4 belongs to no element" in found.message
    said = modo.repair()
    assert said.orphans == ("sample/s4",)
    assert "data.zarr/sample/s4" in repr(said)
    draft = near.open(path).edit()
    draft.add("sample/s4", {"name": "Another"})
    with pytest.raises(ConflictError, match="keys that no element names"):
        draft.commit()
    modo.repair()
    assert not any(path.startswith("sample/s4") for path in near.open(path).hierarchy.nodes)
    modo.storage.remove("data.zarr/sample/s4", recursive=True)
    draft.commit()
    assert not near.open(path).repair().orphans
    assert near.open(path).hierarchy.children("sample/s4") == ()
    check_whole(near, path)


def test_many_new_elements_cost_one_listing(near: Place) -> None:
    path = orphaned(near)
    draft = near.open(path).edit()
    for number in range(4, 40):
        draft.add(f"sample/s{number}", {"name": f"New {number}"})
    with pytest.raises(ConflictError) as caught:
        draft.commit()
    assert [one.element for one in caught.value.conflicts] == ["sample/s4"]
    draft.resolve(caught.value.conflicts, "theirs")
    draft.commit()
    assert "sample/s39" in near.open(path).metadata


def test_a_node_whose_element_the_root_lacks_is_an_orphan(near: Place) -> None:
    path = put(near)
    keys = near.keys(path)
    root = json.loads(keys["data.zarr/zarr.json"])
    listed = root["consolidated_metadata"]["metadata"]
    listed["sample/s7/x"] = {**node({}), "consolidated_metadata": listed["data"]}
    near.write(path, "data.zarr/zarr.json", json.dumps(root).encode())
    near.write(path, "data.zarr/sample/s7/x/zarr.json", json.dumps(node({})).encode())
    modo = near.open(path)
    assert "sample/s7/x" in modo.compare().orphans
    found = {one.element: one for one in modo.validate().of_code("orphan")}
    assert found["sample/s7/x"].fix is not None
    assert modo.repair().orphans == ("sample/s7",)
    assert not any(path.startswith("sample/s7") for path in near.open(path).hierarchy.nodes)


def everything(draft: Draft, folder: Path) -> None:
    draft.set("sample/s1", "sex", "Female")
    draft.add("sample/new", {"name": "New"})
    draft.rename("sample/s2", "sample/s9")
    draft.remove("reference/r1", with_file=True)
    draft.add("data/calls", {"@type": "VariantSet"})
    draft.attach("data/calls", folder / "calls.vcf")


@pytest.mark.parametrize("what", ["metadata and files", "arrays too"])
def test_a_repeated_commit_succeeds_and_writes_nothing(
    near: Place, tmp_path: Path, what: str
) -> None:
    (tmp_path / "calls.vcf").write_bytes(b"##fileformat=VCFv4.2\n")
    (tmp_path / "calls.vcf.tbi").write_bytes(b"index")
    path = put(near)
    setup = near.open(path).edit()
    setup.add_array("sample/s2", np.eye(3), name="moved")
    setup.commit()
    drafts = [near.open(path).edit() for _ in range(2)]
    for draft in drafts:
        everything(draft, tmp_path)
        if what == "arrays too":
            draft.add_array("sample/new", np.eye(2), ["a", "b"], ["c", "d"])
            draft.add_array("sample/s1", np.eye(2), name="x")
    texts = [] if what == "arrays too" else [drafts[0].to_json()]
    drafts[0].commit()
    stored = near.keys(path)
    again = drafts[1].commit("The same")
    assert near.keys(path) == stored
    for text in texts:
        type(drafts[0]).from_json(text, near.open(path), files_from=tmp_path).commit()
        assert near.keys(path) == stored
    check_whole(near, path)
    again.undo()
    check_whole(near, path)
    left = {key for key in near.keys(path) if not key.startswith("data.zarr/")}
    assert not {"calls.vcf", "calls.vcf.tbi"} & left
    assert not arrays_of(near, path, "sample/new")


STEPS: dict[str, Callable[[Draft], object]] = {
    "remove": lambda draft: draft.remove("sample/s4"),
    "rename": lambda draft: draft.rename("sample/s4", "sample/s6"),
    "array": lambda draft: draft.add_array("sample/s4", np.eye(2), name="x"),
}


@pytest.mark.parametrize("order", list(permutations(STEPS, 2)), ids="-".join)
def test_a_write_between_the_first_read_and_the_root_is_noticed(
    near: Place, order: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(near)
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    STEPS[order[0]](mine)
    STEPS[order[1]](theirs)
    without_lock(monkeypatch)
    storage = mine.modos[0].storage
    write, waiting = storage.write, [True]

    def others_first(target: Any, data: bytes, **options: Any) -> str:
        if str(target) == "data.zarr/zarr.json" and waiting:
            waiting.clear()
            theirs.commit()
        return write(target, data, **options)

    monkeypatch.setattr(storage, "write", others_first)
    failed = []
    try:
        mine.commit()
    except ConflictError as error:
        failed.append(error)
    except Exception as error:  # the other one, within
        raise AssertionError from error
    check_whole(near, path)
    assert len(failed) == (order != ("remove", "rename"))  # gone is gone, under which name ever


def test_a_reverted_change_is_not_reported_as_stored(
    near: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(near)
    draft = near.open(path).edit()
    for element in ("sample/s1", "sample/s2"):
        draft.set(element, "name", "mine")
    without_lock(monkeypatch)
    storage = draft.modos[0].storage
    read_many, write, written = storage.read_many, storage.write, []

    def then_another_changes_s2(targets: Any) -> Any:
        monkeypatch.setattr(storage, "read_many", read_many)
        found = read_many(targets)
        near.edit_node(path, "sample/s2", name="theirs")
        return found

    def with_others_in_between(target: Any, data: bytes, **options: Any) -> str:
        etag = write(target, data, **options)
        if str(target) == "data.zarr/sample/s1/zarr.json":
            written.append(json.loads(data)["attributes"]["name"])
            if len(written) == 1:  # another commit lists our value
                key = "data.zarr/zarr.json"
                root = json.loads(near.keys(path)[key])
                entries = root["consolidated_metadata"]["metadata"]
                entries["sample/s1"]["attributes"]["name"] = "mine"
                near.write(path, key, json.dumps(root, indent=2).encode())
            else:  # and builds on what was taken back
                near.edit_node(path, "sample/s1", collector="theirs")
        return etag

    monkeypatch.setattr(storage, "read_many", then_another_changes_s2)
    monkeypatch.setattr(storage, "write", with_others_in_between)
    with pytest.raises(ConflictError) as caught:
        draft.commit()
    assert written == ["mine", "S1"]
    assert caught.value.stays is None
    assert caught.value.hint.startswith(f"The changes of {storage.url} were reverted. Resolve each")
    attributes = near.attributes(path, "sample/s1")
    assert (attributes["name"], attributes["collector"]) == ("S1", "theirs")
