"""A transfer on a Dask cluster: files in batches on the workers, the roots from here."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from modos_widgets.bulk import wait
from modos_widgets.errors import StorageError
from modos_widgets.transport.engine import Engine
from modos_widgets.transport.plan import ROOT, Job, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.transport.ends import Item
    from modos_widgets.transport.progress import Outcome

__all__ = ["copy_on"]

_FILES = 200
_BYTES = 1 << 30


async def copy_on(
    client: Any, plan: Plan, *, workers: int, verify: bool, overwrite: bool
) -> list[Outcome]:
    """Copy every file but the roots on the workers of a `dask.distributed.Client`.

    Credentials travel as the renewable options they are, inside the task's arguments, never
    in its name.

    Parameters
    ----------
    client : dask.distributed.Client
        Its workers must have modos_widgets installed, reach both ends, and share the file
        system where an end is a folder.
    plan : Plan
        What to copy.
    workers : int
        Files under way at once on each worker.
    verify, overwrite : bool
        As for `modos_widgets.transfer`.

    Returns
    -------
    list of Outcome
        What became of each file.
    """
    run = uuid.uuid4().hex[:8]

    def submit_and_gather() -> list[list[Outcome]]:
        tasks = [
            client.submit(
                _copy_batch,
                Plan((job,)),
                workers,
                verify,
                overwrite,
                key=f"modos-transfer-{run}-{number}",
                pure=False,
            )
            for number, job in enumerate(_batches(plan))
        ]
        try:
            gathered: list[list[Outcome]] = client.gather(tasks)
        except BaseException:
            client.cancel(tasks)
            raise
        return gathered

    return [one for batch in await asyncio.to_thread(submit_and_gather) for one in batch]


def _batches(plan: Plan) -> Iterator[Job]:
    for job in plan.jobs:
        batch: list[Item] = []
        size = 0
        for item in (*job.copy, *job.differs):
            if item.name == ROOT:
                continue
            if batch and (len(batch) >= _FILES or size + item.size > _BYTES):
                yield Job(job.source, job.target, tuple(batch), (), ())
                batch, size = [], 0
            batch.append(item)
            size += item.size
        if batch:
            yield Job(job.source, job.target, tuple(batch), (), ())


def _copy_batch(plan: Plan, workers: int, verify: bool, overwrite: bool) -> list[Outcome]:  # noqa: FBT001
    """Run on a worker; failures are told as outcomes."""
    engine = Engine(workers=workers, verify=verify, overwrite=overwrite, on_progress=None)
    with suppress(StorageError):  # the outcomes say which files failed
        wait(engine.run(plan))
    return list(engine.outcomes.values())
