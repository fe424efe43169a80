from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import modos_widgets
from modos_widgets.errors import (
    AlreadyExistsError,
    ConflictError,
    NotFoundError,
    OptionError,
    PathError,
    StorageError,
)
from modos_widgets.modo.draft import Draft
from tests.modo.objects import ELEMENTS, ROOT, keys_of

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_a_draft_writes_nothing(local: Place) -> None:
    path = local.put()
    before = local.keys(path)
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.add("sample/s3", {"name": "x"})
    draft.remove("sample/s2")
    draft.add_array("data/d1", np.eye(2))
    draft.validate()
    assert local.keys(path) == before


def test_set_unset_current_and_the_diff(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    draft.unset("sample/s1", "name")
    draft.set("", "name", "New")
    draft.set("sample/s2", "collector", ["A", "B"])
    assert draft.current("sample/s1", "sex") == "Female"
    assert draft.current("sample/s1", "name") is None
    assert draft.is_changed("sample/s1", "name")
    assert not draft.is_changed("sample/s2", "name")
    assert draft.diff()[["element", "slot", "before", "after"]].to_numpy().tolist() == [
        ["sample/s1", "name", "Sample 1", None],
        ["sample/s1", "sex", "Male", "Female"],
        ["sample/s2", "collector", None, ["A", "B"]],
        ["study", "name", "A study", "New"],
    ]
    assert draft.frame().loc["sample/s1", "sex"] == "Female"
    assert repr(draft) == "Draft: 4 changes in 1 object"
    assert modo.metadata["sample/s1"]["sex"] == "Male"


def test_a_change_and_its_opposite_are_no_change(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    draft.set("sample/s1", "sex", "Male")
    draft.add("sample/s3", {})
    draft.remove("sample/s3")
    draft.rename("sample/s2", "sample/s4")
    draft.rename("sample/s4", "sample/s2")
    assert not draft
    assert draft.diff().empty


def test_one_and_true_are_not_the_same_value(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "count", 1)
    draft.set("sample/s1", "count", True)  # noqa: FBT003
    assert draft.current("sample/s1", "count") is True
    assert len(draft) == 1


def test_undo_and_redo_go_step_by_step(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    with draft.together():
        draft.set("sample/s1", "name", "a")
        draft.set("sample/s2", "name", "b")
    draft.remove("reference/r1")
    states = [draft.frame().to_json()]
    while draft.undo():
        states.append(draft.frame().to_json())
    assert len(states) == 4
    assert not draft
    for state in reversed(states[:-1]):
        assert draft.redo()
        assert draft.frame().to_json() == state
    assert not draft.redo()
    draft.undo()
    draft.set("sample/s1", "name", "other")
    assert not draft.redo()
    draft.discard()
    assert not draft
    assert not draft.undo()


def test_a_step_that_fails_leaves_nothing(modo: Modo) -> None:
    draft = modo.edit()

    def two() -> None:
        with draft.together():
            draft.set("sample/s1", "name", "a")
            draft.set("sample/s1", "name", float("nan"))

    with pytest.raises(OptionError):
        two()
    assert not draft
    assert not draft.undo()


def test_links_follow_a_rename_and_a_removal(modo: Modo) -> None:
    draft = modo.edit()
    assert draft.rename("sample/s1", "sample/patient/1") == "sample/patient_1"
    assert draft.current("data/d1", "has_sample") == ["sample/patient_1"]
    draft.remove("data/d1")
    assert draft.current("assay/a1", "has_data") == []
    draft.undo()
    draft.undo()
    assert not draft


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        "\ud800",
        ["\udfff"],
        {"a": {"\ud800": 1}},
        {1: 2},
        object(),
        b"bytes",
        {1, 2},
        "x" * (1024 * 1024 + 1),
        np.float32("nan"),
        None.__class__,
    ],
)
def test_values_that_json_cannot_hold_are_refused(modo: Modo, value: Any) -> None:
    draft = modo.edit()
    with pytest.raises(OptionError) as caught:
        draft.set("sample/s1", "name", value)
    assert caught.value.hint
    assert not draft


def test_a_value_that_contains_itself_is_refused(modo: Modo) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(OptionError, match="deep"):
        modo.edit().set("sample/s1", "name", endless)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("x" * (1024 * 1024), "x" * (1024 * 1024)),
        (np.int64(3), 3),
        (np.bool_(1), True),
        (np.array([1.5, 2.5]), [1.5, 2.5]),
        (("a", "b"), ["a", "b"]),
        (dt.datetime(2024, 1, 2, tzinfo=dt.UTC), "2024-01-02T00:00:00+00:00"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (None, None),
        (2**70, 2**70),
        ("\U0001d4b3 \u202e <b>", "\U0001d4b3 \u202e <b>"),
    ],
)
def test_values_become_what_json_has_for_them(
    local: Place, modo: Modo, value: Any, stored: Any
) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "note", value)
    draft.commit(force=True)
    found = local.open(modo.path).metadata["sample/s1"]["note"]
    assert found == stored
    assert type(found) is type(stored)


