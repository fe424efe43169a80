"""Coroutines side by side, none of which outlives the others; and what they do on threads."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

__all__ = ["ShortCalls", "all_together", "in_thread"]

T = TypeVar("T")
_Made = tuple["asyncio.Future[Any]", Any, BaseException | None]


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


_A_HOP = 16  # calls that one hop makes at most, so that one slow disk holds few others up
_AT_ONCE = os.cpu_count() or 2  # more threads only wait for one another
_AT_ONCE_WHEN_SLOW = 16  # of a disk far away, where each waits for its answer
_SLOW = 0.005  # seconds that a call takes


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE_WHEN_SLOW, thread_name_prefix="modos-short-calls")


_threads = _pool()


def _begin_anew() -> None:
    """A forked child has the pool but not its threads: a call would wait there for ever."""  # noqa: D401
    global _threads  # noqa: PLW0603
    _threads = _pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


class ShortCalls:
    """Runs short calls on threads, those that are asked for in one turn of the loop together.

    A hop to a thread and back costs as much as reading a small file; a share of one does not.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Future[Any], Callable[[], Any]]] = []
        self._under_way = 0
        self._most = _AT_ONCE

    async def run(self, call: Callable[[], T]) -> T:
        """Run a call on a thread and give what it gives, or raise what it raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append((answer, call))
        if len(self._waiting) == 1:
            loop.call_soon(self._hop, loop)
        return await answer

    def _hop(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting and self._under_way < self._most:
            some, self._waiting = self._waiting[:_A_HOP], self._waiting[_A_HOP:]
            try:
                _threads.submit(self._make, loop, some)
            except RuntimeError as error:  # the interpreter ends: nobody else would answer
                _answer([(answer, None, error) for answer, _ in some])
            else:
                self._under_way += 1

    def _make(
        self,
        loop: asyncio.AbstractEventLoop,
        calls: Sequence[tuple[asyncio.Future[Any], Callable[[], Any]]],
    ) -> None:
        begin = time.perf_counter()
        made: list[_Made] = []
        for answer, call in calls:
            if answer.cancelled():
                continue
            try:
                made.append((answer, call(), None))
            except BaseException as error:  # noqa: BLE001 - raised where it was asked for
                made.append((answer, None, error))
        took = (time.perf_counter() - begin) / len(calls)
        loop.call_soon_threadsafe(self._made, loop, made, took)

    def _made(self, loop: asyncio.AbstractEventLoop, made: Sequence[_Made], took: float) -> None:
        self._under_way -= 1
        self._most = _AT_ONCE_WHEN_SLOW if took > _SLOW else _AT_ONCE
        self._hop(loop)
        _answer(made)


def _answer(made: Sequence[_Made]) -> None:
    for answer, result, error in made:
        if answer.cancelled():
            continue
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)
