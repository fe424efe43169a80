"""A view asks with its own query, whatever another view or Python has set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from modos_widgets.widgets.table.clipboard import Clipboard
from modos_widgets.widgets.table.edits import Edits
from modos_widgets.widgets.table.fixes import Fixes
from tests.parts.table_parts import Drafted, request
from tests.widgets.test_metadata_table import Table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def part(tmp_path: Path) -> Drafted:
    return Drafted(tmp_path)


def names(part: Drafted) -> list[Any]:
    return [part.value(f"sample/s{number}", "name") for number in (1, 2)]


@pytest.mark.parametrize("change", ["clear", "fill", "paste", "set_all", "replace"])
def test_a_change_is_made_in_the_rows_that_the_view_shows(part: Drafted, change: str) -> None:
    table = Table(part.data.draft, editable=True, tab="Assay", search="nothing")
    edits = Edits(table._state, Clipboard(table._rows))
    name = part.column("name")
    shown = {"tab": "Sample", "sort": [[name, True]], "search": "s"}  # Second, First
    first = {"rows": [0, 0], "columns": [name], "shown": shown}
    requests: dict[str, tuple[Any, dict[str, Any], list[Any]]] = {
        "clear": (edits.clear, first, ["First", None]),
        "fill": (edits.fill, {**first, "rows": [0, 1]}, ["Second", "Second"]),
        "paste": (edits.paste, {**first, "text": "new"}, ["First", "new"]),
        "set_all": (
            edits.set_all,
            {"column": name, "text": "x", "shown": {**shown, "search": "first"}},
            ["x", "Second"],
        ),
        "replace": (
            edits.replace,
            {"columns": [name], "find": "s", "replace": "S!", "shown": shown},
            ["FirS!t", "S!econd"],
        ),
    }
    act, payload, after = requests[change]
    act(request(**payload))
    assert names(part) == after
    assert part.value("assay/a", "name") == "RNA"


def test_a_view_copies_and_finds_in_the_rows_that_it_shows(part: Drafted) -> None:
    table = Table(part.data.draft, editable=True, tab="Assay", search="nothing")
    name = part.column("name")
    shown = {"tab": "Sample", "sort": [[name, True]]}
    copied = table.ask("copy", columns=[name], rows=[0, 0], shown=shown)
    assert copied["text"] == "Second"
    assert table.ask("copy", columns=[name], form="csv", shown=shown)["text"].count("\n") == 3
    found = table.ask("find", label="sample/s2", shown=shown)
    assert (found["index"], found["tab"]) == (0, "Sample")
    sex = part.column("sex")
    asked = request(columns=[sex], shown={**shown, "marked": "error"})
    assert Fixes(table._state).next(asked) == {"row": 0, "column": sex}
    assert "sample/s1" in table.ask("show code", shown={"search": "sample/s1"})["pieces"][0][1]


def test_search_and_tab_follow_what_a_page_sets_and_pages_what_python_sets(part: Drafted) -> None:
    table = Table(part.data.draft, editable=True, tab="Sample", search="first")
    assert table._query == {"tab": "Sample", "search": "first"}
    table.set_state({"_query": {"tab": "Assay", "search": "rna", "by": "page"}})
    assert (table.tab, table.search, table._query["by"]) == ("Assay", "rna", "page")
    assert list(table.frame["name"]) == ["RNA"]
    table.search = "x"
    assert table._query == {"tab": "Assay", "search": "x"}
    table.tab = "Sample"
    assert table._query == {"tab": "Sample", "search": "x"}


def test_a_row_is_selected_for_the_page_that_asks_and_by_python_for_all(part: Drafted) -> None:
    table = Table(part.data.draft)
    table.ask("select", position=part.row("sample/s2"))
    assert table.value == "sample/s2"
    assert table._selected == {"label": "sample/s2", "by": "v"}
    table.value = "sample/s1"
    assert table._selected == {"label": "sample/s1"}
    table.ask("follow", target="sample/s2")
    assert table._selected == {"label": "sample/s2", "by": "v"}


def test_a_selection_is_counted_in_the_rows_of_its_view() -> None:
    table = Table(pd.DataFrame({"n": [3, 1, 2]}), search="3")
    table._range = {"rows": [0, 1], "columns": ["0"], "shown": {"sort": [["0", False]]}}
    assert list(table.selected["n"]) == [1, 2]
