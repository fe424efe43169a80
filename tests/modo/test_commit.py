from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

import modos_widgets
from modos_widgets.errors import (
    AlreadyExistsError,
    BrokenArchiveError,
    ConflictError,
    CredentialsError,
    InvalidMetadataError,
    NotFoundError,
    ReadOnlyError,
    StorageError,
)
from modos_widgets.modo.draft import Draft
from tests.modo.objects import ELEMENTS, FILES, ROOT, keys_of, many
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


def attributes(place: Place, path: str, element: str) -> dict[str, Any]:
    """Give an element's attributes, which its node and the root's copy have to agree on."""
    keys = place.keys(path)
    root = json.loads(keys["data.zarr/zarr.json"])
    copy = root["consolidated_metadata"]["metadata"][element]["attributes"]
    node: dict[str, Any] = json.loads(keys[f"data.zarr/{element}/zarr.json"])["attributes"]
    assert node == copy
    return node


def changed_keys(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {key for key in before | after if before.get(key) != after.get(key)}


def test_a_change_writes_the_node_and_the_root_alone(place: Place) -> None:
    path = place.put()
    before = place.keys(path)
    modo = place.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    commit = draft.commit("Wrong sheet")
    after = place.keys(path)
    assert changed_keys(before, after) == {
        "data.zarr/sample/s1/zarr.json",
        "data.zarr/zarr.json",
    }
    assert attributes(place, path, "sample/s1")["sex"] == "Female"
    root = json.loads(after["data.zarr/zarr.json"])["attributes"]
    assert root.pop("last_update_date") > ROOT["last_update_date"]
    assert root == {key: value for key, value in ROOT.items() if key != "last_update_date"}
    assert modo.metadata["sample/s1"]["sex"] == "Female"
    assert place.open(path, "r").metadata == modo.metadata
    assert commit.diff.to_dict("records") == [
        {
            "object": modo.path,
            "element": "sample/s1",
            "slot": "sex",
            "before": "Male",
            "after": "Female",
        }
    ]
    assert not draft


def test_a_commit_without_a_change_is_byte_identical(near: Place) -> None:
    path = near.put()
    before = near.keys(path)
    draft = near.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.set("sample/s1", "sex", "Male")
    assert not draft
    assert draft.commit().objects == ()
    assert near.keys(path) == before


def test_zarr_itself_sees_what_was_committed(place: Place) -> None:
    path = place.put()
    modo = place.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "name", "Ünïcode 样本")
    draft.add("sample/s3", {"name": "New"})
    draft.remove("sample/s2")
    draft.add_array("data/d1", np.arange(6.0).reshape(2, 3), ["a", "b"], ["x", "y", "z"])
    draft.commit()
    store = modo.storage.zarr.store
    for consolidated in (True, False):
        root = zarr.open_group(store, mode="r", zarr_format=3, use_consolidated=consolidated)
        assert root["sample/s1"].attrs["name"] == "Ünïcode 样本"
        assert root["sample/s3"].attrs.asdict() == {"@type": "Sample", "name": "New"}
        assert "sample/s2" not in root
        array: Any = root["data/d1/data"]
        assert array[:].tolist() == [[0, 1, 2], [3, 4, 5]]
        labels: Any = root["data/d1/obs"]
        assert labels[:].tolist() == ["a", "b"]
        assert array.metadata.dimension_names == ("obs", "var")


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
        attributes(place, path, element)


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


def test_an_element_that_somebody_removed_is_a_conflict(near: Place) -> None:
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
    assert attributes(near, path, "sample/s2")["name"] == "Mine"


def test_an_element_that_somebody_added_is_a_conflict(near: Place) -> None:
    path = near.put()
    mine, theirs = near.open(path).edit(), near.open(path).edit()
    mine.add("sample/new", {"name": "Mine"})
    theirs.add("sample/new", {"name": "Theirs"})
    theirs.commit()
    with pytest.raises(ConflictError) as caught:
        mine.commit()
    mine.resolve(caught.value.conflicts, "theirs")
    assert not mine
    assert attributes(near, path, "sample/new")["name"] == "Theirs"


def test_removing_what_somebody_changed_is_a_conflict(near: Place) -> None:
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


