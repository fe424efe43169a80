"""Export of a draft as a sheet, and import of what came back, for any widget that shows a draft."""

from modos_widgets.widgets.sheets.exchange import SheetExchange

__all__ = ["SheetExchange"]
