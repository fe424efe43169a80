"""MetadataTable as a curator works in it: edits, pastes, fixes, commit, conflicts."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from werkzeug.serving import make_server

from modos_widgets import MetadataTable, create_modo, open_modo
from modos_widgets.demo.terminology import create_terminology
from modos_widgets.errors import OptionError
from modos_widgets.modo.schema.slots import DEFAULT_SCHEMA
from modos_widgets.modo.validation.findings import Finding, Findings, Fix
from modos_widgets.modo.validation.fixes import effect_of
from modos_widgets.modo.value_parser import parse
from modos_widgets.modo.values import MISSING
from modos_widgets.widgets.slot_values import block_of
from modos_widgets.widgets.table.cells import tsv
from modos_widgets.widgets.table.columns import slots_of
from tests.widgets.test_metadata_table import NASTY, Table

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo.draft.draft import Draft

BLOOD = "http://purl.obolibrary.org/obo/UBERON_0000178"
SLOTS = slots_of(DEFAULT_SCHEMA)


def cohort(folder: Path, objects: int = 3) -> list[Any]:
    for number in range(objects):
        draft = create_modo(folder / f"p{number}").edit()
        draft.add("sample/s1", {"name": f"First {number}", "sex": "unknown", "count": 3})
        draft.add("sample/s2", {"name": NASTY, "sex": "Female"})
        draft.add("assay/a", {"name": "RNA", "omics_type": "TRANSCRIPTOMICS"})
        draft.commit(force=True)
    return [open_modo(folder / f"p{number}", mode="r+") for number in range(objects)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    cohort(folder)
    return folder


@pytest.fixture
def table(tmp_path: Path, written: Path) -> Table:
    """A table of a copy: to commit three objects anew takes longer than most tests."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    modos = [open_modo(path, mode="r+") for path in sorted(tmp_path.glob("p*"))]
    return Table(modos, editable=True)


def number(table: Table, name: str) -> str:
    return str(next(each["id"] for each in table._head["columns"] if each["name"] == name))


def committed(table: Table, **payload: Any) -> dict[str, Any]:
    """Review the changes and commit exactly those, as the dialog does."""
    return table.ask("commit", revision=table.ask("review")["revision"], **payload)


def draft_of(table: Table) -> Draft:
    assert table.draft is not None
    return table.draft


def row(table: Table, element: str, place: int = 0) -> int:
    keys = [key for key in table.frame.index if key[1] == element]
    found = table._rows.data.find(keys[place])
    assert found is not None
    return found


def test_findings_and_required_empty_columns_are_marked(table: Table) -> None:
    assert table._status["errors"] == 3
    assert table._status["warnings"] == 3
    block = table.ask("rows", start=0, end=50)
    mark = block["marks"][str(row(table, "sample/s1"))][number(table, "sex")]
    assert (mark["changed"], mark["severity"]) == (False, "error")
    assert mark["message"].startswith(
        "Not in the list of values: 'unknown' must be one of Male, Female"
    )
    shown = {column["name"]: not column.get("hidden") for column in table._head["columns"]}
    assert shown["sex"]
    assert not shown["taxon_id"]  # the schema knows it, nobody has it


def test_an_edit_is_marked_counted_and_undone(table: Table) -> None:
    at = row(table, "sample/s1")
    table.ask("edit", position=at, column=number(table, "sex"), text="male")
    assert table.frame.iloc[at]["sex"] == "Male"
    assert table._status | {"changes": 1, "objects": 1, "errors": 2} == table._status
    assert table.ask("rows", start=0, end=50)["marks"][str(at)][number(table, "sex")]["changed"]
    table.ask("undo")
    assert table._status["changes"] == 0
    table.ask("undo", redo=True)
    assert table._status["changes"] == 1
    table.ask("discard")
    assert table._status["changes"] == 0


def test_rows_stay_while_their_cells_change(table: Table) -> None:
    query = {"marked": "error"}
    table._query = query
    first = table.ask("rows", start=0, end=50, shown=query)
    shown = {**query, "version": first["version"]}
    assert first["total"] == 3
    table.ask("edit", position=row(table, "sample/s1"), column=number(table, "sex"), text="Male")
    assert table.ask("rows", start=0, end=50, shown=shown)["total"] == 3
    assert table.ask("rows", start=0, end=50, shown={})["total"] == 12
    assert len(table.frame) == 3
    assert table.ask("rows", start=0, end=50, shown=query)["total"] == 2  # asked for again


