"""Apply the fixes of findings to a draft, and group them by their effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.validation.finding_kinds import FINDING_KINDS
from modos_widgets.modo.validation.findings import Effect, Finding, FixGroup
from modos_widgets.modo.validation.fixes import effect_of
from modos_widgets.modo.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modos_widgets.modo.draft.drafted_objects import DraftedObjects
    from modos_widgets.modo.draft.element_edits import ElementEdits
    from modos_widgets.modo.draft.live_check import LiveCheck
    from modos_widgets.modo.validation.findings import Findings

__all__ = ["FixApplication", "group_fixes"]

ROUNDS = 8
"""How often fixes are applied on top of one another."""
FOUND_IN_FILES = frozenset({"file_missing", "checksum_mismatch"}) | {
    kind.code for kind in FINDING_KINDS.values() if kind.area == "files"
}
"""Findings that a check of the metadata alone does not make."""
EFFECTS: tuple[Effect, ...] = ("keeps", "assumes", "deletes")


class FixApplication:
    """One application of the fixes of some findings.

    Parameters
    ----------
    objects : DraftedObjects
        The objects of the draft.
    edits : ElementEdits
        Changes the draft.
    check : LiveCheck
        Finds what is left after each round.
    """

    def __init__(self, objects: DraftedObjects, edits: ElementEdits, check: LiveCheck) -> None:
        self._objects = objects
        self._edits = edits
        self._check = check

    def _validate(self) -> Findings:
        self._check.run()
        return self._check.findings()

    def apply(self, wanted: Sequence[Finding]) -> int:
        """Apply fixes, one per cell and round, because a second fix depends on the first.

        Parameters
        ----------
        wanted : sequence of Finding
            Findings that have a fix. Those that only a check of the files makes are applied as
            they are, before the others.

        Returns
        -------
        int
            Number of fixes that were applied.
        """
        known = {finding.key for finding in self._validate()}
        count = 0
        for finding in wanted:
            if finding.fix is not None and finding.fix.reconsolidate:
                self._objects.state(finding.object).reconsolidate = True
                count += 1
            elif finding.key not in known and finding.code in FOUND_IN_FILES:
                count += self._apply_one(finding)
        keys = {finding.key for finding in wanted}
        for _ in range(ROUNDS):
            cells: set[tuple[str, str, str]] = set()
            for finding in self._validate():
                cell, fix = finding.key[:3], finding.fix
                if finding.key in keys and fix and not fix.rename and cell not in cells:
                    cells.add(cell)
                    keys.discard(finding.key)
                    count += self._apply_one(finding)
            if not cells:
                break
        # Renames come last, because the other findings name elements by their old ids.
        renames = [
            finding
            for finding in self._validate()
            if finding.key in keys and finding.fix and finding.fix.rename
        ]
        return count + sum(map(self._apply_one, renames))

    def _apply_one(self, finding: Finding) -> int:
        state, fix = self._objects.state(finding.object), finding.fix
        if fix is None or finding.element not in state.now:
            return 0
        for element, slot, value in fix.changes:
            key = (finding.object, element)
            if value is MISSING:
                self._edits.unset(key, slot)
            else:
                self._edits.set(key, slot, value)
        if fix.rename:
            name, number = fix.rename, 1
            while state.ids.like(name, besides=finding.element) is not None:
                number += 1
                name = f"{fix.rename}-{number}"
            self._edits.rename((finding.object, finding.element), name)
        return 1


def group_fixes(objects: DraftedObjects, findings: Iterable[Finding]) -> list[FixGroup]:
    """Group the findings that have a fix by kind and effect (see `Draft.fix_groups`)."""
    groups: dict[tuple[Effect, str], list[Finding]] = {}
    for finding in findings:
        if finding.fix is not None:
            effect = effect_of(finding, objects.state(finding.object).now)
            groups.setdefault((effect, finding.code), []).append(finding)
    return [
        FixGroup(code, effect, tuple(group))
        for wanted in EFFECTS
        for (effect, code), group in groups.items()
        if effect == wanted
    ]
