"""What a table's columns read as: searched as they are shown, whatever they are made of."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from modos_widgets.errors import OptionError
from modos_widgets.folding import folded
from modos_widgets.modo.value_text import text_of
from modos_widgets.widgets.table.column_index import ColumnIndex, as_text, may_contain
from modos_widgets.widgets.table.data_source import FrameSource
from modos_widgets.widgets.table.query import Query, Searcher
from tests.widgets.test_metadata_table import Table

FLOATS = [0.1 + 0.2, -0.0, 1e-5, 1.5e-7, 1e16, 1e15, 123456789012.0, 12345678901.5, np.nan, np.inf]
ZURICH = pd.to_datetime(["2026-07-01T10:00:00", "1880-01-01T00:00:00", "NaT"], utc=True)
COLUMNS: dict[str, Any] = {
    "floats": pd.Series(FLOATS),
    "short floats": pd.Series([0.1, 1e-5, 1e12, np.nan], dtype="float32"),
    "shortest floats": pd.Series([0.1, np.nan], dtype="float16"),
    "long floats": pd.Series([0.1, 2], dtype=np.longdouble),
    "floats or none": pd.Series([0.1, None, 1e12], dtype="Float32"),
    "large integers": pd.Series([2**53 + 1, None, -(2**62)], dtype="Int64"),
    "larger integers": pd.Series([2**64 - 1, 1], dtype="uint64"),
    "largest integers": pd.Series([2**70, 1], dtype=object),
    "complex": pd.Series([1 + 2j, 3]),
    "truth": pd.Series([True, False]),
    "truth or none": pd.Series([True, None, False], dtype="boolean"),
    "times with zones": pd.Series(pd.to_datetime(["2026-01-01T10:00:00.123456+05:30", "NaT"])),
    "times in a place": pd.Series(ZURICH.tz_convert(ZoneInfo("Europe/Zurich"))),
    "nanoseconds": pd.Series(
        pd.to_datetime(["2026-01-01T10:00:00.123456789", "1969-12-31T23:59:59.5"])
    ),
    "far away": pd.Series(np.array(["9999-01-01", "0001-01-01"], dtype="datetime64[s]")),
    "days": pd.Series([dt.date(2026, 1, 2), None]),
    "durations": pd.Series(pd.to_timedelta([1, None], "s")),
    "periods": pd.Series(pd.period_range("2026-01", periods=2, freq="M")),
    "intervals": pd.Series(pd.interval_range(0, 2)),
    "categories": pd.Series(["b", None, "a"], dtype="category"),
    "decimals": pd.Series([Decimal("1.10"), None]),
    "bytes": pd.Series([b"ab\xff", None]),
    "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "lists of Arrow": pd.Series([[1, 2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "decimals of Arrow": pd.Series(
        [Decimal("1.10"), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))
    ),
    "of everything": pd.Series(
        [
            {"a": 1},
            [1, 2],
            (1,),
            None,
            2**70,
            "007",
            " 12 ",
            True,
            1.0,
            np.bool_(1),
            np.float32(0.1),
        ],
        dtype=object,
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_any_type_is_searched_sorted_and_counted_as_it_is_shown(name: str) -> None:
    table = Table(pd.DataFrame({"v": COLUMNS[name]}))
    shown = [text_of(row[0]) for row in table._rows.data.rows(range(len(COLUMNS[name])))]
    assert as_text(table._rows.data.column(0)).to_pylist() == shown
    for position, text in enumerate(shown):
        table.search = text
        assert position in table.ask("rows", start=0, end=99)["positions"], text
    table.search = ""
    sort = {"sort": [["0", True]]}
    assert sorted(table.ask("rows", start=0, end=99, shown=sort)["positions"]) == list(
        range(len(shown))
    )
    assert dict(table.ask("values", column="0")["values"]).keys() <= set(shown)
    table._query = {"filters": {"0": {"operator": "greater", "text": "2000-01-01"}}}
    assert len(table.frame) <= len(shown)


def test_a_word_is_found_in_a_row_and_not_across_two(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [f"{number:05d}" for number in range(5_000)]
    values[7] = "ä\N{MICROSCOPE}ß"
    texts = ColumnIndex(values)
    uris = pa.array(["00100"], type=pa.string())
    for most in (20_000, 0):  # few hits, and more than few
        monkeypatch.setattr("modos_widgets.finder.text_search._FEW", most)
        for word in ("0499", "9000", "04", "\N{MICROSCOPE}ß", "ä", "x", "00000", "4999"):
            word = folded(word)  # noqa: PLW2901
            wanted = [number for number, text in enumerate(values) if word in folded(text)]
            assert np.flatnonzero(texts.containing(word)).tolist() == wanted, word
        assert np.flatnonzero(texts.containing("x", uris)).tolist() == [100]
        assert texts.containing("0100", rows=np.array([99, 100])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("values", "parts", "others"),
    [
        ([-12, 3], ["-12", "3"], ["0.9", "1e5", "x", "2026-01"]),
        ([0.5, 1e-7], ["0.5", "-.5", "1e-07", "e-", "+16", "inf"], ["s1", "2026-01-02", "10:20"]),
        (pd.to_datetime(["2026-01-02"]), ["2026-01", "t10:2", "+02:00"], ["s1", "1e5"]),
    ],
)
def test_number_columns_are_not_searched_for_words_that_cannot_match(
    values: Any, parts: list[str], others: list[str]
) -> None:
    assert [may_contain(pd.Series(values), part) for part in parts] == [True] * len(parts)
    assert [may_contain(pd.Series(values), other) for other in others] == [False] * len(others)


def test_a_search_has_priority_over_indexing_in_the_background() -> None:
    searcher = Searcher(FrameSource(pd.DataFrame({"a": ["x"], "b": ["y"]})))
    searcher._free.clear()
    warming = threading.Thread(target=searcher.warm, daemon=True)
    warming.start()
    assert searcher.positions(Query(sort=((1, False),))) is not None
    warming.join(30)
    assert sorted(searcher._texts) == [0, 1]


def test_a_malformed_filter_is_refused_and_the_saved_form_still_works() -> None:
    table = Table(pd.DataFrame({"v": ["a", "b"]}))
    query = {"filters": {"0": {"operator": "less", "text": "abc"}}}
    assert "neither a number nor a date" in table.ask("rows", shown=query)["message"]
    table._query = query
    with pytest.raises(OptionError, match="neither"):
        _ = table.frame
    assert "<td>a</td>" in table._repr_mimebundle_()[0]["text/html"]
