"""Panels of an overview in place of the result: a table that edits its objects, a transfer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import OptionError
from modos_widgets.modo import Modo, edit
from modos_widgets.widgets.front_end import FrontEndWidget, Request, answers
from modos_widgets.widgets.overview.wire import PanelShown, TargetsRequest
from modos_widgets.widgets.table import MetadataTable
from modos_widgets.widgets.transfer_panel import TransferPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from modos_widgets.location import Location
    from modos_widgets.modo import Draft

__all__ = ["MOST_EDITED", "Panels"]

MOST_EDITED: Final = 500
"""Maximum number of objects that are edited at once."""


class Panels:
    """The table or the transfer that the overview shows in place of the result.

    A panel that is left is kept while it has unsaved changes or a running transfer.

    Parameters
    ----------
    targets : callable
        Returns the paths of the objects that a request is for.
    locate : callable
        Returns objects to open, from their paths.
    changed : callable
        Called when `shown` has changed.
    committed : callable
        Called when a table is left that has committed changes.
    """

    def __init__(
        self,
        targets: Callable[[Request[TargetsRequest]], list[str]],
        locate: Callable[[list[str]], list[Modo | Location]],
        changed: Callable[[], object],
        committed: Callable[[], object],
    ) -> None:
        self._targets = targets
        self._locate = locate
        self._changed = changed
        self._committed = committed
        self._lock = threading.Lock()
        self._widget: MetadataTable | TransferPanel | None = None
        self._number = 0  # objects
        self._is_open = False
        self._stop: Callable[[], None] = lambda: None

    @property
    def widget(self) -> FrontEndWidget | None:
        """The table or the transfer; None if there is none."""
        return self._widget

    @property
    def draft(self) -> Draft | None:
        """The draft of the table; None if nothing is edited."""
        return self._widget.draft if isinstance(self._widget, MetadataTable) else None

    @property
    def shown(self) -> PanelShown | None:
        """State for the page."""
        widget = self._widget
        if widget is None:
            return None
        is_table = isinstance(widget, MetadataTable)
        return {
            "kind": "edit" if is_table else "copy",
            "objects": self._number,
            "is_open": self._is_open,
            "changes": int(widget.status.get("changes", 0)) if is_table else 0,
        }

    def close(self) -> None:
        """Close the widget; a transfer continues."""
        self._show(None, 0)

    @answers("edit")
    def answer_edit(self, request: Request[TargetsRequest]) -> None:
        """Edit objects in a table."""
        paths = self._targets(request)
        if len(paths) > MOST_EDITED:
            raise OptionError(
                f"{len(paths):,} objects are too many to edit at once.",
                f"Narrow the result to at most {MOST_EDITED} objects, or select some.",
            )
        self._refuse_loss()
        table = MetadataTable(edit(self._locate(paths)), editable=True, height="100%")
        self._show(table, len(paths))

    @answers("copy")
    def answer_copy(self, request: Request[TargetsRequest]) -> None:
        """Offer objects for a transfer."""
        paths = self._targets(request)
        self._refuse_loss()
        places = self._locate(paths)
        panel = TransferPanel()
        panel.offer(places, **_arguments(places))
        self._show(panel, len(paths))

    @answers("show panel", at_once=True)
    def answer_show(self, _: Request) -> None:
        """Return to a table or a transfer that was left."""
        self._is_open = self._widget is not None
        self._changed()

    @answers("leave panel")
    def answer_leave(self, _: Request) -> None:
        """Return to the result, once values on their way from the table are stored."""
        if isinstance(self._widget, MetadataTable):
            self._widget.finish_requests()
        self._is_open = False
        if not self._is_busy:
            self._show(None, 0)
        else:
            self._changed()

    def _refuse_loss(self) -> None:
        """Raise OptionError if opening another panel would lose something."""
        if isinstance(self._widget, TransferPanel) and self._widget.busy:
            raise OptionError("A transfer is under way.", "Wait until it ends, or cancel it.")
        if self._is_busy:
            raise OptionError("There are unsaved changes.", "Commit or discard them first.")

    @property
    def _is_busy(self) -> bool:
        widget = self._widget
        if isinstance(widget, MetadataTable):
            return bool(widget.draft and widget.draft.changes())
        return widget is not None and widget.busy

    def _show(self, widget: MetadataTable | TransferPanel | None, number: int) -> None:
        with self._lock:
            before, self._widget = self._widget, widget
            self._number, self._is_open = number, widget is not None
            self._stop()
            self._stop = lambda: None
            if isinstance(widget, MetadataTable):
                self._stop = widget.on_edit(self._changed)
        self._changed()
        if before is not None:
            before.close()
            if isinstance(before, MetadataTable) and before.report is not None:
                self._committed()


def _arguments(places: list[Modo | Location]) -> dict[str, Any]:
    """Return endpoint, services and keys of the first place, for the target."""
    first = places[0] if places else None
    if first is None:
        return {}
    return {"endpoint": first.endpoint} if isinstance(first, Modo) else first.arguments
