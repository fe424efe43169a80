"""Labelled arrays under an element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from modos_widgets import ArrayPreview
from modos_widgets.errors import AlreadyExistsError, OptionError

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_labels_determine_which_axis_is_obs(modo: Modo) -> None:
    draft = modo.edit()
    draft.add_array("data/d1", np.zeros((3, 2)), obs=["a", "b"], var=["x", "y", "z"])
    with pytest.raises(AlreadyExistsError):
        draft.add_array("data/d1", np.zeros((3, 2)))
    draft.commit()
    array = modo.hierarchy.nodes["data/d1/data"].array
    assert array is not None
    assert array.dimension_names == ("var", "obs")
    assert modo.hierarchy.nodes["data/d1/obs"].array is not None
    import xarray  # noqa: PLC0415 - heavy

    data = xarray.open_zarr(f"{modo.path}/data.zarr", group="data/d1", consolidated=False)
    assert float(data["data"].sel(obs="a", var="x").values) == 0


def test_only_a_data_entity_gets_the_data_path_of_its_array(modo: Modo) -> None:
    draft = modo.edit()
    draft.add("data/matrix", {"@type": "Array"})
    draft.add_array("data/matrix", np.eye(2))
    assert not draft.new_errors()
    draft.add_array("data/d1", np.eye(2))
    draft.add_array("sample/s1", np.eye(2))
    named = draft.frame()[["data_path", "data_format"]].dropna(how="all")
    assert named.to_dict("index") == {
        "data/d1": {"data_path": "d1.cram", "data_format": "CRAM"},
        "data/matrix": {"data_path": "data.zarr/data/matrix", "data_format": "Zarr"},
        "reference/r1": {"data_path": "r1.fa", "data_format": None},
    }
    draft.commit()
    draft.rename("data/matrix", "data/counts")
    assert draft.current("data/counts", "data_path") == "data.zarr/data/counts"
    draft.commit()
    assert not modo.validate().of_code("file_missing")
    draft.set("data/counts", "data_path", "data.zarr/data/gone")
    draft.commit()
    assert [one.element for one in modo.validate().of_code("file_missing")] == ["data/counts"]
    draft.unset("data/counts", "data_path")
    draft.add_array("data/counts", np.eye(2), name="more")
    draft.undo()
    assert draft.current("data/counts", "data_path") is None


CELLS, GENES = ["c1", "c2", "c3"], ["g1", "g2", "g3"]
SQUARE = np.arange(9.0).reshape(3, 3)


def preview(modo: Modo, path: str) -> pd.DataFrame:
    return ArrayPreview(modo, path).frame


def test_a_table_comes_back_with_its_labels(modo: Modo) -> None:
    table = pd.DataFrame(SQUARE, index=CELLS, columns=GENES)
    table.index.name = "cell"
    draft = modo.edit()
    draft.add_array("data/d1", table)
    draft.undo()
    draft.redo()
    draft.commit()
    group: Any = modo.storage.zarr["data/d1"]
    assert group["obs"][:].tolist() == CELLS
    assert group["var"][:].tolist() == GENES
    pd.testing.assert_frame_equal(preview(modo, "data/d1/data"), table)


INDEXES: dict[str, Any] = {
    "days": pd.DatetimeIndex(["2024-01-31", "2024-02-01 12:30", "2024-02-02"]),
    "zoned": pd.DatetimeIndex(["2024-01-31", "2024-02-01", "2024-02-02"], tz="Europe/Zurich"),
    "numbers": pd.Index([10, 20, 30]),
    "counting from 1": pd.RangeIndex(1, 4),
    "floats": pd.Index([0.1, 1e300, -2.5]),
    "twice": pd.Index(["a", "a", "b"]),
    "categories": pd.CategoricalIndex(["x", "y", "x"]),
    "scripts": pd.Index(["Zürich", "細胞", "a\0"]),
    "empty text": pd.Index(["", "b", "c"]),
}


@pytest.mark.parametrize("kind", INDEXES)
def test_labels_of_any_kind_are_stored_as_text(modo: Modo, kind: str) -> None:
    index = INDEXES[kind]
    draft = modo.edit()
    draft.add_array("data/d1", pd.DataFrame(SQUARE, index=index, columns=index))
    draft.commit()
    frame = preview(modo, "data/d1/data")
    assert frame.index.tolist() == frame.columns.tolist() == [str(entry) for entry in index]


def test_an_index_that_only_counts_is_not_stored(modo: Modo) -> None:
    draft = modo.edit()
    draft.add_array("data/d1", pd.DataFrame(SQUARE, columns=GENES))
    draft.commit()
    assert "data/d1/obs" not in modo.hierarchy.nodes
    frame = preview(modo, "data/d1/data")
    assert (frame.index.tolist(), frame.columns.tolist()) == ([0, 1, 2], GENES)


def test_a_series_and_arrays_of_xarray_come_back_with_their_labels(modo: Modo) -> None:
    import xarray  # noqa: PLC0415 - heavy

    draft = modo.edit()
    draft.add("data/series", {"@type": "DataEntity"})
    draft.add("data/line", {"@type": "DataEntity"})
    draft.add("data/cube", {"@type": "DataEntity"})
    series = pd.Series([1, 2, 3], index=pd.Index(CELLS, name="cell"), name="count")
    draft.add_array("data/series", series)
    draft.add_array("data/line", xarray.DataArray([1.0, 2.0], dims="t", coords={"t": ["x", "y"]}))
    cube = xarray.DataArray(
        np.arange(27).reshape(3, 3, 3),
        dims=("cell", "gene", "time"),
        coords={"cell": CELLS, "gene": GENES, "time": [0, 5, 9]},
        attrs={"unit": "counts"},
        name="reads",
    )
    draft.add_array("data/cube", cube)
    draft.commit()
    pd.testing.assert_frame_equal(
        preview(modo, "data/series/data"), series.to_frame("value"), check_names=False
    )
    assert preview(modo, "data/series/data").index.name == "cell"
    assert preview(modo, "data/line/data").index.tolist() == ["x", "y"]
    frame = preview(modo, "data/cube/data")
    assert (frame.index.tolist(), frame.columns.tolist()) == (GENES, ["0", "5", "9"])
    assert (frame.index.name, frame.columns.name) == ("gene", "time")
    group: Any = modo.storage.zarr["data/cube"]
    assert group["obs"][:].tolist() == CELLS
    assert dict(group["data"].attrs) == {
        "axis_names": ["cell", "gene", "time"],
        "long_name": "reads",
        "unit": "counts",
    }
    opened = xarray.open_zarr(f"{modo.path}/data.zarr", group="data/cube", consolidated=False)
    assert int(opened["data"].sel(obs="c2", var="g1", time="9").values) == 11


def refused() -> dict[str, tuple[Any, dict[str, Any], str]]:
    import xarray  # noqa: PLC0415 - heavy

    levels = pd.MultiIndex.from_product([["a"], CELLS], names=["plate", "cell"])
    table = pd.DataFrame(SQUARE, index=CELLS, columns=GENES)
    array = xarray.DataArray(SQUARE, dims=("cell", "gene"), coords={"cell": CELLS})
    stacked = xarray.DataArray(np.zeros((1, 3)), dims=("a", "b")).stack(c=("a", "b"))  # noqa: PD013
    return {
        "several levels": (pd.DataFrame(SQUARE, index=levels), {}, "several levels"),
        "several levels of columns": (pd.DataFrame(SQUARE, columns=levels), {}, "several levels"),
        "several levels of xarray": (stacked, {}, "several levels"),
        "levels as obs": (SQUARE, {"obs": levels}, "several levels"),
        "missing label": (pd.DataFrame(SQUARE, index=["a", None, "b"]), {}, "is missing"),
        "missing day": (
            pd.DataFrame(SQUARE, index=pd.DatetimeIndex(["2024-01-01", None, "2024-01-02"])),
            {},
            "is missing",
        ),
        "missing obs": (SQUARE, {"obs": ["a", None, "b"]}, "is missing"),
        "equal as text": (pd.DataFrame(SQUARE, index=[1, "1", 2]), {}, "differ only in type"),
        "text for labels": (SQUARE, {"obs": "abc"}, "expected a list"),
        "other labels": (table, {"obs": ["x", "y", "z"]}, "own labels differ"),
        "loose coordinate": (array.assign_coords(batch=("cell", [1, 2, 3])), {}, "batch"),
        "scalar coordinate": (array.assign_coords(day=5), {}, "day"),
        "several arrays": (xarray.Dataset({"a": array}), {}, "Dataset"),
        "attributes": (array.assign_attrs(made=object()), {}, "attributes"),
        "mixed cells": (pd.DataFrame({"a": [1], "b": ["x"]}), {}, "cannot be stored"),
        "missing text": (pd.DataFrame({"a": ["x", None]}), {}, "cannot be stored"),
        "large numbers": (pd.DataFrame({"a": [2**60 + 1], "b": [0.5]}), {}, "floats round"),
        "mask": (np.ma.masked_equal(SQUARE, 4), {}, "Masked"),
    }


@pytest.mark.parametrize("kind", refused())
def test_values_that_cannot_be_stored_unchanged_are_refused(modo: Modo, kind: str) -> None:
    values, options, words = refused()[kind]
    draft = modo.edit()
    with pytest.raises(OptionError, match=words):
        draft.add_array("data/d1", values, **options)
    assert not draft


def test_labels_of_a_table_can_be_repeated_and_determine_its_orientation(modo: Modo) -> None:
    table = pd.DataFrame(SQUARE, index=GENES, columns=CELLS)
    draft = modo.edit()
    draft.add_array("data/d1", table, obs=CELLS, var=GENES)
    draft.commit()
    array = modo.hierarchy.nodes["data/d1/data"].array
    assert array is not None
    assert array.dimension_names == ("var", "obs")
    pd.testing.assert_frame_equal(preview(modo, "data/d1/data"), table)


def test_two_tables_of_one_element_share_their_labels(modo: Modo) -> None:
    table = pd.DataFrame(SQUARE, index=CELLS, columns=GENES)
    draft = modo.edit()
    draft.add_array("data/d1", table)
    draft.add_array("data/d1", table * 2, name="twice")
    with pytest.raises(AlreadyExistsError):
        draft.add_array("data/d1", table.set_axis(GENES), name="other")
    draft.commit()
    pd.testing.assert_frame_equal(preview(modo, "data/d1/twice"), table * 2)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": ["x", "y"], "b": ["", "ü"]}, index=["r", "s"]),
        pd.DataFrame({"a": [True, False]}, index=["r", "s"]),
        pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [0.5, 1]}, index=["r", "s"]),
        pd.DataFrame({"a": pd.Categorical(["x", "y"])}, index=["r", "s"]),
        pd.DataFrame({"a": []}, index=[]),
    ],
    ids=["text", "truth", "nullable", "categories", "empty"],
)
def test_cells_of_any_column_come_back(modo: Modo, table: pd.DataFrame) -> None:
    draft = modo.edit()
    draft.add_array("data/d1", table)
    draft.commit()
    frame = preview(modo, "data/d1/data")
    assert frame.index.tolist() == table.index.tolist()
    assert frame.columns.tolist() == table.columns.tolist()
    expected = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    assert frame.astype(object).where(frame.notna(), None).to_numpy().tolist() == expected


@pytest.mark.parametrize("dtype", ["U1", "S1", np.dtypes.StringDType(), object, "i4"])
def test_arrays_in_any_memory_order_come_back(modo: Modo, dtype: Any) -> None:
    values = np.array([["1", "2", "3"], ["4", "5", "6"]]).astype(dtype).T
    draft = modo.edit()
    draft.add_array("data/d1", values)
    draft.commit()
    found = preview(modo, "data/d1/data").to_numpy().astype(str)
    assert found.tolist() == [["1", "4"], ["2", "5"], ["3", "6"]]
