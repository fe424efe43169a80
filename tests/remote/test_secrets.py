"""A traceback forced in each place holds no secret, though it prints all variables."""

from __future__ import annotations

import io
import logging
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify
from flask import request as asked
from IPython.core.ultratb import VerboseTB

from modos_widgets import background, remote
from modos_widgets.credentials import S3Credential, S3Options, write_private
from modos_widgets.credentials.renewal import RenewingCredential
from modos_widgets.demo.server import create_app
from modos_widgets.remote import http_limits, login_store, token_refresh
from modos_widgets.session.session import Session
from modos_widgets.storage import S3Storage
from modos_widgets.transport import transfer
from modos_widgets.widgets.login import Login
from tests.parts.places import make_object, wait_until
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from tests.remote.conftest import Serve, Served


class Forced(Exception):  # noqa: N818
    """What none of our code knows, so that nothing catches it."""


class World:
    """An endpoint with a provider and a key service that do as they are told."""

    def __init__(self, serve: Serve, folder: Path) -> None:
        self.folder = folder
        self.access, self.refresh = make_jwt(jti=secrets.token_hex(32)), secrets.token_hex(40)
        self.secret, self.session = secrets.token_hex(40), secrets.token_hex(60)
        self.device = secrets.token_hex(30)
        self.secrets = [self.access, self.refresh, self.secret, self.session, self.device]
        self.token: Callable[[], Any] = self.issued
        self.key: Callable[[], Any] = self.granted
        self.provider = serve(self._provider())
        self.kms = serve(self._kms())
        services = {"kms": self.kms.url, "s3": "http://127.0.0.1:9"}
        auth = {"url": self.provider.url, "client_id": "tests"}
        app = create_app(
            {"demo/ex": {"ex": {"@type": "MODO"}}},
            services=services,
            auth=auth,
            authorize=lambda token: (lambda _: True) if token == self.access else None,
        )
        self.modos: Served = serve(app)
        self.url = self.modos.url

    def _provider(self) -> Flask:
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Any:
            here = asked.host_url.rstrip("/")
            names = {"device_authorization": "device", "token": "token", "revocation": "revoke"}
            return {"issuer": here} | {
                f"{name}_endpoint": f"{here}/{path}" for name, path in names.items()
            }

        @app.post("/device")
        def device() -> Any:
            return {
                "device_code": self.device,
                "user_code": "ABCD-EFGH",
                "verification_uri": "https://id.example.org/device",
                "expires_in": 600,
                "interval": 0.05,
            }

        app.add_url_rule("/token", "token", lambda: self.token(), methods=["POST"])  # noqa: PLW0108
        app.add_url_rule("/revoke", "revoke", lambda: ("<p>no</p>", 500), methods=["POST"])
        return app

    def _kms(self) -> Flask:
        app = Flask("kms")
        app.add_url_rule("/create", "create", lambda: self.key())  # noqa: PLW0108  set later
        return app

    def issued(self) -> Any:
        return {
            "access_token": self.access,
            "refresh_token": self.refresh,
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    def granted(self, **changes: Any) -> Any:
        spec = {
            "bucket": "demo",
            "expiration": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            "prefixes": ["ex"],
            "permissions": {"read": True, "write": False, "owner": False},
        }
        key = {
            "spec": spec | changes,
            "access_key_id": "key",
            "secret_access_key": self.secret,
            "session_token": self.session,
        }
        return jsonify(key)

    def signed_in(self) -> None:
        remote.begin_login(self.url).wait()

    @property
    def credential(self) -> S3Credential:
        return S3Credential("key", self.secret, self.session)


@pytest.fixture
def world(serve: Serve, tmp_path: Path) -> Iterator[World]:
    yield World(serve, tmp_path)
    token_refresh._failed.clear()


# -- looking --------------------------------------------------------------------------------------


def chain_of(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, *one.args]  # what is suppressed as well
    return found


def shown(error: BaseException) -> str:
    """Return what may ever be printed of an error: Verbose, and all variables of all its frames."""
    out = io.StringIO()
    verbose = VerboseTB(theme_name="nocolor", include_vars=True, ostream=out)
    said = [verbose.text(type(error), error, ours(error.__traceback__))]
    for one in chain_of(error):
        said += [str(one), repr(one), repr(vars(one))]
        traced = ours(one.__traceback__)
        while traced is not None:
            said.append(repr(dict(traced.tb_frame.f_locals)))
            traced = traced.tb_next
    return "\n".join(said)


def ours(traced: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of this test: they know the secrets."""
    while traced is not None and traced.tb_frame.f_code.co_filename == __file__:
        traced = traced.tb_next
    return traced


def assert_none_in(text: str, secrets_of: World, where: str) -> None:
    for secret in secrets_of.secrets:
        for part in (secret[:14], secret[-14:], secret[20:34]):  # long texts are cut in print
            at = text.find(part)
            around = text[max(0, at - 300) : at + 30]
            assert at < 0, f"a part of a secret stands in {where}: {around}"


def raised_by(act: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011  whatever it is
        act()
    return caught.value


# -- what the network does ------------------------------------------------------------------------


def break_off(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Have every request fail in the depth of http, when all has been made ready to be sent."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(http_limits._Plain, "endheaders", fail)


def sign_in_waiting(world: World) -> object:
    return remote.begin_login(world.url).wait()


def refresh(world: World) -> object:
    return token_refresh.renew(world.url, remote.JWT(world.access).access_token)


def ask_for_a_key(world: World) -> object:
    return remote.s3_credentials(world.url)()


def list_objects(world: World) -> object:
    return remote.list_remote_items(world.url)


def own_session(world: World) -> object:
    return remote.get_session().get(f"{world.url}/list")


def own_stream(world: World) -> object:
    return remote.get_session().get(f"{world.url}/list", stream=True)


def paste(world: World) -> object:
    return remote.sign_in_with_token(world.url, f"Bearer {world.access}")


def open_an_object(world: World) -> object:
    return Session(world.url).open_now("s3://demo/ex")


def send_it_elsewhere(world: World) -> object:
    source = make_object(world.folder / "from")
    given = {"key": "k", "secret": world.secret, "token": world.session}
    services = {"s3": "http://127.0.0.1:9"}
    return transfer(source, "s3://demo/x", services=services, s3_kwargs=given).wait(60)


PLACES = [
    sign_in_waiting,
    refresh,
    ask_for_a_key,
    list_objects,
    own_session,
    own_stream,
    paste,
    open_an_object,
]


@pytest.mark.parametrize("act", PLACES, ids=lambda act: act.__name__)
@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), Forced(), KeyboardInterrupt()]
)
def test_a_request_that_breaks_off(
    act: Callable[[World], object],
    error: BaseException,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    if act is not sign_in_waiting:
        world.signed_in()
    login = remote.begin_login(world.url)
    break_off(monkeypatch, error)
    found = raised_by(login.wait if act is sign_in_waiting else lambda: act(world))
    assert_none_in(shown(found), world, "the traceback")
    assert_none_in(caplog.text, world, "the log")


ANSWERS: list[tuple[str, Callable[[World], object]]] = [
    ("web page", lambda _: "<html>"),
    ("torn", lambda world: f'{{"access_token": "{world.access}'),
    ("failed", lambda world: ({"detail": f"{world.refresh[:0]}sorry"}, 500)),
    ("denied", lambda world: ({"error": "access_denied", "error_description": world.access}, 400)),
    ("run out", lambda _: ({"error": "invalid_grant"}, 400)),
    ("no token", lambda world: {"access_token": f"{world.access} \n", "token_type": "Bearer"}),
]


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=[name for name, _ in ANSWERS])
def test_a_provider_that_answers_badly(
    name: str,
    answer: Callable[[World], object],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("modos_widgets.remote.device_login._PATIENCE", 0.0)
    world.signed_in()
    world.token = lambda: answer(world)
    for act in (sign_in_waiting, refresh):
        assert_none_in(shown(raised_by(partial(act, world))), world, f"{name}: traceback")
    assert remote.JWT(world.access).refresh() is None
    assert remote.sign_out(world.url) is False  # the provider fails to revoke
    assert_none_in(caplog.text, world, "the log")


@pytest.mark.parametrize("broken", ["failed", "spec", "expired", "no secret"])
def test_a_key_service_that_answers_badly(broken: str, world: World) -> None:
    world.signed_in()
    world.key = {
        "failed": lambda: (f"<p>{world.secret}</p>", 500),
        "spec": lambda: world.granted(permissions=None),
        "expired": lambda: world.granted(expiration="2001-01-01T00:00:00"),
        "no secret": lambda: {"spec": {}, "access_key_id": "k", "session_token": world.session},
    }[broken]
    assert_none_in(shown(raised_by(lambda: ask_for_a_key(world))), world, "the traceback")


def test_a_key_that_is_kept_but_cannot_be_used(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.signed_in()
    held = RenewingCredential(lambda: world.credential)
    fixed = S3Options.resolve("http://127.0.0.1:9", {"key": "k", "secret": world.secret})
    assert_none_in(repr([vars(held), held.get(), fixed, vars(fixed)]), world, "the options")
    for options in (
        {"key": "k", "secret": world.secret, "token": world.session},
        {"credentials": world.credential},
        {"credentials": lambda: world.credential},
        {"credentials": force},
    ):
        act = partial(S3Storage, "s3://demo/ex", "http://127.0.0.1:9", options, mode="r")
        assert_none_in(shown(raised_by(act)), world, "the traceback")
    for wrong in ({"key": "k", "secret": f"{world.secret}\n"}, {"secret": world.secret}):
        found = raised_by(partial(S3Options.resolve, None, wrong))
        assert_none_in(shown(found), world, "the traceback")
    found = raised_by(lambda: send_it_elsewhere(world))
    assert_none_in(shown(found), world, "the traceback")
    assert_none_in(caplog.text, world, "the log")


def test_a_cache_folder_that_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.signed_in()

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    for act in (
        lambda: write_private(world.folder / "x", world.access.encode()),
        lambda: remote.JWT(world.access).to_cache(),
        lambda: paste(world),
        lambda: sign_in_waiting(world),
        lambda: login_store.forget(str(remote.EndpointManager(world.url).address)),
    ):
        assert_none_in(shown(raised_by(act)), world, "the traceback")


def test_a_callback_of_a_widget_that_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tasks: list[Any] = []
    start = background.start

    def noted(*args: Any, **kwargs: Any) -> Any:
        tasks.append(start(*args, **kwargs))
        return tasks[-1]

    monkeypatch.setattr(background, "start", noted)
    world.signed_in()
    session = Session(world.url, s3_kwargs={"key": "k", "secret": world.secret})
    login: Any = Login(sign_in=session.sign_in)
    sent: list[Any] = []
    login.send = lambda content, _buffers=None: sent.append(content)
    wait_until(lambda: all(task.done for task in tasks))
    monkeypatch.setattr("modos_widgets.remote.login_store._write_stored", force)
    monkeypatch.setattr("modos_widgets.remote.login.save", force)
    monkeypatch.setattr("modos_widgets.remote.key_service._read_key", force)
    for name in ("begin", "paste", "sign out", "check", "lapse"):
        content = {"kind": "request", "id": 1, "view": "v", "name": name, "payload": {}}
        login._receive(login, content, [memoryview(world.access.encode())])
        wait_until(lambda: all(task.done for task in tasks), 30)
    failed = [record for record in caplog.records if record.exc_info]
    assert failed
    for record in failed:
        assert record.exc_info is not None
        assert record.exc_info[1] is not None
        assert_none_in(shown(record.exc_info[1]), world, "the log's traceback")
    for task in tasks:
        error = task.future.exception(0)
        if error is not None:
            assert_none_in(shown(error), world, "a task's traceback")
    states = [login.get_state(), session.trait_values(), vars(session), vars(session.sign_in)]
    assert_none_in(repr([sent, states]), world, "the state")
    assert_none_in(caplog.text, world, "the log")
    session.close()


def force(*_: object, **__: object) -> None:
    raise Forced


def test_the_search_finds_what_it_looks_for(world: World) -> None:
    def careless(token: str) -> None:
        raise ValueError(len(token))

    code = compile("careless(token)", "elsewhere", "exec")
    found = raised_by(lambda: exec(code, {"careless": careless, "token": str(world.access)}))  # noqa: S102
    with pytest.raises(AssertionError, match="part of a secret stands"):
        assert_none_in(shown(found), world, "the traceback")


def test_a_hidden_text_is_used_like_any_other(world: World) -> None:
    world.signed_in()
    token = remote.JWT.from_cache()
    assert token is not None
    assert (token.access_token == world.access, f"{token.access_token}") == (True, world.access)
    answer = remote.get_session().get(f"{world.url}/list", timeout=10)
    assert answer.json() == {"data": ["s3://demo/ex"]}
