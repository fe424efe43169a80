"""Many objects: list them and read their metadata into one DataFrame."""

from __future__ import annotations

from modos_widgets.harvest.gather import catalog
from modos_widgets.harvest.progress import Progress

__all__ = ["Progress", "catalog"]
