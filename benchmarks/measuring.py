"""Run something of ours or a peer's against a server, and write down what it cost."""

from __future__ import annotations

import gc
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import s3fs
import zarr

from benchmarks.memory_s3 import MemoryS3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.parts.s3 import S3Server

PEERS = Path(os.environ.get("MODOS_PEERS", ".venv-peers/bin"))
DELAY = 0.05


def have_memory(size: int) -> None:
    """Have at least so many bytes of free memory at hand, in a process that ends at once.

    A virtual machine gives memory that is free for a while back to its host, and asks for it
    page by page when it is used again. That can cost more than moving a file of this size, and
    would be paid by whoever comes after a pause.
    """
    program = f"import numpy; numpy.ones({size}, 'u1')"
    subprocess.run([sys.executable, "-c", program], check=True)


@dataclass
class Table:
    """Rows of the result, written as Markdown."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, job: str, who: str, *, scale: float = 1, note: str = "", **figures: Any) -> None:
        """Add a row: ``seconds``, ``cpu`` in seconds, ``count`` of the server."""
        told = ["" if figures.get(name) is None else f"{figures[name] * scale:.2f}"
                for name in ("seconds", "cpu")]  # fmt: skip
        count = figures.get("count")
        seen = ["", "", ""] if count is None else [f"{number:,}" for number in count]
        if scale != 1:
            note = "; ".join(filter(None, (note, f"measured on 1/{scale:.0f}, scaled")))
            seen = [f"{number} x {scale:.0f}" if number else "" for number in seen]
        self.rows.append((job, who, *told, *seen, note))
        print(" | ".join(self.rows[-1]), flush=True)

    def write(self, path: Path, title: str, command: str) -> None:
        """Write all rows."""
        lines = [
            f"# {title}",
            "",
            f"`{command}` on {os.cpu_count()} CPUs, Python {platform.python_version()}, zarr",
            f"{zarr.__version__}, {time.strftime('%Y-%m-%d')}. Written by the program. CPU seconds",
            "are the client's; requests and bytes are counted by the server in memory.",
            "",
            "| job | who | s | CPU s | requests | bytes up | bytes down | note |",
            "|---|---|---:|---:|---:|---:|---:|---|",
            *(f"| {' | '.join(row)} |" for row in self.rows),
            "",
        ]
        path.write_text("\n".join(lines), encoding="utf-8")


@dataclass
class Bench:
    """One server, and the rows that are measured on it."""

    table: Table
    server: S3Server | MemoryS3
    bucket: str
    delayed: bool = False

    @property
    def where(self) -> str:
        """Name server and delay."""
        return f"{self.server.kind}, {int(DELAY * 1000)} ms" if self.delayed else self.server.kind

    @property
    def options(self) -> dict[str, Any]:
        """Give what `catalog` and `transfer` want."""
        return {"services": {"s3": self.server.endpoint}, "s3_kwargs": self.server.s3_kwargs}

    def files(self) -> Any:
        """Give a fresh s3fs."""
        return s3fs.S3FileSystem(
            key=self.server.key, secret=self.server.secret, endpoint_url=self.server.endpoint,
            skip_instance_cache=True, use_listings_cache=False,
        )  # fmt: skip

    @contextmanager
    def delay(self) -> Iterator[None]:
        """Let the server in memory wait before each answer."""
        assert isinstance(self.server, MemoryS3)
        self.server.delay(DELAY)
        self.delayed = True
        try:
            yield
        finally:
            self.server.delay(0)
            self.delayed = False

    def measure(
        self, job: str, who: str, work: Callable[[], Any], *, scale: float = 1, note: str = ""
    ) -> Any:
        """Run something in this process and note what it cost."""
        gc.collect()
        self._count()
        begin, cpu = time.perf_counter(), time.process_time()
        result = work()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        if callable(note):
            note = note(result, seconds)
        self.table.add(
            f"{job} ({self.where})", who, scale=scale, note=note,
            seconds=seconds, cpu=cpu, count=self._count(),
        )  # fmt: skip
        return result

    def peer(
        self, job: str, name: str, *arguments: str, scale: float = 1, program: str = ""
    ) -> None:
        """Run a program and note what it cost."""
        found = PEERS / (program or name)
        where = str(found) if found.exists() else shutil.which(program or name)
        if where is None:
            self.table.add(f"{job} ({self.where})", name, note="not installed")
            return
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": self.server.key,
            "AWS_SECRET_ACCESS_KEY": self.server.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "S3_ENDPOINT_URL": self.server.endpoint,
        }
        self._count()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.perf_counter()
        ended = subprocess.run(
            [where, *arguments], env=environment, check=False, capture_output=True
        )
        seconds = time.perf_counter() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        note = "" if not ended.returncode else f"failed ({ended.returncode})"
        self.table.add(
            f"{job} ({self.where})", name, scale=scale, note=note,
            seconds=seconds, cpu=cpu, count=self._count(),
        )  # fmt: skip

    def _count(self) -> Any:
        return self.server.count() if isinstance(self.server, MemoryS3) else None
