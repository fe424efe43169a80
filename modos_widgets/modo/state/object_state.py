"""The state of one object within a draft."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from modos_widgets.archive import parse_node
from modos_widgets.errors import NotFoundError
from modos_widgets.json_text import copy_value, same
from modos_widgets.modo.change_set import ChangeSet, changed_cells, difference, put_in_order
from modos_widgets.modo.similar_names import ElementIds
from modos_widgets.modo.state.drafted_payloads import DraftedPayloads
from modos_widgets.modo.state.link_index import LinkIndex
from modos_widgets.modo.state.named_files import FilesOfElements
from modos_widgets.modo.values import MISSING, as_json, as_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modos_widgets.archive import ArrayMetadata
    from modos_widgets.modo.schema.slots import Schema
    from modos_widgets.modo.state.named_files import NamedFiles
    from modos_widgets.modo.state.payloads import FilePayload, Payload
    from modos_widgets.modo.stored_object import StoredObject
    from modos_widgets.storage import FileEntry, Storage

__all__ = ["ChangeKey", "ObjectState", "Observer", "Step", "find_state", "is_other_kind"]

Attributes = dict[str, Any]


ChangeKey = tuple[str, str, bool]
"""A change of a proposal: element, slot (empty for a removed element) and whether it is a file."""


@dataclass(frozen=True, slots=True)
class Step:
    """One reversible change of an object's state.

    Values are never changed in place, so a step keeps them without copying. Of the payloads it
    keeps those that change, by their numbers.

    Attributes
    ----------
    path : str
        Path of the object.
    part : str
        What changes: the attributes of an element after the commit (``"now"``) or in the base
        (``"base"``), the payloads, or the changes that are not decided (``"undecided"``).
    element : str
        The element; empty for payloads and undecided changes.
    before, after : Any
        The value before and after the step.
    """

    path: str
    part: Literal["now", "base", "payloads", "undecided"]
    element: str
    before: Any
    after: Any


class Observer(Protocol):
    """Receives the changes of a state."""

    def placed(
        self,
        state: ObjectState,
        element: str,
        before: Attributes | None,
        after: Attributes | None,
    ) -> None:
        """Handle new attributes of an element or of its base."""

    def attached(self, state: ObjectState) -> None:
        """Handle new payloads."""

    def restarted(self, state: ObjectState) -> None:
        """Handle a change of possibly all elements."""


class ObjectState:
    """One object within a draft.

    Parameters
    ----------
    stored : StoredObject
        The object.

    Attributes
    ----------
    path, root : str
        Path of the object, and key of its root among the elements.
    base : dict
        Element id to the attributes that the draft is based on.
    reconsolidate : bool
        Whether the commit updates the root's copy.
    hierarchy : Hierarchy
        The tree that the draft is based on; `StoredObject.hierarchy` may be newer.
    below : dict
        Element id to the nodes below it, if they differ from the tree because a conflict was
        resolved or the draft is an undo.
    undecided : Mapping
        Changes of a proposal that were neither accepted nor rejected, with the proposed value
        (see `Draft.undecided`); replaced as a whole.
    observer : Observer or None
        Receives each change.
    """

    def __init__(self, stored: StoredObject) -> None:
        self.observer: Observer | None = None
        self.stored = stored
        self.path = stored.path
        self.restart()

    def restart(self, root: tuple[bytes, str] | None = None) -> None:
        """Discard all changes, and base the draft on what the object shows now.

        Parameters
        ----------
        root : tuple of (bytes, str), optional
            The root that was just written, and its ETag, for the object to show.
        """
        if root is not None:
            self.stored._show(*root)  # noqa: SLF001 - no method for users
        self.root = self.stored.root_element
        self.base: dict[str, Attributes] = self.stored.metadata
        self.hierarchy = self.stored.hierarchy
        self.below: dict[str, frozenset[str]] = {}
        self.drop_changes()

    def drop_changes(self) -> None:
        """Discard all changes and keep the base."""
        self._now = dict(self.base)
        self._touched: dict[str, None] = {}
        self._ids: ElementIds | None = None
        self._links: LinkIndex | None = None
        self._ranks: dict[str, int] | None = None
        self._named_files: FilesOfElements | None = None
        self._stored_files: FilesOfElements | None = None
        self._disordered = False
        self._payloads = DraftedPayloads()
        self.undecided: Mapping[ChangeKey, Any] = {}
        self.reconsolidate = False
        self._files: dict[str, FileEntry] | None = None
        self._names: list[str] = []
        if self.observer is not None:
            self.observer.restarted(self)

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """The files and arrays that the commit adds, moves and removes."""
        return self._payloads.all()

    @payloads.setter
    def payloads(self, payloads: tuple[Payload, ...]) -> None:
        self._payloads = DraftedPayloads(payloads)
        self._attached()

    def _attached(self) -> None:
        if self.observer is not None:
            self.observer.attached(self)

    @property
    def new_files(self) -> NamedFiles[int]:
        """The files that the draft attaches or moves, by their new names."""
        return self._payloads.new_files

    @property
    def numbered_payloads(self) -> Mapping[int, Payload]:
        """All payloads, by the numbers that `put_payloads` takes."""
        return self._payloads.numbers

    def payloads_of(self, element: str) -> dict[int, Payload]:
        """Return the payloads of an element, by the numbers that `put_payloads` takes."""
        return self._payloads.of(element)

    def removed_as(self, target: str) -> list[int]:
        """Return the numbers of the payloads that remove a file."""
        return self._payloads.removed(target)

    def attached_as(self, target: str) -> Iterator[FilePayload]:
        """Yield the attached files with a name, or one that is equal on some disks."""
        return self._payloads.named(target)

    @property
    def storage(self) -> Storage:
        """Storage of the object."""
        return self.stored.storage

    def stored_attributes(self, element: str) -> Attributes | None:
        """Return an element's attributes as the object shows them now; None if there is none.

        They differ from the base if the object was read again, or the draft is a proposal that is
        based on other values. No network use.
        """
        hierarchy = self.stored.hierarchy
        if element == self.root:
            attributes = hierarchy.root.attributes
        elif element.count("/") == 1 and element in hierarchy.nodes:
            attributes = hierarchy.nodes[element].attributes
        else:
            return None
        return {slot: copy_value(value) for slot, value in attributes.items()}

    def nodes_below(self, element: str) -> frozenset[str]:
        """Return the nodes below an element that the draft is based on."""
        resolved = self.below.get(element)
        if resolved is not None:
            return resolved
        found: set[str] = set()
        waiting = [element] if element in self.hierarchy.nodes else []
        while waiting:
            children = [node.path for node in self.hierarchy.children(waiting.pop())]
            found.update(children)
            waiting.extend(children)
        return frozenset(found)

    def is_as_seen(self, path: str, document: Any) -> bool:
        """Return whether a node below an element is as the draft saw it, or is new."""
        if path not in self.hierarchy.nodes:
            return True
        seen, stored = self.hierarchy.nodes[path], parse_node(path, document)
        return (
            seen.kind == stored.kind
            and same(dict(seen.attributes), dict(stored.attributes))
            and (seen.array is None or stored.array is None or _alike(seen.array, stored.array))
        )

    def changes(self) -> ChangeSet:
        """Return the net changes."""
        base, now = (
            {element: part[element] for element in self._touched if element in part}
            for part in (self.base, self._now)
        )
        return difference(self.path, self.root, base, now)

    def changed_slots(self, element: str) -> tuple[str, ...]:
        """Return the changed cells of an element; see `Draft.changed_slots`."""
        before, after = self.base.get(element), self._now.get(element)
        if before is after:
            return ()
        if before is not None and after is not None:
            return tuple(changed_cells(before, after))
        return tuple(before or after or ("",))

    @property
    def touched(self) -> Iterable[str]:
        """The elements that may differ from the base; all others are equal to it."""
        return self._touched.keys()

    def affected(self, schema: Schema) -> list[str]:
        """Return the elements whose findings may differ from those of the base.

        These are the touched elements, and those that link to an element which was added, removed
        or changed to another class.
        """
        found = dict.fromkeys(self._touched)
        for element in self._touched:
            if is_other_kind(self.base.get(element), self._now.get(element)):
                found.update(dict.fromkeys(self.links(schema).linking(element)))
        return [element for element in found if element in self._now]

    @property
    def now(self) -> Mapping[str, Attributes]:
        """Element id to its attributes after the commit, in the order of the base."""
        if self._disordered and self._ranks is not None:
            ranks = self._ranks
            self._now = dict(sorted(self._now.items(), key=lambda item: ranks[item[0]]))
            self._disordered = False
        return self._now

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The object's files when the draft first needed them; network use: one listing."""
        if self._files is None:
            entries = sorted(self.storage.files(), key=lambda entry: entry.name)
            self._files = {entry.name: entry for entry in entries}
            self._names = list(self._files)
        return self._files

    def files_below(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, at any depth."""
        if not self.files:
            return []
        begin, end = (bisect_left(self._names, f"{folder}{sign}") for sign in "/0")
        return self._names[begin:end]  # "0" is the character after "/".

    @property
    def named_files(self) -> FilesOfElements:
        """The files that elements name after the commit."""
        if self._named_files is None:
            self._named_files = FilesOfElements(self.path, self._now)
        return self._named_files

    @property
    def stored_files(self) -> FilesOfElements:
        """The files that elements name in the base."""
        if self._stored_files is None:
            self._stored_files = FilesOfElements(self.path, self.base)
        return self._stored_files

    def list_again(self) -> None:
        """Discard the listing of files, so that the next use lists them again."""
        self._files = None

    @property
    def is_listed(self) -> bool:
        """Whether the draft has listed the object's files."""
        return self._files is not None

    @property
    def ids(self) -> ElementIds:
        """The ids of the elements after the commit."""
        if self._ids is None:
            self._ids = ElementIds(self._now)
        return self._ids

    @property
    def changed(self) -> bool:
        """Whether there are changes to commit."""
        return bool(self._payloads or self.reconsolidate) or any(
            not same(self.base.get(element), self._now.get(element)) for element in self._touched
        )

    def links(self, schema: Schema) -> LinkIndex:
        """Return the links of the elements after the commit."""
        if self._links is None:
            self._links = LinkIndex(self._now, schema)
        return self._links

    def put(self, element: str, attributes: Attributes | None) -> Step:
        """Replace an element's attributes (None: remove the element), and return the step."""
        step = Step(self.path, "now", element, self.now.get(element), attributes)
        self.place(element, attributes)
        return step

    def put_base(self, element: str, attributes: Attributes | None) -> Step:
        """Replace the attributes that the draft is based on, and return the step."""
        step = Step(self.path, "base", element, self.base.get(element), attributes)
        self._set_base(element, attributes)
        return step

    def put_undecided(self, undecided: Mapping[ChangeKey, Any]) -> Step:
        """Replace the undecided changes, and return the step."""
        step = Step(self.path, "undecided", "", self.undecided, undecided)
        self.undecided = undecided
        return step

    def put_payloads(
        self, changed: Mapping[int, Payload | None], added: Iterable[Payload] = ()
    ) -> Step:
        """Replace some payloads (None: remove it) and add others, and return the step."""
        after = {**changed, **self._payloads.numbered(added)}
        step = Step(self.path, "payloads", "", self._payloads.change(after), after)
        self._attached()
        return step

    def replay(self, step: Step, *, back: bool) -> None:
        """Redo a step, or undo it (`back`)."""
        value = step.before if back else step.after
        if step.part == "now":
            self.place(step.element, value)
        elif step.part == "base":
            self._set_base(step.element, value)
        elif step.part == "payloads":
            self._payloads.change(value)
            self._attached()
        else:
            self.undecided = value

    def place(self, element: str, attributes: Attributes | None) -> None:
        """Replace an element's attributes (None: remove the element), without a step."""
        before = self._now.get(element)
        if self._named_files is not None:
            self._named_files.change(element, before, attributes)
        if self._links is not None:
            self._links.change(element, before, attributes)
        if attributes is not None:
            self._now[element] = attributes
            if before is None:
                self._join(element)
        elif before is not None:
            self._leave(element)
        self._note(element, before)

    def _note(self, element: str, before: Attributes | None) -> None:
        after = self._now.get(element)
        if after is self.base.get(element):
            self._touched.pop(element, None)
        else:
            self._touched[element] = None
        if self.observer is not None:
            self.observer.placed(self, element, before, after)

    def _set_base(self, element: str, attributes: Attributes | None) -> None:
        if self._stored_files is not None:
            self._stored_files.change(element, self.base.get(element), attributes)
        if attributes is None:
            self.base.pop(element, None)
        else:
            self.base[element] = attributes
        self._note(element, self._now.get(element))

    def _join(self, element: str) -> None:
        if self._ids is not None:
            self._ids.add(element)
        if self._ranks is not None:
            last = len(self._ranks)
            self._disordered |= self._ranks.setdefault(element, last) != last

    def _leave(self, element: str) -> None:
        if self._ranks is None:
            self._ranks = {known: number for number, known in enumerate(self._now)}
        del self._now[element]
        if self._ids is not None:
            self._ids.discard(element)

    def with_cell(self, element: str, slot: str, value: Any) -> Attributes:
        """Return an element's attributes with one changed; the dict of the base if it is equal."""
        changed = dict(self.now[element])
        if value is MISSING:
            changed.pop(slot, None)
        else:
            changed[slot] = value
        base = self.base.get(element)
        if base is None or not same(base.get(slot, MISSING), value):
            return changed
        return base if same(base, changed) else changed

    def relinked(self, element: str, new: str | None, schema: Schema) -> Iterator[Step]:
        """Update the links to an element that is renamed, or removed (`new` is None).

        Yields
        ------
        Step
            One per changed attribute.
        """
        for other, slot, links, names in list(self.cells_linking(element, schema)):
            kept = [
                (new if isinstance(link, str) and link in names else link)
                for link in links
                if new is not None or not (isinstance(link, str) and link in names)
            ]
            is_list = isinstance(self._now[other][slot], list)
            updated: Any = kept if is_list else (kept[0] if kept else MISSING)
            yield self.put(other, self.with_cell(other, slot, updated))

    def cells_linking(
        self, element: str, schema: Schema
    ) -> Iterator[tuple[str, str, list[Any], set[str]]]:
        """Yield each cell that links to an element, its links, and the names that mean it."""
        group, _, bare = element.partition("/")
        for other in self.links(schema).linking(element):
            for slot, target in schema.link_slots.items():
                names = {element, bare} if schema.group(target) == group else {element}
                value = self._now[other].get(slot)
                links = [] if value is None else as_list(value)
                if not names.isdisjoint(link for link in links if isinstance(link, str)):
                    yield other, slot, links, names

    def linked_from_root(self, element: str, schema: Schema) -> Iterator[Step]:
        """Add links to a new element to the slots of the root that link to its class."""
        root, own = self.now.get(self.root, {}), self.now[element].get("@type")
        for name, slot in schema.slots(root.get("@type")).items():
            if slot.link and slot.many and schema.is_a(own, slot.link):
                value = root.get(name)
                links = [] if value is None else as_list(value)
                if element not in links:
                    yield self.put(self.root, self.with_cell(self.root, name, [*links, element]))

    def rebase(self, changes: ChangeSet) -> None:
        """Apply a change set, with its own values as the base, to a state without changes."""
        for element, cells in changes.cells.items():
            name = self.root if element == changes.root else element
            base = dict(self.base.get(name, {}))
            after = dict(base)
            for slot, (old, new) in cells.items():
                _store(base, slot, old)
                _store(after, slot, as_json(new, name=slot) if new is not MISSING else new)
            self._set_base(name, base)
            order = changes.order.get(element, ())
            self.place(name, put_in_order(after, after.keys() - base.keys(), order))
        for element, attributes in changes.removed.items():
            self._set_base(element, dict(attributes))
            self.place(element, None)
        for element, attributes in changes.added.items():
            if element not in changes.removed:
                self._set_base(element, None)
            self.place(element, as_json(attributes, name=element))

    def keep_stored(self, stored: ChangeSet) -> None:
        """Add changes to the base that a failed commit has stored."""
        for element, cells in stored.cells.items():
            for slot, (_, mine) in cells.items():
                self.settle(element, slot, mine, mine=True)
        for element, attributes in stored.added.items():
            self.settle(element, "", attributes, mine=True)
        for element in stored.removed:
            self.settle(element, "", MISSING, mine=True)

    def settle(self, element: str, slot: str, theirs: Any, *, mine: bool) -> None:
        """Make the stored value the base of a cell, or of an element (no slot).

        Parameters
        ----------
        element, slot : str
            The cell.
        theirs : Any
            The stored value.
        mine : bool
            Keep the value of the draft; otherwise use the stored one.
        """
        if not slot:
            attributes = None if theirs is MISSING else dict(theirs)
            self._set_base(element, attributes)
            if not mine:
                self.place(element, attributes)
                if attributes is None:
                    self.payloads = tuple(
                        payload for payload in self.payloads if payload.element != element
                    )
            return
        base = dict(self.base.get(element, {}))
        _store(base, slot, theirs)
        self._set_base(element, base)
        if not mine:
            now = dict(self.now.get(element, base))
            _store(now, slot, theirs)
            self.place(element, now)


def is_other_kind(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    """Return whether an element is added, removed, or changed to another class."""
    if before is None or after is None:
        return before is not after
    return not same(before.get("@type"), after.get("@type"))


def _store(attributes: Attributes, slot: str, value: Any) -> None:
    if value is MISSING:
        attributes.pop(slot, None)
    else:
        attributes[slot] = value


def _alike(one: ArrayMetadata, other: ArrayMetadata) -> bool:
    return (one.shape, one.dtype, one.chunks) == (other.shape, other.dtype, other.chunks)


def find_state(states: Mapping[str, ObjectState], path: str) -> ObjectState:
    """Return the state of one object.

    Raises
    ------
    NotFoundError
        The object is not among them.
    """
    found = states.get(path) or states.get(path.rstrip("/"))
    if found is None:
        raise NotFoundError(f"{path} is not in this draft.", "Check Draft.modos.")
    return found
