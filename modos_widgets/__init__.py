"""Find, explore, curate and move Multi-Omics Digital Objects (MODOs) in Jupyter.

Names are loaded when they are first used (PEP 562), so importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from modos_widgets.harvest.gather import catalog as catalog
    from modos_widgets.modo.draft import Draft as Draft
    from modos_widgets.modo.editing import create_modo as create_modo
    from modos_widgets.modo.editing import edit as edit
    from modos_widgets.modo.inspecting import validate as validate
    from modos_widgets.modo.object import Modo as Modo
    from modos_widgets.modo.opening import open_modo as open_modo
    from modos_widgets.session.shared import Session as Session
    from modos_widgets.transport.moving import transfer as transfer
    from modos_widgets.widgets.array_preview import ArrayPreview as ArrayPreview
    from modos_widgets.widgets.browser import Browser as Browser
    from modos_widgets.widgets.browser import browse as browse
    from modos_widgets.widgets.endpoint_picker import EndpointPicker as EndpointPicker
    from modos_widgets.widgets.login import Login as Login
    from modos_widgets.widgets.metadata_table import MetadataTable as MetadataTable
    from modos_widgets.widgets.transfer_panel import TransferPanel as TransferPanel
    from modos_widgets.widgets.zarr_tree import ZarrTree as ZarrTree

__version__ = "0.1.0"

_HOME: dict[str, str] = {
    "Draft": "modos_widgets.modo.draft",
    "ArrayPreview": "modos_widgets.widgets.array_preview",
    "Browser": "modos_widgets.widgets.browser",
    "EndpointPicker": "modos_widgets.widgets.endpoint_picker",
    "Login": "modos_widgets.widgets.login",
    "MetadataTable": "modos_widgets.widgets.metadata_table",
    "Modo": "modos_widgets.modo.object",
    "LocalStorage": "modos_widgets.storage",
    "S3Path": "modos_widgets.storage",
    "S3Storage": "modos_widgets.storage",
    "Storage": "modos_widgets.storage",
    "TransferPanel": "modos_widgets.widgets.transfer_panel",
    "Session": "modos_widgets.session.shared",
    "ZarrTree": "modos_widgets.widgets.zarr_tree",
    "browse": "modos_widgets.widgets.browser",
    "catalog": "modos_widgets.harvest.gather",
    "create_modo": "modos_widgets.modo.editing",
    "edit": "modos_widgets.modo.editing",
    "open_modo": "modos_widgets.modo.opening",
    "transfer": "modos_widgets.transport.moving",
    "validate": "modos_widgets.modo.inspecting",
}
"""Public name -> the room that offers it."""

_ROOMS = frozenset({"demo", "errors", "remote", "storage"})

__all__ = [
    "ArrayPreview",
    "Browser",
    "Draft",
    "EndpointPicker",
    "LocalStorage",
    "Login",
    "MetadataTable",
    "Modo",
    "S3Path",
    "S3Storage",
    "Session",
    "Storage",
    "TransferPanel",
    "ZarrTree",
    "__version__",
    "browse",
    "catalog",
    "create_modo",
    "edit",
    "open_modo",
    "transfer",
    "validate",
]


def __getattr__(name: str) -> object | ModuleType:
    """Load a public name or room on first use."""
    if name in _HOME:
        value: object = getattr(import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *_HOME, *_ROOMS})