def test_keys_cannot_be_changed(table: Table) -> None:
    answer = table.ask("edit", position=1, column="1", text="x")
    assert (answer["done"], answer["refused"], answer["foreign"]) == (0, 1, {})


def test_a_paste_fills_rows_that_the_browser_never_saw(tmp_path: Path) -> None:
    modo = create_modo(tmp_path / "big")
    draft = modo.edit()
    for index in range(300):
        draft.add(f"sample/s{index:03d}", {"name": f"n{index}"})
    draft.commit()
    table = Table(open_modo(tmp_path / "big", mode="r+"), editable=True)
    columns = [number(table, "name"), number(table, "sex")]
    text = "\r\n".join(f"new {index}\tMale" for index in range(300)) + "\r\n"
    first = row_of(table, "sample/s000")
    answer = table.ask("paste", rows=[first, first], columns=columns, text=text)
    assert (answer["done"], answer["lost"]) == (600, 0)
    assert table.frame.loc["sample/s299", "name"] == "new 299"
    assert table.draft is not None
    assert table.draft.undo()


def row_of(table: Table, element: str) -> int:
    found = table._rows.data.find(element)
    assert found is not None
    return found


def test_a_ragged_paste_reports_cells_that_did_not_fit(table: Table) -> None:
    columns = [number(table, "name"), number(table, "sex")]
    answer = table.ask("paste", rows=[11, 11], columns=columns, text="a\tMale\tx\nb\nc")
    assert (answer["done"], answer["lost"]) == (2, 3)


def test_a_paste_that_is_too_large_is_refused(table: Table) -> None:
    text = "\n".join("\t".join("x" * 1000) for _ in range(300))
    answer = table.ask("paste", rows=[0, 0], columns=["2"], text=text)
    assert "300,000 cells" in answer["message"]
    assert table._status["changes"] == 0


def test_one_value_fills_the_selected_range(table: Table) -> None:
    at = row(table, "sample/s1")
    table.ask("paste", rows=[at, at + 1], columns=[number(table, "sex")], text="Male")
    assert list(table.frame["sex"].iloc[at : at + 2]) == ["Male", "Male"]


def test_fill_down_set_all_clear_and_replace(table: Table) -> None:
    sex, name = number(table, "sex"), number(table, "name")
    first, second = row(table, "sample/s1"), row(table, "sample/s2")
    table.ask("fill", rows=[first, second], columns=[name])
    assert table.frame["name"].iloc[second] == "First 0"
    table.search = "sample/"
    assert table.ask("set_all", column=sex, text="Female")["done"] == 6
    table.search = ""
    assert (table.frame["sex"] == "Female").sum() == 6
    counted = table.ask("replace", find="first", replace="Uno", columns=[name], count=True)
    assert counted["done"] == 4
    table.ask("replace", find="first", replace="Uno", columns=[name])
    assert table.frame["name"].iloc[first] == "Uno 0"
    table.ask("clear", rows=[first, second], columns=[sex])
    assert table.frame["sex"].iloc[first] is None


def test_fill_copies_stored_values(tmp_path: Path) -> None:
    odd = {
        "large": 9007199254740993,
        "whole": 1.0,
        "zero": -0.0,
        "nested": {"a": [1, {"b": None}]},
        "lists": [[1, 2], ["3"]],
        "spaces": "  padded ",
        "nothing": None,
        "empty": "",
        "commas": ["a, b", "c"],
    }
    draft = create_modo(tmp_path / "one").edit()
    draft.add("sample/s1", {"name": "First", **odd})
    draft.add("sample/s2", {"name": "Second"})
    draft.commit(force=True)
    table = Table([open_modo(tmp_path / "one", mode="r+"), create_modo(tmp_path / "two")])
    table.editable = True
    rows = [row(table, "sample/s1"), row(table, "sample/s2")]
    table.ask("fill", rows=rows, columns=[number(table, name) for name in odd])
    assert table.draft is not None
    elements = table.draft.elements(str(tmp_path / "one"))
    filled = {name: value for name, value in elements["sample/s2"].items() if name in odd}
    assert json.dumps(filled, sort_keys=True) == json.dumps(odd, sort_keys=True)


