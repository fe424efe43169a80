"""ArrayPreview: properties, values and a picture of an array."""

from modos_widgets.widgets.array_preview.widget import ArrayPreview

__all__ = ["ArrayPreview"]
