"""From a login to keys of a real S3 server that live for seconds."""

from __future__ import annotations

import pickle
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from flask import Flask, jsonify

from modos_widgets import remote
from modos_widgets.credentials import S3Options
from modos_widgets.credentials.renewal import RenewingCredential
from modos_widgets.demo.server import create_app
from modos_widgets.errors import CredentialsError, InsecureEndpointError, ResponseError, ServerError
from modos_widgets.remote import login_store
from modos_widgets.storage import S3Storage
from tests.parts.s3 import running_seaweedfs
from tests.parts.temporary_keys import key_service, web_identity
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modos_widgets.credentials import S3Credential
    from tests.parts.identity import StartProvider
    from tests.parts.s3 import S3Server
    from tests.remote.conftest import Serve, Served

LIFE = 8
BUCKET, PREFIX = "demo", "ex"


class Deployment:
    def __init__(self, serve: Serve, provider: Any, s3: S3Server) -> None:
        self.s3, self.provider = s3, provider
        self.failures: list[int] = []
        self.kms = serve(key_service(s3.endpoint, BUCKET, PREFIX, self.failures))
        services = {"kms": self.kms.url, "s3": s3.endpoint}
        self.modos = serve(create_app({}, services=services, auth=provider.auth))

    def sign_in(self) -> None:
        login = remote.begin_login(self.modos.url)
        self.provider.approve(login.link, login.user_code)
        login.wait()

    def read(self, credential: S3Credential) -> bytes:
        client = boto3.client(
            "s3",
            endpoint_url=self.s3.endpoint,
            aws_access_key_id=credential.access_key_id,
            aws_secret_access_key=credential.secret_access_key,
            aws_session_token=credential.session_token,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )
        content: bytes = client.get_object(Bucket=BUCKET, Key="ex/a")["Body"].read()
        return content


@pytest.fixture
def deployment(
    serve: Serve, identity_provider: StartProvider, tmp_path: Path
) -> Iterator[Deployment]:
    provider = identity_provider(interval=0.1)
    iam = web_identity(provider.issuer, provider.client_id, BUCKET, PREFIX, LIFE)
    with running_seaweedfs(tmp_path, iam=iam) as s3:
        s3.bucket(BUCKET)
        s3.client().put_object(Bucket=BUCKET, Key="ex/a", Body=b"hello")
        root = b'{"zarr_format": 3, "node_type": "group", "attributes": {"id": "ex"}}'
        s3.client().put_object(Bucket=BUCKET, Key="ex/data.zarr/zarr.json", Body=root)
        yield Deployment(serve, provider, s3)


@pytest.mark.real
def test_from_login_to_a_read_with_a_key_that_is_renewed_and_ends_with_the_login(
    deployment: Deployment,
) -> None:
    keys = remote.s3_credentials(deployment.modos.url)
    with pytest.raises(CredentialsError, match="Nobody is signed in"):
        keys()
    assert deployment.kms.requests == []
    deployment.sign_in()
    deployment.failures.append(500)  # once is no more than a short pause
    first = keys()
    assert deployment.read(first) == b"hello"
    assert len(deployment.kms.requests) == 2
    assert keys() == first
    assert len(deployment.kms.requests) == 2
    account = remote.account(deployment.modos.url)
    assert account is not None
    assert account.permissions == (remote.Grant("s3://demo/ex", "read"),)
    assert keys.key().valid_paths() == "s3://demo/ex"
    storage = S3Storage("s3://demo/ex", deployment.s3.endpoint, {"credentials": keys}, mode="r")
    assert storage.read("a").data == b"hello"

    assert first.expires_at is not None
    time.sleep(max(0, (first.expires_at - datetime.now(UTC)).total_seconds()) + 1)
    with pytest.raises(ClientError):
        deployment.read(first)
    assert storage.read("a").data == b"hello"
    second = keys()
    assert second.access_key_id != first.access_key_id
    assert deployment.read(second) == b"hello"

    assert second.secret_access_key not in repr([keys, keys.key(), second, storage.options])

    assert deployment.read(keys()) == b"hello"
    assert remote.sign_out(deployment.modos.url)
    with pytest.raises(CredentialsError, match="Nobody is signed in"):
        storage.read("a")  # though its key lives on
    with pytest.raises(CredentialsError, match="Nobody is signed in"):
        keys()


