"""The one state: choosing a place, listing, opening, what fails, and switching in between."""

from __future__ import annotations

import threading
from concurrent import futures
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import background
from modos_widgets.errors import AlreadyExistsError, CancelledError, PathError
from modos_widgets.session.file_download import download
from modos_widgets.session.objects import Search
from modos_widgets.session.session import Session
from modos_widgets.storage import LocalStorage
from tests.parts.places import app_of, make_object, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.progress import Progress
    from modos_widgets.session.bookmarks import Bookmarks
    from tests.parts.places import ServeApp


def test_it_lists_an_endpoint_and_counts_elements(
    serve_app: ServeApp, remembered: Bookmarks
) -> None:
    session: Any = Session(serve_app(app_of("P-1", "P-2")), remembered=remembered)
    wait_until(lambda: any(each.elements for each in session.objects))
    assert [(each.name, each.prefix, each.elements) for each in session.objects] == [
        ("P-1", "demo/smoc", 1),
        ("P-2", "demo/smoc", 1),
    ]
    assert session.problem is None
    assert remembered.places() == (session.endpoint,)


def test_a_dead_endpoint_is_a_problem_and_another_one_can_be_chosen(
    serve_app: ServeApp, remembered: Bookmarks
) -> None:
    session: Any = Session("http://127.0.0.1:9", remembered=remembered)
    wait_until(lambda: session.problem)
    assert session.problem is not None
    assert session.problem.about == "listing"
    assert session.problem.hint
    assert not session.listing
    session.go(serve_app(app_of("P-1")))
    wait_until(lambda: session.listed)
    assert session.problem is None
    assert [each.name for each in session.objects] == ["P-1"]


def test_html_and_500_are_reported(serve_app: ServeApp, remembered: Bookmarks) -> None:
    from flask import Flask  # noqa: PLC0415

    for status in (200, 500):
        app = Flask("bad")
        app.add_url_rule(
            "/<path:_>", "bad", lambda _, code=status: ("<html><b>no</b></html>", code)
        )
        session: Any = Session(serve_app(app), remembered=remembered)
        wait_until(partial(getattr, session, "problem"))
        assert session.problem is not None
        assert "unexpected" not in session.problem.message


def test_late_responses_of_the_old_endpoint_are_ignored(
    serve_app: ServeApp, remembered: Bookmarks
) -> None:
    slow, go_on = app_of("old"), threading.Event()
    asked = threading.Event()

    @slow.before_request
    def hold() -> None:
        asked.set()
        go_on.wait(10)

    old, new = serve_app(slow), serve_app(app_of("new"))
    session: Any = Session(old, s3_kwargs={"key": "k", "secret": "s"}, remembered=remembered)
    assert asked.wait(10)
    assert session.has_own_keys
    task = session.under_way()[0]
    session.go(new)
    assert task.cancelled
    assert not session.has_own_keys
    go_on.set()
    wait_until(lambda: session.listed)
    futures.wait([task.future], 10)
    assert task.done
    assert [each.name for each in session.objects] == ["new"]


def test_setting_the_endpoint_is_switching(serve_app: ServeApp, remembered: Bookmarks) -> None:
    session: Any = Session(s3_kwargs={"key": "k", "secret": "s"}, remembered=remembered)
    session.endpoint = serve_app(app_of("P-1"))
    wait_until(lambda: session.listed)
    assert session.manager is not None
    assert not session.has_own_keys
    with pytest.raises(PathError):
        session.go("ftp://example.org")


def test_a_folder_is_listed_and_an_object_opened(tmp_path: Path, remembered: Bookmarks) -> None:
    make_object(tmp_path / "cohort" / "first")
    make_object(tmp_path / "cohort", "other")
    session: Any = Session(folder=tmp_path / "cohort", remembered=remembered)
    wait_until(lambda: session.listed)
    assert [(each.prefix, each.name) for each in session.objects] == [
        ("cohort", "other"),
        ("cohort/first", "study"),
    ]
    seen: list[Any] = []
    session.observe(lambda change: seen.append(change["new"]), "modo")
    session.open(session.objects[1].path, select="sample/s1").result(20)
    assert session.modo is not None
    assert (session.modo.id, session.selected, session.opening) == ("study", "sample/s1", None)
    assert seen == [session.modo]
    assert session.recent == (session.objects[1].path,)


def test_a_failed_opening_keeps_the_open_object(tmp_path: Path, remembered: Bookmarks) -> None:
    session: Any = Session(folder=make_object(tmp_path), remembered=remembered)
    session.open(tmp_path / "study").result(20)
    opened = session.modo
    assert opened is not None
    session.open(tmp_path / "nothing").result(20)
    assert session.problem is not None
    assert session.problem.about == "opening"
    assert session.modo is opened
    assert session.opening is None
    session.open(tmp_path / "study").result(20)
    assert session.problem is None
    assert not (tmp_path / "nothing").exists()


def test_a_foreign_error_is_reported_without_its_text(
    tmp_path: Path, remembered: Bookmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: Any = Session(remembered=remembered)

    def fails(_: str) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(session, "open_now", fails)
    session.open(tmp_path).result(10)
    assert session.problem is not None
    assert "secret" not in session.problem.message + session.problem.hint


def test_favourites_follow_the_place(tmp_path: Path, remembered: Bookmarks) -> None:
    session: Any = Session(folder=tmp_path, remembered=remembered)
    session.favour("a")
    assert session.favourites == ("a",)
    session.go(None)
    assert session.favourites == ()
    session.go(str(tmp_path))
    assert session.favourites == ("a",)


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    make_object(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(Search().folder(tmp_path)) == 1


def test_a_file_is_called_a_file_and_not_a_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(PathError, match=r"notes\.txt is a file, not a folder"):
        Search().folder(tmp_path / "notes.txt")


def test_one_file_is_downloaded_whole_or_not_at_all(tmp_path: Path) -> None:
    storage = LocalStorage(make_object(tmp_path), mode="r")
    goal = tmp_path / "goal"
    goal.mkdir()
    told: list[Progress] = []
    copy = download(storage, "reads.cram", goal, on_progress=told.append)
    assert copy.read_bytes() == b"x" * 3_000_000
    assert (told[-1].bytes_done, told[-1].bytes) == (3_000_000, 3_000_000)
    assert str(told[-1]) == "1 of 1 files"
    with pytest.raises(AlreadyExistsError):
        download(storage, "reads.cram", goal)

    copy.unlink()
    started, go_on = threading.Event(), threading.Event()

    def hold(_: Progress) -> None:
        started.set()
        go_on.wait(10)

    task = background.run(download, storage, "reads.cram", goal, on_progress=hold)
    assert started.wait(10)
    task.cancel()
    go_on.set()
    wait_until(lambda: task.future.done() and not list(goal.iterdir()))
    error = task.future.exception() if not task.future.cancelled() else CancelledError("")
    assert isinstance(error, CancelledError)
