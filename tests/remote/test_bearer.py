"""Which requests carry the token."""

from __future__ import annotations

import logging
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import requests
from flask import Flask, jsonify, redirect

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.errors import CredentialsError, ModosError, OptionError, ResponseError
from modos_widgets.remote.login_store import LoginRecord, lock, save
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remote.conftest import Serve, Served

TABLE = """
endpoint                                    recorded yes   bare yes
its service                                 recorded yes   bare yes
its service, below                          recorded yes   bare yes
another service on the service's host       recorded no    bare no
a longer name that begins the same          recorded no    bare no
another endpoint                            recorded no    bare no
redirect within the endpoint                recorded yes   bare yes
redirect to another origin                  recorded no    bare no
redirect to a service it names              recorded no    bare no
plain http to a non-loopback name           recorded no    bare no
the same, MODOS_ALLOW_HTTP=1                recorded yes   bare yes
https-like service of a plain http endpoint recorded no    bare no
"""


def keep_login(endpoint: str, token: str, **more: Any) -> None:
    with lock():
        record = LoginRecord(endpoint=endpoint, serial="1", access_token=token, **more)
        save(record, made=True)


def anything(**moved: str) -> Flask:
    app = Flask("anything")

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def answer(path: str) -> Any:
        return redirect(moved[path]) if path in moved else jsonify({})

    return app