def test_what_is_not_there_is_told(modo: Modo) -> None:
    draft = modo.edit()
    with pytest.raises(NotFoundError, match="sample/none"):
        draft.set("sample/none", "name", "x")
    with pytest.raises(OptionError):
        draft.remove("study")
    with pytest.raises(OptionError):
        draft.set("sample/s1", "", "x")
    with pytest.raises(NotFoundError):
        draft.attach("data/d1", "/no/such/file")
    with pytest.raises(PathError):
        draft.attach("data/d1", __file__, name="../out")
    with pytest.raises(PathError):
        draft.attach("data/d1", __file__, name="data.zarr/zarr.json")
    with pytest.raises(OptionError, match="labels"):
        draft.add_array("data/d1", np.eye(3), obs=["a"])
    with pytest.raises(OptionError, match="object"):
        draft.add_array("data/d1", np.array([object()]))
    with pytest.raises(OptionError):
        modos_widgets.edit([])
    with pytest.raises(OptionError, match="twice"):
        modos_widgets.edit([modo, modo])


def test_a_draft_over_several_objects(local: Place) -> None:
    paths = [local.put(name=name) for name in ("a", "b")]
    draft = modos_widgets.edit(paths)
    draft.set((paths[0], "sample/s1"), "sex", "Female")
    draft.set((paths[1] + "/", "sample/s1"), "sex", "Female")
    with pytest.raises(OptionError, match="any of 2"):
        draft.set("sample/s1", "sex", "Female")
    with pytest.raises(NotFoundError):
        draft.set(("/elsewhere", "sample/s1"), "sex", "Female")
    assert list(draft.frame().index.names) == ["object", "element"]
    assert draft.frame().loc[(paths[1], "sample/s1"), "sex"] == "Female"
    assert set(draft.diff()["object"]) == set(paths)
    assert {one.code for one in draft.validate()} == {"duplicate_id"}
    assert not draft.new_errors()


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
    other = Draft.from_json(text, local.open(path))
    assert other.diff().to_dict("records") == draft.diff().to_dict("records")
    other.commit("Reviewed")
    metadata = local.open(path).metadata
    assert metadata["sample/s1"]["sex"] == "Female"
    assert "reference/r1" not in metadata
    assert local.keys(path)["v.vcf"] == b"v"
    again = Draft.from_json(text, local.open(path))
    with pytest.raises((ConflictError, AlreadyExistsError)):
        again.commit()
    (tmp_path / "v.vcf").write_bytes(b"another")
    with pytest.raises(StorageError, match="not the file"):
        Draft.from_json(text, local.open(path))


def test_a_change_set_meets_what_changed_since(local: Place) -> None:
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
def test_a_text_that_is_no_change_set_is_refused(modo: Modo, text: str) -> None:
    with pytest.raises(OptionError):
        Draft.from_json(text, modo)


def test_the_diff_is_readable_and_harmless(modo: Modo) -> None:
    evil = "<img src=x onerror=alert(1)>"
    draft = modo.edit()
    draft.set("sample/s1", evil, evil)
    draft.set("sample/s2", "name", "x" * 5000)
    for html in (draft.diff_html(), draft._repr_html_()):
        assert evil not in html
        assert "&lt;img" in html
        assert len(html) < 4000


def test_arrays_are_labelled_either_way_round(modo: Modo) -> None:
    draft = modo.edit()
    draft.add_array("data/d1", np.zeros((3, 2)), obs=["a", "b"], var=["x", "y", "z"])
    with pytest.raises(AlreadyExistsError):
        draft.add_array("data/d1", np.zeros((3, 2)))
    draft.commit()
    array = modo.hierarchy.nodes["data/d1/data"].array
    assert array is not None
    assert array.dimension_names == ("var", "obs")
    assert modo.hierarchy.nodes["data/d1/obs"].array is not None
    import xarray  # noqa: PLC0415 - heavy

    data = xarray.open_zarr(f"{modo.path}/data.zarr", group="data/d1", consolidated=False)
    assert float(data["data"].sel(obs="a", var="x").values) == 0


