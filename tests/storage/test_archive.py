"""The documented functions on archives, over every backend."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zarr
from zarr.storage import LocalStore, MemoryStore

from modos_widgets import errors
from modos_widgets.storage import (
    LocalStorage,
    Storage,
    add_data,
    add_metadata_group,
    init_zarr,
    list_zarr_items,
)
from tests.storage.conftest import at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.conftest import Place


def true_copy(storage: Storage) -> dict[str, object]:
    """Assert that the consolidated copy says what the nodes say; give it."""
    root = json.loads(storage.root_document(refresh=True).data or b"")
    copy = at(root, "consolidated_metadata")["metadata"]
    nodes = dict(list_zarr_items(storage.zarr))
    assert sorted(copy) == sorted(nodes)
    for path, entry in copy.items():
        node = json.loads(storage.read(f"data.zarr/{path}/zarr.json").data)
        for value in (entry, node):
            value.pop("consolidated_metadata", None)
        assert entry == node, path
    return dict(copy)


class TestArchive:
    def test_add_metadata_group(self, place: Place, storage: Storage) -> None:
        metadata = {"id": "sample/s1", "taxon": [1, 2], "nothing": None, "text": "ü"}
        add_metadata_group(at(storage.zarr, "sample"), metadata)
        group = at(storage.zarr, "sample/sample_s1")
        assert dict(group.attrs) == {"taxon": [1, 2], "nothing": None, "text": "ü"}
        assert "sample/sample_s1" in true_copy(storage)
        reader = place.make(mode="r").zarr
        assert dict(at(reader, "sample/sample_s1").attrs) == dict(group.attrs)
        assert metadata["id"] == "sample/s1"

    def test_an_existing_id_is_refused_without_overwrite(
        self, place: Place, storage: Storage
    ) -> None:
        add_metadata_group(at(storage.zarr, "sample"), {"id": "s", "x": 1})
        add_data(at(storage.zarr, "sample/s"), [1, 2])
        before = place.raw()
        with pytest.raises(errors.AlreadyExistsError, match="overwrite"):
            add_metadata_group(at(storage.zarr, "sample"), {"id": "s", "x": 2})
        assert place.raw() == before
        add_metadata_group(at(storage.zarr, "sample"), {"id": "s", "y": 2}, overwrite=True)
        assert dict(at(storage.zarr, "sample/s").attrs) == {"y": 2}
        assert at(storage.zarr, "sample/s/data")[:].tolist() == [1, 2]
        true_copy(storage)

    @pytest.mark.parametrize(
        "value",
        [object(), {1, 2}, b"bytes", dt.date(2026, 1, 1), math.nan, [math.inf], np.array(1)],
        ids=lambda value: type(value).__name__,
    )
    def test_values_that_are_not_json_are_refused_before_writing(
        self, place: Place, storage: Storage, value: object
    ) -> None:
        before = place.raw()
        with pytest.raises(errors.InvalidMetadataError) as caught:
            add_metadata_group(at(storage.zarr, "sample"), {"id": "s", "good": 1, "bad": value})
        assert isinstance(caught.value, ValueError)
        assert place.raw() == before

    @pytest.mark.parametrize("identifier", ["", ".", "..", "zarr.json", "__x", "a\nb", 1, None])
    def test_ids_that_make_no_name_are_refused(
        self, place: Place, storage: Storage, identifier: object
    ) -> None:
        before = place.raw()
        with pytest.raises(errors.PathError):
            add_metadata_group(at(storage.zarr, "sample"), {"id": identifier})
        with pytest.raises(errors.InvalidMetadataError, match="id"):
            add_metadata_group(at(storage.zarr, "sample"), {"no": "id"})
        assert place.raw() == before

    def test_ids_with_odd_characters(self, storage: Storage) -> None:
        ids = ["a*b", "a b", "ü", "[x]?", "100%", "a+b#c"]
        for name in ids:
            add_metadata_group(at(storage.zarr, "sample"), {"id": name, "name": name})
        copy = true_copy(storage)
        assert {f"sample/{name}" for name in ids} <= set(copy)
        storage.remove("data.zarr/sample/a*b", recursive=True)
        assert set(true_copy(storage)) == set(copy) - {"sample/a*b"}

    def test_a_reader_adds_nothing(self, place: Place, storage: Storage) -> None:
        add_metadata_group(at(storage.zarr, "data"), {"id": "d"})
        before = place.raw()
        root = place.make(mode="r").zarr
        with pytest.raises(errors.ReadOnlyError):
            add_metadata_group(at(root, "sample"), {"id": "s"})
        with pytest.raises(errors.ReadOnlyError):
            add_data(at(root, "data/d"), [1])
        with pytest.raises(errors.ReadOnlyError):
            init_zarr(root.store)
        assert place.raw() == before

    @pytest.mark.parametrize(
        "data",
        [
            np.arange(12.0).reshape(3, 4),
            np.array([True, False]),
            np.array(["a", "long text", ""]),
            np.array(["é", "b"], dtype=object),
            np.array([b"x", b"yz"]),
            np.array([["a", "b"], ["c", "d"]]),
            np.zeros((0, 3)),
            np.array(7),
            [1, 2, 3],
        ],
        ids=["float", "bool", "text", "objects", "bytes", "text2d", "nothing", "scalar", "list"],
    )
    def test_add_data(self, place: Place, storage: Storage, data: np.ndarray) -> None:
        add_metadata_group(at(storage.zarr, "data"), {"id": "d"})
        add_data(at(storage.zarr, "data/d"), data)
        array = at(place.make(mode="r").zarr, "data/d/data")
        expected = np.asarray(data)
        if expected.dtype.kind == "S":
            expected = expected.astype(str)
        assert array.shape == expected.shape
        assert np.asarray(array[...]).tolist() == expected.tolist()
        assert "data/d/data" in true_copy(storage)
        with pytest.raises(errors.AlreadyExistsError):
            add_data(at(storage.zarr, "data/d"), data)

    def test_data_without_a_type_is_refused(self, place: Place, storage: Storage) -> None:
        add_metadata_group(at(storage.zarr, "data"), {"id": "d"})
        before = place.raw()
        with pytest.raises(errors.OptionError):
            add_data(at(storage.zarr, "data/d"), np.array([1, "a"], dtype=object))
        assert place.raw() == before

    def test_list_zarr_items_reads_the_store(self, place: Place, storage: Storage) -> None:
        reader = place.make(mode="r").zarr
        add_metadata_group(at(storage.zarr, "sample"), {"id": "s"})
        add_data(at(storage.zarr, "sample/s"), [1])
        node = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {"n": 1}})
        place.plant("ex", "data.zarr/sample/unknown/zarr.json", node.encode())
        found = list_zarr_items(reader)
        assert [path for path, _ in found] == [
            "assay", "data", "reference", "sample", "sample/s", "sample/s/data",
            "sample/unknown", "sequence",
        ]  # fmt: skip
        kinds = dict(found)
        assert isinstance(kinds["sample/s/data"], zarr.Array)
        assert isinstance(kinds["sample/unknown"], zarr.Group)
        assert dict(kinds["sample/unknown"].attrs) == {"n": 1}
        assert [path for path, _ in list_zarr_items(at(storage.zarr, "sample"))] == [
            "s", "s/data", "unknown",
        ]  # fmt: skip

    def test_an_element_is_removed_and_moved_in_the_copy_too(self, storage: Storage) -> None:
        for name in ("one", "two"):
            add_metadata_group(at(storage.zarr, "sample"), {"id": name})
            add_data(at(storage.zarr, f"sample/{name}"), [1])
        storage.move("data.zarr/sample/one", "data.zarr/sample/three")
        storage.remove("data.zarr/sample/two", recursive=True)
        assert "sample/three/data" in true_copy(storage)
        node = storage.read("data.zarr/sample/three/zarr.json").data
        storage.put([node.replace(b'"attributes": {}', b'"attributes": {"x": 1}')],
                    "data.zarr/sample/three/zarr.json")  # fmt: skip
        assert true_copy(storage)["sample/three"]["attributes"] == {"x": 1}  # type: ignore[index]

    def test_a_missing_copy_is_made(self, place: Place, storage: Storage) -> None:
        document = json.loads(place.raw()["data.zarr/zarr.json"])
        del document["consolidated_metadata"]
        place.plant("ex", "data.zarr/zarr.json", json.dumps(document).encode())
        add_metadata_group(at(storage.zarr, "sample"), {"id": "s"})
        assert "sample/s" in true_copy(storage)

    def test_nested_groups(self, storage: Storage) -> None:
        add_metadata_group(at(storage.zarr, "sample"), {"id": "outer"})
        add_metadata_group(at(storage.zarr, "sample/outer"), {"id": "inner"})
        add_metadata_group(storage.zarr, {"id": "at the root"})
        assert {"sample/outer/inner", "at the root"} <= set(true_copy(storage))

    def test_two_writers_lose_nothing(self, place: Place, storage: Storage) -> None:
        import threading  # noqa: PLC0415

        failures: list[BaseException] = []

        def add(writer: int) -> None:
            try:
                own = place.make()
                for number in range(5):
                    add_metadata_group(at(own.zarr, "sample"), {"id": f"{writer}-{number}"})
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=add, args=(writer,)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(true_copy(storage)) == 5 + 20


class TestForeignStores:
    def test_init_zarr_makes_five_groups(self, tmp_path: Path) -> None:
        for store in (MemoryStore(), LocalStore(tmp_path / "a.zarr"), tmp_path / "b.zarr"):
            root = init_zarr(store)
            assert isinstance(root, zarr.Group)
            assert sorted(root.group_keys()) == [
                "assay", "data", "reference", "sample", "sequence",
            ]  # fmt: skip
            add_metadata_group(at(root, "sample"), {"id": "s", "x": 1})
            add_data(at(root, "sample/s"), np.array(["a"]))
            again = init_zarr(store)
            assert dict(at(again, "sample/s").attrs) == {"x": 1}
            plain = zarr.open_group(root.store, mode="r", zarr_format=3)
            assert plain.metadata.consolidated_metadata is not None
            assert dict(at(plain, "sample/s").attrs) == {"x": 1}

    def test_our_documents_equal_those_of_zarr(self, tmp_path: Path) -> None:
        ours = LocalStorage(tmp_path / "ours")
        add_metadata_group(at(ours.zarr, "sample"), {"id": "s", "x": [1, {"y": None}]})
        add_data(at(ours.zarr, "sample/s"), np.arange(3))
        before = json.loads((tmp_path / "ours/data.zarr/zarr.json").read_text())
        import warnings  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(LocalStore(tmp_path / "ours/data.zarr"))
        assert json.loads((tmp_path / "ours/data.zarr/zarr.json").read_text()) == before
