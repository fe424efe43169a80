"""The root's copy of the metadata: absent, out of date, mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets.errors import (
    ConflictError,
)
from tests.modo.objects import keys_of

if TYPE_CHECKING:
    from tests.modo.conftest import Place


def test_an_archive_without_consolidated_metadata_gets_them(near: Place) -> None:
    path = near.put(keys_of(consolidated=False))
    draft = near.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    again = near.open(path)
    assert again.hierarchy.consolidated
    assert again.metadata["sample/s1"]["sex"] == "Female"
    assert not again.compare(nodes=True)


def test_a_stale_copy_is_found_and_mended(near: Place) -> None:
    path = near.put()
    near.edit_node(path, "sample/s1", name="Behind the back")
    near.write(path, "data.zarr/sample/s9/zarr.json", b'{"attributes": {"@type": "Sample"}, '
                b'"zarr_format": 3, "node_type": "group"}')  # fmt: skip
    modo = near.open(path)
    assert modo.metadata["sample/s1"]["name"] == "Sample 1"
    assert modo.compare().nodes == ("sample/s9",)
    assert modo.compare(nodes=True).nodes == ("sample/s1", "sample/s9")
    stale = modo.validate().of_code("stale_copy")
    assert {one.element for one in stale} == {"sample/s1", "sample/s9"}
    repaired = modo.repair()
    assert repaired.brought_up_to_date == ("sample/s1", "sample/s9")
    assert modo.metadata["sample/s1"]["name"] == "Behind the back"
    assert not modo.compare(nodes=True)
    assert not modo.validate().of_code("stale_copy")


def test_a_commit_reads_the_nodes_and_not_the_copy(near: Place) -> None:
    path = near.put()
    near.edit_node(path, "sample/s1", name="Behind the back")
    draft = near.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    assert near.attributes(path, "sample/s1")["name"] == "Behind the back"
    draft = near.open(path).edit()
    near.edit_node(path, "sample/s1", name="Again")
    draft.set("sample/s1", "name", "Mine")
    with pytest.raises(ConflictError, match="Again"):
        draft.commit()
