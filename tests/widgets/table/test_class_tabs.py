"""The tabs of a table: rows, columns, findings and completeness of each class."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
import pytest
from pydantic import Field

from modos_widgets import MetadataTable, create_modo, edit, open_modo
from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.modo import Schema
from modos_widgets.widgets.table.class_tabs import ClassTabs
from modos_widgets.widgets.table.fixes import Fixes
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path

from pydantic import BaseModel


class Slide(BaseModel):
    """A slide of a tissue."""

    group: ClassVar[str] = "sample"
    expected: ClassVar[tuple[str, ...]] = ("stain",)
    stain: str | None = Field(None, description="<b>Stain</b> of the slide")
    thickness: str = Field(...)


def names(part: Drafted, ids: list[str]) -> list[str]:
    return [part.data.names[int(column)] for column in ids]


def test_each_class_has_its_rows_columns_and_numbers(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    states = part.state.status()["tabs"]
    rows = {name: state["rows"] for name, state in states.items() if state["rows"]}
    assert rows == {"Sample": 2, "Assay": 1, "MODO": 1}
    samples = states["Sample"]
    assert (samples["errors"], samples["filled"], samples["wanted"]) == (1, 4, 8)
    assert names(part, samples["columns"]) == [
        *("name", "source_material", "sex", "taxon_id"),
        *("cell_type", "collector", "source_uri", "description"),
    ]
    empty = ["cell_type", "collector", "source_uri", "description"]
    assert names(part, samples["empty"]) == empty
    assert names(part, states["Assay"]["columns"])[:2] == ["omics_type", "name"]
    assert part.rows.head()["tabs"][1]["required"] == ["omics_type"]


def test_numbers_follow_each_edit_without_counting_all_rows(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    draft, dice = part.data.draft, random.Random(4)  # noqa: S311 - repeatable
    values: dict[str, list[Any]] = {
        "name": ["x", None],
        "sex": ["Male", "unknown"],
        "taxon_id": [["NCBITaxon:9606"], []],
        "collector": [["A"], None],
        "own": ["x", ""],
        "@type": ["Sample", "Assay", "Unknown", "DataEntity"],
    }
    for step in range(80):
        element = dice.choice(["sample/s1", "sample/s2", "assay/a"])
        slot = dice.choice(list(values))
        value = dice.choice(values[slot])
        if value is None:
            draft.unset(element, slot)
        else:
            draft.set(element, slot, value)
        if dice.random() < 0.2:
            draft.undo()
        part.state.refresh()
        fresh = ClassTabs(draft.schema)
        fresh.restart([part.data.attributes(row) for row in range(len(part.data))])
        fresh.count_all_findings(draft)
        assert part.data.tabs.states(part.data.numbers) == fresh.states(part.data.numbers), step
        for tab in fresh.names:
            assert list(part.data.tabs.mask(tab)) == list(fresh.mask(tab))


def test_an_edit_counts_only_what_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Drafted(tmp_path)
    counted: list[int] = []
    count = ClassTabs._count

    def counting(tabs: ClassTabs, shape: Any, rows: int) -> int:
        counted.append(rows)
        return count(tabs, shape, rows)

    monkeypatch.setattr(ClassTabs, "_count", counting)
    part.data.draft.set("sample/s1", "name", "Other")
    part.state.refresh()
    assert counted == []  # the same slots have a value
    part.data.draft.unset("sample/s1", "name")
    part.state.refresh()
    assert counted == [-1, 1]  # the row before, and after


def test_the_tab_is_a_trait_that_selects_the_rows(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    table = MetadataTable(part.data.draft, editable=True, tab="Sample")
    assert list(table.frame.index) == ["sample/s1", "sample/s2"]
    assert (table._head["all"], table._head["tab"]) == (2, "Sample")
    table.tab = "MODO"
    assert list(table.frame["@type"]) == ["MODO"]
    table.tab = ""
    assert len(table.frame) == 4
    with pytest.raises(OptionError, match="No tab 'Samples'"):
        table.tab = "Samples"
    table.tab = "AlignmentSet"
    assert table.tab == "DataEntity"
    with pytest.raises(OptionError, match="no tabs"):
        MetadataTable(pd.DataFrame({"a": [1]}), tab="Sample")


def test_what_was_set_in_a_tab_returns_with_it(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    table = MetadataTable(part.data.draft)
    name = str(table._rows.data.names.index("name"))
    table.tab = "Sample"
    table._query = {"tab": "Sample", "sort": [[name, True]]}
    table._layout = {"tab": "Sample", "columns": [{"id": name, "width": 333}]}
    assert list(table.frame["name"]) == ["Second", "First"]
    table.tab = "Assay"
    assert (table._query, table._layout) == ({"tab": "Assay"}, {})
    table.tab = "Sample"
    assert list(table.frame["name"]) == ["Second", "First"]
    assert table._layout["columns"] == [{"id": name, "width": 333}]
    code = table.as_python
    assert "frame['@type'] == 'Sample'" in code.replace('"', "'")
    # another source with the class keeps the tab, and forgets the rest
    table.source = create_modo(tmp_path / "other")
    assert (table.tab, table._query, table._views) == ("", {}, {})


def test_own_classes_and_unknown_ones_have_tabs(tmp_path: Path) -> None:
    schema = Schema([Slide])
    draft = create_modo(tmp_path / "own").edit(schema=schema)
    draft.add("sample/a", {"@type": "Slide", "thickness": "4"})
    draft.add("sample/b", {"@type": "Sample"})
    draft.add("sample/c", {"@type": "<img src=x>"})
    table = MetadataTable(draft)
    states = table._status["tabs"]
    assert {name: each["rows"] for name, each in states.items() if each["rows"]} == {
        "Sample": 1,
        "Slide": 1,
        "MODO": 1,
        "Other": 1,
    }
    assert (states["Slide"]["filled"], states["Slide"]["wanted"]) == (1, 2)
    table.tab = "Other"
    assert list(table.frame.index) == ["sample/c"]
    foreign = table._head["foreign"]
    names = table._rows.data.names
    assert "thickness" in {names[int(column)] for column in foreign["Sample"]}
    assert "name" not in {names[int(column)] for column in foreign["Sample"]}


def test_expected_attributes_can_be_set() -> None:
    schema = Schema(expected={"Sample": ["collector"], "Assay": ["name"]})
    assert schema.expected("Sample") == ("collector",)
    assert Schema().expected("Sample") == ("name", "source_material", "sex", "taxon_id")
    assert Schema().expected("Assay") == ()
    for wrong in ({"Sample": ["nothing"]}, {"Nothing": ["name"]}, {"Sample": "name"}):
        with pytest.raises(ArgumentError):
            Schema(expected=wrong)


def test_the_next_finding_may_be_in_another_tab(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    sample, assay = part.row("sample/s1"), part.row("assay/a")
    fixes = Fixes(part.state)
    all_columns = [str(number) for number in range(len(part.data.names))]
    # errors come first: the warning about omics_type waits
    assert fixes.next(request(columns=all_columns))["row"] == sample
    table = MetadataTable(part.data.draft, editable=True)  # the tab is that of the request
    fixes = Fixes(table._state)
    found = fixes.next(request(columns=all_columns, shown={"tab": "MODO"}))
    assert found == {"row": 0, "column": part.column("sex"), "tab": "Sample"}
    downwards = {"Sample": {"sort": [[part.column("name"), True]]}}
    found = fixes.next(request(columns=all_columns, shown={"tab": "MODO"}, tabs=downwards))
    assert (found["row"], found.get("tab")) == (1, "Sample")
    table.draft.set("sample/s1", "sex", "Male")  # type: ignore[union-attr]
    table.refresh()
    found = fixes.next(request(columns=all_columns, shown={"tab": "MODO"}))
    assert (found["row"], found.get("tab")) == (0, "Assay")
    assert found.get("column") == part.column("omics_type")
    assert "tab" not in fixes.next(request(columns=all_columns, shown={"tab": "Assay"}))
    assert assay != sample


def test_several_objects_count_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draft = create_modo(tmp_path / name).edit()
        draft.add("sample/s", {"name": name, "sex": "wrong"})
        draft.commit(force=True)
    modos = [open_modo(tmp_path / name) for name in ("a", "b")]
    table = MetadataTable(edit(modos), tab="Sample")
    state = table._status["tabs"]["Sample"]
    assert (state["rows"], state["errors"], state["filled"]) == (2, 2, 4)
    assert [key[1] for key in table.frame.index] == ["sample/s", "sample/s"]
