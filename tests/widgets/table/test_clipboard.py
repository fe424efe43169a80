"""Copies and pastes of a table, without the widget."""

from __future__ import annotations

import pandas as pd

from modos_widgets.widgets.table.clipboard import Clipboard
from modos_widgets.widgets.table.data_source import FrameSource
from modos_widgets.widgets.table.replacement import Exact
from modos_widgets.widgets.table.rows import Rows
from tests.parts.table_parts import request


def test_cells_that_are_pasted_into_their_columns_keep_their_types() -> None:
    data = FrameSource(pd.DataFrame({"a": [1.5, None], "b": [[1, 2], "=x"]}, dtype=object))
    clipboard = Clipboard(Rows(data))
    text = clipboard.copy(request(rows=[0, 1], columns=["0", "1"]))["text"]
    assert text == "1.5\t[1, 2]\n\t=x"
    assert clipboard.read(text + "\r\n", [0, 1]) == [
        [Exact(1.5), Exact([1, 2])],
        ["", Exact("=x")],
    ]
    assert clipboard.read(text, [1, 0]) == [["1.5", "[1, 2]"], ["", "=x"]]


def test_csv_contains_the_displayed_rows_and_no_formula() -> None:
    clipboard = Clipboard(Rows(FrameSource(pd.DataFrame({"a": ["x", "=1+1"]}))))
    answer = clipboard.copy(request(columns=["0"], form="csv"))
    assert answer == {"text": "a\nx\n'=1+1\n", "rows": 2}
