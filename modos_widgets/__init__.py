"""Find, explore, curate and move Multi-Omics Digital Objects (MODOs) in Jupyter.

Names are loaded on first use (PEP 562), so importing the package is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.description import describe as describe
    from modos_widgets.finder import Finder as Finder
    from modos_widgets.folding import folded as folded
    from modos_widgets.harvest import catalog as catalog
    from modos_widgets.location import Location as Location
    from modos_widgets.modo import Commit as Commit
    from modos_widgets.modo import Conflict as Conflict
    from modos_widgets.modo import DeletedModo as DeletedModo
    from modos_widgets.modo import Draft as Draft
    from modos_widgets.modo import Finding as Finding
    from modos_widgets.modo import Findings as Findings
    from modos_widgets.modo import Modo as Modo
    from modos_widgets.modo import ProposedChange as ProposedChange
    from modos_widgets.modo import UndoCheck as UndoCheck
    from modos_widgets.modo import create_modo as create_modo
    from modos_widgets.modo import deleted_modos as deleted_modos
    from modos_widgets.modo import edit as edit
    from modos_widgets.modo import open_modo as open_modo
    from modos_widgets.modo import text_of as text_of
    from modos_widgets.modo import validate as validate
    from modos_widgets.progress import Progress as Progress
    from modos_widgets.session import Session as Session
    from modos_widgets.sheets import export_sheet as export_sheet
    from modos_widgets.sheets import import_sheet as import_sheet
    from modos_widgets.sheets import propose_mapping as propose_mapping
    from modos_widgets.sheets import save_mapping as save_mapping
    from modos_widgets.transport import Plan as Plan
    from modos_widgets.transport import Transfer as Transfer
    from modos_widgets.transport import compare as compare
    from modos_widgets.transport import transfer as transfer
    from modos_widgets.widgets import ArrayPreview as ArrayPreview
    from modos_widgets.widgets import Browser as Browser
    from modos_widgets.widgets import ElementForm as ElementForm
    from modos_widgets.widgets import EndpointPicker as EndpointPicker
    from modos_widgets.widgets import History as History
    from modos_widgets.widgets import Login as Login
    from modos_widgets.widgets import MetadataTable as MetadataTable
    from modos_widgets.widgets import Overview as Overview
    from modos_widgets.widgets import RegionView as RegionView
    from modos_widgets.widgets import TransferPanel as TransferPanel
    from modos_widgets.widgets import ZarrTree as ZarrTree
    from modos_widgets.widgets import browse as browse
    from modos_widgets.widgets import page as page

__version__ = "0.1.0"

_MODULES = {
    "ArrayPreview": "widgets",
    "Browser": "widgets",
    "Commit": "modo",
    "Conflict": "modo",
    "DeletedModo": "modo",
    "Draft": "modo",
    "ElementForm": "widgets",
    "EndpointPicker": "widgets",
    "Finder": "finder",
    "Finding": "modo",
    "Findings": "modo",
    "History": "widgets",
    "LocalStorage": "storage",
    "Location": "location",
    "Login": "widgets",
    "MetadataTable": "widgets",
    "Modo": "modo",
    "Overview": "widgets",
    "Plan": "transport",
    "Progress": "progress",
    "ProposedChange": "modo",
    "RegionView": "widgets",
    "S3Path": "storage",
    "S3Storage": "storage",
    "Session": "session",
    "Storage": "storage",
    "Transfer": "transport",
    "TransferPanel": "widgets",
    "UndoCheck": "modo",
    "ZarrTree": "widgets",
    "browse": "widgets",
    "catalog": "harvest",
    "compare": "transport",
    "create_modo": "modo",
    "credentials": "credentials",
    "deleted_modos": "modo",
    "demo": "demo",
    "describe": "description",
    "edit": "modo",
    "errors": "errors",
    "export_sheet": "sheets",
    "folded": "folding",
    "import_sheet": "sheets",
    "open_modo": "modo",
    "page": "widgets",
    "propose_mapping": "sheets",
    "remote": "remote",
    "save_mapping": "sheets",
    "storage": "storage",
    "text_of": "modo",
    "transfer": "transport",
    "validate": "modo",
}
"""Public name to the module that defines it; a public package maps to itself."""

__all__ = [
    "ArrayPreview",
    "Browser",
    "Commit",
    "Conflict",
    "DeletedModo",
    "Draft",
    "ElementForm",
    "EndpointPicker",
    "Finder",
    "Finding",
    "Findings",
    "History",
    "LocalStorage",
    "Location",
    "Login",
    "MetadataTable",
    "Modo",
    "Overview",
    "Plan",
    "Progress",
    "ProposedChange",
    "RegionView",
    "S3Path",
    "S3Storage",
    "Session",
    "Storage",
    "Transfer",
    "TransferPanel",
    "UndoCheck",
    "ZarrTree",
    "__version__",
    "browse",
    "catalog",
    "compare",
    "create_modo",
    "deleted_modos",
    "describe",
    "edit",
    "export_sheet",
    "folded",
    "import_sheet",
    "open_modo",
    "page",
    "propose_mapping",
    "save_mapping",
    "text_of",
    "transfer",
    "validate",
]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