def test_links_and_files_and_arrays_follow(place: Place, tmp_path: Path) -> None:
    path = place.put()
    modo = place.open(path)
    draft = modo.edit()
    draft.add_array("sample/s1", [[1, 2]], ["row"], ["a", "b"])
    draft.commit()
    draft.rename("sample/s1", "sample/patient/1")
    draft.remove("reference/r1", with_file=True)
    (tmp_path / "new.vcf").write_bytes(b"##fileformat=VCFv4.2\n")
    (tmp_path / "new.vcf.tbi").write_bytes(b"index")
    draft.add("data/calls", {"@type": "VariantSet"})
    draft.attach("data/calls", tmp_path / "new.vcf")
    commit = draft.commit()
    metadata = place.open(path).metadata
    assert metadata["data/d1"]["has_sample"] == ["sample/patient_1"]
    assert "has_reference" not in metadata["data/d1"] or not metadata["data/d1"]["has_reference"]
    assert metadata["data/calls"]["data_path"] == "new.vcf"
    assert metadata["data/calls"]["data_format"] == "VCF"
    assert set(place.open(path).files().index) == {
        "d1.cram", "d1.cram.crai", "new.vcf", "new.vcf.tbi",
    }  # fmt: skip
    root: Any = place.open(path).storage.zarr
    assert root["sample/patient_1/data"][:].tolist() == [[1, 2]]
    assert not any(key.startswith("data.zarr/sample/s1/") for key in place.keys(path))
    findings = place.open(path).validate(checksums=True)
    assert not findings.errors
    commit.undo()
    keys = place.keys(path)
    assert {key: data for key, data in keys.items() if not key.startswith("data.zarr/")} == FILES
    assert place.open(path).metadata["data/d1"]["has_sample"] == ["sample/s1"]
    assert place.open(path).metadata["reference/r1"] == ELEMENTS["reference/r1"]
    root = place.open(path).storage.zarr
    assert root["sample/s1/data"][:].tolist() == [[1, 2]]
    assert not place.open(path).compare(nodes=True)


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
    assert list(attributes(local, path, "sample/s1")) == slots[2:]


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
    assert attributes(near, path, "sample/s1")["name"] == "Two"


def test_an_archive_without_consolidated_metadata_gets_them(near: Place) -> None:
    path = near.put(keys_of(consolidated=False))
    draft = near.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    again = near.open(path)
    assert again.hierarchy.consolidated
    assert again.metadata["sample/s1"]["sex"] == "Female"
    assert not again.compare(nodes=True)


def test_a_stale_copy_is_found_and_mended(near: Place) -> None:
    path = near.put()
    near.edit_node(path, "sample/s1", name="Behind the back")
    near.write(path, "data.zarr/sample/s9/zarr.json", b'{"attributes": {"@type": "Sample"}, '
                b'"zarr_format": 3, "node_type": "group"}')  # fmt: skip
    modo = near.open(path)
    assert modo.metadata["sample/s1"]["name"] == "Sample 1"
    assert modo.compare().nodes == ("sample/s9",)
    assert modo.compare(nodes=True).nodes == ("sample/s1", "sample/s9")
    stale = modo.validate().of_code("stale_copy")
    assert {one.element for one in stale} == {"sample/s1", "sample/s9"}
    repaired = modo.repair()
    assert repaired.brought_up_to_date == ("sample/s1", "sample/s9")
    assert modo.metadata["sample/s1"]["name"] == "Behind the back"
    assert not modo.compare(nodes=True)
    assert not modo.validate().of_code("stale_copy")


def test_a_commit_reads_the_nodes_and_not_the_copy(near: Place) -> None:
    path = near.put()
    near.edit_node(path, "sample/s1", name="Behind the back")
    draft = near.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    assert attributes(near, path, "sample/s1")["name"] == "Behind the back"
    draft = near.open(path).edit()
    near.edit_node(path, "sample/s1", name="Again")
    draft.set("sample/s1", "name", "Mine")
    with pytest.raises(ConflictError, match="Again"):
        draft.commit()


def test_new_errors_block_a_commit_and_old_ones_do_not(local: Place) -> None:
    elements = {**ELEMENTS, "sample/s1": {"@type": "Sample", "sex": "male"}}
    path = local.put(keys_of(elements))
    draft = local.open(path).edit()
    draft.set("sample/s2", "name", "Fine")
    draft.commit()
    draft.set("sample/s2", "sex", "female")
    with pytest.raises(InvalidMetadataError, match="sample/s2 sex") as caught:
        draft.commit()
    assert [one.code for one in caught.value.findings] == ["not_in_list"]
    draft.commit(force=True)
    assert attributes(local, path, "sample/s2")["sex"] == "female"


