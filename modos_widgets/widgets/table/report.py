"""Report of a commit, which a saved notebook shows without a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from modos_widgets.modo import finding_title

if TYPE_CHECKING:
    import pandas as pd

    from modos_widgets.modo import Commit, Findings

__all__ = ["CurationReport"]


@dataclass(frozen=True)
class CurationReport:
    """Changes of a commit, and findings before and after it.

    Attributes
    ----------
    commit : Commit
        The commit.
    before, after : Findings
        Findings in the metadata before and after the commit.
    """

    commit: Commit
    before: Findings
    after: Findings

    @property
    def changes(self) -> pd.DataFrame:
        """Changes: object, element, slot, before, after."""
        return self.commit.diff

    @property
    def counts(self) -> list[tuple[str, str, int, int]]:
        """Kinds of findings: severity, title, number before, number after."""
        kinds: dict[tuple[str, str], list[int]] = {}
        for place, found in enumerate((self.before, self.after)):
            for finding in found:
                kinds.setdefault((finding.severity, finding.code), [0, 0])[place] += 1
        order = {"error": 0, "warning": 1, "note": 2}
        return [
            (severity, finding_title(code), counted[0], counted[1])
            for (severity, code), counted in sorted(
                kinds.items(), key=lambda kind: (order[kind[0][0]], kind[0][1])
            )
        ]

    def __repr__(self) -> str:
        """Return a summary in one line."""
        number, objects = len(self.changes), len(self.commit.objects)
        return (
            f"{number:,} change{'s' if number != 1 else ''} in "
            f"{objects:,} object{'s' if objects != 1 else ''}; "
            f"findings: {self.before!r} before, {self.after!r} after".lower()
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(severity)}</td><td>{escape(title)}</td>"
            f"<td>{before:,}</td><td>{after:,}</td></tr>"
            for severity, title, before, after in self.counts
        )
        findings = (
            "<table><thead><tr><th>severity</th><th>finding</th><th>before</th><th>after</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
            if rows
            else "<p>No findings, before or after.</p>"
        )
        summary = escape(repr(self))
        message = f"<p>“{escape(self.commit.message)}”</p>" if self.commit.message else ""
        return f"<p><strong>{summary}</strong></p>{message}{self.commit._repr_html_()}{findings}"
