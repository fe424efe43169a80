"""What is remembered: bounded, shared by notebooks, no error when it cannot be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import StorageError
from modos_widgets.session.bookmarks import Bookmarks

if TYPE_CHECKING:
    from pathlib import Path

NESTED = '{"objects": {"place": {"accounts": {"ada": 1}}, "elsewhere": {"accounts": []}}}'


def test_recent_objects_come_latest_first_and_once(tmp_path: Path) -> None:
    remembered = Bookmarks(tmp_path / "state.json")
    for name in ("a", "b", "a"):
        remembered.opened("place", name)
    assert remembered.recent("place") == ("a", "b")
    assert remembered.recent("elsewhere") == ()
    for number in range(100):
        remembered.opened("place", str(number))
    assert len(remembered.recent("place")) == 8


def test_two_notebooks_see_each_others(tmp_path: Path) -> None:
    one, other = Bookmarks(tmp_path / "state.json"), Bookmarks(tmp_path / "state.json")
    one.favour("place", "a", favourite=True)
    other.favour("place", "b", favourite=True)
    one.use("place")
    assert other.places() == ("place",)
    assert one.favourites("place") == ("a", "b")
    one.favour("place", "a", favourite=False)
    assert other.favourites("place") == ("b",)


def test_recent_objects_of_one_account_are_not_shown_to_another(tmp_path: Path) -> None:
    remembered = Bookmarks(tmp_path / "state.json")
    remembered.opened("place", "open to all")
    remembered.opened("place", "ada's", "ada")
    remembered.favour("place", "ada's", "ada", favourite=True)
    remembered.opened("place", "gus's", "gus")
    assert remembered.recent("place", "gus") == ("gus's",)
    assert remembered.favourites("place", "gus") == ()
    assert remembered.recent("place") == ("open to all",)
    remembered.opened("place", "more")
    assert remembered.recent("place", "ada") == remembered.favourites("place", "ada") == ("ada's",)
    for number in range(20):
        remembered.opened("place", "other", str(number))
    assert remembered.recent("place", "ada") == ()
    remembered.forget("place")
    assert remembered.recent("place", "19") == remembered.recent("place") == ()


def test_a_place_can_be_forgotten(tmp_path: Path) -> None:
    remembered = Bookmarks(tmp_path / "state.json")
    remembered.use("place")
    remembered.opened("place", "a")
    remembered.forget("place")
    assert remembered.places() == remembered.recent("place") == ()


def test_bookmarks_that_cannot_be_written_are_not_stored(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    remembered = Bookmarks(tmp_path / "file" / "state.json")
    remembered.use("place")
    assert remembered.places() == ()
    with pytest.raises(StorageError, match=r"Favourites cannot be saved.*XDG_STATE_HOME"):
        remembered.favour("place", "object", favourite=True)


def test_garbage_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    remembered = Bookmarks(file)
    for text in (
        "{",
        "[]",
        '{"places": 1, "objects": {"place": [1]}}',
        NESTED,
        '{"places": [1, "a"]}',
    ):
        file.write_text(text)
        assert remembered.recent("place") == remembered.recent("place", "ada") == ()
    assert remembered.places() == ("a",)
    remembered.opened("place", "x")
    assert remembered.recent("place") == ("x",)
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_hidden_hints_stay_hidden_whatever_else_is_kept(tmp_path: Path) -> None:
    remembered = Bookmarks(tmp_path / "state.json")
    remembered.opened("place", "a")
    assert not remembered.hints_are_hidden()
    remembered.hide_hints()
    remembered.use("place")
    again = Bookmarks(tmp_path / "state.json")
    assert again.hints_are_hidden()
    assert again.recent("place") == ("a",)
    blocked = Bookmarks(tmp_path / "state.json" / "below a file.json")
    blocked.hide_hints()  # raises nothing
    assert not blocked.hints_are_hidden()