def test_an_array_is_named_by_its_data_entity_and_by_no_other_element(modo: Modo) -> None:
    draft = modo.edit()
    draft.add("data/matrix", {"@type": "Array"})
    draft.add_array("data/matrix", np.eye(2))
    assert not draft.new_errors()
    draft.add_array("data/d1", np.eye(2))
    draft.add_array("sample/s1", np.eye(2))
    named = draft.frame()[["data_path", "data_format"]].dropna(how="all")
    assert named.to_dict("index") == {
        "data/d1": {"data_path": "d1.cram", "data_format": "CRAM"},
        "data/matrix": {"data_path": "data.zarr/data/matrix", "data_format": "Zarr"},
        "reference/r1": {"data_path": "r1.fa", "data_format": None},
    }
    draft.commit()
    draft.rename("data/matrix", "data/counts")
    assert draft.current("data/counts", "data_path") == "data.zarr/data/counts"
    draft.commit()
    assert not modo.validate().of_code("file_missing")
    draft.set("data/counts", "data_path", "data.zarr/data/gone")
    draft.commit()
    assert [one.element for one in modo.validate().of_code("file_missing")] == ["data/counts"]
    draft.unset("data/counts", "data_path")
    draft.add_array("data/counts", np.eye(2), name="more")
    draft.undo()
    assert draft.current("data/counts", "data_path") is None


def test_opening_draws_no_line_between_writing_and_reading(local: Place) -> None:
    path = local.put(keys_of({**ELEMENTS}, root=ROOT))
    reading = local.open(path, "r")
    draft = reading.edit()
    draft.set("sample/s1", "sex", "Female")
    Draft.from_json(draft.to_json(), local.open(path)).commit()
    assert reading.refresh()
    assert reading.metadata["sample/s1"]["sex"] == "Female"


def test_a_new_assay_is_named_in_the_root(local: Place) -> None:
    draft = local.open(local.put()).edit()
    draft.add("assay/a2", {"omics_type": ["PROTEOMICS"]})
    draft.add("sample/s9", {})
    draft.add("data/d9", {"@type": "VariantSet", "data_path": "x.vcf", "data_format": "VCF"})
    assert draft.current("", "has_assay") == ["assay/a1", "assay/a2"]
    assert set(draft.diff().query("element == 'study'")["slot"]) == {"has_assay"}
    draft.rename("assay/a2", "assay/proteins")
    assert draft.current("", "has_assay") == ["assay/a1", "assay/proteins"]
    draft.undo()
    for _ in range(3):
        draft.undo()
    assert draft.current("", "has_assay") == ["assay/a1"]
    assert not draft
    draft.add("assay/a2", {"omics_type": ["PROTEOMICS"]}, link=False)
    assert draft.current("", "has_assay") == ["assay/a1"]


def test_a_new_assay_joins_whatever_the_root_names(local: Place) -> None:
    for number, (stored, then) in enumerate(
        {"assay/a1": ["assay/a1", "assay/a2"], "": ["", "assay/a2"]}.items()
    ):
        path = local.put(keys_of(root={**ROOT, "has_assay": stored}), name=f"P-{number}")
        draft = local.open(path).edit()
        draft.add("assay/a2", {})
        assert draft.current("", "has_assay") == then
    path = local.put(keys_of(root={"@type": "MODO"}), name="bare")
    draft = local.open(path).edit()
    draft.add("assay/a2", {})
    assert draft.current("", "has_assay") == ["assay/a2"]


def test_a_draft_says_what_can_be_undone(local: Place) -> None:
    draft = local.open(local.put()).edit()
    assert (draft.can_undo, draft.can_redo) == (False, False)
    draft.set("sample/s1", "name", "x")
    assert (draft.can_undo, draft.can_redo) == (True, False)
    draft.undo()
    assert (draft.can_undo, draft.can_redo) == (False, True)
    draft.redo()
    draft.commit()
    assert (draft.can_undo, draft.can_redo) == (False, False)
