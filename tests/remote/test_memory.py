"""A sign-in that lives in the memory of its process: the home is neither read nor written."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from modos_widgets import remote
from modos_widgets.credentials import S3Options, sign_in_is_in_memory
from modos_widgets.errors import OptionError
from modos_widgets.remote import login_store
from modos_widgets.session.bookmarks import Bookmarks
from tests.parts.checkout import ROOT
from tests.remote.conftest import make_jwt
from tests.remote.scripted_provider import ScriptedProvider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.conftest import Serve

FRESH = """
import sys
from modos_widgets import remote
from modos_widgets.session.bookmarks import Bookmarks
account = remote.account(sys.argv[1])
print(account and account.subject, Bookmarks().places())
"""


@pytest.fixture(autouse=True)
def own_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(login_store, "_memory", {})
    monkeypatch.setattr("modos_widgets.session.bookmarks._memory", {})
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MODOS_ANON", "AWS_SKIP_SIGNATURE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "in_memory"),
    [
        ({}, False),
        ({"MODOS_LOGIN": "memory"}, True),
        ({"MODOS_LOGIN": " Memory "}, True),
        ({"SERVER_SOFTWARE": "voila/0.5.12"}, True),
        ({"SERVER_SOFTWARE": "gunicorn/20"}, False),
        ({"VOILA_PREHEAT": "True"}, True),
        ({"VOILA_BASE_URL": "/"}, True),
        ({"SERVER_SOFTWARE": "voila/0.5.12", "MODOS_LOGIN": "home"}, False),
    ],
)
def test_where_a_sign_in_is_kept(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, *, in_memory: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert sign_in_is_in_memory() is in_memory


def test_another_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODOS_LOGIN", "disk")
    with pytest.raises(OptionError, match="MODOS_LOGIN"):
        remote.account("https://modos.example.org")


def fresh(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FRESH, url],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_sign_in_works_in_memory_and_leaves_the_home_untouched(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODOS_LOGIN", "memory")
    provider = ScriptedProvider(serve)
    provider.token = lambda: {
        "access_token": make_jwt(number=provider.token_requests),
        "refresh_token": "again",
        "expires_in": 3600,
    }
    account = remote.begin_login(provider.url).wait()
    assert account.subject == "ada"
    session = remote.get_session()
    session.get(f"{provider.url}/api/a")
    token = remote.JWT.from_cache()
    assert token is not None
    assert provider.served.tokens[-1] == f"Bearer {token.access_token}"
    assert token.refresh() is not None
    Bookmarks().use(provider.url)
    Bookmarks().opened(provider.url, "s3://demo/a", "ada")
    assert Bookmarks().recent(provider.url, "ada") == ("s3://demo/a",)
    before = login_store.state_of_logins()
    assert fresh(provider.url) == "None ()"
    remote.sign_out(provider.url)
    assert remote.account(provider.url) is None
    assert login_store.state_of_logins() != before
    session.get(f"{provider.url}/api/a")
    assert provider.served.tokens[-1:] == [None]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_logins_in_the_home_folder_are_not_used_and_kept(
    serve: Serve, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = ScriptedProvider(serve)
    provider.token = {"access_token": make_jwt(), "refresh_token": "again", "expires_in": 3600}
    remote.begin_login(provider.url).wait()
    Bookmarks().use(provider.url)
    (cache / "s3.env").write_text("AWS_ACCESS_KEY_ID=theirs\nAWS_SECRET_ACCESS_KEY=hush\n")
    before = {path: path.read_bytes() for path in cache.iterdir()}
    assert S3Options.resolve("http://127.0.0.1:9").origin == "cache"
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.12")
    assert remote.account(provider.url) is None
    assert remote.JWT.from_cache() is None
    assert Bookmarks().places() == ()
    assert S3Options.resolve("http://127.0.0.1:9").origin != "cache"
    remote.sign_in_with_token(provider.url, make_jwt(sub="bob"))
    remote.sign_out(provider.url)
    assert {path: path.read_bytes() for path in cache.iterdir()} == before
    monkeypatch.delenv("SERVER_SOFTWARE")
    account = remote.account(provider.url)
    assert account is not None
    assert account.subject == "ada"
