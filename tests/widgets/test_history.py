"""History without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets import History, Modo, create_modo
from modos_widgets.errors import ArgumentError, ConflictError, NotFoundError
from modos_widgets.widgets.front_end import Request

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def modo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Modo:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return create_modo(tmp_path / "study")


def ask(history: History, name: str, **payload: Any) -> Any:
    found = history._handler(name)
    assert found is not None
    return found[0](Request(1, "view", name, payload))


def commit(modo: Modo, message: str, name: str) -> modos_widgets.Commit:
    draft = modo.edit()
    draft.set("", "name", name)
    return draft.commit(message)


def test_commits_and_their_changes(modo: Modo) -> None:
    first = commit(modo, HOSTILE, HOSTILE)
    history = History(modo)
    answer = ask(history, "commits")
    assert (answer["name"], answer["total"]) == ("study", 2)
    assert answer["commits"][0] == {
        "id": first.id,
        "when": first.when,
        "who": first.parts[0].record.who,
        "message": HOSTILE,
        "state": "done",
        "undoes": "",
        "elements": 1,
        "cells": 1,
        "files": 0,
    }
    changes = ask(history, "changes", id=first.id)
    assert changes["rows"] == [("study", "name", None, HOSTILE)]
    assert repr(history) == "History('study', 2 commits)"
    assert "<script>" not in history._as_html()
    assert "\u202e" not in history._as_html()
    assert "&lt;script&gt;" in history._as_html()


def test_an_undo_is_checked_and_reported(modo: Modo) -> None:
    first, history = commit(modo, "One", "one"), History(modo)
    commit(modo, "Two", "two")
    check = ask(history, "check", id=first.id)
    assert not check["possible"]
    assert check["conflicts"] == [
        {"element": "study", "slot": "name", "committed": "one", "stored": "two"}
    ]
    with pytest.raises(ConflictError):
        ask(history, "undo", id=first.id)
    undone: list[modos_widgets.Commit] = []
    stop = history.on_undo(undone.append)
    latest = modo.commits().index[0]
    assert ask(history, "check", id=latest)["possible"]
    answer = ask(history, "undo", id=latest, message="Back")
    assert [each.id for each in undone] == [answer["id"]]
    assert modo.metadata["study"]["name"] == "one"
    assert ask(history, "commits")["commits"][0]["undoes"] == "Two"
    stop()
    ask(history, "undo", id=first.id)
    assert len(undone) == 1
    with pytest.raises(NotFoundError):
        ask(history, "changes", id="../../etc/passwd")


def test_a_history_without_an_object(modo: Modo) -> None:
    history = History()
    assert ask(history, "commits") == {"name": "", "commits": [], "total": 0}
    assert repr(history) == "History()"
    assert history.as_python == ""
    with pytest.raises(NotFoundError, match="No object"):
        ask(history, "check", id="x")
    history.modo = modo.path
    assert history.modo is not None
    assert repr(history) == "History('study', 1 commit)"
    with pytest.raises(ArgumentError):
        History(5)  # type: ignore[arg-type]


def test_the_code_of_a_history_runs(modo: Modo) -> None:
    history = History(modo, selected=modo.commits().index[0])
    for piece in history._pieces():
        names: dict[str, Any] = {}
        exec(piece.text, names)  # noqa: S102 - the code that the widget offers
    assert "check_undo" in history._pieces()[1].text
