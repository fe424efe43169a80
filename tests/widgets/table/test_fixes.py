"""Findings and fixes of a table, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.widgets.table.fixes import Fixes
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path


def test_a_finding_is_found_described_and_fixed(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    fixes = Fixes(part.state)
    sex, position = part.column("sex"), part.row("sample/s1")
    assert fixes.next(request(columns=[sex])) == {"row": position, "column": sex}
    (finding,) = fixes.findings(request(position=position, column=sex))["findings"]
    assert (finding["severity"], finding["alike"]) == ("error", 1)
    assert fixes.fix(request(position=position, column=sex, index=0, scope="one")) == {"done": 1}
    assert part.value("sample/s1", "sex") != "unknown"
    assert fixes.next(request(columns=[sex])) == {"row": None}


def test_fixes_of_chosen_groups_are_applied(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    fixes = Fixes(part.state)
    groups = [[group["code"], group["effect"]] for group in fixes.groups(request())["groups"]]
    assert ["scalar_for_list", "keeps"] in groups
    fixes.fix(request(scope="groups", groups=[["scalar_for_list", "keeps"]]))
    assert part.value("assay/a", "omics_type") == ["TRANSCRIPTOMICS"]
    assert part.value("sample/s1", "sex") == "unknown"


def test_each_group_says_what_it_does_and_shows_values_before_and_after(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    draft = part.data.draft
    draft.add("data/d", {"name": "D", "data_path": "x.bcf", "data_format": "BCF"})
    draft.set("data/d", "has_sample", ["sample/gone"])
    part.state.refresh()
    groups = {
        (group["code"], group["effect"]): group
        for group in Fixes(part.state).groups(request())["groups"]
    }
    assert groups["not_in_list", "deletes"]["words"] == "Deletes “unknown”"
    assert groups["not_in_list", "deletes"]["examples"] == [("sample/s1", "unknown", None)]
    assert groups["scalar_for_list", "keeps"]["words"] == "Keeps the value"
    assert groups["dangling_link", "deletes"]["words"] == "Removes the link"
    # of one cell: the similar ones only
    (alone,) = Fixes(part.state).groups(
        request(position=part.row("sample/s1"), column=part.column("sex"), index=0)
    )["groups"]
    assert (alone["code"], alone["count"]) == ("not_in_list", 1)


def test_a_finding_without_a_fix_can_be_cleared_in_all_similar_cells(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    for element in ("sample/s1", "sample/s2"):
        part.data.draft.set(element, "sex", "perhaps")
    part.state.refresh()
    fixes, cell = Fixes(part.state), {"position": part.row("sample/s2"), "index": 0}
    (group,) = fixes.groups(request(column=part.column("sex"), **cell))["groups"]
    assert (group["effect"], group["words"], group["count"]) == ("deletes", "Deletes “perhaps”", 2)
    assert fixes.fix(request(scope="kind", column=part.column("sex"), **cell)) == {"done": 2}
    assert "sex" not in part.data.draft.elements()["sample/s1"]
