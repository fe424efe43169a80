"""Event loop and threads of the process, created again in a forked child.

A kernel's main thread has its own event loop, which must not be blocked or nested. Requests
therefore run on another loop in a thread. Neither loops nor threads survive a fork.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
    from concurrent.futures import Future

__all__ = [
    "MOST_THREADS",
    "PerProcess",
    "ShortCalls",
    "Timer",
    "acting_as",
    "acting_person",
    "all_together",
    "event_loop",
    "in_background",
    "in_thread",
    "on_threads",
    "side_by_side",
    "start",
    "wait",
]

S = TypeVar("S")
T = TypeVar("T")
_Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]

_person: ContextVar[str] = ContextVar("modos_widgets_person", default="")


@contextmanager
def acting_as(person: str) -> Iterator[None]:
    """Run a block on behalf of a person who shares this process with others.

    Parameters
    ----------
    person : str
        Name of the person; "" where the process is not shared.
    """
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def acting_person() -> str:
    """Return the person on whose behalf this code runs (see `acting_as`), or ""."""
    return _person.get()


class PerProcess(Generic[T]):
    """Value that is created on first use, and again in a forked child.

    A child inherits its parent's loops, pools and sockets, but not the threads behind them.

    Parameters
    ----------
    make : callable
        Creates the value.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None

    @property
    def value(self) -> T:
        """Value of this process."""
        value = self._value
        if value is None:
            with self._lock:
                if self._value is None:
                    self._value = self._make()
                value = self._value
        return value


def _started_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="modos_widgets event loop", daemon=True).start()
    return loop


_loop = PerProcess(_started_loop)


def event_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of this process; start it if it is not running."""
    return _loop.value


def start(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on the event loop; cancelling the future cancels it."""
    return asyncio.run_coroutine_threadsafe(work, event_loop())


