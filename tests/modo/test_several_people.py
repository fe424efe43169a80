"""Several people who share a draft: each undoes their own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.concurrency import acting_as
from modos_widgets.errors import OptionError

if TYPE_CHECKING:
    from modos_widgets.modo import Draft
    from tests.modo.conftest import Place


@pytest.fixture
def draft(local: Place) -> Draft:
    return local.open(local.put()).edit()


def as_person(person: str, draft: Draft, element: str, slot: str, value: str) -> None:
    with acting_as(person):
        draft.set(element, slot, value)


def test_each_undoes_and_redoes_their_own_steps(draft: Draft) -> None:
    as_person("ada", draft, "sample/s1", "name", "by ada")
    as_person("bob", draft, "sample/s2", "name", "by bob")
    with acting_as("ada"):
        assert draft.undo()
        assert not draft.undo()
    assert draft.current("sample/s1", "name") == "Sample 1"
    assert draft.current("sample/s2", "name") == "by bob"
    with acting_as("bob"):
        assert not draft.redo()
    with acting_as("ada"):
        assert draft.redo()
    assert draft.current("sample/s1", "name") == "by ada"


def test_a_step_that_others_build_on_is_kept(draft: Draft) -> None:
    as_person("ada", draft, "sample/s1", "name", "by ada")
    as_person("bob", draft, "sample/s1", "sex", "Female")
    with acting_as("ada"), pytest.raises(OptionError, match="Someone else has changed"):
        draft.undo()
    assert draft.current("sample/s1", "sex") == "Female"
    with acting_as("bob"):
        assert draft.undo()
    with acting_as("ada"):
        assert draft.undo()
    assert not draft


def test_a_new_element_is_kept_while_others_change_its_object(draft: Draft) -> None:
    with acting_as("ada"):
        draft.add("sample/s3", {"name": "new"})
    as_person("bob", draft, "data/d1", "has_sample", "sample/s3")
    with acting_as("ada"), pytest.raises(OptionError, match="Someone else has changed"):
        draft.undo()
    assert "sample/s3" in draft.frame().index


def test_steps_without_a_name_are_everyones(draft: Draft) -> None:
    as_person("ada", draft, "sample/s1", "name", "by ada")
    draft.set("sample/s2", "name", "by code")
    with acting_as("bob"):
        assert draft.undo()
        assert not draft.undo()
    assert draft.current("sample/s2", "name") == "Sample 2"
    assert draft.undo()
    assert not draft
