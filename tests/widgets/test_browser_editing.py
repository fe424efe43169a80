"""Editing in a Browser: one draft for table, tree, panel and files, and questions before a loss."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import browse, create_modo
from modos_widgets.modo import open_modo
from modos_widgets.session import PIECE, uploads
from tests.parts.places import wait_until
from tests.widgets.test_login import ask

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        draft = create_modo(tmp_path / "cohort" / name, name=f"Study {name}").edit()
        draft.add("sample/s1", {"@type": "Sample", "name": "one"})
        draft.add("sample/s2", {"@type": "Sample", "name": "two"})
        draft.commit("Add samples")
        (tmp_path / "cohort" / name / "notes.txt").write_text("x")
    return tmp_path / "cohort"


@pytest.fixture
def browser(cohort: Path) -> Any:
    found: Any = browse(cohort)
    wait_until(lambda: found._shown["listed"])
    found.show(cohort / "a")
    wait_until(lambda: found._shown["object"])
    return found


def answer(browser: Any, name: str, /, **payload: Any) -> Any:
    return ask(browser, name, **payload)[-1]["payload"]


def test_edit_makes_the_table_editable_and_done_ends_it(browser: Any) -> None:
    assert not browser.table.editable
    assert not browser._edit["editing"]
    assert answer(browser, "edit") == {"read_only": ""}
    assert browser.table.editable
    assert browser.table.draft is browser.session.draft
    assert browser._edit["paths"] == [browser.modo.path]
    answer(browser, "stop editing")
    assert browser.session.draft is None
    assert not browser.table.editable
    assert not browser._edit["editing"]


def test_done_waits_for_a_value_that_is_on_its_way(browser: Any) -> None:
    answer(browser, "edit")
    table = browser.table
    column = str(table._rows.data.names.index("name"))
    cell = {"position": table._rows.data.find("sample/s1"), "column": column, "text": "first"}
    table.send = lambda *_: None
    with table._lock:  # such as while another value is stored
        edit = {"kind": "request", "id": 2, "view": "v", "name": "edit", "payload": cell}
        table._receive(table, edit, [])
        stop = {"kind": "request", "id": 3, "view": "v", "name": "stop editing", "payload": {}}
        browser._receive(browser, stop, [])
        task = browser._requests["v", 3]
        with pytest.raises(TimeoutError):
            task.result(0.5)
    task.result(20)
    assert browser.session.unsaved
    assert browser._shown["question"] == "Done"
    browser.session.stop_editing(discard=True)


def test_tree_panel_and_files_show_the_draft(browser: Any, cohort: Path, tmp_path: Path) -> None:
    browser.tree.opened = ["", "sample"]
    answer(browser, "edit")
    assert browser.tree.opened == ["", "sample"]  # of the same object, opened again
    draft = browser.session.draft
    draft.set("sample/s1", "name", "first")
    draft.set("sample/s1", "sex", "Male")
    draft.add("sample/s3", {"@type": "Sample", "name": "three"})
    draft.remove("sample/s2")
    browser.table.refresh()
    assert browser._edit["changes"] == 6
    assert browser._edit["changed_objects"] == 1
    assert browser.tree._marks == {
        "sample/s1": "changed",
        "sample/s2": "removed",
        "sample/s3": "new",
    }
    opened = answer(browser.tree, "open", paths=["", "sample"])
    names = [row["name"] for row in opened["groups"][1]["rows"]]
    assert names == ["s1", "s2", "s3"]
    assert opened["groups"][1]["rows"][0]["summary"] == "first · Sample"

    panels = {}
    for element in ("sample/s1", "sample/s2", "sample/s3"):
        browser.session.select(element)
        panels[element] = answer(browser, "element")
    assert panels["sample/s1"]["state"] == ""
    assert panels["sample/s1"]["rows"][1:] == [
        ("name", "first", "one", True, ""),
        ("sex", "Male", None, True, ""),
    ]
    assert panels["sample/s2"]["state"] == "removed"
    assert panels["sample/s2"]["rows"][1] == ("name", None, "two", True, "")
    assert panels["sample/s3"]["state"] == "new"
    browser.session.select("sample/s1")
    assert answer(browser, "csv")["text"].endswith("name,first\nsex,Male\n")

    (tmp_path / "reads.cram").write_bytes(b"x" * 10)
    before = browser._edit["files"]
    draft.add("data/d1", {"@type": "AlignmentSet", "name": "reads"})
    draft.attach("data/d1", tmp_path / "reads.cram")
    browser.table.refresh()
    assert browser._edit["files"] == before + 1
    files = answer(browser, "files")
    assert [(row.path, row.state) for row in files["rows"]] == [
        ("notes.txt", ""),
        ("reads.cram", "new"),
    ]
    browser.table.commit("All of it", force=True)
    assert browser.tree._marks == {}
    opened = answer(browser.tree, "open", paths=["", "sample"])
    assert [row["name"] for row in opened["groups"][1]["rows"]] == ["s1", "s3"]
    assert [(row.path, row.state) for row in answer(browser, "files")["rows"]] == [
        ("notes.txt", ""),
        ("reads.cram", ""),
    ]
    assert open_modo(cohort / "a").metadata["sample/s1"]["name"] == "first"


def test_several_objects_are_one_draft_and_the_table_leads(browser: Any, cohort: Path) -> None:
    paths = [str(cohort / name) for name in "bc"]
    answer(browser, "edit", paths=paths)
    assert browser._edit["paths"] == paths
    assert browser.modo.path == paths[0]  # the open object is not among them
    browser.table.value = (paths[1], "sample/s2")
    wait_until(lambda: browser.tree.value == "sample/s2")
    assert browser.modo.path == paths[1]
    assert browser.session.selected == "sample/s2"
    assert browser.table.value == (paths[1], "sample/s2")
    browser.session.draft.set((paths[0], "sample/s1"), "sex", "Male")
    browser.table.refresh()
    assert browser.tree._marks == {}  # it shows the other object
    answer(browser, "open", path=paths[0])  # an object of the draft asks nothing
    wait_until(lambda: browser.tree._marks == {"sample/s1": "changed"})
    assert browser.modo.path == paths[0]
    assert browser._shown["question"] == ""


def test_leaving_with_unsaved_changes_asks(browser: Any, cohort: Path) -> None:
    answer(browser, "edit")
    draft = browser.session.draft
    draft.set("sample/s1", "sex", "Male")
    browser.table.refresh()
    other = str(cohort / "b")
    signed_out: list[bool] = []
    browser.login._sign_in.sign_out = lambda: signed_out.append(True)
    for action, words in (
        (lambda: ask(browser, "open", path=other), "Open b"),
        (lambda: ask(browser, "edit", paths=[other]), "Edit other objects"),
        (lambda: ask(browser, "stop editing"), "Done"),
        (lambda: setattr(browser.picker, "value", other), f"Open {other}"),
        (lambda: ask(browser.login, "sign out"), "Sign out"),
    ):
        action()
        assert browser._shown["question"] == words
        assert browser.session.draft is draft
        assert browser.picker.value == str(cohort)
        ask(browser, "keep editing")
        assert browser._shown["question"] == ""
    assert not signed_out
    ask(browser, "open", path=other)
    ask(browser, "discard and continue")
    wait_until(lambda: browser.modo.path == other)
    assert browser.session.draft is None
    assert browser._shown["question"] == ""
    ask(browser.login, "sign out")
    assert signed_out == [True]


def test_changes_are_proposed_as_a_file(browser: Any) -> None:
    answer(browser, "edit", propose=True)
    assert browser._edit["proposing"]
    assert browser.table.status["readonly"]
    browser.session.draft.set("sample/s1", "sex", "Male")
    browser.table.refresh()
    proposal = answer(browser, "proposal")
    assert proposal["name"] == "a.changes.json"
    assert json.loads(proposal["text"])["objects"][0]["path"] == browser.modo.path
    answer(browser, "stop editing")
    assert browser._shown["question"] == "Done"


def test_the_state_is_small_and_holds_no_metadata(browser: Any) -> None:
    answer(browser, "edit")
    browser.session.draft.set("sample/s1", "description", "secret " * 100)
    browser.table.refresh()
    assert "secret" not in json.dumps(browser._edit)
    assert len(json.dumps(browser._edit)) < 1_000


def test_the_code_of_a_draft_makes_the_same_changes(browser: Any, cohort: Path) -> None:
    answer(browser, "edit", paths=[str(cohort / name) for name in "ab"])
    draft = browser.session.draft
    for name in "ab":
        draft.set((str(cohort / name), "sample/s1"), "sex", "Male")
    draft.add((str(cohort / "a"), "sample/s3"), {"@type": "Sample", "name": "three"})
    title, text, _ = answer(browser, "show code")["pieces"][0]
    assert title == "Edit these objects"
    scope: dict[str, Any] = {}
    exec(text, scope)  # noqa: S102 - the point of it
    assert scope["draft"].rows() == draft.rows()
    assert browser.as_python == text


# -- new and deleted objects, and proposed changes --------------------------------------------


def new_object(browser: Any, name: str, /, **fields: str) -> Any:
    texts = {"place": "", "id": "", "name": "", "description": "", "like": "", **fields}
    return answer(browser, name, **texts)


def test_an_object_is_created_and_opened_for_editing(browser: Any, cohort: Path) -> None:
    places = answer(browser, "places")
    assert places["places"] == [str(cohort)]
    assert places["objects"][0] == (str(cohort / "a"), "a")
    created = new_object(browser, "create", place=str(cohort), id="d", name="Study d")
    assert created["problems"] == {}
    assert created["path"] == str(cohort / "d")
    assert browser.modo.path == str(cohort / "d")
    assert browser._edit["editing"]
    assert open_modo(cohort / "d").metadata["d"]["name"] == "Study d"
    wait_until(lambda: str(cohort / "d") in [each.path for each in browser.session.objects])


def test_a_new_object_copies_structure_into_the_draft_only(browser: Any, cohort: Path) -> None:
    draft = open_modo(cohort / "b", mode="r+").edit()
    draft.add("assay/x", {"@type": "Assay", "name": "x", "omics_type": ["GENOMICS"]})
    draft.add("data/d", {"@type": "DataEntity", "data_path": "f.tsv", "data_format": "TSV"})
    draft.set("assay/x", "has_data", ["data/d"])
    draft.commit("More", force=True)
    assert not new_object(browser, "create", place=str(cohort), id="e", like=str(cohort / "b"))[
        "problems"
    ]
    drafted = browser.session.draft.elements()
    assert drafted["assay/x"] == {"@type": "Assay", "has_data": ["data/d"]}
    assert drafted["data/d"] == {"@type": "DataEntity"}
    assert drafted["sample/s1"] == {"@type": "Sample"}
    assert drafted["e"]["has_assay"] == ["assay/x"]
    assert list(open_modo(cohort / "e").metadata) == ["e"]  # before a commit
    assert browser.tree._marks["sample/s1"] == "new"
    browser.session.draft.undo()
    assert list(browser.session.draft.elements()) == ["e"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"id": ""}, "id", "Enter an id."),
        ({"id": "x/y"}, "id", "no slashes"),
        ({"id": ".."}, "id", "no slashes"),
        ({"id": "\x07"}, "id", "control characters"),
        ({"id": "ä" * 128}, "id", "at most 255 bytes"),
        ({"id": "b"}, "id", "b already exists there"),
        ({"id": ".hidden"}, "id", "does not begin with a dot"),
        ({"place": ""}, "place", "Enter a folder"),
        ({"place": "cohort"}, "place", "whole path"),
        ({"place": "s3://"}, "place", "name of a bucket"),
        ({"place": "s3://bucket"}, "place", "No S3 server is known here"),
        ({"place": "https://example.org"}, "place", "Enter a folder"),
        ({"place": "/dev/null"}, "place", "null is a file"),
        ({"description": "x" * 10_001}, "description", "at most 10,000 characters"),
    ],
)
def test_each_field_of_a_new_object_is_checked(
    browser: Any, cohort: Path, fields: dict[str, str], field: str, words: str
) -> None:
    given = {"place": str(cohort), "id": "new", **fields}
    for name in ("check new object", "create"):
        assert words in new_object(browser, name, **given)["problems"][field]
    assert browser.session.draft is None
    assert sorted(each.name for each in cohort.iterdir()) == ["a", "b", "c"]


def test_objects_are_not_created_on_the_notebook_server_if_that_is_switched_off(
    browser: Any, cohort: Path
) -> None:
    browser.server_files = False
    found = new_object(browser, "create", place=str(cohort), id="new")
    assert "cannot be created here" in found["problems"]["place"]
    assert not (cohort / "new").exists()


def test_an_unusual_id_is_noted(browser: Any, cohort: Path) -> None:
    found = new_object(browser, "check new object", place=str(cohort), id="my obj")
    assert found["problems"] == {}
    assert found["notes"]["id"].endswith("Suggestion: my_obj.")


def test_an_object_is_deleted_after_its_id_is_typed_and_restored(
    browser: Any, cohort: Path
) -> None:
    assert ask(browser, "delete", typed="b")[-1]["kind"] == "problem"
    assert (cohort / "a" / "data.zarr").exists()
    answer(browser, "delete", typed=" a ")
    assert browser.modo is None
    assert browser.tree.source is None
    assert browser._shown["deleted"]["id"] == "a"
    moved = browser._shown["deleted"]["path"]
    assert moved.startswith(str(cohort / ".modos-deleted"))
    wait_until(lambda: not browser.session.listing)
    assert [each.name for each in browser.session.objects] == ["b", "c"]
    answer(browser, "restore")
    wait_until(lambda: browser.modo is not None and browser.modo.path == str(cohort / "a"))
    assert browser._shown["deleted"] is None
    assert open_modo(cohort / "a").metadata["sample/s1"]["name"] == "one"


def test_an_object_that_someone_else_changed_is_not_deleted(browser: Any, cohort: Path) -> None:
    draft = open_modo(cohort / "a", mode="r+").edit()
    draft.set("sample/s1", "sex", "Male")
    draft.commit("By someone else")
    answer(browser, "delete", typed="a")
    assert "changed by someone else" in browser._shown["problem"]["message"]
    assert (cohort / "a" / "data.zarr").exists()
    assert browser.modo is not None


def sent(text: bytes) -> str:
    upload = uploads().begin("a.changes.json", len(text), 1)
    for offset in range(0, len(text), PIECE):
        upload.add(offset, text[offset : offset + PIECE])
    return upload.id


def test_proposed_changes_are_opened_reviewed_and_committed(browser: Any, cohort: Path) -> None:
    draft = open_modo(cohort / "b").edit()
    draft.set("sample/s1", "sex", "Male")
    draft.set("sample/s2", "sex", "Female")
    text = draft.to_json().encode()
    answer(browser, "open proposal", upload=sent(text))
    assert browser.modo.path == str(cohort / "b")
    opened = browser.session.draft
    assert len(opened.undecided()) == 2
    assert browser._edit["changes"] == 2
    opened.accept([("sample/s1", "sex")])
    opened.reject([("sample/s2", "sex")])
    browser.table.refresh()
    browser.table.commit("Accepted in part")
    assert open_modo(cohort / "b").metadata["sample/s1"]["sex"] == "Male"
    assert "sex" not in open_modo(cohort / "b").metadata["sample/s2"]


def test_proposed_changes_of_the_kernels_computer(
    browser: Any, cohort: Path, tmp_path: Path
) -> None:
    draft = open_modo(cohort / "b").edit()
    draft.set("sample/s1", "sex", "Male")
    file = tmp_path / "b.changes.json"
    file.write_text(draft.to_json())
    answer(browser, "open proposal", path=str(file))
    assert browser._edit["changes"] == 1

    # another draft is not lost
    browser.session.draft.set("sample/s2", "sex", "Male")
    answer(browser, "open proposal", path=str(file))
    assert browser._shown["question"] == "Open proposed changes"
    assert browser.session.unsaved == 2


def change_set(*objects: dict[str, Any]) -> bytes:
    data = {"format": "modos_widgets.changes", "version": 1, "objects": objects}
    return json.dumps(data).encode()


def unchanged(path: str) -> dict[str, Any]:
    return {"path": path, "root": "x", "cells": {}, "added": {}, "removed": {}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{}", "not a change set"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"objects": []}', "not a change set"),
        (change_set(), "changes no object"),
        (change_set({"path": 1}), "not a change set"),
        (b"[" * 100_000, "not a change set"),
        (change_set(unchanged("/etc"), unchanged("/root")), "not in this list"),
    ],
)
def test_what_is_no_proposal_is_refused(browser: Any, text: bytes, words: str) -> None:
    found = ask(browser, "open proposal", upload=sent(text))[-1]
    assert found["kind"] == "problem"
    assert words in found["message"]
    assert browser.session.draft is None
    assert browser._shown["problem"] is None  # it is shown in the dialog


def test_a_proposal_of_which_bytes_are_missing_is_refused(browser: Any) -> None:
    upload = uploads().begin("a.changes.json", 10, 1)
    for upload_id, words in ((upload.id, "is not complete"), ("none", "no longer has")):
        found = ask(browser, "open proposal", upload=upload_id)[-1]
        assert found["kind"] == "problem"
        assert words in found["message"]
    uploads().cancel(upload.id)


def test_history_undoes_a_commit_and_the_browser_follows(browser: Any, cohort: Path) -> None:
    browser.tab = "history"
    wait_until(lambda: browser.history.modo is not None)
    assert browser.history.modo.path == str(cohort / "a")
    assert not browser.history.modo.storage.read_only
    commits = answer(browser.history, "commits")["commits"]
    assert commits[0]["message"] == "Add samples"
    answer(browser, "edit")
    wait_until(lambda: browser.history.modo is browser.session.modo)
    browser.session.draft.set("sample/s1", "sex", "Male")
    browser.table.refresh()
    commit = browser.table.commit("Set the sex")
    answer(browser.history, "undo", id=commit.id)
    assert "sex" not in browser.session.draft.elements()["sample/s1"]
    assert "sex" not in open_modo(cohort / "a").metadata["sample/s1"]
    answer(browser, "stop editing")
    browser.show(cohort / "b")
    wait_until(lambda: browser.history.modo and browser.history.modo.path == str(cohort / "b"))
