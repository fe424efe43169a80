"""Findings of a validation, and their fixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, overload

import pandas as pd

from modos_widgets.modo.validation.finding_kinds import FINDING_KINDS, SEVERITIES, Severity

__all__ = [
    "Effect",
    "Finding",
    "Findings",
    "Fix",
    "FixGroup",
    "Severity",
    "finding_title",
    "new_finding",
]

SHOWN = 100
"""Findings in the HTML of `Findings`."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The fix of a finding.

    Attributes
    ----------
    label : str
        What it does, as on a button: "Convert to a list".
    changes : tuple of (element, slot, value)
        The values to store; `MISSING` removes the attribute.
    reconsolidate : bool
        Whether it updates the root's copy of the metadata (see `Modo.repair`).
    rename : str
        New id of the finding's element; empty to keep its id. A number is appended if another
        element has that id.
    """

    label: str
    changes: tuple[tuple[str, str, Any], ...] = ()
    reconsolidate: bool = False
    rename: str = ""


Effect = Literal["keeps", "assumes", "deletes"]
"""Effect of a fix on the information: keep it, assume something, or delete a part."""


@dataclass(frozen=True, slots=True)
class FixGroup:
    """Findings of one kind whose fixes have the same effect on the information.

    Attributes
    ----------
    code : str
        Code of the findings.
    effect : {"keeps", "assumes", "deletes"}
        "keeps": another form of the same value. "assumes": a value, time zone or target that
        the metadata do not state. "deletes": removes a value, or a part of it.
    findings : tuple of Finding
        At least one.
    """

    code: str
    effect: Effect
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """Name of the kind in tables and dialogs."""
        return finding_title(self.code)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem in the metadata, or something to check.

    Attributes
    ----------
    object : str
        Path of the object.
    element : str
        Id of the element.
    slot : str
        The attribute; empty if the finding is about the element.
    severity : {"error", "warning", "note"}
        Only errors block a commit, and only those that a draft adds.
    code : str
        Kind of the finding, such as ``"not_in_list"``; docs/findings.md explains each kind.
    message : str
        The problem and the expected value, in one sentence.
    fix : Fix or None
        The fix; None if there is none.
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

    @property
    def title(self) -> str:
        """Name of its kind in tables and dialogs, such as "Broken link"."""
        return finding_title(self.code)

    @property
    def explanation(self) -> str:
        """What is wrong with such a value, and why it matters; empty for an unknown kind."""
        return FINDING_KINDS[self.code].explanation if self.code in FINDING_KINDS else ""

    @property
    def remedy(self) -> str:
        """How to fix findings of its kind; empty for an unknown kind."""
        return FINDING_KINDS[self.code].remedy if self.code in FINDING_KINDS else ""


def finding_title(code: str) -> str:
    """Return the title of a kind of finding; that of an unknown kind is made of its code.

    Parameters
    ----------
    code : str
        Kind of the finding; see `FINDING_KINDS`.

    Returns
    -------
    str
    """
    if code in FINDING_KINDS:
        return FINDING_KINDS[code].title
    return code.replace("_", " ").capitalize()


def new_finding(  # noqa: PLR0917 - in the order of `Finding`
    code: str,
    object: str,  # noqa: A002
    element: str,
    slot: str,
    message: str,
    fix: Fix | None = None,
) -> Finding:
    """Create a finding with the severity of its kind.

    Parameters
    ----------
    code : str
        A key of `FINDING_KINDS`.
    object, element, slot, message, fix
        As the attributes of `Finding`.

    Returns
    -------
    Finding
    """
    return Finding(object, element, slot, FINDING_KINDS[code].severity, code, message, fix)


class Findings(Sequence[Finding]):
    """The findings of one validation, errors first.

    Parameters
    ----------
    findings : iterable of Finding
        The findings, in any order.
    """

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        rank = {severity: number for number, severity in enumerate(SEVERITIES)}
        self._findings = tuple(sorted(findings, key=lambda finding: rank[finding.severity]))

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Findings: ...
    def __getitem__(self, index: int | slice) -> Finding | Findings:
        """Return one finding, or several."""
        if isinstance(index, slice):
            return Findings(self._findings[index])
        return self._findings[index]

    def __len__(self) -> int:
        """Return the number of findings."""
        return len(self._findings)

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
        return Findings(finding for finding in self._findings if condition(finding))

    @property
    def errors(self) -> Findings:
        """Findings that are errors."""
        return self.where(lambda finding: finding.severity == "error")

    @property
    def fixable(self) -> Findings:
        """Findings that have a fix."""
        return self.where(lambda finding: finding.fix is not None)

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
        return self.where(lambda finding: finding.code == code)

    def counts(self) -> dict[str, int]:
        """Count the findings by severity; no network use.

        Returns
        -------
        dict of str to int
            Severity to number; severities without findings are left out.
        """
        counts = Counter(finding.severity for finding in self._findings)
        return {severity: counts[severity] for severity in SEVERITIES if counts[severity]}

    def frame(self) -> pd.DataFrame:
        """Return the findings as a table; no network use.

        Returns
        -------
        pandas.DataFrame
            Columns object, element, slot, severity, code, message, fix (its label, or None).
        """
        columns = ("object", "element", "slot", "severity", "code", "message")
        table = {
            column: pd.Series(
                [getattr(finding, column) for finding in self._findings], dtype=object
            )
            for column in columns
        }
        table["fix"] = pd.Series(
            [finding.fix.label if finding.fix else None for finding in self._findings], dtype=object
        )
        return pd.DataFrame(table)

    def __repr__(self) -> str:
        """Return the numbers of findings by severity."""
        if not self._findings:
            return "No findings"
        counted = [
            f"{number:,} {severity}{'s' if number != 1 else ''}"
            for severity, number in self.counts().items()
        ]
        return ", ".join(counted)

    def _repr_html_(self) -> str:
        if not self._findings:
            return "<p>No findings.</p>"
        several = len({finding.object for finding in self._findings}) > 1
        objects = ["object"] if several else []
        head = ["severity", *objects, "element", "slot", "finding", "fix"]
        rows = [
            [
                finding.severity,
                *([finding.object] if several else []),
                finding.element,
                finding.slot,
                f"{finding.title}: {finding.message}",
                finding.fix.label if finding.fix else "",
            ]
            for finding in self._findings[:SHOWN]
        ]
        more = f"<p>and {len(self) - SHOWN:,} more</p>" if len(self) > SHOWN else ""
        codes = dict.fromkeys(finding.code for finding in self._findings)
        entries = "".join(
            f"<dt>{escape(kind.title)} (<code>{escape(code)}</code>)</dt>"
            f"<dd>{escape(kind.explanation)} {escape(kind.remedy)}</dd>"
            for code in codes
            if (kind := FINDING_KINDS.get(code)) is not None
        )
        return (
            f"<p>{escape(repr(self))}</p><table>{_html_row('th', head)}"
            f"{''.join(_html_row('td', row) for row in rows)}</table>{more}"
            f"<details><summary>How to fix them</summary><dl>{entries}</dl></details>"
        )


def _html_row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