def plain_service(
    serve: Serve, answers: list[Any], named: str | None = None
) -> tuple[Served, Served]:
    app = Flask("kms")

    def create() -> Any:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, int):
            return jsonify(detail="no"), answer
        return answer() if callable(answer) else jsonify(answer)

    app.add_url_rule("/create", view_func=create)
    kms = serve(app)
    return serve(create_app({}, services={"kms": named or kms.url})), kms


def key(name: str = "key", life: float = 100, **changes: Any) -> dict[str, Any]:
    spec = {
        "bucket": "demo",
        "expiration": (datetime.now(UTC) + timedelta(seconds=life)).isoformat(),
        "prefixes": None,
        "permissions": {"read": True, "write": True, "owner": False},
    }
    return {"spec": spec, "access_key_id": name, "secret_access_key": "s3cr3t-value"} | changes


@pytest.fixture
def signed_in() -> None:
    remote.JWT(make_jwt()).to_cache()


@pytest.mark.usefixtures("signed_in")
def test_fifty_threads_share_one_request(serve: Serve) -> None:
    def slow() -> Any:
        time.sleep(0.2)
        return jsonify(key())

    modos, kms = plain_service(serve, [slow])
    keys = remote.s3_credentials(modos.url)
    got: list[S3Credential] = []
    threads = [threading.Thread(target=lambda: got.append(keys())) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.access_key_id for one in got} == {"key"}
    assert kms.paths == ["/create"]
    assert remote.s3_credentials(f"{modos.url}/") is keys


@pytest.mark.usefixtures("signed_in")
def test_a_token_of_the_command_line_shows_its_permissions(serve: Serve) -> None:
    modos, _ = plain_service(serve, [key()])
    remote.s3_credentials(modos.url)()
    account = remote.account(modos.url)
    assert account is not None
    assert account.permissions == (remote.Grant("s3://demo/", "read,write"),)


@pytest.mark.usefixtures("signed_in")
def test_a_key_that_lives_on_serves_while_the_key_service_is_down(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    modos, kms = plain_service(serve, [key(life=1000), 503])
    keys = remote.s3_credentials(modos.url)
    assert keys().access_key_id == "key"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 900)
    assert keys().access_key_id == "key"
    assert "still used" in caplog.text
    asked = len(kms.requests)
    assert keys().access_key_id == "key"
    assert len(kms.requests) == asked
    monkeypatch.setattr(time, "time", lambda: now + 1001)
    with pytest.raises(ServerError):
        keys()


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("ahead", [-300, 300])
def test_a_clock_five_minutes_off_neither_wears_keys_out_nor_uses_dead_ones(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    modos, kms = plain_service(serve, [lambda: jsonify(key(life=600))])
    real = time.time
    answer_time = real()  # the server makes its Date and its key by the right clock
    for module in ("remote.key_service", "credentials.renewal"):
        clock = _Clock(lambda: real() + ahead)
        monkeypatch.setattr(f"modos_widgets.{module}.time", clock)
    keys = remote.s3_credentials(modos.url)
    expires_at = keys().expires_at
    assert expires_at is not None
    assert abs(expires_at.timestamp() - ahead - answer_time - 600) < 30
    keys()
    assert len(kms.requests) == 1


class _Clock:
    def __init__(self, time: Any) -> None:
        self.time = time


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (401, CredentialsError, "Sign in"),
        (403, CredentialsError, "Permission denied"),
        (500, ServerError, "500"),
        ({}, ResponseError, "access_key_id"),
        ({"access_key_id": 1}, ResponseError, "access_key_id"),
        (key(secret_access_key=None), ResponseError, "without its secret"),
        (key(spec={"bucket": "demo", "expiration": "soon"}), ResponseError, "spec.expiration"),
        (key(life=-10), CredentialsError, "already expired"),
    ],
)
def test_an_invalid_key_raises_a_typed_error_without_a_secret(
    serve: Serve, answer: Any, error: type[Exception], word: str
) -> None:
    modos, _ = plain_service(serve, [answer])
    with pytest.raises(error, match=word) as caught:
        remote.s3_credentials(modos.url)()
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.usefixtures("signed_in")
def test_no_key_is_requested_over_plain_http_from_another_machine(serve: Serve) -> None:
    modos, _ = plain_service(serve, [key()], "http://kms.example.test")
    with pytest.raises(InsecureEndpointError):
        remote.s3_credentials(modos.url)()


