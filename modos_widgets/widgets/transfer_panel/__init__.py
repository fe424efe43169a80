"""TransferPanel: compare, copy and verify objects."""

from modos_widgets.widgets.transfer_panel.widget import TransferPanel

__all__ = ["TransferPanel"]
