"""The results of benchmarks/tree.py as Markdown."""

from __future__ import annotations

from typing import Any

__all__ = ["table"]

_COLUMNS = (
    "nodes",
    "first rows",
    "their round trips",
    "100 rows and counts",
    "requests",
    "round trips",
    "CPU of the first rows in the kernel",
    "to count the rows in sight",
    "in JupyterLab",
    "over the websocket",
    "DOM nodes",
    "straight walk",
    "zarr tree(), its first 500 nodes",
    "ipytree, names given",
)


def table(sizes: tuple[int, ...], results: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    page, peers = results["browser"], results["peers"]
    lines = [
        "# Exploring zarr: measured",
        "",
        (
            f"`python -m benchmarks.tree`: {results['cpus']} cores, Python {results['python']},"
            f" a made-up S3 server on loopback, one run on a shared machine, {results['date']}."
            " The hierarchy is not consolidated. Requests, round trips and the first view are what"
            " the page asks for (the first rows; 100 rows, and how many children those in sight"
            " have), with 300 ms added to every answer. Counts do not wobble, CPU hardly,"
            " seconds do."
        ),
        "",
        _line(_COLUMNS),
        "|---" * len(_COLUMNS) + "|",
    ]
    for place, size in enumerate(sizes):
        view, work = results["views"][place], results["work"][place]
        paint = page["paints"][place]
        cells = (
            f"{size:,}",
            f"{view['seconds']:.2f} s",
            view["first_trips"],
            f"{view['all_seconds']:.2f} s",
            view["requests"],
            view["round_trips"],
            f"{work['facts']:.0f} ms",
            f"{work['counts']:.0f} ms",
            f"{paint['seconds']:.2f} s",
            f"{paint['bytes'] / 1024:.0f} KiB",
            paint["dom"],
            *(peers[place][name] for name in ("walk", "tree", "ipytree")),
        )
        lines.append(_line(cells))
    peer = (
        "ipytree builds a widget for each node. It is given the names and has no kernel to send"
        " messages to, so its figure is the least that it takes; the others read the store."
    )
    found = (peer, *_opening(results), *_scrolling(page), *_filtering(results))
    chunk = results["preview"]
    last = (
        f"One chunk of a 2 GB array: {chunk['requests']} requests,"
        f" {100 * chunk['share']:.1f} % of its bytes, {chunk['seconds']:.2f} s."
    )
    return "\n".join([*lines, "", *(f"- {each}" for each in (*found, last)), ""])


def _line(cells: tuple[Any, ...]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _opening(results: dict[str, Any]) -> tuple[str, ...]:
    wide = results["wide"]
    first = wide["first"]
    return (
        (
            f"A group of 100,000: the first {first['names']:,} in {first['round_trips']} round"
            f" trip(s), {first['seconds']:.2f} s; all {wide['all']:,}"
            f" in {wide['all_seconds']:.1f} s."
        ),
    )


def _scrolling(page: dict[str, Any]) -> tuple[str, ...]:
    moved, still = page["scrolled"], page["empty"]
    gaps = ("median", "p95", "worst")
    words = [", ".join(f"{each[name]:.0f}" for name in gaps) for each in (moved, still)]
    ratios = ", ".join(f"{moved[name] / still[name]:.1f}" for name in gaps)
    return (
        (
            f"Scrolling it by 35 rows a frame, {moved['frames']} frames: median, 95th percentile"
            f" and worst {words[0]} ms, {moved['over_100']} above 100 ms. An empty page in the"
            f" same run: {words[1]} ms. Ratios: {ratios}."
        ),
        (
            f"Chromium's CPU a frame of it: {moved['TaskDuration']:.1f} ms (script"
            f" {moved['ScriptDuration']:.1f}, style {moved['RecalcStyleDuration']:.1f}, layout"
            f" {moved['LayoutDuration']:.1f}); of the empty page {still['TaskDuration']:.1f} ms."
        ),
    )


def _filtering(results: dict[str, Any]) -> tuple[str, ...]:
    names, times = results["names"], results["browser"]["filter"]
    return (
        (
            f"{names['nodes']:,} names read with {names['requests']:,} requests in"
            f" {names['built']:.1f} s ({names['built_cpu']:.1f} s of the kernel's CPU), and a"
            " search without a match answered; the first results of a"
            f" search come after at most {names['work']:.0f} ms of the kernel's CPU. The index"
            f" takes {names['index_bytes']:.0f} bytes a name, the kernel grew by"
            f" {names['kernel_bytes']:.0f}."
        ),
        (
            "Filtering them in JupyterLab, last key to first result: "
            + ", ".join(f"{each:.0f} ms" for each in times)
            + " (60 ms of it wait for the next key)."
        ),
    )
