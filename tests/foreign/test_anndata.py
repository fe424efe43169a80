"""AnnData, MuData and SpatialData: values and labels are those that the libraries read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from modos_widgets.explore import meaning_of, table_frame
from tests.foreign.stores import PLACES, assert_same, frame_of, opened, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]

CELLS, GENES = 12, 7


def cells_and_genes() -> Any:
    """Make a small AnnData with every kind of column and matrix."""
    import anndata as ad  # noqa: PLC0415  heavy
    from scipy import sparse  # noqa: PLC0415  heavy

    random = np.random.default_rng(0)
    dense = random.poisson(0.7, (CELLS, GENES)).astype("float32")
    obs = pd.DataFrame(
        {
            "kind": pd.Categorical(["T", "B", None, "NK"] * 3),
            "stage": pd.Categorical(
                ["late", "early", None] * 4, categories=["early", "late"], ordered=True
            ),
            "count": pd.array([1, None, 3] * 4, dtype="Int64"),
            "good": pd.array([True, None, False] * 4, dtype="boolean"),
            "score": random.random(CELLS),
            "number": np.arange(CELLS),
            "text": [f"word {place}" for place in range(CELLS)],
        },
        index=[f"cell{place}" for place in range(CELLS)],
    )
    var = pd.DataFrame(
        {"length": np.arange(GENES) * 100}, index=[f"gene{place}" for place in range(GENES)]
    )
    data = ad.AnnData(sparse.csr_matrix(dense), obs=obs, var=var)
    data.layers["dense"] = dense
    data.layers["by column"] = sparse.csc_matrix(dense)
    data.obsm["pca"] = random.random((CELLS, 3))
    data.obsm["table"] = pd.DataFrame({"a": np.arange(CELLS)}, index=obs.index)
    data.varm["loadings"] = random.random((GENES, 3))
    data.obsp["near"] = sparse.csr_matrix(np.eye(CELLS))
    data.varp["near"] = np.eye(GENES)
    data.raw = data.copy()
    return data


def write(data: Any, folder: Path, zarr_format: int) -> None:
    import anndata as ad  # noqa: PLC0415  heavy

    with ad.settings.override(zarr_write_format=zarr_format, allow_write_nullable_strings=True):
        data.write_zarr(folder)


@pytest.fixture(scope="module", params=[2, 3])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    import anndata as ad  # noqa: PLC0415  heavy

    folder = tmp_path_factory.mktemp("a") / "cells.zarr"
    write(cells_and_genes(), folder, request.param)
    return folder, ad.read_zarr(folder)


def dense(values: Any) -> np.ndarray[Any, Any]:
    return values.toarray() if hasattr(values, "toarray") else np.asarray(values)


@pytest.mark.parametrize("place", PLACES)
def test_matrices_of_anndata_have_its_values_and_labels(
    moto_server: S3Server, stored: Any, place: str
) -> None:
    folder, data = stored
    source = opened(place, folder, moto_server)
    cells, genes = list(data.obs_names), list(data.var_names)
    for path, matrix, rows, columns in (
        ("X", data.X, cells, genes),
        ("layers/dense", data.layers["dense"], cells, genes),
        ("layers/by column", data.layers["by column"], cells, genes),
        ("obsm/pca", data.obsm["pca"], cells, [0, 1, 2]),
        ("varm/loadings", data.varm["loadings"], genes, [0, 1, 2]),
        ("obsp/near", data.obsp["near"], cells, cells),
        ("varp/near", data.varp["near"], genes, genes),
        ("raw/X", data.raw.X, cells, list(data.raw.var_names)),
    ):
        frame = frame_of(source, path)
        assert (list(frame.index), list(frame.columns)) == (rows, columns), path
        assert_same(frame.to_numpy(), dense(matrix))
        assert meaning_of(source, path).conventions == ("AnnData",), path


@pytest.mark.parametrize("place", PLACES)
def test_obs_and_var_are_tables_with_the_types_of_anndata(
    moto_server: S3Server, stored: Any, place: str
) -> None:
    folder, data = stored
    source = opened(place, folder, moto_server)
    for path, table in (
        ("obs", data.obs),
        ("var", data.var),
        ("obsm/table", data.obsm["table"]),
    ):
        meaning, values, labels = shown(source, path)
        assert meaning.kind == "table"
        frame = table_frame(values, labels[0].texts)
        assert labels[1].texts == list(table.columns)
        pd.testing.assert_frame_equal(
            frame.astype({"text": str}) if "text" in frame else frame,
            table.astype({"text": str}) if "text" in table else table,
            check_index_type=False,
            check_names=False,
            check_column_type=False,
            check_categorical=False,
        )
        for name in table:
            if isinstance(table[name].dtype, pd.CategoricalDtype):
                assert list(frame[name].cat.categories) == list(table[name].cat.categories)
                assert frame[name].cat.ordered == table[name].cat.ordered


@pytest.mark.parametrize("place", PLACES)
def test_a_column_is_shown_in_words_and_with_gaps(
    moto_server: S3Server, stored: Any, place: str
) -> None:
    folder, data = stored
    source = opened(place, folder, moto_server)
    for name in data.obs:
        _, values, labels = shown(source, f"obs/{name}")
        assert labels[0].texts == list(data.obs_names), name
        assert_same(values.data, data.obs[name].astype(object).to_numpy())
    _, kinds, _ = shown(source, "obs/kind")
    assert kinds.words == ("B", "NK", "T")
    assert kinds.codes is not None
    assert list(kinds.codes[:4]) == [2, 0, -1, 1]


def test_raw_values_are_those_that_are_stored(stored: Any) -> None:
    folder, data = stored
    source = opened("local", folder, None)  # type: ignore[arg-type]
    _, values, labels = shown(source, "layers/dense", raw=True)
    assert not labels
    assert_same(values.data, data.layers["dense"])
    assert meaning_of(source, "X", raw=True).array is None
    _, codes, _ = shown(source, "obs/kind/codes", raw=True)
    assert list(codes.data[:4]) == [2, 0, -1, 1]


@pytest.mark.parametrize("place", PLACES)
def test_mudata_is_labelled_by_each_modality(
    moto_server: S3Server, tmp_path: Path, place: str
) -> None:
    import mudata as md  # noqa: PLC0415  heavy

    rna, protein = cells_and_genes(), cells_and_genes()[:, :3].copy()
    for each in (rna, protein):
        each.raw = None
    protein.var_names = [f"protein{number}" for number in range(3)]
    data = md.MuData({"rna": rna, "protein": protein})
    data.write_zarr(tmp_path / "both.zarr")
    read = md.read_zarr(tmp_path / "both.zarr")
    source = opened(place, tmp_path / "both.zarr", moto_server)
    for name in ("rna", "protein"):
        frame = frame_of(source, f"mod/{name}/X")
        assert list(frame.columns) == list(read.mod[name].var_names)
        assert list(frame.index) == list(read.mod[name].obs_names)
        assert_same(frame.to_numpy(), dense(read.mod[name].X))
        assert meaning_of(source, f"mod/{name}/X").conventions == ("MuData",)
        _, values, labels = shown(source, f"obsm/{name}")
        assert labels[0].texts == list(read.obs_names)
        assert_same(values.data, read.obsm[name])
        _, values, labels = shown(source, f"obsmap/{name}")
        assert labels[0].texts == list(read.obs_names)
        assert_same(values.data, read.obsmap[name])
    meaning, values, labels = shown(source, "obs")
    assert (meaning.kind, labels[0].texts) == ("table", list(read.obs_names))
    assert labels[1].texts == list(read.obs.columns)


@pytest.mark.parametrize("place", PLACES)
def test_spatialdata_has_images_labels_and_tables(
    moto_server: S3Server, tmp_path: Path, place: str
) -> None:
    import spatialdata as sd  # noqa: PLC0415  heavy

    data = sd.datasets.blobs(length=64)
    data.write(tmp_path / "blobs.zarr")
    read = sd.read_zarr(tmp_path / "blobs.zarr")
    source = opened(place, tmp_path / "blobs.zarr", moto_server)
    meaning, _, _ = shown(source, "images/blobs_image")
    image = read.images["blobs_image"]
    assert meaning.kind == "image"
    assert [axis.name for axis in meaning.axes] == list(image.dims)
    assert [each.name for each in meaning.channels] == [
        str(each) for each in image.coords["c"].to_numpy()
    ]
    for place_of, _channel in enumerate(meaning.channels):
        _, values, _ = shown(source, "images/blobs_image", at={0: place_of})
        assert_same(values.data, image[place_of].to_numpy())
    _, values, _ = shown(source, "labels/blobs_labels")
    assert_same(values.data, read.labels["blobs_labels"].to_numpy())
    table = read.tables["table"]
    frame = frame_of(source, "tables/table/X")
    assert list(frame.index) == list(table.obs_names)
    assert list(frame.columns) == list(table.var_names)
    assert_same(frame.to_numpy(), dense(table.X))
    assert meaning_of(source, "tables/table/X").conventions == ("SpatialData",)
    meaning, values, labels = shown(source, "tables/table/obs")
    assert labels[1].texts == list(table.obs.columns)
