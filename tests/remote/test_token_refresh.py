"""Rotating refresh tokens at a real provider: one refresh at a time, whoever asks."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from authlib.integrations.base_client import OAuthError

from modos_widgets import remote
from modos_widgets.demo.server import create_app
from modos_widgets.errors import LockedError, LoginExpiredError
from modos_widgets.files import locked
from modos_widgets.remote import token_refresh
from modos_widgets.remote.login_store import lock, read_logins, save
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from pathlib import Path

    from modos_widgets.remote.login_store import LoginRecord
    from tests.parts.identity import IdentityProvider, StartProvider
    from tests.remote.conftest import Serve

pytestmark = pytest.mark.real


class SignedIn:
    def __init__(self, serve: Serve, provider: IdentityProvider) -> None:
        self.provider = provider
        self.endpoint = serve(create_app({"demo/ex": {}}, services={}, auth=provider.auth))
        login = remote.begin_login(self.endpoint.url)
        provider.approve(login.link or "", login.user_code)
        login.wait()
        self.asked = self.refreshes()

    @property
    def record(self) -> LoginRecord:
        return read_logins().records[0]

    def expire(self) -> LoginRecord:
        record = self.record.model_copy(update={"expires_at": time.time() - 1})
        with lock():
            save(record, made=False)
        return record

    def refreshes(self) -> int:
        """How often the token endpoint was asked since the login."""
        asked = sum(path == "/token" for _, path, _ in self.provider.asked())
        return asked - getattr(self, "asked", 0)


@pytest.fixture
def signed_in(serve: Serve, shared_identity_provider: IdentityProvider) -> SignedIn:
    return SignedIn(serve, shared_identity_provider)


def test_an_expired_token_is_refreshed_without_a_word(signed_in: SignedIn) -> None:
    before = signed_in.expire()
    assert remote.list_remote_items(signed_in.endpoint.url) == ["s3://demo/ex"]
    after = signed_in.record
    assert signed_in.endpoint.tokens[-1] == f"Bearer {after.access_token}"
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert after.serial == before.serial
    token = remote.JWT.from_cache()
    assert token is not None
    assert token.access_token == after.access_token
    assert remote.JWT(before.access_token).refresh() == token  # the old one finds its successor
    assert signed_in.refreshes() == 1


def test_fifty_threads_refresh_once(signed_in: SignedIn) -> None:
    signed_in.expire()
    session = remote.get_session()
    start = threading.Barrier(50)

    def ask() -> None:
        start.wait()
        session.get(f"{signed_in.endpoint.url}/list")

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert signed_in.refreshes() == 1
    assert set(signed_in.endpoint.tokens[-50:]) == {f"Bearer {signed_in.record.access_token}"}


PROGRAM = """
import sys, time
from modos_widgets.remote import list_remote_items
time.sleep(max(0, float(sys.argv[2]) - time.time()))
list_remote_items(sys.argv[1])
"""


@pytest.mark.campaign
def test_processes_that_refresh_at_once_leave_the_person_signed_in(
    signed_in: SignedIn, cache: Path
) -> None:
    signed_in.expire()
    at = str(time.time() + 1.5)
    command = [sys.executable, "-W", "error", "-c", PROGRAM, signed_in.endpoint.url, at]
    count = 12 if os.environ.get("MODOS_CAMPAIGN") else 3
    running = [subprocess.Popen(command) for _ in range(count)]
    assert {one.wait(60) for one in running} == {0}
    assert signed_in.refreshes() == 1
    assert set(signed_in.endpoint.tokens[-count:]) == {f"Bearer {signed_in.record.access_token}"}
    signed_in.expire()
    remote.list_remote_items(signed_in.endpoint.url)
    assert signed_in.refreshes() == 2  # the refresh token that was kept is the right one
    assert {path.stat().st_mode & 0o777 for path in cache.iterdir()} == {0o600}


def test_a_refresh_token_that_is_refused_ends_the_login_once_and_for_all(
    signed_in: SignedIn,
) -> None:
    record = signed_in.expire()
    with lock():
        save(record.model_copy(update={"refresh_token": "of somebody else"}), made=False)
    url = signed_in.endpoint.url
    remote.list_remote_items(url)
    remote.list_remote_items(url)
    assert signed_in.endpoint.tokens[-2:] == [None, None]
    assert signed_in.refreshes() == 1
    account = remote.account(url)
    assert account is not None
    assert account.expired
    with pytest.raises(LoginExpiredError):
        token_refresh.renew(url, record.access_token)


def test_an_unreachable_provider_signs_no_account_out(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record = signed_in.expire()
    signed_in.provider.fail(1)
    url = signed_in.endpoint.url
    remote.list_remote_items(url)
    remote.list_remote_items(url)
    assert signed_in.endpoint.tokens[-2:] == [None, None]
    assert "not refreshed" in caplog.text
    assert signed_in.refreshes() == 0  # one failed, and for a while nobody asks again
    assert signed_in.record.refresh_token == record.refresh_token
    monkeypatch.setattr(token_refresh, "_failed", {})
    remote.list_remote_items(url)
    assert signed_in.endpoint.tokens[-1] is not None


@pytest.mark.parametrize("ahead", [-300, 300])
def test_a_clock_five_minutes_off_changes_nothing(
    serve: Serve, identity_provider: StartProvider, ahead: int
) -> None:
    provider = identity_provider(interval=0.05, clockAhead=ahead, accessTokenLife=200)
    signed_in = SignedIn(serve, provider)
    token = remote.JWT.from_cache()
    assert token is not None
    assert token.expires_at is not None
    assert abs((token.expires_at - datetime.now(UTC)).total_seconds() - 200) < 60
    for _ in range(3):
        remote.list_remote_items(signed_in.endpoint.url)
    assert signed_in.refreshes() == 0
    assert signed_in.endpoint.tokens[-1] == f"Bearer {token.access_token}"
    signed_in.expire()
    remote.list_remote_items(signed_in.endpoint.url)
    assert signed_in.refreshes() == 1


def test_without_locks_the_loser_uses_the_token_of_the_winner(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signed_in.expire()

    def another_was_first(*_: object, **__: object) -> None:
        save(before.renewed(make_jwt(), time.time() + 100, "the next one"), made=False)
        raise OAuthError("invalid_grant")

    monkeypatch.setattr(token_refresh, "fetch_token", another_was_first)
    remote.list_remote_items(signed_in.endpoint.url)
    assert signed_in.endpoint.tokens[-1] == f"Bearer {signed_in.record.access_token}"
    assert signed_in.record.refresh_token == "the next one"


def test_a_file_system_without_locks_is_reported_and_works(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    signed_in.expire()
    remote.list_remote_items(signed_in.endpoint.url)
    assert signed_in.refreshes() == 1
    assert "cannot be locked" in caplog.text


def test_a_lock_that_is_held_for_too_long_raises_an_error(tmp_path: Path) -> None:
    program = "import fcntl,sys,time; f=open(sys.argv[1],'w'); fcntl.flock(f,2); print(flush=True)"
    command = [sys.executable, "-c", program + "; time.sleep(60)", str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        keeper.stdout.readline()
        with pytest.raises(LockedError), locked(tmp_path / "lock", 0.2):
            pass
        keeper.kill()
    with locked(tmp_path / "lock", 5):
        pass


def test_a_forked_process_is_not_held_by_a_lock_of_its_parent(tmp_path: Path) -> None:
    program = """
import os, pathlib, sys, threading, time, warnings
from modos_widgets.files import locked
warnings.simplefilter("ignore")
path = pathlib.Path(sys.argv[1])
held, over = threading.Event(), threading.Event()
def hold():
    with locked(path, 20):
        held.set(); over.wait()
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if not child:
    with locked(path, 20):
        os._exit(7)
time.sleep(0.1)
over.set()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "lock")]
    assert subprocess.run(command, timeout=60, check=False).returncode == 7


def test_signing_out_while_others_ask_leaves_no_login(signed_in: SignedIn) -> None:
    signed_in.expire()
    session = remote.get_session()
    threads = [
        threading.Thread(target=session.get, args=(f"{signed_in.endpoint.url}/list",))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    remote.sign_out(signed_in.endpoint.url)
    for thread in threads:
        thread.join()
    assert read_logins() == (None, ())
    assert remote.account(signed_in.endpoint.url) is None
