"""Nodes and files of an object opened with other libraries, local and on S3."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

from modos_widgets import Modo, create_modo, open_modo, transfer
from modos_widgets.errors import (
    ArgumentError,
    MissingExtraError,
    NotFoundError,
    OptionError,
    UnsupportedError,
)
from modos_widgets.explore import code_for, open_source
from tests.explore.test_packed_stores import referring, write_folder, zipped
from tests.widgets.test_shown_code import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

VALUES = np.arange(24.0).reshape(4, 6)


def make_object(path: Path) -> Modo:
    """Make an object with arrays, a dataset, and zarr hierarchies among its files."""
    draft = create_modo(path, "study").edit()
    draft.add("data/matrix", {"@type": "Array", "data_format": "Zarr"})
    draft.add("data/packed", {"@type": "Array", "data_format": "Zarr", "data_path": "a.zarr.zip"})
    draft.commit(force=True)
    modo = open_modo(path, mode="r+")
    group: Any = modo.storage.zarr["data/matrix"]
    group.create_array("values", data=VALUES, dimension_names=("time", "place"))
    group.create_array("time", data=np.arange(4), dimension_names=("time",))
    root: Any = modo.storage.zarr["data"]
    root.create_array("plain", data=VALUES)
    root.create_array("cube", data=np.arange(8).reshape(2, 2, 2))
    write_folder(path / "b.zarr")
    (path / "a.zarr.zip").write_bytes(zipped(path / "b.zarr"))
    references, chunks = referring(path / "b.zarr", "")
    (path / "files").mkdir()
    (path / "files" / "chunks.bin").write_bytes(chunks)
    import json  # noqa: PLC0415

    (path / "files" / "refs.json").write_text(json.dumps(references))
    return open_modo(path)


@pytest.fixture(params=["local", "s3"])
def modo(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    moto_server: S3Server,
    monkeypatch: pytest.MonkeyPatch,
) -> Modo:
    made = make_object(tmp_path / "study")
    if request.param == "local":
        return made
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)
    url, services = f"s3://{moto_server.bucket()}/study", {"s3": moto_server.endpoint}
    transfer(made.path, url, services=services).wait()
    return open_modo(url, services=services)


def test_arrays_are_opened_with_each_library(modo: Modo) -> None:
    path = "data/matrix/values"
    assert modo.open_as("zarr", path)[1, 2] == VALUES[1, 2]
    assert (modo.open_as("numpy", path) == VALUES).all()
    lazy = modo.open_as("dask", path)
    assert type(lazy).__module__.startswith("dask")
    assert (lazy.compute() == VALUES).all()
    data = modo.open_as("xarray", path)
    assert data.dims == ("time", "place")
    assert (data.to_numpy() == VALUES).all()
    assert modo.open_as("xarray", "data/plain").dims == ("dim_0", "dim_1")
    frame = modo.open_as("pandas", path)
    assert (frame.to_numpy() == VALUES).all()


def test_a_group_with_named_axes_is_a_dataset(modo: Modo) -> None:
    data = modo.open_as("xarray", "data/matrix")
    assert dict(data.sizes) == {"time": 4, "place": 6}
    assert list(data.coords) == ["time"]
    assert data["values"].chunks is not None
    assert (data["values"].to_numpy() == VALUES).all()


@pytest.mark.parametrize("path", ["b.zarr", "a.zarr.zip", "files/refs.json", "data/packed"])
def test_hierarchies_among_the_files_are_opened(modo: Modo, path: str) -> None:
    root = modo.open_as("zarr", path)
    assert isinstance(root, zarr.Group)
    assert root.attrs["title"] == "Packed"
    node: Any = root["g/x"]
    assert node[3, 4] == 34
    with pytest.raises(Exception, match="read-only"):
        root.create_group("new")


def test_code_of_every_node_runs(modo: Modo) -> None:
    source = open_source(modo)
    for path, libraries in {
        "data/matrix/values": {"zarr", "numpy", "dask", "xarray", "pandas", "modos_widgets"},
        "data/matrix": {"zarr", "xarray", "modos_widgets"},
        "data/cube": {"zarr", "numpy", "dask", "xarray", "modos_widgets"},
        "sample": {"zarr", "modos_widgets"},
    }.items():
        found = code_for(source, path)
        assert found.keys() == libraries
        for library, code in found.items():
            scope = run(code)
            if library not in {"zarr", "numpy", "modos_widgets"}:
                assert f"modo.open_as({library!r}, {path!r})" in code
            if path == "data/matrix/values":
                names = [
                    name for name in ("values", "lazy", "data", "frame", "node") if name in scope
                ]
                assert (np.asarray(scope[names[0]]) == VALUES).all()
    assert "testing-secret" not in str(found)


def test_the_root_is_opened(modo: Modo) -> None:
    assert "data" in modo.open_as("zarr")


@pytest.mark.parametrize("modo", ["local"], indirect=True)
@pytest.mark.parametrize(
    ("library", "path", "error", "words"),
    [
        ("anndata", "data/plain", OptionError, "Use one of zarr, numpy, dask, xarray, pandas"),
        ("pandas", "data/cube", OptionError, "Use one of zarr, numpy, dask, xarray."),
        ("xarray", "sample", OptionError, "Use one of zarr."),
        ("spss", "data/plain", OptionError, "Use one of zarr, numpy"),
        (7, "data/plain", ArgumentError, ""),
        ("zarr", 7, ArgumentError, ""),
        ("zarr", "data/nothing", NotFoundError, ""),
        ("zarr", "nothing.zip", NotFoundError, ""),
        ("zarr", "../other", NotFoundError, ""),
    ],
)
def test_bad_arguments(modo: Modo, library: Any, path: Any, error: Any, words: str) -> None:
    with pytest.raises(error) as caught:
        modo.open_as(library, path)
    assert words in caught.value.hint
    assert caught.value.hint


@pytest.mark.parametrize("modo", ["local"], indirect=True)
def test_a_missing_library_is_named_with_its_install_line(
    modo: Modo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(MissingExtraError, match="xarray") as caught:
        modo.open_as("xarray", "data/plain")
    assert "pip install xarray" in caught.value.hint


@pytest.mark.parametrize("modo", ["local"], indirect=True)
def test_an_error_of_the_library_names_node_and_library(
    modo: Modo, monkeypatch: pytest.MonkeyPatch
) -> None:
    import xarray  # noqa: PLC0415

    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("dimensions")

    monkeypatch.setattr(xarray, "open_zarr", fail)
    with pytest.raises(UnsupportedError, match="xarray cannot open data/matrix"):
        modo.open_as("xarray", "data/matrix")
