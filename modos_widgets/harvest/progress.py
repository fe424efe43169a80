"""How far a harvest is."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True)
class Progress:
    """How far a harvest is; handed to ``on_progress`` at most ten times a second.

    Attributes
    ----------
    found : int
        Objects found so far.
    read : int
        Objects whose metadata are in.
    failed : int
        Objects that could not be read.
    unchanged : int
        Of those read, how many were kept from the last harvest.
    searching : bool
        Whether more objects may be found.
    requests, received, retries : int
        What went over the wire; bytes of content for `received`.
    """

    found: int
    read: int
    failed: int
    unchanged: int
    searching: bool
    requests: int
    received: int
    retries: int
