"""Files that somebody put into an object's folder, and that are no files to read."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zarr
from zarr.core.buffer import default_buffer_prototype

from modos_widgets.errors import PathError
from modos_widgets.storage import LocalArchive, LocalStorage, add_metadata_group

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    os.mkfifo(tmp_path / "ex" / "pipe")
    for opening in (storage.open, storage.read):
        with pytest.raises(PathError, match="neither a file nor a folder"):
            opening("pipe")
    root = tmp_path / "ex" / "data.zarr" / "zarr.json"
    root.unlink()
    os.mkfifo(root)
    with pytest.raises(PathError, match="neither a file nor a folder"):
        LocalStorage(tmp_path / "ex")


def link_outside(storage: LocalStorage) -> Path:
    """Make one group of an object a link to a folder outside of it."""
    sample = storage.path / "data.zarr" / "sample"
    outside = storage.path.parent / "outside"
    shutil.move(sample, outside)
    sample.symlink_to(outside)
    return outside


def test_zarr_does_not_follow_a_link_out_of_the_object(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    sample = storage.zarr["sample"]
    assert isinstance(sample, zarr.Group)
    outside = link_outside(storage)
    zarr.create_array(outside / "numbers", data=np.arange(3))
    before = sorted(outside.rglob("*"))
    root = zarr.open_group(storage.zarr.store, use_consolidated=False)
    leads_out = pytest.raises(PathError, match="is a link that leads out of the object")
    with leads_out:
        root["sample"]
    with leads_out:
        root["sample/numbers"]
    with leads_out:
        root.create_group("sample/new")
    with leads_out:
        root.create_array("sample/new", data=np.arange(3))
    with leads_out:
        del root["sample"]
    with leads_out:
        add_metadata_group(sample, {"id": "new", "name": "x"})
    assert "sample" not in dict(root.members())
    assert sorted(outside.rglob("*")) == before


def test_each_call_of_the_local_store_stays_within_the_object(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    outside = link_outside(storage)
    store, key = storage.zarr.store, "sample/zarr.json"
    assert isinstance(store, LocalArchive)
    prototype = default_buffer_prototype()
    value = prototype.buffer.from_bytes(b"x")
    before = (outside / "zarr.json").read_bytes()

    async def listed(names: AsyncIterator[str]) -> list[str]:
        return [name async for name in names]

    for call in (
        lambda: store.get(key, prototype),
        lambda: store.get_partial_values(prototype, [(key, None)]),
        lambda: store.exists(key),
        lambda: store.getsize(key),
        lambda: store.set(key, value),
        lambda: store.set_if_not_exists("sample/new", value),
        lambda: store.content(key),
        lambda: store.replace(key, b"x", None),
        lambda: store.delete(key),
        lambda: store.delete_dir("sample"),
        lambda: listed(store.list_prefix("sample")),
        lambda: listed(store.list_dir("sample")),
    ):
        with pytest.raises(PathError, match="is a link that leads out of the object"):
            asyncio.run(call())
    for at_once in (
        lambda: store.get_sync(key, prototype=prototype),
        lambda: store.set_sync(key, value),
        lambda: store.delete_sync(key),
    ):
        with pytest.raises(PathError, match="is a link that leads out of the object"):
            at_once()
    (tmp_path / "ex" / "data.zarr" / "assay" / "link").symlink_to(outside / "zarr.json")
    (tmp_path / "ex" / "data.zarr" / "assay" / "here").symlink_to("zarr.json")
    assert sorted(asyncio.run(listed(store.list_dir("assay")))) == ["here", "zarr.json"]
    assert "sample" not in asyncio.run(listed(store.list_dir("")))
    keys = asyncio.run(listed(store.list()))
    assert "assay/here" in keys
    assert not {"assay/link", "sample/zarr.json"} & set(keys)
    assert (outside / "zarr.json").read_bytes() == before
    assert sorted(each.name for each in outside.iterdir()) == ["zarr.json"]


def test_only_in_the_archive_is_a_name_of_zarr_a_temporary_file(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "ex")
    of_zarr, ours = f"zarr.{'0a' * 16}.partial", f".modos-{'0a' * 8}.part"
    for folder in ("", "results/", "data.zarr/", "data.zarr/sample/"):
        (tmp_path / "ex" / folder).mkdir(parents=True, exist_ok=True)
        for name in (of_zarr, ours):
            (tmp_path / "ex" / folder / name).write_bytes(b"x")
    kept = {of_zarr, f"results/{of_zarr}"}
    copy = LocalStorage(tmp_path / "copy")
    storage.transfer(copy)
    assert not list((copy.path / "data.zarr").rglob("*.partial"))
    for one in (storage, copy):
        found = {path.as_posix() for path in one.list() if path.suffix.startswith(".part")}
        assert found == kept
        assert {entry.name for entry in one.files()} == kept
        assert [entry.name for entry in one.level("").files] == [of_zarr]
        assert [entry.name for entry in one.level("data.zarr/sample").files] == ["zarr.json"]
