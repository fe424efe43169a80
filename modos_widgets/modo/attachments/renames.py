"""The files and arrays of an element that a draft renames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modos_widgets.archive import ARCHIVE
from modos_widgets.json_text import same
from modos_widgets.modo.state.payloads import (
    ArrayPayload,
    CopyPayload,
    FilePayload,
    MovePayload,
    RemoveFilePayload,
)

if TYPE_CHECKING:
    from modos_widgets.modo.change_set import ChangeSet
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload, PayloadChanges

__all__ = ["attributes_renamed", "copied_from", "payloads_renamed", "renamed_to"]


def payloads_renamed(
    state: ObjectState, element: str, new: str
) -> tuple[PayloadChanges, list[Payload]]:
    """Return how the payloads change when an element is renamed."""
    moved: PayloadChanges = {}
    for number, payload in state.payloads_of(element).items():
        if isinstance(payload, CopyPayload) and payload.source == new:
            moved[number] = None  # The element gets its stored name again.
        elif isinstance(
            payload, ArrayPayload | CopyPayload | FilePayload | MovePayload | RemoveFilePayload
        ):
            moved[number] = replace(payload, element=new)
    copied = state.stored.hierarchy.children(element) and element in state.base
    return moved, [CopyPayload(new, element)] if copied else []


def copied_from(state: ObjectState, element: str) -> str:
    """Return the id under which the arrays of a renamed element are stored, or empty."""
    own = state.payloads_of(element).values()
    return next((payload.source for payload in own if isinstance(payload, CopyPayload)), "")


def attributes_renamed(attributes: dict[str, Any], element: str, new: str) -> dict[str, Any]:
    """Return the attributes of a renamed element, whose ``data_path`` can name its own arrays.

    Parameters
    ----------
    attributes : dict
        The attributes of the element.
    element, new : str
        Its old and its new id.

    Returns
    -------
    dict
        The same dict if nothing changes.
    """
    own, path = f"{ARCHIVE}/{element}", attributes.get("data_path")
    if not isinstance(path, str) or not f"{path}/".startswith(f"{own}/"):
        return attributes
    return {**attributes, "data_path": f"{ARCHIVE}/{new}{path.removeprefix(own)}"}


def renamed_to(changes: ChangeSet, element: str) -> str | None:
    """Return the new id of a removed element: that of an added one with the same attributes."""
    before = changes.removed[element]
    for new, attributes in changes.added.items():
        if same(attributes_renamed(dict(before), element, new), attributes):
            return new
    return None
