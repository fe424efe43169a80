"""What a commit writes, and what it refuses to."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

import modos_widgets
from modos_widgets.errors import (
    BrokenArchiveError,
    ConflictError,
    InvalidMetadataError,
    ReadOnlyError,
)
from modos_widgets.modo.commit import object_commit
from tests.modo.objects import ELEMENTS, FILES, ROOT, changed_keys, keys_of, many
from tests.parts.proxy import Gate, Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.modo.conftest import Place


def test_a_change_writes_only_the_node_and_the_root(place: Place) -> None:
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
    assert place.attributes(path, "sample/s1")["sex"] == "Female"
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


def test_unchanged_numbers_keep_their_spelling(local: Place) -> None:
    numbers = b'"dose": 1.50, "tiny": 1e-400, "count": 9007199254740993.0, "name": "Sample'
    keys = {
        key: data.replace(b'"name": "Sample', numbers) if key.endswith("zarr.json") else data
        for key, data in keys_of().items()
    }
    path = local.put(keys)
    modo = local.open(path)
    draft = modo.edit()
    draft.set("sample/s1", "name", "New")
    draft.set("sample/s2", "dose", 1.25)
    commit = draft.commit()
    key = "data.zarr/sample/s1/zarr.json"
    after = local.keys(path)
    assert after[key] == keys[key].replace(b"Sample 1", b"New")
    date = modo.metadata["study"]["last_update_date"].encode()
    root = after["data.zarr/zarr.json"].replace(b"New", b"Sample 1").replace(b"1.25", b"1.50")
    root = root.replace(date, str(ROOT["last_update_date"]).encode())
    assert root == keys["data.zarr/zarr.json"]
    commit.undo()
    assert local.keys(path)[key] == keys[key]


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


def test_a_commit_updates_links_files_and_arrays(place: Place, tmp_path: Path) -> None:
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
    assert local.attributes(path, "sample/s2")["sex"] == "female"


def test_an_object_opened_read_only_is_not_written(local: Place) -> None:
    path = local.put()
    draft = local.open(path, "r").edit()
    draft.set("sample/s1", "sex", "Female")
    before = local.keys(path)
    with pytest.raises(ReadOnlyError, match="read-only"):
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
    commit = draft.commit(on_progress=lambda now: seen.append((now.done, now.total)))
    assert seen[-1] == (4, 4)
    assert set(commit.objects) == set(paths)
    assert {near.attributes(path, "sample/s1")["name"] for path in paths} == {"Mine"}
    commit.undo()
    names = [near.attributes(path, "sample/s1")["name"] for path in paths]
    assert names == ["Sample 1", "Sample 1", "Theirs", "Sample 1"]


def test_a_commit_takes_few_requests_and_three_round_trips(moto: Place) -> None:
    assert moto.server is not None
    path = moto.put(keys_of(many(100)))
    with Proxy(moto.server.endpoint, delay=0.25) as proxy:  # more than a busy machine's pauses
        modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        for count, probes in ((1, 1), (1, 0), (100, 0)):  # one probe a bucket
            draft = modo.edit()
            for number in range(count):
                draft.set(f"sample/s{number:06d}", "name", f"{count} {probes}")
            proxy.reset()
            draft.commit()
            assert len(proxy.requests) == 2 * count + 2 + probes
            # three; a busy machine starts some late, and 32 at a time would take six
            assert proxy.round_trips <= 4 + probes


def test_a_local_commit_resolves_paths_and_reads_documents_once(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    modo = local.open(local.put(keys_of(many(60))))
    calls: Counter[str] = Counter()

    def counting(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counted(*args: Any, **options: Any) -> Any:
            calls[name] += 1
            return original(*args, **options)

        monkeypatch.setattr(owner, name, counted)

    counting(os.path, "realpath")
    counting(object_commit, "parse_document")
    found = []
    for count in (3, 50):
        draft = modo.edit()
        for number in range(count):
            draft.set(f"sample/s{number:06d}", "name", f"Name {count}")
        calls.clear()
        draft.commit()
        found.append((calls["realpath"], calls["parse_document"] - count))
    assert found[0] == found[1]


@pytest.mark.traffic
def test_a_commit_to_many_objects_takes_as_many_round_trips_as_to_one(moto: Place) -> None:
    assert moto.server is not None
    keys = keys_of({"sample/s1": ELEMENTS["sample/s1"]})
    paths = [moto.put(keys, name=f"P-{number}") for number in range(70)]
    with Proxy(moto.server.endpoint) as proxy:
        first = modos_widgets.edit(
            paths[:1], services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        first.set((paths[0], "sample/s1"), "sex", "Female")
        first.commit().undo()  # the probe of the bucket
        draft = modos_widgets.edit(paths, services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs)
        for path in paths:
            draft.set((path, "sample/s1"), "name", "Another")
        proxy.reset()
        proxy.gate = Gate(len(paths), "PUT")  # each object writes two keys, one after the other
        commit = draft.commit()
        assert (len(proxy.requests), proxy.gate.is_open) == (4 * len(paths), True)
        proxy.reset()
        proxy.gate = Gate(len(paths), "PUT")
        commit.undo()  # reads each root first, to see what is there now
        assert (len(proxy.requests), proxy.gate.is_open) == (5 * len(paths), True)
        proxy.reset()
        proxy.gate = Gate(len(paths), "GET")
        modos_widgets.edit(paths, services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs)
        assert (len(proxy.requests), proxy.gate.is_open) == (len(paths), True)


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