def test_the_table_of_requests_with_and_without_authorization(
    serve: Serve, public_name: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_jwt()
    services, other = serve(anything()), serve(anything())
    names = {"kms": f"{services.url}/kms", "s3": f"{services.url}/s3/"}
    app = create_app({}, services=names)
    for path, target in {
        "/moved": "/list",
        "/away": f"{other.url}/stolen",
        "/service": f"{services.url}/s3/x",
    }.items():
        app.add_url_rule(path, path, lambda target=target: redirect(target))
    endpoint = serve(app)
    asked = {
        "endpoint": (f"{endpoint.url}/list", endpoint),
        "its service": (f"{services.url}/kms", services),
        "its service, below": (f"{services.url}/kms/create?x=1", services),
        "another service on the service's host": (f"{services.url}/admin", services),
        "a longer name that begins the same": (f"{services.url}/kms-of-eve", services),
        "another endpoint": (f"{other.url}/list", other),
        "redirect within the endpoint": (f"{endpoint.url}/moved", endpoint),
        "redirect to another origin": (f"{endpoint.url}/away", other),
        "redirect to a service it names": (f"{endpoint.url}/service", services),
    }

    def sent(url: str, server: Served, manager: remote.EndpointManager) -> str:
        manager.list()
        response = manager.session.get(url)
        assert response.ok or response.status_code == 404
        return "yes" if server.tokens[-1] == f"Bearer {token}" else "no"

    def table(keep: Callable[[str], None]) -> dict[str, str]:
        keep(endpoint.url)
        manager = remote.EndpointManager(endpoint.url)
        rows = {name: sent(*one, manager) for name, one in asked.items()}
        public = public_name(endpoint.url)
        keep(public)
        manager = remote.EndpointManager(public)
        rows["plain http to a non-loopback name"] = sent(f"{public}/list", endpoint, manager)
        monkeypatch.setenv("MODOS_ALLOW_HTTP", "1")
        with pytest.warns(remote.InsecureTransportWarning, match="unencrypted"):
            rows["the same, MODOS_ALLOW_HTTP=1"] = sent(f"{public}/list", endpoint, manager)
        monkeypatch.delenv("MODOS_ALLOW_HTTP")
        # loopback stands for https here: both count as safe from those on the way
        rows["https-like service of a plain http endpoint"] = sent(
            f"{services.url}/kms", services, manager
        )
        return rows

    recorded = table(lambda url: keep_login(url, token, services=tuple(names.values())))
    for url in (endpoint.url, public_name(endpoint.url)):
        remote.sign_out(url)
    bare = table(lambda _: remote.JWT(token).to_cache())
    found = "\n".join(
        f"{name:43} recorded {recorded[name]:5} bare {bare[name]}" for name in recorded
    )
    print(found)  # noqa: T201  # the table is what this test shows
    assert found == TABLE.strip()


def test_a_session_sends_a_login_only_to_its_own_endpoint(serve: Serve) -> None:
    endpoint, service, other = (serve(anything()) for _ in range(3))
    token = make_jwt()
    keep_login(endpoint.url, token, services=(service.url,))
    session = remote.get_session()
    for served in (endpoint, service, other):
        session.get(f"{served.url}/list")
    assert endpoint.tokens == service.tokens == [f"Bearer {token}"]
    assert other.tokens == [None]
    explicit = remote.BearerAuth(remote.JWT(token))
    session.get(endpoint.url, auth=explicit)
    session.get(other.url, auth=explicit)
    assert endpoint.tokens[-1] == f"Bearer {token}"
    assert other.tokens[-1] is None


def test_a_request_made_for_one_endpoint_never_takes_the_login_of_another(serve: Serve) -> None:
    service = serve(anything())
    asking = serve(create_app({}, services={"kms": service.url}))
    theirs = serve(anything())
    keep_login(theirs.url, make_jwt(), services=(service.url,))
    manager = remote.EndpointManager(asking.url)
    manager.list()
    manager.session.get(service.url)
    assert service.tokens == [None]
    remote.get_session().get(service.url)
    assert service.tokens[-1] is not None


def test_the_cache_is_read_at_each_request(serve: Serve, cache: Path) -> None:
    served = serve(anything())
    session = remote.get_session()
    token = make_jwt()
    session.get(f"{served.url}/before")
    remote.JWT(token).to_cache()
    session.get(f"{served.url}/signed-in")
    remote.sign_out(served.url)
    session.get(f"{served.url}/signed-out")
    remote.JWT(token).to_cache()
    (cache / "token.jwt").unlink()
    session.get(f"{served.url}/deleted")
    sent = {path: found for _, path, found in served.requests if path != "/"}
    assert sent == {
        "/before": None,
        "/signed-in": f"Bearer {token}",
        "/signed-out": None,
        "/deleted": None,
    }


def test_functions_that_are_given_a_url_send_the_token_there(serve: Serve) -> None:
    token = make_jwt()
    remote.JWT(token).to_cache()
    served = serve(create_app({}, services={}))
    remote.list_remote_items(served.url)
    remote.get_metadata_from_remote(served.url)
    remote.get_s3_path(served.url, "x")
    assert set(served.tokens) == {f"Bearer {token}"}


def test_a_redirected_answer_is_used_all_the_same(serve: Serve) -> None:
    remote.JWT(make_jwt()).to_cache()
    real = serve(create_app({"demo/ex": {}}, services={}))
    app = Flask("moved")
    app.add_url_rule("/list", view_func=lambda: redirect(f"{real.url}/list"))
    assert remote.list_remote_items(serve(app).url) == ["s3://demo/ex"]
    assert real.tokens == [None]


@pytest.mark.parametrize(
    "payload",
    [{"exp": None}, {"exp": 1e300}, {"exp": "soon"}, {"exp": True}, {"exp": [1]}, {"exp": 10}],
)
def test_a_token_without_a_time_that_is_good_is_not_sent(
    serve: Serve, payload: dict[str, Any]
) -> None:
    remote.JWT(make_jwt(**payload)).to_cache()
    served = serve(anything())
    remote.get_session().get(served.url)
    assert served.tokens == [None]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"garbage", b"\xff\xfe", b"a.b.c", b"x\r\nEvil: yes", b"x" * 2**21]
)
def test_an_invalid_cache_file_is_not_a_token(serve: Serve, cache: Path, content: bytes) -> None:
    cache.mkdir(parents=True)
    (cache / "token.jwt").write_bytes(content)
    served = serve(anything())
    remote.get_session().get(served.url)
    assert served.tokens == [None]
    assert remote.account(served.url) is None or content in {b"garbage", b"a.b.c"}


def test_asking_without_a_login_leaves_nothing_behind_and_needs_no_cache_folder(
    serve: Serve, cache: Path
) -> None:
    served = serve(create_app({"demo/ex": {}}, services={}))
    assert remote.list_remote_items(served.url) == ["s3://demo/ex"]
    assert remote.account(served.url) is None
    assert not cache.exists()
    cache.parent.write_text("a file where the folder should be")
    assert remote.list_remote_items(served.url) == ["s3://demo/ex"]


