"""What a commit removes: in few requests, and never for good without a word before."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from modos_widgets.errors import ConflictError, CredentialsError, UnsupportedError
from modos_widgets.modo.attachments.retention import KEPT_BYTES
from modos_widgets.modo.draft.draft import Draft
from tests.modo.objects import FILES, keys_of, many
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place

pytestmark = pytest.mark.traffic

LARGE = b"x" * (KEPT_BYTES + 1)


def test_a_file_too_large_for_the_journal_is_noted_before_it_is_removed(near: Place) -> None:
    path = near.put(keys_of(files={**FILES, "d1.cram": LARGE}))
    draft = near.open(path).edit()
    draft.remove("data/d1", with_file=True)
    reason = "Removed permanently, because undo keeps 16 MiB per commit"
    note = f"{reason}: d1.cram ({len(LARGE):,} bytes)."
    assert draft.notes == (note,)
    assert note in repr(draft)
    assert note in draft._repr_html_()
    (before,) = draft.diff().query("slot == 'd1.cram'")["before"]
    assert before == f"file of {len(LARGE):,} bytes, cannot be restored by undo"
    again = Draft.from_json(draft.to_json(), near.open(path))
    assert again.notes == draft.notes
    commit = draft.commit()
    assert commit.notes == ("Removed permanently, because undo keeps 16 MiB per commit: d1.cram.",)
    undone = commit.undo()
    assert undone.notes == ("Not restored, because the journal did not keep them: d1.cram.",)
    keys = near.keys(path)
    assert "d1.cram" not in keys
    assert keys["d1.cram.crai"] == FILES["d1.cram.crai"]
    assert near.open(path).validate().of_code("file_missing")


def test_small_files_are_restored_without_a_note(near: Place) -> None:
    path = near.put()
    draft = near.open(path).edit()
    draft.remove("data/d1", with_file=True)
    assert not draft.notes
    assert set(draft.diff().query("slot == 'd1.cram'")["before"]) == {"file of 20 bytes"}
    commit = draft.commit()
    assert commit.notes == ()
    assert "d1.cram" not in near.keys(path)
    assert commit.undo().notes == ()
    assert {key: data for key, data in near.keys(path).items() if key in FILES} == FILES


def test_arrays_that_may_be_too_large_for_the_journal_are_noted(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    draft.add_array("data/d1", np.random.default_rng(1).random((1500, 1500)))
    draft.add_array("reference/r1", np.zeros((10, 10)))
    draft.commit()
    draft = local.open(path).edit()
    draft.remove("reference/r1")
    assert not draft.notes
    draft.remove("data/d1")
    (note,) = draft.notes
    assert "unable to restore the arrays of data/d1 (up to 18,000,000 bytes)" in note
    commit = draft.commit()
    assert "keys of arrays" in " ".join(commit.notes)


def test_a_folder_that_an_element_names_is_removed_with_it(near: Place) -> None:
    element = {"@type": "DataEntity", "data_path": "store.zarr", "data_format": "Zarr"}
    files = {**FILES, "store.zarr/zarr.json": b"{}", "store.zarr/c/0": b"0", "store.zarr.txt": b"n"}
    path = near.put(keys_of({"data/z": element, "data/y": element}, files=files))
    draft = near.open(path).edit()
    draft.remove("data/y", with_file=True)
    draft.commit()
    assert "store.zarr/c/0" in near.keys(path)
    draft.remove("data/z", with_file=True)
    commit = draft.commit()
    assert set(near.keys(path)) >= {*FILES, "store.zarr.txt"}
    assert not any(key.startswith("store.zarr/") for key in near.keys(path))
    commit.undo()
    assert near.keys(path)["store.zarr/c/0"] == b"0"


@pytest.mark.parametrize("count", [1, 5])
def test_a_removal_takes_two_requests(remote: Place, count: int) -> None:
    assert remote.server is not None
    path = remote.put(keys_of(many(20)))
    with Proxy(remote.server.endpoint) as proxy:
        behind = replace(remote, server=replace(remote.server, endpoint=proxy.endpoint))
        warm = behind.open(path).edit()
        warm.remove("sample/s000019")
        warm.commit()  # two probes a bucket
        draft = behind.open(path).edit()
        for number in range(1, count + 1):
            draft.remove(f"sample/s{number:06d}")
        proxy.reset()
        draft.commit()
        assert len(proxy.requests) == 2 * count + 2
    left = set(behind_elements(remote, path))
    assert not {f"sample/s{number:06d}" for number in range(1, count + 1)} & left


def behind_elements(place: Place, path: str) -> dict[str, Any]:
    return place.open(path).metadata


def test_a_node_that_someone_changes_just_before_its_removal_is_kept(
    remote: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = remote.put()
    draft = remote.open(path).edit()
    draft.remove("sample/s2")
    storage = draft.modos[0].storage
    delete = storage.delete

    def after_somebody(target: Any, **options: Any) -> None:
        monkeypatch.setattr(storage, "delete", delete)
        remote.edit_node(path, "sample/s2", name="Theirs")
        delete(target, **options)

    monkeypatch.setattr(storage, "delete", after_somebody)
    with pytest.raises(ConflictError, match="Theirs"):
        draft.commit()
    assert b"Theirs" in remote.keys(path)["data.zarr/sample/s2/zarr.json"]


def test_a_lost_response_to_a_removal_is_not_a_conflict(remote: Place) -> None:
    assert remote.server is not None
    path = remote.put()
    with Proxy(remote.server.endpoint) as proxy:
        behind = replace(remote, server=replace(remote.server, endpoint=proxy.endpoint))
        draft = behind.open(path).edit()
        draft.remove("sample/s2")
        proxy.faults = [Fault("reset-after", method="DELETE", contains="sample/s2")]
        draft.commit()
        assert proxy.faults[0].seen > 1
    assert "sample/s2" not in remote.open(path).metadata


@pytest.mark.parametrize("what", ["element", "file", "array", "rename", "undo of an add"])
def test_nothing_is_removed_if_the_server_ignores_conditions_of_deletes(
    moto: Place, what: str, tmp_path: Path
) -> None:
    assert moto.server is not None
    path = moto.put()
    if what == "array":
        draft = moto.open(path).edit()
        draft.add_array("sample/s2", np.eye(2))
        draft.commit()
    with Proxy(moto.server.endpoint) as proxy:
        proxy.drop_headers_of["DELETE"] = {"if-match"}
        behind = replace(moto, server=replace(moto.server, endpoint=proxy.endpoint))
        draft = behind.open(path).edit()
        if what == "rename":
            draft.rename("sample/s2", "sample/s3")
        elif what == "undo of an add":
            draft.add("sample/s3", {"name": "New"})
            commit = draft.commit()
        elif what == "file":
            draft.remove("data/d1", with_file=True)
        else:
            draft.remove("sample/s2")
        before = moto.keys(path)
        for _ in range(2):
            with pytest.raises(UnsupportedError, match="conditions of deletes"):
                commit.undo() if what == "undo of an add" else draft.commit()
            assert moto.keys(path) == before
        if what != "undo of an add":
            draft.commit(unconditional=True)
            gone = {"file": "data/d1"}.get(what, "sample/s2")
            assert gone not in moto.open(path).metadata
            assert not any(f"data.zarr/{gone}/" in key for key in moto.keys(path))


def test_a_delayed_delete_removes_nothing_of_a_colleague(moto: Place) -> None:
    assert moto.server is not None
    path = moto.put()
    with Proxy(moto.server.endpoint) as proxy:
        proxy.drop_headers_of["DELETE"] = {"if-match"}
        behind = replace(moto, server=replace(moto.server, endpoint=proxy.endpoint))
        draft = behind.open(path).edit()
        draft.remove("sample/s2")
        proxy.faults = [Fault("delay", method="DELETE", contains="sample/s2", seconds=1)]
        theirs = moto.open(path).edit()
        theirs.set("sample/s2", "name", "Theirs")
        results: list[BaseException] = []

        def remove() -> None:
            try:
                draft.commit()
            except UnsupportedError as error:
                results.append(error)

        removing = threading.Thread(target=remove)
        removing.start()
        theirs.commit()
        removing.join(60)
    assert len(results) == 1
    assert moto.attributes(path, "sample/s2")["name"] == "Theirs"


def test_a_failed_commit_reports_what_it_could_not_revert(moto: Place, tmp_path: Path) -> None:
    assert moto.server is not None
    path = moto.put()
    (tmp_path / "new.vcf").write_bytes(b"##fileformat=VCFv4.2\n")
    with Proxy(moto.server.endpoint) as proxy:
        proxy.drop_headers_of["DELETE"] = {"if-match"}
        behind = replace(moto, server=replace(moto.server, endpoint=proxy.endpoint))
        draft = behind.open(path).edit()
        draft.add("data/new", {"@type": "VariantSet"})
        draft.attach("data/new", tmp_path / "new.vcf")
        refused: dict[str, Any] = {"status": 403, "code": "AccessDenied"}
        proxy.faults = [Fault("status", "PUT", "data.zarr/zarr.json", **refused)]
        with pytest.raises(CredentialsError) as caught:
            draft.commit()
        said = " ".join(caught.value.__notes__)
        assert "deletes without conditions: data/new." in said
        assert "could not be removed: new.vcf." in said
        assert "is partly changed, see the notes of this error." in caught.value.hint
        assert not behind.open(path).interrupted
    keys = moto.keys(path)
    assert {"new.vcf", "data.zarr/data/new/zarr.json"} <= keys.keys()
    assert moto.attributes(path, "data/new")["data_path"] == "new.vcf"


def test_draft_and_commit_have_the_same_diff_and_the_undo_has_the_reverse(
    near: Place, tmp_path: Path
) -> None:
    path = near.put()
    (tmp_path / "new.vcf").write_bytes(b"##fileformat=VCFv4.2\n")
    (tmp_path / "new.vcf.tbi").write_bytes(b"index")
    draft = near.open(path).edit()
    draft.set("sample/s1", "name", "Other")
    draft.add("data/calls", {"@type": "VariantSet"})
    draft.attach("data/calls", tmp_path / "new.vcf")
    draft.add_array("sample/s2", np.eye(2))
    draft.remove("reference/r1", with_file=True)
    wanted, said = draft.diff(), repr(draft).removeprefix("Draft: ")
    commit = draft.commit()
    assert {"new.vcf", "data", "r1.fa"} <= set(wanted["slot"])
    assert commit.diff.equals(wanted)
    assert repr(commit) == f"Commit {commit.id}: {said}"
    undone = near.open(path).undo_commit(commit.id)
    changed = {tuple(row) for row in commit.diff.astype(str).to_numpy()}
    back = {(*key, after, before) for *key, before, after in undone.diff.astype(str).to_numpy()}
    assert back == changed
    assert set(near.open(path).commits()["changes"]) == {len(wanted)}


@pytest.mark.parametrize("name", ["d1.cram", "d1.cram.crai"])
@pytest.mark.parametrize("since", ["named", "replaced"])
@pytest.mark.parametrize("how", ["removed", "attached over", "a change set"])
def test_a_file_that_a_colleague_has_named_or_replaced_is_not_removed(
    near: Place, tmp_path: Path, name: str, since: str, how: str
) -> None:
    path = near.put()
    (tmp_path / "new.bcf").write_bytes(b"new")
    draft = near.open(path).edit()
    if how == "attached over":
        draft.attach("data/d1", tmp_path / "new.bcf")
    else:
        draft.remove("data/d1", with_file=True)
    if how == "a change set":
        draft = Draft.from_json(draft.to_json(), near.open(path))
    if since == "named":
        theirs = near.open(path).edit()
        attributes = {"@type": "AlignmentSet", "data_path": name, "data_format": "CRAM"}
        theirs.add("data/theirs", attributes)
        theirs.commit()
    else:
        near.write(path, name, b"of a colleague")
    before = near.keys(path)
    with pytest.raises(ConflictError, match=name) as caught:
        draft.commit()
    assert near.keys(path) == before
    draft.resolve(caught.value.conflicts, "theirs")
    draft.commit()
    assert near.keys(path)[name] == before[name]
    assert ("d1.cram" in near.keys(path)) == (name == "d1.cram")
