"""Metadata of many objects in one DataFrame."""

from __future__ import annotations

from modos_widgets.harvest.catalog_table import catalog

__all__ = ["catalog"]