@pytest.mark.usefixtures("signed_in")
def test_an_endpoint_without_key_service_says_so(serve: Serve) -> None:
    with pytest.raises(CredentialsError, match="no key service"):
        remote.s3_credentials(serve(create_app({}, services={})).url)()


def sign_in(**claims: Any) -> None:
    remote.JWT(make_jwt(**claims)).to_cache()


def sign_out() -> None:
    for file in remote.get_cache_dir().iterdir():  # as another process does it
        file.unlink()


@pytest.mark.usefixtures("signed_in")
def test_a_handle_belongs_to_the_account_that_opened_it(serve: Serve) -> None:
    modos, kms = plain_service(serve, [key("hers"), key("his"), key("hers again")])
    hers = remote.s3_credentials(modos.url)
    assert hers().access_key_id == "hers"
    sign_in(sub="bob", name="Bob")
    with pytest.raises(CredentialsError, match="opened by ada, but Bob is now signed in"):
        hers()
    his = remote.s3_credentials(modos.url)
    assert his().access_key_id == "his"
    assert not hers.stands()
    sign_out()
    with pytest.raises(CredentialsError, match=r"any more; this was opened by ada.*as ada"):
        hers()
    sign_in(jti="another token of hers")
    assert hers().access_key_id == "hers again"
    assert remote.s3_credentials(modos.url) is hers
    with pytest.raises(CredentialsError, match="opened by Bob, but ada is now"):
        his()
    assert kms.paths == ["/create"] * 3


def test_a_handle_without_account_belongs_to_its_first_account(serve: Serve) -> None:
    modos, _ = plain_service(serve, [key("his")])
    keys = remote.s3_credentials(modos.url)
    assert remote.s3_credentials(modos.url) is keys
    sign_in(sub="bob")
    assert keys().access_key_id == "his"
    sign_out()
    assert remote.s3_credentials(modos.url) is not keys
    sign_in()
    with pytest.raises(CredentialsError, match="opened by bob"):
        keys()


def test_a_refreshed_token_keeps_account_and_key(serve: Serve) -> None:
    modos, kms = plain_service(serve, [key("hers"), key("another")])
    remote.sign_in_with_token(modos.url, make_jwt())
    keys = remote.s3_credentials(modos.url)
    keys()
    (record,) = login_store.read_logins().records
    with login_store.lock():
        login_store.save(record.renewed(make_jwt(jti="next"), None, None), made=False)
    assert keys.stands()
    assert keys().access_key_id == "hers"
    assert kms.paths == ["/create"]


def test_a_login_that_names_no_account_is_its_own(serve: Serve) -> None:
    modos, _ = plain_service(serve, [key()])
    for _ in range(2):
        remote.sign_in_with_token(modos.url, make_jwt(sub=None))
        keys = remote.s3_credentials(modos.url)
        keys()
    assert remote.s3_credentials(modos.url) is keys
    remote.sign_in_with_token(modos.url, make_jwt(sub=None))
    with pytest.raises(CredentialsError, match="an unnamed account, but another account is now"):
        keys()


@pytest.mark.usefixtures("signed_in")
def test_the_key_of_another_account_that_signs_in_is_not_used(serve: Serve) -> None:
    def changing() -> Any:
        sign_in(sub="bob")
        return jsonify(key("whose?"))

    modos, _ = plain_service(serve, [changing])
    keys = remote.s3_credentials(modos.url)
    with pytest.raises(CredentialsError, match="bob is now signed in"):
        keys()
    assert not keys.stands()


