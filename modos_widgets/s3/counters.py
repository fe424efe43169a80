"""Counters of requests and bytes, for widgets and benchmarks."""

from __future__ import annotations

import threading
from dataclasses import dataclass

__all__ = ["Counters", "Counts"]


@dataclass(frozen=True)
class Counts:
    """Values of the counters.

    Attributes
    ----------
    requests : int
        Requests sent, including retries. A listing counts one for each page of 1,000 keys.
    received, sent : int
        Bytes of content, without headers.
    retries : int
        Requests that were sent again after a temporary failure.
    """

    requests: int = 0
    received: int = 0
    sent: int = 0
    retries: int = 0


class Counters:
    """Counters of requests, bytes and retries. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    def add(self, *, requests: int = 0, received: int = 0, sent: int = 0, retries: int = 0) -> None:
        """Add to the counts."""
        with self._lock:
            now = self._counts
            self._counts = Counts(
                now.requests + requests,
                now.received + received,
                now.sent + sent,
                now.retries + retries,
            )

    def read(self) -> Counts:
        """Return the current values."""
        return self._counts

    def __repr__(self) -> str:
        """Return the current values."""
        return f"Counters({self._counts})"
