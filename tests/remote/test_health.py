"""One look at every service, side by side."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify

from modos_widgets import remote
from modos_widgets.errors import PathError
from tests.remote.conftest import make_jwt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.conftest import Serve


def service(status: int = 200, body: Any = None, wait: float = 0, server: str = "") -> Flask:
    app = Flask("service")

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def answer(path: str) -> Any:
        time.sleep(wait)
        return jsonify(body or {}), status, {"Server": server} if server else {}

    return app


@pytest.fixture
def silent() -> Iterator[str]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_each_service_is_reported_separately(serve: Serve, silent: str) -> None:
    remote.JWT(make_jwt()).to_cache()
    running = {
        "s3": serve(service(403, server="SeaweedFS 4.48")),
        "auth": serve(service(200, {"issuer": "x"})),
        "htsget": serve(service(200, {"version": "1.2 <b>\n"})),
        "fuzon": serve(service(500)),
    }
    named: dict[str, Any] = {name: one.url for name, one in running.items()}
    named |= {"auth": {"url": running["auth"].url}, "kms": silent, "refget": closed(), "status": 1}
    modos = serve(service(200, {**named, "version": "0.9"}))
    seen: list[str] = []
    started = time.monotonic()
    health = remote.check_services(
        modos.url, deadline=3, on_result=lambda one: seen.append(one.name)
    )
    assert time.monotonic() - started < 9
    assert list(health) == ["modos", "auth", "kms", "s3", "fuzon", "htsget", "refget"]
    assert seen[0] == "modos"
    assert sorted(seen) == sorted(health)
    assert {name: one.reachable for name, one in health.items()} == {
        "modos": True,
        "auth": True,
        "kms": False,
        "s3": True,
        "fuzon": False,
        "htsget": True,
        "refget": False,
    }
    assert health["s3"].login_needed is True
    assert health["auth"].login_needed is False
    assert health["kms"].login_needed is None
    assert health["modos"].version == "0.9"
    assert "SeaweedFS 4.48" in (health["s3"].version or "")
    assert health["htsget"].version == "1.2 <b>"
    assert health["modos"].latency is not None
    assert 0 < health["modos"].latency < 3
    assert "500" in (health["fuzon"].problem or "")
    assert "timed out" in (health["kms"].problem or "")
    assert "refused" in (health["refget"].problem or "")
    assert running["htsget"].paths == ["/reads/service-info"]
    assert running["auth"].paths == ["/.well-known/openid-configuration"]
    for one in (modos, *running.values()):
        assert set(one.tokens) == {None}


def test_services_are_checked_concurrently(serve: Serve) -> None:
    slow = {name: serve(service(wait=1)).url for name in ("s3", "kms", "htsget", "fuzon")}
    started = time.monotonic()
    health = remote.check_services(remote.EndpointManager(services=slow))
    assert time.monotonic() - started < 3.5
    assert all(one.reachable for one in health.values())
    assert all((one.latency or 0) >= 1 for one in health.values())


def test_a_dead_server_hides_no_service_that_was_given(serve: Serve) -> None:
    manager = remote.EndpointManager(closed(), {"s3": serve(service()).url})
    health = remote.check_services(manager)
    assert not health["modos"].reachable
    assert health["s3"].reachable


def test_a_service_without_address_is_reported_and_not_raised(serve: Serve) -> None:
    bad = {"s3": "<script>alert(1)</script>", "kms": "javascript:alert(1)", "fuzon": 3}
    health = remote.check_services(serve(service(200, bad)).url)
    assert list(health) == ["modos", "kms", "s3"]
    assert not health["s3"].reachable
    assert "not an address" in (health["s3"].problem or "")


def test_a_page_that_never_ends_is_cut_off_at_the_deadline(serve: Serve) -> None:
    app = Flask("endless")

    def drip() -> Iterator[bytes]:
        for _ in range(200):
            yield b" "
            time.sleep(0.05)

    app.add_url_rule("/", view_func=drip)
    started = time.monotonic()
    health = remote.check_services(serve(app).url, deadline=0.4)
    assert time.monotonic() - started < 8
    assert not health["modos"].reachable


def test_cancelling_ends_the_waiting(silent: str) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    started = time.monotonic()
    assert remote.check_services(silent, deadline=5, cancelled=cancelled) == {}
    assert time.monotonic() - started < 4


def test_probes_end_at_the_deadline_and_leave_no_thread(silent: str) -> None:
    before = set(threading.enumerate())
    remote.check_services(silent, deadline=0.2)
    ours = [one for one in threading.enumerate() if one.name.startswith("modos-")]
    ours = [one for one in ours if one not in before]
    for thread in ours:
        thread.join(5)
    assert not any(thread.is_alive() for thread in ours)


def test_the_url_of_the_endpoint_must_be_one() -> None:
    with pytest.raises(PathError):
        remote.check_services("modos.example.org")
