"""The errors that a draft adds to what it is based on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.validation.metadata_checks import (
    check_cohort,
    check_element,
    check_object,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["find_new_errors"]


def find_new_errors(states: Iterable[ObjectState], schema: Schema) -> Iterator[Finding]:
    """Find the errors of changed objects that their base does not have.

    Only the elements that changed are checked, and those that link to them.

    Parameters
    ----------
    states : iterable of ObjectState
        All objects of the draft.
    schema : Schema
        The classes.

    Yields
    ------
    Finding
    """
    listed = list(states)
    changed = [state for state in listed if state.changed]
    for state in changed:
        yield from _new_errors_of_object(state, schema)
    if not changed:
        return
    paths = {state.path for state in changed}
    bases = {state.path: (state.root, state.base) for state in listed}
    known = {finding.key for finding in check_cohort(bases)}
    for finding in check_cohort({state.path: (state.root, state.now) for state in listed}):
        if finding.object in paths and finding.key not in known:
            yield finding


def _new_errors_of_object(state: ObjectState, schema: Schema) -> Iterator[Finding]:
    errors = [
        finding
        for element in state.affected(schema)
        for finding in check_element(
            state.path, state.root, element, state.now, ids=state.ids, schema=schema
        )
        if finding.severity == "error"
    ]
    suspects = dict.fromkeys(finding.element for finding in errors)
    before = [element for element in suspects if element in state.base]
    if not before:
        yield from errors
        return
    base = check_object(state.path, state.root, state.base, schema, only=before)
    known = {finding.key for finding in base}
    yield from (finding for finding in errors if finding.key not in known)
