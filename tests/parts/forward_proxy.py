"""A real forward proxy, as HTTP_PROXY and HTTPS_PROXY name one: plain requests and CONNECT.

It looks names up in ``hosts`` first, so that any name can lead to a server of this machine::

    with ForwardProxy({"s3.example.org": ("127.0.0.1", 9000)}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        proxy.targets         # ["http://s3.example.org/bucket/key", "s3.example.org:443"]
        proxy.refusal = 502   # answers so by itself from now on
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


class ForwardProxy:
    """Runs on threads; a context manager.

    Parameters
    ----------
    hosts : mapping
        Names to the address and port that is really connected to.
    """

    def __init__(self, hosts: Mapping[str, tuple[str, int]] | None = None) -> None:
        self.hosts = dict(hosts or {})
        self.refusal = 0
        self.refusal_body = b"<html><body>made by the proxy</body></html>"
        self.targets: list[str] = []
        self.credentials: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._closed = False

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True, name="forward-proxy").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._one(client)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()

    def _one(self, client: socket.socket) -> None:
        head, body = _read_head(client)
        if not head:
            return
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        self.targets.append(target)
        self.credentials += [
            line.partition(":")[2].strip()
            for line in lines
            if line.lower().startswith("proxy-authorization:")
        ]
        if self.refusal:
            self._refuse(client, method)
            return
        parts = urlsplit(target if method != "CONNECT" else f"//{target}")
        place = (parts.hostname or "", parts.port or 80)
        server = socket.create_connection(self.hosts.get(place[0], place), 10)
        self._open.append(server)
        if method == "CONNECT":
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = parts.path or "/"
            lines[0] = f"{method} {path}{f'?{parts.query}' if parts.query else ''} HTTP/1.1"
            kept = [one for one in lines if not one.lower().startswith(("connection:", "proxy-"))]
            server.sendall("\r\n".join([*kept, "Connection: close", "", ""]).encode("latin-1"))
        server.sendall(body)
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join(10)
        server.close()

    def _refuse(self, client: socket.socket, method: str) -> None:
        body = b"" if method == "HEAD" else self.refusal_body
        client.sendall(
            f"HTTP/1.1 {self.refusal} No\r\nContent-Type: text/html\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return b"", b""
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
