from __future__ import annotations

import os
import pickle
import stat
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from modos_widgets.errors import CredentialsError, OptionError, PathError
from modos_widgets.remote import (
    JWT,
    EndpointManager,
    Permissions,
    S3Key,
    S3KeySpec,
    account,
    get_cache_dir,
    sign_in_with_token,
    sign_out,
)
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.conftest import Serve


def test_a_token_is_kept_in_the_file_of_the_command_line(cache: Path) -> None:
    token = JWT(make_jwt())
    assert JWT.from_cache() is None
    token.to_cache()
    assert JWT.get_cache_path() == cache / "token.jwt"
    assert (cache / "token.jwt").read_text() == token.access_token
    assert JWT.from_cache() == token
    assert get_cache_dir() == cache


@pytest.mark.parametrize("known", ["tomorrow", 5, 1e400])
def test_invalid_times_are_refused(known: Any) -> None:
    with pytest.raises(OptionError, match="Expected a datetime or None for _expires_at") as caught:
        JWT(make_jwt(), _expires_at=known)
    assert caught.value.hint


def test_the_first_and_last_times_are_compared(cache: Path) -> None:
    assert JWT(make_jwt(), _expires_at=datetime.min).is_expired  # noqa: DTZ901
    assert not JWT(make_jwt(), _expires_at=datetime.max).is_expired  # noqa: DTZ901


def test_the_file_is_private_from_its_first_byte_on(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    real = os.open

    def opened(path: Any, flags: int, *args: Any, **more: Any) -> int:
        descriptor = real(path, flags, *args, **more)
        if flags & os.O_CREAT:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", opened)
    JWT(make_jwt()).to_cache()
    assert modes == [0o600]
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()} == {0o600}


def test_a_file_that_others_can_read_is_closed_to_them(cache: Path) -> None:
    cache.mkdir(parents=True)
    path = cache / "token.jwt"
    path.write_text(make_jwt() + "\n")
    path.chmod(0o644)
    token = JWT.from_cache()
    assert token is not None
    assert not token.is_expired
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unreadable_cache_file_is_not_a_token(cache: Path) -> None:
    (cache / "token.jwt").mkdir(parents=True)
    assert JWT.from_cache() is None


def test_thirty_seconds_before_its_end_a_token_counts_as_expired() -> None:
    now = int(time.time())
    assert not JWT(make_jwt(exp=now + 40)).is_expired
    assert JWT(make_jwt(exp=now + 29)).is_expired
    assert JWT(make_jwt(exp=now - 10)).is_expired
    token = JWT(make_jwt(exp=now + 40))
    assert token.expires_at == datetime.fromtimestamp(now + 40, UTC)


def test_a_known_time_of_expiry_wins_over_the_payload() -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert not JWT(make_jwt(exp=1), later).is_expired
    assert JWT(make_jwt(), datetime(2020, 1, 1)).is_expired  # noqa: DTZ001  # naive on purpose


@pytest.mark.parametrize(
    "exp", [None, "soon", "1795352898", True, [], {}, 1e300, -1e300, 10**30, float("nan")]
)
def test_an_unreadable_time_of_expiry_means_expired(exp: Any) -> None:
    token = JWT(make_jwt(exp=exp))
    assert token.expires_at is None
    assert token.is_expired
    assert token.refresh() is None


@pytest.mark.parametrize(
    "text", ["", "garbage", "a.b", "a.b.c", "....", "é.é.é", "W10.W10.", "\ud800"]
)
def test_a_text_that_is_not_a_jwt_counts_as_expired(text: str) -> None:
    assert JWT(text).is_expired


@pytest.mark.parametrize("text", ["", "a b", "a\r\nb", "é", "a\x00"])
def test_a_token_that_is_not_valid_in_a_header_is_not_stored(text: str) -> None:
    with pytest.raises(CredentialsError):
        JWT(text).to_cache()


