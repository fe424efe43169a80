"""Servers on loopback that note what reached them, and a cache folder of one's own."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("MODOS_ALLOW_HTTP", "MODOS_ENDPOINT", "HTTP_PROXY", "http_proxy", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    # a port is used again by another server: what was said of the one before does not hold
    monkeypatch.setattr("modos_widgets.remote.key_service._services", {})
    return tmp_path / "cache" / "modos"


@dataclass
class Served:
    """A server that runs, and what it was asked."""

    url: str
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]

    @property
    def tokens(self) -> list[str | None]:
        return [token for _, _, token in self.requests]


Serve = Callable[["Flask"], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    from modos_widgets.demo.server import listen  # noqa: PLC0415

    running = []

    def start(app: Flask) -> Served:
        served = Served("")
        inner = app.wsgi_app

        def noting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            token = environ.get("HTTP_AUTHORIZATION")
            path = environ.get("REQUEST_URI", environ["PATH_INFO"])
            served.requests.append((environ["REQUEST_METHOD"], path, token))
            return inner(environ, start_response)

        app.wsgi_app = noting  # type: ignore[method-assign]
        server = listen(app)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        running.append((server, thread))
        served.url = f"http://127.0.0.1:{server.server_port}"
        return served

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def public_name(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return loopback a name that is none of loopback's: only the lookup is ours."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return look_up("127.0.0.1" if host == "modos.example.test" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return lambda url: url.replace("127.0.0.1", "modos.example.test")


def make_jwt(**claims: Any) -> str:
    """Return a token that looks like a JWT; it lives for an hour unless told otherwise."""
    claims = {"exp": int(time.time()) + 3600, "sub": "ada"} | claims
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    parts.append(b"not a signature")
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
