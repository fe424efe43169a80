"""Elements that are not in the draft yet: proposed ids, checks, and what a removal changes."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it
import warnings
from enum import Enum
from typing import TYPE_CHECKING, Literal

import pytest
from pydantic import BaseModel

from modos_widgets import create_modo
from modos_widgets.errors import AlreadyExistsError, ArgumentError, OptionError, PathError
from modos_widgets.modo import Draft, Schema, class_plural, class_title
from modos_widgets.modo.similar_names import fold

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return create_modo(tmp_path / "study").edit()


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


class Donor(BaseModel):
    age: int
    height: float | None = None
    alive: bool = True
    consent: Literal["full", "none"] | None = None
    moods: list[Mood] = []
    born: dt.date | None = None


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("Adjacent normal, block 2", "adjacent_normal_block_2"),
        ("Zürich (2)", "zurich_2"),
        ("a/b/c", "a_b_c"),
        ("../..", "sample_1"),
        ("样本", "sample_1"),
        ("", "sample_1"),
        ("zarr.json", "sample_1"),
        ("__proto__", "proto"),
        ("<img src=x onerror=alert(1)>", "img_src_x_onerror_alert_1"),
        ("\u202egpj.exe", "gpj.exe"),
        ("x" * 4000, "x" * 255),
    ],
)
def test_an_id_is_proposed_from_the_name(draft: Draft, name: str, proposed: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (element,) = draft.propose_ids([name], "Sample")
        assert element == f"sample/{proposed}"
        assert draft.add(element, {"name": name}) == element


def test_proposed_ids_never_collide_also_not_by_case(draft: Draft) -> None:
    draft.add("sample/A_b", {})
    names = ["a b", "A B", "a_b", "x" * 255, "X" * 300, "", "样本", "a b 2"]
    found = draft.propose_ids(names, "Sample")
    assert found[:3] == ["sample/a_b_2", "sample/a_b_3", "sample/a_b_4"]
    assert found[4] == f"sample/{'x' * 253}_2"
    assert found[5:] == ["sample/sample_1", "sample/sample_2", "sample/a_b_2_2"]
    assert len({fold(each) for each in [*found, "sample/A_b"]}) == len(names) + 1
    assert all(len(each.partition("/")[2].encode()) <= 255 for each in found)
    for element in found:
        draft.add(element, {})


def test_a_class_in_any_group_needs_a_group(tmp_path: Path) -> None:
    draft = Draft([create_modo(tmp_path / "study")], [Donor])
    assert draft.propose_ids(["Ann"], "Donor", group="sample") == ["sample/ann"]
    with pytest.raises(OptionError, match="The group of"):
        draft.propose_ids(["Ann"], "Donor")


def test_a_new_element_is_checked_as_one_of_the_draft(draft: Draft) -> None:
    draft.add("sample/s1", {})
    attributes = {
        "@type": "DataEntity",
        "data_path": "x.bcf",
        "data_format": "BVF",
        "has_sample": ["sample/s9"],
    }
    found = draft.check_new("data/x", attributes)
    assert not draft.can_redo
    assert "data/x" not in draft.elements()
    draft.add("data/x", attributes)
    draft.check()
    assert {(each.slot, each.code, each.message) for each in found} == {
        (each.slot, each.code, each.message) for each in draft.findings_of("data/x")
    }
    assert {each.slot for each in found} == {"data_format", "has_sample"}
    assert not draft.check_new("sample/s2", draft.elements()["sample/s1"])
    with pytest.raises(ArgumentError):
        draft.check_new("sample/s2", ["name"])  # type: ignore[arg-type]
    with pytest.raises(AlreadyExistsError, match="only in letter case"):
        draft.check_new("sample/S1", {"@type": "Sample"})
    with pytest.raises(PathError, match="256 bytes"):
        draft.check_new(f"sample/{'é' * 128}", {"@type": "Sample"})


def test_a_rename_is_checked_and_not_done(draft: Draft) -> None:
    draft.add("sample/s1", {})
    draft.add("sample/s2", {})
    assert draft.check_rename("sample/s1", "a/b") == "sample/a_b"
    assert draft.check_rename("sample/s1", "S1") == "sample/S1"
    with pytest.raises(AlreadyExistsError):
        draft.check_rename("sample/s1", "S2")
    assert list(draft.elements())[1:] == ["sample/s1", "sample/s2"]


def test_a_removal_states_the_links_and_the_file(draft: Draft) -> None:
    draft.add("sample/s1", {})
    draft.add("data/x", {"data_path": "x.bcf", "has_sample": ["s1", "sample/s1"]})
    draft.add("data/y", {"data_path": "x.bcf", "has_sample": "sample/s1"})
    draft.add("data/z", {"data_path": "https://example.org/x", "has_sample": ["sample/s2"]})
    removal = draft.removal("sample/s1")
    assert removal.links == (("data/x", "has_sample"), ("data/y", "has_sample"))
    assert (removal.file, removal.file_users, removal.arrays) == ("", (), 0)
    assert draft.removal("data/x").file == "x.bcf"
    assert draft.removal("data/x").file_users == ("data/y",)
    assert draft.removal("data/z").file == ""
    draft.remove("sample/s1")
    assert draft.current("data/x", "has_sample") == []
    with pytest.raises(OptionError, match="root"):
        draft.removal("")


def test_a_class_of_ones_own_has_the_kinds_of_its_fields() -> None:
    slots = Schema([Donor]).slots("Donor")
    assert {name: slot.kind for name, slot in slots.items()} == {
        "age": "number",
        "height": "number",
        "alive": "yes_no",
        "consent": "choice",
        "moods": "choice",
        "born": "moment",
    }
    assert list(slots["moods"].terms) == ["good", "bad"]
    assert slots["moods"].many


def test_a_form_begins_with_the_name_and_the_required_slots() -> None:
    schema = Schema()
    assert [slot.name for slot in schema.in_form("DataEntity")] == [
        "name",
        "data_path",
        "data_format",
        "has_sample",
        "has_reference",
        "data_checksum",
        "description",
    ]
    assert [slot.name for slot in schema.in_form("Sample")] == [
        *("name", "source_material", "sex", "taxon_id"),
        *("cell_type", "collector", "source_uri", "description"),
    ]
    assert Schema([Donor]).in_form("Donor")[0].name == "age"


@pytest.mark.parametrize(
    ("name", "one", "several"),
    [
        ("Sample", "sample", "samples"),
        ("DataEntity", "data entity", "data entities"),
        ("MassSpectrometryResults", "mass spectrometry results", "mass spectrometry results"),
        ("Array", "array", "arrays"),
        ("RNASample2", "RNA sample 2", "RNA sample 2s"),
        ("my_class", "my_class", "my_classes"),
    ],
)
def test_classes_have_names_in_words(name: str, one: str, several: str) -> None:
    assert class_title(name) == one
    assert class_plural(name) in {several, f"{one}s", one}
