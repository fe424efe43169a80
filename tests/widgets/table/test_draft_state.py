"""The state of a table's draft, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from modos_widgets.errors import OptionError
from modos_widgets.modo.draft import live_check, new_errors
from modos_widgets.modo.validation import metadata_checks
from modos_widgets.widgets.table import draft_state
from modos_widgets.widgets.table.data_source import DraftSource, FrameSource
from modos_widgets.widgets.table.draft_state import DraftState
from modos_widgets.widgets.table.rows import Rows
from tests.parts.table_parts import Drafted

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.modo import Draft, Finding


def test_changes_are_counted_marked_and_announced(tmp_path: Path) -> None:
    announced: list[bool] = []
    part = Drafted(tmp_path, announced.append)
    assert part.state.status() | {"changes": 0, "errors": 1, "undo": False} == part.state.status()
    part.data.draft.set("sample/s1", "sex", "Male")
    part.state.refresh()
    assert part.state.status() | {"changes": 1, "errors": 0, "undo": True} == part.state.status()
    assert part.rows.marks is not None
    assert part.rows.marks.rows("changed") == {part.row("sample/s1")}
    part.data.draft.set("sample/s1", "own", "x")
    part.state.refresh()
    assert announced == [False, True]  # the second one added a column
    assert part.rows.columns[-1]["name"] == "own"
    part.state.close()
    part.state.refresh()
    assert len(announced) == 2


def test_a_draft_is_writable_if_the_table_is_editable(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    assert part.state.writable() is part.data
    part.rows.editable = False
    with pytest.raises(OptionError):
        part.state.writable()


def test_a_dataframe_has_no_draft() -> None:
    state = DraftState(Rows(FrameSource(pd.DataFrame({"a": [1]})), editable=True))
    state.refresh()
    assert (state.draft, state.status(), len(state.findings)) == (None, {}, 0)
    with pytest.raises(OptionError):
        state.writable()


def test_the_cost_of_an_edit_depends_on_the_changed_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Drafted(tmp_path)
    draft = part.data.draft
    for number in range(100):
        draft.add(f"sample/n{number}", {"name": f"Sample {number}", "sex": "Male"})
    for number in range(5):
        draft.add(f"data/d{number}", {"data_format": "CRAM", "has_sample": ["sample/n1"]})
    part.state.refresh()
    text = part.rows.searcher._column(part.data.names.index("name"))
    checked: list[str] = []
    check = metadata_checks.check_element

    def counted(path: str, root: str, element: str, *rest: Any, **more: Any) -> list[Finding]:
        checked.append(element)
        return check(path, root, element, *rest, **more)

    for module in (metadata_checks, live_check, new_errors):
        monkeypatch.setattr(module, "check_element", counted)
    monkeypatch.setattr(DraftSource, "reload", lambda _: pytest.fail("all rows were read"))
    draft.set("sample/n1", "sex", "male")
    part.state.refresh()
    assert checked == ["sample/n1"]
    assert part.rows.marks is not None
    (mark,) = (
        mark for mark in part.rows.marks.of(part.row("sample/n1")).values() if mark["fixable"]
    )
    assert mark["changed"]
    assert part.rows.searcher._column(part.data.names.index("name")) is text
    checked.clear()
    draft.set("sample/n1", "@type", "Assay")  # of which no data entity is a sample
    part.state.refresh()
    assert sorted(checked) == [*(f"data/d{number}" for number in range(5)), "sample/n1"]
    assert len(part.state.found.of_code("wrong_link_type")) == 5
    checked.clear()
    draft.new_errors()
    assert len(set(checked)) <= 107  # those that were added, and nothing else


def test_a_long_check_releases_the_lock_of_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Drafted(tmp_path)
    monkeypatch.setattr(draft_state, "_CHECK_AT_ONCE", 1)
    monkeypatch.setattr(draft_state, "_SLICE", 0.0)
    turns: list[int] = []
    check = type(part.data.draft).check

    def counted(draft: Draft, seconds: float | None = None) -> bool:
        assert part.rows.lock.acquire(timeout=1)
        part.rows.lock.release()
        turns.append(draft.unchecked)
        return check(draft, seconds)

    monkeypatch.setattr(type(part.data.draft), "check", counted)
    with part.data.draft.together():
        for number in range(4):
            part.data.draft.add(f"sample/n{number}", {"sex": "odd"})
    part.state.refresh()
    assert len(part.state.findings.of_code("not_in_list")) == 4 + 1
    assert turns == [4, 3, 2, 1, 0]  # one element a turn: the lock is free in between
