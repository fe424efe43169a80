"""Progress of an operation: the argument of every ``on_progress`` callback."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Progress", "State", "Throttle"]

State = Literal[
    "searching", "planning", "reading", "writing", "copying", "paused", "done", "failed",
    "cancelled",
]  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """Progress of an operation; the argument of an ``on_progress`` callback.

    A field that does not apply to the operation keeps its default.

    Attributes
    ----------
    state : str
        Current step: ``"searching"``, ``"planning"``, ``"reading"``, ``"writing"`` or
        ``"copying"``; or ``"paused"``, ``"done"``, ``"failed"``, ``"cancelled"``.
    unit : str
        Unit of `done` and `total`: ``"objects"``, ``"files"`` or ``"blocks"``.
    done, total : int
        Number finished, and total number known so far.
    failed : int
        Number failed.
    unchanged : int
        Number finished that were reused from last time.
    omitted : int
        Number of empty folders and of keys that cannot be file names; not part of `total`.
    bytes_done, bytes : int
        Bytes finished, and total bytes; `bytes` is 0 until it is known.
    rate : float
        Bytes per second over the last seconds.
    seconds_left : float or None
        Estimated time left at this rate; None while there is no estimate.
    requests, retries : int
        Number of requests sent, and how many of them were retries.
    classes : dict of str to tuple of int
        File class (its extension) to (files, files done).
    path : str
        Path finished last.

    Examples
    --------
    >>> print(Progress("copying", "files", 12, 1400))
    12 of 1,400 files
    """

    state: State
    unit: str
    done: int = 0
    total: int = 0
    failed: int = 0
    unchanged: int = 0
    omitted: int = 0
    bytes_done: int = 0
    bytes: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    requests: int = 0
    retries: int = 0
    classes: dict[str, tuple[int, int]] = field(default_factory=dict)
    path: str = ""

    def __str__(self) -> str:
        """Return the number finished and the total."""
        return f"{self.done:,} of {self.total:,} {self.unit}"


class Throttle:
    """Limit on how often progress is reported.

    Parameters
    ----------
    seconds : float
        Minimum time between two reports.
    """

    def __init__(self, seconds: float = 0.1) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def due(self, *, last: bool = False) -> bool:
        """Return whether a report is due; the last one always is."""
        now = time.monotonic()
        if not last and now - self._last < self._seconds:
            return False
        self._last = now
        return True
