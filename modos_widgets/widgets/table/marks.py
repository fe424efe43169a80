"""Which cells are changed, and what is wrong with which."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from modos_widgets.modo import MISSING, short_text

if TYPE_CHECKING:
    from modos_widgets.modo import Finding, Watch
    from modos_widgets.widgets.table.data_source import DraftSource
    from modos_widgets.widgets.table.wire import Mark

__all__ = ["Marks", "value_words"]

_RANK: Final = {"error": 0, "warning": 1, "note": 2}


class Marks:
    """The marks of a table's cells, by row and column.

    What the draft knows of an element is looked up when its row is asked for. Kept are only
    the numbers of changed cells.

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

    def _column(self, slot: str) -> int:
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
        """Count the files and arrays of an object that come with the next commit."""
        draft = self._data.draft
        rows = draft.attachment_rows(path) if draft.attachments(path) else []
        self._changes[path] += len(rows) - len(self._attached.pop(path, ()))
        if rows:
            self._attached[path] = [(element, name) for _, element, name, *_ in rows]

    @property
    def changes(self) -> tuple[int, int]:
        """The number of changes, and that of the objects which have any."""
        return self._changes.total(), sum(map(bool, self._changes.values()))

    # -- marks ------------------------------------------------------------------------------

    def findings(self, position: int) -> dict[int, list[Finding]]:
        """Return what the checks have found in a row so far, by column."""
        found: dict[int, list[Finding]] = {}
        for finding in self._data.draft.findings_of(self._data.key(position)):
            found.setdefault(self._column(finding.slot), []).append(finding)
        return found

    def changed(self, position: int) -> set[int]:
        """Return the changed columns of a row."""
        key = self._data.key(position)
        slots = self._data.draft.changed_slots(key) if key in self._cells else ()
        names = (name for element, name in self._attached.get(key[0], ()) if element == key[1])
        return {self._column(slot) for slot in (*slots, *names)}

    def of(self, position: int) -> dict[str, Mark]:
        """Return a row's marks as the browser gets them."""
        changed = self.changed(position)
        found = self.findings(position)
        marks: dict[str, Mark] = {}
        for number in changed | found.keys():
            findings = sorted(found.get(number, ()), key=lambda one: _RANK[one.severity])
            worst = findings[0].severity if findings else ""
            said = " ".join(f"{one.title}: {one.message}" for one in findings)
            fixable = any(one.fix for one in findings)
            marks[str(number)] = {
                "changed": number in changed,
                "severity": worst,
                "message": said[:500],
                "fixable": fixable,
            }
        return marks

    def rows(self, mark: str) -> set[int]:
        """Return the rows that bear a mark: changed, finding, error, warning or note."""
        data = self._data
        if mark == "changed":
            keys = {(path, element) for path, rows in self._attached.items() for element, _ in rows}
            keys |= self._cells.keys()
        else:
            keys = {
                (one.object, one.element)
                for one in data.draft.findings
                if mark in {"finding", one.severity}
            }
        return {place for key in keys if (place := data.place(*key)) is not None}


def value_words(value: Any) -> str | None:
    """Return a value as reviews show it: a list differs from its only value; None for none."""
    return None if value is MISSING else short_text(value).encode(errors="replace").decode()