def test_an_object_opened_for_reading_is_not_written(local: Place) -> None:
    path = local.put()
    draft = local.open(path, "r").edit()
    draft.set("sample/s1", "sex", "Female")
    before = local.keys(path)
    with pytest.raises(ReadOnlyError, match="reading"):
        draft.commit()
    assert local.keys(path) == before


def test_many_objects_are_checked_before_any_is_written(near: Place) -> None:
    paths = [near.put(name=f"P-{number}") for number in range(4)]
    modos = [near.open(path) for path in paths]
    draft = modos_widgets.edit(modos)
    for modo in modos:
        draft.set((modo.path, "sample/s1"), "name", "Mine")
    theirs = near.open(paths[2]).edit()
    theirs.set("sample/s1", "name", "Theirs")
    theirs.commit()
    before = [near.keys(path) for path in paths]
    with pytest.raises(ConflictError) as caught:
        draft.commit()
    assert [near.keys(path) for path in paths] == before
    draft.resolve(caught.value.conflicts, "mine")
    seen: list[tuple[int, int]] = []
    commit = draft.commit(on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)
    assert set(commit.objects) == set(paths)
    assert {attributes(near, path, "sample/s1")["name"] for path in paths} == {"Mine"}
    commit.undo()
    names = [attributes(near, path, "sample/s1")["name"] for path in paths]
    assert names == ["Sample 1", "Sample 1", "Theirs", "Sample 1"]


