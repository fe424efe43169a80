"""How cost grows: each operation at n, 10 n and 100 n, with the exponent.

    python -m benchmarks.growth [--only WORD ...]

CPU seconds are this process's, the best of up to three runs, imports excluded. Requests and
sequential round trips are counted by the S3 server in memory (benchmarks/memory_s3.py); for round
trips it delays each answer by a second, or by 250 ms where the requests are many and follow one
another, so that a busy client does not look like a chain of requests.
The exponent is that of the last step, from 10 n to 100 n: 0 is a cost that does not grow, 1 one in
proportion. Results are kept in benchmarks/results/growth.json, so that single operations can be
measured again; benchmarks/growth.md is written from them.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import logging
import math
import os
import platform
import shutil
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zarr

from benchmarks.growth_cases import CASES, Case, Place
from benchmarks.memory_s3 import MemoryS3

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 1.15
LEAST = 0.02
"""CPU seconds below which an exponent would be that of the noise."""

REASONS = {
    "`edit` n objects, local": (
        "Python's garbage collector visits the objects that stay open again and again, as their "
        "number grows; with it off, the exponent is 0.92 and 1,000 objects take 0.27 s."
    ),
}
"""Operations whose exponent is above the limit, and why."""

_ABOUT = f"""\
`python -m benchmarks.growth`: {{cpus}} CPUs, Python {{python}}, zarr {{zarr}}. Written by the
program. Other programs used the machine as well (load average 4 to 19), so CPU figures vary by a
third; requests and round trips do not. CPU is that of this process, the best of up to three runs,
imports excluded; the S3 server is a process of its own. Round trips were counted with 0.25 or 1 s
added to each answer, so that a slow client does not look like a chain of requests: it is the
count at 50 ms on a machine that sends 256 requests in that time. The exponent is that of the last
step, from 10 n to 100 n: 0 is a cost that does not grow, 1 one in proportion. Above {LIMIT} it is
set in bold, and the reason is below. A dash: less than {LEAST * 1000:.0f} ms at the largest n."""

_RESULTS = Path(__file__).parent / "results" / "growth.json"
_numbers = itertools.count()
_RUNS = 3
_PATIENCE = 2.0  # seconds of CPU after which nothing is measured again


def measure(case: Case, place: Place, n: int) -> dict[str, Any]:
    """Measure an operation at one size."""
    works = case.prepare(place, n)
    cpu, wall = [], []
    figures: dict[str, Any] = {}
    while len(cpu) < _RUNS and sum(cpu) < _PATIENCE:
        work = next(works)
        gc.collect()
        if place.server is not None:
            place.server.count()
        begin, used = time.perf_counter(), time.process_time()
        kept = work()
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - begin)
        if place.server is not None:
            count = place.server.count()
            figures |= {"requests": count.requests, "bytes": count.received + count.sent}
        del kept
    figures |= {"cpu": min(cpu), "seconds": min(wall)}
    if place.server is not None:
        work = next(works)
        place.server.count()
        place.server.delay(case.delay)
        work()
        place.server.delay(0)
        figures["round_trips"] = place.server.count().round_trips
    return figures


def exponent(case: Case, sizes: list[dict[str, Any]], name: str) -> float | None:
    """Return the exponent of the last step, or None where the cost is not worth it."""
    before, after = (each.get(name) for each in sizes[-2:])
    if before is None or after is None or (name == "cpu" and after < LEAST):
        return None
    if not before or not after:
        return 0.0
    return math.log(after / before) / math.log(case.sizes[-1] / case.sizes[-2])


def rows(results: dict[str, Any]) -> Iterator[list[str]]:
    """Write a row for each operation and place that was measured."""
    for case in CASES:
        for where in case.where.split():
            found = results.get(f"{case.name}, {where}, {case.sizes}")
            if found is None:
                continue
            sizes = found["sizes"]
            row = [case.name, where, " / ".join(f"{n:,}" for n in case.sizes) + f" {case.unit}"]
            row.append(" / ".join(_seconds(each["cpu"]) for each in sizes))
            row.append(_power(exponent(case, sizes, "cpu")))
            for name in ("requests", "round_trips"):
                if where == "S3":
                    row.append(" / ".join(f"{each[name]:,}" for each in sizes))
                    row.append(_power(exponent(case, sizes, name)))
                else:
                    row += ["", ""]
            row.append(found["date"])
            yield row


def _power(power: float | None) -> str:
    if power is None:
        return "-"
    return f"**{power:.2f}**" if power > LIMIT else f"{power:.2f}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def page(results: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    head = (
        "operation", "where", "n", "CPU", "exponent", "requests", "exponent", "round trips",
        "exponent", "date",
    )  # fmt: skip
    return "\n".join(
        [
            "# Growth: measured",
            "",
            _ABOUT.format(
                cpus=os.cpu_count(), python=platform.python_version(), zarr=zarr.__version__
            ),
            "",
            f"| {' | '.join(head)} |",
            "|" + "---|" * len(head),
            *(f"| {' | '.join(row)} |" for row in rows(results)),
            "",
            *(f"- {name}: {reason}" for name, reason in REASONS.items()),
            "",
        ]
    )


def _stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_RESULTS.read_text()) if _RESULTS.exists() else {}
    return found


def run(only: list[str]) -> dict[str, Any]:
    """Measure the operations whose name contains a word, or all."""
    results = _stored()
    _RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made, MemoryS3() as server:
        os.environ |= {"XDG_STATE_HOME": f"{made}/state", "XDG_CACHE_HOME": f"{made}/cache"}
        for case in CASES:
            for where in case.where.split():
                label = f"{case.name}, {where}, {case.sizes}"
                if only and not any(word in label for word in only):
                    continue
                folder = Path(made) / f"objects{next(_numbers)}"
                folder.mkdir()
                place = Place(folder, server if where == "S3" else None)
                # the first run pays for imports
                sizes = [measure(case, place, n) for n in (case.sizes[0], *case.sizes)]
                server.clear()
                shutil.rmtree(folder)
                results[label] = {"sizes": sizes[1:], "date": time.strftime("%Y-%m-%d")}
                print(label, *(
                    " ".join(f"{name} {figure:.4g}" for name, figure in each.items())
                    for each in sizes[1:]
                ), _power(exponent(case, sizes, "cpu")), sep="\n  ", flush=True)  # fmt: skip
                results = _stored() | {label: results[label]}  # another run may have added some
                _RESULTS.write_text(json.dumps(results, indent=1))
    return results


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], help="parts of operations' names")
    logging.getLogger("modos_widgets").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    results = run(parser.parse_args().only)
    Path(__file__).with_suffix(".md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
