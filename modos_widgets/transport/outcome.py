"""Outcome of a file of a transfer."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """Outcome of one file.

    Attributes
    ----------
    path : str
        Object and file, as at the target.
    bytes : int
        Size of the file.
    checksum : str
        ``md5:<hex>`` or ``etag:<etag>`` if the content was compared end to end; empty
        if only the size could be compared.
    outcome : str
        ``"copied"``, ``"same"`` (already exists), ``"failed"``, ``"not begun"``,
        or ``"not copied"``: an empty folder, or a key that no file can have.
    detail : str
        The reason why it failed or is not copied.
    """

    path: str
    bytes: int
    checksum: str
    outcome: str
    detail: str = ""