@pytest.mark.parametrize("count", [1, 5])
def test_a_commit_takes_few_requests_and_three_round_trips(moto: Place, count: int) -> None:
    assert moto.server is not None
    path = moto.put(keys_of(many(20)))
    warm = moto.open(path).edit()
    warm.set("sample/s000019", "sex", "Male")
    warm.commit()  # the one probe a bucket
    with Proxy(moto.server.endpoint, delay=0.25) as proxy:  # more than a busy machine's pauses
        options = {"services": {"s3": proxy.endpoint}, "s3_kwargs": moto.s3_kwargs}
        for _ in range(2):  # the first finds out that this endpoint heeds conditions
            modo = modos_widgets.open_modo(path, mode="r+", **options)  # type: ignore[arg-type]
            draft = modo.edit()
            for number in range(count):
                draft.set(f"sample/s{number:06d}", "name", f"new {_}")
            proxy.reset()
            draft.commit()
        assert len(proxy.requests) == 2 * count + 2
        assert proxy.round_trips == 3


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", method="PUT", contains="data.zarr/zarr.json", times=20),
        Fault("status", method="PUT", contains="sample/s2", times=20),
        Fault("status", method="PUT", contains="data.zarr/zarr.json", status=403, times=20),
    ],
    ids=["root 503", "node 503", "refused at the root"],
)
def test_a_commit_that_fails_half_way_is_taken_back(moto: Place, fault: Fault) -> None:
    assert moto.server is not None
    path = moto.put()
    before = moto.keys(path)
    with Proxy(moto.server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        draft = modo.edit()
        draft.set("sample/s1", "sex", "Female")
        draft.set("sample/s2", "sex", "Male")
        proxy.faults = [fault]
        with pytest.raises(modos_widgets.errors.ModosError) as caught:
            draft.commit()
        if fault.status == 403:
            assert isinstance(caught.value, CredentialsError)
        assert moto.keys(path) == before
        assert not modo.interrupted
        proxy.reset()
        draft.commit()
    assert attributes(moto, path, "sample/s2")["sex"] == "Male"


@pytest.mark.parametrize("contains", ["sample/s1", "data.zarr/zarr.json"])
def test_a_lost_answer_is_no_conflict_with_oneself(moto: Place, contains: str) -> None:
    assert moto.server is not None
    path = moto.put()
    with Proxy(moto.server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        draft = modo.edit()
        draft.set("sample/s1", "sex", "Female")
        proxy.faults = [Fault("reset-after", method="PUT", contains=contains)]
        draft.commit()
    assert attributes(moto, path, "sample/s1")["sex"] == "Female"


def test_a_broken_element_is_refused_and_the_others_are_written(local: Place) -> None:
    path = local.put(keys_of({**ELEMENTS, "sample/odd": [1]}))
    draft = local.open(path).edit()
    draft.set("sample/odd", "name", "x")
    with pytest.raises(BrokenArchiveError, match="sample/odd"):
        draft.commit()
    draft.undo()
    draft.set("sample/s1", "name", "x")
    draft.commit()
    root = json.loads(local.keys(path)["data.zarr/zarr.json"])
    assert root["consolidated_metadata"]["metadata"]["sample/odd"]["attributes"] == [1]


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
    assert attributes(local, path, "sample/s1")["sex"] == "Male"


def test_the_journal_is_private(local: Place, state_folder: Path) -> None:
    draft = local.open(local.put()).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    files = [path for path in state_folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


def test_the_lock_is_gone_after_use_and_never_listed(local: Place) -> None:
    path = local.put()
    modo = local.open(path)
    seen: list[set[str]] = []
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    write = modo.storage.write

    def watched(*args: Any, **options: Any) -> str:
        seen.append({entry.name for entry in local.folder.iterdir()})
        assert set(modo.files().index) == set(FILES)
        return write(*args, **options)

    modo.storage.write = watched  # type: ignore[method-assign]
    draft.commit()
    assert all(".study.modos-lock" in names for names in seen)
    assert ".study.modos-lock" not in {entry.name for entry in local.folder.iterdir()}


def test_a_folder_that_may_not_be_written_beside_is_no_hindrance(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith(".modos-lock"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    path = local.put()
    before = set(local.keys(path))
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    assert set(local.keys(path)) == before


def test_a_file_that_is_there_is_not_overwritten(local: Place, tmp_path: Path) -> None:
    path = local.put()
    (tmp_path / "d1.cram").write_bytes(b"other")
    draft = local.open(path).edit()
    draft.attach("data/d1", tmp_path / "d1.cram")
    with pytest.raises(ConflictError, match=r"d1\.cram is in the object already"):
        draft.commit()
    assert local.keys(path)["d1.cram"] == FILES["d1.cram"]


def test_a_file_that_changed_since_it_was_attached_is_refused(local: Place, tmp_path: Path) -> None:
    path = local.put()
    before = local.keys(path)
    source = tmp_path / "new.cram"
    source.write_bytes(b"one")
    draft = local.open(path).edit()
    draft.attach("data/d1", source)
    source.write_bytes(b"two")
    with pytest.raises(StorageError, match="changed since"):
        draft.commit()
    assert local.keys(path) == before


def test_a_new_object_is_made_and_an_old_one_is_kept(place: Place) -> None:
    path = place.put()
    before = place.keys(path)
    options: dict[str, Any] = {"services": place.services, "s3_kwargs": place.s3_kwargs}
    with pytest.raises(AlreadyExistsError):
        modos_widgets.create_modo(path, **options)
    assert place.keys(path) == before
    made = modos_widgets.create_modo(f"{path}-new", name="A new one", **options)
    assert made.id == "study-new"
    assert made.metadata["study-new"]["name"] == "A new one"
    assert not made.validate()
    assert not made.files().size
    made.edit()
    draft = made.edit()
    draft.add("sample/s1", {"sex": "Male"})
    draft.commit()
    again = place.open(f"{path}-new", "r")
    assert again.metadata["sample/s1"] == {"@type": "Sample", "sex": "Male"}


def test_odd_values_that_are_stored_are_kept_as_they_are(local: Place) -> None:
    odd = {"@type": "Sample", "nan": float("nan"), "half": "\ud800", "big": 2**70, "deep": [[1.0]]}
    path = local.put(keys_of({**ELEMENTS, "sample/odd": odd}))
    modo = local.open(path)
    codes = {one.slot for one in modo.validate().of_code("not_portable")}
    assert codes == {"nan", "half"}
    draft = modo.edit()
    draft.set("sample/odd", "name", "x")
    draft.commit()
    stored: dict[str, Any] = json.loads(local.keys(path)["data.zarr/sample/odd/zarr.json"])
    del stored["attributes"]["name"]
    assert json.dumps(stored["attributes"]) == json.dumps(odd)


def test_a_server_that_ignores_conditions_is_told_of(
    moto: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from s3fs import S3FileSystem  # noqa: PLC0415

    call = S3FileSystem._call_s3

    async def careless(self: S3FileSystem, method: str, *args: Any, **options: Any) -> Any:
        options.pop("IfMatch", None)
        options.pop("IfNoneMatch", None)
        return await call(self, method, *args, **options)

    assert moto.server is not None
    path = moto.put()
    before = moto.keys(path)
    monkeypatch.setattr(S3FileSystem, "_call_s3", careless)
    with Proxy(moto.server.endpoint) as proxy:
        modo: Modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        draft = modo.edit()
        draft.set("sample/s1", "sex", "Female")
        with pytest.raises(modos_widgets.errors.UnsupportedError, match="conditions"):
            draft.commit()
        assert moto.keys(path) == before
        draft.commit(unconditional=True)
    assert attributes(moto, path, "sample/s1")["sex"] == "Female"
