"""The protected demo: from signed out to an S3 read, and what is refused on the way."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
import s3fs

from modos_widgets import demo

EXAMPLE = "demo/public/ex/demo1.cram"
COHORT = "demo/smoc/P-0003/data.zarr/zarr.json"


def sign_in(protected: demo.Deployment, person: str = "a.curator") -> dict[str, str]:
    issuer = protected.issuer
    form = {"client_id": "modos-demo", "scope": "profile offline_access permissions"}
    code = requests.post(f"{issuer}/device_authorization", data=form, timeout=10).json()
    form = {"user_code": code["user_code"], "decision": "approve", "person": person}
    assert requests.post(code["verification_uri"], data=form, timeout=10).status_code == 200
    form = {
        "client_id": "modos-demo",
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": code["device_code"],
    }
    token = requests.post(f"{issuer}/token", data=form, timeout=10).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def make_key(protected: demo.Deployment, header: dict[str, str]) -> dict[str, Any]:
    kms = requests.get(protected.endpoint, timeout=10).json()["kms"]
    key: dict[str, Any] = requests.get(f"{kms}/create", headers=header, timeout=10).json()
    return key


def filesystem(protected: demo.Deployment, **options: Any) -> s3fs.S3FileSystem:
    return s3fs.S3FileSystem(
        endpoint_url=protected.s3_endpoint,
        use_listings_cache=False,
        skip_instance_cache=True,
        **options,
    )


def with_key(protected: demo.Deployment, key: dict[str, Any]) -> s3fs.S3FileSystem:
    secrets = {"key": key["access_key_id"], "secret": key["secret_access_key"]}
    return filesystem(protected, **secrets)


def test_the_endpoint_names_its_provider_and_key_service(protected: demo.Deployment) -> None:
    found = requests.get(protected.endpoint, timeout=10).json()
    assert found["auth"] == {"url": protected.issuer, "client_id": "modos-demo"}
    assert found["kms"].startswith("http://127.0.0.1:")


def test_objects_are_listed_only_for_signed_in_accounts(protected: demo.Deployment) -> None:
    def listed(header: dict[str, str]) -> requests.Response:
        return requests.get(f"{protected.endpoint}/list", headers=header, timeout=10)

    assert listed({}).status_code == 401
    assert listed({}).json() == {"detail": "Not authenticated"}
    assert listed({"Authorization": "Bearer x"}).status_code == 401
    assert len(listed(sign_in(protected)).json()["data"]) == 24
    assert len(listed(sign_in(protected, "g.guest")).json()["data"]) == 6


def test_s3_refuses_requests_without_a_key(protected: demo.Deployment) -> None:
    good = make_key(protected, sign_in(protected))
    wrong = (
        {"anon": True},
        {"key": "demo", "secret": "demo"},
        {"key": good["access_key_id"], "secret": "wrong"},
    )
    for options in wrong:
        store = filesystem(protected, **options)
        with pytest.raises(PermissionError):
            store.cat_file(EXAMPLE)
        with pytest.raises(PermissionError):
            store.ls("demo")
    signed = f"{protected.s3_endpoint}/{EXAMPLE}?X-Amz-Signature=0&Signature=0"
    assert requests.get(signed, timeout=10).status_code == 403


def test_the_checks_cannot_be_switched_off(protected: demo.Deployment) -> None:
    url = f"{protected.s3_endpoint}/moto-api/reset-auth"
    assert requests.post(url, data="inf", timeout=10).status_code == 403
    with pytest.raises(PermissionError):
        filesystem(protected, anon=True).cat_file(EXAMPLE)


def test_a_key_gives_the_rights_of_its_person(protected: demo.Deployment) -> None:
    key = make_key(protected, sign_in(protected))
    assert key["spec"]["permissions"] == {"read": True, "write": True, "owner": False}
    assert key["spec"]["prefixes"] == ["smoc", "public"]
    store = with_key(protected, key)
    assert store.cat_file(COHORT)[:1] == b"{"
    for name in ("a b+c.txt", "ü=1&2.txt"):  # names that signatures go wrong on
        store.pipe_file(f"demo/smoc/scratch/{name}", b"x")
        assert store.cat_file(f"demo/smoc/scratch/{name}") == b"x"
    store.rm("demo/smoc/scratch", recursive=True)
    assert not store.exists("demo/smoc/scratch")
    with pytest.raises(PermissionError):
        store.pipe_file("demo/elsewhere/x", b"x")


def test_a_guest_reads_public_objects(protected: demo.Deployment) -> None:
    key = make_key(protected, sign_in(protected, "g.guest"))
    assert key["spec"]["prefixes"] == ["public"]
    assert key["spec"]["permissions"]["write"] is False
    store = with_key(protected, key)
    assert store.cat_file(EXAMPLE)[:4] == b"CRAM"
    for refused in (
        lambda: store.cat_file(COHORT),
        lambda: store.pipe_file("demo/public/x", b"x"),
        lambda: store.rm_file(EXAMPLE),
    ):
        with pytest.raises(PermissionError):
            refused()
    store.rm([EXAMPLE])  # s3fs keeps the refusals of a bulk delete to itself
    assert store.exists(EXAMPLE)


def test_the_key_service_refuses_without_a_good_token(protected: demo.Deployment) -> None:
    assert set(make_key(protected, {})) == {"detail"}
    assert set(make_key(protected, {"Authorization": "Bearer x"})) == {"detail"}


def test_the_owner_may_do_everything(protected: demo.Deployment) -> None:
    store = filesystem(protected, **protected.s3_kwargs)
    store.pipe_file("demo/elsewhere/x", b"x")
    store.rm_file("demo/elsewhere/x")
    assert protected.s3_kwargs["secret"] not in repr(protected)
    assert protected.s3_kwargs["secret"] not in str(vars(protected).keys())


def test_keys_and_tokens_run_out() -> None:
    with demo.start(protected=True, token_seconds=6, key_seconds=6) as running:
        header = sign_in(running)
        key = make_key(running, header)
        store = with_key(running, key)
        assert store.cat_file(EXAMPLE)[:4] == b"CRAM"
        time.sleep(7)
        with pytest.raises(PermissionError):
            store.cat_file(EXAMPLE)
        assert set(make_key(running, header)) == {"detail"}
        assert with_key(running, make_key(running, sign_in(running))).exists(EXAMPLE)
