"""A bound on the bytes held in memory at once."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Budget"]


class Budget:
    """Lets pieces of work in, in their order, while their bytes fit.

    Parameters
    ----------
    total : int
        Bytes at once; a piece that is larger goes alone.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[None]:
        """Wait for room for `size` bytes and hold it."""
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
