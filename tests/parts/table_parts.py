"""The parts of a table without the widget: a draft of one small object, and requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets import create_modo, open_modo
from modos_widgets.widgets.front_end import StreamedRequest
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.draft_state import DraftState
from modos_widgets.widgets.table.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Drafted", "request"]


def request(**payload: Any) -> StreamedRequest[Any, Any]:
    """Return a request with this payload, by default of a view that shows all rows."""
    return StreamedRequest(1, "view", "", {"shown": {}, **payload})


class Drafted:
    """The state of a draft of one object with two samples and an assay."""

    def __init__(self, folder: Path, on_change: Callable[[bool], object] | None = None) -> None:
        draft = create_modo(folder / "study").edit()
        draft.add("sample/s1", {"name": "First", "sex": "unknown"})
        draft.add("sample/s2", {"name": "Second", "sex": "Female"})
        draft.add("assay/a", {"name": "RNA", "omics_type": "TRANSCRIPTOMICS"})
        draft.commit(force=True)
        self.data = DraftSource(open_modo(folder / "study", mode="r+").edit(), all_slots=True)
        self.rows = Rows(self.data, editable=True)
        self.state = DraftState(self.rows, on_change)

    def column(self, name: str) -> str:
        return str(self.data.names.index(name))

    def row(self, element: str) -> int:
        position = self.data.find(element)
        assert position is not None
        return position

    def value(self, element: str, name: str) -> Any:
        return self.data.draft.current(element, name)
