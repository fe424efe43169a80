"""Metadata of many objects in columns, and its builder; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa

from modos_widgets.finder.attribute_column import AttributeColumn, Batch, decoded
from modos_widgets.modo import DEFAULT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from modos_widgets.archive import Hierarchy

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int32]

__all__ = ["MOST_BYTES", "STATES", "Builder", "Index", "ObjectInfo", "ObjectState"]

TYPE: Final = "@type"
MOST_BYTES: Final = 1 << 30
"""Maximum bytes of metadata in memory; further objects are listed by their paths only."""

ObjectState = Literal["unread", "read", "failed", "removed"]
STATES: Final[tuple[ObjectState, ...]] = ("unread", "read", "failed", "removed")


@dataclass(slots=True)
class ObjectInfo:
    """One object.

    Attributes
    ----------
    path : str
        ``s3://bucket/key`` or the absolute path of a folder.
    state : {"unread", "read", "failed", "removed"}
        Whether its metadata were read.
    reason : str
        Why it failed, and the next step; why it is unread.
    title, id : str
        Its name and its id; the last part of the path if the metadata state none.
    changed : str
        ``last_update_date`` or ``creation_date``, as stored; empty if there is none.
    version : str
        Version of its metadata, to check whether it is current.
    first, count : int
        First row of its elements, and the number of rows; the root is the first.
    errors, warnings : int
        Findings; -1 before it was checked.
    size : int
        Bytes of its files; -1 if unknown.
    """

    path: str
    state: ObjectState = "unread"
    reason: str = ""
    title: str = ""
    id: str = ""
    changed: str = ""
    version: str = ""
    first: int = 0
    count: int = 0
    errors: int = -1
    warnings: int = -1
    size: int = -1

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, eq=False)
class ObjectFacts:
    """Facts about the objects of an index, as arrays.

    Attributes
    ----------
    states : array of int8
        Index of the state in `STATES`.
    errors, warnings : array of int32
        As in `ObjectInfo`.
    sizes : array of int64
        As in `ObjectInfo`.
    """

    states: NDArray[np.int8]
    errors: Numbers
    warnings: Numbers
    sizes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Index:
    """Metadata of many objects at one moment; it never changes.

    Attributes
    ----------
    objects : tuple of ObjectInfo
        The objects, in the order in which they were found.
    columns : mapping of str to AttributeColumn
        Attributes by name, with ``@type``.
    ids : AttributeColumn
        Id of each row's element; of a root, its id.
    row_object : array of int32
        Object of each row.
    marks : array of uint8
        Findings of each row: 1 for an error, 2 for a warning, 4 for a note.
    version : int
        Number of the publication.
    numbers : mapping of str to int
        Path of each object to its number; also of objects that are not published yet.
    """

    objects: tuple[ObjectInfo, ...] = ()
    columns: Mapping[str, AttributeColumn] = field(default_factory=dict)
    ids: AttributeColumn = field(default_factory=lambda: Batch().column())
    row_object: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    marks: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    version: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict, repr=False)

    def number_of(self, path: str) -> int | None:
        """Return the number of the object at a path; None if there is none."""
        number = self.numbers.get(path)
        return None if number is None or number >= len(self.objects) else number

    def __len__(self) -> int:
        """Return the number of rows: roots and elements."""
        return len(self.row_object)

    @cached_property
    def roots(self) -> Numbers:
        """Row of each object's root; -1 if it was not read."""
        found = np.full(len(self.objects), -1, dtype=np.int32)
        numbers = self.row_object
        first = np.ones(len(numbers), dtype=bool)
        first[1:] = numbers[1:] != numbers[:-1]
        places = np.flatnonzero(first)
        found[numbers[places]] = places
        return found

    @cached_property
    def facts(self) -> ObjectFacts:
        """Facts about the objects, as arrays."""
        places = {state: place for place, state in enumerate(STATES)}
        return ObjectFacts(
            np.array([places[each.state] for each in self.objects], dtype=np.int8),
            np.array([each.errors for each in self.objects], dtype=np.int32),
            np.array([each.warnings for each in self.objects], dtype=np.int32),
            np.array([each.size for each in self.objects], dtype=np.int64),
        )

    @cached_property
    def is_root(self) -> Mask:
        """Whether each row is a root."""
        found = np.zeros(len(self), dtype=bool)
        found[self.roots[self.roots >= 0]] = True
        return found

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Classes that occur, as stored."""
        column = self.columns.get(TYPE)
        return () if column is None else tuple(column.distinct.to_pylist())

    @cached_property
    def class_codes(self) -> Numbers:
        """Place in `types` of each row's class; -1 if it has none."""
        codes = np.full(len(self), -1, dtype=np.int32)
        column = self.columns.get(TYPE)
        if column is not None:
            codes[column.rows] = column.codes
        return codes

    def of_class(self, class_name: str) -> Mask:
        """Return the rows of a class and of the classes derived from it."""
        wanted = [
            place
            for place, each in enumerate(self.types)
            if each == class_name or DEFAULT_SCHEMA.is_a(each, class_name)
        ]
        if not wanted:
            return np.zeros(len(self), dtype=bool)
        chosen = np.zeros(len(self.types) + 1, dtype=bool)
        chosen[wanted] = True
        return chosen[self.class_codes]

    def objects_of(self, rows: Mask) -> Mask:
        """Return the objects of some rows."""
        found = np.zeros(len(self.objects), dtype=bool)
        found[self.row_object[rows]] = True
        return found

    def attributes(self, first: int, count: int) -> list[dict[str, Any]]:
        """Return the attributes of consecutive rows."""
        found: list[dict[str, Any]] = [{} for _ in range(count)]
        for name, column in self.columns.items():
            entries = column.between(first, first + count)
            if entries.start != entries.stop:
                for row, value in column.pairs(entries):
                    found[row - first][name] = value
        return found

    def elements(self, first: int, count: int) -> dict[str, dict[str, Any]]:
        """Return the attributes of consecutive rows by the ids of their elements."""
        names = self.element_ids(range(first, first + count))
        return dict(zip(names, self.attributes(first, count), strict=True))

    def without_removed(self) -> Index:
        """Return the index without the objects that no longer exist."""
        kept = np.fromiter(
            (each.state != "removed" for each in self.objects), dtype=bool, count=len(self.objects)
        )
        if kept.all():
            return self
        alive = kept[self.row_object]
        rows = np.cumsum(alive) - 1
        objects = [_copy(each) for each in self.objects if each.state != "removed"]
        for each in objects:
            if each.count:
                each.first = int(rows[each.first])
        columns = {name: column.kept(alive) for name, column in self.columns.items()}
        return Index(
            tuple(objects),
            {name: column for name, column in columns.items() if len(column)},
            self.ids.kept(alive),
            (np.cumsum(kept, dtype=np.int32) - 1)[self.row_object[alive]],
            self.marks[alive],
            self.version,
            {each.path: number for number, each in enumerate(objects)},
        )

    def element_ids(self, rows: Iterable[int]) -> list[str]:
        """Return the ids of the elements of rows."""
        codes = self.ids.codes[np.fromiter(rows, dtype=np.int64)]
        return [decoded(text) for text in self.ids.distinct.take(pa.array(codes)).to_pylist()]


