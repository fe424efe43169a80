"""Files of AnnData (h5ad), written by h5py as the on-disk format of AnnData 0.8 and later says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_cells"]


def write_cells(
    path: Path,
    cells: int = 6,
    genes: int = 4,
    *,
    labels: dict[str, int] | None = None,
    sparse: bool = False,
    columns: int = 0,
    libver: str = "earliest",
    **options: Any,
) -> None:
    """Write a matrix with its labels.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    cells, genes : int
        Shape of the matrix.
    labels : dict of str to int, optional
        Number of labels of an axis, if it is not that of the matrix.
    sparse : bool
        Whether the matrix is sparse.
    columns : int
        Number of columns of the table of cells.
    libver : str
        Version of the file format, as for h5py.
    **options
        Of the matrix that is not sparse, as for h5py.
    """
    with h5py.File(path, "w", libver=libver) as file:
        _encode(file, "anndata", "0.1.0")
        if sparse:
            matrix = file.create_group("X")
            _encode(matrix, "csr_matrix", "0.1.0", shape=[cells, genes])
            matrix["data"] = np.ones(cells, "f4")
            matrix["indices"] = np.zeros(cells, "i4")
            matrix["indptr"] = np.arange(cells + 1)
        else:
            values = np.random.default_rng(1).random((cells, genes), "f4")
            _encode(file.create_dataset("X", data=values, **options), "array", "0.2.0")
        for axis, count, index in (("obs", cells, "barcode"), ("var", genes, "_index")):
            table = file.create_group(axis)
            names = [f"column {number}" for number in range(columns)]
            _encode(table, "dataframe", "0.2.0", _index=index)
            table.attrs["column-order"] = np.array(names, h5py.string_dtype())
            shown = [f"{axis}{number}" for number in range((labels or {}).get(axis, count))]
            label = table.create_dataset(index, data=shown, dtype=h5py.string_dtype())
            _encode(label, "string-array", "0.2.0")
            for name in names:
                _encode(table.create_dataset(name, data=np.zeros(count)), "array", "0.2.0")
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            _encode(file.create_group(name), "dict", "0.1.0")


def _encode(item: Any, kind: str, version: str, **others: Any) -> None:
    for name, value in {"encoding-type": kind, "encoding-version": version, **others}.items():
        item.attrs[name] = value
