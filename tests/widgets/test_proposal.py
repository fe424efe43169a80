"""The requests of the review of proposed changes, without a browser."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import Draft, Modo, create_modo, open_modo
from modos_widgets.errors import OptionError
from modos_widgets.widgets.front_end import Request
from modos_widgets.widgets.proposal import ProposalReview

if TYPE_CHECKING:
    from pathlib import Path


class Reviewed:
    def __init__(self, draft: Draft | None) -> None:
        self.draft, self.changes = draft, 0
        self.review = ProposalReview(lambda: self.draft, self.changed, threading.RLock())

    def changed(self) -> None:
        self.changes += 1

    def shown(self, *, refresh: bool = False) -> Any:
        return self.review.answer_proposed(Request(1, "v", "", {"refresh": refresh}))

    def decide(self, **payload: Any) -> Any:
        return self.review.answer_decide(Request(1, "v", "", payload))  # type: ignore[arg-type]


@pytest.fixture
def modo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Modo:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    modo = create_modo(tmp_path / "study")
    draft = modo.edit()
    draft.add("sample/s1", {"@type": "Sample", "name": "One", "sex": "Male"})
    draft.commit()
    return modo


@pytest.fixture
def reviewed(modo: Modo) -> Reviewed:
    author = open_modo(modo.path).edit()
    author.set("sample/s1", "name", "Proposed")
    author.set("sample/s1", "sex", "Female")
    return Reviewed(Draft.from_json(author.to_json(), modo))


def test_changes_are_decided_in_one_step(reviewed: Reviewed, modo: Modo) -> None:
    shown = reviewed.shown()
    name, sex = (modo.path, "sample/s1", "name"), (modo.path, "sample/s1", "sex")
    assert [change["cell"] for change in shown["changes"]] == [name, sex]
    assert shown["changes"][0] | {"cell": None} == {
        "cell": None,
        "kind": "cell",
        "base": "One",
        "proposed": "Proposed",
        "stored": "One",
        "stale": False,
    }
    answer = reviewed.decide(revision=shown["revision"], accept=[list(sex)], reject=[list(name)])
    assert answer == {"undecided": 0}
    assert reviewed.changes == 1
    assert reviewed.draft is not None
    assert [row[1:3] for row in reviewed.draft.rows()] == [("sample/s1", "sex")]
    reviewed.draft.undo()
    assert len(reviewed.draft.undecided()) == 2


def test_what_is_stored_now_is_read_again(reviewed: Reviewed, modo: Modo) -> None:
    before = reviewed.shown()
    theirs = open_modo(modo.path, mode="r+").edit()
    theirs.set("sample/s1", "name", "Theirs")
    theirs.commit()
    shown = reviewed.shown(refresh=True)
    assert (shown["changes"][0]["stored"], shown["changes"][0]["stale"]) == ("Theirs", True)
    name = [modo.path, "sample/s1", "name"]
    assert reviewed.decide(revision=before["revision"], accept=[name]) == {
        "undecided": 2,
        "changed": True,
    }
    reviewed.decide(revision=shown["revision"], accept=[name])
    assert reviewed.draft is not None
    reviewed.draft.commit()
    assert open_modo(modo.path).metadata["sample/s1"]["name"] == "Proposed"


def test_cells_that_were_not_shown_are_refused(reviewed: Reviewed, modo: Modo) -> None:
    revision = reviewed.shown()["revision"]
    with pytest.raises(OptionError, match="not among"):
        reviewed.decide(revision=revision, reject=[[modo.path, "study", "id"]])
    assert reviewed.changes == 0
    reviewed.draft = None
    with pytest.raises(OptionError, match="no draft"):
        reviewed.shown()
