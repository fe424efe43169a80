"""The state of one object within a draft, and the steps that change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modos_widgets.modo.change import ChangeSet, difference
from modos_widgets.modo.ids import Ids
from modos_widgets.modo.links import as_list
from modos_widgets.modo.values import MISSING, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modos_widgets.modo.object import Modo
    from modos_widgets.modo.payload import Payload
    from modos_widgets.modo.slots import Schema

__all__ = ["Step", "Working"]

Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One reversible change: an element's attributes, or what comes with them.

    Attributes dicts are never written into, so a step keeps the two as they are.
    """

    path: str
    element: str | None
    before: Any
    after: Any


@dataclass
class Working:
    """One object within a draft.

    Attributes
    ----------
    modo : Modo
        The object.
    path, root : str
        Its path, and the key of its root among the elements.
    base : dict
        Element id to the attributes that the draft is based on.
    payloads : tuple of Payload
        What comes with the metadata.
    reconsolidate : bool
        Whether the root's copy is to be brought up to date.
    """

    modo: Modo
    path: str
    root: str
    base: dict[str, Attributes]
    payloads: tuple[Payload, ...] = ()
    reconsolidate: bool = False
    _now: dict[str, Attributes] = field(init=False)
    _ids: Ids | None = field(init=False, default=None)
    _ranks: dict[str, int] | None = field(init=False, default=None)
    _disordered: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Begin with what is stored."""
        self.drop_changes()

    def drop_changes(self) -> None:
        """Drop all changes."""
        self._now = dict(self.base)
        self._ids = self._ranks = None
        self._disordered = False
        self.payloads = ()
        self.reconsolidate = False

    @classmethod
    def of(cls, modo: Modo) -> Working:
        """Begin with the values that an object shows."""
        return cls(modo, modo.path, modo.root_element, modo.metadata)

    def changes(self) -> ChangeSet:
        """Give the net changes."""
        return difference(self.path, self.root, self.base, self.now)

    @property
    def now(self) -> Mapping[str, Attributes]:
        """Element id to its attributes as they will be; what came back stands where it stood."""
        if self._disordered and self._ranks is not None:
            ranks = self._ranks
            self._now = dict(sorted(self._now.items(), key=lambda item: ranks[item[0]]))
            self._disordered = False
        return self._now

    @property
    def ids(self) -> Ids:
        """The ids as they will be."""
        if self._ids is None:
            self._ids = Ids(self._now)
        return self._ids

    @property
    def changed(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.payloads or self.reconsolidate or self.changes())

    def put(self, element: str, attributes: Attributes | None) -> Step:
        """Replace an element's attributes (None: it is removed)."""
        step = Step(self.path, element, self.now.get(element), attributes)
        self.place(element, attributes)
        return step

    def put_payloads(self, payloads: tuple[Payload, ...]) -> Step:
        """Replace what comes with the metadata."""
        step = Step(self.path, None, self.payloads, payloads)
        self.payloads = payloads
        return step

    def replay(self, step: Step, *, back: bool) -> None:
        """Do a step again, or take it back."""
        value = step.before if back else step.after
        if step.element is None:
            self.payloads = value
        else:
            self.place(step.element, value)

    def place(self, element: str, attributes: Attributes | None) -> None:
        """Store an element's attributes (None: it is removed) without a step for `undo`."""
        there = element in self._now
        if attributes is None:
            if there:
                self._leave(element)
            return
        self._now[element] = attributes
        if not there:
            self._join(element)

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
        """Give an element's attributes with one of them changed; as in the base where alike."""
        changed = dict(self.now[element])
        if value is MISSING:
            changed.pop(slot, None)
        else:
            changed[slot] = value
        base = self.base.get(element)
        return base if base is not None and same(base, changed) else changed

    def relinked(self, element: str, new: str | None, schema: Schema) -> Iterator[Step]:
        """Mend the links to an element that is renamed, or removed (`new` is None)."""
        bare = element.partition("/")[2]
        for other, attributes in list(self.now.items()):
            for slot, target in schema.link_slots.items():
                value = attributes.get(slot)
                if value is None:
                    continue
                names = {element}
                if schema.group(target) == element.partition("/")[0]:
                    names.add(bare)
                links = as_list(value)
                if names.isdisjoint(link for link in links if isinstance(link, str)):
                    continue
                kept = [
                    (new if isinstance(link, str) and link in names else link)
                    for link in links
                    if new is not None or not (isinstance(link, str) and link in names)
                ]
                mended: Any = kept if isinstance(value, list) else (kept[0] if kept else MISSING)
                yield self.put(other, self.with_cell(other, slot, mended))
                attributes = self.now[other]  # noqa: PLW2901

    def linked_from_root(self, element: str, schema: Schema) -> Iterator[Step]:
        """Name a new element in the slots of the root that hold elements of its class."""
        root, own = self.now.get(self.root, {}), self.now[element].get("@type")
        for name, slot in schema.slots(root.get("@type")).items():
            if slot.link and slot.many and schema.is_a(own, slot.link):
                value = root.get(name)
                links = [] if value is None else as_list(value)
                if element not in links:
                    yield self.put(self.root, self.with_cell(self.root, name, [*links, element]))

    def keep_stored(self, stored: ChangeSet) -> None:
        """Take changes into the base: a commit that failed has stored them all the same."""
        for element, cells in stored.cells.items():
            for slot, (_, mine) in cells.items():
                self.settle(element, slot, mine, mine=True)
        for element, attributes in stored.added.items():
            self.settle(element, "", attributes, mine=True)
        for element in stored.removed:
            self.settle(element, "", MISSING, mine=True)

    def settle(self, element: str, slot: str, theirs: Any, *, mine: bool) -> None:
        """Take what is stored now as the base of a cell (no slot: an element), and settle it."""
        if not slot:
            attributes = None if theirs is MISSING else dict(theirs)
            if attributes is None:
                self.base.pop(element, None)
            else:
                self.base[element] = attributes
            if not mine:
                self.place(element, attributes)
            return
        base = dict(self.base.get(element, {}))
        _store(base, slot, theirs)
        self.base[element] = base
        if not mine:
            now = dict(self.now.get(element, base))
            _store(now, slot, theirs)
            self.place(element, now)


def _store(attributes: Attributes, slot: str, value: Any) -> None:
    if value is MISSING:
        attributes.pop(slot, None)
    else:
        attributes[slot] = value
