"""Nodes are the same from every store and both formats, and every fault is a word."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from zarr.storage import FsspecStore, LocalStore, MemoryStore

from modos_widgets import open_modo
from modos_widgets.errors import ModosError, NotFoundError, OptionError, PathError, UnsupportedError
from modos_widgets.explore import NodeSource, open_source
from modos_widgets.explore.rows import node_row
from modos_widgets.explore.statistics import exact_statistics
from tests.explore.stores import consolidate, group_document, make_counts, make_wide

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["path", "group", "store", "memory", "zip", "url", "modo", "storage"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_counts(tmp_path / "P-0003" / "data.zarr")
    return tmp_path / "P-0003"


def from_kind(kind: str, folder: Path) -> Any:  # noqa: PLR0911  one each
    archive = folder / "data.zarr"
    match kind:
        case "path":
            return folder
        case "group":
            return zarr.open_group(archive, mode="r")
        case "store":
            return LocalStore(archive, read_only=True)
        case "memory":
            store = MemoryStore()
            make_counts(store)
            return store
        case "zip":
            place = folder / "data.zip"
            with zipfile.ZipFile(place, "w") as held:
                for path in archive.rglob("*"):
                    if path.is_file():
                        held.write(path, path.relative_to(archive).as_posix())
            return place
        case "url":
            return FsspecStore.from_url(archive.as_uri(), read_only=True)
        case "modo":
            return open_modo(folder)
        case _:
            return open_modo(folder).storage


def paths_below(source: NodeSource, path: str = "") -> list[str]:
    found = []
    level = source.level(path)
    while not level.advance():
        pass
    for name in level.names:
        child = f"{path}/{name}" if path else name
        found += [child, *paths_below(source, child)]
    return found


@pytest.mark.parametrize("refreshed", [False, True], ids=["consolidated", "listed"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_shows_the_same_nodes(
    kind: str, folder: Path, *, refreshed: bool
) -> None:
    source = open_source(from_kind(kind, folder))
    assert source.consolidated
    if refreshed:
        source.refresh()
        assert source.consolidated == source.reader.remote  # there it is compared
    paths = paths_below(source)
    assert paths == [
        *("assay", "assay/rna"),
        *("data", "data/counts", "data/counts/data", "data/counts/obs", "data/counts/var"),
        *("reference", "sample", "sample/s0", "sample/s1", "sample/s2", "sequence"),
    ]
    facts = source.describe(paths)["data/counts/data"]
    assert facts.array is not None
    assert (facts.array.shape, facts.array.chunks) == ((100, 12), (32, 12))
    assert (facts.array.dtype, facts.array.compression) == ("float32", "zstd")
    assert source.describe(["sample/s1"])["sample/s1"].attributes["name"] == "Tumor 1"


def test_a_v2_archive_shows_the_same_consolidated_or_not() -> None:
    store = MemoryStore()
    root = zarr.create_group(store, zarr_format=2, attributes={"id": "old"})
    group = root.create_group("a", attributes={"name": "A"})
    group.create_array("x", shape=(10, 3), chunks=(5, 3), dtype="i4")
    listed = open_source(store)
    assert not listed.consolidated
    consolidate(store, zarr_format=2)
    consolidated = open_source(store)
    for source in (listed, consolidated):
        assert source.zarr_format == 2
        assert paths_below(source) == ["a", "a/x"]
        assert source.describe(["a"])["a"].attributes["name"] == "A"
        assert source.describe(["a/x"])["a/x"].array is not None
    assert consolidated.consolidated


def test_refresh_finds_what_others_added_and_changed(folder: Path) -> None:
    source = open_source(folder)
    source.start()
    other = zarr.open_group(folder / "data.zarr", use_consolidated=False)
    other.create_group("sample/added", attributes={"name": "Added"})
    other["sample/s0"].attrs["name"] = "Renamed"
    assert "added" not in source.level("sample").names
    source.refresh()
    assert source.level("sample").names == ["added", "s0", "s1", "s2"]
    assert source.describe(["sample/s0"])["sample/s0"].attributes["name"] == "Renamed"


def test_a_root_document_above_8_mib_is_not_read(tmp_path: Path) -> None:
    make_wide(tmp_path / "big.zarr", 3)
    document = {
        "attributes": {"@type": "MODO"},
        "zarr_format": 3,
        "node_type": "group",
        "consolidated_metadata": {"metadata": {f"gone{i:090}": {} for i in range(90_000)}},
    }
    (tmp_path / "big.zarr" / "zarr.json").write_text(json.dumps(document))
    source = open_source(tmp_path / "big.zarr")
    assert source.level("").names == ["n000000", "n000001", "n000002"]
    assert source.start().attributes["@type"] == "MODO"


def test_a_wide_level_comes_in_pages_and_ends_sorted(tmp_path: Path) -> None:
    make_wide(tmp_path / "wide.zarr", 2500)
    level = open_source(tmp_path / "wide.zarr").level("")
    assert (len(level.names), level.complete) == (1000, False)
    assert level.advance()
    assert level.names == [f"n{place:06}" for place in range(2500)]
    assert level.find("n002499") == 2499
    assert level.find("n9") is None


BROKEN = {
    "torn": (b'{"zarr_format": 3, "node_type": "gro', "not JSON"),
    "empty": (b"", "not JSON"),
    "list": (b"[]", "a list, not an object"),
    "deep": (b"[" * 100_000, "not JSON"),
    "binary": (b"\xff\xfe\x00", "not JSON"),
    "kindless": (b"{}", "no node_type"),
    "listed": (b'{"node_type": "group", "attributes": []}', "attributes"),
    "shapeless": (b'{"node_type": "array"}', "array metadata"),
    "negative": (b'{"node_type": "array", "shape": [-1]}', "negative"),
    "odd": (
        b'{"node_type":"array","shape":[1],"chunk_grid":{"configuration":{"chunk_shape":[1,1]}}}',
        "numbers of axes",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_node_shows_its_problem_and_the_others_work(tmp_path: Path, name: str) -> None:
    make_wide(tmp_path / "x.zarr", 2)
    content, word = BROKEN[name]
    (tmp_path / "x.zarr" / "n000000" / "zarr.json").write_bytes(content)
    source = open_source(tmp_path / "x.zarr")
    facts = source.describe(["n000000", "n000001"])
    assert facts["n000000"].kind == "broken"
    assert word in facts["n000000"].problem
    assert facts["n000001"].kind == "group"


def hostile(**facts: Any) -> dict[str, Any]:
    regular = {"name": "regular", "configuration": {"chunk_shape": [3]}}
    codecs = [{"name": "bytes", "configuration": {"endian": "little"}}]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [3],
        "data_type": "int64",
        "chunk_grid": regular,
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": codecs,
        "attributes": {},
    } | facts


@pytest.mark.parametrize(
    "facts",
    [
        {"shape": [10**400]},
        {
            "shape": [1] * 3000,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1] * 3000}},
        },
        {"chunk_grid": {"configuration": {"chunk_shapes": [[]]}}},
        {"chunk_grid": {"configuration": []}},
        {"data_type": {"name": "fixed_length_utf32", "configuration": {"length_bytes": -4}}},
        {"data_type": {"name": "raw_bytes", "configuration": {"length_bytes": 10**30}}},
        {"codecs": [{"name": "sharding_indexed", "configuration": {"chunk_shape": [1, 1]}}]},
        {"codecs": [{"name": "sharding_indexed", "configuration": []}]},
    ],
)
def test_hostile_facts_of_an_array_break_that_array_alone(
    tmp_path: Path, facts: dict[str, Any]
) -> None:
    make_wide(tmp_path / "x.zarr", 2)
    content = json.dumps(hostile(**facts)).encode()
    (tmp_path / "x.zarr" / "n000000" / "zarr.json").write_bytes(content)
    source = open_source(tmp_path / "x.zarr")
    found = source.describe(["n000000", "n000001"])
    assert (found["n000000"].kind, found["n000001"].kind) == ("broken", "group")
    assert "metadata is invalid" in node_row(source, "n000000")["problem"]


def test_a_size_beyond_all_disks_is_a_word(tmp_path: Path) -> None:
    make_wide(tmp_path / "x.zarr", 1)
    huge = [2**62] * 32
    grid = {"name": "regular", "configuration": {"chunk_shape": huge}}
    content = json.dumps(hostile(shape=huge, chunk_grid=grid)).encode()
    (tmp_path / "x.zarr" / "n000000" / "zarr.json").write_bytes(content)
    source = open_source(tmp_path / "x.zarr")
    assert source.describe(["n000000"])["n000000"].kind == "array"
    assert not node_row(source, "n000000").get("p")
    with pytest.raises(UnsupportedError, match="too large to be read as a whole"):
        exact_statistics(source, "n000000", lambda *_: None, lambda: None)


def test_a_link_to_a_group_above_is_reported_and_not_followed(tmp_path: Path) -> None:
    make_wide(tmp_path / "x.zarr", 1)
    (tmp_path / "x.zarr" / "n000000" / "again").symlink_to(tmp_path / "x.zarr")
    source = open_source(tmp_path / "x.zarr")
    facts = source.describe(["n000000/again"])["n000000/again"]
    assert "link" in facts.problem
    with pytest.raises(NotFoundError, match="link"):
        source.level("n000000/again")


def test_a_node_deleted_while_shown_is_reported(tmp_path: Path) -> None:
    make_wide(tmp_path / "x.zarr", 2)
    source = open_source(tmp_path / "x.zarr")
    assert source.level("").names == ["n000000", "n000001"]
    (tmp_path / "x.zarr" / "n000001" / "zarr.json").unlink()
    (tmp_path / "x.zarr" / "n000001").rmdir()
    assert source.describe(["n000001"])["n000001"].kind == "broken"
    assert node_row(source, "n000001")["problem"].startswith("There is no zarr metadata")


@pytest.mark.parametrize("path", ["..", "a/../../b", "./a", "a//b", "nul\0", "a/."])
def test_a_path_that_leads_elsewhere_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(PathError):
        open_source(folder).level(path)


def test_strange_names_are_nodes_like_others(tmp_path: Path) -> None:
    names = ["<img src=x onerror=alert(1)>", "a\nb", "x\u202egnp", "a\u2215b", "*?[]", "é"]
    make_wide(tmp_path / "x.zarr", 0)
    for name in names:
        (tmp_path / "x.zarr" / name).mkdir()
        (tmp_path / "x.zarr" / name / "zarr.json").write_bytes(group_document(name=name))
    source = open_source(tmp_path / "x.zarr")
    assert sorted(source.level("").names) == sorted(names)
    assert all(facts.attributes["name"] == name for name, facts in source.describe(names).items())


@pytest.mark.parametrize("address", [" s3://bucket/x", "S3://bucket/x", "nothing://x/y"])
def test_an_address_of_no_known_kind_is_refused(address: str) -> None:
    with pytest.raises(PathError, match="is not an address of a zarr archive"):
        open_source(address, services={"s3": "http://127.0.0.1:9"})


def test_a_source_without_zarr_is_refused_at_once(tmp_path: Path) -> None:
    for nothing in (tmp_path, tmp_path / "no", str(tmp_path / "no")):
        with pytest.raises(NotFoundError):
            open_source(nothing)
    with pytest.raises(OptionError, match="int"):
        open_source(3)
    with pytest.raises(PathError):
        open_source("s3:///key")
    assert not list(tmp_path.iterdir())


def test_an_empty_store_says_that_nothing_is_there() -> None:
    with pytest.raises(ModosError, match="No zarr group"):
        open_source(MemoryStore()).start()


def test_an_array_can_be_the_root() -> None:
    array = zarr.create_array(MemoryStore(), data=np.arange(5))
    source = open_source(array)
    assert source.start().kind == "array"
    assert source.level("").names == []
    assert node_row(source, "")["summary"] == "5 int64 · 40 B"


def test_rows_show_shape_type_and_size(folder: Path) -> None:
    source = open_source(folder)
    source.start()
    assert node_row(source, "")["name"] == "P-0003"
    assert node_row(source, "sample")["summary"] == "3"
    assert node_row(source, "reference")["summary"] == "empty"
    assert node_row(source, "sample/s1")["summary"] == "Tumor 1 · Sample"
    array = node_row(source, "data/counts/data")
    assert array["summary"] == "100 \N{MULTIPLICATION SIGN} 12 float32 · 4.7 KiB"
    assert array["facts"].endswith("chunks 32 \N{MULTIPLICATION SIGN} 12 · zstd · 4.7 KiB")
