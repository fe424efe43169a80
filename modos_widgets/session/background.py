"""Background work: daemon threads that come when there is work and go when there is none.

A widget's callback may run on the kernel's main thread, so it returns at once and hands
long work to `run`. Daemon threads, unlike those of `concurrent.futures`, never keep an
interpreter from ending while a server keeps it waiting.
"""

from __future__ import annotations

import contextvars
import os
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from modos_widgets.errors import CancelledError
from modos_widgets.remote.deadline import Cut

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_THREADS", "Task", "cancelled", "check_cancelled", "run"]

MOST_THREADS = 8
_IDLE_SECONDS = 2.0

P = ParamSpec("P")
T = TypeVar("T")

_current: contextvars.ContextVar[Task[Any] | None] = contextvars.ContextVar(
    "modos_widgets_task", default=None
)


class Task(Generic[T]):
    """A piece of work under way; made by `run`.

    Attributes
    ----------
    future : concurrent.futures.Future
        Its result, or what it raised.
    """

    def __init__(self) -> None:
        self.future: Future[T] = Future()
        self.cut = Cut()
        """Ends its requests to services of an endpoint."""
        self._cancel = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop; work that has not begun never begins, a request is cut short."""
        self._cancel.set()
        self.future.cancel()
        self.cut.now()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancel.is_set()

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.future.done()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Raises
        ------
        TimeoutError
            When the time is up.
        """
        return self.future.result(timeout)

    def then(self, callback: Callable[[Task[T]], None]) -> None:
        """Call `callback` with this task when it has ended, on the thread that ended it."""
        self.future.add_done_callback(lambda _: callback(self))


def cancelled() -> bool:
    """Tell whether the task this code runs in was asked to stop."""
    task = _current.get()
    return task is not None and task.cancelled


def check_cancelled() -> None:
    """Raise if the task this code runs in was asked to stop.

    Raises
    ------
    CancelledError
        When it was.
    """
    if cancelled():
        raise CancelledError("The work was cancelled.")


class _Crew:
    """Threads that take work from one queue; grows to `MOST_THREADS`, shrinks to none."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._open = 0

    def give(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._open += 1
            self._work.put(job)
            if self._threads >= min(self._open, MOST_THREADS):
                return
            self._threads += 1
            number = self._threads
        threading.Thread(target=self._serve, name=f"modos-widgets-{number}", daemon=True).start()

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


_crew = _Crew()


def _forget() -> None:
    """A forked child has the crew's numbers but not its threads."""  # noqa: D401
    global _crew  # noqa: PLW0603
    _crew = _Crew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Task[T]:
    """Start `function` in the background and return at once.

    The function sees the caller's context variables, so output and comm messages keep
    their parent cell. Within it, `check_cancelled` raises once the task was cancelled.

    Parameters
    ----------
    function : callable
        What to do; its exceptions are kept in the task.
    *args, **kwargs
        Its arguments.

    Returns
    -------
    Task
        The work under way.
    """
    task: Task[T] = Task()
    context = contextvars.copy_context()

    def work() -> None:
        _current.set(task)
        if not task.future.set_running_or_notify_cancel():
            return
        try:
            with task.cut:
                value = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - kept for whoever asks the task
            task.future.set_exception(error)
        else:
            task.future.set_result(value)

    _crew.give(lambda: context.run(work))
    return task
