"""How far a transfer is, and what became of each file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Outcome", "Progress", "State"]

State = Literal["planning", "copying", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    path : str
        Object and file, as at the target.
    bytes : int
        Its size.
    checksum : str
        ``md5:<hex>`` or ``etag:<etag>`` where the content was compared end to end; empty
        where only the size could be.
    outcome : str
        ``"copied"``, ``"same"`` (was there already), ``"failed"``, ``"not begun"``.
    detail : str
        Why it failed.
    """

    path: str
    bytes: int
    checksum: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a transfer is.

    Attributes
    ----------
    state : str
        ``"planning"``, ``"copying"``, ``"paused"``, ``"done"``, ``"failed"``, ``"cancelled"``.
    files, files_done, files_failed : int
        All of them, those that arrived or were there, those that failed.
    bytes, bytes_done : int
        The same in bytes.
    rate : float
        Bytes a second over the last seconds.
    seconds_left : float or None
        At this rate; None while it cannot be told.
    classes : dict of str to tuple of int
        File class (its ending) to (files, files done).
    """

    state: State
    files: int = 0
    files_done: int = 0
    files_failed: int = 0
    bytes: int = 0
    bytes_done: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    classes: dict[str, tuple[int, int]] = field(default_factory=dict)
