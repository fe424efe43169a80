"""Whatever zarr writes through a storage, the consolidated copy in the root stays true."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
import zarr.api.asynchronous
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zarr.core.sync import sync
from zarr.storage import MemoryStore

from modos_widgets.storage import add_data, add_metadata_group
from tests.parts.examples import examples
from tests.storage.conftest import at, make_place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modos_widgets.storage import Storage
    from tests.storage.conftest import Place

pytestmark = pytest.mark.traffic

PREFIX = "data.zarr/"
SAVED: Any = np.arange(3)


def stored(place: Place) -> dict[str, bytes]:
    """Return the archive's keys, read with an independent client."""
    return {
        key.removeprefix(PREFIX): data
        for key, data in place.raw().items()
        if key.startswith(PREFIX)
    }


def copy_of(keys: dict[str, bytes]) -> Any:
    return json.loads(keys["zarr.json"])["consolidated_metadata"]["metadata"]


def check_copy(place: Place) -> dict[str, Any]:
    """Assert that the copy is what zarr would make, and that plain zarr opens it; return it."""
    keys = stored(place)
    buffer = zarr.core.buffer.default_buffer_prototype().buffer
    plain = MemoryStore({key: buffer.from_bytes(data) for key, data in keys.items()})
    copied = MemoryStore({key: buffer.from_bytes(data) for key, data in keys.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(copied)
        fresh = zarr.open_group(plain, mode="r", use_consolidated=False)
        members = dict(fresh.members(max_depth=None))
    again = {key: value.to_bytes() for key, value in copied._store_dict.items()}
    assert copy_of(keys) == copy_of(again)
    consolidated = zarr.open_group(plain, mode="r", use_consolidated=True)
    assert dict(consolidated.attrs) == dict(fresh.attrs)
    known = dict(consolidated.members(max_depth=None))
    assert known.keys() == members.keys()
    for path, node in known.items():
        assert dict(node.attrs) == dict(members[path].attrs)
        assert getattr(node, "shape", None) == getattr(members[path], "shape", None)
    found: dict[str, Any] = copy_of(keys)
    return found


@pytest.fixture
def filled(storage: Storage) -> Storage:
    add_metadata_group(at(storage.zarr, "sample"), {"id": "s", "name": "one", "tags": [1]})
    add_metadata_group(at(storage.zarr, "data"), {"id": "d"})
    add_data(at(storage.zarr, "data/d"), np.arange(6))
    return storage


def set_root(root: zarr.Group) -> None:
    root.attrs["name"] = "x"


def delete_attribute(root: zarr.Group) -> None:
    del at(root, "sample/s").attrs["name"]


def delete_group(root: zarr.Group) -> None:
    del root["sample/s"]


def delete_branch(root: zarr.Group) -> None:
    del root["data"]


def resize(root: zarr.Group) -> None:
    at(root, "data/d/data").resize(3)


def append(root: zarr.Group) -> None:
    at(root, "data/d/data").append(np.arange(4))


def set_items(root: zarr.Group) -> None:
    at(root, "data/d")["more"] = np.arange(3)


def write_in_async(root: zarr.Group) -> None:
    async def write() -> None:
        group = await zarr.api.asynchronous.open_group(root.store, mode="r+")
        await group.update_attributes({"asynchronous": True})
        await group.create_group("made")
        member: Any = await group.getitem("sample/s")
        await member.update_attributes({"asynchronous": True})

    asyncio.run(write())


def write_in_zarr_loop(root: zarr.Group) -> None:
    async def write() -> None:
        made = await root._async_group.create_group("parallel")
        await asyncio.gather(*(made.create_group(f"g{number}") for number in range(12)))

    sync(write())


def with_the_copy(root: zarr.Group) -> None:
    group = zarr.open_group(root.store, mode="r+")
    group.attrs["name"] = "consolidated"
    at(group, "sample").attrs["name"] = "consolidated"
    at(group, "sample/s").attrs["name"] = "consolidated"
    at(group, "sample").create_group("new")
    del group["reference"]


def consolidate(root: zarr.Group) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(root.store)
        zarr.consolidate_metadata(root.store, path="sample")
        at(root, "sample/s").create_group("below a group with a copy")


WRITES: dict[str, Callable[[zarr.Group], object]] = {
    "root, set": set_root,
    "root, update": lambda root: root.attrs.update({"name": "x", "list": [1, {"a": None}]}),
    "root, put": lambda root: root.attrs.put({"name": "y"}),
    "root, update_attributes": lambda root: root.update_attributes({"name": "z"}),
    "element, set": lambda root: at(root, "sample/s").attrs.__setitem__("name", "two"),
    "element, put": lambda root: at(root, "sample/s").attrs.put({}),
    "element, delete": delete_attribute,
    "group": lambda root: at(root, "sample").create_group("new", attributes={"a": 1}),
    "group, deep": lambda root: root.create_group("a/b/c/d"),
    "group, required": lambda root: (root.require_group("sample"), root.require_group("new")),
    "group, overwritten": lambda root: root.create_group("data", overwrite=True),
    "groups, required": lambda root: root.require_groups("sample", "one", "two"),
    "hierarchy": lambda root: dict(
        root.create_hierarchy(
            {
                "h": zarr.group(MemoryStore()).metadata,
                "h/a": zarr.create_array(MemoryStore(), shape=3, dtype="i1").metadata,
                "h/g": zarr.group(MemoryStore()).metadata,
            }
        )
    ),
    "group, deleted": delete_group,
    "branch, deleted": delete_branch,
    "array": lambda root: at(root, "data/d").create_array("new", data=np.zeros((3, 3))),
    "array, deep": lambda root: root.create_array("p/q/r", shape=(2,), dtype="f4"),
    "array, required": lambda root: root.require_array("r", shape=(2,), dtype="f4"),
    "array, overwritten": lambda root: at(root, "data/d").create_array(
        "data", shape=(2, 2), dtype="u1", overwrite=True
    ),
    "array instead of a group": lambda root: at(root, "sample").create_array(
        "s", shape=(2,), dtype="u1", overwrite=True
    ),
    "array, set": set_items,
    "array, attributes": lambda root: at(root, "data/d/data").attrs.update({"unit": "m"}),
    "array, resized": resize,
    "array, appended": append,
    "empty and full": lambda root: (
        root.zeros(name="z", shape=(2,)),
        root.ones(name="o", shape=(2,)),
    ),
    "open_group": lambda root: zarr.open_group(root.store, path="new/deep", mode="a"),
    "open_group, w": lambda root: zarr.open_group(root.store, path="sample", mode="w"),
    "open_array": lambda root: zarr.open_array(root.store, path="n", mode="w", shape=1, dtype="i1"),
    "save": lambda root: zarr.save(root.store, SAVED, path="saved/array"),
    "save_group": lambda root: zarr.save_group(root.store, path="all", one=SAVED),
    "zeros": lambda root: zarr.zeros(shape=(3,), store=root.store, path="nulls"),
    "asynchronously": write_in_async,
    "side by side": write_in_zarr_loop,
    "with the copy": with_the_copy,
    "consolidated": consolidate,
    "pickled": lambda root: at(pickle.loads(pickle.dumps(root)), "sample").create_group("p"),  # noqa: S301
}


class TestWrites:
    @pytest.mark.parametrize("write", WRITES)
    def test_every_kind_of_write_keeps_the_copy(
        self, place: Place, filled: Storage, write: str
    ) -> None:
        before = stored(place)
        WRITES[write](filled.zarr)
        assert stored(place) != before or write == "consolidated"
        check_copy(place)

    def test_moved_groups(self, place: Place, filled: Storage) -> None:
        filled.move("data.zarr/sample/s", "data.zarr/sample/t")
        assert "sample/t" in check_copy(place)

    def test_written_files_exist(self, place: Place, filled: Storage) -> None:
        root = filled.zarr
        root.attrs["name"] = "x"
        root.attrs.update({"more": [1, {"a": None}]})
        at(root, "sample/s").attrs["name"] = "two"
        for reader in (root, filled.zarr, place.make(mode="r").zarr, place.make().zarr):
            assert dict(reader.attrs) == {"name": "x", "more": [1, {"a": None}]}
            assert dict(at(reader, "sample/s").attrs) == {"name": "two", "tags": [1]}

    def test_the_store_itself(self, place: Place, filled: Storage) -> None:
        store = filled.zarr_store
        zarr.open_group(store, mode="r+").attrs["name"] = "x"
        zarr.save(store, SAVED, path="sample/s/array")
        assert check_copy(place)["sample/s/array"]["shape"] == [3]

    def test_a_new_archive_has_a_copy(self, place: Place, filled: Storage) -> None:
        zarr.open_group(filled.zarr_store, mode="w", attributes={"new": True})
        assert check_copy(place) == {}
        zarr.create_group(filled.zarr_store, path="a/b")
        assert check_copy(place).keys() == {"a", "a/b"}

    def test_a_group_above_that_is_written_last(self, place: Place, filled: Storage) -> None:
        """Children that come before their group are in the copy as soon as they can be reached."""
        store = filled.zarr_store
        group = b'{"attributes": {}, "zarr_format": 3, "node_type": "group"}'
        buffer = zarr.core.buffer.default_buffer_prototype().buffer.from_bytes(group)
        sync(store.set("sample/x/y/zarr.json", buffer))
        assert "sample/x/y" not in check_copy(place)
        sync(store.set("sample/x/zarr.json", buffer))
        assert "sample/x/y" in check_copy(place)
        sync(store.delete("sample/x/zarr.json"))
        assert "sample/x/y" not in check_copy(place)

    def test_numbers_of_others_keep_their_digits(self, place: Place, filled: Storage) -> None:
        """Also those that Python does not read."""
        digits = b"-" + b"7" * 5000
        node = b'{"attributes": {"n": %b, "x": 1E400}, "zarr_format": 3, "node_type": "group"}'
        filled.put([node % digits], "data.zarr/sample/s/zarr.json")
        root = filled.zarr
        root.attrs["name"] = "x"
        at(root, "sample").create_group("t")
        at(root, "data").attrs["name"] = "y"
        written = stored(place)
        assert digits in written["zarr.json"]
        assert digits in written["sample/s/zarr.json"]
        assert b"Infinity" not in written["zarr.json"]

    def test_unchanged_values_keep_their_spelling(self, place: Place, filled: Storage) -> None:
        at(filled.zarr, "sample/s").attrs["n"] = 1.5
        written = stored(place)
        for key in ("zarr.json", "sample/s/zarr.json"):
            line = json.dumps(json.loads(written[key]), separators=(",", ":"))
            place.plant("ex", f"data.zarr/{key}", line.replace("1.5", "1.50").encode())
        root = place.make().zarr
        root.attrs["name"] = "x"
        at(root, "sample/s").attrs["name"] = "y"
        written = stored(place)
        for key in ("zarr.json", "sample/s/zarr.json"):
            assert b'"n":1.50' in written[key]
            assert b"\n" not in written[key]
        check_copy(place)

    def test_a_stale_copy_is_made_true_by_consolidating(
        self, place: Place, filled: Storage
    ) -> None:
        node = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {"new": 1}})
        place.plant("ex", "data.zarr/sample/s/zarr.json", node.encode())
        place.plant("ex", "data.zarr/sample/t/zarr.json", node.encode())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(filled.zarr.store)
        assert {"sample/s", "sample/t"} <= check_copy(place).keys()

    def test_threads(self, place: Place, filled: Storage) -> None:
        failures: list[BaseException] = []

        def write(number: int) -> None:
            try:
                root = (filled if number % 2 else place.make()).zarr
                root.attrs[f"root{number}"] = number
                at(root, "sample").create_group(f"t{number}")
                at(root, "sample/s").attrs[f"s{number}"] = number
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert {f"sample/t{number}" for number in range(4)} <= check_copy(place).keys()
        root = place.make(mode="r").zarr
        assert dict(root.attrs) == {f"root{number}": number for number in range(4)}
        assert {f"s{number}" for number in range(4)} <= at(root, "sample/s").attrs.keys()


