"""Nodes that a draft adds or changes are listed among the stored ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import create_modo
from modos_widgets.explore import (
    Overlay,
    Searcher,
    child_index,
    group_entry,
    node_row,
    open_source,
)

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.explore import NodeSource


@pytest.fixture(params=["consolidated", "listed"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> NodeSource:
    draft = create_modo(tmp_path / "study").edit()
    for name in ("a", "c"):
        draft.add(f"sample/{name}", {"@type": "Sample", "name": name})
    draft.commit("Add two")
    found = open_source(tmp_path / "study")
    if request.param == "listed":
        found.refresh()
    return found


def test_new_elements_are_in_order_and_change_the_version(source: NodeSource) -> None:
    before = group_entry(source, "sample")
    added = {"sample/b": {"@type": "Sample", "name": "new"}, "other/x": {"@type": "Sample"}}
    source.overlay = Overlay({"sample/a": {"name": "changed"}}, added, 1)
    after = group_entry(source, "sample")
    assert (before["total"], after["total"]) == (2, 3)
    assert before["version"] != after["version"]
    assert source.level("sample").names == ["a", "b", "c"]
    assert child_index(source, "sample/c") == 2
    assert node_row(source, "sample/b")["summary"] == "new · Sample"
    assert source.describe(["sample/a"])["sample/a"].attributes == {"name": "changed"}
    assert node_row(source, "sample")["children"] == 3

    assert "other" in source.level("").names  # a new group
    assert source.level("other").names == ["x"]
    assert source.describe(["other"])["other"].kind == "group"
    source.overlay = None
    assert source.level("sample").names == ["a", "c"]
    assert group_entry(source, "sample")["version"] == before["version"]
    assert source.describe(["sample/a"])["sample/a"].attributes["name"] == "a"


def test_an_element_that_is_stored_already_is_listed_once(source: NodeSource) -> None:
    source.overlay = Overlay({}, {"sample/c": {"@type": "Sample"}}, 1)
    assert source.level("sample").names == ["a", "c"]
    assert group_entry(source, "sample")["total"] == 2


def test_a_search_finds_the_draft_and_not_what_it_replaces(source: NodeSource) -> None:
    searcher = Searcher(source)

    def found(text: str) -> list[str]:
        *_, last = searcher.search(text, lambda: None)
        assert last.matches == len(last.paths)
        return sorted(last.paths)

    assert found("sample/c") == ["sample/c"]
    added = {"sample/New one": {"@type": "Sample", "name": "Zebra"}, "other/x": {"@type": "Sample"}}
    source.overlay = Overlay({"sample/c": {"name": "okapi"}}, added, 1)
    assert found("new o") == ["sample/New one"]
    assert found("zebra") == ["sample/New one"]
    assert found("other") == ["other"]
    assert found("okapi") == ["sample/c"]
    assert found("sample/c") == ["sample/c"]
    source.overlay = Overlay({"sample/a": {"name": "quagga"}}, {}, 2)
    assert found("sample/a") == ["sample/a"]
    assert found("quagga") == ["sample/a"]
    source.overlay = Overlay({"sample/a": {"@type": "Fish"}, "sample/c": {}}, {}, 3)
    assert [path for path in found("sample") if "/" in path] == []  # their class was Sample
    source.overlay = None
    assert found("quagga") == []
