"""Elements that a draft could add: their ids, and their findings; nothing is changed here."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import AlreadyExistsError, ArgumentError, PathError
from modos_widgets.modo.attachments.arrays import check_free
from modos_widgets.modo.similar_names import fold
from modos_widgets.modo.state.element_ids import LONGEST, valid_id
from modos_widgets.modo.validation.metadata_checks import check_element
from modos_widgets.modo.values import as_json
from modos_widgets.storage import portable_name

if TYPE_CHECKING:
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.validation.findings import Finding

__all__ = ["IdProposals", "check_new_element"]


class IdProposals:
    """Ids for new elements of one object, made from their names.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    schema : Schema
        The classes.
    """

    def __init__(self, state: ObjectState, schema: Schema) -> None:
        self._state = state
        self._schema = schema
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def propose(self, name: str, class_name: str, group: str = "") -> str:
        """Return a free id, and keep it for this name.

        Parameters
        ----------
        name : str
            Name of the new element.
        class_name : str
            Its class.
        group : str
            Its group, for a class that can be in any.

        Returns
        -------
        str
            ``group/name`` in lower case, of letters, digits and signs that all MODO software
            accepts, in at most 255 bytes. A name without any of them gets the name of the group
            and a number.

        Raises
        ------
        OptionError
            The group is unknown.
        """
        group = self._schema.group(class_name) or group
        base = portable_name(name.replace("/", "_")).lower().strip("._-")[:LONGEST]
        if base and self._free(f"{group}/{base}", class_name) is None:
            base = ""
        number = self._next.get(base, 1)
        found = None
        while not found:
            ending = f"_{number}" if number > 1 or not base else ""
            wanted = f"{(base or group)[: LONGEST - len(ending)]}{ending}"
            found = self._free(f"{group}/{wanted}", class_name)
            number += 1
        self._next[base] = number
        self._taken.add(fold(found))
        return found

    def _free(self, wanted: str, class_name: str) -> str | None:
        """Return the id if it is free, "" if it is taken, None if no element can have it."""
        if fold(wanted) in self._taken:
            return ""
        try:
            found = valid_id(wanted, {"@type": class_name}, self._state.ids, self._schema)
            check_free(self._state, found)
        except AlreadyExistsError:
            return ""
        except PathError:
            return None
        return found


def check_new_element(
    state: ObjectState, wanted: str, attributes: Mapping[str, Any], schema: Schema
) -> list[Finding]:
    """Find what is wrong in an element that is not in the draft.

    Parameters
    ----------
    state : ObjectState
        The object within its draft.
    wanted : str
        Its id, as for `Draft.add`.
    attributes : Mapping
        Its attributes.
    schema : Schema
        The classes.

    Returns
    -------
    list of Finding

    Raises
    ------
    ArgumentError, OptionError, PathError, AlreadyExistsError
        As for `Draft.add`.
    """
    if not isinstance(attributes, Mapping):
        raise ArgumentError.expected("a dictionary", attributes, name="attributes")
    stored = as_json(dict(attributes), name="attributes")
    stored.pop("id", None)
    element = valid_id(wanted, stored, state.ids, schema)
    check_free(state, element)
    default = schema.default_class.get(element.partition("/")[0])
    stored.setdefault("@type", default)
    elements = ChainMap({element: stored}, state.now)  # type: ignore[arg-type] # only read
    return check_element(state.path, state.root, element, elements, ids=state.ids, schema=schema)
