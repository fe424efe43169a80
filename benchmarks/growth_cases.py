"""The operations of benchmarks/growth.py: each prepares an object of a size and is measured."""

from __future__ import annotations

import itertools
import json
import os
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import modos_widgets
from benchmarks.memory_s3 import BUCKET, MemoryS3
from modos_widgets import LocalStorage, S3Storage, ZarrTree, catalog, open_modo, transfer
from modos_widgets.explore import open_source
from modos_widgets.explore.search import Searcher
from tests.modo.objects import keys_of, many
from tests.parts.asked import Asked
from tests.widgets.test_metadata_table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modos_widgets import Commit, Draft, Modo, Storage
    from modos_widgets.storage.types import Mode

__all__ = ["CASES", "Case", "Place"]

ROOT = "data.zarr/zarr.json"
_numbers = itertools.count()
_GROUPS = ("assay", "data", "reference", "sample", "sequence")


@dataclass
class Place:
    """Where the objects of a case are: a folder, or the S3 server in memory."""

    folder: Path
    server: MemoryS3 | None = None
    _shared: Modo | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Options of every function that takes a path."""
        if self.server is None:
            return {}
        return {"services": {"s3": self.server.endpoint}, "s3_kwargs": self.server.s3_kwargs}

    def put(self, keys: dict[str, bytes]) -> str:
        """Store an object and return its path."""
        name = f"object{next(_numbers)}"
        if self.server is not None:
            self.server.load({f"{name}/{key}": data.decode() for key, data in keys.items()})
            return f"s3://{BUCKET}/{name}"
        for folder in {Path(key).parent for key in keys}:
            (self.folder / name / folder).mkdir(parents=True, exist_ok=True)
        for key, data in keys.items():
            (self.folder / name / key).write_bytes(data)
        return str(self.folder / name)

    def storage(self, path: str, mode: Mode = "a") -> Storage:
        """Open the storage of an object."""
        if self.server is None:
            return LocalStorage(path, mode=mode)
        return S3Storage(path, self.server.endpoint, self.server.s3_kwargs, mode=mode)

    def shared(self) -> Modo:
        """Open the one object whose cells are changed, whatever their number."""
        if self._shared is None:
            self._shared = self.opened(3_300 if self.server is None else 1_200)
        return self._shared

    def opened(self, elements: int, *, whole: bool = True) -> Modo:
        """Open a new object of so many elements for writing."""
        return open_modo(self.put(study(elements, whole=whole)), mode="r+", **self.options)


def study(elements: int, *, whole: bool = True) -> dict[str, bytes]:
    """Make the keys of an object of so many elements, or its root alone."""
    if whole:
        return keys_of(many(-(-10 * elements // 11)), files={})
    return {ROOT: _root(elements)}


@lru_cache(maxsize=3)
def _root(elements: int) -> bytes:
    return study(elements)[ROOT]


@dataclass(frozen=True)
class Case:
    """One operation.

    Attributes
    ----------
    name : str
        What a person does.
    sizes : tuple of int
        n, 10 n and 100 n.
    unit : str
        What n counts.
    prepare : callable
        Takes a place and n, and yields what is measured, as often as it is asked for.
    where : str
        "local", "S3" or "local S3".
    delay : float
        Seconds that each answer waits where round trips are counted.
    """

    name: str
    sizes: tuple[int, int, int]
    unit: str
    prepare: Callable[[Place, int], Iterator[Callable[[], Any]]] = field(repr=False)
    where: str = "local S3"
    delay: float = 1.0


def _open(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = place.put(study(n, whole=False))
    while True:
        yield lambda: open_modo(path, **place.options).frame()


def _edit(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    draft = place.opened(n, whole=False).edit()
    draft.validate()
    for number in itertools.count():

        def work(number: int = number) -> None:
            draft.set(f"sample/s{number:06d}", "sex", "unknown")
            draft.check()

        yield work


def _table_edit(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    table = Table(place.opened(n, whole=False), editable=True)
    names = [column["name"] for column in table._head["columns"]]  # noqa: SLF001
    column = str(names.index("sex"))
    _checked(table.draft)
    table.ask("rows", start=0, end=50)
    for number in itertools.count(20):

        def work(number: int = number) -> None:
            table.ask("edit", position=number, column=column, text="unknown")
            _checked(table.draft)
            table.ask("rows", start=0, end=50)

        yield work


def _checked(draft: Draft | None) -> None:
    assert draft is not None
    while draft.unchecked:
        time.sleep(0.001)


def _changed(modo: Modo, cells: int) -> Draft:
    draft = modo.edit()
    value = f"Name {next(_numbers)}"
    for number in range(cells):
        draft.set(f"sample/s{number:06d}", "name", value)
    return draft


def _commit(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.shared()
    while True:
        draft = _changed(modo, n)
        yield lambda draft=draft: draft.commit()


def _commit_one(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(n)
    _changed(modo, 1).commit()
    while True:
        draft = _changed(modo, 1)
        yield lambda draft=draft: draft.commit()


def _commit_objects(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    paths = [place.put(keys_of(files={})) for _ in range(n)]
    while True:
        draft = modos_widgets.edit(paths, **place.options)
        value = f"Name {next(_numbers)}"
        for path in paths:
            draft.set((path, "sample/s1"), "name", value)
        yield lambda draft=draft: draft.commit()


def _edit_objects(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    paths = [place.put(keys_of(files={})) for _ in range(n)]
    while True:
        yield lambda: modos_widgets.edit(paths, **place.options)


def _undo(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.shared()
    while True:
        commit: Commit = _changed(modo, n).commit()
        yield lambda commit=commit: commit.undo()


def _validate(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(n)
    while True:
        yield lambda: modo.validate(nodes=False)


def _validate_nodes(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(n)
    while True:
        yield lambda: modo.validate(nodes=True)


def _compare(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(n)
    while True:
        yield lambda: modo.compare(nodes=True)


def _validate_files(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    elements = {
        f"data/d{number}": {
            "@type": "DataEntity", "data_path": f"missing{number}.cram", "data_format": "CRAM",
        }
        for number in range(n)
    }  # fmt: skip
    files = {f"unnamed{number}.cram": b"x" for number in range(n)}
    modo = open_modo(place.put(keys_of(elements, files=files)), mode="r+", **place.options)
    while True:
        yield lambda: modo.validate(nodes=False)


def _rename(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(n, whole=False)
    while True:
        draft = modo.edit()

        def work(draft: Draft = draft) -> None:
            for number in range(100):
                draft.rename(f"sample/s{number:06d}", f"r{number}")

        yield work


def _remove(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(n, whole=False)
    while True:
        draft = modo.edit()

        def work(draft: Draft = draft) -> None:
            for number in range(100):
                draft.remove(f"sample/s{number:06d}")

        yield work


def _renames(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    modo = place.opened(12_000, whole=False)
    while True:
        draft = modo.edit()

        def work(draft: Draft = draft) -> None:
            for number in range(n):
                draft.rename(f"sample/s{number:06d}", f"r{number}")

        yield work


def _attach(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    elements = {f"data/d{number}": {"@type": "DataEntity"} for number in range(n)}
    modo = open_modo(place.put(keys_of(elements, files={})), mode="r+", **place.options)
    source = place.folder / f"files{next(_numbers)}"
    source.mkdir()
    for number in range(n):
        (source / f"f{number}.cram").write_bytes(b"CRAM")
    while True:
        draft = modo.edit()

        def work(draft: Draft = draft) -> None:
            for number in range(n):
                draft.attach(f"data/d{number}", source / f"f{number}.cram")

        yield work


def _list(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    keys = {f"folder{number % 10}/f{number:06d}": b"" for number in range(n)}
    storage = place.storage(place.put(keys | keys_of()))
    while True:
        yield lambda: sum(1 for _ in storage.list())


def _siblings(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = place.put(study(n, whole=False))
    names = list(many(-(-10 * n // 11)))[: n * 9 // 10]

    def work() -> None:
        storage = place.storage(path, "r")
        for name in names:
            dict(storage.zarr[name].attrs)

    while True:
        yield work


def _levels(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    storage = place.storage(place.put(study(n)))
    names = [f"data.zarr/{name}" for name in many(-(-10 * n // 11))]
    while True:
        yield lambda: storage.levels(names)


def _catalog(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    root = study(50, whole=False)[ROOT]
    if place.server is not None:
        place.server.clear()
        place.server.load({f"cohort/o{number}/{ROOT}": root.decode() for number in range(n)})
        source = f"s3://{BUCKET}/cohort"
    else:
        folder = place.folder / f"cohort{next(_numbers)}"
        for number in range(n):
            path = folder / f"o{number}" / ROOT
            path.parent.mkdir(parents=True)
            path.write_bytes(root)
        source = str(folder)
    while True:  # a harvest after which nothing is stored
        os.environ["XDG_CACHE_HOME"] = str(place.folder / f"cache{next(_numbers)}")
        yield lambda: catalog(source, **place.options)


def _small_files(n: int) -> dict[str, bytes]:
    text = b"x" * 4096
    return {f"d{number % 10}/f{number}": text for number in range(n)} | keys_of(files={})


def _copy(source: Place, target: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = source.put(_small_files(n))
    options = source.options | target.options
    while True:
        name = f"copy{next(_numbers)}"
        goal = f"s3://{BUCKET}/{name}" if target.server else str(target.folder / name)
        yield lambda goal=goal: transfer(path, goal, **options).wait()


def _upload(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    return _copy(Place(place.folder), place, n)


def _download(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    return _copy(place, Place(place.folder), n)


def _copy_there(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    return _copy(place, place, n)


def _copy_again(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = Place(place.folder).put(_small_files(n))
    goal = f"s3://{BUCKET}/again{next(_numbers)}"
    transfer(path, goal, **place.options).wait()
    while True:
        yield lambda: transfer(path, goal, **place.options).wait()


def _storage_transfer(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    source = place.storage(place.put(_small_files(n)))
    while True:
        name = f"storage{next(_numbers)}"
        goal = f"s3://{BUCKET}/{name}" if place.server else str(place.folder / name)
        target = place.storage(goal)
        yield lambda target=target: source.transfer(target)


def _tree_place(place: Place, n: int) -> str:
    """Store groups of 100 groups without consolidated metadata."""
    group = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {"name": "x"}})
    paths = ["", *(f"group_{number:06d}/" for number in range(n // 100))]
    paths += [f"{path}sample_{number:02d}/" for path in paths[1:] for number in range(99)]
    return place.put({f"{path}zarr.json": group.encode() for path in paths})


def _first_view(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = _tree_place(place, n)

    def work() -> None:
        tree = ZarrTree(path, **place.options)
        ask = Asked(tree)
        ask("open", paths=[""])
        ask("rows", path="", start=0, count=100, seen=[0, 16])

    while True:
        yield work


def _names(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = _tree_place(place, n)

    def work() -> None:
        source = open_source(path, **place.options)
        source.start()
        found = Searcher(source).search("nothing like it", lambda: None, everything=False)
        assert next(each for each in found if each.complete).matches == 0

    while True:
        yield work


def _values(place: Place, n: int) -> Iterator[Callable[[], Any]]:
    path = _tree_place(place, n)

    def work() -> None:
        source = open_source(path, **place.options)
        source.start()
        *_, last = Searcher(source).search("nothing like it", lambda: None)
        assert last.attributes

    while True:
        yield work


_TEN_THOUSAND = (100, 1_000, 10_000)
_HUNDRED_THOUSAND = (1_000, 10_000, 100_000)
_THOUSAND = (10, 100, 1_000)
_FILES = (50, 500, 5_000)

CASES = (
    Case("open an object, with its frame", _HUNDRED_THOUSAND, "elements", _open),
    Case("edit a cell, and check it", _HUNDRED_THOUSAND, "elements", _edit, "local"),
    Case(
        "edit a cell in the table: its mark, and the rows again",
        _HUNDRED_THOUSAND, "elements", _table_edit, "local",
    ),
    Case("commit one cell", _TEN_THOUSAND, "elements", _commit_one, "local"),
    Case("commit one cell", _THOUSAND, "elements", _commit_one, "S3"),
    Case("commit n cells of one object of 3,300 elements", (30, 300, 3_000), "cells", _commit,
         "local"),
    Case("commit n cells of one object of 1,200 elements", _THOUSAND, "cells", _commit, "S3"),
    Case("commit a cell of each of n objects", _THOUSAND, "objects", _commit_objects),
    Case("`edit` n objects", _THOUSAND, "objects", _edit_objects),
    Case("undo a commit of n cells", (30, 300, 3_000), "cells", _undo, "local"),
    Case("undo a commit of n cells", _THOUSAND, "cells", _undo, "S3"),
    Case("`validate(nodes=False)`", _TEN_THOUSAND, "elements", _validate),
    Case("`validate(nodes=True)`", (30, 300, 3_000), "elements", _validate_nodes),
    Case("`compare(nodes=True)`", (30, 300, 3_000), "elements", _compare),
    Case("`validate`, n files missing and n unnamed", (30, 300, 3_000), "files", _validate_files),
    Case("rename 100 elements", _HUNDRED_THOUSAND, "elements", _rename, "local"),
    Case("remove 100 elements", _HUNDRED_THOUSAND, "elements", _remove, "local"),
    Case("rename n elements of 12,000", (90, 900, 9_000), "elements", _renames, "local"),
    Case("`draft.attach` n files, one after the other", (30, 300, 3_000), "files", _attach,
         "local"),
    Case("`Storage.list`", _HUNDRED_THOUSAND, "files", _list, "S3", 0.25),
    Case("`Storage.list`", _TEN_THOUSAND, "files", _list, "local"),
    Case("`storage.zarr[name].attrs` of n elements", _TEN_THOUSAND, "elements", _siblings),
    Case("`Storage.levels` of n folders", (30, 300, 3_000), "folders", _levels),
    Case("`catalog` of n objects of 50 elements", _THOUSAND, "objects", _catalog),
    Case("`transfer` of n small files to S3", _FILES, "files", _upload, "S3", 0.25),
    Case("`transfer` of n small files, again with nothing to do", _FILES, "files", _copy_again,
         "S3", 0.25),
    Case("`transfer` of n small files from S3", _FILES, "files", _download, "S3", 0.25),
    Case("`transfer` of n small files in one place", _FILES, "files", _copy_there, "local S3",
         0.25),
    Case("`Storage.transfer` of n small files in one place", _FILES, "files", _storage_transfer,
         "local S3", 0.25),
    Case("tree: first view, no consolidated metadata", _HUNDRED_THOUSAND, "nodes", _first_view,
         "S3"),
    Case("tree: search names, no consolidated metadata", _HUNDRED_THOUSAND, "nodes", _names, "S3",
         0.25),
    Case("tree: search names and values, no consolidated metadata", _TEN_THOUSAND, "nodes",
         _values, "local S3", 0.25),
)  # fmt: skip
