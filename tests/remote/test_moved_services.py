"""A token, and keys got with it, go to no origin that was not named at the sign-in."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify, redirect

from modos_widgets import remote
from modos_widgets.errors import (
    CredentialsError,
    ModosError,
    MovedServiceError,
    OptionError,
    StorageError,
)
from modos_widgets.remote.address import Address
from modos_widgets.remote.login_store import read_logins
from modos_widgets.remote.trusted_origins import is_trusted
from tests.remote.conftest import make_jwt
from tests.remote.scripted_provider import ScriptedProvider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remote.conftest import Serve

KEY: dict[str, Any] = {
    "spec": {
        "bucket": "demo",
        "expiration": "2999-01-01T00:00:00Z",
        "prefixes": None,
        "permissions": {"read": True, "write": False, "owner": False},
    },
    "access_key_id": "id",
    "secret_access_key": "secret",
}
SERVICES = ("kms", "s3", "fuzon", "htsget", "refget")


def service() -> Flask:
    app = Flask("service")
    app.add_url_rule("/<path:path>", "any", lambda **_: jsonify(KEY), methods=["GET", "POST"])
    return app


@pytest.fixture
def endpoint(serve: Serve) -> ScriptedProvider:
    endpoint = ScriptedProvider(serve)
    endpoint.token = {"access_token": make_jwt(), "expires_in": 3600, "refresh_token": "again"}
    return endpoint


def by_code(endpoint: ScriptedProvider) -> None:
    remote.begin_login(endpoint.url).wait()


def by_paste(endpoint: ScriptedProvider) -> None:
    remote.sign_in_with_token(endpoint.url, make_jwt())


def by_command_line(endpoint: ScriptedProvider) -> None:
    remote.JWT(make_jwt()).to_cache()
    remote.EndpointManager(endpoint.url).list()


WAYS = [by_code, by_paste, by_command_line]


@pytest.mark.parametrize("sign_in", WAYS)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_moved_gets_the_token_after_a_confirmation_only(
    endpoint: ScriptedProvider, serve: Serve, sign_in: Callable[[ScriptedProvider], None], name: str
) -> None:
    before, after = serve(service()), serve(service())
    endpoint.services = {name: f"{before.url}/x"}
    sign_in(endpoint)
    manager = remote.EndpointManager(endpoint.url)
    manager.list()
    manager.session.get(f"{before.url}/x/y")
    assert before.tokens[-1] is not None
    endpoint.services = {name: f"{after.url}/x"}
    manager.refresh()
    assert remote.moved_services(endpoint.url) == {name: f"{after.url}/x"}
    with pytest.raises(MovedServiceError) as caught:
        manager.session.get(f"{after.url}/x/y")
    error = caught.value
    assert (error.endpoint, error.origin) == (endpoint.url, after.url)
    assert after.url in error.message
    assert "confirm_service" in error.hint
    assert copy.copy(error).origin == after.url
    if sign_in is not by_command_line:  # that one goes where the person sends a request
        remote.get_session().get(f"{after.url}/x/y")
    assert [token for _, _, token in after.requests if token] == []
    remote.confirm_service(endpoint.url, after.url)
    manager.session.get(f"{after.url}/x/y")
    assert after.tokens[-1] is not None
    assert remote.moved_services(endpoint.url) == {}


@pytest.mark.parametrize("sign_in", WAYS)
@pytest.mark.parametrize("moved", ["kms", "s3"])
def test_no_key_is_got_from_or_for_a_service_that_moved(
    endpoint: ScriptedProvider,
    serve: Serve,
    sign_in: Callable[[ScriptedProvider], None],
    moved: str,
) -> None:
    first, second = serve(service()), serve(service())
    endpoint.services = {"kms": f"{first.url}/kms", "s3": f"{first.url}/s3"}
    sign_in(endpoint)
    endpoint.services = {**endpoint.services, moved: f"{second.url}/{moved}"}
    manager = remote.EndpointManager(endpoint.url)
    with pytest.raises(MovedServiceError, match=second.url):
        remote.s3_credentials(manager)()
    if moved == "s3":
        with pytest.raises(MovedServiceError, match=second.url):
            remote.login_options(manager)
    assert second.requests == []
    remote.confirm_service(manager, second.url)
    assert remote.s3_credentials(manager)().access_key_id == "id"


def test_a_new_sign_in_confirms_the_current_services(
    endpoint: ScriptedProvider, serve: Serve
) -> None:
    after = serve(service())
    by_code(endpoint)
    endpoint.services = {"kms": after.url}
    assert remote.moved_services(endpoint.url) == {"kms": after.url}
    by_code(endpoint)
    assert remote.moved_services(endpoint.url) == {}


@pytest.mark.parametrize("sign_in", WAYS)
def test_another_path_on_a_known_origin_needs_no_confirmation(
    endpoint: ScriptedProvider, serve: Serve, sign_in: Callable[[ScriptedProvider], None]
) -> None:
    there = serve(service())
    endpoint.services = {"kms": f"{there.url}/old"}
    sign_in(endpoint)
    endpoint.services = {"kms": f"{there.url}/new", "fuzon": f"{endpoint.url}/api/terms"}
    manager = remote.EndpointManager(endpoint.url)
    assert remote.moved_services(manager) == {}
    for url, served in ((f"{there.url}/new/create", there), (f"{endpoint.url}/api/terms", None)):
        manager.session.get(url)
        assert (served or endpoint.served).tokens[-1] is not None


@pytest.mark.parametrize(
    ("named", "now", "same"),
    [
        ("https://kms.example.org", "https://KMS.example.org:443/new", True),
        ("https://kms.example.org:443", "https://kms.example.org", True),
        ("https://bücher.example", "https://xn--bcher-kva.example/kms", True),
        ("https://kms.example.org", "https://kms.example.org:8443", False),
        ("https://kms.example.org", "http://kms.example.org", False),
        ("http://kms.example.org", "https://kms.example.org", False),
        ("https://kms.example.org", "https://kms.example.org.evil.example", False),
        ("https://kms.example.org", "https://evil.example/kms.example.org", False),
        ("https://bücher.example", "https://bucher.example", False),
    ],
)
def test_equal_origins(endpoint: ScriptedProvider, named: str, now: str, *, same: bool) -> None:
    endpoint.services = {"kms": named}
    by_code(endpoint)
    assert is_trusted(Address.parse(endpoint.url), now) is same
    endpoint.services = {"kms": now}
    assert bool(remote.moved_services(endpoint.url)) is not same


def test_a_login_without_services_of_an_earlier_version_asks_first(
    endpoint: ScriptedProvider, serve: Serve, cache: Path
) -> None:
    there = serve(service())
    by_code(endpoint)
    endpoint.services = {"kms": there.url}
    text = (cache / "logins.json").read_text().replace('"services":[],', "")
    assert '"services"' not in text
    (cache / "logins.json").write_text(text)
    manager = remote.EndpointManager(endpoint.url)
    manager.list()
    with pytest.raises(MovedServiceError):
        manager.session.get(f"{there.url}/create")
    assert there.requests == []


def test_the_refresh_token_goes_to_the_provider_of_the_sign_in_alone(
    endpoint: ScriptedProvider, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ScriptedProvider(serve)
    by_code(endpoint)
    (record,) = read_logins().records
    monkeypatch.setattr(endpoint, "url", other.url)  # what its answer names from now on
    token = remote.JWT(record.access_token)
    assert token.refresh() is not None
    assert other.served.paths == []
    assert endpoint.token_requests == 2


@pytest.mark.parametrize("sign_in", [by_paste, by_command_line])
def test_signing_out_tells_no_provider_that_the_endpoint_named_later(
    endpoint: ScriptedProvider,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    sign_in: Callable[[ScriptedProvider], None],
) -> None:
    other = ScriptedProvider(serve)
    address = endpoint.url
    sign_in(endpoint)
    monkeypatch.setattr(endpoint, "url", other.url)
    assert remote.sign_out(address) is False
    assert other.served.paths == []
    assert remote.account(address) is None


def test_a_redirect_to_a_moved_service_carries_no_token(
    endpoint: ScriptedProvider, serve: Serve
) -> None:
    after = serve(service())
    before = Flask("before")
    before.add_url_rule("/kms/create", view_func=lambda: redirect(f"{after.url}/kms/create"))
    endpoint.services = {"kms": f"{serve(before).url}/kms"}
    by_code(endpoint)
    manager = remote.EndpointManager(endpoint.url)
    manager.list()
    manager.session.get(f"{manager.kms}/create")
    assert after.tokens == [None]


def test_only_named_services_can_be_confirmed(endpoint: ScriptedProvider, serve: Serve) -> None:
    there = serve(service())
    with pytest.raises(OptionError, match=r"names no service at https://evil\.example"):
        remote.confirm_service(endpoint.url, "https://evil.example")
    endpoint.services = {"kms": there.url}
    with pytest.raises(CredentialsError, match="Nobody is signed in"):
        remote.confirm_service(endpoint.url, there.url)
    assert remote.moved_services(endpoint.url) == {}


def test_a_token_of_the_command_line_is_bound_also_where_nothing_can_be_written(
    endpoint: ScriptedProvider, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = serve(service())
    remote.JWT(make_jwt()).to_cache()

    def full(*_: object) -> None:
        raise StorageError("The disk is full.", "Make room.")

    monkeypatch.setattr("modos_widgets.remote.login_store.write_private", full)
    remote.EndpointManager(endpoint.url).list()
    endpoint.services = {"kms": after.url}
    manager = remote.EndpointManager(endpoint.url)
    manager.list()
    with pytest.raises(ModosError, match="did not name at sign-in"):
        manager.session.get(f"{after.url}/create")
    assert after.requests == []
