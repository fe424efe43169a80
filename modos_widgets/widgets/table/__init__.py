"""MetadataTable: a table of the metadata of objects, or of any DataFrame."""

from modos_widgets.widgets.table.widget import MetadataTable

__all__ = ["MetadataTable"]
