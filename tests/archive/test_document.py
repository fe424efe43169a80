"""Documents of zarr nodes that cannot be read: each of our readers says why."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modos_widgets import errors
from modos_widgets.archive import DocumentError, Hierarchy, parse_node, parse_object
from modos_widgets.archive.document import parse_zarr_json
from modos_widgets.explore.opening import open_source
from modos_widgets.harvest import catalog
from modos_widgets.modo.functions import open_modo
from modos_widgets.storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

GROUP = '{"attributes": {}, "zarr_format": 3, "node_type": "group"}'
NODE = {"attributes": {}, "zarr_format": 3, "node_type": "group"}

MALFORMED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n", "it is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "it is empty"),
    "torn": (GROUP[:-9].encode(), "it ends too early, at line 1"),
    "torn in a text": (GROUP[:-4].encode(), "it is not JSON at line 1"),
    "not JSON": (b'{"zarr_format": 3,\n node_type: "group"}', "it is not JSON at line 2, column 2"),
    "single quotes": (GROUP.replace('"', "'").encode(), "it is not JSON at line 1"),
    "more behind": (f"{GROUP}\n{GROUP}".encode(), "content after its end, at line 2, column 1"),
    "a list": (b"[]", "it is a list, not an object"),
    "a text": (b'"group"', "it is a text, not an object"),
    "a number": (b"3", "it is a number, not an object"),
    "null": (b"null", "it is null, not an object"),
    "true": (b"true", "it is true or false, not an object"),
    "binary": (b"\x89PNG\r\n", "it is not valid UTF-8 at byte 1"),
    "Latin-1": (GROUP.replace("{}", '{"n": "Zürich"}').encode("latin-1"), "not valid UTF-8"),
    "UTF-16": (GROUP.encode("utf-16"), "it is encoded in UTF-16, not in UTF-8"),
    "UTF-16 without a mark": (GROUP.encode("utf-16-le"), "it is encoded in UTF-16"),
    "UTF-32": (GROUP.encode("utf-32"), "it is encoded in UTF-32, not in UTF-8"),
    "deep": (b"[" * 200_000, "it is nested too deep"),
    "deep within": (
        GROUP.replace("{}", '{"a":' * 200_000 + "1" + "}" * 200_000).encode(),
        "it is nested too deep",
    ),
    "two formats, 2 last": (
        GROUP[:-1].encode() + b', "zarr_format": 2}',
        'it contains the name "zarr_format" twice',
    ),
    "two kinds": (
        b'{"node_type": "array", "attributes": {}, "zarr_format": 3, "node_type": "group"}',
        'it contains the name "node_type" twice',
    ),
    "attributes twice": (
        b'{"attributes": {"a": 1}, "attributes": {}, "zarr_format": 3, "node_type": "group"}',
        'it contains the name "attributes" twice',
    ),
    "attributes as a list": (GROUP.replace("{}", "[]").encode(), "its attributes are a list, not"),
    "attributes as null": (GROUP.replace("{}", "null").encode(), "its attributes are null, not an"),
    "attributes as a text": (GROUP.replace("{}", '"x"').encode(), "its attributes are a text, not"),
    "a format as text": (GROUP.replace("3", '"3"').encode(), 'its zarr_format is "3", not the'),
    "true as format": (GROUP.replace("3", "true").encode(), "its zarr_format is true, not the"),
    "a list as kind": (GROUP.replace('"group"', '["group"]').encode(), "its node_type is a list"),
    "another kind": (GROUP.replace("group", "grp").encode(), 'its node_type is "grp", not'),
    "null as kind": (GROUP.replace('"group"', "null").encode(), "its node_type is null, not"),
    "no kind": (b'{"attributes": {}, "zarr_format": 3}', "it has no node_type"),
}  # fmt: skip

ONLY_ROOT: dict[str, tuple[bytes, str]] = {
    "no format": (b'{"attributes": {}, "node_type": "group"}', "it has no zarr_format"),
    "an object without names": (b"{}", "it has no zarr_format"),
}

FORMATS: dict[str, tuple[bytes, str]] = {
    "format 2": (GROUP.replace("3", "2").encode(), "its zarr_format is 2, not 3"),
    "format 4": (GROUP.replace("3", "4").encode(), "its zarr_format is 4, not 3"),
}

READABLE = {
    "plain": GROUP.encode(),
    "a byte order mark": b"\xef\xbb\xbf" + GROUP.encode(),
    "blanks around": f"\n\n {GROUP}\r\n\t".encode(),
    "no attributes": b'{"zarr_format": 3, "node_type": "group"}',
    "NaN": GROUP.replace("{}", '{"a": [NaN, Infinity, -Infinity, 1e999]}').encode(),
    "zarr's names in attributes": GROUP.replace(
        "{}", '{"zarr_format": 2, "node_type": "x", "attributes": [], "shape": 1}'
    ).encode(),
    "names in a text": GROUP.replace(
        "{}", json.dumps({"a": '"zarr_format": 2', "node_type": 1})
    ).encode(),
}


def planted(folder: Path, data: bytes) -> Path:
    """Make an object whose root is a document."""
    LocalStorage(folder / "ex")
    (folder / "ex/data.zarr/zarr.json").write_bytes(data)
    return folder / "ex"


@pytest.mark.parametrize("name", MALFORMED | ONLY_ROOT | FORMATS)
def test_every_reader_of_a_root_says_why(tmp_path: Path, name: str) -> None:
    data, reason = (MALFORMED | ONLY_ROOT | FORMATS)[name]
    kind = errors.UnsupportedError if name in FORMATS else errors.BrokenArchiveError
    path = planted(tmp_path, data)
    for read in (
        lambda: LocalStorage(path),
        lambda: LocalStorage(path, mode="r"),
        lambda: open_modo(str(path)),
        lambda: Hierarchy.parse(data),
    ):
        with pytest.raises(kind) as caught:
            read()
        assert reason in caught.value.message
        assert caught.value.hint
    frame = catalog(str(tmp_path))
    assert frame.empty
    (failure,) = frame.attrs["failures"]
    assert reason in failure["error"]


@pytest.mark.parametrize("name", MALFORMED | FORMATS)
def test_every_reader_of_a_node_says_why(tmp_path: Path, name: str) -> None:
    data, reason = (MALFORMED | FORMATS)[name]
    storage = LocalStorage(tmp_path / "ex")
    (tmp_path / "ex/data.zarr/sample/zarr.json").write_bytes(data)
    assert reason in parse_node("sample", data).problem
    facts = open_source(tmp_path / "ex/data.zarr").describe(["sample", "assay"])
    assert facts["assay"].kind == "group"
    root = {**NODE, "node_type": "group"}
    storage.write("data.zarr/zarr.json", json.dumps(root).encode())  # without a copy
    node = open_modo(str(tmp_path / "ex")).hierarchy.nodes["sample"]
    assert node.kind == "broken"
    assert reason in node.problem
    if name in FORMATS or "its" in reason or "no node_type" in reason:
        return  # zarr parses these itself
    with pytest.raises(errors.BrokenArchiveError) as caught:
        storage.zarr["assay"].attrs["a"] = 1  # needs a copy, and that needs each node
    assert reason in caught.value.message


@pytest.mark.parametrize("name", READABLE)
def test_readable_chunks_are_read(tmp_path: Path, name: str) -> None:
    path = planted(tmp_path, READABLE[name])
    assert parse_zarr_json(READABLE[name])["node_type"] == "group"
    assert parse_node("", READABLE[name]).kind == "group"
    assert (
        LocalStorage(path).zarr.attrs.keys()
        == Hierarchy.parse(READABLE[name]).root.attributes.keys()
    )
    storage = LocalStorage(path)
    storage.zarr.attrs["more"] = 1
    assert LocalStorage(path).zarr.attrs["more"] == 1


@given(st.binary() | st.text().map(str.encode) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["zarr_format", "node_type", "attributes", "shape", "x"]), inner
    ),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for parse in (parse_object, parse_zarr_json):
        with contextlib.suppress(DocumentError):
            assert isinstance(parse(data), dict)
    node = parse_node("", data)
    assert node.kind in {"group", "array", "broken"}
    assert node.problem or node.kind != "broken"
