"""Index of the links between elements, for look-ups that take the same time at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modos_widgets.modo.similar_names import fold
from modos_widgets.modo.values import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modos_widgets.modo.schema.slots import Schema

__all__ = ["LinkIndex"]


class LinkIndex:
    """The elements of one object by the ids that they link to.

    Parameters
    ----------
    elements : Mapping
        Element id to its attributes.
    schema : Schema
        The classes, which define the attributes that are links.
    """

    def __init__(self, elements: Mapping[str, Mapping[str, Any]], schema: Schema) -> None:
        self._slots = schema.link_slots
        self._linking: dict[str, dict[str, None]] = {}
        for element, attributes in elements.items():
            for name in self._names(attributes):
                self._linking.setdefault(name, {})[element] = None

    def change(
        self,
        element: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Replace the attributes of an element; None if it does not exist."""
        if before and after and all(before.get(slot) is after.get(slot) for slot in self._slots):
            return
        old, new = self._names(before), self._names(after)
        for name in old - new:
            linking = self._linking[name]
            del linking[element]
            if not linking:
                del self._linking[name]
        for name in new - old:
            self._linking.setdefault(name, {})[element] = None

    def _names(self, attributes: Mapping[str, Any] | None) -> set[str]:
        if attributes is None:
            return set()
        return {
            fold(link)
            for slot in self._slots
            if slot in attributes
            for link in as_list(attributes[slot])
            if isinstance(link, str)
        }

    def linking(self, element: str) -> list[str]:
        """Return the elements that link to an element, or to an id similar to it.

        A link names an element by its full id, or by its name without the group.
        """
        names = (fold(element), fold(element.partition("/")[2]))
        return list({other: None for name in names for other in self._linking.get(name, ())})
