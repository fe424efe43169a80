"""Cancelling cuts a request under way: a server that hangs keeps no thread."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from modos_widgets import background, concurrency, remote
from modos_widgets.errors import LoginCancelledError, UnreachableError
from modos_widgets.session.health import Health
from modos_widgets.session.session import Session
from modos_widgets.session.sign_in import SignIn
from tests.parts.places import app_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.parts.places import ServeApp


class Hanging:
    """A server that takes connections, reads, and never says a word."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.taken: list[socket.socket] = []
        self.asked = threading.Event()
        self._thread = threading.Thread(target=self._take, name="hanging", daemon=True)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.taken.append(connection)
            connection.recv(10)
            self.asked.set()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listening.close()
        for connection in self.taken:
            connection.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    server = Hanging()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(concurrency, "_IDLE_SECONDS", 0.1)
    concurrency.event_loop()  # its thread stays
    before = set(threading.enumerate())
    yield

    def left() -> list[str]:
        alive = set(threading.enumerate()) - before
        return [each.name for each in alive if each.name.startswith("modos-")]

    wait_until(lambda: not left(), 15)  # far below the minute that a call may take


def test_a_task_that_is_cancelled_ends(hanging: Hanging) -> None:
    task = background.run(remote.list_remote_items, hanging.url)
    assert hanging.asked.wait(10)
    task.cancel()
    with pytest.raises(UnreachableError):
        task.result(10)
    late = background.run(lambda: background.run(remote.list_remote_items, hanging.url))
    late.result(10).cancel()


def test_choosing_another_endpoint_leaves_nothing_that_waits(
    hanging: Hanging, serve_app: ServeApp
) -> None:
    session: Any = Session(hanging.url)
    assert hanging.asked.wait(10)
    session.go(serve_app(app_of("P-1")))
    wait_until(lambda: session.listed)
    assert session.problem is None
    session.close()


def test_a_sign_in_that_is_cancelled_or_closed_ends(hanging: Hanging) -> None:
    sign_in: Any = SignIn(remote.EndpointManager(hanging.url))
    assert hanging.asked.wait(10)
    sign_in.begin()
    sign_in.cancel()
    assert (sign_in.state, sign_in.problem) == ("signed out", None)
    sign_in.close()


def test_a_code_whose_provider_hangs_can_be_cancelled(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modos_widgets.remote.identity_provider import Provider  # noqa: PLC0415  heavy

    provider = Provider(issuer=hanging.url, token_endpoint=f"{hanging.url}/token")
    answer = {
        "device_code": "d",
        "user_code": "ABCD",
        "verification_uri": "https://id.example.org",
        "expires_in": 600,
        "interval": 0.05,
    }
    login = remote.DeviceLogin(
        remote.EndpointManager(hanging.url), provider, "tests", answer, allow_http=False
    )
    waiting = background.run(login.wait)
    assert hanging.asked.wait(10)
    login.cancel()
    with pytest.raises(LoginCancelledError):
        waiting.result(10)


def test_a_check_of_services_that_is_over_asks_no_more(hanging: Hanging) -> None:
    health: Any = Health(deadline=60)
    health.check(remote.EndpointManager(hanging.url))
    assert hanging.asked.wait(10)
    health.check(None)
    assert (health.services, health.checking) == ({}, False)
