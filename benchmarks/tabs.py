"""The tabs of an editable table of 100,000 elements: first rows, an edit, a switch of tabs.

    python -m benchmarks.tabs [elements]

In Python the CPU time of each request; in JupyterLab in Chromium the time from a click until the
page shows the rows, and the elements of the table. Requires no peers.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets import Draft

ELEMENTS = 100_000


def big_draft(folder: Path, elements: int = ELEMENTS) -> Draft:
    """Return a draft that adds nine samples for each data entity; nothing is written."""
    from modos_widgets import create_modo  # noqa: PLC0415  heavy

    draft = create_modo(folder / "big", name="Big").edit()
    sample = {
        "sex": "Male",
        "taxon_id": ["NCBITaxon:9606"],
        "source_material": "http://purl.obolibrary.org/obo/UBERON_0000178",
    }
    with draft.together():
        for number in range(elements * 9 // 10):
            draft.add(f"sample/s{number}", {**sample, "name": f"Sample {number}"})
        for number in range(elements // 10):
            links = {"has_sample": [f"sample/s{number}"], "data_path": f"d{number}.tsv"}
            draft.add(f"data/d{number}", {"@type": "DataEntity", "data_format": "TSV", **links})
    return draft


def measure_python(elements: int) -> None:
    """Print the CPU time of requests, without a browser."""
    from modos_widgets import MetadataTable  # noqa: PLC0415  heavy
    from tests.parts.asked import Asked  # noqa: PLC0415

    def say(name: str, act: Callable[[], object], times: int = 1) -> None:
        began = time.process_time()
        for _ in range(times):
            act()
        print(f"{name}: {(time.process_time() - began) / times * 1000:.2f} ms CPU", flush=True)

    draft = big_draft(Path(tempfile.mkdtemp()), elements)
    found: dict[str, Any] = {}
    say("MetadataTable", lambda: found.update(table=MetadataTable(draft, editable=True)))
    table = found["table"]
    time.sleep(15)  # the first check, in the background
    ask = Asked(table)

    def show(tab: str) -> None:
        table.tab = tab
        ask("rows", start=0, end=50, shown={"tab": tab} if tab else {})

    for tab in ("", "Sample", "DataEntity", ""):
        say(f"tab {tab or 'All'}", lambda tab=tab: show(tab))  # type: ignore[misc]
    column = next(each["id"] for each in table._head["columns"] if each["name"] == "sex")  # noqa: SLF001
    rows = count(1000)
    say("edit", lambda: ask("edit", position=next(rows), column=column, text="Female"), 30)
    say("undo", lambda: ask("undo"), 30)
    say("card", lambda: ask("cards", kind="element", values=["sample/s5"]), 10)


def measure_chromium(elements: int) -> None:
    """Print times and elements in JupyterLab."""
    from playwright.sync_api import expect  # noqa: PLC0415  heavy

    from tests.parts.lab_script import open_lab  # noqa: PLC0415

    make = f"""\
import pathlib, tempfile, modos_widgets
from benchmarks.tabs import big_draft
table = modos_widgets.MetadataTable(
    big_draft(pathlib.Path(tempfile.mkdtemp()), {elements}),
    editable=True,
)"""
    with open_lab(viewport={"width": 1400, "height": 900}) as lab:
        page = lab.page
        lab.open([make, "table"])
        lab.run_all()
        area = lab.output(1).locator(".modos-metadata-table")
        cells = area.locator(".ag-row .ag-cell")
        expect(cells.first).not_to_have_text("…")
        page.wait_for_timeout(15_000)  # the first check, in the background
        for name, text in (("Samples", "sample/s0"), ("Data", "data/d0"), ("All", "big")):
            tab = area.get_by_role("tab", name=re.compile(f"^{name}")).first
            began = time.perf_counter()
            tab.click()
            expect(area.locator(".ag-row[row-index='0'] .ag-cell").first).to_have_text(text)
            print(f"tab {name}: {(time.perf_counter() - began) * 1000:.0f} ms", flush=True)
            nodes = area.evaluate("table => table.querySelectorAll('*').length")
            chips = area.locator("[data-chip]").count()
            print(f"{nodes} elements, {chips} of them chips", flush=True)
        area.get_by_role("tab", name=re.compile("^Samples")).first.click()
        head = area.locator(".ag-header-cell", has_text="sex").first.get_attribute("col-id")
        cell = area.locator(f".ag-row[row-index='2'] .ag-cell[col-id='{head}']")
        cell.click()
        page.keyboard.type("male")
        began = time.perf_counter()
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(cell).to_have_class(re.compile("modos-changed"))
        print(f"edit to mark: {(time.perf_counter() - began) * 1000:.0f} ms", flush=True)


def main() -> None:
    """Measure both sides."""
    elements = int(sys.argv[1]) if len(sys.argv) > 1 else ELEMENTS
    measure_python(elements)
    measure_chromium(elements)


if __name__ == "__main__":
    main()
