"""Background tasks on daemon threads, which are started on demand and end when idle.

A widget callback may run on the kernel's main thread, so it returns at once and passes
long work to `run`.
"""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from modos_widgets.concurrency import MOST_THREADS, in_background
from modos_widgets.errors import CancelledError
from modos_widgets.remote import Cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_THREADS", "Task", "apart", "cancelled", "check_cancelled", "run", "start"]

P = ParamSpec("P")
T = TypeVar("T")

_current: contextvars.ContextVar[Task[Any] | None] = contextvars.ContextVar(
    "modos_widgets_task", default=None
)


class Task(Generic[T]):
    """Running background task; created by `run`.

    Attributes
    ----------
    future : concurrent.futures.Future
        Its result or exception.
    """

    def __init__(self) -> None:
        self.future: Future[T] = Future()
        self.cancellation = Cancellation()
        """Cancellation of its requests to services of an endpoint."""
        self._cancel = threading.Event()

    def cancel(self) -> None:
        """Cancel the task: it does not start if it is queued, and open requests are closed."""
        self._cancel.set()
        self.future.cancel()
        self.cancellation.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancel.is_set()

    @property
    def done(self) -> bool:
        """Whether it has ended: finished, failed or cancelled."""
        return self.future.done()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result and return it.

        Parameters
        ----------
        timeout : float, optional
            Maximum seconds to wait.

        Returns
        -------
        any
            The return value of the function.

        Raises
        ------
        TimeoutError
            The task did not end in time.
        BaseException
            The exception of the function.
        """
        return self.future.result(timeout)

    def then(self, callback: Callable[[Task[T]], None]) -> None:
        """Call `callback` with this task when it ends, on the thread on which it ends.

        Parameters
        ----------
        callback : callable
            Its return value is ignored.
        """
        self.future.add_done_callback(lambda _: callback(self))


def cancelled() -> bool:
    """Return whether the task that this code runs in was cancelled.

    Returns
    -------
    bool
        False outside a task.
    """
    task = _current.get()
    return task is not None and task.cancelled


def check_cancelled() -> None:
    """Raise an error if the task that this code runs in was cancelled.

    Raises
    ------
    CancelledError
        The task was cancelled.
    """
    if cancelled():
        raise CancelledError("The operation was cancelled.")


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` outside of the task that this code runs in: it is not cancelled with it.

    Parameters
    ----------
    function : callable
        Called at once, on this thread.
    *args, **kwargs
        Its arguments.

    Returns
    -------
    any
        Its return value.
    """

    def call() -> T:
        _current.set(None)
        with Cancellation():
            return function(*args, **kwargs)

    return contextvars.copy_context().run(call)


def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Task[T]:
    """Start `function` in the background and return at once.

    The function runs with the caller's context variables, so output and comm messages keep
    their parent cell. In it, `check_cancelled` raises an error after the task was cancelled.

    Parameters
    ----------
    function : callable
        The work; its exception is stored in the task.
    *args, **kwargs
        Its arguments.

    Returns
    -------
    Task
    """
    return start(lambda: function(*args, **kwargs))


def start(function: Callable[[], T], *, prompt: bool = False) -> Task[T]:
    """Start `function`, which has no arguments, in the background as `run` does.

    Parameters
    ----------
    function : callable
        The work; its exception is stored in the task.
    prompt : bool
        True for a short function that the user waits for: it does not wait for functions that
        were started without `prompt`, however many are running.

    Returns
    -------
    Task
    """
    task: Task[T] = Task()
    context = contextvars.copy_context()

    def work() -> None:
        _current.set(task)
        if not task.future.set_running_or_notify_cancel():
            return
        try:
            with task.cancellation:
                value = function()
        except BaseException as error:  # noqa: BLE001 - raised by Task.result
            task.future.set_exception(error)
        else:
            task.future.set_result(value)

    in_background(lambda: context.run(work), prompt=prompt)
    return task
