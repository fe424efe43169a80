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
