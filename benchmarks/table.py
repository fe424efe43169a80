"""The metadata table at 1,000,000 rows x 20 columns, beside ipydatagrid, itables, quak, buckaroo.

    python -m benchmarks.table [rows]

Python's side: what a widget's first and next instance send over the websocket, how long the
first block, a jump to the end, a sort, a search and a paste of 5,000 x 2 take; beside its time the
CPU time of a search that finds nothing worked out yet. Then the same table in JupyterLab in
Chromium, from key or click until the page shows it. Bytes and elements do not wobble; times are the
best of three. The peers live in .venv-peers (benchmarks/peers.lock); one that is missing is named.
"""

# ruff: noqa: SLF001 - it measures what is behind the door
from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parts.lab import LabPage

PEERS = Path(os.environ.get("MODOS_PEERS", ".venv-peers/bin"))
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
    from modos_widgets.widgets.table.query import Query, Searcher  # noqa: PLC0415
    from tests.widgets.test_metadata_table import Table  # noqa: PLC0415

    began = time.perf_counter()
    table = Table(data)
    made = time.perf_counter() - began
    bundle = _bundle("metadata_table")
    state = size_of(table)
    began = time.perf_counter()
    table._rows.searcher.warm()
    warm = time.perf_counter() - began
    cold = {}
    for word in ("s00999 liver", "0.999"):
        searcher = Searcher(table._rows.data)
        began, cpu = time.perf_counter(), time.process_time()
        searcher.positions(Query(search=word))
        cold[word] = f"{time.perf_counter() - began:.2f} ({time.process_time() - cpu:.2f})"
    end = len(data)

    def search() -> None:
        table._rows._found = []
        table.ask("rows", start=0, end=50, shown={"search": "s00999 liver"})

    def sort(column: str) -> Callable[[], None]:
        def run() -> None:
            table._rows._found = []
            table._rows.searcher._ranks.clear()
            table.ask("rows", start=0, end=50, shown={"sort": [[column, True]]})

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
        "first search for words, s (CPU s)": cold["s00999 liver"],
        "first search for numbers, s (CPU s)": cold["0.999"],
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


def itables(data: pd.DataFrame, **limits: int) -> dict[str, str]:
    to_html = importlib.import_module("itables").to_html_datatable
    began = time.perf_counter()
    html = to_html(data, connected=True, **limits)
    made = time.perf_counter() - began
    return {"first rows, s": f"{made:.3f}", "next instance, kB": f"{len(html) / 1e3:,.0f}"}


def itables_without_limits(data: pd.DataFrame) -> dict[str, str]:
    return itables(data, maxBytes=0, maxRows=0)


def quak(data: pd.DataFrame) -> dict[str, str]:
    """Measure quak, which queries the frame with DuckDB when its page asks for rows."""
    widget_class = importlib.import_module("quak").Widget
    began = time.perf_counter()
    size = size_of(widget_class(data))
    made = time.perf_counter() - began
    return {"first rows, s": f"{made:.3f}", "next instance, kB": f"{size / 1e3:,.0f}"}


def buckaroo(data: pd.DataFrame) -> dict[str, str]:
    """Measure buckaroo's widget that sends rows when its page asks for them."""
    module = importlib.import_module("buckaroo.buckaroo_widget")
    widget_class = getattr(module, "BuckarooInfiniteWidget", module.BuckarooWidget)
    began = time.perf_counter()
    size = size_of(widget_class(data))
    made = time.perf_counter() - began
    return {"first rows, s": f"{made:.3f}", "next instance, kB": f"{size / 1e3:,.0f}"}


PEER_TABLES = {
    "ipydatagrid": ipydatagrid,
    "itables": itables,
    "itables without limits": itables_without_limits,
    "quak": quak,
    "buckaroo": buckaroo,
}


def peer(name: str, rows: int) -> dict[str, str]:
    """Measure a peer in a process of its own, with the peers' Python."""
    if not (PEERS / "python").exists():
        return {"missing": "see benchmarks/peers.lock"}
    command = [str(PEERS / "python"), __file__, "--peer", name, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["without a word"])[-1][-90:]}
    figures: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return figures


MAKE = """
from benchmarks.table import frame
from modos_widgets import MetadataTable
data = frame({rows})
"""


