"""Requests of views of one ArrayPreview: each is about the part that its own view shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from modos_widgets import ArrayPreview
from tests.parts.asked import ask

if TYPE_CHECKING:
    from pathlib import Path


def test_values_are_those_of_the_view_that_asks(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("x", data=np.arange(24).reshape(2, 3, 4))
    preview: Any = ArrayPreview(tmp_path / "a.zarr", "x")
    mine = {"path": "x", "raw": False, "at": {"0": 1}}
    ask(preview, "part", **mine)
    ask(preview, "part", path="x", raw=False)  # another view shows another plane
    answer = ask(preview, "values", form="tsv", **mine)
    assert answer["buffers"][0].decode().splitlines()[1].split("\t") == [
        "0",
        "12",
        "13",
        "14",
        "15",
    ]
    ask(preview, "part", path="x", raw=False)
    answer = ask(preview, "cell", cell={"1": 2, "2": 3}, **mine)
    assert answer["payload"]["text"] == "23"
    assert preview.array_part[2, 3] == 11  # a pointer does not change what is shown


def test_values_do_not_depend_on_a_trait_that_may_arrive_later(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    for name, first in (("x", 0), ("y", 100)):
        group.create_array(name, data=np.arange(first, first + 4))
    preview: Any = ArrayPreview(tmp_path / "a.zarr", "x")
    answer = ask(preview, "values", path="y", raw=True, form="csv")
    assert answer["payload"]["name"] == "y.csv"
    assert "103" in bytes(answer["buffers"][0]).decode()
    assert (preview.path, preview.raw) == ("x", False)
