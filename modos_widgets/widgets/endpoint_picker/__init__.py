"""EndpointPicker: an endpoint or a folder, and the health of its services."""

from modos_widgets.widgets.endpoint_picker.widget import EndpointPicker

__all__ = ["EndpointPicker"]
