"""Messages of widgets in Shiny, which sends them only when its session is flushed.

Without this, messages from a background thread would wait for the next click.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ShinySession"]


class ShinySession:
    """Session of a Shiny app that a widget belongs to: one open page.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Loop on which the session runs.
    """

    _known: ClassVar[WeakKeyDictionary[Any, ShinySession]] = WeakKeyDictionary()

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()
        self._context = contextvars.copy_context()
        self._flushing: asyncio.Task[None] | None = None

    @classmethod
    def current(cls) -> ShinySession | None:
        """Return the session that this code runs in, or None outside of Shiny.

        Returns
        -------
        ShinySession or None
        """
        if "shinywidgets" not in sys.modules:
            return None
        session = sys.modules["shiny.session"].get_current_session()
        if session is None or session.is_stub_session():
            return None  # the app is imported, before a page is open
        session = session.root_scope()
        known = cls._known.get(session)
        if known is None:
            known = cls._known[session] = cls(asyncio.get_running_loop())
        return known

    def send(self, send: Callable[[], object]) -> None:
        """Call `send` on the thread of the session, and flush the session.

        Parameters
        ----------
        send : callable
            Sends a message of a widget.
        """
        if threading.get_ident() == self._thread:
            send()  # Shiny flushes when the code that runs now has ended
            return
        context = self._context.copy()
        self._loop.call_soon_threadsafe(self._send_and_flush, send, context=context)

    def _send_and_flush(self, send: Callable[[], object]) -> None:
        send()
        if self._flushing is None:
            self._flushing = self._loop.create_task(self._flush())

    async def _flush(self) -> None:
        reactive = sys.modules["shiny.reactive"]
        async with reactive.lock():
            self._flushing = None
            await reactive.flush()
