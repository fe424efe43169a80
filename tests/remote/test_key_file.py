"""``s3.env`` of the command line: written at a sign-in, named and removed at a sign-out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify

from modos_widgets import remote
from modos_widgets.credentials import S3Options
from modos_widgets.errors import OptionError, StorageError
from tests.remote.conftest import make_jwt
from tests.remote.scripted_provider import ScriptedProvider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remote.conftest import Serve

OURS = [
    "AWS_ACCESS_KEY_ID=key-1",
    "AWS_SECRET_ACCESS_KEY=hush/1+=",
    "AWS_SESSION_TOKEN=session-1",
    "AWS_DEFAULT_REGION=eu-1",
]


class Keys:
    """A key service: each key it gives is another one."""

    def __init__(self, serve: Serve) -> None:
        app = Flask("keys")
        self.given = 0
        self.session = True
        app.add_url_rule("/create", "create", self._create)
        self.url = serve(app).url

    def _create(self) -> Any:
        self.given += 1
        permissions = {"read": True, "write": False, "owner": False}
        spec = {"bucket": "demo", "expiration": "2999-01-01T00:00:00Z", "prefixes": None}
        return jsonify(
            spec={**spec, "permissions": permissions, "region": "eu-1"},
            access_key_id=f"key-{self.given}",
            secret_access_key=f"hush/{self.given}+=",
            **({"session_token": f"session-{self.given}"} if self.session else {}),
        )


@pytest.fixture(autouse=True)
def no_other_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws"))


@pytest.fixture
def keys(serve: Serve) -> Keys:
    return Keys(serve)


@pytest.fixture
def endpoint(serve: Serve, keys: Keys) -> str:
    provider = ScriptedProvider(serve)
    provider.token = {"access_token": make_jwt(), "refresh_token": "again", "expires_in": 3600}
    provider.services = {"kms": keys.url}
    return provider.url


def by_code(endpoint: str, **options: bool) -> None:
    remote.begin_login(endpoint).wait(**options)


def by_paste(endpoint: str, **options: bool) -> None:
    remote.sign_in_with_token(endpoint, make_jwt(), **options)


WAYS = pytest.mark.parametrize("sign_in", [by_code, by_paste])


@WAYS
def test_a_sign_in_writes_the_key_on_request_and_the_sign_out_removes_it(
    endpoint: str, cache: Path, sign_in: Callable[..., None]
) -> None:
    sign_in(endpoint)
    assert not (cache / "s3.env").exists()
    sign_in(endpoint, for_command_line=True)
    file = cache / "s3.env"
    assert file.read_text().splitlines() == OURS
    assert file.stat().st_mode & 0o777 == 0o600
    assert S3Options.resolve("http://127.0.0.1:9").origin == "cache"
    assert remote.remaining_keys() == ((str(file), True),)
    remote.sign_out(endpoint)
    assert not file.exists()
    assert remote.remaining_keys() == ()


def test_other_lines_stay_and_a_session_token_of_before_goes(
    endpoint: str, keys: Keys, cache: Path
) -> None:
    cache.mkdir(parents=True)
    file = cache / "s3.env"
    file.write_text(
        "# mine\nexport AWS_SECRET_ACCESS_KEY='old'\nOTHER=1\n\nAWS_ACCESS_KEY_ID=old\n"
        "AWS_ACCESS_KEY_ID=older\nAWS_SESSION_TOKEN=old\nno line\n"
    )
    file.chmod(0o644)
    keys.session = False
    by_code(endpoint, for_command_line=True)
    assert file.read_text().splitlines() == [
        "# mine",
        "AWS_SECRET_ACCESS_KEY=hush/1+=",
        "OTHER=1",
        "",
        "AWS_ACCESS_KEY_ID=key-1",
        "no line",
        "AWS_DEFAULT_REGION=eu-1",
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    remote.sign_out(endpoint)
    assert file.read_text().splitlines() == ["# mine", "OTHER=1", "", "no line"]


def test_a_foreign_key_is_kept_until_its_removal_is_requested(
    endpoint: str, cache: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_code(endpoint, for_command_line=True)
    file = cache / "s3.env"
    file.write_text("AWS_ACCESS_KEY_ID=theirs\nAWS_SECRET_ACCESS_KEY=secret-of-theirs\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment-secret")
    with caplog.at_level(logging.WARNING):
        remote.sign_out(endpoint)
    assert "theirs" in file.read_text()
    for place in (str(file), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert place in caplog.text
    for value in ("theirs", "secret-of-theirs", "environment-key", "environment-secret"):
        assert value not in caplog.text
        assert value not in repr(remote.remaining_keys())
    assert [key.removable for key in remote.remaining_keys()] == [True, False, False]
    remote.sign_out(endpoint, remove_keys=True)
    assert not file.exists()
    assert [key.place for key in remote.remaining_keys()] == [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ]


def test_a_profile_of_the_tools_of_aws_is_named_and_never_removed(
    endpoint: str, tmp_path: Path
) -> None:
    (tmp_path / "aws").write_text("[default]\naws_access_key_id = a\n")
    remote.sign_out(endpoint, remove_keys=True)
    assert remote.remaining_keys() == ((str(tmp_path / "aws"), False),)


def test_a_renewed_key_is_written_to_our_own_file_only(
    endpoint: str, keys: Keys, cache: Path
) -> None:
    by_code(endpoint, for_command_line=True)
    service = remote.s3_credentials(endpoint)
    service.discard("key-1")
    assert service().access_key_id == "key-2"
    file = cache / "s3.env"
    assert "key-2" in file.read_text()
    file.write_text("AWS_ACCESS_KEY_ID=theirs\nAWS_SECRET_ACCESS_KEY=x\n")
    service.discard("key-2")
    assert service().access_key_id == "key-3"
    assert "theirs" in file.read_text()
    file.unlink()
    service.discard("key-3")
    assert service().access_key_id == "key-4"
    assert not file.exists()
    assert keys.given == 4


def test_a_file_that_cannot_be_read_is_not_overwritten(endpoint: str, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "s3.env").write_bytes(b"\xff\xfe")
    with pytest.raises(StorageError, match=r"s3\.env"):
        by_code(endpoint, for_command_line=True)
    assert (cache / "s3.env").read_bytes() == b"\xff\xfe"
    assert remote.account(endpoint) is not None


def test_a_sign_in_in_memory_writes_no_file(
    endpoint: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODOS_LOGIN", "memory")
    monkeypatch.setattr("modos_widgets.remote.login_store._memory", {})
    with pytest.raises(OptionError, match=r"s3\.env"):
        by_code(endpoint, for_command_line=True)
    assert not cache.exists()
