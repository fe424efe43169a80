"""The rows of a table, without the widget."""

from __future__ import annotations

import pandas as pd
import pytest

from modos_widgets.errors import ChangedError, NotFoundError
from modos_widgets.widgets.table.data_source import FrameSource
from modos_widgets.widgets.table.query import Query
from modos_widgets.widgets.table.rows import Rows
from tests.parts.table_parts import request


def rows(query: Query | None = None) -> Rows:
    data = FrameSource(pd.DataFrame({"name": ["b", "a", "c"], "count": [1, 2, 3]}))
    return Rows(data, query=lambda: query or Query())


def test_rows_follow_the_query_of_the_view() -> None:
    assert rows().displayed() == [0, 1, 2]
    sorted_rows = rows(Query(sort=((0, False),)))
    assert sorted_rows.displayed() == [1, 0, 2]
    assert sorted_rows.displayed([1, 5]) == [0, 2]
    assert list(sorted_rows.frame()["name"]) == ["a", "b", "c"]
    assert sorted_rows.find(request(label=0)) == {"index": 1, "position": 0, "tab": ""}


def test_a_block_is_answered_by_its_own_query() -> None:
    answer = rows().block(request(query={"sort": [["1", True]]}, start=0, end=2))
    assert (answer["total"], answer["all"], answer["shape"]) == (3, 3, 1)
    assert rows().head()["shape"] == 1
    assert rows().head(first=False)["rows"] is None


def test_a_range_is_a_frame() -> None:
    part = rows().range_frame({"rows": [1, 2], "columns": ["1"]})
    assert part.to_dict() == {"count": {1: 2, 2: 3}}
    assert rows().range_frame({}).empty


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
