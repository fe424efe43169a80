"""Nodes of any zarr hierarchy: levels, an index of names, parts of arrays."""

from modos_widgets.explore.opening import open_source
from modos_widgets.explore.source import NodeSource

__all__ = ["NodeSource", "open_source"]