def test_an_invalid_record_is_not_a_login(
    serve: Serve, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(anything())
    keep_login(served.url, make_jwt())
    (cache / "logins.json").write_text('{"logins": 3}')
    (cache / "token.jwt").unlink()
    assert remote.account(served.url) is None
    assert "cannot be read" in caplog.text


def test_a_proxy_is_not_used_for_this_machine(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, served = serve(anything()), serve(anything())
    monkeypatch.setenv("http_proxy", proxy.url)
    remote.JWT(make_jwt()).to_cache()
    assert remote.get_session().get(served.url).ok
    assert proxy.requests == []
    assert len(served.requests) == 1


def test_a_password_of_netrc_is_sent_neither_at_once_nor_after_a_redirect(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    other = serve(anything())
    served = serve(anything(away=other.url))
    remote.get_session().get(f"{served.url}/away")
    assert (served.tokens, other.tokens) == ([None], [None])


def test_a_switch_that_is_neither_on_nor_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODOS_ALLOW_HTTP", "perhaps")
    remote.JWT(make_jwt()).to_cache()
    with pytest.raises(OptionError, match="MODOS_ALLOW_HTTP"):
        remote.get_session().get("http://modos.example.test")


def test_allow_http_can_be_an_argument(serve: Serve, public_name: Callable[[str], str]) -> None:
    served = serve(create_app({}, services={}))
    remote.JWT(make_jwt()).to_cache()
    manager = remote.EndpointManager(public_name(served.url), allow_http=True)
    with pytest.warns(remote.InsecureTransportWarning):
        manager.list()
    assert served.tokens != [None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(requests.HTTPError):
            manager.session.get(f"{manager.modos}/none").raise_for_status()


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500, 302])
def test_no_error_shows_the_token(
    serve: Serve, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = make_jwt()
    remote.JWT(token).to_cache()
    app = Flask("telling")
    app.add_url_rule(
        "/list",
        view_func=lambda: (
            jsonify(detail=f"Bearer {token} and {token} are bad"),
            status,
            {"Location": "/list"},
        ),
    )
    with pytest.raises(ModosError) as caught:
        remote.list_remote_items(serve(app).url)
    assert caught.tb.tb_next is not None  # the first frame is this test's, which knows the token
    shown = traceback.TracebackException(
        type(caught.value), caught.value, caught.tb.tb_next, capture_locals=True
    )
    for secret in (token, token.split(".")[1]):
        assert secret not in "".join(shown.format())
        assert secret not in str(caught.value)
        assert secret not in caplog.text


FASTAPI = [{"type": "missing", "loc": ["header", "authorization"], "msg": "Field required"}]


def asks_for_a_token(status: int, detail: object) -> Flask:
    app = Flask("asking")

    @app.get("/list")
    def answer() -> Any:
        return jsonify(detail=detail), status

    return app


@pytest.mark.parametrize(("status", "detail"), [(401, "x"), (403, "x"), (422, FASTAPI)])
@pytest.mark.parametrize("bare", [True, False])
def test_an_expired_token_is_reported_as_expired(
    serve: Serve, status: int, detail: object, *, bare: bool
) -> None:
    served = serve(asks_for_a_token(status, detail))
    token = make_jwt(exp=1)
    if bare:
        remote.JWT(token).to_cache()
    else:
        keep_login(served.url, token)
    with pytest.raises(CredentialsError, match="the token has expired") as caught:
        remote.list_remote_items(served.url)
    assert caught.value.hint == "Sign in again."
    assert served.tokens == [None]


def test_a_missing_token_or_field_is_reported(serve: Serve) -> None:
    with pytest.raises(CredentialsError, match="requires a sign-in") as caught:
        remote.list_remote_items(serve(asks_for_a_token(422, FASTAPI)).url)
    assert caught.value.hint == "Sign in."
    other = [{"loc": ["query", "limit"], "msg": "Field required"}]
    with pytest.raises(OptionError, match=r"query\.limit") as refused:
        remote.list_remote_items(serve(asks_for_a_token(422, other)).url)
    assert refused.value.hint == "Check the request parameters."


def test_too_many_requests_of_a_service_say_when_to_try_again(serve: Serve) -> None:
    app = Flask("busy")
    app.add_url_rule("/list", view_func=lambda: ({"detail": "slowly"}, 429, {"Retry-After": "120"}))
    with pytest.raises(ResponseError, match="Too many requests") as caught:
        remote.list_remote_items(serve(app).url)
    assert caught.value.hint == "Retry in 120 s."
