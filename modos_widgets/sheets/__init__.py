"""Metadata as spreadsheets: export a sheet, and import what came back as a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.lazy_names import lazy_names

if TYPE_CHECKING:
    from modos_widgets.sheets.column_mapping import propose_mapping as propose_mapping
    from modos_widgets.sheets.column_mapping import save_mapping as save_mapping
    from modos_widgets.sheets.columns import SHEET_MEANINGS as SHEET_MEANINGS
    from modos_widgets.sheets.sheet_export import SheetExport as SheetExport
    from modos_widgets.sheets.sheet_export import export_sheet as export_sheet
    from modos_widgets.sheets.sheet_file import delimited_tab as delimited_tab
    from modos_widgets.sheets.sheet_import import import_sheet as import_sheet

_MODULES = {
    "SHEET_MEANINGS": "columns",
    "SheetExport": "sheet_export",
    "delimited_tab": "sheet_file",
    "export_sheet": "sheet_export",
    "import_sheet": "sheet_import",
    "propose_mapping": "column_mapping",
    "save_mapping": "column_mapping",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
