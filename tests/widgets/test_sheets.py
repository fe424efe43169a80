"""Requests that export a sheet and import what came back, without a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import MetadataTable, browse, edit, import_sheet, open_modo
from tests.modo.objects import keys_of, put_local
from tests.parts.asked import ask
from tests.parts.places import wait_until
from tests.sheets.books import copy_book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return put_local(tmp_path / "study", keys_of())


@pytest.fixture
def table(study: Path) -> Iterator[MetadataTable]:
    table = MetadataTable(study, editable=True)
    yield table
    table.close()


def answer(table: MetadataTable, request: str, *buffers: bytes, **payload: Any) -> Any:
    last = ask(table, request, *buffers, **payload)
    assert last["kind"] == "reply", last
    return last["payload"]


def problem(table: MetadataTable, request: str, **payload: Any) -> str:
    last = ask(table, request, **payload)
    assert last["kind"] == "problem", last
    return f"{last['message']} {last['hint']}"


def send(table: MetadataTable, path: Path) -> str:
    data = path.read_bytes()
    begun = answer(table, "begin upload", name=path.name, size=len(data), modified=1)
    upload: str = begun["upload"]
    answer(table, "upload piece", data, upload=upload, offset=0)
    return upload


def changes(table: MetadataTable, upload: str, **more: Any) -> Any:
    options = {"mapping": {}, "create": False, "remove_missing": False, **more}
    return answer(table, "import sheet", upload=upload, **options)


def test_a_sheet_is_exported_in_pieces(table: MetadataTable, study: Path, tmp_path: Path) -> None:
    done = answer(table, "export sheet", kind="xlsx", tab="Sample", template=False)
    assert (done["name"], done["rows"], done["notes"]) == ("study.xlsx", 2, [])
    (piece,) = ask(table, "sheet piece", offset=0)["buffers"]
    sheet = tmp_path / done["name"]
    sheet.write_bytes(piece)
    assert len(piece) == done["size"]
    assert import_sheet(sheet, study).rows() == []
    assert answer(table, "export sheet", kind="csv", tab="", template=True)["rows"] == 0
    table.close()
    assert "Save it again" in problem(table, "sheet piece", offset=0)


def test_a_sheet_becomes_the_draft_of_the_table(
    table: MetadataTable, study: Path, tmp_path: Path
) -> None:
    done = answer(table, "export sheet", kind="xlsx", tab="", template=False)
    out = tmp_path / done["name"]
    out.write_bytes(ask(table, "sheet piece", offset=0)["buffers"][0])
    changed = {("Sample", "sample/s1", "sex"): "Female", ("Sample", "sample/s2", "name"): "Mine"}
    upload = send(table, copy_book(out, tmp_path / "back.xlsx", changed))
    theirs = edit(study)
    theirs.set("sample/s2", "name", "Theirs")
    theirs.commit()
    read = answer(table, "read sheet", upload=upload)
    assert ("sex", "sex") in read["columns"]
    assert {"element", "sample", "sex"} <= set(read["meanings"])
    found = changes(table, upload)
    assert (found["proposed"]["total"], found["conflicts"], found["doubts"]) == (2, 1, 0)
    assert table.draft is not None
    assert not table.draft  # nothing has changed yet
    table.draft.set("sample/s1", "name", "Edited")
    assert "uncommitted changes" in problem(table, "apply sheet")
    table.draft.undo()
    assert answer(table, "apply sheet") == {"changes": 2}
    assert len(table.draft.undecided()) == 2
    assert table.status["undecided"] == 2
    assert "no sheet" in problem(table, "apply sheet")


def test_missing_rows_and_new_objects_only_where_they_are_asked_for(
    table: MetadataTable, tmp_path: Path
) -> None:
    sheet = tmp_path / "lab.csv"
    sheet.write_text(f"object,element,Kind\n{tmp_path}/fresh,sample/x,1E400\n", encoding="utf-8")
    upload = send(table, sheet)
    mapping = {"object": "object", "element": "element", "Kind": "name"}
    assert changes(table, upload, mapping=mapping)["created"] == []
    found = changes(table, upload, mapping=mapping, create=True)
    assert found["created"] == [str(tmp_path / "fresh")]
    assert ("number from text", "lab.csv C2", "1E400", "", False) in found["report"]
    assert not (tmp_path / "fresh").exists()


def test_a_browser_edits_the_objects_of_a_sheet(study: Path, tmp_path: Path) -> None:
    browser = browse(study)
    wait_until(lambda: browser.session.modo is not None)
    browser.session.edit().result()
    sheet = tmp_path / "lab.csv"
    sheet.write_text(f"object,element,name\n{tmp_path}/fresh,sample/x,One\n", encoding="utf-8")
    upload = send(browser.table, sheet)
    browser.server_files = False
    options = {"mapping": {}, "remove_missing": False, "upload": upload}
    refused = problem(browser.table, "import sheet", create=True, **options)
    assert "cannot be created here" in refused
    assert "no sheet" in problem(browser.table, "apply sheet")
    browser.server_files = True
    changes(browser.table, upload, create=True)
    answer(browser.table, "apply sheet")
    draft = browser.session.draft
    assert draft is not None
    assert draft is browser.table.draft
    assert [modo.path for modo in draft.modos] == [str(study), str(tmp_path / "fresh")]
    assert not browser.session.proposing
    browser.table.commit("A new object")
    assert open_modo(tmp_path / "fresh").metadata["sample/x"]["name"] == "One"
    browser.close()


def test_the_code_of_a_table_names_the_sheet(table: MetadataTable) -> None:
    pieces = {each[0]: each[1] for each in answer(table, "show code")["pieces"]}
    assert "export_sheet(draft, 'metadata.xlsx')" in pieces["Sheet, out and back"]
    assert "import_sheet('metadata.xlsx', modo)" in pieces["Sheet, out and back"]


def test_a_data_frame_has_no_sheet() -> None:
    table = MetadataTable(None)
    assert "DataFrame" in problem(table, "export sheet", kind="csv", tab="", template=False)
    table.close()
