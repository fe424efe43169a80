"""MetadataTable: a table of the metadata of objects, or of any DataFrame."""

from modos_widgets.widgets.table.widget import MetadataTable
from modos_widgets.widgets.table.wire import Status

__all__ = ["MetadataTable", "Status"]
