"""What ordinary work costs: before the storage layer was rewritten, the target, and today.

    python -m benchmarks.targets [--only WORD ...]

Requests and round trips are counted by the S3 server in memory (benchmarks/memory_s3.py). Rows that
name a peer run ours and the peer in turns and give the median of their ratios. Results are kept in
benchmarks/results/targets.json, so that single rows can be measured again;
benchmarks/targets.md is written from them.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zarr

from benchmarks import target_rows
from benchmarks.memory_s3 import MemoryS3
from benchmarks.programs import now

if TYPE_CHECKING:
    from benchmarks.target_rows import Row

_ABOUT = """\
`python -m benchmarks.targets`: {cpus} CPUs, Python {python}, zarr {zarr}, nothing else at work.
"Before" is the code before its storage layer was rewritten, on a quiet machine that was about 1.3
times as fast (`import anywidget` 0.18 s, here 0.24 s). Requests, round trips (rt) and bytes do not
depend on the machine, and a ratio to a peer is the median of runs in turns. Round trips were
counted with 1 s or more added to each answer, so that a slow client does not look like a chain of
requests. CPU of a process includes its imports; all other CPU excludes them. Memory is the peak of
the whole process."""

_WHY = {
    "`Storage.list`": "Reading the XML of 12 pages is most of it. The faster machine took 78 ms.",
    "200 objects": "One copy is one request. The rest are 3 listings and 1 HEAD request an object, "
    "which check the target right before its files are copied, and again before its root is. An "
    "older listing would save them, and might replace a file that someone else has written "
    "since. Each copy costs 1.5 ms CPU in botocore and aiohttp; obstore copies at a fifth of "
    "that, but does not return the ETag by which a copy is verified.",
    "`put`": "MD5, by which the server checks each part, hashes 440 MiB/s here: 0.5 of 1.2 s CPU "
    "for 200 MiB, before each part is sent. Hashing on threads was tried: it took 10 to 17 MiB "
    "more memory.",
    "with nothing to do": "Imports are more than half of the CPU. Of them, pandas with numpy and "
    "pyarrow, for the report, takes two fifths, and s3fs with botocore, aiohttp and httpx, which "
    "list keys that no path can have, a quarter.",
    "small files up and down": "Imports are about two thirds of the CPU up, and half of it down "
    "(the difference to growth.md). Of the "
    "rest, looking at files, opening and placing them takes a half, and waking the event loop "
    "after each hop to a thread a quarter (samples of all threads); MD5 is a small part.",
    "imports": "The modules of this package take a third, pandas with numpy and pyarrow a fifth, "
    "and zarr a sixth: the folder contains an object, which is opened. For an empty folder, browse "
    "takes 1.1 s and loads no zarr. No client of S3, joserfc or cryptography is loaded.",
    "commit 10,000": "Creating, flushing and renaming a file and flushing its folder is 0.3 ms CPU "
    "in the kernel for each element: 3.2 s for 10,000, more than the target. The rest is the "
    "check of the new findings, parsing, and rewriting the root.",
}
"""Part of a job's name to what the time is spent on, where its target is missed (profiles)."""

_RESULTS = Path(__file__).parent / "results" / "targets.json"


def _stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_RESULTS.read_text()) if _RESULTS.exists() else {}
    return found


def page(results: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    reasons: list[str] = []
    lines = [
        "# Targets: before, and today",
        "",
        _ABOUT.format(cpus=os.cpu_count(), python=platform.python_version(), zarr=zarr.__version__),
        "",
        "| job | before | target | today | verdict | date |",
        "|---|---|---|---|---|---|",
    ]
    for row in target_rows.ROWS:
        found = results.get(row.job, {"today": "not measured", "verdict": "", "date": ""})
        cells = (row.job, row.before, row.target, found["today"], found["verdict"], found["date"])
        lines.append(f"| {' | '.join(cells)} |")
        missed = "missed" in found["verdict"]
        reasons += [
            f"- {row.job}: {why}" for part, why in _WHY.items() if missed and part in row.job
        ]
    if reasons:
        lines += ["", "What the time is spent on where a target is missed:", "", *reasons]
    return "\n".join([*lines, ""])


def measured(row: Row, server: MemoryS3, folder: Path) -> dict[str, str]:
    """Measure one row."""
    begin = time.perf_counter()
    server.clear()
    server.delay(0)
    today, met = row.measure(target_rows.Bench(server, folder))
    verdict = "" if met is None else "met" if met else "**missed**"
    print(f"{row.job}\n  {today}  {verdict}  [{time.perf_counter() - begin:.0f} s]", flush=True)
    return {"today": today, "verdict": verdict, "date": now()}


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], help="parts of rows' names")
    only = parser.parse_args().only
    logging.getLogger("modos_widgets").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    results = _stored()
    _RESULTS.parent.mkdir(exist_ok=True)
    for row in target_rows.ROWS:
        if only and not any(word in row.job for word in only):
            continue
        with tempfile.TemporaryDirectory() as made, MemoryS3() as server:
            os.environ |= {"XDG_STATE_HOME": f"{made}/state", "XDG_CACHE_HOME": f"{made}/cache"}
            try:
                found = measured(row, server, Path(made))
                results = _stored() | {row.job: found}  # another run may have added some
            except Exception as error:  # noqa: BLE001 - the other rows are measured all the same
                print(f"{row.job}: {error!r}", file=sys.stderr, flush=True)
        _RESULTS.write_text(json.dumps(results, indent=1))
    Path(__file__).with_suffix(".md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
