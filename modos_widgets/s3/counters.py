"""Counters of what went over the wire; widgets and benchmarks read them."""

from __future__ import annotations

import threading
from dataclasses import dataclass

__all__ = ["Counters", "Counts"]


@dataclass(frozen=True)
class Counts:
    """A reading of the counters.

    Attributes
    ----------
    requests : int
        Requests sent, retries included. A listing of n keys counts one for each page of 1,000.
    received, sent : int
        Bytes of content, without headers.
    retries : int
        Requests that were sent again after a passing fault.
    """

    requests: int = 0
    received: int = 0
    sent: int = 0
    retries: int = 0


class Counters:
    """Counts requests, bytes and retries; safe on any thread."""

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
        """Give the counts as they stand."""
        return self._counts

    def __repr__(self) -> str:
        """Give the counts as they stand."""
        return f"Counters({self._counts})"
