"""Commits that fail half-way, answers that are lost, servers that ignore conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import modos_widgets
from modos_widgets.errors import (
    CredentialsError,
)
from tests.modo.objects import keys_of, many
from tests.parts.proxy import Fault, Proxy

if TYPE_CHECKING:
    from modos_widgets.modo.object import Modo
    from tests.modo.conftest import Place


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", method="PUT", contains="data.zarr/zarr.json", times=20),
        Fault("status", method="PUT", contains="sample/s2", times=20),
        Fault("status", method="PUT", contains="data.zarr/zarr.json", status=403, times=20),
    ],
    ids=["root 503", "node 503", "refused at the root"],
)
def test_a_commit_that_fails_part_way_is_reverted(moto: Place, fault: Fault) -> None:
    assert moto.server is not None
    path = moto.put()
    before = moto.keys(path)
    with Proxy(moto.server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        draft = modo.edit()
        draft.set("sample/s1", "sex", "Female")
        draft.set("sample/s2", "sex", "Male")
        proxy.faults = [fault]
        with pytest.raises(modos_widgets.errors.ModosError) as caught:
            draft.commit()
        if fault.status == 403:
            assert isinstance(caught.value, CredentialsError)
        assert moto.keys(path) == before
        assert not modo.interrupted
        proxy.reset()
        draft.commit()
    assert moto.attributes(path, "sample/s2")["sex"] == "Male"


@pytest.mark.parametrize("contains", ["sample/s1", "data.zarr/zarr.json"])
def test_a_lost_response_to_a_write_is_not_a_conflict(moto: Place, contains: str) -> None:
    assert moto.server is not None
    path = moto.put()
    with Proxy(moto.server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        draft = modo.edit()
        draft.set("sample/s1", "sex", "Female")
        proxy.faults = [Fault("reset-after", method="PUT", contains=contains)]
        draft.commit()
    assert moto.attributes(path, "sample/s1")["sex"] == "Female"


def test_many_nodes_are_written_or_reverted_together(remote: Place) -> None:
    assert remote.server is not None
    path = remote.put(keys_of(many(20)))
    before = remote.keys(path)
    with Proxy(remote.server.endpoint) as proxy:
        modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=remote.s3_kwargs
        )
        draft = modo.edit()
        for number in range(20):
            draft.set(f"sample/s{number:06d}", "name", "after")
        refused = Fault("status", method="PUT", contains="s000007", status=403, code="AccessDenied")
        proxy.faults = [refused]
        with pytest.raises(CredentialsError):
            draft.commit()
        assert remote.keys(path) == before
        assert not modo.interrupted
        remote.edit_node(path, "sample/s000003", description="Theirs")
        lost = Fault("reset-after", method="PUT", contains="s000007")
        proxy.reset()
        proxy.faults = [lost]
        draft.commit()
        assert lost.seen > 1
    found = remote.attributes(path, "sample/s000003")
    assert (found["name"], found["description"]) == ("after", "Theirs")
    assert remote.attributes(path, "sample/s000007")["name"] == "after"
    assert not remote.open(path).compare(nodes=True)


def test_a_server_that_ignores_conditions_is_reported(
    moto: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from s3fs import S3FileSystem  # noqa: PLC0415

    call = S3FileSystem._call_s3

    async def careless(self: S3FileSystem, method: str, *args: Any, **options: Any) -> Any:
        options.pop("IfMatch", None)
        options.pop("IfNoneMatch", None)
        return await call(self, method, *args, **options)

    assert moto.server is not None
    path = moto.put()
    before = moto.keys(path)
    monkeypatch.setattr(S3FileSystem, "_call_s3", careless)
    with Proxy(moto.server.endpoint) as proxy:
        modo: Modo = modos_widgets.open_modo(
            path, mode="r+", services={"s3": proxy.endpoint}, s3_kwargs=moto.s3_kwargs
        )
        draft = modo.edit()
        draft.set("sample/s1", "sex", "Female")
        with pytest.raises(modos_widgets.errors.UnsupportedError, match="conditions"):
            draft.commit()
        assert moto.keys(path) == before
        draft.commit(unconditional=True)
    assert moto.attributes(path, "sample/s1")["sex"] == "Female"
