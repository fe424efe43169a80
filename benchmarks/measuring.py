"""Run something of ours or a peer's against a server, and write down what it cost."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import s3fs
import zarr

from benchmarks import programs
from benchmarks.memory_s3 import MemoryS3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.parts.s3 import S3Server

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
        """Add a row: ``seconds``, ``cpu`` in seconds, ``count`` of the server, ``mebibytes``."""
        told = ["" if figures.get(name) is None else f"{figures[name] * scale:.2f}"
                for name in ("seconds", "cpu")]  # fmt: skip
        count = figures.get("count")
        seen = ["", "", ""] if count is None else [f"{number:,}" for number in count[:3]]
        if scale != 1:
            note = "; ".join(filter(None, (note, f"measured on 1/{scale:.0f}, scaled")))
            seen = [f"{number} x {scale:.0f}" if number else "" for number in seen]
        peak = "" if figures.get("mebibytes") is None else f"{figures['mebibytes']:.0f}"
        self.rows.append((job, who, *told, *seen, peak, note))
        print(" | ".join(self.rows[-1]), flush=True)

    def write(self, path: Path, title: str, command: str) -> None:
        """Write all rows."""
        lines = [
            f"# {title}",
            "",
            f"`{command}` on {os.cpu_count()} CPUs, Python {platform.python_version()},",
            f"zarr {zarr.__version__}, {programs.now()}, load {os.getloadavg()[0]:.0f}.",
            "Written by the program. CPU seconds are the client's; the server in memory counts",
            "requests and bytes. Rows with a peak of memory are processes of their own: seconds,",
            "CPU and peak are those of the whole process, imports included, for ours as for peers.",
            "The other rows were measured inside one process, imports excluded, for all alike.",
            "",
            "| job | who | s | CPU s | requests | bytes up | bytes down | peak MiB | note |",
            "|---|---|---:|---:|---:|---:|---:|---:|---|",
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
        self, job: str, name: str, *arguments: str, scale: float = 1, program: str = "",
        note: str = "",
    ) -> None:  # fmt: skip
        """Run a peer's program and note what it cost as a whole process."""
        found = programs.find(program or name)
        if found is None:
            self.table.add(f"{job} ({self.where})", name, note="not installed")
            return
        environment = {
            "AWS_ACCESS_KEY_ID": self.server.key,
            "AWS_SECRET_ACCESS_KEY": self.server.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "S3_ENDPOINT_URL": self.server.endpoint,
        }
        self.process(job, name, [found, *arguments], scale=scale, note=note, **environment)

    def transfer(
        self, job: str, who: str, source: Path | str, target: Path | str, **options: Any
    ) -> None:
        """Copy with `modos_widgets.transfer` in a process of its own."""
        command = programs.transfer_command(
            str(source), str(target), **self.options, **options
        )  # fmt: skip
        note = "verified end to end" if options.get("verify", True) else ""
        self.process(job, who, command, note=note)

    def process(
        self, job: str, who: str, command: list[str], *, scale: float = 1, note: str = "",
        **environment: str,
    ) -> None:  # fmt: skip
        """Run a process and note what it cost."""
        self._count()
        try:
            cost = programs.run(command, **environment)
        except RuntimeError as error:
            self.table.add(f"{job} ({self.where})", who, note=f"failed: {error}"[:90])
            return
        self.table.add(
            f"{job} ({self.where})", who, scale=scale, note=note, seconds=cost.seconds,
            cpu=cost.cpu, count=self._count(), mebibytes=cost.mebibytes,
        )  # fmt: skip

    def _count(self) -> Any:
        return self.server.count() if isinstance(self.server, MemoryS3) else None
