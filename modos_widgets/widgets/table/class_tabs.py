"""Tabs of a table of elements, one per class: rows, findings and completeness of each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modos_widgets.modo import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from modos_widgets.modo import Draft, Finding, Schema
    from modos_widgets.widgets.table.wire import Tab, TabState

__all__ = ["ALL", "OTHER", "ClassTabs"]

ALL: Final = ""
"""Name of the tab of all rows."""
OTHER: Final = "Other"
"""Name of the tab of rows whose class the schema does not know."""
_TITLES: Final = {
    "Sample": "Samples",
    "Assay": "Assays",
    "DataEntity": "Data",
    "ReferenceGenome": "References",
    "ReferenceSequence": "Sequences",
    "MODO": "Objects",
}
_LAST: Final = ("description",)
_Shape = tuple[str | None, tuple[str, ...]]


class _Counts:
    """Numbers of one tab."""

    def __init__(self) -> None:
        self.rows = 0
        self.filled = 0
        self.wanted = 0
        self.values: Counter[str] = Counter()
        """Slot to the number of rows with a value."""
        self.classes: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        """Severity to the number of findings."""


class ClassTabs:
    """Tabs of the elements of a draft; a change costs what it touches.

    Parameters
    ----------
    schema : Schema
        The classes.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        own = [name for name in schema.classes if schema.section(name) == name]
        self.names: list[str] = [
            *(name for name in _TITLES if name in own),
            *(name for name in own if name not in _TITLES and name != "NamedThing"),
            OTHER,
        ]
        """Tabs in their order, without that of all rows."""
        self._codes = {name: code for code, name in enumerate(self.names)}
        self._of_class: dict[str, str] = {}
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._counts: list[_Counts] = []
        self._findings: dict[tuple[str, str], tuple[str, Counter[str]]] = {}
        self._rows: NDArray[np.int16] = np.empty(0, dtype=np.int16)

    # -- classes ----------------------------------------------------------------------------

    def of_class(self, class_name: object) -> str:
        """Return the name of the tab of a class."""
        name = class_name if isinstance(class_name, str) else ""
        found = self._of_class.get(name)
        if found is None:
            section = self._schema.section(name)
            found = self._of_class[name] = section if section in self._codes else OTHER
        return found

    def wanted(self, class_name: object) -> tuple[str, ...]:
        """Return the required and the expected slots of a class."""
        name = class_name if isinstance(class_name, str) else ""
        found = self._wanted.get(name)
        if found is None:
            schema = self._schema
            names = [*schema.required(name), *schema.expected(name)]
            found = self._wanted[name] = tuple(dict.fromkeys(names))
        return found

    def completeness(self, attributes: Mapping[str, Any]) -> tuple[int, int] | None:
        """Return how many of the wanted slots are filled, and their number; None if none is."""
        wanted = self.wanted(attributes.get("@type"))
        filled = sum(_is_filled(attributes.get(slot)) for slot in wanted)
        return (filled, len(wanted)) if wanted else None

    # -- counts -----------------------------------------------------------------------------

    def restart(self, elements: Sequence[Mapping[str, Any]]) -> None:
        """Count all rows."""
        self._counts = [_Counts() for _ in self.names]
        shapes = [_shape(attributes) for attributes in elements]
        codes = {shape: self._count(shape, rows) for shape, rows in Counter(shapes).items()}
        self._rows = np.fromiter(map(codes.__getitem__, shapes), np.int16, len(shapes))

    def replace(self, row: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Count a row that has changed."""
        old, new = _shape(before), _shape(after)
        if old != new:
            self._count(old, -1)
            self._rows[row] = self._count(new, 1)

    def _count(self, shape: _Shape, rows: int) -> int:
        """Add rows of one shape, or subtract them; return the code of their tab."""
        class_name, filled = shape
        code = self._codes[self.of_class(class_name)]
        counts, wanted = self._counts[code], self.wanted(class_name)
        counts.rows += rows
        if class_name is not None:
            counts.classes[class_name] += rows
        for slot in filled:
            counts.values[slot] += rows
        counts.filled += rows * sum(slot in filled for slot in wanted)
        counts.wanted += rows * len(wanted)
        return code

    def count_all_findings(self, draft: Draft) -> None:
        """Count the findings of all rows."""
        for counts in self._counts:
            counts.findings.clear()
        self._findings = {}
        grouped: dict[tuple[str, str], list[Finding]] = {}
        for finding in draft.findings:
            grouped.setdefault((finding.object, finding.element), []).append(finding)
        for key, findings in grouped.items():
            self._count_findings(draft, key, findings)

    def count_findings(self, draft: Draft, keys: Iterable[tuple[str, str]]) -> None:
        """Count the findings of some elements."""
        for key in keys:
            self._count_findings(draft, key, draft.findings_of(key))

    def _count_findings(
        self, draft: Draft, key: tuple[str, str], findings: Sequence[Finding]
    ) -> None:
        known = self._findings.pop(key, None)
        if known is not None:
            self._counts[self._codes[known[0]]].findings.subtract(known[1])
        if findings:
            attributes = draft.elements(key[0]).get(key[1], {})
            tab = self.of_class(attributes.get("@type"))
            counted: Counter[str] = Counter(finding.severity for finding in findings)
            self._findings[key] = (tab, counted)
            self._counts[self._codes[tab]].findings.update(counted)

    # -- rows -------------------------------------------------------------------------------

    def size(self, tab: str) -> int:
        """Return the number of rows of a tab."""
        return len(self._rows) if tab == ALL else self._counts[self._codes[tab]].rows

    def has(self, tab: str) -> bool:
        """Return whether there is a tab of this name with rows."""
        return tab == ALL or (tab in self._codes and self.size(tab) > 0)

    def has_findings(self, tab: str) -> bool:
        """Return whether a row of a tab has findings."""
        return self._counts[self._codes[tab]].findings.total() > 0

    def mask(self, tab: str) -> NDArray[np.bool_]:
        """Return which rows are in a tab."""
        return np.asarray(self._rows == self._codes.get(tab, -1))

    def at(self, row: int) -> str:
        """Return the tab of a row."""
        return self.names[int(self._rows[row])]

    # -- for the browser --------------------------------------------------------------------

    def slots(self, tab: str, columns: Mapping[str, int]) -> list[str]:
        """Return the slots of a tab in their order: required, expected, others, stored ones.

        Parameters
        ----------
        tab : str
            Name of the tab.
        columns : mapping of str to int
            Slot to the number of its column; others are left out.
        """
        schema = self._schema
        counts = self._counts[self._codes[tab]]
        classes = [name for name in schema.classes if counts.classes[name] > 0] or [tab]
        several = len(classes) > 1 or tab == OTHER
        known = [slot for name in classes for slot in schema.slots(name)]
        stored = [slot for slot in columns if counts.values[slot] > 0]
        ordered = [
            *(["@type"] if several else []),
            *(slot for name in classes for slot in schema.required(name)),
            "name",
            *(slot for name in classes for slot in schema.expected(name)),
            *(slot for slot in (*known, *stored) if slot not in _LAST),
            *(slot for slot in (*known, *stored) if slot in _LAST),
        ]
        return [
            slot
            for slot in dict.fromkeys(ordered)
            if slot in columns and (several or slot != "@type")
        ]

    def describe(self) -> list[Tab]:
        """Describe the tabs for the browser."""
        return [
            {
                "name": name,
                "title": _TITLES.get(name, name),
                "description": self._schema.describe(name).split("\n")[0],
                "required": list(self._schema.required(name)),
                "expected": list(self._schema.expected(name)),
            }
            for name in self.names
        ]

    def states(self, columns: Mapping[str, int]) -> dict[str, TabState]:
        """Return the numbers of the tabs that have rows.

        Parameters
        ----------
        columns : mapping of str to int
            Slot to the number of its column.
        """
        found: dict[str, TabState] = {}
        for name, counts in zip(self.names, self._counts, strict=True):
            slots = self.slots(name, columns)
            needed = {*self._schema.required(name), *self._schema.expected(name), "name", "@type"}
            found[name] = {
                "rows": counts.rows,
                "errors": counts.findings["error"],
                "warnings": counts.findings["warning"],
                "notes": counts.findings["note"],
                "filled": counts.filled,
                "wanted": counts.wanted,
                "columns": [str(columns[slot]) for slot in slots],
                "empty": [
                    str(columns[slot])
                    for slot in slots
                    if counts.values[slot] <= 0 and slot not in needed
                ],
            }
        return found


def _shape(attributes: Mapping[str, Any]) -> _Shape:
    """Return the class of an element, None without one, and the slots with a value."""
    class_name = attributes.get("@type")
    # Most values are text, for which the call of a function would take most of the time.
    filled = [
        slot
        for slot, value in attributes.items()
        if (value if type(value) is str else _is_filled(value))
    ]
    return class_name if isinstance(class_name, str) else None, tuple(filled)


def _is_filled(value: Any) -> bool:
    """Return whether a value says something: an empty text or list does not."""
    if isinstance(value, str | list):
        return bool(value)
    return not is_missing(value)
