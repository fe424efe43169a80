"""Labelled arrays under an element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from modos_widgets.errors import (
    AlreadyExistsError,
)

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.fixture
def modo(local: Place) -> Modo:
    return local.open(local.put())


def test_arrays_are_labelled_either_way_round(modo: Modo) -> None:
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


def test_an_array_is_named_by_its_data_entity_and_by_no_other_element(modo: Modo) -> None:
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
