"""Findings of cells and their fixes: of one cell, of all similar ones, or of chosen groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import MISSING, FixGroup
from modos_widgets.widgets.front_end import Request, answers
from modos_widgets.widgets.slot_values import value_chips, value_words
from modos_widgets.widgets.table.class_tabs import ALL
from modos_widgets.widgets.table.data_source import DraftSource
from modos_widgets.widgets.table.query import read_query
from modos_widgets.widgets.table.wire import (
    CellRequest,
    FindingsAnswer,
    FixAnswer,
    FixesAnswer,
    FixesRequest,
    FixRequest,
    NextAnswer,
    NextRequest,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from modos_widgets.modo import Draft, Finding
    from modos_widgets.widgets.table.draft_state import DraftState
    from modos_widgets.widgets.table.rows import FoundRows
    from modos_widgets.widgets.table.wire import FixGroup as FixGroupAnswer
    from modos_widgets.widgets.wire import Chip

_EXAMPLES: Final = 100
_SHORT: Final = 24
_ASSUMPTIONS: Final = {
    "date_without_time": "Assumes midnight, UTC",
    "date_without_zone": "Assumes UTC",
}
_LINKS: Final = frozenset({"dangling_link", "wrong_link_type", "repeated_link"})

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
    def groups(self, request: Request[FixesRequest]) -> FixesAnswer:
        """Return the groups of fixes to choose from, those that keep the value first."""
        payload = request.payload
        with self._rows.lock:
            draft = self._state.writable().draft
            findings: Iterable[Finding] = self._state.found.fixable
            if "position" in payload:
                of_cell = self._of_cell(payload["position"], payload["column"])
                index = int(payload.get("index", 0))
                findings = self._alike(of_cell[index]) if index < len(of_cell) else ()
            cleared = [finding for finding in findings if finding.fix is None]
            groups = draft.fix_groups(finding for finding in findings if finding.fix is not None)
            if cleared:
                groups.append(FixGroup(cleared[0].code, "deletes", tuple(cleared)))
            chips: dict[str, list[Chip]] = {}
            described = [_described(draft, group, chips) for group in groups]
            return {"groups": described, "chips": chips}

    @answers("next")
    def next(self, request: Request[NextRequest]) -> NextAnswer:
        """Return the next displayed cell with a finding: errors first, then in the other tabs."""
        payload = request.payload
        back = bool(payload.get("back"))
        with self._rows.lock:
            shown = self._rows.shown(payload)
            columns = [int(column) for column in payload["columns"]]
            places = {number: place for place, number in enumerate(columns)}
            current = (int(payload.get("row", -1)), places.get(int(payload.get("column", -1)), -1))
            for severities in _severities(shown.query.marked):
                cells = self._cells(shown, columns, severities, back=back)
                ahead = [cell for cell in cells if (cell < current if back else cell > current)]
                if ahead:
                    return {"row": ahead[0][0], "column": str(columns[ahead[0][1]])}
                for tab in self._tabs_after(shown.query.tab, back=back):
                    kept = payload.get("tabs", {}).get(tab, {})
                    there = read_query({**kept, "search": shown.query.search, "tab": tab})
                    of_tab = self._columns(tab)
                    others = self._cells(self._rows.found(there), of_tab, severities, back=back)
                    if others:
                        row, place = others[0]
                        return {"row": row, "column": str(of_tab[place]), "tab": tab}
                if cells:
                    return {"row": cells[0][0], "column": str(columns[cells[0][1]])}
        return {"row": None}

    def _tabs_after(self, tab: str, *, back: bool) -> list[str]:
        """Return the tabs with findings that follow a tab, from the first again at the end."""
        data = self._rows.data
        if tab == ALL or not isinstance(data, DraftSource):
            return []
        names = data.tabs.names
        at = names.index(tab) if tab in names else 0
        following = [*names[at + 1 :], *names[:at]]
        if back:
            following.reverse()
        return [name for name in following if data.tabs.has_findings(name)]

    def _columns(self, tab: str) -> list[int]:
        data = self._rows.data
        if not isinstance(data, DraftSource):
            return []
        numbers = data.numbers
        return [*range(data.keys), *(numbers[slot] for slot in data.tabs.slots(tab, numbers))]

    def _cells(
        self, shown: FoundRows, columns: list[int], severities: Collection[str], *, back: bool
    ) -> list[tuple[int, int]]:
        """Return the displayed cells with findings, as (row, place of the column), in order."""
        marks, data = self._rows.marks, self._rows.data
        if marks is None or not isinstance(data, DraftSource):
            return []
        places = {number: place for place, number in enumerate(columns)}
        displayed = shown.places(len(data))
        cells = set()
        for finding in self._state.found:
            if finding.severity not in severities:
                continue
            position = data.place(finding.object, finding.element)
            row = None if position is None else int(displayed[position])
            place = places.get(marks.column(finding.slot))
            if row is not None and row >= 0 and place is not None:
                cells.add((row, place))
        return sorted(cells, reverse=back)


def _severities(marked: str) -> list[Collection[str]]:
    """Return the severities to go through, one group after the other."""
    if marked in {"warning", "note"}:
        return [{marked}]
    return [{"error"}, {"warning", "note"}]


def _described(draft: Draft, group: FixGroup, chips: dict[str, list[Chip]]) -> FixGroupAnswer:
    """Return a group of fixes for the browser; add the terms and links in it to `chips`."""
    examples = [_example(draft, each, chips) for each in group.findings[:_EXAMPLES]]
    return {
        "code": group.code,
        "effect": group.effect,
        "words": _effect_words(group, examples),
        "title": group.title,
        "slots": sorted({each.slot for each in group.findings if each.slot})[:4],
        "count": len(group.findings),
        "objects": len({each.object for each in group.findings}),
        "examples": examples,
    }


def _effect_words(group: FixGroup, examples: list[tuple[str, str | None, str | None]]) -> str:
    """Return what the fixes of a group do to the values."""
    if group.effect == "keeps":
        return "Keeps the value"
    if group.effect == "assumes":
        return _ASSUMPTIONS.get(group.code, "Assumes a value")
    if group.code in _LINKS:
        return "Removes the link"
    before = {before for _, before, after in examples if before is not None and after is None}
    only = before.pop() if len(before) == 1 and len(examples) == len(group.findings) else ""
    return f"Deletes “{only}”" if 0 < len(only) <= _SHORT else "Deletes a value"


def _example(
    draft: Draft, finding: Finding, chips: dict[str, list[Chip]]
) -> tuple[str, str | None, str | None]:
    """Return the element, the stored value, and the value of the fix; None if it is cleared."""
    fix = finding.fix
    if fix is not None and not fix.changes:
        return finding.element, None, fix.label
    cleared = (finding.element, finding.slot, MISSING)
    element, slot, value = fix.changes[0] if fix is not None else cleared
    before = draft.elements(finding.object).get(element, {}).get(slot, MISSING)
    both = value_chips([(slot, before), (slot, value)], draft.schema.link_slots)
    if both.get(str(value_words(before))) != both.get(str(value_words(value))):
        chips.update(both)  # a list with one term looks like the term: the texts tell them apart
    return finding.element, value_words(before), value_words(value)
