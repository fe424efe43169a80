"""What the parts of `Draft` share: objects whose changes are recorded as steps for undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modos_widgets.modo.draft.drafted_objects import DraftedObjects
from modos_widgets.modo.schema.slots import AnySchema, Schema
from modos_widgets.modo.state.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from modos_widgets.modo.draft.evidence import Evidence
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload, PayloadChanges
    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["DraftBase"]


class DraftBase:
    """Objects whose changes are recorded as steps for undo.

    Each part of `Draft` is a subclass with the methods of one topic.

    Parameters
    ----------
    modos, schema
        As for `Draft`.
    """

    def __init__(self, modos: Iterable[StoredObject], schema: AnySchema = ()) -> None:
        self.schema = Schema.of(schema)
        self._objects = DraftedObjects(modos)
        self._steps = Steps(self._objects.states)
        self.evidence: Evidence | None = None

    def _put(self, state: ObjectState, element: str, attributes: dict[str, Any] | None) -> None:
        self._steps.note(state.put(element, attributes))

    def _put_payloads(
        self, state: ObjectState, changed: PayloadChanges, added: Sequence[Payload] = ()
    ) -> None:
        if changed or added:
            self._steps.note(state.put_payloads(changed, added))
