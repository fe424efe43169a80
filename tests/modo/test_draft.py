"""A draft: changes step by step, nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import modos_widgets
from modos_widgets.errors import (
    NotFoundError,
    OptionError,
    PathError,
)

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_a_draft_writes_nothing(local: Place) -> None:
    path = local.put()
    before = local.keys(path)
    draft = local.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.add("sample/s3", {"name": "x"})
    draft.remove("sample/s2")
    draft.add_array("data/d1", np.eye(2))
    draft.validate()
    assert local.keys(path) == before


def test_set_unset_current_and_the_diff(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    draft.unset("sample/s1", "name")
    draft.set("", "name", "New")
    draft.set("sample/s2", "collector", ["A", "B"])
    assert draft.current("sample/s1", "sex") == "Female"
    assert draft.current("sample/s1", "name") is None
    assert draft.is_changed("sample/s1", "name")
    assert not draft.is_changed("sample/s2", "name")
    assert draft.diff()[["element", "slot", "before", "after"]].to_numpy().tolist() == [
        ["sample/s1", "name", "Sample 1", None],
        ["sample/s1", "sex", "Male", "Female"],
        ["sample/s2", "collector", None, ["A", "B"]],
        ["study", "name", "A study", "New"],
    ]
    assert draft.frame().loc["sample/s1", "sex"] == "Female"
    assert repr(draft) == "Draft: 4 changes in 1 object"
    assert modo.metadata["sample/s1"]["sex"] == "Male"


def test_a_change_and_its_reversal_leave_no_change(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    draft.set("sample/s1", "sex", "Male")
    draft.add("sample/s3", {})
    draft.remove("sample/s3")
    draft.rename("sample/s2", "sample/s4")
    draft.rename("sample/s4", "sample/s2")
    assert not draft
    assert draft.diff().empty


def test_undo_and_redo_go_step_by_step(modo: Modo) -> None:
    draft = modo.edit()
    draft.set("sample/s1", "sex", "Female")
    with draft.together():
        draft.set("sample/s1", "name", "a")
        draft.set("sample/s2", "name", "b")
    draft.remove("reference/r1")
    states = [draft.frame().to_json()]
    while draft.undo():
        states.append(draft.frame().to_json())
    assert len(states) == 4
    assert not draft
    for state in reversed(states[:-1]):
        assert draft.redo()
        assert draft.frame().to_json() == state
    assert not draft.redo()
    draft.undo()
    draft.set("sample/s1", "name", "other")
    assert not draft.redo()
    draft.discard()
    assert not draft
    assert not draft.undo()


def test_a_step_that_fails_is_undone(modo: Modo) -> None:
    draft = modo.edit()

    def two() -> None:
        with draft.together():
            draft.set("sample/s1", "name", "a")
            draft.set("sample/s1", "name", float("nan"))

    with pytest.raises(OptionError):
        two()
    assert not draft
    assert not draft.undo()


def test_missing_elements_and_objects_are_reported(modo: Modo) -> None:
    draft = modo.edit()
    with pytest.raises(NotFoundError, match="sample/none"):
        draft.set("sample/none", "name", "x")
    with pytest.raises(OptionError):
        draft.remove("study")
    with pytest.raises(OptionError):
        draft.set("sample/s1", "", "x")
    with pytest.raises(NotFoundError):
        draft.attach("data/d1", "/no/such/file")
    with pytest.raises(PathError):
        draft.attach("data/d1", __file__, name="../out")
    with pytest.raises(PathError):
        draft.attach("data/d1", __file__, name="data.zarr/zarr.json")
    with pytest.raises(OptionError, match="labels"):
        draft.add_array("data/d1", np.eye(3), obs=["a"])
    with pytest.raises(OptionError, match="object"):
        draft.add_array("data/d1", np.array([object()]))
    with pytest.raises(OptionError):
        modos_widgets.edit([])
    with pytest.raises(OptionError, match="NoneType"):
        modos_widgets.edit(None)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="twice"):
        modos_widgets.edit([modo, modo])


def test_a_draft_over_several_objects(local: Place) -> None:
    paths = [local.put(name=name) for name in ("a", "b")]
    draft = modos_widgets.edit(paths)
    draft.set((paths[0], "sample/s1"), "sex", "Female")
    draft.set((paths[1] + "/", "sample/s1"), "sex", "Female")
    with pytest.raises(OptionError, match="any of 2"):
        draft.set("sample/s1", "sex", "Female")
    with pytest.raises(NotFoundError):
        draft.set(("/elsewhere", "sample/s1"), "sex", "Female")
    assert list(draft.frame().index.names) == ["object", "element"]
    assert draft.frame().loc[(paths[1], "sample/s1"), "sex"] == "Female"
    assert set(draft.diff()["object"]) == set(paths)
    assert {one.code for one in draft.validate()} == {"duplicate_id"}
    assert not draft.new_errors()


def test_the_diff_is_readable_and_harmless(modo: Modo) -> None:
    evil = "<img src=x onerror=alert(1)>"
    draft = modo.edit()
    draft.set("sample/s1", evil, evil)
    draft.set("sample/s2", "name", "x" * 5000)
    for html in (draft.diff_html(), draft._repr_html_()):
        assert evil not in html
        assert "&lt;img" in html
        assert len(html) < 4000


def test_a_draft_reports_whether_it_can_undo_and_redo(local: Place) -> None:
    draft = local.open(local.put()).edit()
    assert (draft.can_undo, draft.can_redo) == (False, False)
    draft.set("sample/s1", "name", "x")
    assert (draft.can_undo, draft.can_redo) == (True, False)
    draft.undo()
    assert (draft.can_undo, draft.can_redo) == (False, True)
    draft.redo()
    draft.commit()
    assert (draft.can_undo, draft.can_redo) == (False, False)