def test_a_refused_value_changes_nothing(table: Table) -> None:
    text = "ok\t" + "x" * 1_100_000
    columns = [number(table, "name"), number(table, "description")]
    answer = table.ask("paste", rows=[2, 2], columns=columns, text=text)
    assert "can be stored" in answer["message"]
    assert table._status["changes"] == 0


def test_fixes_for_one_cell_for_similar_cells_and_for_all(table: Table) -> None:
    at, column = row(table, "assay/a"), number(table, "omics_type")
    (told,) = table.ask("findings", position=at, column=column)["findings"]
    assert (told["fix"], told["alike"]) == ("Convert to a list", 3)
    table.ask("fix", position=at, column=column, index=0, scope="kind")
    assert table._status["warnings"] == 0
    sex = number(table, "sex")
    table.ask("fix", position=row(table, "sample/s1"), column=sex, index=0, scope="kind")
    assert table._status["errors"] == 0
    table.ask("undo")
    assert table._status["errors"] == 3  # one step
    uri, at = number(table, "source_uri"), row(table, "sample/s2")
    table.ask("edit", position=at, column=uri, text="no such thing")
    (told,) = table.ask("findings", position=at, column=uri)["findings"]
    assert (told["fix"], told["clears"], told["alike"]) == ("Clear the cell", True, 1)
    table.ask("fix", position=at, column=uri, index=0, scope="one")
    assert table.frame["source_uri"].iloc[at] is None if "source_uri" in table.frame else True


def test_the_next_finding_wraps_around(table: Table) -> None:
    columns = [column["id"] for column in table._head["columns"]]
    first = table.ask("next", columns=columns)
    assert first["row"] is not None
    last = table.ask("next", columns=columns, row=first["row"], column=first["column"], back=True)
    assert last["row"] > first["row"]


def test_editors_suggest_values_that_fit(table: Table) -> None:
    draft = table.draft
    assert draft is not None
    path = table.frame.index[0][0]
    draft.add((path, "data/d"), {"data_path": "x", "data_format": "CRAM"})
    table.refresh()
    at = table._rows.data.find((path, "data/d"))
    options = table.ask("suggest", column=number(table, "has_sample"), position=at, text="first")
    assert [each["value"] for each in options["options"]] == ["sample/s1"]
    options = table.ask("suggest", column=number(table, "@type"), position=at, text="")
    assert "VariantSet" in [each["value"] for each in options["options"]]
    assert "Sample" not in [each["value"] for each in options["options"]]
    at = row(table, "sample/s1")
    column = number(table, "source_material")
    options = table.ask("suggest", column=column, position=at, text="bloo")
    assert options["options"][0] == {
        "value": BLOOD,
        "label": "blood",
        "hint": "UBERON:0000178 · UBERON",
    }


