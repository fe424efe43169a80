"""Pages that a Browser saves: of the open object, of a draft, of listed objects."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import browse, create_modo
from modos_widgets.errors import CancelledError
from tests.parts.asked import ask
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_folders")

RECORDED = re.compile(r'<script type="application/json" id="recorded">(.*?)</script>', re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make two studies; the working folder is an empty one."""
    cohort, here = tmp_path / "cohort", tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in ("one", "two"):
        draft = create_modo(cohort / name, name=f"Study {name}").edit()
        draft.add("sample/s1", {"name": "First", "sex": "unknown"})
        draft.commit(force=True)
    return cohort


@pytest.fixture
def browser(folder: Path) -> Any:
    found: Any = browse(folder / "one")
    wait_until(lambda: found._shown["object"])
    return found


def answer(browser: Any, request: str, **payload: Any) -> Any:
    last = ask(browser, request, **payload)
    assert last["kind"] == "reply", last
    return last["payload"]


def save(browser: Any, name: str, **changed: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"paths": [], "findings": True, "previews": False}
    asked |= {"download": False, "overwrite": False, "name": name, **changed}
    return ask(browser, "save page", **asked)


def recorded(text: str) -> dict[str, Any]:
    found = RECORDED.search(text)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_the_open_object_is_saved_beside_the_notebook(browser: Any, tmp_path: Path) -> None:
    offer = answer(browser, "page offer", paths=[])
    assert offer == {"name": "one.html", "objects": 1, "changes": 0, "server_files": True}
    saved = save(browser, "one")["payload"]
    file = tmp_path / "here" / "one.html"
    assert saved["place"] == "one.html"
    assert saved["size"] == file.stat().st_size
    content = recorded(file.read_text(encoding="utf-8"))
    assert content["title"] == "one"
    assert content["table"]["findings"]
    assert content["changes"] is None


def test_an_existing_file_is_replaced_only_if_the_person_says_so(
    browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "here" / "page.html"
    file.write_text("before")
    saved = save(browser, "page.html")["payload"]
    assert saved["exists"] is True
    assert file.read_text() == "before"
    saved = save(browser, "page.html", overwrite=True, findings=False)["payload"]
    assert saved["exists"] is False
    assert recorded(file.read_text(encoding="utf-8"))["table"]["findings"] == {}


def test_a_draft_is_saved_with_its_changes(browser: Any, tmp_path: Path) -> None:
    answer(browser, "edit")
    with browser.table.changing():
        browser.table.draft.set("sample/s1", "sex", "Male")
    offer = answer(browser, "page offer", paths=[])
    assert (offer["name"], offer["changes"]) == ("one-changes.html", 1)
    save(browser, offer["name"])
    content = recorded((tmp_path / "here" / "one-changes.html").read_text(encoding="utf-8"))
    assert content["changes"]["rows"] == [["one", "sample/s1", "sex", "unknown", "Male"]]
    assert len(browser.table.draft) == 1, "nothing is committed"


def test_listed_objects_are_saved_and_those_that_cannot_be_read_are_named(
    browser: Any, folder: Path, tmp_path: Path
) -> None:
    create_modo(folder / "bad")
    (folder / "bad" / "data.zarr" / "zarr.json").write_text("{")
    paths = [str(folder / name) for name in ("one", "two", "bad")]
    assert answer(browser, "page offer", paths=paths)["name"] == "objects.html"
    saved = save(browser, "all.html", paths=paths)["payload"]
    assert saved["failed"] == 1
    text = (tmp_path / "here" / "all.html").read_text(encoding="utf-8")
    assert [each["name"] for each in recorded(text)["objects"]] == ["one", "two"]
    assert str(folder) not in text


def test_a_page_is_downloaded_in_pieces(browser: Any, tmp_path: Path) -> None:
    saved = save(browser, "../one.html", download=True)["payload"]
    assert saved["place"] == "one.html"
    named = save(browser, "n" * 100 + ".html", download=True)["payload"]["place"]
    assert named.endswith("n.html"), "the suffix tells what it is"
    saved = save(browser, "one.html", download=True)["payload"]
    pieces = [
        ask(browser, "page piece", offset=offset)["buffers"][0]
        for offset in range(0, saved["size"], saved["piece"])
    ]
    content = b"".join(pieces)
    assert len(content) == saved["size"]
    assert recorded(content.decode())["title"] == "one"
    assert list((tmp_path / "here").iterdir()) == []
    browser.close()


def test_where_files_of_the_server_are_not_offered_a_page_is_only_downloaded(
    browser: Any, tmp_path: Path
) -> None:
    browser.server_files = False
    assert answer(browser, "page offer", paths=[])["server_files"] is False
    refused = save(browser, "one.html")
    assert (refused["kind"], refused["hint"]) == ("problem", "Download it.")
    assert list((tmp_path / "here").iterdir()) == []
    assert save(browser, "one.html", download=True)["payload"]["size"] > 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": " "}, "The file has no name."),
        ({"name": "none/page.html"}, "cannot be written"),
        ({"name": "a\0b"}, "cannot be written"),
        ({"name": "b" * 3000}, "cannot be written"),
        ({"paths": ["nowhere"]}, "No object to save."),
        ({"paths": ["x"] * 3000}, "at most 2,000 objects"),
    ],
)
def test_what_cannot_be_saved_is_a_problem(
    browser: Any, changed: dict[str, Any], message: str
) -> None:
    refused = save(browser, **{"name": "page.html", **changed})
    assert refused["kind"] == "problem"
    assert message in refused["message"]
    assert refused["hint"]


def test_a_long_saving_can_be_cancelled(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled() -> None:
        raise CancelledError("The operation was cancelled.")

    monkeypatch.setattr("modos_widgets.background.check_cancelled", cancelled)
    assert save(browser, "page.html")["kind"] == "problem"
    assert list((tmp_path / "here").iterdir()) == []
