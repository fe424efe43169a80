"""Signing in against a real provider (npm oidc-provider), approved and denied by HTTP."""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from flask import Flask, jsonify, redirect

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.errors import (
    InsecureEndpointError,
    LoginCancelledError,
    LoginDeniedError,
    LoginError,
    LoginExpiredError,
    ResponseError,
    UnreachableError,
)
from modos_widgets.remote import device_login
from modos_widgets.remote.identity_provider import Provider
from modos_widgets.remote.login_store import read_logins
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.parts.identity import IdentityProvider, StartProvider
    from tests.remote.conftest import Serve, Served

pytestmark = pytest.mark.real


@pytest.fixture
def provider(shared_identity_provider: IdentityProvider) -> IdentityProvider:
    return shared_identity_provider


@pytest.fixture
def mortal(identity_provider: StartProvider) -> IdentityProvider:
    return identity_provider(interval=0.05)


@pytest.fixture
def endpoint(serve: Serve, provider: IdentityProvider) -> Served:
    return serve(create_app({}, services={}, auth=provider.auth))


def sign_in(endpoint: Served, provider: IdentityProvider, name: str = "ada") -> remote.Account:
    login = remote.begin_login(endpoint.url)
    provider.approve(login.link or "", login.user_code, name)
    return login.wait()


def waiting(login: remote.DeviceLogin) -> tuple[threading.Thread, list[Any]]:
    outcome: list[Any] = []

    def wait() -> None:
        try:
            outcome.append(login.wait())
        except LoginError as error:
            outcome.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, outcome


def test_a_user_who_approves_is_signed_in(
    endpoint: Served, provider: IdentityProvider, cache: Path
) -> None:
    assert remote.account(endpoint.url) is None
    session = remote.get_session()
    login = remote.begin_login(endpoint.url)
    assert re.fullmatch(r"\w{4}-\w{4}", login.user_code)
    assert login.verification_uri == f"{provider.issuer}/device"
    assert login.link == f"{provider.issuer}/device?user_code={login.user_code}"
    assert 590 < login.remaining <= 600
    thread, outcome = waiting(login)
    time.sleep(0.3)  # some polls are answered with "pending"
    assert thread.is_alive()
    provider.approve(login.link, login.user_code)
    thread.join(10)
    (account,) = outcome
    assert account == remote.account(endpoint.url)
    assert (account.subject, account.name) == ("ada", "ada of the tests")
    assert set(account.scopes) == {"profile", "permissions"}
    assert account.renews
    assert not account.expired
    assert account.endpoint == endpoint.url
    token = remote.JWT.from_cache()
    assert token is not None
    assert not token.is_expired
    session.get(f"{endpoint.url}/list")
    assert endpoint.tokens[-1] == f"Bearer {token.access_token}"
    assert {path.stat().st_mode & 0o777 for path in cache.iterdir()} == {0o600}
    assert sorted(path.name for path in cache.iterdir()) == [
        "logins.json",
        "logins.lock",
        "token.jwt",
    ]


def test_a_provider_without_interval_is_polled_every_five_seconds(
    serve: Serve, identity_provider: StartProvider
) -> None:
    provider = identity_provider()
    endpoint = serve(create_app({}, services={}, auth=provider.auth))
    assert remote.begin_login(endpoint.url).interval == 5


def test_a_user_who_aborts_is_not_signed_in(
    endpoint: Served, provider: IdentityProvider, cache: Path
) -> None:
    login = remote.begin_login(endpoint.url)
    provider.deny(login.link or "", login.user_code)
    with pytest.raises(LoginDeniedError, match="denied"):
        login.wait()
    assert remote.account(endpoint.url) is None


def test_an_unused_code_expires(serve: Serve, identity_provider: StartProvider) -> None:
    provider = identity_provider(interval=0.2, deviceCodeLife=1)
    endpoint = serve(create_app({}, services={}, auth=provider.auth))
    with pytest.raises(LoginExpiredError):
        remote.begin_login(endpoint.url).wait()


def test_cancelling_ends_the_waiting_at_once_and_leaves_no_thread(endpoint: Served) -> None:
    login = remote.begin_login(endpoint.url)
    login.interval = 60
    before = threading.active_count()
    thread, outcome = waiting(login)
    time.sleep(0.1)
    started = time.monotonic()
    login.cancel()
    thread.join(20)
    assert time.monotonic() - started < 10
    assert isinstance(outcome[0], LoginCancelledError)
    assert threading.active_count() <= before
    assert remote.account(endpoint.url) is None


def test_a_temporary_failure_of_the_provider_does_not_stop_polling(
    endpoint: Served, provider: IdentityProvider
) -> None:
    login = remote.begin_login(endpoint.url)
    provider.approve(login.link or "", login.user_code)
    provider.fail(2)
    assert login.wait().subject == "ada"
    assert login.problem is None


def test_a_provider_that_dies_while_we_poll_is_given_up_after_a_while(
    serve: Serve, mortal: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_login, "_PATIENCE", 0.3)
    endpoint = serve(create_app({}, services={}, auth=mortal.auth))
    login = remote.begin_login(endpoint.url)
    mortal.stop()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        login.wait()
    assert login.problem is not None


