"""What a commit came to, for people: stands in a saved notebook without a kernel."""

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
    """What changed, and what was wrong before and after.

    Attributes
    ----------
    commit : Commit
        What was committed.
    before, after : Findings
        What checks found in the metadata as they were stored, and as they are now.
    """

    commit: Commit
    before: Findings
    after: Findings

    @property
    def changes(self) -> pd.DataFrame:
        """What changed: object, element, slot, before, after."""
        return self.commit.diff

    @property
    def counts(self) -> list[tuple[str, str, int, int]]:
        """Kinds of findings: severity, title, how many before, how many after."""
        kinds: dict[tuple[str, str], list[int]] = {}
        for place, found in enumerate((self.before, self.after)):
            for one in found:
                kinds.setdefault((one.severity, one.code), [0, 0])[place] += 1
        order = {"error": 0, "warning": 1, "note": 2}
        return [
            (severity, finding_title(code), counted[0], counted[1])
            for (severity, code), counted in sorted(
                kinds.items(), key=lambda kind: (order[kind[0][0]], kind[0][1])
            )
        ]

    def __repr__(self) -> str:
        """Say it in a line."""
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
        said = escape(repr(self))
        message = f"<p>“{escape(self.commit.message)}”</p>" if self.commit.message else ""
        return f"<p><strong>{said}</strong></p>{message}{self.commit._repr_html_()}{findings}"
