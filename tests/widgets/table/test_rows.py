"""The rows of a table, without the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from modos_widgets.errors import ChangedError, NotFoundError
from modos_widgets.widgets.table.data_source import FrameSource
from modos_widgets.widgets.table.query import Query
from modos_widgets.widgets.table.rows import Rows
from tests.parts.table_parts import Drafted, request

if TYPE_CHECKING:
    from pathlib import Path


BY_NAME = {"sort": [["0", False]]}


def rows() -> Rows:
    return Rows(FrameSource(pd.DataFrame({"name": ["b", "a", "c"], "count": [1, 2, 3]})))


def test_a_query_finds_rows_in_its_order() -> None:
    part = rows()
    assert part.found(Query()).between() == [0, 1, 2]
    query = Query(sort=((0, False),))
    found = part.found(query)
    assert found.between() == [1, 0, 2]
    assert found.between([1, 5]) == [0, 2]
    assert list(found.places(3)) == [1, 0, 2]
    assert part.find(request(label=0, shown=BY_NAME)) == {"index": 1, "position": 0, "tab": ""}


def test_a_block_is_answered_by_its_own_query() -> None:
    answer = rows().block(request(shown={"sort": [["1", True]]}, start=0, end=2))
    assert (answer["total"], answer["all"], answer["shape"]) == (3, 3, 1)
    assert answer["positions"] == [2, 1]
    assert rows().head()["shape"] == 1
    assert rows().head(first=False)["rows"] is None


def test_a_range_is_a_frame() -> None:
    selection = {"rows": [1, 2], "columns": ["1"]}
    part = rows()
    last = part.found(Query())
    assert part.range_frame(selection, last).to_dict() == {"count": {1: 2, 2: 3}}
    shown = {**selection, "shown": BY_NAME}
    assert part.range_frame(shown, last).to_dict() == {"count": {0: 1, 2: 3}}
    assert part.range_frame({}, last).empty


def test_each_view_keeps_the_rows_that_it_shows_while_cells_change(tmp_path: Path) -> None:
    part = Drafted(tmp_path)
    name = part.column("name")
    ask = {"by name": {"sort": [[name, False]]}, "downwards": {"sort": [[name, True]]}}
    first = {each: part.rows.block(request(shown=shown)) for each, shown in ask.items()}
    part.data.draft.set("sample/s1", "name", "Zero")
    part.state.refresh()
    for each, shown in ask.items():
        version = first[each]["version"]
        again = part.rows.block(request(shown={**shown, "version": version}))
        assert (again["positions"], again["version"]) == (first[each]["positions"], version)
        anew = part.rows.block(request(shown=shown))
        assert anew["positions"] != first[each]["positions"]
        assert anew["version"] == part.rows.version > version


def test_rows_that_are_no_longer_known_are_found_again_and_not_changed() -> None:
    part = rows()
    shown = {**BY_NAME, "version": part.found(Query(sort=((0, False),))).version}
    assert part.shown_exactly({"shown": shown}).between() == [1, 0, 2]
    part.update(moved=False)
    assert part.shown_exactly({"shown": shown}).between() == [1, 0, 2]
    for number in range(20):
        part.found(Query(search=str(number)))
    assert part.shown({"shown": shown}).between() == [1, 0, 2]
    for change in (
        lambda: [part.found(Query(search=str(number))) for number in range(20)],
        lambda: part.update(moved=True),
    ):
        shown = {**BY_NAME, "version": part.shown({"shown": BY_NAME}).version}
        part.update(moved=False)
        change()
        with pytest.raises(ChangedError, match="as they were displayed"):
            part.shown_exactly({"shown": shown})


def test_moved_rows_have_another_shape() -> None:
    part = rows()
    part.check_shape(1)
    part.update(moved=False)
    part.check_shape(1)
    part.update(moved=True)
    with pytest.raises(ChangedError):
        part.check_shape(1)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(NotFoundError):
        rows().number("2")
