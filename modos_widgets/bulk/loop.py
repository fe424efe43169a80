"""One event loop on one daemon thread, for all bulk work of the process.

A kernel's main thread has a loop of its own that must not be blocked or nested.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

__all__ = ["running", "start", "wait"]

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def _forget() -> None:
    """A forked child has the loop but not its thread."""  # noqa: D401
    global _loop  # noqa: PLW0603
    _loop = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def running() -> asyncio.AbstractEventLoop:
    """Give the bulk loop, started if it is not running."""
    global _loop  # noqa: PLW0603 - one loop a process
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(
                target=_loop.run_forever, name="modos-widgets-bulk", daemon=True
            ).start()
        return _loop


def start(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on the bulk loop; cancelling the future cancels it."""
    return asyncio.run_coroutine_threadsafe(work, running())


def wait(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the bulk loop and wait for it; an interrupt cancels it.

    Never call it from the bulk loop itself.
    """
    future = start(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
