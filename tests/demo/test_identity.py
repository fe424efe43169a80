"""The identity provider of the demo, asked as a client would."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from modos_widgets.demo.identity import Identity
from modos_widgets.demo.identity_provider import create_provider

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

ISSUER = "http://127.0.0.1:1234"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "profile offline_access permissions"


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def identity() -> Identity:
    return Identity(ISSUER)


@pytest.fixture
def client(identity: Identity) -> FlaskClient:
    return create_provider(identity).test_client()


def begin(client: FlaskClient, scope: str = SCOPE) -> dict[str, Any]:
    form = {"client_id": "modos-demo", "scope": scope}
    answer: dict[str, Any] = client.post("/device_authorization", data=form).get_json()
    return answer


def poll(client: FlaskClient, device_code: str, client_id: str = "modos-demo") -> TestResponse:
    form = {"client_id": client_id, "grant_type": GRANT, "device_code": device_code}
    return client.post("/token", data=form)


def decide(client: FlaskClient, user_code: str, decision: str = "approve") -> TestResponse:
    form = {"user_code": user_code, "decision": decision, "person": "a.curator"}
    return client.post("/device", data=form)


def sign_in(client: FlaskClient, scope: str = SCOPE) -> dict[str, Any]:
    code = begin(client, scope)
    assert decide(client, code["user_code"]).status_code == 200
    answer = poll(client, code["device_code"])
    assert answer.status_code == 200
    token: dict[str, Any] = answer.get_json()
    return token


def refresh(client: FlaskClient, token: str) -> TestResponse:
    form = {"client_id": "modos-demo", "grant_type": "refresh_token", "refresh_token": token}
    return client.post("/token", data=form)


def problem(answer: TestResponse) -> str:
    assert answer.status_code in {400, 401}
    error: str = answer.get_json()["error"]
    return error


def test_discovery_names_its_endpoints(client: FlaskClient) -> None:
    found = client.get("/.well-known/openid-configuration").get_json()
    assert found["issuer"] == ISSUER
    for name in ("token", "device_authorization", "revocation"):
        assert found[f"{name}_endpoint"].startswith(f"{ISSUER}/")


def test_a_sign_in_waits_for_the_person(client: FlaskClient) -> None:
    code = begin(client)
    assert (code["interval"], code["expires_in"]) == (1, 600)
    assert problem(poll(client, code["device_code"])) == "authorization_pending"
    assert problem(poll(client, code["device_code"])) == "slow_down"
    decide(client, code["user_code"])
    assert poll(client, code["device_code"]).status_code == 200
    assert problem(poll(client, code["device_code"])) == "invalid_request", "good once"


def test_the_access_token_is_a_jwt_that_the_published_keys_verify(client: FlaskClient) -> None:
    token = sign_in(client)
    keys = KeySet.import_key_set(client.get("/jwks").get_json())
    found = jwt.decode(token["access_token"], keys, algorithms=["ES256"])
    assert found.header["typ"] == "at+jwt"
    claims = found.claims
    assert (claims["iss"], claims["sub"], claims["scope"]) == (ISSUER, "a.curator", SCOPE)
    assert claims["exp"] - claims["iat"] == 900 == token["expires_in"]
    assert "d" not in client.get("/jwks").get_json()["keys"][0]


def test_a_denied_sign_in_says_so(client: FlaskClient) -> None:
    code = begin(client)
    assert "was denied" in decide(client, code["user_code"], "deny").text
    assert problem(poll(client, code["device_code"])) == "access_denied"


def test_a_decision_is_final(client: FlaskClient) -> None:
    code = begin(client)
    decide(client, code["user_code"], "deny")
    assert "was already used" in decide(client, code["user_code"]).text
    assert problem(poll(client, code["device_code"])) == "access_denied"


def test_a_code_runs_out(client: FlaskClient, identity: Identity) -> None:
    identity.code_seconds = 0
    code = begin(client)
    time.sleep(0.01)
    assert problem(poll(client, code["device_code"])) == "expired_token"
    assert "unknown" in decide(client, code["user_code"]).text


def test_an_unknown_client_code_or_grant_is_refused(client: FlaskClient) -> None:
    code = begin(client)
    assert problem(poll(client, code["device_code"], "other")) == "invalid_client"
    assert problem(poll(client, "nothing")) == "invalid_request"
    form = {"client_id": "modos-demo", "grant_type": "password"}
    assert problem(client.post("/token", data=form)) == "unsupported_grant_type"


def test_an_unknown_scope_is_refused(client: FlaskClient) -> None:
    form = {"client_id": "modos-demo", "scope": "profile everything"}
    assert problem(client.post("/device_authorization", data=form)) == "invalid_scope"


def test_refresh_tokens_rotate(client: FlaskClient, identity: Identity) -> None:
    first = sign_in(client)
    second = refresh(client, first["refresh_token"]).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert identity.person_of(second["access_token"])


def test_a_refresh_token_that_is_used_twice_ends_the_sign_in(
    client: FlaskClient, identity: Identity
) -> None:
    first = sign_in(client)
    second = refresh(client, first["refresh_token"]).get_json()
    assert problem(refresh(client, first["refresh_token"])) == "invalid_grant"
    assert problem(refresh(client, second["refresh_token"])) == "invalid_grant"
    assert identity.person_of(second["access_token"]) is None


def test_no_refresh_token_without_offline_access(client: FlaskClient) -> None:
    assert "refresh_token" not in sign_in(client, "profile")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_ends_the_sign_in(client: FlaskClient, identity: Identity, kind: str) -> None:
    token, other = sign_in(client), sign_in(client)
    form = {"client_id": "modos-demo", "token": token[kind], "token_type_hint": kind}
    assert client.post("/revoke", data=form).status_code == 200
    assert identity.person_of(token["access_token"]) is None
    assert problem(refresh(client, token["refresh_token"])) == "invalid_grant"
    assert identity.person_of(other["access_token"])


def test_revoking_nonsense_changes_nothing(client: FlaskClient) -> None:
    form = {"client_id": "modos-demo", "token": "nonsense"}
    assert client.post("/revoke", data=form).status_code == 200


def test_a_forged_expired_or_foreign_token_has_no_account(
    client: FlaskClient, identity: Identity
) -> None:
    token = sign_in(client)["access_token"]
    assert identity.person_of(token)
    forged = create_provider(Identity(ISSUER)).test_client()
    assert identity.person_of(sign_in(forged)["access_token"]) is None
    head, _, signature = token.split(".")
    assert identity.person_of(f"{head}.e30.{signature}") is None
    for nothing in (None, "", "x", "a.b.c", f"{head}.e30."):
        assert identity.person_of(nothing) is None
    identity.token_seconds = -1
    assert identity.person_of(sign_in(client)["access_token"]) is None
    identity.issuer = "http://127.0.0.1:4321"
    assert identity.person_of(token) is None


def test_user_information_requires_a_token(client: FlaskClient) -> None:
    header = {"Authorization": f"Bearer {sign_in(client)['access_token']}"}
    assert client.get("/userinfo", headers=header).get_json()["name"] == "Ada Curator"
    assert client.get("/userinfo").status_code == 401


def test_the_device_page_escapes_its_content(client: FlaskClient) -> None:
    answer = client.get("/device", query_string={"user_code": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text
    assert "unknown" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_device_page_takes_a_code_in_any_spelling(client: FlaskClient) -> None:
    code = begin(client)
    typed = f" {code['user_code'].lower().replace('-', ' ')} "
    page = client.get("/device", query_string={"user_code": typed})
    assert code["user_code"] in page.text
    assert "Ada Curator" in page.text
    assert decide(client, typed).text.count("Signed in") == 2


def test_the_device_page_takes_nothing_from_another_site(client: FlaskClient) -> None:
    code = begin(client)
    form = {"user_code": code["user_code"], "decision": "approve"}
    for origin in ("http://evil.example.org", "null"):
        answer = client.post("/device", data=form, headers={"Origin": origin})
        assert answer.status_code == 403
    assert problem(poll(client, code["device_code"])) == "authorization_pending"


@pytest.mark.parametrize("wrong", [{"decision": "maybe"}, {"person": "nobody"}])
def test_the_device_page_asks_again_when_the_form_is_wrong(
    client: FlaskClient, wrong: dict[str, str]
) -> None:
    code = begin(client)
    form = {"user_code": code["user_code"], "decision": "approve", **wrong}
    assert "Confirm this sign-in" in client.post("/device", data=form).text
    assert problem(poll(client, code["device_code"])) == "authorization_pending"
