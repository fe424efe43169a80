"""The objects of a draft, and the elements in them by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from modos_widgets.errors import ArgumentError, NotFoundError, OptionError
from modos_widgets.modo.state.object_state import ObjectState, find_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.modo.stored_object import StoredObject

__all__ = ["DraftedObjects", "ElementKey"]

ElementKey = str | tuple[str, str]
"""Id of an element, or (object path, id) in a draft over several objects."""


class DraftedObjects:
    """The objects of a draft.

    Parameters
    ----------
    objects : iterable of StoredObject
        The objects, in the order of `Draft.modos`.

    Attributes
    ----------
    states : Mapping of str to ObjectState
        Path of each object to its state.

    Raises
    ------
    ArgumentError
        `objects` contains something other than objects.
    OptionError
        There is no object, or an object is passed twice.
    """

    def __init__(self, objects: Iterable[StoredObject]) -> None:
        if not isinstance(objects, Iterable):
            raise ArgumentError.expected("a list of Modo", objects)
        states: dict[str, ObjectState] = {}
        for stored in objects:
            if not hasattr(stored, "hierarchy"):
                hint = "To edit a path, use edit(path)."
                raise ArgumentError.expected("a Modo", stored, hint=hint)
            if stored.path in states:
                raise OptionError(f"{stored.path} is passed twice.", "Pass each object once.")
            states[stored.path] = ObjectState(stored)
        if not states:
            raise OptionError("There is no object to edit.", "Pass at least one.")
        self.states: Mapping[str, ObjectState] = states

    def __iter__(self) -> Iterator[ObjectState]:
        """Iterate over the states of the objects."""
        return iter(self.states.values())

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.states)

    def state(self, path: str | None = None) -> ObjectState:
        """Return the state of one object.

        Parameters
        ----------
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        ObjectState

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The draft has several objects, and `path` is missing.
        """
        if path is not None:
            return find_state(self.states, path)
        if len(self) > 1:
            raise OptionError(f"This draft has {len(self)} objects.", "Pass the path of one.")
        return next(iter(self))

    def split(self, key: ElementKey) -> tuple[ObjectState, str]:
        """Return the object and the element id of a key; the element need not exist.

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The draft has several objects, and the key names none of them.
        """
        if isinstance(key, tuple):
            path, element = key
            return self.state(path), element
        if len(self) > 1:
            raise OptionError(
                f"{key!r:.80} can be in any of {len(self)} objects.",
                "Pass (object path, element id).",
            )
        return self.state(), key

    def find(self, key: ElementKey) -> tuple[ObjectState, str]:
        """Return the object and the id of an existing element; an empty id is the root.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            As for `split`.
        """
        state, element = self.split(key)
        element = element or state.root
        if element not in state.now:
            raise NotFoundError(
                f"There is no element {element!r:.80} in {state.path}.",
                "Check Draft.frame(); add() adds an element.",
            )
        return state, element

    def find_below_root(self, key: ElementKey) -> tuple[ObjectState, str]:
        """Return the object and the id of an existing element other than the root.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root; otherwise as for `split`.
        """
        state, element = self.find(key)
        if element == state.root:
            raise OptionError("The root is the object itself.", "Set its 'id', or move the object.")
        return state, element
