"""Files of the person's own computer that the page sends in pieces, for any widget."""

from modos_widgets.widgets.uploading.uploading import Uploading

__all__ = ["Uploading"]
