"""A table on a draft: its marks, its findings, and what its bars tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.errors import ChangedError, OptionError
from modos_widgets.modo.findings import Findings
from modos_widgets.session import background
from modos_widgets.widgets.metadata_table.columns import slots_of
from modos_widgets.widgets.metadata_table.marks import Marks
from modos_widgets.widgets.metadata_table.picking import PickedTable
from modos_widgets.widgets.metadata_table.sheets import DraftSheet
from modos_widgets.widgets.metadata_table.sources import why_not_written

if TYPE_CHECKING:
    from modos_widgets.modo.draft import Draft
    from modos_widgets.modo.slots import Slot
    from modos_widgets.remote import EndpointManager
    from modos_widgets.widgets.front_end import Request

__all__ = ["DraftedTable"]

_CHECK_AT_ONCE: Final = 3_000


class DraftedTable(PickedTable):
    """A table that follows a draft, where its sheet is one."""

    _marks_now: Marks | None = None
    _found: Findings = Findings(())
    _checking: background.Task[None] | None = None

    def __init__(
        self,
        source: Any = None,
        *,
        editable: bool = False,
        terminology: EndpointManager | str | None = None,
        **traits: Any,
    ) -> None:
        self._terminology = terminology
        super().__init__(source, editable=editable, **traits)
        self._changed_source()
        if self._marks_now is not None and self._marks_now.findings and self._head.get("rows"):
            self._head = self._first(editable=editable)

    def _changed_source(self) -> None:
        sheet = self._sheet
        self._marks_now = Marks(sheet) if isinstance(sheet, DraftSheet) else None
        self._found = Findings(())
        self._slots: dict[str, Slot] = {}
        if isinstance(sheet, DraftSheet):
            self._slots = slots_of(sheet.draft.schema)
        self._after(told=False)

    # -- in Python --------------------------------------------------------------------------

    @property
    def draft(self) -> Draft | None:
        """The draft that edits go into; None for a DataFrame. Call `refresh` after changing it."""
        return self._sheet.draft if isinstance(self._sheet, DraftSheet) else None

    @property
    def findings(self) -> Findings:
        """What the last check has found wrong in the metadata as they are in the draft."""
        if self._checking is not None:
            self._checking.future.exception(60)
        return self._found

    def refresh(self) -> None:
        """Show the draft as it is now, after it was changed in code."""
        with self._lock:
            self._after()

    # -- after a change ---------------------------------------------------------------------

    def _drafted(self) -> DraftSheet:
        if not isinstance(self._sheet, DraftSheet) or not self.editable:
            raise OptionError(
                "This table is only to be looked at.", "Make it with editable=True to change it."
            )
        return self._sheet

    def _after(self, *, told: bool = True) -> None:
        """Bring rows, marks and counts up to date."""
        sheet = self._sheet
        if not isinstance(sheet, DraftSheet) or self._marks_now is None:
            self._status = {}
            return
        slots_before = len(sheet.slots)
        if sheet.reload():
            self._shape += 1
            self._now = (self._now[0], self._searcher_again())
        self._searcher.forget()
        self._bands = None
        if len(sheet) <= _CHECK_AT_ONCE:
            self._check(sheet)
        elif self._checking is None or self._checking.done:
            self._checking = background.run(self._check_later, sheet)
        self._tell_status(sheet)
        if len(sheet.slots) != slots_before:
            self._head = {**self._first(editable=self.editable), "rows": None}
        elif told:
            self.emit("edited", {"shape": self._shape})

    def _searcher_again(self) -> Any:
        self._searcher.forget()
        query = self._now[0]
        marked = self._marked(query.marked) if query.marked else None
        return self._searcher.positions(query, marked)

    def _check(self, sheet: DraftSheet) -> None:
        self._found = sheet.draft.validate()
        if self._marks_now is not None:
            self._marks_now.take_findings(self._found)

    def _check_later(self, sheet: DraftSheet) -> None:
        with self._lock:
            if sheet is not self._sheet:
                return
            self._check(sheet)
            self._tell_status(sheet)
            self.emit("edited", {"shape": self._shape})

    def _tell_status(self, sheet: DraftSheet) -> None:
        if self._marks_now is None:
            return
        changes, objects = self._marks_now.take_changes()
        counts = self._found.counts()
        self._status = {
            "changes": changes,
            "objects": objects,
            "errors": counts.get("error", 0),
            "warnings": counts.get("warning", 0),
            "notes": counts.get("note", 0),
            "fixable": len(self._found.fixable),
            "undo": bool(sheet.draft._done),  # noqa: SLF001 - there is no other way to ask
            "redo": bool(sheet.draft._undone),  # noqa: SLF001
            "readonly": why_not_written(sheet) if self.editable else "",
            "committed": self._last_commit(),
        }

    def _last_commit(self) -> str:
        return ""

    def _marked(self, mark: str) -> set[int]:
        return self._marks_now.rows(mark) if self._marks_now is not None else set()

    def _marks(self, positions: list[int]) -> dict[str, Any]:
        marks = self._marks_now
        if marks is None:
            return {}
        return {str(position): found for position in positions if (found := marks.of(position))}

    def _same_shape(self, request: Request) -> None:
        shape = request.payload.get("shape")
        if shape is not None and shape != self._shape:
            raise ChangedError(
                "Rows have come or gone since you looked.", "Look at the cell again, and repeat it."
            )
