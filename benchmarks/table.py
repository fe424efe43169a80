"""The metadata table at 1,000,000 rows x 20 columns, against ipydatagrid and itables.

    python -m benchmarks.table [rows]

Python's side: what a widget's first and next instance send over the websocket, how long the
first block, a jump to the end, a sort, a search and a paste of 5,000 x 2 take. Bytes do not
wobble; times are the best of three. A peer that is not installed is named as missing.
"""

# ruff: noqa: SLF001 - it measures what is behind the door
from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1_000_000


def frame(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(7)
    columns: dict[str, Any] = {
        "element": [f"sample/s{number:07d}" for number in random.permutation(rows)],
        "@type": random.choice(["Sample", "Assay", "DataEntity"], rows),
        "name": [f"Sample {number}" for number in range(rows)],
        "sex": random.choice(["Male", "Female"], rows),
        "created": pd.Timestamp("2026-01-01")
        + pd.to_timedelta(random.integers(0, 10**7, rows), "s"),
    }
    columns |= {f"score_{number}": random.normal(size=rows) for number in range(5)}
    columns |= {f"count_{number}": random.integers(0, 1000, rows) for number in range(5)}
    tissues = ["blood", "liver", "brain", "heart", "lung"]
    columns |= {f"tissue_{number}": random.choice(tissues, rows) for number in range(5)}
    return pd.DataFrame(columns)


def best(function: Callable[[], object], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return min(times)


def size_of(widget: Any) -> int:
    """Bytes of a widget's state, as the comm sends it."""
    state = widget.get_state()
    text = len(json.dumps(state, default=lambda value: len(bytes(value))))
    return text + sum(
        len(value) for value in state.values() if isinstance(value, bytes | memoryview)
    )


def ours(data: pd.DataFrame) -> dict[str, str]:
    from modos_widgets.widgets.front_end import _bundle  # noqa: PLC0415
    from tests.widgets.test_metadata_table import Table  # noqa: PLC0415

    began = time.perf_counter()
    table = Table(data)
    made = time.perf_counter() - began
    bundle = _bundle("metadata_table")
    state = size_of(table)
    began = time.perf_counter()
    table._searcher.warm()
    warm = time.perf_counter() - began
    end = len(data)
    number = iter(range(100))

    def search() -> None:
        query = {"marked": "", "n": next(number)}
        table._now = (table._asked({"marked": "x"}, ""), None)
        table.ask("rows", start=0, end=50, query=query, search="s00999 liver")

    def sort(column: str) -> Callable[[], None]:
        def run() -> None:
            table._now = (table._asked({"marked": "x"}, ""), None)
            table._searcher._ranks.clear()
            table.ask("rows", start=0, end=50, query={"sort": [[column, True]]})

        return run

    block = table.ask("rows", start=end - 50, end=end)
    return {
        "first rows, s": f"{made:.3f}",
        "first instance, kB": f"{(state + (len(bundle[1]) if bundle else 0)) / 1e3:.0f}",
        "next instance, kB": f"{state / 1e3:.1f}",
        "one block, kB": f"{len(json.dumps(block)) / 1e3:.1f}",
        "jump to end, s": f"{best(lambda: table.ask('rows', start=end - 50, end=end)):.3f}",
        "sort numbers, s": f"{best(sort('5')):.3f}",
        "sort unique texts, s": f"{best(sort('0')):.3f}",
        "search, s": f"{best(search):.3f}",
        "working out texts, once, in the background, s": f"{warm:.2f}",
        "paste 5,000 x 2, s": f"{paste():.2f}",
    }


def paste() -> float:
    """Paste 5,000 x 2 cells into a draft of one object with 5,000 samples."""
    from modos_widgets import create_modo, open_modo  # noqa: PLC0415
    from tests.widgets.test_metadata_table import Table  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study"
        draft = create_modo(path).edit()
        for number in range(5_000):
            draft.add(f"sample/s{number:04d}", {"name": f"Sample {number}"})
        draft.commit()
        table = Table(open_modo(path, mode="r+"), editable=True)
        names = [column["name"] for column in table._head["columns"]]
        columns = [str(names.index("name")), str(names.index("sex"))]
        lines = "\n".join(f"new {number}\tMale" for number in range(5_000))
        began = time.perf_counter()
        answer = table.ask("paste", rows=[1, 1], columns=columns, text=lines)
        assert answer["done"] == 10_000
        table.ask("rows", start=0, end=50)
        return time.perf_counter() - began


def ipydatagrid(data: pd.DataFrame) -> dict[str, str]:
    grid_class = importlib.import_module("ipydatagrid").DataGrid
    began = time.perf_counter()
    grid = grid_class(data)
    size = size_of(grid)
    made = time.perf_counter() - began
    return {"first rows, s": f"{made:.3f}", "next instance, kB": f"{size / 1e3:,.0f}"}


def itables(data: pd.DataFrame) -> dict[str, str]:
    to_html = importlib.import_module("itables").to_html_datatable
    began = time.perf_counter()
    html = to_html(data, maxBytes=0, maxRows=0, connected=True)
    made = time.perf_counter() - began
    return {"first rows, s": f"{made:.3f}", "next instance, kB": f"{len(html) / 1e3:,.0f}"}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    data = frame(rows)
    print(f"{rows:,} rows x {data.shape[1]} columns")
    for peer in (ours, ipydatagrid, itables):
        try:
            figures = peer(data)
        except ModuleNotFoundError as error:
            figures = {"not installed": str(error.name)}
        print(f"\n{peer.__name__ if peer is not ours else 'modos_widgets.MetadataTable'}")
        for name, figure in figures.items():
            print(f"  {name:<48}{figure:>12}")


if __name__ == "__main__":
    main()
