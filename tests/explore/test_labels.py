"""Which labels an axis gets: of AnnData in every form, of our own arrays, walked or not."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore.store
import pytest
import zarr
from zarr.storage import MemoryStore, ObjectStore

from modos_widgets import ArrayPreview
from modos_widgets.explore import open_source
from tests.explore.stores import TEXT

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

N = 6
CELLS = [f"cell{number}" for number in range(N)]
GENES = [f"gene{number}" for number in range(N)]
PLACES = list(range(N))
FORMS = ("plain", "named", "categorical", "old", "old categorical", "nullable", "records")


def texts(values: list[str]) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=TEXT)


def put_table(group: zarr.Group, name: str, labels: list[str], form: str) -> None:
    """Write a table of AnnData, its index in one of the forms that its versions wrote."""
    if form == "records":  # before 0.7
        records = np.array(
            list(zip(labels, PLACES, strict=True)), dtype=[("index", "U12"), ("n", "i8")]
        )
        group.create_array(name, data=records)
        return
    index = "_index" if form in {"plain", "categorical", "nullable"} else f"{name}_id"
    version = "0.1.0" if form.startswith("old") else "0.2.0"
    attributes = {"_index": index, "column-order": ["n"], "encoding-type": "dataframe"}
    table = group.create_group(name, attributes={**attributes, "encoding-version": version})
    table.create_array("n", data=np.arange(N))
    order = sorted(labels, reverse=True)
    codes = np.array([order.index(each) for each in labels], dtype="i1")
    if form == "categorical":
        column = table.create_group(index, attributes={"encoding-type": "categorical"})
        column.create_array("codes", data=codes)
        column.create_array("categories", data=texts(order))
    elif form == "old categorical":
        table.create_array(index, data=codes, attributes={"categories": f"__categories/{index}"})
        table.create_group("__categories").create_array(index, data=texts(order))
    elif form == "nullable":
        column = table.create_group(index, attributes={"encoding-type": "nullable-string-array"})
        column.create_array("values", data=texts(labels))
        column.create_array("mask", data=np.zeros(N, dtype=bool))
    else:
        table.create_array(index, data=texts(labels))


def put_anndata(store: Any, form: str, zarr_format: Any = 3) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # texts are no standard yet
        root = zarr.create_group(
            store, zarr_format=zarr_format, attributes={"encoding-type": "anndata"}
        )
        matrix = np.arange(float(N * N)).reshape(N, N)
        put_table(root, "obs", CELLS, form)
        put_table(root, "var", GENES, form)
        root.create_array("X", data=matrix)
        for name in ("layers/log", "obsm/pca", "varm/pcs", "obsp/near", "varp/near", "raw/X"):
            root.create_array(name, data=matrix)
        put_table(root["raw"], "var", [f"raw {gene}" for gene in GENES], form)  # type: ignore[arg-type]


EXPECTED = {
    "X": (CELLS, GENES),
    "layers/log": (CELLS, GENES),
    "obsm/pca": (CELLS, PLACES),
    "varm/pcs": (GENES, PLACES),
    "obsp/near": (CELLS, CELLS),
    "varp/near": (GENES, GENES),
    "raw/X": (CELLS, [f"raw {gene}" for gene in GENES]),
}


def labels_of(frame: pd.DataFrame) -> tuple[list[Any], list[Any]]:
    return frame.index.tolist(), frame.columns.tolist()


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("form", FORMS)
def test_a_square_matrix_of_anndata_has_cells_as_rows(
    tmp_path: Path, form: str, zarr_format: int
) -> None:
    put_anndata(tmp_path / "a.zarr", form, zarr_format)
    for path, expected in EXPECTED.items():
        assert labels_of(ArrayPreview(tmp_path / "a.zarr", path).frame) == expected, path


@pytest.mark.parametrize("walked", [False, True])
@pytest.mark.parametrize("form", ["plain", "categorical", "records"])
def test_labels_do_not_depend_on_what_was_listed(form: str, *, walked: bool) -> None:
    store = ObjectStore(obstore.store.MemoryStore())
    put_anndata(store, form)
    source = open_source(store)
    assert source.reader.remote
    if walked:
        for group in ("", "layers", "raw", "obsm"):
            source.level(group)
    for path, expected in EXPECTED.items():
        assert labels_of(ArrayPreview(source, path).frame) == expected, path


@pytest.mark.parametrize("form", ["plain", "named", "categorical", "old categorical"])
def test_columns_of_a_table_are_labelled_by_its_index_and_the_index_by_nothing(
    tmp_path: Path, form: str
) -> None:
    put_anndata(tmp_path / "a.zarr", form)
    frame = ArrayPreview(tmp_path / "a.zarr", "obs/n").frame
    assert labels_of(frame) == (CELLS, ["value"])
    index = "obs/_index" if form == "plain" else "obs/obs_id"
    if form in {"plain", "named"}:
        assert ArrayPreview(tmp_path / "a.zarr", index).frame.index.tolist() == PLACES


def beside(shape: tuple[int, ...], obs: int | None, var: int | None, **options: Any) -> zarr.Group:
    group = zarr.create_group(MemoryStore())
    group.create_array("x", data=np.zeros(shape), **options)
    for name, number in (("obs", obs), ("var", var)):
        if number is not None:
            group.create_array(name, data=texts([f"{name}{place}" for place in range(number)]))
    return group


@pytest.mark.parametrize(
    ("shape", "obs", "var", "names", "heads"),
    [
        ((3, 3), 3, 3, None, ("obs0", "var0")),
        ((3, 2), 2, 3, None, ("var0", "obs0")),  # they fit only so
        ((3, 3), None, 3, None, (0, "var0")),
        ((3, 2), 2, None, None, (0, "obs0")),
        ((3, 3), 3, 3, ("var", "obs"), ("var0", "obs0")),
        ((3, 3), 3, 3, ("var", None), ("var0", "obs0")),
        ((3, 3), 3, 3, (None, "obs"), ("var0", "obs0")),
        ((3, 3), 3, 3, ("y", "x"), ("obs0", "var0")),
        ((3,), 3, 3, None, ("obs0", "value")),
        ((3,), 2, 3, None, ("var0", "value")),
        ((4, 3, 3), 3, 3, None, ("obs0", "var0")),
        ((3, 3, 2), 3, 3, ("obs", "var", "time"), ("var0", 0)),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_the_first_axis_prefers_obs_and_the_second_var(
    shape: tuple[int, ...], obs: int | None, var: int | None, names: Any, heads: tuple[Any, Any]
) -> None:
    group = beside(shape, obs, var, dimension_names=names)
    frame = ArrayPreview(group, "x").frame
    assert (frame.index[0], frame.columns[0]) == heads


@pytest.mark.filterwarnings("ignore")
def test_an_array_of_labels_is_not_labelled_by_the_other() -> None:
    group = beside((3, 3), 3, 3)
    assert ArrayPreview(group, "obs").frame.index.tolist() == [0, 1, 2]
    assert ArrayPreview(group, "var").frame.index.tolist() == [0, 1, 2]


def test_labels_stored_in_small_chunks_are_whole_and_too_many_are_positions() -> None:
    group = zarr.create_group(MemoryStore())
    group.create_array("x", data=np.arange(300))
    group.create_array("obs", data=np.arange(300) * 2, chunks=(1,))
    frame = ArrayPreview(group, "x").frame
    assert frame.index.tolist() == [str(2 * number) for number in range(300)]
    group.create_array("y", data=np.arange(3000, dtype="i1"))
    group.create_array("var", data=np.arange(3000), chunks=(1,))
    assert ArrayPreview(group, "y").frame.index.tolist() == list(range(3000))