@pytest.mark.parametrize(
    ("text", "slot", "before", "stored"),
    [
        ("  ", "sex", "Male", MISSING),
        ("female", "sex", None, "Female"),
        ("GENOMICS, proteomics", "omics_type", None, ["GENOMICS", "PROTEOMICS"]),
        ('["a, b", "c"]', "collector", None, ["a, b", "c"]),
        ("a; b", "collector", None, ["a", "b"]),
        ("blood", "source_material", None, BLOOD),
        ("UBERON:0000178", "source_material", None, "UBERON:0000178"),
        ("s1", "has_sample", None, ["sample/s1"]),
        ("sample/gone", "has_sample", None, ["sample/gone"]),
        ("12", "own", 7, 12),
        ("twelve", "own", 7, "twelve"),
        ("12", "own", None, "12"),
        ("true", "own", False, True),
        ('{"a": 1}', "own", {"a": 2}, {"a": 1}),
        ("x, y", "own", ["p"], ["x", "y"]),
        (" 12 ", "name", None, " 12 "),
        (" female ", "sex", None, "Female"),
        (" s1 ", "has_sample", None, ["sample/s1"]),
        ("007", "own", 7, "007"),
        ("1e5", "own", "x", "1e5"),
        ("9007199254740993", "own", 7, 9007199254740993),
        ("9007199254740993", "own", 0.5, 9007199254740993),
        ("4", "own", 0.5, 4.0),
        ("-0", "own", 0.5, -0.0),
        ("0.30000000000000004", "own", 0.5, 0.1 + 0.2),
        ("NaN", "own", 0.5, "NaN"),
        ("1e999", "own", 0.5, "1e999"),
        ("true", "own", 7, "true"),
        ("1", "own", True, "1"),
        ("1, 2, 3", "own", [1, 2], [1, 2, "3"]),
        ("[1, NaN]", "own", ["p"], ["[1", "NaN]"]),
        pytest.param("[" * 100_000, "own", 7, "[" * 100_000, id="nested too deep for a number"),
        pytest.param("[" * 100_000, "own", ["p"], ["[" * 100_000], id="nested too deep for a list"),
    ],
)
def test_a_text_is_parsed_by_its_slot(text: str, slot: str, before: Any, stored: Any) -> None:
    known = SLOTS.get(slot)
    found = parse(text, known, before, schema=DEFAULT_SCHEMA, ids=["sample/s1"])
    assert (type(found), repr(found)) == (type(stored), repr(stored))


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ('a\t"x\ny"\r\n"say ""b"""\t\r\n', [["a", "x\ny"], ['say "b"', ""]]),
        ('5" pipe\tb', [['5" pipe', "b"]]),
        ('"x\ty"\tb\nc\n', [["x\ty", "b"], ["c"]]),  # LibreOffice: a tab within
        ('"A" and B\t1\n"C\t2\nlast\n', [['"A" and B', "1"], ['"C', "2"], ["last"]]),  # Excel
        ('""\t""""\t"', [["", '"', '"']]),
        ('a\n\n"b"\n\n', [["a"], [""], ["b"], [""]]),
        ('"a\r\nb\rc"', [["a\nb\nc"]]),
        ("=1+1\t+x\t-y\t@z", [["=1+1", "+x", "-y", "@z"]]),
        ('"' * 3_001, [['"' * 3_001]]),
    ],
)
def test_blocks_of_spreadsheets_with_quotes_and_line_ends(
    text: str, block: list[list[str]]
) -> None:
    assert block_of(text) == block


def test_copied_cells_are_pasted_unchanged() -> None:
    cells = [
        'say "x"',
        "a\tb",
        "a\nb",
        '"',
        "",
        " 12 ",
        "=1+1",
        "-2.5",
        "\N{SNOWMAN}",
        '""',
        '"a" b',
    ]
    assert block_of(tsv([cells, cells[::-1]])) == [cells, cells[::-1]]


ODD = {
    "large": 2**53 + 1,
    "sum": 0.1 + 0.2,
    "zero": -0.0,
    "whole": 1.0,
    "tiny": 1e-7,
    "date": "2026-01-02T03:04:05.678901-03:30",
    "day": "2026-02-30",
    "nothing": None,
    "empty": "",
    "agent": "007",
    "power": "1e5",
    "padded": " 12 ",
    "said": "true",
    "true": True,
    "lines": "first\nsecond\ttab",
    "nested": {"a": [1, {"b": None}], "c": 2.0},
    "list": [1, 2.0, "2", True, None],
    "texts": ["a, b", "c;d", ""],
    "formula": "=1+1",
}


