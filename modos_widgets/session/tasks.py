"""Background tasks of a session, which are cancelled when its place changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets import background
from modos_widgets.errors import CancelledError
from modos_widgets.session.problem import problem_of

if TYPE_CHECKING:
    from modos_widgets.session.observable import Observable

__all__ = ["PlaceTasks", "Update"]

Update = Callable[..., None]
"""Sets traits of the session by keyword, unless the place has changed or the task was cancelled."""


class PlaceTasks:
    """The tasks of one place, at most one for each topic.

    Parameters
    ----------
    session : Observable
        The session whose traits the tasks set; a failure becomes its `problem`.
    """

    def __init__(self, session: Observable) -> None:
        self._session = session
        self._place = 0  # number of the present place
        self._tasks: dict[str, background.Task[Any]] = {}

    def begin(
        self, topic: str, work: Callable[..., None], *arguments: Any
    ) -> background.Task[None]:
        """Start a task, and cancel the one that runs for the same topic.

        Parameters
        ----------
        topic : str
            What the task does, such as ``"listing"``.
        work : callable
            Called with an `Update` and `arguments`.
        *arguments : Any
            Further arguments of `work`.

        Returns
        -------
        Task of None
        """
        with self._session.changing():
            update = self.update()
            self.cancel(topic)

            def guarded() -> None:
                try:
                    work(update, *arguments)
                except CancelledError:
                    return  # it was cancelled on purpose
                except Exception as error:  # noqa: BLE001 - shown to the user
                    if not background.cancelled():
                        update(problem=problem_of(error, topic))

            self._tasks[topic] = task = background.run(guarded)
            return task

    def update(self) -> Update:
        """Return the function by which work for the present place sets traits."""
        return partial(self._set, self._place)

    def _set(self, place: int, **values: Any) -> None:
        with self._session.changing():
            if place != self._place or background.cancelled():
                return
            for name, value in values.items():
                setattr(self._session, name, value)

    def cancel(self, topic: str) -> None:
        """Cancel the task of a topic, if there is one."""
        if topic in self._tasks:
            self._tasks[topic].cancel()

    def leave(self) -> None:
        """Cancel all tasks of the place, and ignore traits that they set afterwards."""
        with self._session.changing():
            self._place += 1
            for task in self._tasks.values():
                task.cancel()
            self._tasks.clear()

    def running(self) -> list[background.Task[Any]]:
        """Return the latest task of each topic."""
        with self._session.changing():
            return list(self._tasks.values())
