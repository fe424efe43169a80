"""Coroutines side by side, none of which outlives the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

__all__ = ["all_together", "in_thread"]

T = TypeVar("T")


async def all_together(
    work: Iterable[Coroutine[Any, Any, T]], *, most: int | None = None
) -> list[T]:
    """Await all; the first failure ends the others, and is raised when they have ended.

    `asyncio.gather` lets the others go on: they would write into files that are closed by
    then.

    Parameters
    ----------
    work : iterable of coroutine
        All of them are begun, or closed when a failure comes first.
    most : int, optional
        How many are under way at a time; all by default.
    """
    every = list(work)
    gate = asyncio.Semaphore(most or max(1, len(every)))

    async def through(one: Coroutine[Any, Any, T]) -> T:
        async with gate:
            return await one

    tasks = [asyncio.ensure_future(through(one)) for one in every]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in every:
            one.close()


async def in_thread(function: Any, *arguments: Any) -> Any:
    """Run a function on a thread, and wait for its end even when cancelled.

    For what uses a descriptor that is closed afterwards: a number that is used again would
    be another file's.
    """
    task = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()
        raise cancelled
    return task.result()
