"""What the removal of an element would change; nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modos_widgets.modo.data_paths import file_in_object

if TYPE_CHECKING:
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState

__all__ = ["Removal", "removal_of"]


@dataclass(frozen=True)
class Removal:
    """What `Draft.remove` would change.

    Attributes
    ----------
    object : str
        Path of the object.
    element : str
        Id of the element.
    links : tuple of (str, str)
        Element and slot of each list of links, or link, that names the element and would lose it.
    file : str
        Path in the object of the file that the element names; empty if it names none.
    file_users : tuple of str
        Other elements that name the same file, which is then kept.
    arrays : int
        Number of arrays and groups below the element, which are removed with it.
    """

    object: str
    element: str
    links: tuple[tuple[str, str], ...] = ()
    file: str = ""
    file_users: tuple[str, ...] = ()
    arrays: int = 0


def removal_of(state: ObjectState, element: str, schema: Schema) -> Removal:
    """Return what the removal of an element would change.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    element : str
        Id of an existing element.
    schema : Schema
        The classes.

    Returns
    -------
    Removal
    """
    links = tuple((other, slot) for other, slot, *_ in state.cells_linking(element, schema))
    file = file_in_object(state.now[element].get("data_path"), state.path) or ""
    users = [each for each in state.named_files.elements(file) if each != element] if file else []
    return Removal(
        object=state.path,
        element=element,
        links=links,
        file=file,
        file_users=tuple(users),
        arrays=len(state.nodes_below(element)),
    )