class Builder:
    """Collector of objects that publishes an `Index`; used by one thread at a time.

    Parameters
    ----------
    index : Index, optional
        What is known already.
    """

    def __init__(self, index: Index | None = None) -> None:
        self.index = index or Index()
        self._objects: list[ObjectInfo] = [_copy(info) for info in self.index.objects]
        self._published: list[ObjectInfo] = list(self.index.objects)
        self._changed: set[int] = set()
        self._numbers = {info.path: number for number, info in enumerate(self._objects)}
        self.index = replace(self.index, numbers=self._numbers)
        self._batches: dict[str, Batch] = {}
        self._ids = Batch()
        self._row_object: list[int] = []
        self._dead: list[tuple[int, int]] = []
        self._bytes = 0

    def __iter__(self) -> Iterator[ObjectInfo]:
        """Iterate over the objects, whose fields may be read."""
        return iter(self._objects)

    @property
    def rows_waiting(self) -> int:
        """Rows that are not published yet."""
        return len(self._row_object)

    def object(self, path: str) -> ObjectInfo:
        """Return the object at a path, to change its fields; it is added if it is new."""
        number = self._numbers.get(path)
        if number is None:
            number = self._numbers[path] = len(self._objects)
            info = ObjectInfo(path)
            info.title = info.id = info.name
            self._objects.append(info)
            self._published.append(info)
        self._changed.add(number)
        return self._objects[number]

    def _objects_now(self) -> tuple[ObjectInfo, ...]:
        """Return copies of the objects; those that have not changed are the same as before."""
        for number in self._changed:
            self._published[number] = _copy(self._objects[number])
        self._changed.clear()
        return tuple(self._published)

    def add(self, path: str, hierarchy: Hierarchy, version: str = "") -> None:
        """Add an object, in place of an earlier version of it."""
        info = self.object(path)
        if self.index_bytes > MOST_BYTES:
            info.state = "unread"
            info.reason = f"More than {MOST_BYTES >> 30} GiB of metadata."
            return
        if info.count:
            self._dead.append((info.first, info.count))
        info.state, info.reason, info.version = "read", "", version
        info.errors = info.warnings = info.size = -1
        root = hierarchy.root.attributes
        info.id = _text(root.get("id")) or info.name
        info.title = _text(root.get("name")) or info.id
        info.changed = _text(root.get("last_update_date")) or _text(root.get("creation_date"))
        number = self._numbers[path]
        start = len(self.index) + len(self._row_object)
        elements = hierarchy.element_attributes()
        info.first, info.count = start, 1 + len(elements)
        batches, ids = self._batches, self._ids
        ids.rows.extend(range(start, start + info.count))
        ids.values.append(info.id)
        ids.values.extend(elements)
        self._row_object.extend([number] * info.count)
        row = start
        for attributes in (root, *elements.values()):
            for name, value in attributes.items():
                if value is None:
                    continue
                batch = batches.get(name)
                if batch is None:
                    batch = batches[name] = Batch()
                batch.rows.append(row)
                batch.values.append(value)
            row += 1

    @property
    def index_bytes(self) -> int:
        """Bytes of the published metadata."""
        return self._bytes

    def publish(self) -> Index:
        """Return the index of everything that was added."""
        old = self.index
        if not (self._row_object or self._dead):
            self.index = replace(old, objects=self._objects_now(), version=old.version + 1)
            return self.index
        columns = dict(old.columns)
        for name, batch in self._batches.items():
            before = columns.get(name)
            new = batch.column()
            columns[name] = new if before is None else AttributeColumn.joined([before, new])
        ids = old.ids
        if self._row_object:
            new = self._ids.column()
            ids = AttributeColumn.joined([ids, new]) if len(ids) else new
        row_object = np.concatenate([old.row_object, np.asarray(self._row_object, dtype=np.int32)])
        added = len(row_object) - len(old)
        marks = np.concatenate([old.marks, np.zeros(added, dtype=np.uint8)])
        self._batches, self._ids, self._row_object = {}, Batch(), []
        if self._dead:
            alive = np.ones(len(row_object), dtype=bool)
            for first, count in self._dead:
                alive[first : first + count] = False
            self._dead = []
            numbers = np.cumsum(alive) - 1
            for info in self._objects:
                if info.count:
                    info.first = int(numbers[info.first])
            self._changed.update(range(len(self._objects)))
            columns = {name: column.kept(alive) for name, column in columns.items()}
            columns = {name: column for name, column in columns.items() if len(column)}
            ids, row_object, marks = ids.kept(alive), row_object[alive], marks[alive]
        self.index = Index(
            self._objects_now(),
            columns,
            ids,
            row_object,
            marks,
            old.version + 1,
            self._numbers,
        )
        self._bytes = ids.nbytes + sum(column.nbytes for column in columns.values())
        return self.index

    def mark(self, path: str, marks: list[int], errors: int, warnings: int) -> None:
        """Store the findings of an object's rows; they are part of the next publication."""
        info = self.object(path)
        info.errors, info.warnings = errors, warnings
        if len(marks) == info.count and info.first + info.count <= len(self.index):
            self.index.marks[info.first : info.first + info.count] = marks


def _text(value: object) -> str:
    """Return a text that is not blank, in one line and of limited length."""
    return " ".join(value[:500].split()) if isinstance(value, str) else ""


def _copy(info: ObjectInfo) -> ObjectInfo:
    return ObjectInfo(*(getattr(info, name) for name in ObjectInfo.__slots__))