def wait(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the event loop and return its result; an interrupt cancels it.

    Raises
    ------
    RuntimeError
        It was called on the event loop itself, which would wait forever.
    """
    if asyncio._get_running_loop() is event_loop():  # noqa: SLF001 - None where none is running
        work.close()
        raise RuntimeError("The event loop cannot wait for itself.")
    future = start(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


class Timer:
    """Timer that calls a short function on the event loop unless it is cancelled.

    Parameters
    ----------
    seconds : float
        Time to wait.
    function : callable
        Function to call; it must not block.
    """

    def __init__(self, seconds: float, function: Callable[[], object]) -> None:
        self._loop = event_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._loop.call_soon_threadsafe(self._begin, seconds, function)

    def cancel(self) -> None:
        """Cancel the call; it may already be running."""
        self._loop.call_soon_threadsafe(self._end)

    def _begin(self, seconds: float, function: Callable[[], object]) -> None:
        self._handle = self._loop.call_later(seconds, function)

    def _end(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


async def all_together(
    work: Iterable[Coroutine[Any, Any, T]], *, most: int | None = None
) -> list[T]:
    """Await coroutines together; the first failure cancels the others and is then raised.

    `asyncio.gather` lets the others continue, and they would write to files that are closed
    by then.

    Parameters
    ----------
    work : iterable of coroutine
        Each is started, or closed if a failure comes first.
    most : int, optional
        Maximum number that run at a time; all by default.

    Returns
    -------
    list
        The results, in order.
    """
    every = list(work)
    gate = asyncio.Semaphore(most or max(1, len(every)))

    async def run_limited(coroutine: Coroutine[Any, Any, T]) -> T:
        async with gate:
            return await coroutine

    tasks = [asyncio.ensure_future(run_limited(coroutine)) for coroutine in every]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for coroutine in every:
            coroutine.close()


async def in_thread(function: Any, *arguments: Any) -> Any:
    """Run a function on a thread, and wait for its end even when cancelled.

    Use it for functions with a file descriptor that is closed afterwards: the system reuses
    its number for another file.
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


def on_threads(function: Callable[[S], T], items: Iterable[S], *, most: int) -> list[T]:
    """Call a function that waits for answers with each item, side by side.

    The calls see the caller's context variables. The first failure, in the order of the items,
    is raised when the calls that have begun have ended; the others are not begun.

    Parameters
    ----------
    function : callable
        Called with one item.
    items : iterable
        The items.
    most : int
        Calls at a time.
    """
    listed = list(items)
    if len(listed) <= 1 or most <= 1:
        return [function(item) for item in listed]
    with ThreadPoolExecutor(min(most, len(listed)), "modos-calls") as pool:
        jobs = [pool.submit(copy_context().run, function, item) for item in listed]
        try:
            return [job.result() for job in jobs]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def side_by_side(first: Callable[[], S], second: Callable[[], T]) -> tuple[S, T]:
    """Call two functions that wait for answers, side by side, and return what they return.

    Both see the caller's context variables. A failure is raised when both have ended.
    """
    with ThreadPoolExecutor(1, "modos-calls") as pool:
        job = pool.submit(copy_context().run, first)
        found = second()
        return job.result(), found


MOST_THREADS = 8
"""Maximum number of background jobs at a time; prompt jobs have as many threads again."""

_IDLE_SECONDS = 2.0
_A_HOP = 16  # maximum calls of one hop, so that one slow disk delays few others
_AT_ONCE = os.cpu_count() or 2  # more threads would only wait for each other
_AT_ONCE_WHEN_SLOW = 16  # for a remote disk, where each call waits for a response
_SLOW = 0.005  # seconds per call


_threads = PerProcess(
    lambda: ThreadPoolExecutor(_AT_ONCE_WHEN_SLOW, thread_name_prefix="modos-short-calls")
)


class ShortCalls:
    """Runner of short calls on threads; calls of one turn of the event loop share a thread.

    A hop to a thread and back costs as much as reading a small file, so calls share hops.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Future[Any], Callable[[], Any]]] = []
        self._under_way = 0
        self._most = _AT_ONCE

    async def run(self, call: Callable[[], T]) -> T:
        """Run a call on a thread and return its result, or raise its exception."""
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
                _threads.value.submit(self._run_calls, loop, some)
            except RuntimeError as error:  # the interpreter is ending and runs no other thread
                _answer([(answer, None, error) for answer, _ in some])
            else:
                self._under_way += 1

    def _run_calls(
        self,
        loop: asyncio.AbstractEventLoop,
        calls: Sequence[tuple[asyncio.Future[Any], Callable[[], Any]]],
    ) -> None:
        begin = time.perf_counter()
        outcomes: list[_Outcome] = []
        for answer, call in calls:
            if answer.cancelled():
                continue
            try:
                outcomes.append((answer, call(), None))
            except BaseException as error:  # noqa: BLE001 - raised in the caller
                outcomes.append((answer, None, error))
        took = (time.perf_counter() - begin) / len(calls)
        loop.call_soon_threadsafe(self._finish, loop, outcomes, took)

    def _finish(
        self, loop: asyncio.AbstractEventLoop, outcomes: Sequence[_Outcome], took: float
    ) -> None:
        self._under_way -= 1
        self._most = _AT_ONCE_WHEN_SLOW if took > _SLOW else _AT_ONCE
        self._hop(loop)
        _answer(outcomes)


def _answer(outcomes: Sequence[_Outcome]) -> None:
    for answer, result, error in outcomes:
        if answer.cancelled():
            continue
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)


class _Crew:
    """Thread pool with one queue; it grows to `MOST_THREADS` threads and shrinks to none."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._open = 0

    def add(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._open += 1
            self._work.put(job)
            if self._threads >= min(self._open, MOST_THREADS):
                return
            self._threads += 1
            number = self._threads
        threading.Thread(target=self._serve, name=f"{self._name}-{number}", daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                job = self._work.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._threads -= 1
                        return
                continue
            try:
                job()
            finally:
                with self._lock:
                    self._open -= 1


_crew = PerProcess(lambda: _Crew("modos-widgets"))
_prompt_crew = PerProcess(lambda: _Crew("modos-widgets-answers"))


def in_background(job: Callable[[], None], *, prompt: bool = False) -> None:
    """Run a job on a daemon thread, and return at once.

    Daemon threads, unlike those of `concurrent.futures`, never delay the end of the interpreter
    while they wait for a server.

    Parameters
    ----------
    job : callable
        The work.
    prompt : bool
        The job is short and the user waits for it: it waits only for other prompt jobs.
    """
    (_prompt_crew if prompt else _crew).value.add(job)