def test_unedited_values_are_not_changed_by_a_byte(tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "one").edit()
    draft.add("sample/s1", {"name": "First", **ODD, "own": 1})
    draft.add("sample/s2", {"name": "Second", "own": 2})
    draft.commit(force=True)
    node = tmp_path / "one/data.zarr/sample/s1/zarr.json"
    stored = node.read_bytes()
    table = Table(open_modo(tmp_path / "one", mode="r+"), editable=True)
    assert table.draft is not None
    first, second = row_of(table, "sample/s1"), row_of(table, "sample/s2")
    odd = [number(table, name) for name in ODD]

    # what a cell shows, typed or pasted into it again, changes nothing; nor does emptying what is
    for column in odd:
        text = table.ask("cell", position=first, column=column)["text"]
        table.ask("edit", position=first, column=column, text=text)
    copied = table.ask("copy", rows=[first, first], columns=odd)["text"]
    table.ask("paste", rows=[first, first], columns=odd, text=copied)
    table.ask("clear", rows=[first, first], columns=[number(table, "nothing")])
    assert table._status["changes"] == 0

    # a neighbour is edited
    table.ask("edit", position=first, column=number(table, "own"), text="9")
    committed(table, message="", force=True)
    assert node.read_bytes() == stored.replace(b'"own": 1', b'"own": 9')
    table.ask("undo_commit")
    assert node.read_bytes() == stored

    # copied to another row, with line ends as Windows has them, each is what it was
    table.ask("copy", rows=[first, first], columns=odd)
    windows = copied.replace("\n", "\r\n") + "\r\n"
    table.ask("paste", rows=[second, second], columns=odd, text=windows)
    now = table.draft.elements(str(tmp_path / "one"))["sample/s2"]
    assert json.dumps({name: now.get(name) for name in ODD}) == json.dumps(ODD)
    table.ask("undo")
    assert table._status["changes"] == 0

    # the same text from elsewhere, or for other columns, is text
    table.ask("paste", rows=[second, second], columns=odd[1:], text=copied)
    now = table.draft.elements(str(tmp_path / "one"))["sample/s2"]
    assert (now["sum"], now["zero"]) == (str(2**53 + 1), str(0.1 + 0.2))
    table.ask("undo")
    table.ask("edit", position=first, column=number(table, "zero"), text="0.0")
    assert table._status["changes"] == 1  # from -0.0


def test_replacing_leaves_blanks_types_and_other_entries(table: Table) -> None:
    draft = table.draft
    assert draft is not None
    key = table.frame.index[row(table, "sample/s1")]
    values = {"padded": "  old text ", "list": ["old", "a, b"], "number": 1.5, "mixed": [1, "old"]}
    for name, value in values.items():
        draft.set(key, name, value)
    table.refresh()
    columns = [number(table, name) for name in values]
    table.ask("replace", find="old", replace="x; y", columns=columns)
    table.ask("replace", find="1.5", replace="2.5", columns=columns)
    now = draft.elements(key[0])[key[1]]
    assert now["padded"] == "  x; y text "
    assert now["list"] == ["x; y", "a, b"]
    assert now["number"] == 2.5
    assert now["mixed"] == [1, "x; y"]
    table.ask("replace", find="x; y", replace="", columns=columns[1:2])
    table.ask("replace", find='["a, b"]', replace="", columns=columns[1:2], whole=True)
    assert "list" not in draft.elements(key[0])[key[1]]


def test_review_commit_report_and_undo(table: Table, tmp_path: Path) -> None:
    sex = number(table, "sex")
    for place in range(3):
        table.ask("edit", position=row(table, "sample/s1", place), column=sex, text="Male")
    review = table.ask("review")
    assert (review["total"], review["objects"], review["error_count"]) == (3, 3, 0)
    assert review["rows"][0][2:] == ("sex", "unknown", "Male", "")
    assert review["chips"] == {}
    answer = committed(table, message="Register <b>")
    assert answer["report"]["counts"][0] == ("error", "Not in the list of values", 3, 0)
    assert open_modo(tmp_path / "p1").metadata["sample/s1"]["sex"] == "Male"
    assert table.report is not None
    html = table.report._repr_html_()
    assert "Register &lt;b&gt;" in html
    assert "3 changes in 3 objects" in html
    mended = dataclasses.replace(table.report, after=Findings())
    assert repr(mended).endswith("3 notes before, no findings after")
    assert table.ask("undo_commit")["summary"]
    assert open_modo(tmp_path / "p1").metadata["sample/s1"]["sex"] == "unknown"
    assert table.frame["sex"].iloc[row(table, "sample/s1")] == "unknown"


def test_a_commit_in_code_has_a_report_and_can_be_undone(table: Table, tmp_path: Path) -> None:
    assert table.draft is not None
    with pytest.raises(OptionError, match="no commit"):
        table.undo_commit()
    mended = table.draft.apply_fixes()
    commit = table.commit("Register")
    assert len(commit.diff) == mended
    assert table.report is not None
    assert table.report.commit is commit
    assert not table.findings.errors
    table.draft.set((table.draft.modos[0].path, "sample/s1"), "name", "other")
    with pytest.raises(OptionError, match="uncommitted"):
        table.undo_commit()
    table.draft.discard()
    table.undo_commit()
    assert open_modo(tmp_path / "p1").metadata["sample/s1"]["sex"] == "unknown"
    assert len(table.findings) == len(table.report.before)


