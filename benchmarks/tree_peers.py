"""What benchmarks/tree.py is compared with, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import queue
import subprocess
import time
from typing import TYPE_CHECKING, Any

from benchmarks.endless_s3 import BUCKET
from benchmarks.programs import PEERS

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 45  # seconds a peer may take


def _group(endpoint: str, path: str) -> Any:
    import zarr  # noqa: PLC0415

    options = {"anon": True, "endpoint_url": endpoint, "max_concurrency": 1}
    return zarr.open_group(
        f"s3://{BUCKET}/{path}", mode="r", zarr_format=3, storage_options=options
    )


def peer_walk(endpoint: str, path: str) -> None:
    """Walk every node, as zarr does."""
    list(_group(endpoint, path).members(max_depth=None))


def peer_tree(endpoint: str, path: str) -> None:
    """Draw zarr's own tree."""
    str(_group(endpoint, path).tree())


def peer_ipytree(nodes: int) -> str:
    """Build one ipytree node for every node, as zarr 2 did; by the peers' Python, nothing read."""
    python = PEERS / "python"
    if not python.exists():
        return "see benchmarks/peers.lock"
    command = [python, "-m", "benchmarks.ipytree_nodes", str(nodes)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"> {PATIENCE} s"
    return f"{done.stdout.strip()} s" if done.returncode == 0 else "failed"


def _timed(work: Callable[[str, str], None], endpoint: str, path: str, answers: Any) -> None:
    begin = time.perf_counter()
    work(endpoint, path)
    answers.put(time.perf_counter() - begin)


def peer(work: Callable[[str, str], None], endpoint: str, path: str) -> str:
    """Give the seconds that a peer takes, or that it took too long."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_timed, args=(work, endpoint, path, answers), daemon=True)
    process.start()
    end = time.monotonic() + PATIENCE
    try:
        while process.is_alive() and time.monotonic() < end:
            try:
                return f"{answers.get(timeout=0.5):.2f} s"
            except queue.Empty:
                continue
        return f"> {PATIENCE} s" if process.is_alive() else "failed"
    finally:
        process.terminate()
        process.join(10)


def measure_peers(endpoint: str, sizes: tuple[int, ...]) -> list[dict[str, str]]:
    """Measure the peers; one that took too long is not asked about more nodes."""
    works = {
        "walk": lambda size: peer(peer_walk, endpoint, f"balanced-{size}"),
        "tree": lambda size: peer(peer_tree, endpoint, f"balanced-{size}"),
        "ipytree": peer_ipytree,
    }
    known = dict.fromkeys(works, "")
    lines = []
    for size in sizes:
        line = {}
        for name, work in works.items():
            line[name] = known[name] or work(size)
            if line[name].startswith(">"):
                known[name] = "not run"
        lines.append(line)
        print(size, line, flush=True)
    return lines
