"""The client of modos_widgets signs in at the protected demo."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import requests

import modos_widgets
from modos_widgets import demo, remote
from modos_widgets.errors import CredentialsError, LoginDeniedError, ModosError, StorageError
from tests.parts.places import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.remote import Account, DeviceLogin


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def wait_while(login: DeviceLogin, decision: str, person: str = "a.curator") -> Account:
    form = {"user_code": login.user_code, "decision": decision, "person": person}
    post = threading.Timer(0.2, requests.post, (login.verification_uri, form), {"timeout": 10})
    post.start()
    try:
        return login.wait()
    finally:
        post.join()


def test_from_signed_out_to_a_read_and_out_again(protected: demo.Deployment) -> None:
    endpoint = protected.endpoint
    with pytest.raises(CredentialsError):
        remote.list_remote_items(endpoint)
    account = wait_while(remote.begin_login(endpoint), "approve")
    assert (account.subject, account.name) == ("a.curator", "Ada Curator")
    assert account.renews
    assert remote.list_remote_items(endpoint) == list(protected.objects)
    credentials = remote.s3_credentials(endpoint)
    opened = modos_widgets.open_modo(
        "s3://demo/smoc/P-0003", endpoint=endpoint, s3_kwargs={"credentials": credentials}
    )
    assert len(opened.metadata) == 42
    grants = remote.account(endpoint)
    assert grants is not None
    assert {grant.permissions for grant in grants.permissions} == {"read,write"}
    assert remote.sign_out(endpoint)
    assert remote.account(endpoint) is None
    with pytest.raises(ModosError):
        remote.s3_credentials(endpoint)()


def test_without_a_sign_in_an_object_cannot_be_opened(protected: demo.Deployment) -> None:
    with pytest.raises(CredentialsError):
        modos_widgets.open_modo(
            "s3://demo/smoc/P-0003", endpoint=protected.endpoint, s3_kwargs={"anon": True}
        )


def test_a_denied_sign_in_is_reported(protected: demo.Deployment) -> None:
    with pytest.raises(LoginDeniedError):
        wait_while(remote.begin_login(protected.endpoint), "deny")


def test_every_service_is_healthy(protected: demo.Deployment) -> None:
    found = remote.check_services(remote.EndpointManager(modos=protected.endpoint))
    assert {name for name, health in found.items() if health.reachable} >= {"s3", "auth", "kms"}


def signed_in(deployment: demo.Deployment, person: str) -> None:
    login = remote.begin_login(deployment.endpoint)
    deployment.approve(login, person)
    assert login.wait().subject == person


def test_opened_objects_belong_to_one_account(protected: demo.Deployment) -> None:
    endpoint, path = protected.endpoint, "s3://demo/smoc/P-0003"
    signed_in(protected, "a.curator")
    hers = modos_widgets.open_modo(path, endpoint=endpoint)
    assert len(modos_widgets.catalog(hers)) == 42
    assert len(modos_widgets.catalog([path], endpoint=endpoint)) == 42
    signed_in(protected, "g.guest")
    refused = modos_widgets.catalog([path], endpoint=endpoint)
    assert (len(refused), len(refused.attrs["failures"])) == (0, 1)
    with pytest.raises(CredentialsError):  # with the own rights only
        modos_widgets.open_modo(path, endpoint=endpoint)
    with pytest.raises(CredentialsError, match="opened by Ada Curator, but"):
        hers.refresh()
    assert remote.sign_out(endpoint)
    with pytest.raises(CredentialsError, match="any more; this was opened by Ada Curator"):
        hers.storage.read("data.zarr/zarr.json")
    signed_in(protected, "a.curator")
    assert not hers.refresh()
    assert hers.storage.read("data.zarr/zarr.json").data
    assert remote.sign_out(endpoint)


def test_a_transfer_under_way_ends_with_the_login_and_is_resumed_after_the_next(
    protected: demo.Deployment, tmp_path: Path
) -> None:
    endpoint = protected.endpoint
    signed_in(protected, "a.curator")
    source, target = "s3://demo/smoc/P-0003", tmp_path / "there"
    moving = modos_widgets.transfer(source, target, endpoint=endpoint, workers=1)
    moving.pause()
    wait_until(lambda: moving.progress.state == "paused")
    assert remote.sign_out(endpoint)
    moving.resume()
    with pytest.raises(StorageError, match="any more; this was opened by Ada"):
        moving.wait(60)
    assert "failed" in set(moving.report["outcome"])
    assert not (target / "data.zarr" / "zarr.json").exists()
    signed_in(protected, "a.curator")
    again = modos_widgets.transfer(source, target, endpoint=endpoint).wait(60)
    assert set(again["outcome"]) <= {"copied", "same"}
    assert modos_widgets.open_modo(target).id == "P-0003"
    assert remote.sign_out(endpoint)
