"""What providers answer, in all its shapes: times as text, forms, line ends, missing fields."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from flask import Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modos_widgets import remote
from modos_widgets.errors import LoginDeniedError, ModosError, ResponseError
from modos_widgets.remote.identity_provider import ASSUMED_LIFETIME
from modos_widgets.remote.login_store import read_logins
from tests.parts.examples import examples
from tests.remote.conftest import make_jwt
from tests.remote.scripted_provider import DEVICE, ScriptedProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.conftest import Serve

GOOD: dict[str, Any] = {
    "access_token": "opaque-1",
    "token_type": "Bearer",
    "refresh_token": "again-1",
    "expires_in": 3600,
}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def provider(serve: Serve) -> ScriptedProvider:
    return ScriptedProvider(serve)


def sign_in(provider: ScriptedProvider, token: Any) -> remote.Account:
    provider.token = token
    return remote.begin_login(provider.url).wait()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


@pytest.mark.parametrize(
    ("lasts", "seconds"),
    [
        (300, 300),
        (300.5, 300.5),
        ("300", 300),
        (" 300.0 ", 300),
        (5, 5),
        (0, ASSUMED_LIFETIME),
        (1e-265, ASSUMED_LIFETIME),
        ("0.01", ASSUMED_LIFETIME),
        (-1, ASSUMED_LIFETIME),
        ("soon", ASSUMED_LIFETIME),
        ("", ASSUMED_LIFETIME),
        (None, ASSUMED_LIFETIME),
        (True, ASSUMED_LIFETIME),
        ([300], ASSUMED_LIFETIME),
        (10**400, ASSUMED_LIFETIME),
        (1e300, ASSUMED_LIFETIME),
        ("9" * 400, ASSUMED_LIFETIME),
    ],
)
def test_an_opaque_token_is_used_for_its_life_and_not_refreshed_at_each_request(
    provider: ScriptedProvider, lasts: object, seconds: float
) -> None:
    sign_in(provider, GOOD | {"expires_in": lasts})
    account = remote.account(provider.url)
    assert account is not None
    assert account.expires_at is not None
    assert abs(account.expires_at.timestamp() - time.time() - seconds) < 30
    session = remote.get_session()
    for number in range(5):
        session.get(f"{provider.url}/api/{number}")
    assert provider.served.tokens[-5:] == ["Bearer opaque-1"] * 5
    assert provider.token_requests == 1


@pytest.mark.parametrize("lasts", [None, 0, "3600"])
def test_a_token_whose_clock_is_wrong_is_not_refreshed_at_each_request(
    provider: ScriptedProvider, lasts: object
) -> None:
    now = int(time.time()) - 7200  # the provider's clock is two hours late
    token = make_jwt(iat=now, exp=now + 3600)
    sign_in(provider, GOOD | {"access_token": token, "expires_in": lasts})
    session = remote.get_session()
    for number in range(5):
        session.get(f"{provider.url}/api/{number}")
    assert provider.served.tokens[-1] == f"Bearer {token}"
    assert provider.token_requests == 1


@pytest.mark.parametrize(
    "answer",
    [
        without("token_type"),
        GOOD | {"token_type": None},
        GOOD | {"token_type": " bearer "},
        GOOD | {"access_token": "opaque-1\n", "refresh_token": "again-1\r\n"},
        GOOD | {"error": None},
        GOOD | {"error": ""},
        GOOD | {"scope": ["profile", "permissions"]},
        Response(urlencode(GOOD), content_type=FORM),
        Response(f"{urlencode(GOOD)}\n", content_type="text/plain"),
        Response(f"{json.dumps(GOOD)}\r\n\n", content_type="text/plain"),
        Response("\ufeff" + json.dumps(GOOD), content_type="application/json"),
        Response(json.dumps(GOOD), content_type=FORM),
    ],
)
def test_an_unusual_answer_with_a_token_signs_in(provider: ScriptedProvider, answer: Any) -> None:
    sign_in(provider, answer)
    (record,) = read_logins().records
    assert (record.access_token, record.refresh_token) == ("opaque-1", "again-1")
    assert provider.token_requests == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (GOOD | {"token_type": "DPoP"}, "token of the type 'DPoP'"),
        (GOOD | {"token_type": ["Bearer"]}, "token of the type"),
        (GOOD | {"access_token": "two words"}, "no access token"),
        (GOOD | {"access_token": "opaque-1 "}, "no access token"),
        (GOOD | {"access_token": ""}, "no access token"),
        (GOOD | {"access_token": 3}, "no access token"),
        (without("access_token"), "no access token"),
        ({}, "no access token"),
        (Response("[]", content_type="application/json"), "no access token"),
        (Response('"token"', content_type="application/json"), "no access token"),
        (
            Response(json.dumps(GOOD)[:-4], content_type="application/json"),
            "invalid or incomplete JSON",
        ),
        (Response("", content_type="application/json"), "invalid or incomplete JSON"),
        (Response("<html>Sign in to the WLAN", content_type="text/html"), "web page"),
        (Response("nothing here", 404, content_type="text/plain"), "status 404"),
        (Response("{}", 400, content_type="application/json"), "status 400"),
        (Response("", 307, {"Location": "/elsewhere"}), "status 307"),
    ],
)
def test_an_answer_without_a_token_ends_the_waiting_with_a_reason(
    provider: ScriptedProvider, answer: Any, told: str
) -> None:
    with pytest.raises(ResponseError, match=told):
        sign_in(provider, answer)
    assert provider.token_requests == 1
    assert remote.account(provider.url) is None


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("kind", ["JSON", "form"])
def test_a_refusal_is_understood_as_json_and_as_a_form(
    provider: ScriptedProvider, status: int, kind: str
) -> None:
    def answer() -> Response:
        said = {
            "error": "authorization_pending" if provider.token_requests < 4 else "access_denied"
        }
        if kind == "form":
            return Response(urlencode(said), status, content_type=FORM)
        return Response(json.dumps(said), status, content_type="application/json")

    with pytest.raises(LoginDeniedError, match="denied"):
        sign_in(provider, answer)
    assert provider.token_requests == 4


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_provider_is_retried(provider: ScriptedProvider, status: int) -> None:
    def answer() -> Any:
        return GOOD if provider.token_requests > 2 else Response("busy", status)

    sign_in(provider, answer)
    assert provider.token_requests == 3


@pytest.mark.parametrize("text", ["60", "60.0", " 60 "])
def test_a_device_answer_may_hold_numbers_as_text(provider: ScriptedProvider, text: str) -> None:
    provider.device = DEVICE | {"expires_in": text, "interval": "7"}
    login = remote.begin_login(provider.url)
    assert login.interval == 7
    assert 50 < login.remaining <= 60


def test_a_device_answer_may_be_a_form_and_leave_out_its_life(provider: ScriptedProvider) -> None:
    answer = {name: value for name, value in DEVICE.items() if name != "expires_in"}
    provider.device = Response(urlencode(answer), content_type=FORM)
    login = remote.begin_login(provider.url)
    assert (login.user_code, login.interval) == ("AB-CD", 0.01)
    assert login.remaining > 60


# -- a token that is refused before its time ------------------------------------------------------


def later(provider: ScriptedProvider) -> dict[str, Any]:
    """Return the answer to the next refresh: each with other tokens."""
    number = provider.token_requests
    return GOOD | {"access_token": f"opaque-{number}", "refresh_token": f"again-{number}"}


def test_a_refused_token_is_refreshed_once_and_the_request_sent_again(
    provider: ScriptedProvider,
) -> None:
    sign_in(provider, lambda: later(provider))
    provider.refused = {"opaque-1"}
    for session in (remote.get_session(), remote.EndpointManager(provider.url).session):
        assert session.get(f"{provider.url}/api/a").status_code == 200
        assert session.post(f"{provider.url}/api/a", data={"x": "y"}).status_code == 200
    sent = [token for _, path, token in provider.served.requests if path == "/api/a"]
    assert sent == ["Bearer opaque-1", *["Bearer opaque-2"] * 4]
    assert provider.token_requests == 2


def test_a_server_that_refuses_every_token_is_not_answered_with_a_refresh_each_time(
    provider: ScriptedProvider,
) -> None:
    sign_in(provider, lambda: later(provider))
    provider.refused = {f"opaque-{number}" for number in range(20)}
    session = remote.get_session()
    assert [session.get(f"{provider.url}/api/a").status_code for _ in range(5)] == [401] * 5
    assert provider.token_requests == 2
    assert provider.served.paths.count("/api/a") == 6


def test_a_refused_token_without_a_refresh_token_is_sent_once(provider: ScriptedProvider) -> None:
    sign_in(provider, without("refresh_token"))
    provider.refused = {"opaque-1"}
    assert remote.get_session().get(f"{provider.url}/api/a").status_code == 401
    assert provider.served.paths.count("/api/a") == 1
    assert provider.token_requests == 1


# -- any shape ----------------------------------------------------------------------


def problem_of(act: Callable[[], object]) -> ModosError | None:
    try:
        act()
    except ModosError as error:
        return error
    return None


NUMBERS = st.one_of(
    st.integers(-5, 10**12), st.floats(), st.integers(-5, 10**6).map(str), st.text(max_size=8)
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.just([]), st.just({})
)
SECRETS = st.just("opaque-1") | VALUES
FIELDS = [*GOOD, "scope", "error"]
ANSWERS = st.fixed_dictionaries(
    {}, optional={name: SECRETS if name == "access_token" else VALUES for name in FIELDS}
)
BODIES = st.one_of(
    ANSWERS.map(lambda one: json.dumps(GOOD | one)),
    ANSWERS.map(json.dumps),
    ANSWERS.map(urlencode),
    st.text(max_size=40),
)


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=BODIES,
    status=st.sampled_from([200, 200, 200, 400, 404]),
    kind=st.sampled_from(["application/json", FORM, "text/plain"]),
)
@example(body=json.dumps(GOOD | {"expires_in": 1.9e-265}), status=200, kind="application/json")
@example(body=json.dumps(GOOD | {"expires_in": 1}), status=200, kind="application/json")
def test_any_token_answer_signs_in_or_ends_with_an_error_of_ours(
    provider: ScriptedProvider,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    status: int,
    kind: str,
) -> None:
    moment = time.time()
    monkeypatch.setattr(time, "time", lambda: moment)  # a life of a second does not end meanwhile
    provider.served.requests.clear()
    data = body.encode("utf-8", "surrogatepass")
    pending = b"authorization_pending" in data or b"slow_down" in data
    assert not pending
    error = problem_of(lambda: sign_in(provider, lambda: Response(data, status, content_type=kind)))
    if error is None:
        for _ in range(3):
            remote.get_session().get(f"{provider.url}/api/x")
        assert provider.served.tokens[-1] is not None
    else:
        assert error.hint
        assert "opaque-1" not in str(error)
    assert provider.token_requests == 1


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(answer=st.dictionaries(st.sampled_from([*DEVICE, "verification_uri_complete"]), VALUES))
def test_any_device_answer_is_a_code_with_a_finite_life_or_an_error_of_ours(
    provider: ScriptedProvider, answer: dict[str, Any]
) -> None:
    body = json.dumps(DEVICE | answer)
    provider.device = Response(body, content_type="application/json")
    login: remote.DeviceLogin | None = None

    def begin() -> None:
        nonlocal login
        login = remote.begin_login(provider.url)

    error = problem_of(begin)
    if login is None:
        assert error is not None
        assert "device code" in error.message or "invalid or incomplete JSON" in error.message
        return
    assert 0 < login.interval <= 60
    assert math.isfinite(login.remaining)
    assert login.link is None or login.link.startswith("http")
