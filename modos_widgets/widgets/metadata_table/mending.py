"""What is wrong with cells, and what mends them: one, all of a kind, or every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.metadata_table.editing import EditedTable
from modos_widgets.widgets.metadata_table.marks import title_of
from modos_widgets.widgets.metadata_table.sheets import DraftSheet

if TYPE_CHECKING:
    from modos_widgets.modo.findings import Finding

__all__ = ["MendedTable"]


class MendedTable(EditedTable):
    """A table that tells what is wrong with a cell, and mends it."""

    def _at(self, request: Request) -> list[Finding]:
        if self._marks_now is None:
            return []
        position, number = int(request.payload["position"]), int(request.payload["column"])
        return self._marks_now.findings.get(position, {}).get(number, [])

    def _alike(self, finding: Finding) -> list[Finding]:
        return [
            one
            for one in self._found
            if one.code == finding.code
            and one.slot == finding.slot
            and (one.fix is None) == (finding.fix is None)
        ]

    def _way_out(self, finding: Finding) -> str | None:
        """Give the label of what mends a finding: its fix, or to empty a cell that may be."""
        if not self.editable or not isinstance(self._sheet, DraftSheet):
            return None
        if finding.fix is not None:
            return finding.fix.label
        attributes = self._sheet.draft.working(finding.object).now.get(finding.element, {})
        slots = self._sheet.draft.schema.slots(attributes.get("@type"))
        slot = slots.get(finding.slot)
        clearable = finding.slot in attributes and finding.slot != "@type"
        return "Clear the cell" if clearable and not (slot and slot.required) else None

    @answers("findings")
    def _answer_findings(self, request: Request) -> dict[str, Any]:
        """Tell what is wrong with a cell, and what mends it."""
        with self._lock:
            return {
                "findings": [
                    {
                        "severity": one.severity,
                        "title": title_of(one.code),
                        "message": one.message,
                        "fix": self._way_out(one),
                        "clears": one.fix is None,
                        "alike": len(self._alike(one)),
                    }
                    for one in self._at(request)
                ]
            }

    @answers("fix")
    def _answer_fix(self, request: Request) -> dict[str, Any]:
        """Apply a fix: of one cell, of all of its kind in the column, or every one."""
        with self._lock:
            draft = self._drafted().draft
            scope = request.payload.get("scope")
            if scope == "all":
                wanted = list(self._found.fixable)
            else:
                self._same_shape(request)
                index, found = int(request.payload.get("index", 0)), self._at(request)
                if index >= len(found):
                    return {"done": 0}  # it is mended already
                wanted = self._alike(found[index]) if scope == "kind" else [found[index]]
            with draft.together():
                done = draft.apply_fixes(wanted)
                for one in wanted:
                    if one.fix is None and self._way_out(one):
                        draft.unset((one.object, one.element), one.slot)
                        done += 1
            self._after()
            return {"done": done}

    @answers("next")
    def _answer_next(self, request: Request) -> dict[str, Any]:
        """Find the next cell with a finding among the rows that are shown."""
        asked = request.payload
        with self._lock:
            marks = self._marks_now
            order = [int(each) for each in asked["columns"]]
            if marks is None or not order:
                return {"row": None}
            place = {number: at for at, number in enumerate(order)}
            here = (int(asked.get("row", -1)), place.get(int(asked.get("column", -1)), -1))
            cells = [
                (row, place[number])
                for row, position in enumerate(self._shown())
                for number in marks.findings.get(position, {})
                if number in place
            ]
        cells.sort(reverse=bool(asked.get("back")))
        if not cells:
            return {"row": None}
        ahead = [cell for cell in cells if (cell < here if asked.get("back") else cell > here)]
        row, at = (ahead or cells)[0]
        return {"row": row, "column": str(order[at])}
