"""Findings of a validation, and their fixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, overload

import pandas as pd

__all__ = ["Effect", "Finding", "Findings", "Fix", "FixGroup", "Severity"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Fix:
    """The fix of a finding.

    Attributes
    ----------
    label : str
        What it does, as on a button: "Make it a list".
    changes : tuple of (element, slot, value)
        The values to store; `MISSING` removes the attribute.
    reconsolidate : bool
        Whether it updates the root's copy of the metadata (see `Modo.repair`).
    rename : str
        New id of the finding's element; empty where it keeps its own. It gets a number where
        another element has it.
    """

    label: str
    changes: tuple[tuple[str, str, Any], ...] = ()
    reconsolidate: bool = False
    rename: str = ""


Effect = Literal["keeps", "assumes", "deletes"]
"""What a fix does to the information: it keeps it, assumes something, or deletes a part."""


@dataclass(frozen=True, slots=True)
class FixGroup:
    """Findings of one kind whose fixes do the same to the information.

    Attributes
    ----------
    code : str
        Code of the findings.
    effect : {"keeps", "assumes", "deletes"}
        "keeps": another form of the same value. "assumes": a value, zone or target that
        the metadata do not state. "deletes": a value, or a part of it, goes.
    findings : tuple of Finding
        At least one.
    """

    code: str
    effect: Effect
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of the metadata, or something to check.

    Attributes
    ----------
    object : str
        Path of the object.
    element : str
        Id of the element.
    slot : str
        The attribute; empty where it is about the element.
    severity : {"error", "warning", "note"}
        Only errors block a commit, and only those that a draft adds.
    code : str
        Kind of the finding, such as ``"not_in_list"``.
    message : str
        What is wrong and what is expected, in one sentence.
    fix : Fix or None
        The fix; None where there is none.
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
        """Object, element, slot and code: the same before and after a change."""
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
        """Return one finding, or several."""
        if isinstance(index, slice):
            return Findings(self._found[index])
        return self._found[index]

    def __len__(self) -> int:
        """Return the number of findings."""
        return len(self._found)

    def where(self, condition: Callable[[Finding], bool]) -> Findings:
        """Return the findings for which a condition is true; no network use.

        Parameters
        ----------
        condition : callable
            Called with each finding.

        Returns
        -------
        Findings
        """
        return Findings(one for one in self._found if condition(one))

    @property
    def errors(self) -> Findings:
        """Findings that are errors."""
        return self.where(lambda one: one.severity == "error")

    @property
    def fixable(self) -> Findings:
        """Findings that have a fix."""
        return self.where(lambda one: one.fix is not None)

    def of_code(self, code: str) -> Findings:
        """Return the findings of one kind; no network use.

        Parameters
        ----------
        code : str
            Kind, such as ``"not_in_list"``; see `Finding.code`.

        Returns
        -------
        Findings
        """
        return self.where(lambda one: one.code == code)

    def counts(self) -> dict[str, int]:
        """Count the findings by severity; no network use.

        Returns
        -------
        dict of str to int
            Severity to number; severities without findings are left out.
        """
        found = Counter(one.severity for one in self._found)
        return {severity: found[severity] for severity in SEVERITIES if found[severity]}

    def frame(self) -> pd.DataFrame:
        """Return the findings as a table; no network use.

        Returns
        -------
        pandas.DataFrame
            Columns object, element, slot, severity, code, message, fix (its label, or None).
        """
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
        """Return the numbers of findings by severity."""
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
