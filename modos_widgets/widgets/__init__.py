"""Widgets. Each works alone with a plain argument; Browser joins them on one Session.

Names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.widgets.array_preview import ArrayPreview as ArrayPreview
    from modos_widgets.widgets.browser import Browser as Browser
    from modos_widgets.widgets.browser import browse as browse
    from modos_widgets.widgets.element_form import ElementForm as ElementForm
    from modos_widgets.widgets.endpoint_picker import EndpointPicker as EndpointPicker
    from modos_widgets.widgets.history import History as History
    from modos_widgets.widgets.login import Login as Login
    from modos_widgets.widgets.overview import Overview as Overview
    from modos_widgets.widgets.region_view import RegionView as RegionView
    from modos_widgets.widgets.saved_page import page as page
    from modos_widgets.widgets.table import MetadataTable as MetadataTable
    from modos_widgets.widgets.transfer_panel import TransferPanel as TransferPanel
    from modos_widgets.widgets.zarr_tree import ZarrTree as ZarrTree

_MODULES = {
    "ArrayPreview": "array_preview",
    "Browser": "browser",
    "ElementForm": "element_form",
    "EndpointPicker": "endpoint_picker",
    "History": "history",
    "Login": "login",
    "MetadataTable": "table",
    "Overview": "overview",
    "RegionView": "region_view",
    "TransferPanel": "transfer_panel",
    "ZarrTree": "zarr_tree",
    "browse": "browser",
    "page": "saved_page",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
