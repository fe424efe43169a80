"""Copies that are never of two contents: of metadata in the root, of large objects."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ProfileNotFound
from botocore.parsers import ResponseParserError

from modos_widgets import files
from modos_widgets.archive import store as archive_store
from modos_widgets.errors import (
    AlreadyExistsError,
    ModosError,
    OptionError,
    ResponseError,
    StorageError,
)
from modos_widgets.s3 import Request, from_s3
from modos_widgets.s3.client import S3Client
from modos_widgets.storage import LocalStorage, add_metadata_group

NODE = "data.zarr/sample/a/zarr.json"


def test_the_copy_in_the_root_is_of_the_node_that_was_written_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path / "x")
    real, once = archive_store._update_one, [True]

    async def late(store: Any, node: str, *others: Any) -> bool:
        if not node and once.pop() if once else False:
            document = json.loads(storage.read(NODE).data)
            document["attributes"]["name"] = "theirs"
            storage.write(NODE, json.dumps(document).encode())
            await archive_store.update_copies(store, ["sample/a"])
        return await real(store, node, *others)

    monkeypatch.setattr(archive_store, "_update_one", late)
    add_metadata_group(storage.zarr["sample"], {"id": "a", "name": "mine"})  # type: ignore[arg-type]
    root = json.loads(storage.read("data.zarr/zarr.json").data)
    assert not once
    copy = root["consolidated_metadata"]["metadata"]["sample/a"]["attributes"]
    assert copy == json.loads(storage.read(NODE).data)["attributes"] == {"name": "theirs"}


def test_each_part_of_a_large_copy_is_of_one_content(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    async def call(_: Any, method: str, __: str, ___: str, **more: Any) -> dict[str, Any]:
        asked.append((method, more))
        return {"UploadId": "u", "CopyPartResult": {"ETag": "p"}, "ETag": "e", "ContentLength": 1}

    monkeypatch.setattr(S3Client, "call", call)
    client = object.__new__(S3Client)
    asyncio.run(client.copy(("bucket", "a"), ("bucket", "b"), 6 * 2**30))
    parts = [more["CopySourceIfMatch"] for method, more in asked if method == "upload_part_copy"]
    assert parts == ["e"] * 6


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (ResponseParserError("<html>"), ResponseError),
        (ProfileNotFound(profile="nobody"), OptionError),
        (RuntimeError("odd"), StorageError),
    ],
)
def test_errors_of_botocore_are_translated(theirs: Exception, ours: type[ModosError]) -> None:
    assert type(from_s3(theirs, Request("s3://bucket/x"))) is ours


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_move_does_not_replace_a_file_created_a_moment_ago(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path / "x")
    source = "mine" if kind == "file" else "mine/inner"
    storage.put([b"mine"], source)
    real = files.make_parents

    def late(path: Path) -> list[Path]:
        made = real(path)
        path.write_bytes(b"theirs")
        return made

    monkeypatch.setattr(files, "make_parents", late)
    with pytest.raises(AlreadyExistsError):
        storage.move("mine", "goal")
    assert storage.read("goal").data == b"theirs"
    assert storage.read(source).data == b"mine"


@pytest.mark.parametrize("exchanged", ["in one step", "in two"])
def test_a_folder_takes_the_place_of_another(
    exchanged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path / "x")
    storage.put([b"new"], "new/file")
    storage.put([b"old"], "old/other")
    if exchanged == "in two":
        monkeypatch.setattr(files, "exchange", lambda *_: False)
    storage.move("new", "old", overwrite=True)
    assert [path.as_posix() for path in storage.list()][-1] == "old/file"
    assert not storage.exists("new")
    assert not list(tmp_path.rglob(".modos-*"))


def test_killed_while_folders_change_places_each_content_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path / "x")
    storage.put([b"new"], "new/file")
    storage.put([b"old"], "old/file")
    names = []

    def killed(self: Path, target: Path) -> Path:
        names.append((self.name, target.name))
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        storage.move("new", "old", overwrite=True)
    assert storage.read("old/file").data == b"new"
    assert storage.read("new/file").data == b"old"
    assert len(names) == 1
