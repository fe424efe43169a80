"""Limit of the bytes in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Budget"]


class Budget:
    """Limit of the bytes in memory, which admits pieces of work in their order while they fit.

    Parameters
    ----------
    total : int
        Maximum bytes at once; a larger piece is admitted alone.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[None]:
        """Wait for room for `size` bytes, and reserve it."""
        wanted = min(size, self._total)
        if self._queue or wanted > self._free:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.append((wanted, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._give(wanted)
                raise
        else:
            self._free -= wanted
        try:
            yield
        finally:
            self._give(wanted)

    def _give(self, size: int) -> None:
        self._free += size
        while self._queue:
            wanted, turn = self._queue[0]
            if turn.cancelled():
                self._queue.popleft()
                continue
            if wanted > self._free:
                return
            self._queue.popleft()
            self._free -= wanted
            turn.set_result(None)