def in_browser(rows: int) -> dict[str, str]:
    """Measure the table in JupyterLab in Chromium."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415

    from tests.parts.chromium import ARGUMENTS, find_chromium  # noqa: PLC0415
    from tests.parts.lab import LabPage  # noqa: PLC0415
    from tests.parts.lab_server import LabServer  # noqa: PLC0415

    expect.set_options(timeout=120_000)
    server = LabServer(Path(tempfile.mkdtemp()) / "lab")
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(playwright.chromium), args=ARGUMENTS
            )
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            lab = LabPage(page, server)
            lab.open(
                [
                    MAKE.format(rows=rows),
                    "table = MetadataTable(data)\ntable",
                    "MetadataTable(data)",
                ]
            )
            figures = _seen(lab, rows)
            browser.close()
    finally:
        server.stop()
    return figures


def _seen(lab: LabPage, rows: int) -> dict[str, str]:
    from playwright.sync_api import expect  # noqa: PLC0415

    sent: list[int] = []
    lab.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(len(data)))
    )
    lab.run_all(seconds=300)  # imports, the frame and the bundle; the second run is measured
    table = lab.output(1).locator(".modos-metadata-table")
    expect(table.locator(".ag-row .ag-cell").first).not_to_have_text("…")
    lab.python("shown = MetadataTable(data)")
    script = """async () => {
      const app = window.jupyterapp, began = performance.now();
      const notebook = app.shell.currentWidget.content;
      notebook.activeCellIndex = 2;
      document.querySelectorAll('.modos-metadata-table')[1]?.setAttribute('data-old', '');
      app.commands.execute('notebook:run-cell');
      for (;;) {
        const made = [...document.querySelectorAll('.modos-metadata-table:not([data-old])')][1];
        const cell = made?.querySelector('.ag-row .ag-cell');
        if (cell && cell.textContent && cell.textContent !== '…') return performance.now() - began;
        await new Promise(requestAnimationFrame);
      }
    }"""
    first = [lab.page.evaluate(script) / 1e3 for _ in range(3)]
    nodes = table.evaluate("each => each.querySelectorAll('*').length")
    lab.page.wait_for_timeout(10_000)  # five tables have worked out their texts until then
    focus = table.locator(".ag-row .ag-cell").first

    def until(seen: str) -> None:
        """Wait for what the page shows, frame by frame."""
        first = "document.querySelector('.modos-metadata-table')"
        script = f"() => {{ const table = {first}; return {seen}; }}"
        lab.page.wait_for_function(script, polling="raf", timeout=120_000)

    def top(row: int, test: str) -> str:
        cell = f"table.querySelector(\"[row-index='{row}'] .ag-cell\")?.textContent"
        return f"{cell} && {cell} !== '…' && {cell} {test}"

    def jump() -> None:
        lab.page.keyboard.press("Control+End")
        until(top(rows - 1, "!== ''"))
        lab.page.keyboard.press("Control+Home")
        until(top(0, "!== ''"))

    focus.click()
    jumps = best(jump) / 2
    before = focus.inner_text()
    head = table.locator(".ag-header-cell[col-id='0']")
    sort_texts = best(lambda: (head.click(), until(top(0, f"!== '{before}'"))), 1)
    field = table.get_by_label("Search all columns")
    count = "table.querySelector('.modos-table-count').textContent"
    found = []
    for word in ("s00999 liver", "s00888 brain", "s00777 heart"):
        field.fill("")
        until(f"!{count}.includes(' of ') && {count}.includes('row')")
        began = time.perf_counter()
        field.fill(word)
        until(f"{count}.includes(' of ')")
        found.append(time.perf_counter() - began)
    return {
        "browser: first rows, s": f"{min(first):.2f}",
        "browser: elements": f"{nodes}",
        "browser: jump to the end, s": f"{jumps:.2f}",
        "browser: sort unique texts, s": f"{sort_texts:.2f}",
        "browser: search with its pause of 0.2 s, s": f"{min(found):.2f}",
    }


def main() -> None:
    if sys.argv[1:2] == ["--peer"]:
        made = PEER_TABLES[sys.argv[2]](frame(int(sys.argv[3])))
        print(json.dumps(made))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{rows:,} rows x {frame(10).shape[1]} columns")
    figures = {
        "modos_widgets.MetadataTable": lambda: ours(frame(rows)) | in_browser(rows),
        **{name: partial(peer, name, rows) for name in PEER_TABLES},
    }
    for name, measure in figures.items():
        print(f"\n{name}")
        for what, figure in measure().items():
            print(f"  {what:<48}{figure:>14}", flush=True)


if __name__ == "__main__":
    main()
