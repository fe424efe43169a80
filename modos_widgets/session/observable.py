"""Traits updated under a lock; observers are notified after it is released."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets

from modos_widgets import background

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Observable"]


class Observable(traitlets.HasTraits):
    """State that several threads change together.

    Changes within `changing` take effect together. Observers are called afterwards, without
    any lock, in the order of the changes, and one at a time: an observer may wait for another
    thread that changes the same state. A thread that is notifying also notifies about changes of
    other threads, which continue without waiting. Observers are not cancelled with the task that
    happens to call them.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._holder: int | None = None
        self._pending: deque[Any] = deque()
        self._notifying = threading.Lock()
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
        self._notify_pending()

    def notify_change(self, change: Any) -> None:
        """Notify observers of a change, at once or when the lock is free."""
        self._pending.append(change)
        self._notify_pending()

    def _notify_pending(self) -> None:
        raised: BaseException | None = None
        while self._pending and self._holder != threading.get_ident():
            if not self._notifying.acquire(blocking=False):
                break  # the other thread notifies until nothing is left
            try:
                while self._pending:
                    try:
                        background.apart(super().notify_change, self._pending.popleft())
                    except Exception as error:  # noqa: BLE001 - raised when all were notified
                        raised = raised or error
            finally:
                self._notifying.release()
        if raised is not None:
            raise raised
