"""Apply to a draft what others worked out: the fixes of findings, a colleague's change set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import OptionError, StorageError
from modos_widgets.modo.change import ChangeSet, put_in_order
from modos_widgets.modo.payload import CopyPayload, FilePayload, RemoveFilePayload, file_payloads
from modos_widgets.modo.values import MISSING, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modos_widgets.modo.draft import Draft
    from modos_widgets.modo.findings import Finding
    from modos_widgets.modo.payload import Payload
    from modos_widgets.modo.working import Working

__all__ = ["apply_fixes", "load_changes"]

ROUNDS = 8


def apply_fixes(draft: Draft, wanted: Sequence[Finding]) -> int:
    """Apply fixes, one a cell and round, since a second fix builds on the first's value.

    A finding that a check of the draft does not make (it took a look at files) is applied
    as it is, first.
    """
    shown = {one.key for one in draft.validate()}
    count = 0
    for finding in wanted:
        if finding.fix is None:
            continue
        if finding.fix.reconsolidate:
            draft.working(finding.object).reconsolidate = True
            count += 1
        elif finding.key not in shown and finding.code in LOOKED_AT:
            count += _apply(draft, finding)
    keys = {one.key for one in wanted}
    for _ in range(ROUNDS):
        cells: set[tuple[str, str, str]] = set()
        for finding in draft.validate():
            cell = finding.key[:3]
            if finding.key in keys and finding.fix is not None and cell not in cells:
                cells.add(cell)
                keys.discard(finding.key)
                count += _apply(draft, finding)
        if not cells:
            break
    return count


LOOKED_AT = frozenset({"file_missing", "checksum_mismatch"})


def _apply(draft: Draft, finding: Finding) -> int:
    fix = finding.fix
    if fix is None or finding.element not in draft.working(finding.object).now:
        return 0
    for element, slot, value in fix.changes:
        if value is MISSING:
            draft.unset((finding.object, element), slot)
        else:
            draft.set((finding.object, element), slot, value)
    return 1


def load_changes(draft: Draft, text: str, *, kind: str, version: int) -> None:
    """Put a change set into a draft that has none yet (see `Draft.from_json`)."""
    try:
        data = json.loads(text)
        objects = list(data["objects"])
        known = data["format"] == kind and data["version"] == version
    except (ValueError, TypeError, KeyError) as error:
        raise OptionError("This is not a change set.", "Give what Draft.to_json made.") from error
    if not known:
        raise OptionError(
            "This change set is of another version.", "Make it anew with Draft.to_json."
        )
    for entry in objects:
        changes = ChangeSet.from_dict(entry)
        single = len(objects) == 1 and len(draft.modos) == 1
        working = draft.working(draft.modos[0].path if single else changes.path)
        rebase(working, changes)
        working.payloads = tuple(_file(one) for one in entry.get("files", []))


def rebase(working: Working, changes: ChangeSet) -> None:
    """Take what a change set was based on as a fresh draft's base, and apply the set."""
    names = {changes.root: working.root}
    for element, cells in changes.cells.items():
        name = names.get(element, element)
        base = dict(working.base.get(name, {}))
        after = dict(base)
        for slot, (old, new) in cells.items():
            _place(base, slot, old)
            _place(after, slot, as_json(new, name=slot) if new is not MISSING else new)
        working.base[name] = base
        order = changes.order.get(element, ())
        working.place(name, put_in_order(after, after.keys() - base.keys(), order))
    for element, attributes in changes.removed.items():
        working.base[element] = dict(attributes)
        working.place(element, None)
    for element, attributes in changes.added.items():
        if element not in changes.removed:
            working.base.pop(element, None)
        working.place(element, as_json(attributes, name=element))


def _place(attributes: dict[str, Any], slot: str, value: Any) -> None:
    if value is MISSING:
        attributes.pop(slot, None)
    else:
        attributes[slot] = value


def _file(entry: dict[str, Any]) -> Payload:
    element = str(entry.get("element", ""))
    if "copy" in entry:
        return CopyPayload(element, str(entry["copy"]))
    if "remove" in entry:
        size = entry.get("size")
        return RemoveFilePayload(
            element, str(entry["remove"]), size if isinstance(size, int) else None
        )
    found: FilePayload = file_payloads(element, str(entry["source"]), str(entry["put"]))[0]
    if found.checksum != entry.get("checksum"):
        raise StorageError(
            f"{found.source} is not the file that the change set was made with.",
            "Ask its author for the file, or attach yours anew.",
        )
    return found
