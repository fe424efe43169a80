"""Marks of cells: changed, or with findings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modos_widgets.modo import Finding, Watch
    from modos_widgets.widgets.table.data_source import DraftSource
    from modos_widgets.widgets.table.wire import Mark

__all__ = ["Marks"]

_RANK: Final = {"error": 0, "warning": 1, "note": 2}


class Marks:
    """Marks of the cells of a table, by row and column.

    The draft is queried when a row is requested; only the numbers of changed cells are kept.

    Parameters
    ----------
    data : DraftSource
        The rows and columns.
    """

    def __init__(self, data: DraftSource) -> None:
        self._data = data
        self._columns: dict[str, int] = {}
        self._cells: dict[tuple[str, str], int] = {}
        self._attached: dict[str, list[tuple[str, str]]] = {}
        self._changes: Counter[str] = Counter()
        self.count_all()

    def column(self, slot: str) -> int:
        """Return the number of the column of a slot; that of the element for none."""
        data = self._data
        if len(self._columns) != len(data.slots):
            self._columns = {slot: number + data.keys for number, slot in enumerate(data.slots)}
        return self._columns.get(slot, data.keys - 1)

    # -- numbers of changes -----------------------------------------------------------------

    def count_all(self) -> None:
        """Count the changes of the whole draft."""
        draft = self._data.draft
        self._cells, self._attached = {}, {}
        self._changes.clear()
        for changes in draft.changes():
            for element in changes.elements:
                self._count_cells((changes.path, element))
        for modo in draft.modos:
            self._count_attached(modo.path)

    def _count_cells(self, key: tuple[str, str]) -> None:
        count = len(self._data.draft.changed_slots(key))
        self._changes[key[0]] += count - self._cells.pop(key, 0)
        if count:
            self._cells[key] = count

    def count(self, watch: Watch) -> None:
        """Count what has changed again."""
        for key in watch.changed:
            self._count_cells(key)
        for path in watch.attached:
            self._count_attached(path)

    def _count_attached(self, path: str) -> None:
        """Count the files and arrays of an object that the next commit adds."""
        draft = self._data.draft
        rows = draft.attachment_rows(path) if draft.attachments(path) else []
        self._changes[path] += len(rows) - len(self._attached.pop(path, ()))
        if rows:
            self._attached[path] = [(element, name) for _, element, name, *_ in rows]

    @property
    def changes(self) -> tuple[int, int]:
        """Number of changes, and of changed objects."""
        return self._changes.total(), sum(map(bool, self._changes.values()))

    # -- marks ------------------------------------------------------------------------------

    def findings(self, position: int) -> dict[int, list[Finding]]:
        """Return the findings of a row so far, by column."""
        found: dict[int, list[Finding]] = {}
        for finding in self._data.draft.findings_of(self._data.key(position)):
            found.setdefault(self.column(finding.slot), []).append(finding)
        return found

    def changed(self, position: int) -> set[int]:
        """Return the changed columns of a row."""
        key = self._data.key(position)
        slots = self._data.draft.changed_slots(key) if key in self._cells else ()
        names = (name for element, name in self._attached.get(key[0], ()) if element == key[1])
        return {self.column(slot) for slot in (*slots, *names)}

    def of(self, position: int) -> dict[str, Mark]:
        """Return the marks of a row, by column id, for the browser."""
        changed = self.changed(position)
        found = self.findings(position)
        marks: dict[str, Mark] = {}
        for number in changed | found.keys():
            findings = sorted(found.get(number, ()), key=lambda each: _RANK[each.severity])
            worst = findings[0].severity if findings else ""
            message = " ".join(f"{each.title}: {each.message}" for each in findings)
            fixable = any(each.fix for each in findings)
            marks[str(number)] = {
                "changed": number in changed,
                "severity": worst,
                "message": message[:500],
                "fixable": fixable,
            }
        return marks

    def rows(self, mark: str) -> set[int]:
        """Return the rows with a mark: changed, finding, error, warning or note."""
        data = self._data
        if mark == "changed":
            keys = {(path, element) for path, rows in self._attached.items() for element, _ in rows}
            keys |= self._cells.keys()
        else:
            keys = {
                (finding.object, finding.element)
                for finding in data.draft.findings
                if mark in {"finding", finding.severity}
            }
        return {place for key in keys if (place := data.place(*key)) is not None}