def test_slow_down_makes_every_later_question_five_seconds_rarer(
    endpoint: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = remote.begin_login(endpoint.url)
    answers = iter(["slow_down", "authorization_pending", "slow_down", "access_denied"])

    def fetch_token(*_: object, **__: object) -> None:
        raise OAuthError(next(answers))

    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    monkeypatch.setattr(device_login, "fetch_token", fetch_token)
    monkeypatch.setattr(login._cancelled, "wait", pause)
    with pytest.raises(LoginDeniedError):
        login.wait()
    assert pauses == [0.05, 5.05, 5.05, 10.05]


def test_signing_out_revokes_at_the_provider_and_nothing_is_sent_any_more(
    endpoint: Served, provider: IdentityProvider, cache: Path
) -> None:
    session = remote.get_session()
    sign_in(endpoint, provider)
    record = read_logins().records[0]
    assert remote.sign_out(endpoint.url)
    assert remote.account(endpoint.url) is None
    assert remote.JWT.from_cache() is None
    session.get(f"{endpoint.url}/list")
    assert endpoint.tokens[-1] is None
    assert record.refresh_token is not None
    again = requests.post(
        f"{provider.issuer}/token",
        data={
            "client_id": "modos",
            "grant_type": "refresh_token",
            "refresh_token": record.refresh_token,
        },
        timeout=5,
    )
    assert again.json()["error"] == "invalid_grant"
    for path in cache.iterdir():
        content = path.read_text()
        assert record.access_token not in content
        assert record.refresh_token not in content


def test_signing_out_forgets_the_token_also_when_the_provider_is_gone(
    serve: Serve, mortal: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = serve(create_app({}, services={}, auth=mortal.auth))
    sign_in(endpoint, mortal)
    mortal.stop()
    assert remote.sign_out(endpoint.url) is False
    assert "did not revoke" in caplog.text
    assert remote.account(endpoint.url) is None


def test_logins_at_two_endpoints_stand_side_by_side(
    serve: Serve, endpoint: Served, provider: IdentityProvider
) -> None:
    other = serve(create_app({}, services={}, auth=provider.auth))
    sign_in(endpoint, provider)
    sign_in(other, provider, "bob")
    session = remote.get_session()
    for served in (endpoint, other):
        session.get(f"{served.url}/list")
    assert endpoint.tokens[-1] != other.tokens[-1]
    assert None not in {endpoint.tokens[-1], other.tokens[-1]}
    remote.sign_out(other.url)
    for served in (endpoint, other):
        session.get(f"{served.url}/list")
    assert other.tokens[-1] is None
    assert endpoint.tokens[-1] is not None
    subject = remote.account(endpoint.url)
    assert subject is not None
    assert subject.subject == "ada"


def test_the_command_line_replacing_or_deleting_its_file_ends_our_login(
    endpoint: Served, provider: IdentityProvider, cache: Path
) -> None:
    sign_in(endpoint, provider)
    (cache / "token.jwt").unlink()
    assert remote.account(endpoint.url) is None
    remote.get_session().get(f"{endpoint.url}/list")
    assert endpoint.tokens[-1] is None


def test_an_issuer_that_does_not_match_its_discovery_document_is_refused(
    serve: Serve, identity_provider: StartProvider
) -> None:
    provider = identity_provider(claimedIssuer="https://evil.example")
    endpoint = serve(create_app({}, services={}, auth=provider.auth))
    with pytest.raises(ResponseError, match=r"identifies itself as https://evil\.example"):
        remote.begin_login(endpoint.url)


def test_a_discovery_document_that_moved_to_plain_http_is_refused(
    serve: Serve, public_name: Callable[[str], str]
) -> None:
    app = Flask("moved")
    issuer = serve(app)
    app.add_url_rule(
        "/.well-known/openid-configuration",
        view_func=lambda: redirect(public_name(f"{issuer.url}/document")),
    )
    document = {"issuer": issuer.url, "token_endpoint": f"{issuer.url}/token"}
    app.add_url_rule("/document", "document", lambda: jsonify(document))
    endpoint = serve(create_app({}, services={}, auth={"url": issuer.url, "client_id": "modos"}))
    with pytest.raises(InsecureEndpointError):
        remote.begin_login(endpoint.url)
    assert issuer.paths[-1] == "/document"


def test_a_missing_client_id_names_the_setting(serve: Serve) -> None:
    endpoint = serve(create_app({}, services={}, auth={"url": "http://127.0.0.1:9"}))
    with pytest.raises(LoginError, match="client id"):
        remote.begin_login(endpoint.url)


def test_no_sign_in_at_an_endpoint_that_others_can_change() -> None:
    for sign_in_there in (
        lambda: remote.begin_login("http://modos.example.test"),
        lambda: remote.sign_in_with_token("http://modos.example.test", make_jwt()),
    ):
        with pytest.raises(InsecureEndpointError):
            sign_in_there()


def test_an_endpoint_without_login_says_so(serve: Serve) -> None:
    with pytest.raises(LoginError, match="has no sign-in"):
        remote.begin_login(serve(create_app({}, services={})).url)


def test_the_environment_may_name_another_provider(
    serve: Serve, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve(create_app({}, services={}))
    monkeypatch.setenv("MODOS_OAUTH_AUTH_URL", provider.issuer)
    monkeypatch.setenv("MODOS_OAUTH_CLIENT_ID", "modos")
    assert remote.begin_login(endpoint.url).user_code


def test_a_provider_over_plain_http_on_another_machine_is_refused(serve: Serve) -> None:
    auth = {"url": "http://id.example.test", "client_id": "modos"}
    endpoint = serve(create_app({}, services={}, auth=auth))
    with pytest.raises(InsecureEndpointError, match="unencrypted"):
        remote.begin_login(endpoint.url)


def scripted(serve: Serve, moved: str = "", **device_answer: Any) -> Served:
    """An endpoint whose provider gives a device answer of our choice."""
    app = Flask("provider")
    served = serve(app)
    app.add_url_rule(
        "/", "root", lambda: jsonify(auth={"url": served.url, "client_id": "modos"}, status="ok")
    )
    app.add_url_rule(
        "/.well-known/openid-configuration",
        "discovery",
        lambda: jsonify(
            issuer=served.url,
            token_endpoint=f"{served.url}/token",
            device_authorization_endpoint=f"{served.url}/device",
        ),
    )
    app.add_url_rule("/device", "device", lambda: jsonify(device_answer), methods=["POST"])
    app.add_url_rule("/token", "token", lambda: redirect(moved, 307), methods=["POST"])
    return served


GOOD: dict[str, Any] = {
    "device_code": "secret-device-code",
    "user_code": "AB-CD",
    "verification_uri": "https://id.example.org/device",
    "expires_in": 60,
}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://id.example.org/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//id.example.org/device",
        "https://ada:pw@id.example.org",
        "https://id.example.org@evil.example/device",
        "http://id.example.org/device",
        "HTTP://id.example.org/device",
        "http://localhost.evil.example/device",
        "http://127.0.0.1.evil.example/device",
        "id",
    ],
)
def test_an_address_that_must_not_be_a_link_is_text_only(serve: Serve, url: str) -> None:
    login = remote.begin_login(scripted(serve, **GOOD | {"verification_uri": url}).url)
    assert login.link is None
    assert login.verification_uri == url


@pytest.mark.parametrize(
    "url",
    ["https://id.example.org/device", "http://127.0.0.1:9/device", "http://localhost/device"],
)
def test_a_safe_address_is_a_link(serve: Serve, url: str) -> None:
    login = remote.begin_login(scripted(serve, **GOOD | {"verification_uri": url}).url)
    assert login.link == url


def test_a_plain_http_address_is_a_link_at_no_secure_provider() -> None:
    provider = Provider(issuer="https://id.example.org", token_endpoint="https://id.example.org/t")
    manager = remote.EndpointManager("https://modos.example.org")
    for url in ("http://id.example.org/device", "http://127.0.0.1/device"):
        answer = GOOD | {"verification_uri": url, "verification_uri_complete": url}
        login = remote.DeviceLogin(manager, provider, "modos", answer, allow_http=False)
        assert login.link is None
    answer = GOOD | {"verification_uri_complete": "http://id.example.org/device?code=1"}
    login = remote.DeviceLogin(manager, provider, "modos", answer, allow_http=False)
    assert login.link == GOOD["verification_uri"]


@pytest.mark.parametrize(
    "change",
    [
        {"device_code": None},
        {"user_code": 3},
        {"verification_uri": ""},
        {"expires_in": "soon"},
        {"expires_in": -1},
        {"expires_in": True},
    ],
)
def test_an_incomplete_device_answer_is_refused(serve: Serve, change: dict[str, Any]) -> None:
    with pytest.raises(ResponseError, match="device code"):
        remote.begin_login(scripted(serve, **GOOD | change).url)


def test_a_token_endpoint_that_redirects_gets_no_second_question(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_login, "_PATIENCE", 0)
    other = serve(Flask("elsewhere"))
    served = scripted(serve, f"{other.url}/token", **GOOD | {"interval": 0.05})
    with pytest.raises(ResponseError):
        remote.begin_login(served.url).wait()
    assert "/token" in served.paths
    assert other.requests == []


def test_no_secret_of_a_login_is_logged_or_shown(
    endpoint: Served, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    login = remote.begin_login(endpoint.url)
    provider.approve(login.link or "", login.user_code)
    account = login.wait()
    record = read_logins().records[0]
    token = remote.JWT.from_cache()
    assert token is not None
    fresh = token.refresh()
    assert fresh is not None
    after = read_logins().records[0]
    remote.sign_out(endpoint.url)
    shown = caplog.text + repr([account, login, vars(account), record, token, fresh, after])
    shown += str(vars(remote.get_session().auth))
    for secret in (
        login._device_code,
        record.access_token,
        record.refresh_token,
        after.access_token,
        after.refresh_token,
    ):
        assert secret is not None
        assert secret not in shown
