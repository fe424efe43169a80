"""`Modo.open_as` and the shown code, beside what each library reads itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import spatialdata
import xarray
import zarr
from spatialdata.models import Image2DModel, PointsModel, ShapesModel, TableModel

from modos_widgets import Modo, create_modo, open_modo, transfer
from modos_widgets.errors import UnsupportedError
from modos_widgets.explore import code_for, open_source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]  # theirs, on their terms


def make_adata(cells: int = 40, genes: int = 12) -> anndata.AnnData:
    random = np.random.default_rng(0)
    obs = pd.DataFrame(
        {
            "kind": pd.Categorical(["T cell", "B cell"] * (cells // 2)),
            "score": random.random(cells),
            "passed": pd.array([True, False, None, True] * (cells // 4), dtype="boolean"),
        },
        index=[f"cell{number}" for number in range(cells)],
    )
    var = pd.DataFrame({"length": range(genes)}, index=[f"gene{n}" for n in range(genes)])
    adata = anndata.AnnData(
        scipy.sparse.random(cells, genes, 0.3, "csr", random_state=0, dtype="float32"), obs, var
    )
    adata.layers["dense"] = random.random((cells, genes))
    adata.obsm["X_pca"] = random.random((cells, 3))
    adata.uns["note"] = "made"
    return adata


def make_sdata() -> spatialdata.SpatialData:
    random = np.random.default_rng(1)
    table = make_adata()
    table.obs["region"] = pd.Categorical(["circles"] * table.n_obs)
    table.obs["instance"] = np.arange(table.n_obs)
    points = pd.DataFrame({"x": random.random(20), "y": random.random(20)})
    return spatialdata.SpatialData(
        images={"image": Image2DModel.parse(random.random((3, 32, 32)), dims=("c", "y", "x"))},
        points={"spots": PointsModel.parse(points)},
        shapes={"circles": ShapesModel.parse(random.random((40, 2)), geometry=0, radius=1.0)},
        tables={
            "table": TableModel.parse(
                table, region="circles", region_key="region", instance_key="instance"
            )
        },
    )


def make_dataset() -> xarray.Dataset:
    random = np.random.default_rng(2)
    return xarray.Dataset(
        {"temperature": (("time", "lat"), 273 + random.random((6, 4)))},
        coords={"time": pd.date_range("2024-01-01", periods=6), "lat": [0.0, 10.0, 20.0, 30.0]},
    )


def make_object(path: Path) -> Modo:
    """Make an object with what each library writes: in the archive, and a folder beside it."""
    create_modo(path, "study")
    data = path / "data.zarr" / "data"
    with anndata.settings.override(zarr_write_format=3):
        make_adata().write_zarr(data / "sc")
        mudata.MuData({"rna": make_adata(), "atac": make_adata(40, 7)}).write_zarr(data / "multi")
        make_sdata().write(data / "tissue")
    make_dataset().to_zarr(data / "climate", zarr_format=3, consolidated=False)
    with anndata.settings.override(zarr_write_format=2):
        make_adata().write_zarr(path / "old.zarr")
    root = zarr.open_group(path / "data.zarr", mode="r+", use_consolidated=False)
    for name in ("sc", "multi", "tissue", "climate"):
        root[f"data/{name}"].attrs.update({"@type": "Array", "data_format": "Zarr"})
    open_modo(path, mode="r+").repair()
    return open_modo(path)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Modo:
    return make_object(tmp_path_factory.mktemp("foreign") / "study")


@pytest.fixture(scope="module")
def remote(local: Modo, moto_server: S3Server) -> Modo:
    url, services = f"s3://{moto_server.bucket()}/study", {"s3": moto_server.endpoint}
    transfer(local.path, url, services=services, s3_kwargs=moto_server.s3_kwargs).wait()
    return open_modo(url, services=services, s3_kwargs=moto_server.s3_kwargs)


@pytest.fixture(params=["local", "remote"])
def modo(request: pytest.FixtureRequest) -> Modo:
    found: Modo = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def keys(moto_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)


def dense(values: Any) -> Any:
    return values.toarray() if scipy.sparse.issparse(values) else np.asarray(values)


def assert_same_adata(found: anndata.AnnData, expected: anndata.AnnData) -> None:
    pd.testing.assert_frame_equal(found.obs, expected.obs)
    pd.testing.assert_frame_equal(found.var, expected.var)
    assert scipy.sparse.issparse(found.X) == scipy.sparse.issparse(expected.X)
    assert (dense(found.X) == dense(expected.X)).all()
    for name in ("layers", "obsm"):
        mine, theirs = getattr(found, name), getattr(expected, name)
        assert mine.keys() == theirs.keys()
        assert all((dense(mine[key]) == dense(theirs[key])).all() for key in mine)
    assert found.uns.get("note") == expected.uns.get("note")


@pytest.mark.parametrize("path", ["data/sc", "old.zarr"])
def test_anndata_is_lazy_and_the_same(modo: Modo, local: Modo, path: str) -> None:
    place = "data.zarr/data/sc" if path == "data/sc" else path
    expected = anndata.io.read_zarr(f"{local.path}/{place}")
    lazy = modo.open_as("anndata", path)
    assert type(lazy.X).__module__.startswith("dask")
    assert lazy.obs_names.tolist() == expected.obs_names.tolist()
    assert_same_adata(lazy.to_memory(), expected)
    part = lazy[lazy.obs["kind"].to_numpy() == "T cell", :3]
    assert part.shape == (20, 3)


def test_a_table_of_anndata_is_a_frame(modo: Modo, local: Modo) -> None:
    expected = anndata.io.read_zarr(f"{local.path}/data.zarr/data/sc").obs
    pd.testing.assert_frame_equal(modo.open_as("pandas", "data/sc/obs"), expected)


def test_mudata_is_the_same(modo: Modo, local: Modo) -> None:
    expected = mudata.read_zarr(f"{local.path}/data.zarr/data/multi")
    found = modo.open_as("mudata", "data/multi")
    assert list(found.mod) == list(expected.mod) == ["rna", "atac"]
    for name in found.mod:
        assert_same_adata(found[name], expected[name])
    pd.testing.assert_frame_equal(found.obs, expected.obs)


def test_a_dataset_is_lazy_and_the_same(modo: Modo, local: Modo) -> None:
    expected = xarray.open_zarr(f"{local.path}/data.zarr/data/climate", consolidated=False)
    found = modo.open_as("xarray", "data/climate")
    assert found["temperature"].chunks is not None
    xarray.testing.assert_equal(found, expected)
    assert found["time"].dtype.kind == "M"


def test_spatialdata_is_the_same_in_a_folder(local: Modo) -> None:
    expected = spatialdata.read_zarr(f"{local.path}/data.zarr/data/tissue")
    found = local.open_as("spatialdata", "data/tissue")
    assert [name for _, name, _ in found.gen_elements()] == [
        name for _, name, _ in expected.gen_elements()
    ]
    assert (found["image"].to_numpy() == expected["image"].to_numpy()).all()
    assert found["circles"].equals(expected["circles"])
    pd.testing.assert_frame_equal(found["spots"].compute(), expected["spots"].compute())
    assert_same_adata(found["table"], expected["table"])


def test_spatialdata_on_s3_says_how(remote: Modo) -> None:
    with pytest.raises(UnsupportedError, match="folder on this computer") as caught:
        remote.open_as("spatialdata", "data/tissue")
    assert "transfer" in caught.value.hint


FITTING = {
    "data/sc": {"anndata"},
    "data/sc/obs": {"pandas"},
    "data/sc/obsm/X_pca": {"numpy", "dask", "xarray", "pandas"},
    "data/multi": {"mudata"},
    "data/multi/mod/rna": {"anndata"},
    "data/climate": {"xarray"},
    "data/climate/temperature": {"numpy", "dask", "xarray", "pandas"},
    "data/tissue": {"spatialdata"},
}


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("path", FITTING)
def test_shown_code_is_offered_for_what_fits_and_runs(
    modo: Modo, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the code for spatialdata on S3 copies the object here
    codes = code_for(open_source(modo), path)
    assert codes.keys() == FITTING[path] | {"zarr", "modos_widgets"}
    for library, code in codes.items():
        assert "testing-secret" not in code
        scope: dict[str, Any] = {}
        exec(compile(code, library, "exec"), scope)  # noqa: S102 - the point of it
        if library not in {"zarr", "numpy", "modos_widgets"}:
            result = scope[code.rpartition("\n")[2].partition(" ")[0]]
            assert type(result).__name__ in {
                "AnnData",
                "Array",
                "DataArray",
                "DataFrame",
                "Dataset",
                "MuData",
                "SpatialData",
            }


PLAIN = {
    "sc": "anndata",
    "sc/obs": "pandas",
    "multi": "mudata",
    "climate": "xarray",
    "tissue": "spatialdata",
}


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("path", PLAIN)
def test_shown_code_without_an_object_runs(
    local: Modo, remote: Modo, moto_server: S3Server, path: str
) -> None:
    folders: list[tuple[str, Any]] = [(f"{local.path}/data.zarr/data", None)]
    if path != "tissue":
        folders.append((f"{remote.path}/data.zarr/data", {"s3": moto_server.endpoint}))
    for folder, services in folders:
        codes = code_for(open_source(folder, services=services), path)
        assert codes.keys() == {"zarr", PLAIN[path]}
        scope: dict[str, Any] = {}
        exec(compile(codes[PLAIN[path]], path, "exec"), scope)  # noqa: S102 - the point of it
        if path == "sc":
            expected = anndata.io.read_zarr(f"{local.path}/data.zarr/data/sc")
            assert_same_adata(scope["adata"].to_memory(), expected)
