"""The root's copy of the metadata: absent, out of date, mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import modos_widgets
from modos_widgets.errors import (
    ConflictError,
)
from tests.modo.objects import keys_of, many, node
from tests.parts.proxy import Proxy

if TYPE_CHECKING:
    from tests.modo.conftest import Place


def test_a_repair_adds_missing_consolidated_metadata(near: Place) -> None:
    path = near.put(keys_of(consolidated=False))
    draft = near.open(path).edit()
    draft.set("sample/s1", "sex", "Female")
    draft.commit()
    again = near.open(path)
    assert again.hierarchy.consolidated
    assert again.metadata["sample/s1"]["sex"] == "Female"
    assert not again.compare(nodes=True)


def test_an_outdated_copy_is_found_and_repaired(near: Place) -> None:
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
    assert repaired.updated == ("sample/s1", "sample/s9")
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


@pytest.mark.traffic
def test_all_nodes_are_compared_in_few_requests_and_round_trips(moto: Place) -> None:
    assert moto.server is not None
    elements = many(300)
    path = moto.put(keys_of(elements))
    with Proxy(moto.server.endpoint, delay=0.25) as proxy:
        modo = modos_widgets.open_modo(
            path, services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        documents = len(modo.hierarchy.nodes) - 1
        proxy.reset()
        assert not modo.compare(nodes=True)
        # a listing of the root and of each of its six groups, and three of all sample's keys
        assert len(proxy.requests) <= documents + 12
        assert proxy.round_trips <= 4  # 256 documents at a time, and listings beside them
        moto.edit_node(path, "sample/s000007", name="Changed")
        moto.write(path, "data.zarr/sample/new/deep/zarr.json", json.dumps(node({})).encode())
        moto.write(path, "data.zarr/sample/new/zarr.json", json.dumps(node({})).encode())
        found = modo.compare(nodes=True)
        assert found.changed == ("sample/s000007",)
        assert found.added == ("sample/new", "sample/new/deep")
