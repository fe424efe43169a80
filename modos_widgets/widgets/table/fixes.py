"""Findings of cells and their fixes: of one cell, of all similar ones, or of chosen groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.modo import MISSING
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.marks import value_words
from modos_widgets.widgets.table.wire import (
    CellRequest,
    FindingsAnswer,
    FixAnswer,
    FixesAnswer,
    FixRequest,
    NextAnswer,
    NextRequest,
)

if TYPE_CHECKING:
    from modos_widgets.modo import Draft, Finding
    from modos_widgets.widgets.table.draft_state import DraftState

_EXAMPLES = 3

__all__ = ["Fixes"]


class Fixes:
    """Findings of a table and their fixes.

    Parameters
    ----------
    state : DraftState
        The draft and its findings.
    """

    def __init__(self, state: DraftState) -> None:
        self._state = state
        self._rows = state.rows

    def _of_cell(self, position: Any, column: Any) -> list[Finding]:
        if self._rows.marks is None:
            return []
        return self._rows.marks.findings(int(position)).get(int(column), [])

    def _alike(self, finding: Finding) -> list[Finding]:
        return [
            other
            for other in self._state.found
            if other.code == finding.code
            and other.slot == finding.slot
            and (other.fix is None) == (finding.fix is None)
        ]

    def _label(self, finding: Finding) -> str | None:
        """Return the label of the fix of a finding, or that of clearing an optional cell."""
        data = self._rows.data
        if not self._rows.editable or not isinstance(data, DraftSource):
            return None
        if finding.fix is not None:
            return finding.fix.label
        attributes = data.draft.elements(finding.object).get(finding.element, {})
        slot = data.draft.schema.slots(attributes.get("@type")).get(finding.slot)
        clearable = finding.slot in attributes and finding.slot != "@type"
        return "Clear the cell" if clearable and not (slot and slot.required) else None

    @answers("findings")
    def findings(self, request: Request[CellRequest]) -> FindingsAnswer:
        """Return the findings of a cell and their fixes."""
        payload = request.payload
        with self._rows.lock:
            return {
                "findings": [
                    {
                        "severity": finding.severity,
                        "title": finding.title,
                        "message": finding.message,
                        "fix": self._label(finding),
                        "clears": finding.fix is None,
                        "alike": len(self._alike(finding)),
                    }
                    for finding in self._of_cell(payload["position"], payload["column"])
                ]
            }

    def _in_groups(self, draft: Draft, groups: list[tuple[str, str]]) -> list[Finding]:
        chosen = {tuple(map(str, group)) for group in groups}
        return [
            finding
            for group in draft.fix_groups(self._state.found.fixable)
            if (group.code, group.effect) in chosen
            for finding in group.findings
        ]

    @answers("fix")
    def fix(self, request: Request[FixRequest]) -> FixAnswer:
        """Apply a fix to one cell, to all similar ones in the column, or to chosen groups."""
        with self._rows.lock:
            payload, draft = request.payload, self._state.writable().draft
            scope = payload.get("scope")
            if scope == "groups":
                findings = self._in_groups(draft, payload.get("groups", []))
            else:
                self._rows.check_shape(payload.get("shape"))
                of_cell = self._of_cell(payload["position"], payload["column"])
                index = int(payload.get("index", 0))
                if index >= len(of_cell):
                    return {"done": 0}  # it has been fixed
                findings = self._alike(of_cell[index]) if scope == "kind" else [of_cell[index]]
            with draft.together():
                fixed = draft.apply_fixes(findings)
                for finding in findings:
                    if finding.fix is None and self._label(finding):
                        draft.unset((finding.object, finding.element), finding.slot)
                        fixed += 1
            self._state.refresh()
            return {"done": fixed}

    @answers("fixes")
    def groups(self, _request: Request) -> FixesAnswer:
        """Return the groups of fixes to choose from, those that keep the value first."""
        with self._rows.lock:
            draft = self._state.writable().draft
            return {
                "groups": [
                    {
                        "code": group.code,
                        "effect": group.effect,
                        "title": group.title,
                        "slots": sorted({each.slot for each in group.findings if each.slot})[:4],
                        "count": len(group.findings),
                        "objects": len({each.object for each in group.findings}),
                        "examples": [_example(draft, each) for each in group.findings[:_EXAMPLES]],
                    }
                    for group in draft.fix_groups(self._state.found.fixable)
                ]
            }

    @answers("next")
    def next(self, request: Request[NextRequest]) -> NextAnswer:
        """Return the next displayed cell with a finding."""
        payload = request.payload
        with self._rows.lock:
            marks = self._rows.marks
            columns = [int(column) for column in payload["columns"]]
            if marks is None or not columns:
                return {"row": None}
            places = {number: place for place, number in enumerate(columns)}
            current = (int(payload.get("row", -1)), places.get(int(payload.get("column", -1)), -1))
            cells = [
                (row, places[number])
                for row, position in enumerate(self._rows.displayed())
                for number in marks.findings(position)
                if number in places
            ]
        back = bool(payload.get("back"))
        cells.sort(reverse=back)
        if not cells:
            return {"row": None}
        ahead = [cell for cell in cells if (cell < current if back else cell > current)]
        row, place = (ahead or cells)[0]
        return {"row": row, "column": str(columns[place])}


def _example(draft: Draft, finding: Finding) -> tuple[str, str | None, str | None]:
    """Return the element, the stored value, and the value of the fix."""
    fix = finding.fix
    if fix is None or not fix.changes:
        return finding.element, None, fix.label if fix is not None else ""
    element, slot, value = fix.changes[0]
    before = draft.elements(finding.object).get(element, {}).get(slot, MISSING)
    return finding.element, value_words(before), value_words(value)
