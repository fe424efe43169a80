"""Zip files and kerchunk references as hierarchies: local, on S3, and hostile ones."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore.store
import pytest
import zarr
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import ObjectStore

from modos_widgets import ArrayPreview, ZarrTree
from modos_widgets.credentials import S3Options
from modos_widgets.errors import (
    BrokenFileError,
    ModosError,
    PathError,
    ReadOnlyError,
    UnsupportedError,
)
from modos_widgets.explore import code_for, open_source
from modos_widgets.storage import packed_folder_file
from tests.explore.stores import fill
from tests.widgets.test_shown_code import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.parts.s3 import S3Server

VALUES = np.arange(120.0).reshape(12, 10)


def write_folder(folder: Path, zarr_format: Any = 3) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = zarr.create_group(folder, attributes={"title": "Packed"}, zarr_format=zarr_format)
        root.create_group("g").create_array("x", data=VALUES, chunks=(4, 10))


def zipped(folder: Path, compression: int = zipfile.ZIP_STORED, around: str = "") -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", compression) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{around}{path.relative_to(folder).as_posix()}")
    return whole.getvalue()


def referring(folder: Path, base: str) -> tuple[dict[str, Any], bytes]:
    """Return references to one file with all chunks, and that file; metadata are inline."""
    references: dict[str, Any] = {}
    chunks = b"head"
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        key, data = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.name.startswith((".z", "zarr.json")):
            references[key] = data.decode()
        else:
            references[key] = [f"{base}chunks.bin", len(chunks), len(data)]
            chunks += data
    return {"version": 1, "refs": references}, chunks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "a.zarr")
    return tmp_path / "a.zarr"


def assert_shown(source: Any, **scope: Any) -> None:
    """Check tree, preview and code."""
    source = open_source(source)
    assert source.start().attributes["title"] == "Packed"
    assert list(source.level("").names) == ["g"]
    assert source.describe(["g/x"])["g/x"].kind == "array"
    assert (ArrayPreview(source, "g/x").frame.to_numpy() == VALUES).all()
    assert (run(ArrayPreview(source, "g/x").as_python, **scope)["values"] == VALUES).all()
    for library, code in code_for(source, "g/x").items():
        found = [each for name, each in run(code, **scope).items() if name in RESULTS]
        assert (np.asarray(found[-1]) == VALUES).all(), library
    assert run(ZarrTree(source, value="").as_python, **scope)["node"].attrs["title"] == "Packed"


RESULTS = {"node", "values", "lazy", "data", "frame"}


@pytest.mark.parametrize("around", ["", "a.zarr/"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_file_is_shown(tmp_path: Path, folder: Path, compression: int, around: str) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(folder, compression, around))
    assert_shown(tmp_path / "a.zip")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_references_are_shown(tmp_path: Path, zarr_format: int) -> None:
    write_folder(tmp_path / "v.zarr", zarr_format)
    references, chunks = referring(tmp_path / "v.zarr", f"{tmp_path}/")
    (tmp_path / "refs.json").write_text(json.dumps(references))
    (tmp_path / "chunks.bin").write_bytes(chunks)
    assert_shown(tmp_path / "refs.json")


@pytest.mark.parametrize("kind", ["zip", "json"])
def test_packed_stores_on_s3_are_shown(
    moto_server: S3Server, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = moto_server.bucket()
    references, chunks = referring(folder, f"s3://{bucket}/some/")
    fill(
        moto_server,
        bucket,
        {
            "some/a.zip": zipped(folder),
            "some/a.json": json.dumps(references).encode(),
            "some/chunks.bin": chunks,
        },
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)
    source = open_source(f"s3://{bucket}/some/a.{kind}", services={"s3": moto_server.endpoint})
    assert source.reader.remote
    assert moto_server.secret not in "".join(code_for(source, "g/x").values())
    assert_shown(source)


def test_code_for_a_store_of_obstore_opens_it_and_names_no_key(
    moto_server: S3Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = ObjectStore(obstore.store.LocalStore(folder), read_only=True)
    assert_shown(local)
    bucket = moto_server.bucket()
    keys = {f"a/{each.relative_to(folder)}": each for each in folder.rglob("*") if each.is_file()}
    fill(moto_server, bucket, {key: each.read_bytes() for key, each in keys.items()})
    config, client, _ = S3Options.resolve(moto_server.endpoint, moto_server.s3_kwargs).for_obstore()
    options: dict[str, Any] = {"config": config, "client_options": client}
    held = obstore.store.S3Store.from_url(f"s3://{bucket}/a", **options)
    source = open_source(ObjectStore(held, read_only=True))
    code = ArrayPreview(source, "g/x").as_python
    assert "obstore.store.S3Store(" in code
    assert moto_server.secret not in code
    assert moto_server.key not in code
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)
    assert_shown(source)


def test_a_key_of_a_zip_file_is_read_in_part(tmp_path: Path, folder: Path) -> None:
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        (tmp_path / "a.zip").write_bytes(zipped(folder, compression))
        store: Any = packed_folder_file(tmp_path / "a.zip")
        key = "zarr.json"
        whole = (folder / key).read_bytes()
        prototype = default_buffer_prototype()
        for part, expected in (
            (None, whole),
            (RangeByteRequest(3, 9), whole[3:9]),
            (OffsetByteRequest(5), whole[5:]),
            (SuffixByteRequest(7), whole[-7:]),
            (RangeByteRequest(3, 10**9), whole[3:]),
        ):
            got = sync(store.get(key, prototype, part))
            assert got.to_bytes() == expected
        assert sync(store.getsize(key)) == len(whole)
        assert sync(store.get("nothing", prototype)) is None
    with pytest.raises(ReadOnlyError):
        sync(store.delete("zarr.json"))


# -- hostile files -------------------------------------------------------------------------------


def hostile_references(tmp_path: Path, references: Any) -> Path:
    path = tmp_path / "bad.json"
    path.write_text(references if isinstance(references, str) else json.dumps(references))
    return path


ROOT = {".zgroup": '{"zarr_format": 2}'}


@pytest.mark.parametrize(
    "place",
    [
        "/etc/hostname",
        "file:///etc/hostname",
        "../secret",
        "a/../../secret",
        "https://example.org/x",
        "s3://other/bucket",
        "//host/share",
        "{{up}}/secret",
    ],
)
def test_a_reference_that_leaves_the_folder_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "inner").mkdir()
    refs = {"templates": {"up": ".."}, "refs": {**ROOT, "x/0": [place]}}
    store = packed_folder_file(hostile_references(tmp_path / "inner", refs))
    with pytest.raises(PathError, match="outside"):
        sync(store.get("x/0", default_buffer_prototype()))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "link").symlink_to(tmp_path / "secret")
    path = hostile_references(tmp_path / "inner", {**ROOT, "x/0": ["link"]})
    with pytest.raises(PathError):
        sync(packed_folder_file(path).get("x/0", default_buffer_prototype()))


@pytest.mark.parametrize(
    ("references", "error"),
    [
        ("{", BrokenFileError),
        ("[" * 100_000, BrokenFileError),
        ([], BrokenFileError),
        ({"a": 1}, BrokenFileError),
        ({"refs": 7}, BrokenFileError),
        ({**ROOT, "x/0": 7}, BrokenFileError),
        ({**ROOT, "x/0": ["a", -1, 5]}, BrokenFileError),
        ({**ROOT, "x/0": ["a", 1]}, BrokenFileError),
        ({**ROOT, "x/0": ["a", 10**30, 1]}, BrokenFileError),
        ({**ROOT, "x/0": "base64:%%%"}, BrokenFileError),
        ({"version": 1, "gen": [{"key": "{{i}}"}], "refs": ROOT}, UnsupportedError),
        ({"templates": {"f": "{{c}}"}, "refs": {**ROOT, "x/0": ["{{f}}"]}}, UnsupportedError),
        ({"refs": {**ROOT, "x/0": ["{{nothing}}"]}}, UnsupportedError),
    ],
)
def test_a_damaged_reference_file_is_reported(
    tmp_path: Path, references: Any, error: type[ModosError]
) -> None:
    with pytest.raises(error) as caught:
        packed_folder_file(hostile_references(tmp_path, references))
    assert caught.value.hint


def test_a_reference_past_the_end_or_of_a_huge_length_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"1234")
    refs = {**ROOT, "x/0": ["data", 2, 10], "x/1": ["data", 0, 2**40], "x/2": ["data"]}
    store = packed_folder_file(hostile_references(tmp_path, refs))
    prototype = default_buffer_prototype()
    with pytest.raises(BrokenFileError):
        sync(store.get("x/0", prototype))
    with pytest.raises(UnsupportedError, match="more than"):
        sync(store.get("x/1", prototype))
    assert sync(store.get("x/2", prototype)).to_bytes() == b"1234"  # type: ignore[union-attr]


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("zarr.json", b"0" * (257 * 2**20))


def lie(data: bytes) -> bytes:
    """Declare fewer bytes than there are, in the directory."""
    place = data.rindex(b"PK\1\2")
    return data[: place + 24] + (5).to_bytes(4, "little") + data[place + 28 :]


def packed_zip(write: Callable[[zipfile.ZipFile], None]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive)
    return whole.getvalue()


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    data = packed_zip(bomb)
    for content, error in ((data, UnsupportedError), (lie(data), BrokenFileError)):
        (tmp_path / "bomb.zip").write_bytes(content)
        store = packed_folder_file(tmp_path / "bomb.zip")
        with pytest.raises(error):
            sync(store.get("zarr.json", default_buffer_prototype()))


def test_a_damaged_zip_file_is_reported(tmp_path: Path, folder: Path) -> None:
    data = zipped(folder, zipfile.ZIP_DEFLATED)
    path = tmp_path / "bad.zip"
    for place in range(0, len(data), 7):
        for content in (data[:place], data[:place] + b"\xff" * 4 + data[place + 4 :]):
            path.write_bytes(content)
            try:
                store = packed_folder_file(path)
                for key in store._keys:
                    sync(store.get(key, default_buffer_prototype()))
            except ModosError as error:
                assert error.hint  # noqa: PT017 - most of them are still readable


def test_names_that_lead_elsewhere_are_left_out(tmp_path: Path) -> None:
    def write(archive: zipfile.ZipFile) -> None:
        for name in ("zarr.json", "../up", "/top", "a/../b", "c//d"):
            archive.writestr(name, "{}")

    (tmp_path / "odd.zip").write_bytes(packed_zip(write))
    assert set(packed_folder_file(tmp_path / "odd.zip")._keys) == {"zarr.json"}


def test_an_icechunk_repository_says_how_to_open_it(tmp_path: Path) -> None:
    for name in ("snapshots", "manifests"):
        (tmp_path / "repo" / name).mkdir(parents=True)
    with pytest.raises(UnsupportedError, match="icechunk") as caught:
        open_source(tmp_path / "repo")
    assert "readonly_session" in caught.value.hint
