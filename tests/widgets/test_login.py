"""Login in Python: what is a trait, what travels to the browser, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify

from modos_widgets import Login, demo, remote
from modos_widgets.errors import OptionError, PathError
from tests.parts.places import app_of, wait_until
from tests.remote.conftest import make_jwt
from tests.session.test_sign_in import decide

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parts.places import ServeApp

pytestmark = pytest.mark.usefixtures("own_folders")


def ask(widget: Any, name: str, /, buffers: list[bytes] | None = None, **payload: Any) -> list[Any]:
    sent: list[Any] = []
    widget.send = lambda content, _buffers=None: sent.append(content)
    content = {"kind": "request", "id": 1, "view": "v", "name": name, "payload": payload}
    widget._receive(widget, content, [memoryview(each) for each in buffers or []])
    wait_until(lambda: [each for each in sent if each["kind"] in {"reply", "problem"}])
    return sent


def test_states_without_a_login(serve_app: ServeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    login = Login()
    assert (login.state, login.account, repr(login)) == ("no endpoint", None, "Login(no endpoint)")
    url = serve_app(app_of("P-1"))
    monkeypatch.setenv("MODOS_ENDPOINT", url)
    login = Login()
    wait_until(lambda: login.state == "not needed")
    assert login.endpoint == url
    with pytest.raises(PathError):
        Login("not a url")
    with pytest.raises(OptionError, match="password"):
        Login(password="x")


def test_a_sign_in_leaves_no_secret_in_the_saved_state(tmp_path: Path) -> None:
    with demo.start(protected=True) as deployment:
        login: Any = Login(deployment.endpoint)
        wait_until(lambda: login.state == "signed out")
        login.begin()
        wait_until(lambda: login.state == "waiting")
        assert "waiting" in json.dumps(login.get_state()["_shown"])
        decide(login._sign_in)
        wait_until(lambda: login.account is not None and login.account.permissions)
        assert (login.account.subject, login.account.scopes[0]) == ("a.curator", "profile")
        assert login.account.expires_at is not None

        kept = "".join(path.read_text() for path in (tmp_path / "cache").rglob("*.*"))
        token = next((tmp_path / "cache").rglob("token.jwt")).read_text()
        other: Any = Login(deployment.endpoint)
        assert other.state == "signed in"  # at once
        said = json.dumps(login.get_state(), default=str) + repr([login, login._repr_mimebundle_()])
        words = {word for word in kept.replace('"', " ").split() if len(word) > 30}
        assert token in words or len(token) > 30
        assert not [word for word in {*words, token} if word in said]

        ask(login, "sign out")
        assert (login.state, login.account) == ("signed out", None)
        sent = ask(login, "paste", [token.encode()])
        assert token not in json.dumps(sent)
        login.close()


def test_the_problem_of_a_bad_token_does_not_contain_the_token(serve_app: ServeApp) -> None:
    login: Any = Login(serve_app(app_of("P-1")))
    wait_until(lambda: login.state == "not needed")
    for bad in (b"garbage-secret", b"\xff\xfe\x00", b"e30.e30."):
        sent = ask(login, "paste", [bad])
        assert sent[-1]["kind"] == "problem"
        assert "garbage-secret" not in json.dumps(sent)
    assert login.state == "not needed"
    sent = ask(login, "paste", token="in the payload it is not even looked at")
    assert sent[-1]["kind"] == "reply"
    assert login.account is None


def test_another_endpoint_can_be_set(serve_app: ServeApp) -> None:
    login: Any = Login("http://127.0.0.1:9")
    wait_until(lambda: login.state == "failed")
    login.endpoint = serve_app(app_of("P-1"))
    wait_until(lambda: login.state == "not needed")
    login.endpoint = None
    assert login.state == "no endpoint"


def test_sign_in_for_the_command_line_writes_a_key_and_sign_out_lists_remaining_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with demo.start(protected=True) as deployment:
        login: Any = Login(deployment.endpoint)
        wait_until(lambda: login.state == "signed out")
        ask(login, "begin", for_command_line=True)
        wait_until(lambda: login.state == "waiting")
        decide(login._sign_in)
        file = tmp_path / "cache" / "modos" / "s3.env"
        wait_until(file.exists)
        key = dict(line.split("=", 1) for line in file.read_text().splitlines())
        assert key["AWS_ACCESS_KEY_ID"]
        assert key["AWS_SECRET_ACCESS_KEY"] not in json.dumps(login.get_state(), default=str)
        login.settle()
        monkeypatch.setenv("AWS_PROFILE", "mine")
        ask(login, "sign out")
        assert not file.exists()
        assert ("AWS_PROFILE", False) in login._shown["keys"]
        file.write_text("AWS_ACCESS_KEY_ID=theirs\nAWS_SECRET_ACCESS_KEY=hush\nMORE=1\n")
        ask(login, "sign out")
        assert (str(file), True) in login._shown["keys"]
        ask(login, "remove keys")
        assert file.read_text() == "MORE=1\n"
        assert (str(file), True) not in login._shown["keys"]
        login.close()


def test_a_service_that_moved_is_confirmed_in_the_widget(serve_app: ServeApp) -> None:
    services = {"kms": serve_app(key_service()), "s3": None}
    app = Flask("endpoint")
    app.add_url_rule("/", "root", lambda: jsonify(auth=None, status="ok", **services))
    url = serve_app(app)
    remote.sign_in_with_token(url, make_jwt())
    services["kms"] = serve_app(key_service())
    login: Any = Login(url)
    wait_until(lambda: login._shown["problem"])
    problem = login._shown["problem"]
    assert problem["origin"] == services["kms"]
    assert "confirm_service" not in problem["hint"]
    sent = ask(login, "confirm service", origin="https://evil.example")
    assert sent[-1]["kind"] == "problem"
    ask(login, "confirm service", origin=problem["origin"])
    wait_until(lambda: login.account is not None and login.account.permissions)
    assert login._shown["problem"] is None
    login.close()


def key_service() -> Flask:
    app = Flask("keys")
    permissions = {"read": True, "write": False, "owner": False}
    spec = {
        "bucket": "demo",
        "expiration": "2999-01-01T00:00:00Z",
        "prefixes": ["a/"],
        "permissions": permissions,
    }
    key = {"spec": spec, "access_key_id": "id", "secret_access_key": "hush"}
    app.add_url_rule("/create", "create", lambda: jsonify(key))
    return app
