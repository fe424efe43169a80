"""Which cells are changed, and what is wrong with which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from modos_widgets.modo.findings import Finding, Findings
    from modos_widgets.widgets.metadata_table.sheets import DraftSheet

__all__ = ["Marks", "title_of"]

_RANK: Final = {"error": 0, "warning": 1, "note": 2}
_TITLES: Final = {
    "missing": "Missing",
    "not_in_list": "Not in the list of values",
    "wrong_type": "Wrong type",
    "scalar_for_list": "One value where a list belongs",
    "date_without_time": "A date without a time",
    "date_without_zone": "A time without a time zone",
    "not_a_date": "Not a date",
    "not_a_uri": "Not a URI",
    "bad_pattern": "Malformed",
    "dangling_link": "A link to nothing",
    "duplicate_id": "An id that is there twice",
}


def title_of(code: str) -> str:
    """Give a kind of finding its name for people."""
    return _TITLES.get(code) or code.replace("_", " ").capitalize()


class Marks:
    """The marks of a sheet, by row and column.

    Parameters
    ----------
    sheet : DraftSheet
        What is marked.
    """

    def __init__(self, sheet: DraftSheet) -> None:
        self._sheet = sheet
        self.findings: dict[int, dict[int, list[Finding]]] = {}
        self.changed: dict[int, set[int]] = {}

    def take_findings(self, found: Findings) -> None:
        """Take what a check has found."""
        sheet = self._sheet
        places = {slot: number + sheet.keys for number, slot in enumerate(sheet.slots)}
        taken: dict[int, dict[int, list[Finding]]] = {}
        for finding in found:
            position = sheet.place(finding.object, finding.element)
            if position is not None:
                number = places.get(finding.slot, sheet.keys - 1)
                taken.setdefault(position, {}).setdefault(number, []).append(finding)
        self.findings = taken

    def take_changes(self) -> tuple[int, int]:
        """Look which cells differ from what is stored; give their number and that of objects."""
        sheet = self._sheet
        places = {slot: number + sheet.keys for number, slot in enumerate(sheet.slots)}
        rows = sheet.draft.rows()
        self.changed = {}
        for path, element, slot, _, _ in rows:
            position = sheet.place(path, element)
            if position is not None:
                number = places.get(slot, sheet.keys - 1)
                self.changed.setdefault(position, set()).add(number)
        return len(rows), len({row[0] for row in rows})

    def of(self, position: int) -> dict[str, list[Any]]:
        """Give a row's marks as the browser gets them."""
        changed = self.changed.get(position, set())
        found = self.findings.get(position, {})
        marks: dict[str, list[Any]] = {}
        for number in changed | found.keys():
            findings = sorted(found.get(number, ()), key=lambda one: _RANK[one.severity])
            worst = findings[0].severity if findings else ""
            said = " ".join(f"{title_of(one.code)}: {one.message}" for one in findings)
            fixable = any(one.fix for one in findings)
            marks[str(number)] = [number in changed, worst, said[:500], fixable]
        return marks

    def rows(self, mark: str) -> set[int]:
        """Give the rows that bear a mark: changed, finding, error, warning or note."""
        if mark == "changed":
            return set(self.changed)
        return {
            position
            for position, columns in self.findings.items()
            if mark == "finding"
            or any(one.severity == mark for found in columns.values() for one in found)
        }
