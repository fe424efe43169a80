"""Editing in a Browser: one draft for table, tree, panel and files, and questions before a loss."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import browse, create_modo
from modos_widgets.modo import open_modo
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


def answer(browser: Any, name: str, **payload: Any) -> Any:
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
        ("name", "first", "one", True),
        ("sex", "Male", None, True),
    ]
    assert panels["sample/s2"]["state"] == "removed"
    assert panels["sample/s2"]["rows"][1] == ("name", None, "two", True)
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
    wait_until(lambda: browser.modo.path == paths[1])
    assert browser.session.selected == "sample/s2"
    assert browser.tree.value == "sample/s2"
    assert browser.table.value == (paths[1], "sample/s2")
    browser.session.draft.set((paths[0], "sample/s1"), "sex", "Male")
    browser.table.refresh()
    assert browser.tree._marks == {}  # it shows the other object
    answer(browser, "open", path=paths[0])  # an object of the draft asks nothing
    wait_until(lambda: browser.modo.path == paths[0])
    assert browser._shown["question"] == ""
    assert browser.tree._marks == {"sample/s1": "changed"}


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
        (lambda: ask(browser, "stop editing"), "Stop editing"),
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
    assert browser._shown["question"] == "Stop editing"


def test_the_state_is_small_and_holds_no_metadata(browser: Any) -> None:
    answer(browser, "edit")
    browser.session.draft.set("sample/s1", "description", "secret " * 100)
    browser.table.refresh()
    assert "secret" not in json.dumps(browser._edit)
    assert len(json.dumps(browser._edit)) < 1_000
