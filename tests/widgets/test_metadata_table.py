"""MetadataTable in Python: what it shows, how it is searched, how it stands in a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from modos_widgets import MetadataTable, create_modo, open_modo
from modos_widgets.errors import NotFoundError, OptionError

if TYPE_CHECKING:
    from modos_widgets import Modo

BLOOD = "http://purl.obolibrary.org/obo/UBERON_0000178"
NASTY = "<img src=x onerror=alert(1)>"


class Table(MetadataTable):
    """A table whose messages stay here."""

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        super().__init__(*arguments, **traits)

    def send(self, content: dict[str, Any], buffers: Any = None) -> None:
        self.sent.append(content)

    def ask(self, name: str, **payload: Any) -> dict[str, Any]:
        """Ask as a view that shows the last query."""
        self.sent.clear()
        payload = {"shown": dict(self._query), **payload}
        content = {"kind": "request", "id": 1, "view": "v", "name": name, "payload": payload}
        self._receive(self, content, [])
        for task in list(self._requests.values()):
            task.result(10)
        (answer,) = (one for one in self.sent if one["kind"] in {"reply", "problem"})
        found: dict[str, Any] = answer["payload"] if answer["kind"] == "reply" else answer
        return found


@pytest.fixture
def modo(tmp_path: Path) -> Modo:
    created = create_modo(tmp_path / "study", "study")
    draft = created.edit()
    for number in range(12):
        attributes = {"name": f"Sample {number}", "sex": "Male" if number % 2 else "Female"}
        draft.add(f"sample/s{number}", {**attributes, "source_material": BLOOD})
    draft.add("assay/a", {"name": NASTY, "omics_type": ["GENOMICS"], "has_data": ["data/d"]})
    draft.add(
        "data/d",
        {"data_path": "d.cram", "data_format": "CRAM", "has_sample": ["sample/s1", "sample/s2"]},
    )
    draft.commit(force=True)
    return open_modo(tmp_path / "study")


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30, 4, 12, 7],
            "when": ["2026-01-02T23:59:59Z", "2025-05-05", None, "2026-03-01"],
            "tags": [["a", "b"], [], None, ["c"]],
        },
        index=pd.Index(["s2", "s10", "s1", "x"], name="who"),
    )


def test_an_object_is_shown_element_by_element(modo: Modo) -> None:
    table = Table(modo)
    assert table.frame.equals(modo.frame())
    assert [column["name"] for column in table._head["columns"]][:3] == ["element", "@type", "name"]
    kinds = {column["name"]: column["kind"] for column in table._head["columns"]}
    assert kinds["has_sample"] == "link"
    assert kinds["source_material"] == "term"
    assert kinds["creation_date"] == "moment"
    assert table._head["rows"]["labels"] == {BLOOD: "blood"}


def test_a_column_is_wide_enough_for_its_listed_values() -> None:
    rows = {"sex": [*["Male"] * 30, "unknown"], "omics_type": None, "@type": "Sample"}
    columns = MetadataTable(pd.DataFrame(rows))._head["columns"]
    widths = {column["name"]: column["width"] for column in columns}
    assert widths["sex"] >= 80  # the one that few rows hold can be read whole
    assert widths["omics_type"] >= 160  # TRANSCRIPTOMICS, also where nothing stands yet


def test_rows_of_several_objects_have_the_object_in_their_label(modo: Modo, tmp_path: Path) -> None:
    other = create_modo(tmp_path / "other")
    table = Table([modo, other])
    assert list(table.frame.index.names) == ["object", "element"]
    assert table.ask("find", label=[other.path, "other"])["index"] == 15


def test_search_requires_every_word_in_some_column(modo: Modo) -> None:
    table = Table(modo)
    table.search = "FEMALE sample/s1"
    assert list(table.frame.index) == ["sample/s10"]
    table.search = "blood"
    assert len(table.frame) == 12  # the label is searched, the URI is stored


@pytest.mark.parametrize(
    ("column", "condition", "shown"),
    [
        (0, {"operator": "contains", "text": "S1"}, ["s10", "s1"]),
        (0, {"operator": "not_contains", "text": "1"}, ["s2", "x"]),
        (0, {"operator": "any", "values": ["x", "s2"]}, ["s2", "x"]),
        (1, {"operator": "between", "text": "5", "to": "12"}, ["s1", "x"]),
        (1, {"operator": "greater", "text": "12"}, ["s2", "s1"]),
        (2, {"operator": "less", "text": "2026-01-02"}, ["s2", "s10"]),
        (2, {"operator": "between", "text": "2025-05-05", "to": "2026-01-02"}, ["s2", "s10"]),
        (2, {"operator": "empty"}, ["s1"]),
        (3, {"operator": "filled"}, ["s2", "s10", "x"]),
        (3, {"operator": "equals", "text": "a, b"}, ["s2"]),
    ],
)
def test_filters(column: int, condition: dict[str, Any], shown: list[str]) -> None:
    table = Table(frame())
    table._query = {"filters": {str(column): condition}}
    assert list(table.frame.index) == shown


def test_sort_counts_numbers_within_texts_and_puts_empty_cells_last() -> None:
    table = Table(frame())
    table._query = {"sort": [["0", False]]}
    assert list(table.frame.index) == ["s1", "s2", "s10", "x"]
    table._query = {"sort": [["2", True]]}
    assert list(table.frame.index) == ["x", "s2", "s10", "s1"]
    table._query = {"sort": [["1", False]]}
    assert list(table.frame["age"]) == [4, 7, 12, 30]


def test_rows_are_sent_in_blocks_in_the_requested_order() -> None:
    table = Table(pd.DataFrame({"n": range(1000)}))
    answer = table.ask("rows", start=2, end=4, shown={"sort": [["0", True]]})
    assert answer["total"] == 1000
    assert answer["cells"] == [["997"], ["996"]]


def test_columns_with_odd_names_and_twice_the_same_name() -> None:
    names = ["class", "", "x", "x", "__proto__", "constructor", "a.b", NASTY]
    table = Table(pd.DataFrame([list("abcdefgh")], columns=names))
    assert [column["name"] for column in table._head["columns"]] == names
    assert table._head["rows"]["cells"] == [list("abcdefgh")]
    table._query = {"filters": {"3": {"operator": "equals", "text": "d"}}}
    assert len(table.frame) == 1
    table._query = {"filters": {"2": {"operator": "equals", "text": "d"}}}
    assert len(table.frame) == 0


def test_values_of_every_kind_are_shown_as_text() -> None:
    values = [{"a": 1}, [{"b": 2}], np.nan, pd.NaT, None, True, 3.0, "x" * 1_000_000, "\ud800"]
    table = Table(pd.DataFrame({"v": pd.Series(values, dtype=object)}))
    cells = [row[0] for row in table._head["rows"]["cells"]]
    assert cells[:7] == ['{"a": 1}', ['{"b": 2}'], None, None, None, "true", "3"]
    assert len(cells[7]) == 300
    assert cells[8] == "?"
    assert len(table.ask("cell", position=7, column="0")["text"]) == 1_000_000
    table.search = "nothing like this"
    assert len(table.frame) == 0


def test_the_most_frequent_values_of_a_column_are_counted(modo: Modo) -> None:
    table = Table(modo)
    number = table.frame.columns.get_loc("sex")
    names = [column["name"] for column in table._head["columns"]]
    assert isinstance(number, int)
    answer = table.ask("values", column=str(names.index("sex")))
    assert sorted(answer["values"]) == [("", 3), ("Female", 6), ("Male", 6)]


def test_cells_are_copied_for_spreadsheets() -> None:
    table = Table(pd.DataFrame({"a": ['say "x"\ty', "=1+1"], "b": [["p", "q"], -2.5]}))
    assert table.ask("copy", rows=[0, 1], columns=["0", "1"])["text"] == (
        '"say ""x""\ty"\tp, q\n=1+1\t-2.5'
    )
    csv = table.ask("copy", columns=["0", "1"], form="csv")["text"]
    assert csv.splitlines()[2] == "'=1+1,-2.5"  # a spreadsheet would run it


def test_the_selected_cells_are_a_frame(modo: Modo) -> None:
    table = Table(modo)
    table._range = {"rows": [1, 2], "columns": ["2"]}
    assert list(table.selected.columns) == ["name"]
    assert len(table.selected) == 2


def test_the_path_of_an_object_is_sent_in_full(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d" * 150] * 4)
    modos = [create_modo(deep / name, name=name) for name in ("a", "b")]
    assert [row[0] for row in Table(modos)._head["rows"]["cells"]] == [str(deep / n) for n in "ab"]


def test_a_followed_link_selects_its_target(modo: Modo) -> None:
    table = Table(modo)
    heard: list[Any] = []
    stop = table.on_follow(heard.append)
    assert table.ask("follow", position=2, target="sample/s1") == {
        "known": True,
        "label": "sample/s1",
    }
    assert table.value == "sample/s1"
    assert table.ask("follow", position=2, target="sample/gone")["known"] is False
    stop()
    assert heard == ["sample/s1", "sample/gone"]


def test_another_source_resets_the_table(modo: Modo) -> None:
    table = Table(modo, search="male")
    table.source = frame()
    assert (table.search, len(table.frame)) == ("", 4)
    table.source = None
    assert len(table.frame) == 0
    assert repr(table) == "MetadataTable(0 rows x 0 columns)"


def test_paths_are_opened(modo: Modo, tmp_path: Path) -> None:
    table = Table(modo.path)
    assert list(table.frame.index) == list(Table(modo).frame.index)
    draft = Table([Path(modo.path)], editable=True).draft
    assert draft is not None
    draft.set("sample/s1", "name", "By its path")
    draft.commit(force=True)
    assert open_modo(modo.path).metadata["sample/s1"]["name"] == "By its path"
    with pytest.raises(NotFoundError, match="use create_modo for a new object"):
        Table(tmp_path / "nowhere")
    with pytest.raises(OptionError, match="no S3 service is given"):
        Table("s3://demo/x")


def test_sources_that_cannot_be_shown_are_refused(modo: Modo) -> None:
    with pytest.raises(OptionError, match="got int"):
        Table(7)
    with pytest.raises(OptionError, match="cannot be edited"):
        Table(frame(), editable=True)
    with pytest.raises(OptionError, match="no argument colour"):
        Table(modo, colour="red")
    assert "Malformed query" in str(Table(modo).ask("rows", shown={"sort": "x"})["message"])


def test_the_saved_form_is_short_escaped_and_static(modo: Modo) -> None:
    bundle, _ = Table(modo)._repr_mimebundle_()
    assert bundle["text/plain"] == "MetadataTable(15 rows x 14 columns)"
    assert "&lt;img src=x" in bundle["text/html"]
    assert "<img" not in bundle["text/html"]
    assert "blood" in bundle["text/html"]
    wide = pd.DataFrame({f"c{number}": ["x" * 5000] * 500 for number in range(50)})
    table = Table(wide)
    html = table._repr_mimebundle_()[0]["text/html"]
    assert len(html) < 60_000
    assert "470 more rows, 34 more columns" in html
    assert len(str(table._head)) < 150_000
