"""MetadataTable: metadata of one object or many, or any DataFrame, as a table to work in."""

from modos_widgets.widgets.table.widget import MetadataTable

__all__ = ["MetadataTable"]
