"""Stores of other libraries in tree, preview and code: icechunk and kerchunk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import icechunk
import numpy as np
import pytest
import zarr
from kerchunk.hdf import SingleHdf5ToZarr

from modos_widgets import ArrayPreview
from modos_widgets.explore import code_for, open_source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]

VALUES = 1 + np.arange(600.0).reshape(30, 20)  # xarray takes 0, the fill value, for missing


def run(code: str, **scope: Any) -> dict[str, Any]:
    exec(compile(code, "shown", "exec"), scope)  # noqa: S102 - the point of it
    return scope


def assert_shown(source: Any, **scope: Any) -> None:
    assert (ArrayPreview(source, "g/x").frame.to_numpy() == VALUES).all()
    codes = code_for(source, "g/x")
    assert codes.keys() == {"zarr", "numpy", "dask", "xarray", "pandas"}
    for library, code in codes.items():
        found = run(code, **scope)
        result = found[code.rpartition("\n")[2].partition(" ")[0]]
        assert (np.asarray(result) == VALUES).all(), library


def icechunk_storage(place: str, folder: Path, server: S3Server) -> Any:
    if place == "local":
        return icechunk.local_filesystem_storage(str(folder))
    return icechunk.s3_storage(
        bucket=server.bucket(),
        prefix="repo",
        endpoint_url=server.endpoint,
        region="us-east-1",
        access_key_id=server.key,
        secret_access_key=server.secret,
        allow_http=True,
        force_path_style=True,
    )


@pytest.mark.parametrize("place", ["local", "s3"])
def test_an_icechunk_store_is_shown(tmp_path: Path, moto_server: S3Server, place: str) -> None:
    storage = icechunk_storage(place, tmp_path, moto_server)
    repository = icechunk.Repository.create(storage)
    session = repository.writable_session("main")
    group = zarr.create_group(session.store, attributes={"title": "Ice"}).create_group("g")
    group.create_array("x", data=VALUES, chunks=(10, 20))
    session.commit("Add x")
    store = repository.readonly_session("main").store
    source = open_source(store)
    assert source.start().attributes["title"] == "Ice"
    assert list(source.level("").names) == ["g"]
    assert_shown(source, store=store)


@pytest.mark.parametrize("place", ["local", "s3"])
def test_references_that_kerchunk_made_are_shown(
    tmp_path: Path, moto_server: S3Server, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("g/x", data=VALUES, chunks=(10, 20), compression="gzip")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)
    bucket = moto_server.bucket()
    url = str(path) if place == "local" else f"s3://{bucket}/data/a.h5"
    with path.open("rb") as file:
        references = json.dumps(SingleHdf5ToZarr(file, url, inline_threshold=0).translate())
    if place == "local":
        (tmp_path / "refs.json").write_text(references)
        source = open_source(tmp_path / "refs.json")
    else:
        client = moto_server.client()
        client.put_object(Bucket=bucket, Key="data/a.h5", Body=path.read_bytes())
        client.put_object(Bucket=bucket, Key="data/refs.json", Body=references.encode())
        services = {"s3": moto_server.endpoint}
        source = open_source(f"s3://{bucket}/data/refs.json", services=services)
    assert_shown(source)