def test_new_errors_block_a_commit_unless_it_is_forced(table: Table) -> None:
    at = row(table, "sample/s2")
    table.ask("edit", position=at, column=number(table, "sex"), text="yes")
    answer = committed(table)
    assert answer["error_count"] == 1
    assert answer["errors"][0]["element"] == "sample/s2"
    assert "id" in committed(table, force=True)


def test_terms_and_links_are_chips_in_review_and_conflicts(table: Table) -> None:
    liver, blood = (f"http://purl.obolibrary.org/obo/UBERON_{n}" for n in ("0002107", "0000178"))
    assert table.draft is not None
    sample = (table.draft.modos[0].path, "sample/s1")
    table.draft.set(sample, "source_material", liver)
    table.draft.set(sample, "taxon_id", ["NCBITaxon:9606", "x:1"])
    table.draft.add((sample[0], "assay/chips"), {"name": "x", "has_sample": ["sample/s1"]})
    human = ("term", "Homo sapiens", "NCBITaxon:9606", "NCBITaxon:9606")
    named: dict[str, list[tuple[str, ...]]] = {
        liver: [("term", "liver", "UBERON:0002107", liver)],
        '["NCBITaxon:9606", "x:1"]': [human, ("text", "x:1", "", "")],
    }
    assert table.ask("review")["chips"].items() >= named.items()
    other = open_modo(sample[0], mode="r+").edit()
    other.set("sample/s1", "source_material", blood)
    other.commit(force=True)
    assert committed(table, force=True)["chips"] == {
        liver: named[liver],
        blood: [("term", "blood", "UBERON:0000178", blood)],
    }


@pytest.mark.parametrize(("keep", "stored"), [("mine", "Male"), ("theirs", "Female")])
def test_a_conflict_is_reported_per_cell_and_resolved(
    table: Table, tmp_path: Path, keep: str, stored: str
) -> None:
    at = row(table, "sample/s1")
    table.ask("edit", position=at, column=number(table, "sex"), text="Male")
    table.ask("edit", position=at, column=number(table, "description"), text="kept")
    other = open_modo(tmp_path / "p0", mode="r+").edit()
    other.set("sample/s1", "sex", "Female")
    other.commit(force=True)
    (conflict,) = committed(table)["conflicts"]
    assert (conflict["base"], conflict["mine"], conflict["theirs"]) == (
        "unknown",
        "Male",
        "Female",
    )
    assert table._status["changes"] == 2  # stop: the draft is as it was
    for half in ([], ["mine", "theirs"], ["both"]):
        assert "Choose a value for every conflict" in table.ask("resolve", keep=half)["message"]
    assert table._status["changes"] == 2
    table.ask("resolve", keep=[keep])
    assert "id" in committed(table, force=True)
    found = open_modo(tmp_path / "p0").metadata["sample/s1"]
    assert (found["sex"], found["description"]) == (stored, "kept")


def test_a_read_only_table_refuses_changes(tmp_path: Path) -> None:
    table = Table(cohort(tmp_path, 1))
    assert table._status["errors"] == 1  # it shows what is wrong all the same
    assert "read-only" in table.ask("edit", position=0, column="1", text="x")["message"]
    assert table.draft is not None
    assert Table(pd.DataFrame({"a": [1]})).draft is None


def test_read_only_objects_are_reported_before_the_commit(tmp_path: Path) -> None:
    cohort(tmp_path, 1)
    table = MetadataTable(open_modo(tmp_path / "p0"), editable=True)
    assert 'mode="r+"' in table._status["readonly"]


def test_an_edit_of_a_stale_view_is_refused(table: Table) -> None:
    shape = table._rows.shape
    draft = table.draft
    assert draft is not None
    draft.remove((table.frame.index[0][0], "sample/s2"))
    table.refresh()
    answer = table.ask("edit", position=0, column=number(table, "name"), text="x", shape=shape)
    assert "added or removed" in answer["message"]


def test_messages_contain_only_json(table: Table) -> None:
    json.dumps([table._head, table._status, table.ask("rows", start=0, end=50)], allow_nan=False)


