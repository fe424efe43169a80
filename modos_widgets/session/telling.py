"""Traits that are set under a lock, and told to observers without it."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Telling"]


class Telling(traitlets.HasTraits):
    """State that several threads change together.

    What is set within `changing` is set in one piece. Observers are called after that, without
    any lock, in the order of the changes, and one at a time: an observer may wait for another
    thread that wants to change the same state. Where a thread is telling already, that one tells
    what others set meanwhile, and they go on.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._holder: int | None = None
        self._untold: deque[Any] = deque()
        self._one_tells = threading.Lock()
        super().__init__()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Set several traits together; may be nested."""
        with self._lock:
            outer, self._holder = self._holder, threading.get_ident()
            try:
                yield
            finally:
                self._holder = outer
        self._tell_observers()

    def notify_change(self, change: Any) -> None:
        """Tell observers of a change, at once or when the lock is free."""
        self._untold.append(change)
        self._tell_observers()

    def _tell_observers(self) -> None:
        raised: BaseException | None = None
        while self._untold and self._holder != threading.get_ident():
            if not self._one_tells.acquire(blocking=False):
                break  # whoever tells does so until nothing is left
            try:
                while self._untold:
                    try:
                        super().notify_change(self._untold.popleft())
                    except Exception as error:  # noqa: BLE001 - raised when all have been told
                        raised = raised or error
            finally:
                self._one_tells.release()
        if raised is not None:
            raise raised
