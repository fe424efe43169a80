"""Metadata of many objects: in one DataFrame, one object at a time, or as open objects."""

from __future__ import annotations

from modos_widgets.harvest.catalog_table import catalog
from modos_widgets.harvest.columns import typed_frame
from modos_widgets.harvest.opening import OpenedObjects, open_each, open_objects
from modos_widgets.harvest.stream import MetadataStream, Receiver

__all__ = [
    "MetadataStream",
    "OpenedObjects",
    "Receiver",
    "catalog",
    "open_each",
    "open_objects",
    "typed_frame",
]
