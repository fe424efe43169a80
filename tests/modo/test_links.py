"""Links that follow what is added, renamed and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.modo.state.object_state import ObjectState
from modos_widgets.modo.values import as_list
from tests.modo.objects import ROOT, keys_of, many

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_links_follow_a_rename_and_a_removal(modo: Modo) -> None:
    draft = modo.edit()
    assert draft.rename("sample/s1", "sample/patient/1") == "sample/patient_1"
    assert draft.current("data/d1", "has_sample") == ["sample/patient_1"]
    draft.remove("data/d1")
    assert draft.current("assay/a1", "has_data") == []
    draft.undo()
    draft.undo()
    assert not draft


def test_renames_and_removals_check_only_the_elements_that_link(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = local.open(local.put(keys_of(many(200)))).edit()
    looked: list[Any] = []

    def counted(value: Any) -> list[Any]:
        looked.append(value)
        return as_list(value)

    monkeypatch.setattr(f"{ObjectState.__module__}.as_list", counted)
    draft.rename("sample/s000010", "first")
    draft.remove("sample/s000020")
    assert looked == [["sample/s000010"], ["sample/s000020"]]  # of 20 that link to a sample


def test_the_root_links_to_a_new_assay(local: Place) -> None:
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


def test_a_link_to_a_new_assay_is_added_to_any_existing_value(local: Place) -> None:
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
