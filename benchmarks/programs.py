"""Run programs, ours and peers', and measure each as a whole: seconds, CPU, peak memory."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["PEERS", "Cost", "find", "now", "pairs", "python", "run", "transfer_command"]

PEERS = Path(os.environ.get("MODOS_PEERS", ".venv-peers/bin"))

# A small process in between: a child's peak memory would else include that of its large parent.
_METER = """
import json, os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    json.dump([time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024,
               os.waitstatus_to_exitcode(status)], file)
"""


@dataclass(frozen=True)
class Cost:
    """What a process cost from its start to its end, imports included."""

    seconds: float
    cpu: float
    mebibytes: float
    """Peak of resident memory of the whole process."""


def find(name: str) -> str | None:
    """Return the path of a peer's program, or None where it is not installed."""
    place = PEERS / name
    return str(place) if place.exists() else shutil.which(name)


def run(command: Iterable[str], **environment: str) -> Cost:
    """Run a program and return its cost.

    Python may keep its byte code, as on a person's machine: without it, imports cost twice as much.
    """
    variables = {**os.environ, **environment}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "cost"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _METER, str(told), *command],
            env=variables, check=True, capture_output=True, text=True,
        )  # fmt: skip
        *figures, status = json.loads(told.read_text())
    if status:
        message = f"{command}: {done.stderr[-500:]}"
        raise RuntimeError(message)
    return Cost(*figures)


def python(code: str, *arguments: Any, **environment: str) -> Cost:
    """Run Python code with arguments, as JSON in ``sys.argv[1]``, and return its cost."""
    return run([sys.executable, "-c", code, json.dumps(arguments)], **environment)


def transfer_command(source: Any, target: Any, **options: Any) -> list[str]:
    """Return the command of a process that copies objects with `modos_widgets.transfer`."""
    code = (
        "import json, sys; from modos_widgets import transfer; "
        "source, target, options = json.loads(sys.argv[1]); "
        "transfer(source, target, **options).wait()"
    )
    return [sys.executable, "-c", code, json.dumps([source, target, options])]


def pairs(
    ours: Callable[[int], Cost], peer: Callable[[int], Cost], runs: int = 3
) -> tuple[Cost, Cost, float, float]:
    """Run two in turns; return the median of each, and the median ratios of seconds and of CPU.

    What else runs on the machine hits both.
    """
    costs = []
    for number in range(runs):
        if number % 2:  # neither is always the first
            second, first = peer(number), ours(number)
        else:
            first, second = ours(number), peer(number)
        costs.append((first, second))
    seconds = statistics.median(one.seconds / other.seconds for one, other in costs)
    cpu = statistics.median(one.cpu / other.cpu for one, other in costs)
    return _median([one for one, _ in costs]), _median([other for _, other in costs]), seconds, cpu


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        *(
            statistics.median(getattr(each, name) for each in costs)
            for name in ("seconds", "cpu", "mebibytes")
        )
    )


def now() -> str:
    """Return today's date."""
    return time.strftime("%Y-%m-%d")
