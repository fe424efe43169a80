"""Execution of a plan: many files at once, each object's root last."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter, deque
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from modos_widgets.archive import ARCHIVE, ROOT_DOCUMENT
from modos_widgets.concurrency import all_together
from modos_widgets.errors import ModosError, StorageError
from modos_widgets.progress import Progress, Throttle
from modos_widgets.storage import LARGE, Routes
from modos_widgets.transport.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modos_widgets.progress import State
    from modos_widgets.storage import FileEntry
    from modos_widgets.transport.plan import Job, Plan

__all__ = ["Engine"]

_log = logging.getLogger("modos_widgets")

_PAUSE = 0.1  # seconds between two reports of progress
_WINDOW = 5.0  # seconds over which the rate is taken


class Engine:
    """Execution of one plan.

    Parameters
    ----------
    workers : int
        Number of concurrent files.
    verify : bool
        Compare contents end to end.
    overwrite : bool
        Whether files with another content may be replaced.
    on_progress : callable, optional
        Called with a `Progress` at most ten times a second, on the event loop.
    """

    def __init__(
        self,
        *,
        workers: int,
        verify: bool,
        overwrite: bool,
        on_progress: Callable[[Progress], object] | None,
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.state: State = "planning"
        self.workers = workers
        self.verify = verify
        self._overwrite = overwrite
        self._on_progress = on_progress
        self._routes = Routes(verify=verify)
        self._lock = threading.Lock()
        self._going: asyncio.Event | None = None
        self._paused = False
        self._total = (0, 0)
        self._omitted = 0
        self._bytes = 0
        self._throttle = Throttle(_PAUSE)
        self._marks: deque[tuple[float, int]] = deque()
        self._classes: Counter[str] = Counter()
        self._classes_done: Counter[str] = Counter()

    # -- control, from any thread -------------------------------------------------------------

    def pause(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start no further file; running ones are completed."""
        self._paused = True
        if self.state == "copying":
            self.state = "paused"
        if self._going is not None:
            loop.call_soon_threadsafe(self._going.clear)

    def resume(self, loop: asyncio.AbstractEventLoop) -> None:
        """Continue after `pause`."""
        self._paused = False
        if self.state == "paused":
            self.state = "copying"
        if self._going is not None:
            loop.call_soon_threadsafe(self._going.set)

    def progress(self) -> Progress:
        """Return the progress."""
        with self._lock:
            done = [one for one in self.outcomes.values() if one.outcome in ("copied", "same")]
            failed = sum(1 for one in self.outcomes.values() if one.outcome == "failed")
            rate = self._rate()
            left = max(0, self._total[1] - self._bytes)
            return Progress(
                self.state,
                "files",
                done=len(done),
                total=self._total[0],
                failed=failed,
                omitted=self._omitted,
                bytes=self._total[1],
                bytes_done=min(self._bytes, self._total[1]),
                rate=rate,
                seconds_left=left / rate if rate and self.state == "copying" else None,
                classes={
                    name: (number, self._classes_done[name])
                    for name, number in sorted(self._classes.items())
                },
            )

    def snapshot(self) -> list[Outcome]:
        """Return the outcome of each file so far."""
        with self._lock:
            return list(self.outcomes.values())

    # -- the work, on the event loop -----------------------------------------------------------

    def prepare(self, plan: Plan) -> None:
        """Count the files and bytes to copy, for `progress`."""
        self._count(plan)
        self.state = "paused" if self._paused else "copying"

    def take(self, moved: Iterable[Outcome]) -> None:
        """Record the outcomes of files that a cluster has copied; from any thread."""
        with self._lock:
            for outcome in moved:
                self.outcomes[outcome.path] = outcome
                if outcome.outcome == "copied":
                    self._bytes += outcome.bytes
                    self._classes_done[_class(outcome.path)] += 1
        self._tell()

    async def run(self, plan: Plan) -> None:
        """Copy everything. If a file fails, the others are copied, but not the object's root.

        Parameters
        ----------
        plan : Plan
            The prepared plan.

        Raises
        ------
        StorageError
            Files failed; `outcomes` contains them.
        """
        self._going = asyncio.Event()
        if not self._paused:
            self._going.set()
        gate = asyncio.Semaphore(self.workers)
        try:
            await all_together(self._object(job, gate) for job in plan.jobs)
        except asyncio.CancelledError:
            self.state = "cancelled"
            self._tell(last=True)
            raise
        except BaseException:
            self.state = "failed"
            raise
        failed = [one for one in self.outcomes.values() if one.outcome == "failed"]
        self.state = "failed" if failed else "done"
        self._tell(last=True)
        if failed:
            raise StorageError(
                f"{len(failed)} of {self._total[0]} files failed. The first one is "
                f"{failed[0].path}: {failed[0].detail}",
                "Run the transfer again. Copied files are kept.",
            )

    def _count(self, plan: Plan) -> None:
        with self._lock:
            for job in plan.jobs:
                for item in job.items:
                    self._classes[_class(item.name)] += 1
                for left in job.omitted:
                    path = f"{job.target.url}/{left.name}"
                    self.outcomes[path] = Outcome(path, left.size, "", "not copied", left.reason)
                for item in job.same:
                    self._note(job, item, "same")
                    self._bytes += item.size
            self._omitted = plan.omitted
            everything = [item for job in plan.jobs for item in job.items]
            self._total = (len(everything), sum(item.size for item in everything))

    async def _object(self, job: Job, gate: asyncio.Semaphore) -> None:
        items = [*job.copy, *job.differs, *job.unknown]
        root = next((item for item in items if item.name == ROOT_DOCUMENT), None)
        rest = [item for item in items if item.name != ROOT_DOCUMENT]
        # the largest first, as they take longest; small ones by name, so that few checks are needed
        rest.sort(key=lambda item: (-item.size if item.size >= LARGE else 0, item.name))
        arrived = await all_together(self._file(job, item, gate) for item in rest)
        if root is None:
            return
        if all(arrived):
            await self._file(job, root, gate)
        else:
            with self._lock:
                self._note(job, root, "not begun", detail="Other files of the object failed.")

    async def _file(self, job: Job, item: FileEntry, gate: asyncio.Semaphore) -> bool:
        assert self._going is not None  # noqa: S101 - set by run
        moved = self.outcomes.get(f"{job.target.url}/{item.name}")
        if moved is not None:
            return moved.outcome == "copied"
        async with gate:
            await self._going.wait()
            received = 0

            def arrived(count: int) -> None:
                nonlocal received
                received += count
                self._arrived(count)

            found = None if self._overwrite else job.existing.get(item.name)
            detail, checksum = "", ""
            try:
                if found is not None:
                    await self._routes.same(job.source, job.target, item, found)
                    arrived(item.size)
                    outcome, detail = "same", "" if self.verify else "Only the size was compared."
                else:
                    checksum = await self._routes.copy(
                        job.source,
                        job.target,
                        item,
                        overwrite=self._overwrite,
                        arrived=arrived,
                    )
                    outcome = "copied"
            except ModosError as error:
                outcome, detail = "failed", str(error)
            except OSError as error:
                outcome, detail = "failed", f"{item.name}: {error.strerror}."
        with self._lock:
            if outcome == "failed":
                self._bytes -= received
            self._note(job, item, outcome, checksum, detail)
        self._tell()
        return outcome != "failed"

    def _note(
        self, job: Job, item: FileEntry, outcome: str, checksum: str = "", detail: str = ""
    ) -> None:
        path = f"{job.target.url}/{item.name}"
        self.outcomes[path] = Outcome(path, item.size, checksum, outcome, detail)
        if outcome in ("copied", "same"):
            self._classes_done[_class(item.name)] += 1

    def _arrived(self, count: int) -> None:
        with self._lock:
            self._bytes += count
            now = time.monotonic()
            if not self._marks or now - self._marks[-1][0] > _PAUSE:
                self._marks.append((now, self._bytes))
            while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW:  # noqa: PLR2004
                self._marks.popleft()
        self._tell()

    def _rate(self) -> float:
        if len(self._marks) < 2 or self.state != "copying":  # noqa: PLR2004
            return 0.0
        (start, before), (end, after) = self._marks[0], self._marks[-1]
        return (after - before) / (end - start) if end > start else 0.0

    def _tell(self, *, last: bool = False) -> None:
        if self._on_progress is None or not self._throttle.due(last=last):
            return
        try:
            self._on_progress(self.progress())
        except Exception:  # noqa: BLE001 - raised by the caller's function, and logged
            _log.exception("on_progress of a transfer failed")


def _class(name: str) -> str:
    """Return the class of a file: its extension, or its role in the archive."""
    if f"/{ARCHIVE}/" in f"/{name}":
        return "zarr metadata" if name.endswith("zarr.json") else "zarr chunks"
    suffixes = PurePosixPath(name).suffixes
    return suffixes[-1].lower() if suffixes else "other"
