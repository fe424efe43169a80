"""Review, commit and undo of a table's draft, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import open_modo
from modos_widgets.errors import OptionError
from modos_widgets.widgets.table.review import Review
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.widgets.table.wire import CommitProgress


def test_reviewed_changes_are_committed_reported_and_undone(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    progress: list[CommitProgress] = []
    review = Review(part.state, lambda _, payload: progress.append(payload))
    part.data.draft.set("sample/s1", "sex", "Male")
    part.state.refresh()
    reviewed = review.answer_review(request())
    assert reviewed["rows"][0][2:] == ("sex", "unknown", "Male", "")
    assert review.answer_commit(request(revision="another")) == {"changed": True}
    answer = review.answer_commit(request(revision=reviewed["revision"]))
    assert part.state.status()["committed"] == answer["id"]
    assert progress
    assert review.report is not None
    assert len(review.report.changes) == 1
    review.undo()
    assert open_modo(tmp_path / "study").metadata["sample/s1"]["sex"] == "unknown"
    with pytest.raises(OptionError, match="no commit"):
        review.undo()


def test_a_conflict_is_resolved(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    review = Review(part.state)
    part.data.draft.set("sample/s1", "sex", "Male")
    other = open_modo(tmp_path / "study", mode="r+").edit()
    other.set("sample/s1", "sex", "Female")
    other.commit()
    revision = review.answer_review(request())["revision"]
    (conflict,) = review.answer_commit(request(revision=revision))["conflicts"]
    assert (conflict["mine"], conflict["theirs"]) == ("Male", "Female")
    review.answer_resolve(request(keep=["theirs"]))
    assert part.value("sample/s1", "sex") == "Female"
    assert not part.data.draft
