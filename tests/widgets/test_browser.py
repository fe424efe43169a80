"""Browser in Python: what `browse` takes, how its widgets follow, what is saved."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Browser, Session, browse
from modos_widgets.errors import OptionError, PathError
from modos_widgets.storage import S3Storage
from tests.parts.places import app_of, make_object, wait_until
from tests.widgets.test_login import ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.places import ServeApp
    from tests.parts.s3 import S3Server

pytestmark = pytest.mark.usefixtures("own_folders")


def saved(browser: Any) -> str:
    text: str = browser._repr_mimebundle_()[0]["text/plain"]
    return text


def test_browse_without_arguments_shows_an_empty_state() -> None:
    browser: Any = browse()
    assert browser._shown["place"] == ""
    assert repr(browser) == "Browser(nothing chosen)"
    with pytest.raises(OptionError, match="colour"):
        Browser(colour="red")


def test_a_path_passed_to_browser_raises_with_a_hint() -> None:
    with pytest.raises(OptionError, match="Expected a Session, got str") as caught:
        Browser("study/P-0003")  # type: ignore[arg-type]
    assert "browse(" in caught.value.hint


def test_an_address_passed_as_path_raises_with_a_hint() -> None:
    with pytest.raises(PathError, match="address of a server") as caught:
        browse("https://ada:secret@modos.example.org")
    assert "browse(endpoint=" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_the_environment_names_the_endpoint(
    serve_app: ServeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve_app(app_of("P-1", "P-2"))
    monkeypatch.setenv("MODOS_ENDPOINT", url)
    browser: Any = browse()
    assert saved(browser) == "Browser(2 objects)"
    assert browser.picker.value == url
    listed = ask(browser, "objects")[-1]["payload"]
    assert listed["prefixes"] == ["demo/smoc"]
    assert [row[2] for row in listed["rows"]] == ["P-1", "P-2"]


def test_a_local_object_is_opened(tmp_path: Path) -> None:
    path = make_object(tmp_path)
    browser: Any = browse(path)
    wait_until(lambda: browser._shown["object"])
    assert saved(browser) == "Browser(1 object, study open)"
    assert browser.tree.source.name == "study"
    browser.tree.value = "sample/s1"
    assert browser.session.selected == "sample/s1"
    assert browser.table.value == "sample/s1"
    assert browser.preview.path == "sample/s1"
    browser.table.value = "study"
    assert browser.session.selected == ""
    assert browser.tree.value == ""
    browser.session.select("sample/s1")
    element = ask(browser, "element")[-1]["payload"]
    assert element == {
        "element": "sample/s1",
        "state": "",
        "rows": [("@type", "Sample", None, False, ""), ("name", "<img src=x>", None, False, "")],
        "chips": {},
    }
    csv = ask(browser, "csv")[-1]["payload"]["text"]
    assert csv == "element,sample/s1\n@type,Sample\nname,<img src=x>\n"
    html = browser._repr_mimebundle_()[0]["text/html"]
    assert "&lt;img src=x&gt;" in html
    assert "<img" not in html


def test_files_have_sizes_and_are_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser: Any = browse(make_object(tmp_path))
    wait_until(lambda: browser._shown["object"])
    files = ask(browser, "files")[-1]["payload"]
    assert files["rows"] == [("reads.cram", 3_000_000, "", f"{tmp_path}/study/reads.cram", "")]
    goal = tmp_path / "goal"
    goal.mkdir()
    monkeypatch.chdir(goal)
    assert ask(browser, "download", path="reads.cram")[-1]["payload"] == {"path": "reads.cram"}
    assert (goal / "reads.cram").stat().st_size == 3_000_000
    assert ask(browser, "download", path="reads.cram")[-1]["kind"] == "problem"
    assert ask(browser, "download", path="../../secret")[-1]["kind"] == "problem"


def test_the_code_opens_the_object_and_contains_no_key(tmp_path: Path) -> None:
    path = make_object(tmp_path)
    browser: Any = browse(path)
    wait_until(lambda: browser._shown["object"])
    pieces = ask(browser, "show code")[-1]["payload"]["pieces"]
    scope: dict[str, Any] = {}
    exec(pieces[0][1], scope)  # noqa: S102 - the point of it
    assert scope["modo"].id == "study"
    code = ask(browser, "file code", path="reads.cram")[-1]["payload"]["code"]
    exec(code, scope)  # noqa: S102
    assert scope["first"] == b"x" * 1000

    session = Session(services={"s3": "http://127.0.0.1:9"}, s3_kwargs={"secret": "hush-hush"})
    whole = json.dumps(Browser(session).get_state(), default=str) + repr(session)
    assert "hush-hush" not in whole


def test_a_missing_object_is_reported_and_the_list_still_works(
    tmp_path: Path, serve_app: ServeApp
) -> None:
    browser: Any = browse(tmp_path / "nothing")
    wait_until(lambda: browser._shown["problem"])
    assert browser._shown["problem"]["hint"]
    make_object(tmp_path)
    browser.picker.value = str(tmp_path)
    wait_until(lambda: browser._shown["listed"])
    assert browser._shown["problem"] is None
    assert saved(browser) == "Browser(1 object)"
    with pytest.raises(PathError):
        browse(endpoint="no url")
    browser = browse("unknown", endpoint=serve_app(app_of("P-1")))
    wait_until(lambda: browser._shown["problem"])
    assert browser._shown["problem"]["about"] == "opening"
    wait_until(lambda: browser._shown["listed"])


def test_the_open_object_is_the_source_of_the_transfer(tmp_path: Path) -> None:
    one, other = make_object(tmp_path / "a"), make_object(tmp_path / "b")
    browser: Any = browse(one)
    wait_until(lambda: browser._shown["object"])
    assert (browser.transfer.source, browser.transfer.target) == (str(one), "")
    browser.transfer.target = str(tmp_path / "copy")
    browser.transfer.start()
    browser.transfer.transfer.wait(60)
    wait_until(lambda: browser.transfer.phase == "done")
    assert (tmp_path / "copy" / "data.zarr" / "zarr.json").exists()
    browser.tab = "transfer"
    assert browser.transfer.phase == "done"  # what was copied stays in view
    browser.show(other)
    wait_until(lambda: browser.transfer.source == str(other))
    assert browser.transfer.phase == "idle"


def test_a_complete_copy_can_be_opened(tmp_path: Path) -> None:
    browser: Any = browse(make_object(tmp_path / "a"))
    wait_until(lambda: browser._shown["object"])
    ask(browser.transfer, "open copy")
    browser.transfer.target = str(tmp_path / "copy")
    browser.transfer.start()
    browser.transfer.transfer.wait(60)
    wait_until(lambda: browser.transfer.phase == "done")
    assert browser.transfer._shown["copy"] == str(tmp_path / "copy")
    ask(browser.transfer, "open copy")
    wait_until(lambda: browser._shown["object"] == str(tmp_path / "copy"))
    assert browser.modo.id == "study"


def test_a_bucket_without_a_modos_server_is_walked(moto_server: S3Server) -> None:
    bucket = moto_server.bucket()
    for key in ("a/one", "a/two", "b/three"):
        S3Storage(f"s3://{bucket}/{key}", moto_server.endpoint, moto_server.s3_kwargs)
    given: Any = {"services": {"s3": moto_server.endpoint}, "s3_kwargs": moto_server.s3_kwargs}
    browser: Any = browse(f"s3://{bucket}", **given)
    assert saved(browser) == "Browser(3 objects)"
    listed = ask(browser, "objects")[-1]["payload"]
    assert listed["prefixes"] == [f"{bucket}/a", f"{bucket}/b"]
    assert [row[2] for row in listed["rows"]] == ["one", "two", "three"]
    browser.show(f"s3://{bucket}/b/three")
    wait_until(lambda: browser._shown["object"])
    assert saved(browse(f"s3://{bucket}/a/", **given)) == "Browser(2 objects)"

    alone: Any = browse(f"s3://{bucket}/a/one", **given)
    wait_until(lambda: alone._shown["object"])
    assert alone.modo.path == f"s3://{bucket}/a/one"
    missing: Any = browse(f"s3://{bucket}/c", **given)
    wait_until(lambda: missing._shown["problem"])
    assert "No object at or below" in missing._shown["problem"]["message"]


def test_repr_does_not_wait_and_the_saved_form_survives_a_cancelled_task(
    serve_app: ServeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, go_on = app_of("P-1"), threading.Event()

    @silent.before_request
    def hold() -> None:
        go_on.wait(20)

    browser: Any = browse("P-1", endpoint=serve_app(silent))
    with monkeypatch.context() as patched:
        for name in ("concurrent.futures.wait", "concurrent.futures.Future.result", "time.sleep"):
            patched.setattr(name, waited)
        assert repr(browser) == "Browser(no objects listed)"
        assert repr(browser.login) == "Login(checking)"
        assert repr(browser.tree) == "ZarrTree()"
    browser.session.close()
    assert saved(browser) == "Browser(no objects listed)"
    go_on.set()
    browser.close()


def waited(*_: object, **__: object) -> None:
    raise AssertionError("it waits")
