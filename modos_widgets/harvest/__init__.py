"""Metadata of many objects: in one DataFrame, or one object at a time."""

from __future__ import annotations

from modos_widgets.harvest.catalog_table import catalog
from modos_widgets.harvest.columns import typed_frame
from modos_widgets.harvest.stream import MetadataStream, Receiver

__all__ = ["MetadataStream", "Receiver", "catalog", "typed_frame"]
