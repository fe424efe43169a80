"""ArrayPreview in a saved notebook: properties and first values, escaped and limited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

from modos_widgets import ArrayPreview, create_modo, open_modo

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<img src=x onerror=hit=1>&"


def face(preview: ArrayPreview) -> str:
    saved: str = preview._repr_mimebundle_()[0]["text/html"]
    return saved


def cells(text: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", text)
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in rows]


def test_the_first_values_are_shown_with_their_labels(tmp_path: Path) -> None:
    draft = create_modo(tmp_path / "study").edit()
    draft.add("data/m", {"name": "Counts"})
    names = [f"{EVIL}{row}" for row in range(40)]
    draft.add_array("data/m", np.arange(800.0).reshape(40, 20), obs=names, name="x")
    draft.commit(force=True)
    text = face(ArrayPreview(open_modo(tmp_path / "study"), "data/m/x"))
    shown = cells(text)
    assert len(shown) == 11
    assert shown[0][1:] == [str(column) for column in range(8)]
    assert shown[1][1:] == [str(column) for column in range(8)]
    assert shown[10][1] == "180"
    assert shown[1][0] == "&lt;img src=x onerror=hit=1&gt;&amp;0"
    assert "30 more rows, 12 more columns" in text
    assert "<img" not in text
    assert "Shape: 40 × 20" in text  # noqa: RUF001 - as the widget writes it


@pytest.mark.parametrize(
    "values",
    [np.array(7), np.zeros((0, 3)), np.arange(5), np.array([EVIL, "b"]), np.zeros((2, 3, 4, 5))],
)
def test_any_array_has_a_saved_form(values: Any) -> None:
    array = zarr.create_array({}, data=values, zarr_format=2)
    text = face(ArrayPreview(array))
    assert "Shape:" in text
    assert "<img" not in text
    assert bool(values.size) == ("<table>" in text)


def test_what_is_not_read_is_left_out(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("wide", shape=(2000, 2000), chunks=(2000, 2000), dtype="f8")
    group.create_array("broken", data=np.arange(6.0))
    (tmp_path / "a.zarr" / "broken" / "c" / "0").write_bytes(b"no")
    wide = face(ArrayPreview(group, "wide"))
    assert "Shape: 2,000" in wide
    assert "<table>" not in wide
    assert "Shape: 6" in face(ArrayPreview(group, "broken"))
    assert face(ArrayPreview(group, "none")) == "<pre>ArrayPreview(&#x27;none&#x27;)</pre>"
    assert face(ArrayPreview(None)) == "<pre>ArrayPreview()</pre>"