def test_terms_come_from_the_terminology_service_if_there_is_one(tmp_path: Path) -> None:
    server = make_server("127.0.0.1", 0, create_terminology(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        modos = cohort(tmp_path, 1)
        url = f"http://127.0.0.1:{server.server_port}"
        table = Table(modos, editable=True, terminology=url)
        column = number(table, "cell_type")
        options = table.ask("suggest", column=column, position=2, text="kupff")["options"]
        assert options[0] == {
            "value": "http://purl.obolibrary.org/obo/CL_0000091",
            "label": "Kupffer cell",
            "hint": "CL:0000091",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    options = table.ask("suggest", column=column, position=2, text="hepato")["options"]
    assert options[0]["label"] == "hepatocyte"  # it is gone: the terms at hand


# -- what a paste must not do --------------------------------------------------------------------


@pytest.mark.parametrize("way", ["paste", "fill", "set_all", "edit"])
def test_cells_of_attributes_that_a_class_lacks_are_reported_and_not_written(
    table: Table, way: str
) -> None:
    assay, sample = row(table, "assay/a"), row(table, "sample/s1")
    column = number(table, "source_material")
    everything = [0, len(table.frame) - 1]
    if way == "paste":
        answer = table.ask("paste", rows=everything, columns=[column], text="blood\n")
    elif way == "fill":
        table.ask("edit", position=sample, column=column, text="liver")
        table._query = {"sort": [[column, False]]}  # the row with a value comes first
        answer = table.ask("fill", rows=everything, columns=[column])
    elif way == "set_all":
        answer = table.ask("set_all", column=column, text="blood")
    else:
        answer = table.ask("edit", position=assay, column=column, text="blood")
        assert answer["message"] == "source_material does not apply to Assay."
        answer = {"foreign": {"Assay": 1}}
    assert answer["foreign"]["Assay"] >= 1
    assert {one[1] for one in draft_of(table).rows()} <= {"sample/s1", "sample/s2"}


def test_a_value_that_a_class_lacks_can_still_be_changed_and_removed(tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "p").edit()
    draft.add("assay/a", {"name": "RNA", "omics_type": ["GENOMICS"], "sex": "Male", "own": "x"})
    draft.commit(force=True)
    table = Table(open_modo(tmp_path / "p", mode="r+"), editable=True)
    at = table._rows.data.find("assay/a")
    for name, text in (("sex", "Female"), ("own", "y"), ("sex", ""), ("own", "")):
        answer = table.ask("edit", position=at, column=number(table, name), text=text)
        assert (answer["done"], answer["foreign"]) == (1, {}), name
    assert draft_of(table).current("assay/a", "sex") is None


def test_a_header_row_of_a_paste_names_the_columns(table: Table) -> None:
    at = row(table, "sample/s1")
    columns = [number(table, "name"), number(table, "description"), number(table, "sex")]
    text = "sex\tName\nMale\tOne\nFemale\tTwo\n"
    answer = table.ask("paste", rows=[at, at], columns=columns, text=text)
    assert answer["header"]
    assert table.frame["name"].iloc[at] == "One"
    assert table.frame["sex"].iloc[at] == "Male"
    assert table.frame["name"].iloc[at + 1] == "Two"


@pytest.mark.parametrize(
    "text", ["name\nname again\n", "Sex unknown\tname\nMale\tOne\n", "name\n"], ids=str
)
def test_a_first_row_that_is_data_is_pasted(table: Table, text: str) -> None:
    at = row(table, "sample/s1")
    columns = [number(table, "description"), number(table, "cell_type")]
    answer = table.ask("paste", rows=[at, at], columns=columns, text=text)
    assert not answer["header"]
    assert (
        table.frame["description"].iloc[at]
        == text.split("\n", maxsplit=1)[0].split("\t", maxsplit=1)[0]
    )


# -- fixes are chosen ----------------------------------------------------------------------------


def test_fixes_are_grouped_by_what_they_do_to_the_information(table: Table) -> None:
    draft_of(table).set((draft_of(table).modos[0].path, "sample/s2"), "sex", "female")
    table.refresh()
    groups = {(one["code"], one["effect"]): one for one in table.ask("fixes")["groups"]}
    assert groups["scalar_for_list", "keeps"]["count"] == 3
    assert groups["not_in_list", "keeps"]["examples"] == [("sample/s2", "female", "Female")]
    unknown = groups["not_in_list", "deletes"]
    assert unknown["examples"][0] == ("sample/s1", "unknown", None)
    assert [one["effect"] for one in table.ask("fixes")["groups"]] == ["keeps", "keeps", "deletes"]


def test_only_the_chosen_groups_are_applied(table: Table) -> None:
    answer = table.ask("fix", scope="groups", groups=[["scalar_for_list", "keeps"]])
    assert answer["done"] == 3
    assert table.frame["sex"].iloc[row(table, "sample/s1")] == "unknown"
    assert table.ask("fix", scope="groups", groups=[["not_in_list", "assumes"]])["done"] == 0
    assert table.ask("fix", scope="groups", groups=[["not_in_list", "deletes"]])["done"] == 3
    table.ask("undo")
    assert table.frame["sex"].iloc[row(table, "sample/s1")] == "unknown"


@pytest.mark.parametrize(
    ("code", "before", "after", "effect"),
    [
        ("scalar_for_list", "GENOMICS", ["GENOMICS"], "keeps"),
        ("not_in_list", "female", "Female", "keeps"),
        ("not_in_list", "femal", "Female", "assumes"),
        ("not_in_list", "f", "Female", "assumes"),
        ("not_in_list", "unknown", MISSING, "deletes"),
        ("date_without_zone", "2024-02-01T10:00:00", "2024-02-01T10:00:00+00:00", "assumes"),
        ("date_without_time", "2024-02-01", "2024-02-01T00:00:00+00:00", "assumes"),
        ("missing", MISSING, "2024-02-01T00:00:00+00:00", "assumes"),
        ("missing", None, "CRAM", "assumes"),
        ("not_a_uri", "9606", "NCBITaxon:9606", "keeps"),
        ("not_a_uri", 9606, "NCBITaxon:9606", "keeps"),
        ("not_a_uri", "example.org/x", "https://example.org/x", "keeps"),
        ("dangling_link", ["sample/s1", "sample/gone"], ["sample/s1"], "deletes"),
        ("dangling_link", ["sample/gone"], MISSING, "deletes"),
        ("dangling_link", "sample/S1x", "sample/s1", "assumes"),
        ("unprefixed_link", "s1", "sample/s1", "keeps"),
        ("wrong_type", 12, "12", "keeps"),
    ],
)
def test_the_effect_of_each_kind_of_fix(code: str, before: Any, after: Any, effect: str) -> None:
    attributes = {} if before is MISSING else {"slot": before}
    fix = Fix("fix", (("sample/s1", "slot", after),))
    finding = Finding("object", "sample/s1", "slot", "error", code, "wrong", fix)
    assert effect_of(finding, {"sample/s1": attributes}) == effect


# -- what is written is what was reviewed --------------------------------------------------------


def test_a_commit_writes_exactly_what_was_reviewed(table: Table, tmp_path: Path) -> None:
    at = row(table, "sample/s1")
    table.ask("edit", position=at, column=number(table, "name"), text="Reviewed")
    revision = table.ask("review")["revision"]
    table.ask("edit", position=at, column=number(table, "description"), text="Not reviewed")
    assert table.ask("commit", revision=revision, force=True) == {"changed": True}
    assert open_modo(tmp_path / "p0").metadata["sample/s1"]["name"] == "First 0"
    table.ask("undo")
    assert "id" in table.ask("commit", revision=revision, force=True)
    assert "description" not in open_modo(tmp_path / "p0").metadata["sample/s1"]


def test_an_interrupted_commit_is_reported_and_repaired(table: Table, tmp_path: Path) -> None:
    assert table._status["interrupted"] == 0
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "p0"), str(tmp_path / "p1")], check=False
    )
    assert killed.returncode == 9
    again = Table([open_modo(tmp_path / f"p{n}", mode="r+") for n in range(3)], editable=True)
    assert again._status["interrupted"] >= 1
    assert again.ask("repair")["repaired"] >= 1
    assert again._status["interrupted"] == 0
    assert not draft_of(again).interrupted


KILLED = """
import os, sys
from modos_widgets import edit
from modos_widgets.modo.commit.object_commit import ObjectCommit
draft = edit(sys.argv[1:])
for modo in draft.modos:
    draft.set((modo.path, "sample/s1"), "name", "Half")
ObjectCommit._write_root = lambda self: os._exit(9)
draft.commit(force=True)
"""
