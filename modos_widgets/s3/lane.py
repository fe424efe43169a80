"""Lane for the concurrent requests of a client, which adapts its width."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Lane"]

_WAITING = 0.5  # share of processor time below which a round was spent waiting for answers
_BUSY = 0.8  # and above which more requests at a time do not help
_NARROWEST = 16


class Lane:
    """Limit of concurrent requests: ``async with lane`` waits for a place.

    A client that mostly waits for answers gains from more requests at a time, and one that computes
    does not. So the lane is measured in rounds: as many answers as it is wide, while other requests
    wait for a place. If the process used its processor for less than half of a round, the width
    doubles; a server that is busy or does not respond halves it (`narrow`).

    Used on one event loop only.

    Parameters
    ----------
    width : int
        Concurrent requests at the beginning.
    widest : int
        Maximum number of concurrent requests.

    Attributes
    ----------
    width : int
        Concurrent requests now.
    """

    def __init__(self, width: int, widest: int) -> None:
        self.width = width
        self._begin = width
        self._widest = max(width, widest)
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._answers = 0
        self._narrowed = 0.0
        self._since: tuple[float, float] | None = None

    async def __aenter__(self) -> Self:
        """Wait for a place."""
        if self._under_way < self.width and not self._waiting:
            self._under_way += 1
            return self
        if self._since is None:
            self._start_round()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was given a place in the meantime
                self._leave()
            else:
                with suppress(ValueError):  # `_leave` has dropped it
                    self._waiting.remove(place)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the place to the next request."""
        self._answers += 1
        if self._since is not None and self._answers >= self.width:
            self._end_round(*self._since)
        self._leave()

    def narrow(self, sent: float) -> None:
        """Halve the width, because the server is busy or does not respond.

        Parameters
        ----------
        sent : float
            When the request was sent (`time.monotonic`): of those that were sent together only one
            narrows the lane.
        """
        if sent < self._narrowed:
            return
        self._narrowed = time.monotonic()
        self.width = min(self.width, max(_NARROWEST, self.width // 2))
        self._since = None

    def _leave(self) -> None:
        self._under_way -= 1
        while self._waiting and self._under_way < self.width:
            place = self._waiting.popleft()
            if not place.cancelled():
                place.set_result(None)
                self._under_way += 1
        if not self._waiting:
            self._since = None

    def _start_round(self) -> None:
        self._answers = 0
        self._since = time.monotonic(), time.process_time()

    def _end_round(self, began: float, used: float) -> None:
        passed = time.monotonic() - began
        share = (time.process_time() - used) / passed if passed else 1.0
        if share < _WAITING or self.width < self._begin:
            self.width = min(2 * self.width, self._widest)
        elif share > _BUSY and self.width > self._begin:
            self.width = max(self.width // 2, self._begin)
        self._start_round()