def test_a_token_is_not_shown() -> None:
    token = make_jwt()
    assert token not in repr(JWT(token)) + str(JWT(token))
    assert "expires_at=20" in repr(JWT(token))
    assert repr(JWT("x")) == "JWT(expires_at=None)"
    assert pickle.loads(pickle.dumps(JWT(token))) == JWT(token)  # noqa: S301


def test_a_pasted_token_belongs_to_one_endpoint(serve: Serve) -> None:
    from modos_widgets.demo.server import create_app  # noqa: PLC0415

    served = serve(create_app({}, services={"kms": "http://127.0.0.1:9/kms"}))
    token = make_jwt(scope="profile permissions", preferred_username="Ada <b>L.</b>")
    found = sign_in_with_token(served.url, f" Bearer {token}\n")
    assert found == account(EndpointManager(served.url))
    assert (found.subject, found.scopes) == ("ada", ("profile", "permissions"))
    assert found.name == "Ada <b>L.</b>"  # as text: whoever shows it escapes it
    assert not found.renews
    assert not found.expired
    assert account("http://127.0.0.1:9") is None
    assert token not in repr(found)
    assert sign_out(served.url) is False  # nobody could be told
    assert JWT.from_cache() is None


@pytest.mark.parametrize("text", ["", "garbage", make_jwt(exp=10), make_jwt(exp=None), "a\nb"])
def test_an_invalid_pasted_token_is_refused(text: str) -> None:
    with pytest.raises(CredentialsError):
        sign_in_with_token("http://127.0.0.1:9", text)


def test_an_expired_token_shows_an_expired_account() -> None:
    JWT(make_jwt(exp=100)).to_cache()
    found = account("http://127.0.0.1:9")
    assert found is not None
    assert found.expired


def test_claims_that_are_no_text_are_left_out() -> None:
    JWT(make_jwt(sub=3, name=["x"], scope=4, email=" ")).to_cache()
    found = account("http://127.0.0.1:9")
    assert found is not None
    assert (found.subject, found.name, found.scopes) == (None, None, ())


def test_an_account_of_no_address_is_refused() -> None:
    with pytest.raises(PathError):
        account("modos.example.org")


SPEC: dict[str, Any] = {
    "bucket": "demo",
    "expiration": "2030-01-01T00:00:00",
    "prefixes": None,
    "permissions": {"read": True, "write": True, "owner": False},
}


@pytest.mark.parametrize(
    ("prefixes", "paths"),
    [
        (None, "s3://demo/"),
        ([], "s3://demo/"),
        (["x"], "s3://demo/x"),
        (["x", "y/z"], "s3://demo/{x,y/z}"),
        (["/x/"], "s3://demo/x/"),
    ],
)
def test_a_key_tells_where_it_works(prefixes: list[str] | None, paths: str) -> None:
    spec = S3KeySpec(**SPEC | {"prefixes": prefixes})
    assert S3Key(spec=spec, access_key_id="i", secret_access_key="s").valid_paths() == paths


def test_permissions_are_read_only_by_default_and_named() -> None:
    assert str(Permissions.default()) == "read"
    assert str(Permissions(read=True, write=True, owner=False)) == "read,write"
    assert str(Permissions(read=False, write=False, owner=False)) == ""


def test_a_naive_expiration_is_read_as_utc() -> None:
    assert S3KeySpec(**SPEC).expiration == datetime(2030, 1, 1, tzinfo=UTC)
    aware = S3KeySpec(**SPEC | {"expiration": "2030-01-01T01:00:00+01:00"})
    assert aware.expiration == datetime(2030, 1, 1, tzinfo=UTC)
    assert (aware.name, aware.region) == (None, "us-east-1")


def test_a_key_shows_no_secret() -> None:
    key = S3Key(
        spec=S3KeySpec(**SPEC),
        access_key_id="id",
        secret_access_key="s3cr3t",
        session_token="t0k3n",
    )
    assert "s3cr3t" not in repr(key) + str(key)
    assert "t0k3n" not in repr(key)
    with pytest.raises(ValidationError) as caught:
        S3Key.model_validate({"secret_access_key": "s3cr3t"})
    assert "s3cr3t" not in str(caught.value)
