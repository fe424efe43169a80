"""The elements of a draft: their values after the commit, and the changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import ArgumentError, OptionError
from modos_widgets.json_text import copy_value, same
from modos_widgets.modo.attachments.arrays import check_free
from modos_widgets.modo.attachments.files import files_to_remove, payloads_after_move
from modos_widgets.modo.attachments.renames import (
    attributes_renamed,
    copied_from,
    payloads_renamed,
)
from modos_widgets.modo.draft.base import DraftBase
from modos_widgets.modo.draft.new_elements import IdProposals, check_new_element
from modos_widgets.modo.draft.removal import Removal, removal_of
from modos_widgets.modo.metadata_frame import frame_of, several_index
from modos_widgets.modo.state.element_ids import new_id, valid_id
from modos_widgets.modo.validation.findings import Findings
from modos_widgets.modo.values import MISSING, as_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from modos_widgets.modo.draft.drafted_objects import ElementKey

__all__ = ["ElementEdits"]


class ElementEdits(DraftBase):
    """The part of `Draft` that reads and changes elements."""

    # Values

    def elements(self, path: str | None = None) -> Mapping[str, Mapping[str, Any]]:
        """Return the attributes of the root and of each element after the commit; no network use.

        The attributes are not copied: use `set` to change them.

        Parameters
        ----------
        path : str, optional
            Path of the object; required if the draft has several objects.

        Returns
        -------
        Mapping of str to Mapping
            Element id to its attributes.

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The draft has several objects, and `path` is not given.
        """
        return MappingProxyType(self._objects.state(path).now)

    def current(self, element: ElementKey, slot: str, default: Any = None) -> Any:
        """Return a value after the commit; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.
        default : Any
            Returned if there is no such attribute.

        Returns
        -------
        Any
            A copy of the value.

        Raises
        ------
        NotFoundError
            There is no such element.
        """
        state, name = self._objects.find(element)
        return copy_value(state.now[name].get(slot, default))

    def is_changed(self, element: ElementKey, slot: str) -> bool:
        """Return whether a cell differs from the value that the draft is based on; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.

        Returns
        -------
        bool

        Raises
        ------
        NotFoundError
            There is no such element.
        """
        state, name = self._objects.find(element)
        before, after = state.base.get(name, {}), state.now[name]
        return not same(before.get(slot, MISSING), after.get(slot, MISSING))

    def changed_slots(self, element: ElementKey) -> tuple[str, ...]:
        """Return the changed cells of an element; no network use.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        tuple of str
            The slots of its rows in `rows`; an empty name if the element has no attributes.
        """
        state, name = self._objects.split(element)
        return state.changed_slots(name)

    def frame(self) -> pd.DataFrame:
        """Return the metadata after the commit as a table; no network use.

        Returns
        -------
        pandas.DataFrame
            As `Modo.frame` returns it; with several objects, the index is (object, element).
        """
        if len(self._objects) == 1:
            return frame_of(self._objects.state().now)
        keys = [(path, name) for path, state in self._objects.states.items() for name in state.now]
        rows = [found for state in self._objects for found in state.now.values()]
        frame = frame_of({str(number): row for number, row in enumerate(rows)})
        frame.index = several_index(keys)
        return frame

    @property
    def known_from(self) -> pd.DataFrame | None:
        """Which file said what, for a draft of `modos_widgets.describe`; None for other drafts.

        Columns element, slot, value, file (relative to the described folder) and detail. A row
        without element names a file, or a part of it, that was not used, and why.
        """
        if self.evidence is None:
            return None
        return self.evidence.frame({id for state in self._objects for id in state.now})  # noqa: A001

    # Changes

    def set(self, element: ElementKey, slot: str, value: Any) -> None:
        """Set an attribute to any JSON value; `validate` checks it.

        No network use, except that changing ``data_path`` can list the object's files: the commit
        moves the file.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.
        value : Any
            The value.

        Raises
        ------
        OptionError
            JSON cannot contain the value (NaN, an unpaired surrogate), the value is larger than
            1 MiB, or `slot` is empty.
        NotFoundError
            There is no such element.
        """
        if not isinstance(slot, str) or not slot:
            raise OptionError("An attribute needs a name.", "Pass the slot as text.")
        self._change(element, as_json(slot, name="slot"), as_json(value, name=slot[:80]))

    def unset(self, element: ElementKey, slot: str) -> None:
        """Remove an attribute.

        No network use, except that removing ``data_path`` can list the object's files.

        Parameters
        ----------
        element : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        slot : str
            The attribute.

        Raises
        ------
        NotFoundError
            There is no such element.
        ArgumentError
            `slot` is not text.
        """
        if not isinstance(slot, str):
            raise ArgumentError.expected("a str", slot, name="slot")
        self._change(element, slot, MISSING)

    def _change(self, key: ElementKey, slot: str, value: Any) -> None:
        state, element = self._objects.find(key)
        before = state.now[element].get(slot, MISSING)
        if same(before, value):
            return
        with self._steps.together():
            self._put(state, element, state.with_cell(element, slot, value))
            if slot == "data_path" and element != state.root:
                self._put_payloads(state, *payloads_after_move(state, element, before))

    def add(
        self,
        id: ElementKey,  # noqa: A002
        attributes: Mapping[str, Any],
        *,
        link: bool = True,
    ) -> str:
        """Add an element; an assay is also linked from the root; no network use.

        The root links to its assays by ``has_assay``. Links between assays, data and samples are
        set by the caller.

        Parameters
        ----------
        id : str or tuple of (str, str)
            ``group/name``, or the name alone if ``@type`` determines the group; in a draft over
            several objects, (object path, id).
        attributes : Mapping
            The attributes of the element. An ``id`` among them is not stored.
        link : bool
            Link to the element from the root's attributes that link to its class.

        Returns
        -------
        str
            The id of the element, in which slashes of the name are replaced by ``_``.

        Raises
        ------
        ArgumentError
            `attributes` is not a mapping.
        OptionError
            The group is unknown, or JSON cannot contain the attributes.
        PathError
            An element cannot have this name.
        AlreadyExistsError
            Another element has the id, or the object stores arrays under it.
        """
        state, wanted = self._objects.split(id)
        if not isinstance(attributes, Mapping):
            raise ArgumentError.expected("a dictionary", attributes, name="attributes")
        stored = as_json(dict(attributes), name="attributes")
        stored.pop("id", None)
        element = new_id(wanted, stored, state.ids, self.schema)
        check_free(state, element)
        if "@type" not in stored:
            default = self.schema.default_class.get(element.partition("/")[0])
            stored = {**({"@type": default} if default else {}), **stored}
        with self._steps.together():
            self._put(state, element, stored)
            for step in state.linked_from_root(element, self.schema) if link else ():
                self._steps.note(step)
        return element

    def propose_ids(
        self,
        names: Iterable[str],
        class_name: str,
        *,
        path: str | None = None,
        group: str = "",
    ) -> list[str]:
        """Propose ids for new elements from their names; no network use.

        Parameters
        ----------
        names : iterable of str
            Names of the new elements.
        class_name : str
            Their class, such as ``Sample``.
        path : str, optional
            Path of the object; required if the draft has several objects.
        group : str
            Their group, for a class of yours that can be in any.

        Returns
        -------
        list of str
            An id for each name, such as ``sample/adjacent_normal``: free, different from each
            other also in lower case, and accepted by all MODO software.

        Raises
        ------
        NotFoundError
            The object is not in this draft.
        OptionError
            The group is unknown, or the draft has several objects, and `path` is not given.
        """
        proposals = IdProposals(self._objects.state(path), self.schema)
        return [proposals.propose(name, class_name, group) for name in names]

    def check_new(self, id: ElementKey, attributes: Mapping[str, Any]) -> Findings:  # noqa: A002
        """Check an element as if `add` had added it; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            As for `add`.
        attributes : Mapping
            The attributes of the element.

        Returns
        -------
        Findings
            Errors first.

        Raises
        ------
        ArgumentError, OptionError, PathError, AlreadyExistsError
            `add` would raise the same error.
        """
        state, wanted = self._objects.split(id)
        return Findings(check_new_element(state, wanted, attributes, self.schema))

    def check_rename(self, id: ElementKey, new: str) -> str:  # noqa: A002
        """Return the id that `rename` would return, and rename nothing; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        new : str
            The new id, or the new name without the group.

        Returns
        -------
        str

        Raises
        ------
        NotFoundError, OptionError, PathError, AlreadyExistsError
            `rename` would raise the same error.
        """
        state, element = self._objects.find_below_root(id)
        renamed = valid_id(new, state.now[element], state.ids, self.schema, besides=element)
        if renamed != element:
            check_free(state, renamed, besides=copied_from(state, element))
        return renamed

    def removal(self, id: ElementKey) -> Removal:  # noqa: A002
        """Return what `remove` would change; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.

        Returns
        -------
        Removal
            The links that it would remove, and the file of the element.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root.
        """
        state, element = self._objects.find_below_root(id)
        return removal_of(state, element, self.schema)

    def remove(self, id: ElementKey, *, with_file: bool = False) -> None:  # noqa: A002
        """Remove an element and the links to it, optionally with its file.

        Network use: `with_file` lists the object's files once. Their sizes show what `Commit.undo`
        could not restore, which `notes` and the diff state.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        with_file : bool
            Also remove the file that the element names, with its index, unless another element
            names it.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root.
        CredentialsError, EndpointError
            The files cannot be listed.
        """
        state, element = self._objects.find_below_root(id)
        with self._steps.together():
            removed_files = files_to_remove(state, element) if with_file else ()
            self._put(state, element, None)
            for step in state.relinked(element, None, self.schema):
                self._steps.note(step)
            own = dict.fromkeys(state.payloads_of(element))
            self._put_payloads(state, own, removed_files)

    def rename(self, id: ElementKey, new: str) -> str:  # noqa: A002
        """Rename an element, with its arrays and the links to it; no network use.

        Parameters
        ----------
        id : str or tuple of (str, str)
            The element's id, or (object path, id) in a draft over several objects.
        new : str
            The new id, or the new name without the group.

        Returns
        -------
        str
            The new id, in which slashes of the name are replaced by ``_``.

        Raises
        ------
        NotFoundError
            There is no such element.
        OptionError
            The element is the root, or its class does not belong to the group of the new id.
        PathError
            An element cannot have this name.
        AlreadyExistsError
            Another element has the id, or the object stores arrays under it.
        """
        state, element = self._objects.find_below_root(id)
        attributes = state.now[element]
        renamed = self.check_rename(id, new)
        if renamed == element:
            return element
        new_id(new, attributes, state.ids, self.schema, besides=element)  # warns
        with self._steps.together():
            changed, copied = payloads_renamed(state, element, renamed)
            self._put(state, element, None)
            self._put(state, renamed, attributes_renamed(attributes, element, renamed))
            for step in state.relinked(element, renamed, self.schema):
                self._steps.note(step)
            self._put_payloads(state, changed, copied)
        if self.evidence is not None:
            self.evidence.rename(element, renamed)
        return renamed
