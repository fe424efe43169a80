"""The overview without a page: its requests, the order of rows, and what Python gets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets import background
from modos_widgets.errors import ArgumentError, NotFoundError, OptionError
from modos_widgets.session import Bookmarks
from modos_widgets.widgets.front_end import Request

if TYPE_CHECKING:
    from pathlib import Path

SEXES = ["Female", "Male", "Female", "Male"]
BAD = '<img src=x onerror="alert(1)">'


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "cohort"
    for number, sex in enumerate(SEXES):
        modo = modos_widgets.create_modo(folder / f"p{number}", name=f"Patient {number}")
        draft = modo.edit()
        draft.add("sample/s1", {"@type": "Sample", "name": "Tumour", "sex": sex})
        draft.commit("Add a sample", force=True)
    return folder


def ask(overview: modos_widgets.Overview, request: str, **payload: Any) -> Any:
    found = overview._handler(request)
    assert found is not None
    return found[0](Request(1, "view", request, payload))


def result(overview: modos_widgets.Overview, query: str = "", **more: Any) -> Any:
    wanted = {"kind": "objects", "sort": "", "down": False, "settled": False, "rows": 60, **more}
    return ask(overview, "result", query=query, **wanted)


def test_what_was_found_is_there_in_python(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort, query="sex:Female")
    assert [path.rpartition("/")[2] for path in overview.paths] == ["p0", "p2"]
    assert overview.frame["sex"].dropna().tolist() == ["Female", "Female"]
    assert overview.objects["title"].tolist() == ["Patient 0", "Patient 2"]
    assert repr(overview) == "Overview(2 of 4 objects for 'sex:Female')"
    assert "Patient 2" in overview._as_html()
    overview.query = "nosuch:1"
    with pytest.raises(OptionError, match="nosuch"):
        _ = overview.frame
    with pytest.raises(NotFoundError, match="No object is open"):
        _ = overview.modo
    overview.value = str(cohort / "p1")
    assert overview.modo.id == "p1"
    overview.close()


def test_rows_totals_and_facets(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    answer = result(overview, sort="title", down=True)
    assert [row.title for row in answer["objects"]] == [f"Patient {n}" for n in (3, 2, 1, 0)]
    assert answer["totals"]["samples"] == 4
    groups = {each["class_name"]: each for each in ask(overview, "facets", query="")["groups"]}
    (sex,) = [each for each in groups["Sample"]["facets"] if each["attribute"] == "sex"]
    assert [(value.label, value.number) for value in sex["values"]] == [("Female", 2), ("Male", 2)]
    term = sex["values"][0].term
    query = ask(overview, "toggle", query="Patient", term=term, excluded=True)["query"]
    assert result(overview, query)["total"] == 2
    assert result(overview, query)["terms"][0]["excluded"]
    assert ask(overview, "toggle", query=query, term=term, excluded=True)["query"] == "Patient"
    values = ask(overview, "values", query="", class_name="Sample", attribute="sex", text="fem")
    assert [value.label for value in values["values"]] == ["Female"]
    elements = result(overview, "sex:Male", kind="elements")
    assert [row.element for row in elements["elements"]] == ["sample/s1", "sample/s1"]
    overview.close()


def test_sizes_are_read_after_the_metadata(cohort: Path) -> None:
    (cohort / "p1" / "reads.cram").write_bytes(b"x" * 10_000)
    overview = modos_widgets.Overview(cohort)
    assert result(overview)["totals"]["bytes"] is None
    _ = overview.frame
    answer = result(overview, sort="size", down=True)
    assert answer["objects"][0].title == "Patient 1"
    sizes = [row.size for row in answer["objects"]]
    assert sizes[0] > 10_000
    assert sizes == sorted(sizes, reverse=True)
    assert answer["totals"]["bytes"] == sum(sizes)
    assert answer["totals"]["measured"] == 4
    assert overview._status["measured"] is None
    overview.close()


def test_elements_are_sorted_and_show_what_matches(cohort: Path) -> None:
    draft = modos_widgets.open_modo(cohort / "p2", mode="r+").edit()
    draft.add("sample/s2", {"@type": "Sample", "name": "adjacent", "description": "Normal tumour"})
    draft.add("assay/a1", {"@type": "Assay", "name": "Zebra", "omics_type": ["GENOMICS"]})
    draft.add("assay/a2", {"@type": "Assay", "omics_type": ["GENOMICS"]})
    draft.commit("Add elements", force=True)
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame

    def listed(query: str = "", **more: Any) -> list[str]:
        rows = result(overview, query, kind="elements", **more)["elements"]
        return [f"{row.path[-2:]} {row.name}" for row in rows]

    tumours = [f"p{number} Tumour" for number in range(4)]
    assert listed(sort="title") == ["p2 adjacent", *tumours, "p2 Zebra", "p2 "]
    assert listed(sort="title", down=True) == ["p2 Zebra", *tumours, "p2 adjacent", "p2 "]
    assert listed(sort="class")[:2] == ["p2 Zebra", "p2 "]
    assert listed(sort="object", down=True)[0] == "p3 Tumour"
    answer = result(overview, "normal", kind="elements")
    assert answer["words"]
    (row,) = [row for row in answer["elements"] if row.name == "adjacent"]
    assert row.snippet.place == "sample/s2 description"
    assert [part.text for part in row.snippet.fragments if part.hit] == ["Normal"]
    overview.close()


def test_objects_of_a_result_are_edited_in_the_overview(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    ask(overview, "edit", query="sex:Male", paths=[])
    shown = overview._panels.shown
    assert shown is not None
    assert (shown["kind"], shown["objects"], shown["is_open"]) == ("edit", 2, True)
    assert overview._panel.startswith("anywidget:")
    table, draft = overview._panels.widget, overview.draft
    assert isinstance(table, modos_widgets.MetadataTable)
    assert draft is not None
    with table.changing():
        draft.set((str(cohort / "p1"), "sample/s1"), "sex", "Female")
    ask(overview, "leave panel")
    assert overview._status["panel"] | {"is_open": False, "changes": 1} == overview._panels.shown
    for request in ("edit", "copy"):
        with pytest.raises(OptionError, match="unsaved changes"):
            ask(overview, request, query="", paths=[str(cohort / "p0")])
    ask(overview, "show panel")
    assert overview._panels.shown == shown | {"changes": 1}
    with table.changing():
        draft.discard()
    ask(overview, "leave panel")
    assert overview._status["panel"] is None
    assert overview._panel == ""
    ask(overview, "edit", query="", paths=[str(cohort / "p0"), str(cohort / "p0"), "/etc"])
    shown = overview._panels.shown
    assert shown is not None
    assert shown["objects"] == 1
    for request in ("edit", "copy", "paths"):  # not the whole result in place of what was selected
        with pytest.raises(NotFoundError, match="no longer exist"):
            ask(overview, request, query="", paths=["/etc"])
    overview.close()


def test_a_value_on_its_way_is_not_lost_when_the_table_is_left(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    ask(overview, "edit", query="", paths=[str(cohort / "p0")])
    table: Any = overview._panels.widget
    column = str(table._rows.data.names.index("name"))
    cell = {"position": table._rows.data.find("sample/s1"), "column": column, "text": "Metastasis"}
    with table._lock:  # such as while another value is stored
        edit = {"kind": "request", "id": 2, "view": "v", "name": "edit", "payload": cell}
        table._receive(table, edit, [])
        leaving = background.run(ask, overview, "leave panel")
        with pytest.raises(TimeoutError):
            leaving.result(0.2)
    leaving.result(20)
    shown = overview._panels.shown
    assert shown is not None
    assert (shown["changes"], shown["is_open"]) == (1, False)
    overview.close()


def test_too_many_objects_are_not_edited_at_once(
    cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modos_widgets.widgets.overview.panels.MOST_EDITED", 3)
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    with pytest.raises(OptionError, match="4 objects are too many") as caught:
        ask(overview, "edit", query="", paths=[])
    assert "at most 3" in caught.value.hint
    overview.close()


def test_objects_of_a_result_are_offered_for_a_transfer(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    ask(overview, "copy", query="sex:Male", paths=[])
    panel = overview._panels.widget
    assert isinstance(panel, modos_widgets.TransferPanel)
    assert panel.source.splitlines() == [str(cohort / "p1"), str(cohort / "p3")]
    panel.target = str(cohort.parent / "copies")
    panel.start()
    assert panel.transfer is not None
    panel.transfer.wait()
    assert (cohort.parent / "copies" / "p3" / "data.zarr" / "zarr.json").is_file()
    ask(overview, "leave panel")
    assert overview._status["panel"] is None
    overview.close()


def test_a_term_that_is_not_valid_is_left_out_and_named(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    answer = result(overview, "Tumour sex:")
    assert answer["total"] == 4
    assert "sex" in answer["problem"]["message"]
    assert ask(overview, "toggle", query="x sex:", term="sex:Male", excluded=False)["query"] == (
        "x sex:Male"
    )


def test_rows_keep_their_place_while_metadata_arrive(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    before = result(overview, "sex:Male", sort="title")
    draft = modos_widgets.open_modo(cohort / "p0", mode="r+").edit()
    draft.set("sample/s1", "sex", "Male")
    draft.commit("Change the sex", force=True)
    overview.refresh().result(20)  # type: ignore[union-attr]
    ask(overview, "facets", query="sex:Male")  # as the page does after each result
    after = result(overview, "sex:Male", sort="title", settled=True)
    assert [row.title for row in before["objects"]] == ["Patient 1", "Patient 3"]
    assert [row.title for row in after["objects"]] == ["Patient 1", "Patient 3", "Patient 0"]
    assert after["late"] > 0
    again = result(overview, "sex:Male", sort="title")
    assert [row.title for row in again["objects"]] == ["Patient 0", "Patient 1", "Patient 3"]


def test_objects_that_cannot_be_read_and_that_are_gone_are_shown(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    _ = overview.frame
    (cohort / "p1" / "data.zarr" / "zarr.json").write_text("{")
    (cohort / "p2").rename(cohort.parent / "moved")
    overview.refresh().result(20)  # type: ignore[union-attr]
    states = {row.title: row for row in result(overview)["objects"]}
    assert states["Patient 2"].state == "removed"
    assert states["Patient 1"].state == "failed"
    assert states["Patient 1"].reason


def test_nothing_is_read_before_the_page_is_shown(cohort: Path) -> None:
    overview = modos_widgets.Overview(cohort)
    time.sleep(0.1)
    assert overview._status["total"] == 0
    result(overview)
    _ = overview.frame
    assert overview._status["total"] == 4
    assert overview._status["read_at"]


def test_a_session_is_followed(cohort: Path) -> None:
    session = modos_widgets.Session(folder=cohort)
    overview = modos_widgets.Overview(session)
    result(overview)
    deadline = time.monotonic() + 20
    while result(overview)["total"] < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(overview.paths) == 4
    path = overview.paths[1]
    ask(overview, "favour", path=path, favourite=True)
    assert session.favourites == (path,)
    assert overview._status["favourites"] == [path]
    assert result(overview, "is:favourite")["total"] == 1
    overview.close()
    session.close()
    with pytest.raises(OptionError, match="already has"):
        modos_widgets.Overview(session, endpoint="https://example.org")


def test_searches_are_saved_by_place_and_account(tmp_path: Path, cohort: Path) -> None:
    kept = Bookmarks(tmp_path / "widgets.json")
    kept.save_search("https://a", "Mine", "sex:Male", "me")
    kept.save_search("https://a", "Other", "liver", "you")
    assert kept.searches("https://a", "me") == {"Mine": "sex:Male"}
    assert kept.searches("https://b", "me") == {}
    kept.save_search("https://a", "Mine", "sex:Female", "me")
    assert kept.searches("https://a", "me") == {"Mine": "sex:Female"}
    for number in range(60):
        kept.save_search("https://a", f"n{number}", "x", "me")
    assert len(kept.searches("https://a", "me")) == 50
    kept.remove_search("https://a", "n59", "me")
    assert len(kept.searches("https://a", "me")) == 49
    overview = modos_widgets.Overview(str(cohort))
    ask(overview, "save search", name="Women", query="sex:Female")
    assert overview._status["searches"] == [("Women", "sex:Female")]
    ask(overview, "remove search", name="Women", query="")
    assert overview._status["searches"] == []


def test_without_a_source_and_with_wrong_ones() -> None:
    overview = modos_widgets.Overview()
    assert result(overview)["total"] == 0
    assert repr(overview) == "Overview()"
    with pytest.raises(NotFoundError, match="No objects are shown"):
        _ = overview.frame
    with pytest.raises(ArgumentError, match="no argument"):
        modos_widgets.Overview(nosuch=1)


def test_hostile_names_are_escaped_in_a_saved_notebook(tmp_path: Path) -> None:
    modos_widgets.create_modo(tmp_path / "x", name=BAD)
    overview = modos_widgets.Overview(tmp_path)
    _ = overview.frame
    assert BAD not in overview._as_html()
    assert "&lt;img" in overview._as_html()


def test_the_code_finds_the_same(cohort: Path) -> None:
    overview = modos_widgets.Overview(str(cohort), query="sex:Male")
    _ = overview.frame
    names: dict[str, Any] = {}
    pieces = {piece.title: piece.text for piece in overview._pieces()}
    code = pieces["Metadata of what was found"]
    exec(code.replace("result.frame", "found = result.paths"), names)  # noqa: S102
    assert names["found"] == overview.paths
    exec(f"table = {pieces['Edit what was found'].splitlines()[-1]}", names)  # noqa: S102
    assert [modo.path for modo in names["table"].draft.modos] == overview.paths