@pytest.mark.usefixtures("signed_in")
def test_a_key_reported_as_expired_is_not_returned_again(serve: Serve) -> None:
    modos, kms = plain_service(serve, [key("first"), key("second")])
    renewing = RenewingCredential(remote.s3_credentials(modos.url))
    first = renewing.get()
    renewing.discard(first)
    assert renewing.get().access_key_id == "second"
    renewing.discard(first)  # of a request that failed late: another key is in hand by now
    assert renewing.get().access_key_id == "second"
    assert len(kms.paths) == 2


@pytest.mark.usefixtures("signed_in")
def test_a_key_is_valid_as_long_as_its_login(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    modos, _ = plain_service(serve, [key("first"), key("second")])
    keys = remote.s3_credentials(modos.url)
    assert not keys.stands()
    keys()
    looked = Mock(wraps=login_store.read_logins)
    monkeypatch.setattr("modos_widgets.remote.key_service.read_logins", looked)
    assert [keys.stands() for _ in range(20)] == [True] * 20
    assert looked.call_count == 1
    sign_in(jti="another")
    assert not keys.stands()
    keys()
    assert keys.stands()
    sign_out()
    assert not keys.stands()


@pytest.mark.usefixtures("signed_in")
def test_key_of_an_earlier_sign_in_is_not_used_after_another_handle_renewed_it(
    serve: Serve,
) -> None:
    modos, _ = plain_service(serve, [key("first"), key("second")])
    service = remote.s3_credentials(modos.url)
    one, other = (S3Options.resolve(modos.url, {"credentials": service}).renewing for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.get().access_key_id == "first"
    sign_in(jti="another")
    assert other.get().access_key_id == "second"
    assert one.get().access_key_id == "second"


@pytest.mark.usefixtures("signed_in")
def test_the_callable_travels_without_its_key_and_with_its_account(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    modos, _ = plain_service(serve, [key()])
    keys = remote.s3_credentials(modos.url)
    keys()
    data = pickle.dumps(keys)
    assert b"s3cr3t" not in data
    monkeypatch.setattr("modos_widgets.remote.key_service._services", {})  # another process
    there = pickle.loads(data)  # noqa: S301
    assert there is not keys
    assert there().access_key_id == "key"
    sign_in(sub="bob")
    for each in (there, pickle.loads(data)):  # noqa: S301
        with pytest.raises(CredentialsError, match="opened by ada"):
            each()


@pytest.mark.parametrize(
    "environment",
    [{"MODOS_ANON": "1"}, {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}],
)
def test_the_environment_takes_precedence_over_a_login(
    environment: dict[str, str], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    modos, kms = plain_service(serve, [key()])
    manager = remote.EndpointManager(modos.url)
    assert remote.login_options(manager) == {}
    remote.JWT(make_jwt()).to_cache()
    assert remote.login_options(manager) == {"credentials": remote.s3_credentials(manager)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert remote.login_options(manager) == {}
    assert kms.paths == []


@pytest.mark.parametrize("exp", [-10, 5])
def test_an_expired_token_of_the_command_line_is_called_expired(serve: Serve, exp: int) -> None:
    app = Flask("endpoint")
    served = serve(app)
    app.add_url_rule("/", "root", lambda: jsonify(auth=None, kms=f"{served.url}/kms"))
    detail = [{"type": "missing", "loc": ["header", "authorization"], "msg": "Field required"}]
    app.add_url_rule("/kms/create", "create", lambda: (jsonify(detail=detail), 422))
    remote.JWT(make_jwt(exp=int(time.time()) + exp)).to_cache()
    with pytest.raises(CredentialsError) as caught:
        remote.s3_credentials(served.url)()
    assert "Field required" not in str(caught.value)
    assert "sign-in" in caught.value.message
    assert "ign in" in caught.value.hint
