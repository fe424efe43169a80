"""Transfer on a Dask cluster: the workers copy files in batches, this process the roots."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ROOT_DOCUMENT
from modos_widgets.concurrency import in_thread, start
from modos_widgets.errors import StorageError
from modos_widgets.transport.engine import Engine
from modos_widgets.transport.plan import Job, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets.storage import FileEntry
    from modos_widgets.transport.outcome import Outcome

__all__ = ["copy_on"]

_FILES = 200
_BYTES = 1 << 30
_LOOK = 0.5  # seconds between two checks whether to stop


async def copy_on(
    client: Any,
    plan: Plan,
    *,
    workers: int,
    verify: bool,
    overwrite: bool,
    arrived: Callable[[list[Outcome]], object],
) -> None:
    """Copy every file except the roots on the workers of a `dask.distributed.Client`.

    Credentials are sent as renewable options in the arguments of a task, never
    in its name. If the transfer is cancelled, tasks that have not started are cancelled, and
    running ones end within a second.

    Parameters
    ----------
    client : dask.distributed.Client
        Its workers must have modos_widgets installed, reach both ends, and share the file
        system where an end is a folder.
    plan : Plan
        The plan.
    workers : int
        Number of concurrent files on each worker.
    verify, overwrite : bool
        As for `modos_widgets.transfer`.
    arrived : callable
        Called on another thread with the outcome of each file of a batch.
    """
    from distributed import Event, as_completed  # noqa: PLC0415 - an extra

    run = f"modos-transfer-{uuid.uuid4().hex[:8]}"
    stop: Any = Event(f"{run}-stop", client=client)  # type: ignore[no-untyped-call]
    tasks: list[Any] = []

    def submit() -> None:
        for number, job in enumerate(_batches(plan, overwrite=overwrite)):
            task = client.submit(
                _copy_batch,
                Plan((job,)),
                workers,
                verify,
                overwrite,
                f"{run}-stop",
                key=f"{run}-{number}",
                pure=False,
            )
            tasks.append(task)

    def gather() -> None:
        for _, outcomes in as_completed(tasks, with_results=True):  # type: ignore[no-untyped-call]
            arrived(outcomes)

    try:
        await in_thread(submit)
        await asyncio.to_thread(gather)
    except BaseException:
        await in_thread(stop.set)
        await in_thread(client.cancel, tasks)
        raise


def _batches(plan: Plan, *, overwrite: bool) -> Iterator[Job]:
    for job in plan.jobs:
        batch: list[FileEntry] = []
        size = 0
        # existing files are compared in this process
        for item in (*job.copy, *job.differs, *(job.unknown if overwrite else ())):
            if item.name == ROOT_DOCUMENT:
                continue
            if batch and (len(batch) >= _FILES or size + item.size > _BYTES):
                yield Job(job.source, job.target, tuple(batch), (), ())
                batch, size = [], 0
            batch.append(item)
            size += item.size
        if batch:
            yield Job(job.source, job.target, tuple(batch), (), ())


def _copy_batch(
    plan: Plan,
    workers: int,
    verify: bool,  # noqa: FBT001
    overwrite: bool,  # noqa: FBT001
    stop: str,
) -> list[Outcome]:
    """Run on a worker until it is done or must stop; failures are returned as outcomes."""
    from distributed import Event  # noqa: PLC0415 - an extra

    stop_event: Any = Event(stop)  # type: ignore[no-untyped-call]
    engine = Engine(workers=workers, verify=verify, overwrite=overwrite, on_progress=None)
    engine.prepare(plan)
    copying = start(engine.run(plan))
    while True:
        with suppress(StorageError, CancelledError):  # the outcomes show which files failed
            try:
                copying.result(_LOOK)
            except TimeoutError:
                if stop_event.is_set():
                    copying.cancel()
                continue
        return list(engine.outcomes.values())
