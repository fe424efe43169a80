"""Files that AnnData itself writes: shape and labels are read, in zarr and in HDF5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from modos_widgets.headers import read_header, read_zarr_header
from modos_widgets.storage import LocalRanges

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]


def cells(matrix: Any, *, names: str = "cell") -> anndata.AnnData:
    labels = [f"{names}{number}" for number in range(6)]
    index = pd.CategoricalIndex(labels) if names == "category" else pd.Index(labels)
    obs = pd.DataFrame({"kind": pd.Categorical(list("aabbcc"))}, index=index)
    var = pd.DataFrame({"gene": list("wxyz")}, index=pd.Index(list("abcd"), name="id"))
    made = anndata.AnnData(matrix, obs=obs, var=var)
    made.layers["counts"] = np.ones((6, 4), "f4")
    made.obsm["X_pca"] = np.ones((6, 2))
    return made


@pytest.mark.parametrize("stored", ["h5ad", "zarr"])
@pytest.mark.parametrize("names", ["cell", "category"])
@pytest.mark.parametrize(
    "matrix",
    [np.ones((6, 4), "f4"), scipy.sparse.csr_matrix(np.eye(6, 4)), None],
    ids=["dense", "sparse", "none"],
)
def test_shape_and_labels(tmp_path: Path, stored: str, names: str, matrix: Any) -> None:
    made, path = cells(matrix, names=names), tmp_path / f"cells.{stored}"
    if stored == "h5ad":
        made.write_h5ad(path)
        header = read_header(path)
    else:
        made.write_zarr(path)
        header = read_zarr_header("cells.zarr", lambda name: LocalRanges(path / name))
    assert header.complete
    assert header.encoding == "anndata 0.1.0"
    assert header.shape == (() if matrix is None else (6, 4))
    assert (header.obs_shape, header.var_shape) == (6, 4)
