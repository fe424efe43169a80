"""What validation finds, and what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, overload

import pandas as pd

__all__ = ["Finding", "Findings", "Fix", "Severity"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a finding.

    Attributes
    ----------
    label : str
        What it does, for a button: "Make it a list".
    changes : tuple of (element, slot, value)
        What to store where; `MISSING` takes the attribute away.
    reconsolidate : bool
        Write the root's copy of the metadata anew (see `Modo.repair`).
    """

    label: str
    changes: tuple[tuple[str, str, Any], ...] = ()
    reconsolidate: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the metadata that is wrong, or worth a look.

    Attributes
    ----------
    object : str
        Path of the object.
    element : str
        Id of the element.
    slot : str
        The attribute; empty where it is about the element.
    severity : {"error", "warning", "note"}
        How bad it is; only errors block a commit, and only those that a draft brought in.
    code : str
        What kind it is, such as ``"not_in_list"``.
    message : str
        What is wrong and what it has to be, in one sentence.
    fix : Fix or None
        What mends it, where that can be told.
    """

    object: str
    element: str
    slot: str
    severity: Severity
    code: str
    message: str
    fix: Fix | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same finding before and after a change."""
        return (self.object, self.element, self.slot, self.code)


class Findings(Sequence[Finding]):
    """The findings of one validation, errors first.

    Parameters
    ----------
    found : iterable of Finding
        What was found.
    """

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        rank = {severity: number for number, severity in enumerate(SEVERITIES)}
        self._found = tuple(sorted(found, key=lambda one: rank[one.severity]))

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Findings: ...
    def __getitem__(self, index: int | slice) -> Finding | Findings:
        """Give one finding, or several."""
        if isinstance(index, slice):
            return Findings(self._found[index])
        return self._found[index]

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)

    def where(self, condition: Callable[[Finding], bool]) -> Findings:
        """Give those for which `condition` is true."""
        return Findings(one for one in self._found if condition(one))

    @property
    def errors(self) -> Findings:
        """The errors alone."""
        return self.where(lambda one: one.severity == "error")

    @property
    def fixable(self) -> Findings:
        """Those that have a fix."""
        return self.where(lambda one: one.fix is not None)

    def of_code(self, code: str) -> Findings:
        """Give those of one kind."""
        return self.where(lambda one: one.code == code)

    def counts(self) -> dict[str, int]:
        """Count them by severity."""
        found = Counter(one.severity for one in self._found)
        return {severity: found[severity] for severity in SEVERITIES if found[severity]}

    def frame(self) -> pd.DataFrame:
        """Give them as a table: object, element, slot, severity, code, message, fix."""
        columns = ("object", "element", "slot", "severity", "code", "message")
        table = {
            column: pd.Series([getattr(one, column) for one in self._found], dtype=object)
            for column in columns
        }
        table["fix"] = pd.Series(
            [one.fix.label if one.fix else None for one in self._found], dtype=object
        )
        return pd.DataFrame(table)

    def __repr__(self) -> str:
        """Count them."""
        if not self._found:
            return "No findings"
        counted = [
            f"{number:,} {severity}{'s' if number != 1 else ''}"
            for severity, number in self.counts().items()
        ]
        return ", ".join(counted)

    def _repr_html_(self) -> str:
        if not self._found:
            return "<p>No findings.</p>"
        several = len({one.object for one in self._found}) > 1
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{escape(text)}</td>"
                for text in (
                    one.severity,
                    *([one.object] if several else []),
                    one.element,
                    one.slot,
                    one.message,
                    one.fix.label if one.fix else "",
                )
            )
            + "</tr>"
            for one in self._found[:100]
        )
        more = f"<p>and {len(self) - 100:,} more</p>" if len(self) > 100 else ""  # noqa: PLR2004
        where = "<th>object</th>" if several else ""
        head = f"<tr><td></td>{where}<th>element</th><th>slot</th><th>finding</th><th>fix</th></tr>"
        return f"<p>{escape(repr(self))}</p><table>{head}{rows}</table>{more}"
