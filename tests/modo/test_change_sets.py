"""Changes as a text that a colleague reviews and applies."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from modos_widgets import open_modo
from modos_widgets.errors import (
    ConflictError,
    ModosError,
    OptionError,
    PathError,
    StorageError,
)
from modos_widgets.modo.draft.draft import Draft
from tests.modo.objects import ELEMENTS, FILES, ROOT, keys_of, put_local
from tests.parts.examples import examples

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_a_change_set_is_reviewed_and_applied_by_a_colleague(local: Place, tmp_path: Path) -> None:
    path = local.put()
    (tmp_path / "v.vcf").write_bytes(b"v")
    draft = local.open(path, "r").edit()
    draft.set("sample/s1", "sex", "Female")
    draft.unset("sample/s2", "name")
    draft.add("data/v", {"@type": "VariantSet"})
    draft.attach("data/v", tmp_path / "v.vcf")
    draft.remove("reference/r1")
    text = draft.to_json()
    assert json.loads(text)["format"] == "modos_widgets.changes"
    with pytest.raises(OptionError, match="files_from"):
        Draft.from_json(text, local.open(path))
    other = Draft.from_json(text, local.open(path), files_from=tmp_path)
    assert other.diff().to_dict("records") == draft.diff().to_dict("records")
    other.commit("Reviewed")
    metadata = local.open(path).metadata
    assert metadata["sample/s1"]["sex"] == "Female"
    assert "reference/r1" not in metadata
    assert local.keys(path)["v.vcf"] == b"v"
    again = Draft.from_json(text, local.open(path), files_from=tmp_path)
    before = local.keys(path)
    again.commit("Applied twice")
    assert local.keys(path) == before
    (tmp_path / "v.vcf").write_bytes(b"another")
    with pytest.raises(StorageError, match="another size or checksum"):
        Draft.from_json(text, local.open(path), files_from=tmp_path)


def test_a_change_set_conflicts_with_later_changes(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    draft.set("sample/s1", "name", "Mine")
    text = draft.to_json()
    theirs = local.open(path).edit()
    theirs.set("sample/s1", "name", "Theirs")
    theirs.commit()
    with pytest.raises(ConflictError, match="Theirs"):
        Draft.from_json(text, local.open(path)).commit()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": "x", "version": 1, "objects": []}',
     '{"format": "modos_widgets.changes", "version": 9, "objects": []}',
     '{"format": "modos_widgets.changes", "version": 1, "objects": [{}]}',
     '{"format": "modos_widgets.changes", "version": 1, "objects": [{"path": 1, "cells": []}]}'],
)  # fmt: skip
def test_a_text_that_is_not_a_change_set_is_refused(modo: Modo, text: str) -> None:
    with pytest.raises(OptionError):
        Draft.from_json(text, modo)


def test_a_read_only_draft_can_be_exported_and_applied(local: Place) -> None:
    path = local.put(keys_of({**ELEMENTS}, root=ROOT))
    reading = local.open(path, "r")
    draft = reading.edit()
    draft.set("sample/s1", "sex", "Female")
    Draft.from_json(draft.to_json(), local.open(path)).commit()
    assert reading.refresh()
    assert reading.metadata["sample/s1"]["sex"] == "Female"


NEW = b"new"
SUM = hashlib.blake2b(NEW).hexdigest()


def change_set(files: Any, path: str = "x", **changes: Any) -> str:
    """Write a change set as somebody might by hand."""
    made = {"path": path, "root": "study", "cells": {}, "added": {}, "removed": {}, **changes}
    made["files"] = files
    return json.dumps({"format": "modos_widgets.changes", "version": 1, "objects": [made]})


def put_entry(name: str, source: str = "new.vcf", **more: Any) -> dict[str, Any]:
    return {"put": name, "source": source, "element": "data/v", "checksum": SUM, **more}


ADDED = {"data/v": {"@type": "VariantSet", "data_path": "new.vcf", "data_format": "VCF"}}


@pytest.mark.parametrize(
    ("files", "changes"),
    [
        ("no list", {}),
        (["text"], {}),
        ([{}], {}),
        ([{"put": "a", "remove": "b", "element": "data/d1"}], {}),
        ([{"remove": "r1.fa.fai", "element": "reference/r1"}], {}),
        ([{"remove": "r1.fa", "element": "reference/r1"}], {}),
        ([{"remove": "data.zarr/zarr.json", "element": "data/d1"}], {}),
        ([{"remove": "Data.zarr/zarr.json", "element": "data/d1"}], {}),
        ([{"remove": "x/../data.zarr/zarr.json", "element": "data/d1"}], {}),
        ([{"remove": "../other/zarr.json", "element": "data/d1"}], {}),
        ([{"remove": "notes.txt", "element": "data/none"}], {}),
        ([{"remove": "notes.txt", "element": "data/d1", "size": -1}], {}),
        ([{"remove": "", "element": "data/d1"}], {}),
        ([{"remove": 5, "element": "data/d1"}], {}),
        ([{"copy": "", "element": "data/d1"}], {}),
        ([{"copy": "sample/s1", "element": "sample/s2"}], {}),
        ([{"copy": "sample/s1", "element": "sample/new"}], {"added": {"sample/new": {}}}),
        ([put_entry("data.zarr/sample/evil/zarr.json")], {"added": ADDED}),
        ([put_entry("other.vcf")], {"added": ADDED}),
        ([put_entry("new.vcf.tbi")], {"added": ADDED}),
        ([put_entry("new.vcf")], {}),
        ([put_entry("new.vcf"), put_entry("NEW.vcf")], {"added": ADDED}),
        ([put_entry("new.vcf", checksum="0")], {"added": ADDED}),
        ([put_entry("new.vcf", source="")], {"added": ADDED}),
        ([put_entry("d1.cram")], {"added": {"data/v": {"data_path": "d1.cram"}}}),
        ([put_entry("new.vcf")], {"added": {"data/v": {**ADDED["data/v"], "data_checksum": "0"}}}),
        ([{"move": "d1.cram", "to": "x.cram", "element": "data/d1"}], {}),
        ([{"move": "data.zarr", "to": "x.cram", "element": "data/d1"}], {}),
        ([], {"added": {"../evil": {"@type": "Sample"}}}),
        ([], {"added": {"evil": {"@type": "Sample"}}}),
        ([], {"added": {"sample/s1/data": {"@type": "Sample"}}}),
        ([], {"added": {"sample/": {"@type": "Sample"}}}),
        ([], {"added": {"sample/zarr.json": {"@type": "Sample"}}}),
        ([], {"added": {"sample/S1": {"@type": "Sample"}}}),
        ([], {"added": {"study": {}}}),
        ([], {"removed": {"study": ROOT}}),
        ([], {"removed": {"sample": {}}}),
        ([], {"cells": {"sample": {"x": {"after": 1}}}}),
        ([], {"cells": {"../x": {"x": {"after": 1}}}}),
        ([], {"cells": {"sample/s1": {"": {"after": 1}}}}),
        ([], {"cells": {"sample/s1": {"x": {"after": 1}}}, "removed": {"sample/s1": {}}}),
    ],
)  # fmt: skip
def test_a_change_that_no_draft_can_make_is_refused_before_anything_is_read(
    local: Place, tmp_path: Path, files: Any, changes: dict[str, Any]
) -> None:
    (tmp_path / "new.vcf").write_bytes(NEW)
    path = local.put(keys_of() | {"notes.txt": b"notes"})
    before = local.keys(path)
    with pytest.raises(ModosError):
        Draft.from_json(change_set(files, **changes), local.open(path), files_from=tmp_path)
    assert local.keys(path) == before


def test_an_object_that_occurs_twice_in_a_change_set_is_refused(local: Place) -> None:
    path = local.put()
    draft = local.open(path).edit()
    draft.set("sample/s1", "name", "x")
    data = json.loads(draft.to_json())
    data["objects"] *= 2
    with pytest.raises(OptionError, match="twice"):
        Draft.from_json(json.dumps(data), local.open(path))
    with pytest.raises(OptionError):
        Draft.from_json("[" * 100_000, local.open(path))


@pytest.mark.parametrize("kind", ["outside", "link", "folder link", "pipe", "device", "folder"])
def test_only_regular_files_of_the_folder_are_read(local: Place, tmp_path: Path, kind: str) -> None:
    path, folder = local.put(), tmp_path / "from"
    folder.mkdir()
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "new.vcf").write_bytes(NEW)
    source = str(folder / "new.vcf")
    if kind == "outside":
        source = "../secret/new.vcf"
    elif kind == "link":
        (folder / "new.vcf").symlink_to(secret / "new.vcf")
    elif kind == "folder link":
        (folder / "in").symlink_to(secret)
        source = "in/new.vcf"
    elif kind == "pipe":
        os.mkfifo(folder / "new.vcf")
    elif kind == "device":
        source = "/dev/zero"
    else:
        (folder / "new.vcf").mkdir()
    text = change_set([put_entry("new.vcf", source)], added=ADDED)
    with pytest.raises(PathError):
        Draft.from_json(text, local.open(path), files_from=folder)


def test_a_link_created_after_the_review_is_not_followed(local: Place, tmp_path: Path) -> None:
    path, folder = local.put(), tmp_path / "from"
    folder.mkdir()
    (folder / "new.vcf").write_bytes(NEW)
    (tmp_path / "secret").write_bytes(NEW)
    text = change_set([put_entry("new.vcf")], added=ADDED)
    draft = Draft.from_json(text, local.open(path), files_from=str(folder))
    (folder / "new.vcf").unlink()
    (folder / "new.vcf").symlink_to(tmp_path / "secret")
    before = local.keys(path)
    with pytest.raises(PathError):
        draft.commit()
    assert local.keys(path) == before
    (folder / "new.vcf").unlink()
    (folder / "new.vcf").write_bytes(NEW)
    draft.commit()
    assert local.keys(path)["new.vcf"] == NEW


def test_a_change_set_does_not_read_files_on_s3(local: Place, tmp_path: Path) -> None:
    text = change_set([put_entry("new.vcf", "s3://bucket/new.vcf")], added=ADDED)
    with pytest.raises(OptionError, match="S3"):
        Draft.from_json(text, local.open(local.put()), files_from=tmp_path)


def test_the_diff_shows_every_removal_of_a_change_set(local: Place) -> None:
    path = local.put(keys_of() | {"notes.txt": b"notes"})
    gone = [{"remove": "notes.txt", "element": "data/d1", "size": 5}]
    draft = Draft.from_json(change_set(gone), local.open(path))
    assert draft.diff()["slot"].tolist() == ["notes.txt"]
    assert draft.diff()["before"].tolist() == ["file of 5 bytes"]
    local.write(path, "notes.txt", b"longer notes")
    with pytest.raises(StorageError, match="another size or checksum"):
        Draft.from_json(change_set(gone), local.open(path))
    draft = local.open(path).edit()
    draft.remove("reference/r1", with_file=True)
    assert {"r1.fa", "r1.fa.fai"} <= set(draft.diff()["slot"])
    other = Draft.from_json(draft.to_json(), local.open(path))
    assert other.diff().equals(draft.diff())
    other.commit()
    assert not {"r1.fa", "r1.fa.fai"} & local.keys(path).keys()
    assert not Draft.from_json(change_set([{"remove": "r1.fa", "element": "data/d1"}]),
                               local.open(path))  # fmt: skip


def test_every_kind_of_change_survives_a_change_set(local: Place, tmp_path: Path) -> None:
    path = local.put(keys_of({**ELEMENTS, "data/d2": {"@type": "Array", "data_format": "Zarr"}}))
    draft = local.open(path).edit()
    draft.add_array("data/d2", [[1, 2]])
    draft.commit(force=True)
    for name in ("x.bcf", "x.bcf.csi", "x.csi"):
        (tmp_path / name).write_bytes(name.encode())
    draft.rename("data/d2", "data/array")
    draft.attach("data/d1", tmp_path / "x.bcf", name="in/x.bcf")
    draft.set("reference/r1", "data_path", "in/r1.fasta")
    other = Draft.from_json(draft.to_json(), local.open(path), files_from=tmp_path)
    assert other.diff().equals(draft.diff())
    other.commit()
    assert set(local.open(path).files().index) == {
        "in/x.bcf", "in/x.bcf.csi", "in/x.csi", "in/r1.fasta", "in/r1.fasta.fai",
    }  # fmt: skip
    assert not local.open(path).validate(checksums=True)
    root: Any = local.open(path).storage.zarr
    assert root["data/array/data"][:].tolist() == [[1, 2]]


NAMES = strategies.sampled_from(
    [*FILES, "notes.txt", "new.vcf", "x/y.cram", "data.zarr", "data.zarr/zarr.json", "", "..",
     "data.zarr/sample/s1/zarr.json", "data.zarr/new/zarr.json", "/dev/zero", "../secret", "R1.FA"]
)  # fmt: skip
IDS = strategies.sampled_from(
    [*ELEMENTS, "data/v", "sample/new", "study", "sample", "", "../x", "data/d1 (file)", "a/b/c"]
)
SIZES = strategies.sampled_from([None, 0, 3, 5, 20, -1, "5"])
ENTRIES = strategies.one_of(
    strategies.fixed_dictionaries({"put": NAMES, "source": NAMES, "element": IDS,
                                   "checksum": strategies.sampled_from([SUM, "", 5])}),
    strategies.fixed_dictionaries({"remove": NAMES, "element": IDS, "size": SIZES}),
    strategies.fixed_dictionaries({"move": NAMES, "to": NAMES, "element": IDS}),
    strategies.fixed_dictionaries({"copy": IDS, "element": IDS}),
    strategies.dictionaries(strategies.sampled_from(["put", "remove", "copy", "x"]), NAMES),
)  # fmt: skip
ATTRIBUTES = strategies.fixed_dictionaries(
    {"@type": strategies.sampled_from(["DataEntity", "Sample", "VariantSet", "Odd"])},
    optional={"data_path": NAMES, "name": strategies.text(max_size=3)},
)
CELLS = strategies.fixed_dictionaries({}, optional={"before": NAMES, "after": NAMES})


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(
    files=strategies.lists(ENTRIES, max_size=3),
    added=strategies.dictionaries(IDS, ATTRIBUTES, max_size=2),
    removed=strategies.lists(IDS, max_size=2),
    cells=strategies.dictionaries(
        IDS, strategies.dictionaries(strategies.sampled_from(["data_path", "x"]), CELLS), max_size=2
    ),
)
def test_a_change_set_changes_only_what_its_diff_shows(
    files: Any, added: Any, removed: Any, cells: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, sources = Path(folder) / "object", Path(folder) / "from"
        put_local(path, keys_of() | {"notes.txt": b"notes"})
        put_local(sources, {"new.vcf": NEW, "d1.cram": NEW})
        gone = {name: ELEMENTS.get(name, {}) for name in removed}
        text = change_set(files, added=added, removed=gone, cells=cells)

        def keys() -> dict[str, bytes]:
            listed = (one for one in Path(folder).rglob("*") if one.is_file())
            return {str(one.relative_to(folder)): one.read_bytes() for one in listed}

        before = keys()
        try:
            draft = Draft.from_json(text, open_modo(path, mode="r+"), files_from=sources)
            shown = draft.diff()
            draft.commit(force=True)
        except ModosError:
            assert {key: one for key, one in keys().items() if key in before} == before
            return
        after = keys()
        touched = {key for key in before | after if before.get(key) != after.get(key)}
        allowed = {f"object/{slot}" for slot in shown["slot"]}
        allowed |= {f"object/data.zarr/{one}/zarr.json" for one in shown["element"]}
        allowed |= {"object/data.zarr/zarr.json"}
        assert touched <= allowed
        assert shown.shape[0] or not touched
