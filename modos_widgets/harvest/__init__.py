"""Many objects: list them and read their metadata into one DataFrame."""

from __future__ import annotations

from modos_widgets.harvest.catalog_table import catalog

__all__ = ["catalog"]