class TestMerging:
    """A handle that was opened a while ago takes back nothing of what others changed."""

    @pytest.mark.parametrize("path", ["", "sample/s", "data/d/data"])
    def test_others_attributes_stay(self, place: Place, filled: Storage, path: str) -> None:
        def node(storage: Storage) -> Any:
            return at(storage.zarr, path) if path else storage.zarr

        node(filled).attrs.update({"both": 1, "theirs": 1, "gone": 1})
        ours, theirs = node(filled), node(place.make())
        theirs.attrs.update({"theirs": 2, "new": 2})
        del theirs.attrs["gone"]
        ours.attrs["ours"] = 3
        ours.attrs["both"] = 3
        del ours.attrs["both"]
        expected = {"theirs": 2, "new": 2, "ours": 3}
        assert expected.items() <= dict(node(place.make()).attrs).items()
        assert {"both", "gone"}.isdisjoint(node(place.make()).attrs)
        ours.attrs["theirs"] = 1  # the value that the handle knows: it was set all the same
        assert node(place.make()).attrs["theirs"] == 1
        check_copy(place)

    def test_attributes_of_an_array_and_its_shape(self, place: Place, filled: Storage) -> None:
        ours, theirs = at(filled.zarr, "data/d/data"), at(place.make().zarr, "data/d/data")
        theirs.resize(9)
        ours.attrs["unit"] = "m"
        array = at(place.make().zarr, "data/d/data")
        assert (array.shape, dict(array.attrs)) == ((9,), {"unit": "m"})
        check_copy(place)

    def test_true_is_not_one(self, place: Place, filled: Storage) -> None:
        filled.zarr.attrs["flag"] = 1
        filled.zarr.attrs["flag"] = True
        at(filled.zarr, "sample/s").attrs["flag"] = 1
        at(filled.zarr, "sample/s").attrs["flag"] = True
        reader = place.make(mode="r").zarr
        assert reader.attrs["flag"] is True
        assert at(reader, "sample/s").attrs["flag"] is True


