"""Encrypted connections by Python's ssl, for certificates that obstore does not accept.

obstore's TLS library rejects some trusted certificates that OpenSSL, and thus s3fs and requests,
accept, such as a self-signed one with CA:TRUE, the result of ``openssl req -x509``. In that case
obstore uses a proxy on this computer, which encrypts and verifies.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from modos_widgets.concurrency import PerProcess
from modos_widgets.credentials import (
    proxy_answered,
    proxy_unreachable,
    tls_failure,
)
from modos_widgets.errors import ModosError, UnreachableError

if TYPE_CHECKING:
    from modos_widgets.credentials import S3Options

__all__ = ["Relay"]

_HEAD_LIMIT = 2**20
_PIECE = 2**18
_CONNECT_SECONDS = 5

_shared: PerProcess[dict[tuple[str, str | bool, str | None], Relay]] = PerProcess(dict)


class Relay:
    """Proxy on the loopback address for one S3 server only.

    It runs on the event loop until this process ends.

    Parameters
    ----------
    options : S3Options
        Options of a server with an https address.
    """

    def __init__(self, options: S3Options) -> None:
        parts = urlsplit(options.server)
        self._host = parts.hostname or ""
        self._port = parts.port or 443
        self._where = options.endpoint or "Amazon S3"
        self._proxy = options.proxy
        self._context = options.tls_context()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def shared(cls, options: S3Options) -> Relay:
        """Return this process's relay to a server, started; raises the errors of `start`."""
        identity, relays = (options.server, options.verify, options.proxy), _shared.value
        if identity not in relays:
            relay = cls(options)
            await relay.start()
            return relays.setdefault(identity, relay)  # another thread may have started one
        return relays[identity]

    @property
    def endpoint(self) -> str:
        """URL for obstore: that of the server, with plain http."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """URL of this proxy."""
        assert self._server is not None  # noqa: S101 - after `start`
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Check that the server's certificate is accepted, and listen.

        Raises
        ------
        ModosError
            The certificate is not accepted; the message states the reason.
        """
        _, writer = await self._connect(self._host)
        writer.transport.abort()
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, limit=_HEAD_LIMIT)

    async def _connect(self, host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                if self._proxy is None:
                    return await asyncio.open_connection(
                        host, self._port, ssl=self._context, server_hostname=host
                    )
                return await self._connect_by_proxy(host, self._proxy)
        except ModosError:
            raise
        except (OSError, TimeoutError) as error:
            raise tls_failure(str(error), self._where) or UnreachableError(
                f"{self._where} did not respond.", "Check the network and the endpoint."
            ) from None

    async def _connect_by_proxy(
        self, host: str, proxy: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(proxy)
        encrypted = parts.scheme == "https"
        try:
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if encrypted else 80), ssl=encrypted or None
            )
        except OSError:
            raise proxy_unreachable(proxy, self._where) from None
        named = f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"
        head = f"CONNECT {named} HTTP/1.1\r\nHost: {named}\r\n"
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            head += f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}\r\n"
        writer.write(f"{head}\r\n".encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(answer.split(" ", 2)[1])
        if status != 200:  # noqa: PLR2004
            raise proxy_answered(proxy, self._where, status)
        await writer.start_tls(self._context, server_hostname=host)
        return reader, writer

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, ValueError, ModosError, asyncio.IncompleteReadError):
            pass  # obstore sees a closed connection, and retries
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward the requests of one connection over one connection to the server."""
        upstream: asyncio.StreamWriter | None = None
        answers: asyncio.Task[None] | None = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                host, rewritten, length = _rewritten(head)
                if host != self._host and not host.endswith(f".{self._host}"):
                    return  # forwards to one server only
                if upstream is None:
                    source, upstream = await self._connect(host)
                    answers = asyncio.ensure_future(_pump(source, writer))
                upstream.write(rewritten)
                while length:
                    piece = await reader.read(min(length, _PIECE))
                    if not piece:
                        return
                    length -= len(piece)
                    upstream.write(piece)
                    await upstream.drain()
                await upstream.drain()
        finally:
            if answers is not None:
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(answers, 0.01)
            if upstream is not None:
                upstream.transport.abort()


def _rewritten(head: bytes) -> tuple[str, bytes, int]:
    """Return the host of a request to a proxy, its head for the server, and its body's length."""
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ", 2)
    parts = urlsplit(target)
    if not parts.hostname:
        raise ValueError(target)
    path = target[len(f"{parts.scheme}://{parts.netloc}") :] or "/"
    kept, length = [f"{method} {path} {version}"], 0
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        if name.lower() == "transfer-encoding":
            raise ValueError(line)  # obstore states lengths
        if name.lower() == "content-length":
            length = int(value)
        if not name.lower().startswith("proxy-"):
            kept.append(line)
    return parts.hostname, "\r\n".join([*kept, "", ""]).encode("latin-1"), length


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(_PIECE):
            target.write(piece)
            await target.drain()
    except (OSError, ssl.SSLError):
        pass
    finally:
        target.transport.close()
