"""Columns are typed, and nothing is lost where they cannot be."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from modos_widgets.harvest.columns import Columns, typed


def texts(column: Any) -> list[Any]:
    return [
        None if not isinstance(value, list | dict) and pd.isna(value) else value
        for value in column.tolist()
    ]


def test_naive_and_zoned_dates_become_utc_timestamps() -> None:
    column = typed("creation_date", ["2024-01-01", None, "2024-01-01T10:00:00+02:00"])
    assert str(column.dtype) == "timestamp[us, tz=UTC][pyarrow]"
    assert [str(value) for value in column] == [
        "2024-01-01 00:00:00+00:00",
        "<NA>",
        "2024-01-01 08:00:00+00:00",
    ]


def test_one_bad_date_keeps_the_column_as_text() -> None:
    assert texts(typed("last_update_date", ["2024-01-01", "soon"])) == ["2024-01-01", "soon"]


def test_a_text_like_a_number_is_not_a_date() -> None:
    assert texts(typed("date", ["12", "20240101"])) == ["12", "20240101"]


def test_only_date_slots_are_tried_as_dates() -> None:
    assert texts(typed("name", ["2024-01-01"])) == ["2024-01-01"]


def test_scalars_among_lists_become_lists() -> None:
    column = typed("has_sample", [["a", "b"], "c", None])
    assert str(column.dtype) == "list<item: string>[pyarrow]"
    assert [None if value is pd.NA else list(value) for value in column] == [
        ["a", "b"],
        ["c"],
        None,
    ]


@pytest.mark.parametrize(
    "values",
    [
        [{"a": 1}, None, "x"],
        [1, None, 2**70],
        ["\ud800", None, "x"],
        [[1, "a"], ["b"], None],
        [True, 1, None],
    ],
)
def test_mixed_types_are_kept_as_stored(values: list[Any]) -> None:
    column = typed("odd", values)
    assert column.dtype == object
    assert list(column) == values


def test_absent_attributes_are_missing_values() -> None:
    collected = Columns()
    collected.add("s3://b/one", "one", {"@type": "MODO", "n": 1})
    collected.add("s3://b/one", "sample/a", {"@type": "Sample", "sex": "Male"})
    frame = collected.frame()
    assert list(frame.columns) == ["@type", "n", "sex"]
    assert frame.index.names == ["object", "element"]
    assert frame.loc[("s3://b/one", "sample/a"), "sex"] == "Male"
    assert frame["n"].isna().tolist() == [False, True]
    assert frame["n"].dtype == "int64[pyarrow]"


def test_wanted_columns_only() -> None:
    collected = Columns(["sex"])
    collected.add("a", "x", {"@type": "Sample", "sex": "Male", "name": "n"})
    assert list(collected.frame().columns) == ["@type", "sex"]


def test_no_rows_make_an_empty_frame() -> None:
    frame = Columns().frame()
    assert frame.shape == (0, 1)
    assert frame.index.names == ["object", "element"]
