"""ZarrTree and ArrayPreview against zarr's own tree, ipytree and the straight walk.

Run from the checkout: ``python -m benchmarks.tree``. It needs Chromium, and the peers' Python of
benchmarks/peers.lock. Requests, round trips, bytes and nodes do not wobble; seconds do. Writes
benchmarks/tree.md.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.endless_s3 import BUCKET, EndlessS3
from benchmarks.programs import now
from benchmarks.tree_peers import measure_peers
from benchmarks.tree_report import table
from modos_widgets import ZarrTree
from modos_widgets.explore import NodeSource, open_source
from modos_widgets.explore.array_part import choose_part
from modos_widgets.explore.array_reader import facts_of, read_part
from modos_widgets.explore.search import Searcher
from modos_widgets.widgets.front_end import Request
from tests.parts.asked import Asked
from tests.parts.chromium import ARGUMENTS, find_chromium
from tests.parts.lab import LabPage
from tests.parts.lab_server import LabServer
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

SIZES = (100, 10_000, 100_000, 1_000_000)
_FRAMES = 300
DELAY = 0.3  # seconds that every answer waits where round trips are counted
ANONYMOUS = {"anon": True}


# -- ours, counted at a proxy -----------------------------------------------------------------


def source_at(proxy: Proxy, path: str) -> NodeSource:
    """Open a hierarchy through the proxy, nothing counted yet."""
    source = open_source(
        f"s3://{BUCKET}/{path}", services={"s3": proxy.endpoint}, s3_kwargs=ANONYMOUS
    )
    proxy.reset()
    return source


def first_view(proxy: Proxy, path: str) -> dict[str, Any]:
    """Ask for what the page asks for, and count it.

    The root and its groups, 100 rows with what they are, and how many children the rows in sight
    have. The first answer already holds rows that the page shows.
    """
    proxy.reset()
    begin = time.perf_counter()
    ask = Asked(
        ZarrTree(f"s3://{BUCKET}/{path}", services={"s3": proxy.endpoint}, s3_kwargs=ANONYMOUS)
    )
    ask("open", paths=[""])
    first = {"seconds": time.perf_counter() - begin, "first_trips": proxy.round_trips}
    ask("rows", path="", start=0, count=100, seen=[0, 16])
    return {
        **first,
        "all_seconds": time.perf_counter() - begin,
        "requests": proxy.count(),
        "round_trips": proxy.round_trips,
    }


def open_wide(proxy: Proxy) -> dict[str, Any]:
    """Open a group of 100,000 children: the first page, then all."""
    source = source_at(proxy, "wide-100000")
    source.describe(["wide"])
    proxy.reset()
    begin = time.perf_counter()
    level = source.level("wide")
    first = {
        "names": len(level.names),
        "round_trips": proxy.round_trips,
        "seconds": time.perf_counter() - begin,
    }
    while not level.advance():
        pass
    return {"first": first, "all": len(level.names), "all_seconds": time.perf_counter() - begin}


def preview(proxy: Proxy) -> dict[str, Any]:
    """Preview one chunk of a 2 GB array."""
    source = source_at(proxy, "array")
    begin = time.perf_counter()
    facts = facts_of(source, "x")
    assert facts.array is not None
    part = choose_part(facts.array, budget=8_000_000)
    read_part(source, "x", part)
    whole = facts.array.real_size or 1
    return {
        "requests": proxy.count(),
        "share": part.size / whole,
        "seconds": time.perf_counter() - begin,
    }


def kernel_work(endpoint: str) -> list[dict[str, float]]:
    """Give the kernel's milliseconds of CPU for the first view, and for the counts after it.

    Everything that the page asks for: the groups, a page of rows with their facts, then the
    numbers of children of the rows in sight.
    """
    lines = []
    for size in (SIZES[0], *SIZES):  # the first one pays for imports
        begin = time.process_time()
        tree = ZarrTree(
            f"s3://{BUCKET}/balanced-{size}", services={"s3": endpoint}, s3_kwargs=ANONYMOUS
        )
        seen: list[float] = []
        tree.send = lambda *_, seen=seen: seen.append(time.process_time())  # type: ignore[misc]
        tree._open(Request(1, "v", "open", {"paths": [""]}))  # noqa: SLF001
        wanted = {"path": "", "start": 0, "count": 100, "seen": [0, 16]}
        tree._rows(Request(2, "v", "rows", wanted))  # noqa: SLF001
        facts = seen[-1] if len(seen) > 1 else time.process_time()
        lines.append(
            {
                "facts": 1000 * (facts - begin),
                "counts": 1000 * (time.process_time() - facts),
            }
        )
    return lines[1:]


def filter_names(endpoint: str) -> dict[str, Any]:
    """Index a million names, then search them."""
    url = f"s3://{BUCKET}/balanced-1000000"
    source = open_source(url, services={"s3": endpoint}, s3_kwargs=ANONYMOUS)
    searcher = Searcher(source)
    source.start()
    reader, requests = source.reader, 0
    read_keys, first_pages = reader.read_keys, reader.first_pages

    def counted(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def run(wanted: Any) -> Any:
            nonlocal requests
            requests += len(wanted)
            return read(wanted)

        return run

    reader.read_keys = counted(read_keys)  # type: ignore[assignment, method-assign]
    reader.first_pages = counted(first_pages)  # type: ignore[assignment, method-assign]
    process = psutil.Process()
    before = process.memory_info().rss
    begin, used = time.perf_counter(), time.process_time()
    next(each for each in searcher.search("nothing like it", lambda: None) if each.complete)
    built, used = time.perf_counter() - begin, time.process_time() - used
    nodes = len(searcher.index)
    work = []
    for text in ("sample_000777", "group_0005", "0042", "sample", "nothing like it"):
        begin = time.process_time()
        next(each for each in searcher.search(text, lambda: None) if each.matches or each.complete)
        work.append(1000 * (time.process_time() - begin))
    return {
        "nodes": nodes,
        "built": built,
        "built_cpu": used,
        "requests": requests,
        "work": max(work),
        "index_bytes": searcher.index.bytes_held / nodes,
        "kernel_bytes": (process.memory_info().rss - before) / nodes,
    }


# -- ours, in a browser -----------------------------------------------------------------------

FRAMES = """async ([selector, frames]) => {
  const target = document.querySelector(selector);
  const gaps = [];
  let last = performance.now();
  while (gaps.length < frames) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (target) target.scrollTop += 900;
  }
  return gaps;
}"""

FIRST_RESULT = """async text => {
  const tree = document.querySelector('.modos-zarr-tree');
  const input = tree.querySelector('input');
  input.focus();
  input.value = text;
  const begin = performance.now();
  input.dispatchEvent(new Event('input', {bubbles: true}));
  while (!tree.querySelector('.modos-found').textContent) await new Promise(requestAnimationFrame);
  return performance.now() - begin;
}"""

ONLY = """number => document.querySelectorAll('.modos-zarr-tree').forEach((each, place) => {
  if (place !== number) each.remove();
})"""


_WORK = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration", "TaskDuration")


def frames(page: Page, selector: str) -> dict[str, Any]:
    """Scroll a page of rows a frame; give the frames' gaps and Chromium's own work, in ms."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def work() -> dict[str, float]:
        found = devtools.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in found if each["name"] in _WORK}

    before = work()
    gaps = sorted(page.evaluate(FRAMES, [selector, _FRAMES]))
    after = work()
    devtools.detach()
    return {
        "median": gaps[len(gaps) // 2],
        "p95": gaps[len(gaps) * 95 // 100],
        "worst": gaps[-1],
        "over_100": sum(gap > 100 for gap in gaps),
        "frames": _FRAMES,
        **{name: 1000 * (after[name] - before[name]) / _FRAMES for name in _WORK},
    }


def make(path: str, endpoint: str) -> str:
    """Give the code of a cell that shows a tree."""
    return (
        f"tree = modos_widgets.ZarrTree('s3://{BUCKET}/{path}', services={{'s3': {endpoint!r}}}, "
        f"s3_kwargs={ANONYMOUS})\ntree"
    )


def run_cell(page: Page, number: int) -> None:
    """Run one cell."""
    page.evaluate(f"window.jupyterapp.shell.currentWidget.content.activeCellIndex = {number}")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")


def in_browser(page: Page, server: LabServer, endpoint: str) -> dict[str, Any]:
    """Measure first paints, scrolling and filtering in a real JupyterLab."""
    lab = LabPage(page, server)
    received = 0

    def add(frame: str | bytes) -> None:
        nonlocal received
        received += len(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", add))
    paths = [*(f"balanced-{size}" for size in SIZES), "wide-100000"]
    lab.open(["import modos_widgets", *(make(path, endpoint) for path in paths)])
    # the first source of a kernel pays for imports; it is not one that counts
    lab.python(f"import modos_widgets; {make('balanced-100', endpoint)}.source.start()")
    empty = frames(page, "no-such-element")
    paints = []
    for number, _ in enumerate(SIZES, start=1):
        received = 0
        begin = time.perf_counter()
        run_cell(page, number)
        area = lab.output(number)
        area.locator(".modos-is-group").nth(5).wait_for()
        seconds = time.perf_counter() - begin
        page.wait_for_timeout(1500)
        paints.append(
            {
                "seconds": seconds,
                "bytes": received,
                "dom": area.locator(".modos-zarr-tree *").count(),
            }
        )
    return {"paints": paints, "filter": _filter(lab, page), **_scroll(lab, page, empty)}


def _filter(lab: LabPage, page: Page) -> list[float]:
    """Milliseconds from the last key to the first result, the names at hand."""
    area = lab.output(len(SIZES))
    page.evaluate(ONLY, len(SIZES) - 1)
    box = area.get_by_label("Filter")
    box.fill("sample_000001")
    area.locator(".modos-found", has_text="1,000 of 1,00").wait_for(timeout=240_000)
    found = []
    for text in ("sample_000777", "group_0005", "0042"):
        box.press("Escape")
        page.wait_for_timeout(500)
        found.append(page.evaluate(FIRST_RESULT, text))
    box.press("Escape")
    return found


def _scroll(lab: LabPage, page: Page, empty: dict[str, Any]) -> dict[str, Any]:
    """Scroll through a group of 100,000, a page a frame."""
    area = lab.output(len(SIZES) + 1)
    run_cell(page, len(SIZES) + 1)
    wide = area.locator('[data-path="wide"]')
    wide.wait_for()
    page.evaluate(ONLY, page.locator(".modos-zarr-tree").count() - 1)
    wide.locator(".modos-twist").click()
    area.locator('[data-path="wide/sample_000003"]').wait_for()
    wide.get_by_text("100,000").wait_for(timeout=120_000)  # the listing has ended
    page.wait_for_timeout(1000)
    scrolled = frames(page, ".modos-zarr-tree .modos-scroller")
    area.locator("[role=tree]").press("End")
    area.locator('[data-path="wide/sample_099999"]').wait_for(timeout=120_000)
    return {"scrolled": scrolled, "empty": empty}


def measure() -> dict[str, Any]:
    """Measure everything."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  heavy

    results: dict[str, Any] = {"cpus": os.cpu_count(), "python": sys.version.split()[0]}
    results["date"] = now()
    with EndlessS3() as server, Proxy(server.endpoint, delay=DELAY) as proxy:
        results["views"] = [first_view(proxy, f"balanced-{size}") for size in SIZES]
        results["wide"] = open_wide(proxy)
        results["preview"] = preview(proxy)
        results["work"] = kernel_work(server.endpoint)
        results["names"] = filter_names(server.endpoint)
        print(json.dumps(results, indent=1), flush=True)
        lab_server = LabServer(Path(tempfile.mkdtemp()) / "lab")
        lab_server.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=find_chromium(playwright.chromium), args=ARGUMENTS
                )
                results["browser"] = in_browser(browser.new_page(), lab_server, server.endpoint)
                browser.close()
        finally:
            lab_server.stop()
        print(json.dumps(results["browser"], indent=1), flush=True)
        results["peers"] = measure_peers(server.endpoint, SIZES)
    return results


def main() -> None:
    """Measure, and write the table."""
    written = Path(__file__).with_suffix(".md")
    written.write_text(table(SIZES, measure()), encoding="utf-8")
    print(written.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