NAMES = st.sampled_from(["sample", "data", "sample/s", "sample/t", "data/d", "data/d/x", "new/a/b"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
ATTRIBUTES = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=2)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["set", "put", "unset", "group", "array", "delete", "resize", "append", "move"]
        ),
        NAMES,
        ATTRIBUTES,
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def step(storage: Storage, root: zarr.Group, what: str, name: str, attributes: Any) -> None:  # noqa: C901
    """Do one write, if it can be done."""
    if what == "group":
        root.create_group(name, attributes=attributes, overwrite=True)
    elif what == "array":
        root.create_array(name, shape=(2,), dtype="i2", attributes=attributes, overwrite=True)
    elif what == "move":
        storage.move(f"data.zarr/{name}", "data.zarr/moved", overwrite=True)
    elif what == "delete":
        del root[name]
    else:
        node = root if name == "data" else at(root, name)
        if what == "set":
            node.attrs.update(attributes)
        elif what == "put":
            node.attrs.put(attributes)
        elif what == "unset":
            for key in list(node.attrs)[:1]:
                del node.attrs[key]
        elif isinstance(node, zarr.Array):
            if what == "resize":
                node.resize(3)
            else:
                node.append(np.zeros(1, "i2"))


@pytest.mark.parametrize("kind", ["local", "moto"])
def test_any_sequence_of_writes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    @settings(
        max_examples=examples(60 if kind == "local" else 20),
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def run(steps: list[tuple[str, str, Any, bool]]) -> None:
        place = make_place(kind, request, tmp_path)
        place.root = tmp_path / place.prefix
        storage = place.make()
        held = storage.zarr
        for what, name, attributes, fresh in steps:
            try:
                step(storage, storage.zarr if fresh else held, what, name, attributes)
            except (KeyError, FileNotFoundError, ValueError):
                continue  # nothing is there, or an array is above
            finally:
                check_copy(place)

    run()
