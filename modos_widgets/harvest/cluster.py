"""Catalogue on a Dask cluster: this process finds the objects, the workers read them in batches."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modos_widgets.concurrency import wait
from modos_widgets.harvest.reader import Harvest, objects_below
from modos_widgets.harvest.sources import split
from modos_widgets.remote import is_s3_path
from modos_widgets.s3 import BulkClient
from modos_widgets.storage import find_local_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modos_widgets.archive import Hierarchy
    from modos_widgets.credentials import S3Options
    from modos_widgets.harvest.sources import Source
    from modos_widgets.s3 import Counts

__all__ = ["BATCH", "harvest_on"]

BATCH = 250
"""Number of objects per task, which takes a second or two at 50 ms a request."""


def harvest_on(client: Any, source: Source, harvest: Harvest) -> None:
    """Read the objects of a source on the workers of a `dask.distributed.Client`.

    Credentials are sent as renewable options in the arguments of a task, never in its name.

    Parameters
    ----------
    client : dask.distributed.Client
        Its workers must have modos_widgets installed and reach the same S3 server.
    source : Source
        The source.
    harvest : Harvest
        Collects the results.

    Raises
    ------
    CancelledError
        ``on_progress`` raised it; tasks that have not started are cancelled.
    """
    from distributed import as_completed  # noqa: PLC0415 - an extra

    run = uuid.uuid4().hex[:8]
    # a copy has no current key and no lock, so it can be pickled
    options = replace(source.options) if source.options is not None else None
    tasks = []
    for number, batch in enumerate(_batches(_paths(source, harvest))):
        harvest.found += len(batch)
        name = f"modos-harvest-{run}-{number}"
        tasks.append(client.submit(_read_batch, batch, options, key=name, pure=False))
        harvest.tell()
    harvest.searching = False
    try:
        for _, (hierarchies, failures, counts) in as_completed(tasks, with_results=True):  # type: ignore[no-untyped-call]
            harvest.hierarchies.update(hierarchies)
            harvest.failures.extend(failures)
            harvest.counters.add(
                requests=counts.requests, received=counts.received, retries=counts.retries
            )
            harvest.tell()
    except BaseException:
        client.cancel(tasks)
        raise


def _paths(source: Source, harvest: Harvest) -> Iterator[str]:
    yield from source.objects
    for folder in source.folders:
        yield from find_local_objects(folder, failed=harvest.failed, check=harvest.tell)
    if source.options is None:
        return
    for place in source.prefixes:
        client = BulkClient(source.options, split(place)[0], counters=harvest.counters)
        yield from wait(_found(client, place, harvest))


async def _found(client: BulkClient, url: str, harvest: Harvest) -> list[str]:
    return [path async for path in objects_below(client, url, harvest)]


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(paths)
    while batch := list(itertools.islice(remaining, BATCH)):
        yield batch


def _read_batch(
    paths: list[str], options: S3Options | None
) -> tuple[dict[str, Hierarchy], list[dict[str, str]], Counts]:
    """Run on a worker."""
    harvest = Harvest()
    harvest.local(path for path in paths if not is_s3_path(path))
    if options is not None:
        wait(harvest.remote([path for path in paths if is_s3_path(path)], (), options, None))
    return harvest.hierarchies, harvest.failures, harvest.counters.read()
