"""S3 options in both spellings, and where they come from."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets.credentials import S3Credential, S3Options, cache_folder, write_private
from modos_widgets.errors import CredentialsError, OptionError, StorageError
from modos_widgets.storage import S3Storage

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

KEY = {"key": "the-key", "secret": "the-secret"}
ENDPOINT = "http://127.0.0.1:9000"


def key_of(options: S3Options) -> tuple[str, str, str | None] | None:
    one = options.credential
    return None if one is None else (one.access_key_id, one.secret_access_key, one.session_token)


@pytest.mark.parametrize(
    "given",
    [
        {"key": "k", "secret": "s", "token": "t", "region": "r"},
        {"access_key_id": "k", "secret_access_key": "s", "session_token": "t", "region": "r"},
        {"aws_access_key_id": "k", "aws_secret_access_key": "s", "aws_session_token": "t",
         "region_name": "r"},
        {"key": "k", "access_key_id": "k", "secret": "s", "token": "t",
         "client_kwargs": {"region_name": "r"}, "anon": False, "skip_signature": False},
    ],
)  # fmt: skip
def test_both_spellings_are_one(given: dict[str, Any]) -> None:
    options = S3Options.resolve(ENDPOINT, given)
    assert key_of(options) == ("k", "s", "t")
    assert (options.region, options.endpoint, options.origin) == ("r", ENDPOINT, "argument")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"acess_key_id": "k"}, "acess_key_id"),
        ({"key": "k", "secret": "s", "surprise": 1, "other": 2}, "other, surprise"),
        ({"client_kwargs": {"surprise": 1}}, "surprise"),
        ({"key": "k"}, "part"),
        ({"token": "t"}, "part"),
        ({**KEY, "anon": True}, "more than one"),
        ({**KEY, "profile": "p"}, "more than one"),
        ({**KEY, "access_key_id": "other"}, "twice"),
        ({"key": 1, "secret": "s"}, "Expected a str"),
        ({"key": "k\n", "secret": "s"}, "line break"),
        ({"credentials": "text"}, "callable"),
        ({"anon": "perhaps"}, "neither"),
        ({"verify": 3}, "verify"),
        ({"addressing_style": "odd"}, "addressing"),
        ({"endpoint_url": "http://other"}, "differ"),
        ({"client_kwargs": 3}, "dictionary"),
    ],
)
def test_an_inapplicable_option_is_refused_by_name(given: dict[str, Any], word: str) -> None:
    with pytest.raises(OptionError, match=word):
        S3Options.resolve(ENDPOINT, given)


def test_a_refusal_never_holds_a_secret() -> None:
    for given in ({"key": "hidden-key-1", "secret": "hidden\nsecret"}, {"token": "hidden-token"}):
        with pytest.raises(OptionError) as caught:
            S3Options.resolve(ENDPOINT, given)
        assert "hidden" not in str(caught.value)


def test_the_order_is_argument_environment_cache_chain_anonymous(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def origin(**given: Any) -> tuple[str, str | None, str]:
        options = S3Options.resolve(ENDPOINT, given)
        key = key_of(options)
        return options.origin, key and key[0], options.region

    assert origin() == ("anonymous", None, "us-east-1")
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(
        "[default]\naws_access_key_id = chain\naws_secret_access_key = s\n"
        "[named]\naws_access_key_id = named\naws_secret_access_key = s\n"
    )
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[default]\nregion = chain-region\n")
    assert origin() == ("chain", None, "chain-region")
    found = S3Options.resolve(ENDPOINT).current_credential()
    assert found is not None
    assert found.access_key_id == "chain"
    named = S3Options.resolve(ENDPOINT, {"profile": "named"}).current_credential()
    assert named is not None
    assert named.access_key_id == "named"
    home.mkdir(parents=True)
    (home / "s3.env").write_text(
        "AWS_ACCESS_KEY_ID=cached\nAWS_SECRET_ACCESS_KEY=s\nAWS_DEFAULT_REGION=cached-region\n"
    )
    assert origin() == ("cache", "cached", "cached-region")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "environment-region")
    assert origin() == ("environment", "environment", "environment-region")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    assert origin() == ("anonymous", None, "environment-region")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "false")
    monkeypatch.setenv("MODOS_ANON", "1")
    assert origin() == ("anonymous", None, "environment-region")
    assert origin(**KEY, region="r") == ("argument", "the-key", "r")
    assert origin(skip_signature=True) == ("anonymous", None, "environment-region")


def test_a_profile_that_is_not_there() -> None:
    with pytest.raises(CredentialsError, match="nobody"):
        _ = S3Options.resolve(ENDPOINT, {"profile": "nobody"}).current_credential()


def test_a_broken_cache_is_named(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "s3.env").write_bytes(b"\xff\xfe")
    with pytest.raises(StorageError, match=r"s3\.env"):
        S3Options.resolve(ENDPOINT)


def test_reading_leaves_no_cache_folder_behind(home: Path) -> None:
    S3Options.resolve(ENDPOINT)
    assert not home.exists()


def test_no_secret_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    options = S3Options.resolve(ENDPOINT, {**KEY, "token": "the-token"})
    shown = repr(options) + str(options) + repr(options.credential)
    shown += repr(options.for_s3fs()) + caplog.text
    assert "the-secret" not in shown
    assert "the-token" not in shown


def test_the_session_token_is_not_in_botocore_logs(
    caplog: pytest.LogCaptureFixture, moto_server: S3Server
) -> None:
    caplog.set_level("DEBUG")
    keys = {"key": "AK", "secret": "the-secret", "token": "the-token", "skip_signature": False}
    storage = S3Storage(f"s3://{moto_server.bucket()}/x", moto_server.endpoint, keys, mode="a")
    storage.put([b"hello"], "a.txt")
    assert "x-amz-security-token:***" in caplog.text
    assert "the-token" not in caplog.text
    assert "the-secret" not in caplog.text


def test_options_are_equal_hashable_and_travel() -> None:
    options = S3Options.resolve(ENDPOINT, KEY)
    assert options == S3Options.resolve(ENDPOINT, KEY)
    assert len({options, S3Options.resolve(ENDPOINT, KEY)}) == 1
    assert pickle.loads(pickle.dumps(options)) == options  # noqa: S301


@pytest.mark.parametrize("style", ["auto", "path", "virtual"])
def test_addressing(style: str) -> None:
    options = S3Options.resolve(ENDPOINT, {**KEY, "addressing_style": style})
    config, client, provider = options.for_obstore()
    assert config["virtual_hosted_style_request"] == (style == "virtual")
    assert options.for_s3fs()["config_kwargs"]["s3"]["addressing_style"] in {"path", "virtual"}
    assert client["allow_http"] is True
    assert provider is None
    assert config["secret_access_key"] == "the-secret"
    amazon = S3Options.resolve(None, KEY)
    assert amazon.endpoint is None
    assert amazon.for_obstore()[0]["virtual_hosted_style_request"] is True


def test_cache_folder_and_private_files(home: Path) -> None:
    old = os.umask(0)
    try:
        folder = cache_folder()
        assert folder == home
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.chmod(0o755)
        assert stat.S_IMODE(cache_folder().stat().st_mode) == 0o700
        write_private(folder / "token.jwt", b"one")
        write_private(folder / "token.jwt", b"two")
    finally:
        os.umask(old)
    assert (folder / "token.jwt").read_bytes() == b"two"
    assert stat.S_IMODE((folder / "token.jwt").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["token.jwt"]
    with pytest.raises(StorageError, match="absent"):
        write_private(folder / "absent" / "file", b"x")


def test_the_room_is_cheap_to_import() -> None:
    program = (
        "import sys, modos_widgets.credentials\n"
        "print([m for m in ('s3fs', 'zarr', 'aiobotocore', 'botocore', 'obstore', 'pandas')"
        " if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "[]\n"


def test_a_credential_hides_its_secrets() -> None:
    credential = S3Credential("the-key", "the-secret", "the-token")
    assert repr(credential) == "S3Credential(access_key_id='the-key', expires_at=None)"
