"""Changes of the elements, files and arrays of a draft, each recorded as a step for undo."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from modos_widgets.errors import (
    AlreadyExistsError,
    ArgumentError,
    NotFoundError,
    OptionError,
)
from modos_widgets.json_text import same
from modos_widgets.modo.attachments.arrays import array_payload, attributes_with_array, check_free
from modos_widgets.modo.attachments.files import (
    check_targets,
    files_to_remove,
    payloads_after_move,
    payloads_with_files,
    payloads_without_file,
)
from modos_widgets.modo.attachments.renames import (
    attributes_renamed,
    copied_from,
    payloads_renamed,
)
from modos_widgets.modo.attachments.sources import (
    attributes_with_file,
    measure,
    payloads_of_file,
)
from modos_widgets.modo.data_paths import check_target, file_in_object, index_names
from modos_widgets.modo.state.element_ids import new_id, valid_id
from modos_widgets.modo.state.payloads import RemoveFilePayload
from modos_widgets.modo.values import MISSING, as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modos_widgets.location import Location
    from modos_widgets.modo.draft.drafted_objects import DraftedObjects, ElementKey
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.object_state import ObjectState
    from modos_widgets.modo.state.payloads import Payload, PayloadChanges
    from modos_widgets.modo.state.steps import Steps

__all__ = ["Editor"]


class Editor:
    """The changes that the methods of `Draft` with the same names make.

    Parameters
    ----------
    objects : DraftedObjects
        The objects of the draft.
    steps : Steps
        The steps for undo.
    schema : Schema
        The classes.
    """

    def __init__(self, objects: DraftedObjects, steps: Steps, schema: Schema) -> None:
        self._objects = objects
        self._steps = steps
        self._schema = schema

    def _put(self, state: ObjectState, element: str, attributes: dict[str, Any] | None) -> None:
        self._steps.note(state.put(element, attributes))

    def _put_payloads(
        self, state: ObjectState, changed: PayloadChanges, added: Sequence[Payload] = ()
    ) -> None:
        if changed or added:
            self._steps.note(state.put_payloads(changed, added))

    def set(self, key: ElementKey, slot: str, value: Any) -> None:
        """Store a value; see `Draft.set`."""
        if not isinstance(slot, str) or not slot:
            raise OptionError("An attribute needs a name.", "Pass the slot as text.")
        self._change(key, as_json(slot, name="slot"), as_json(value, name=slot[:80]))

    def unset(self, key: ElementKey, slot: str) -> None:
        """Remove an attribute; see `Draft.unset`."""
        if not isinstance(slot, str):
            raise ArgumentError.expected("a str", slot, name="slot")
        self._change(key, slot, MISSING)

    def _change(self, key: ElementKey, slot: str, value: Any) -> None:
        state, element = self._objects.find(key)
        before = state.now[element].get(slot, MISSING)
        if same(before, value):
            return
        with self._steps.together():
            self._put(state, element, state.with_cell(element, slot, value))
            if slot == "data_path" and element != state.root:
                self._put_payloads(state, *payloads_after_move(state, element, before))

    def add(self, key: ElementKey, attributes: Mapping[str, Any], *, link: bool) -> str:
        """Add an element and return its id; see `Draft.add`."""
        state, wanted = self._objects.split(key)
        if not isinstance(attributes, Mapping):
            raise ArgumentError.expected("a dictionary", attributes, name="attributes")
        stored = as_json(dict(attributes), name="attributes")
        stored.pop("id", None)
        element = new_id(wanted, stored, state.ids, self._schema)
        check_free(state, element)
        if "@type" not in stored:
            default = self._schema.default_class.get(element.partition("/")[0])
            stored = {**({"@type": default} if default else {}), **stored}
        with self._steps.together():
            self._put(state, element, stored)
            for step in state.linked_from_root(element, self._schema) if link else ():
                self._steps.note(step)
        return element

    def remove(self, key: ElementKey, *, with_file: bool) -> None:
        """Remove an element and the links to it; see `Draft.remove`."""
        state, element = self._objects.find_below_root(key)
        with self._steps.together():
            removed_files = files_to_remove(state, element) if with_file else ()
            self._put(state, element, None)
            for step in state.relinked(element, None, self._schema):
                self._steps.note(step)
            own = dict.fromkeys(state.payloads_of(element))
            self._put_payloads(state, own, removed_files)

    def rename(self, key: ElementKey, new: str) -> str:
        """Rename an element with its arrays and the links to it; see `Draft.rename`."""
        state, element = self._objects.find_below_root(key)
        attributes = state.now[element]
        renamed = self.renamed_id(key, new)
        if renamed == element:
            return element
        new_id(new, attributes, state.ids, self._schema, besides=element)  # warns
        with self._steps.together():
            changed, copied = payloads_renamed(state, element, renamed)
            self._put(state, element, None)
            self._put(state, renamed, attributes_renamed(attributes, element, renamed))
            for step in state.relinked(element, renamed, self._schema):
                self._steps.note(step)
            self._put_payloads(state, changed, copied)
        return renamed

    def renamed_id(self, key: ElementKey, new: str) -> str:
        """Return the id of an element after its renaming; see `Draft.check_rename`."""
        state, element = self._objects.find_below_root(key)
        renamed = valid_id(new, state.now[element], state.ids, self._schema, besides=element)
        if renamed != element:
            check_free(state, renamed, besides=copied_from(state, element))
        return renamed

    def attach(
        self,
        key: ElementKey,
        file: Location,
        *,
        name: str | None,
        keep: bool,
        checksums: Mapping[str, tuple[int, str]] | None = None,
    ) -> None:
        """Attach a file to an element; see `Draft.attach`."""
        state, element = self._objects.find_below_root(key)
        files = payloads_of_file(state, element, file, name=name, checksums=checksums)
        check_targets(state, files)
        replaced, added = payloads_with_files(state, element, files, keep=keep)
        first = files[0]
        attributes = attributes_with_file(
            state.now[element], first.target, first.checksum, self._schema
        )
        with self._steps.together():
            self._put(state, element, attributes)
            self._put_payloads(state, replaced, added)

    def attach_stored(self, key: ElementKey, name: str, *, keep: bool) -> None:
        """Attach a file that the object stores to an element; see `Draft.attach_stored`."""
        state, element = self._objects.find_below_root(key)
        target = check_target(name)
        if target not in state.files:
            raise NotFoundError(f"{state.path} has no file {target}.", "Check Modo.files().")
        others = [each for each in state.named_files.elements(target) if each != element]
        if others:
            raise AlreadyExistsError(
                f"{target} is the file of {others[0]}.", "Choose a file that no element names."
            )
        if file_in_object(state.now[element].get("data_path"), state.path) == target:
            return
        attributes = state.now[element]
        checksum = ""
        if "data_checksum" in {**attributes, **self._schema.slots(attributes.get("@type"))}:
            _, checksum = measure(partial(state.storage.open, target))
        attributes = attributes_with_file(attributes, target, checksum, self._schema)
        replaced, removed = payloads_with_files(state, element, (), keep=keep)
        if state.removed_as(target):  # The draft no longer removes it.
            for file in (target, *index_names(target)):
                replaced |= dict.fromkeys(state.removed_as(file))
                removed = [payload for payload in removed if _target(payload) != file]
        with self._steps.together():
            self._put(state, element, attributes)
            self._put_payloads(state, replaced, removed)

    def detach(self, key: ElementKey, *, with_file: bool) -> None:
        """Detach the file of an element; see `Draft.detach`."""
        state, element = self._objects.find_below_root(key)
        attributes = state.now[element]
        if "data_path" not in attributes:
            raise NotFoundError(f"{element} has no file.", "Choose an element with a file.")
        replaced, removed = payloads_without_file(state, element, remove=with_file)
        left = {
            slot: value
            for slot, value in attributes.items()
            if slot not in {"data_path", "data_checksum"}
        }
        with self._steps.together():
            self._put(state, element, left)
            self._put_payloads(state, replaced, removed)

    def add_array(
        self,
        key: ElementKey,
        values: Any,
        obs: Iterable[Any] | None,
        var: Iterable[Any] | None,
        *,
        name: str,
    ) -> None:
        """Add a labelled matrix to an element; see `Draft.add_array`."""
        state, element = self._objects.find_below_root(key)
        payload = array_payload(state, element, values, obs=obs, var=var, name=name)
        stored = state.now[element]
        filled = attributes_with_array(stored, element, self._schema)
        with self._steps.together():
            if filled is not stored:
                self._put(state, element, dict(filled))
            self._put_payloads(state, {}, [payload])


def _target(payload: Payload) -> str:
    return payload.target if isinstance(payload, RemoveFilePayload) else ""
