"""A loopback HTTP proxy that counts requests and round trips, delays them and breaks them.

It speaks HTTP/1.1 to both sides, passes the Host header on (so signatures stay valid), and
runs on a thread of its own::

    with Proxy(server.endpoint) as proxy:
        storage = S3Storage(url, proxy.endpoint, server.s3_kwargs, mode="r")
        proxy.requests        # [Request("GET", "/bucket/key"), ...]
        proxy.round_trips     # how many had to wait for an earlier answer
        proxy.faults = [Fault("reset", method="PUT", at=0)]
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    Rewrite = Callable[["Request", bytes, bytes], tuple[bytes, bytes]]

Kind = Literal["reset", "cut", "reset-after", "truncate", "delay", "status"]

_HEAD_LIMIT = 2**20
_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
    "<Message>made by the proxy</Message>{extra}</Error>"
)


@dataclass
class Fault:
    """What goes wrong with chosen requests.

    Attributes
    ----------
    kind : str
        "reset": the connection ends before the server sees the request; "cut": it ends after
        the head, before the body; "reset-after": the server has done it and the answer is lost;
        "truncate": half of the answer's body; "delay": the answer comes ``seconds`` later;
        "status": answered with ``status``.
    method : str
        Only requests of this method; "" is all.
    contains : str
        Only requests whose path and query hold this.
    at : int
        The first matching request that is hit, counted from 0.
    times : int
        How many in a row are hit.
    """

    kind: Kind
    method: str = ""
    contains: str = ""
    at: int = 0
    times: int = 1
    seconds: float = 0.5
    status: int = 503
    code: str = "SlowDown"
    extra: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def hits(self, request: Request) -> bool:
        if self.method not in {"", request.method} or self.contains not in request.target:
            return False
        number, self.seen = self.seen, self.seen + 1
        return self.at <= number < self.at + self.times


class Gate:
    """Holds requests of a method until so many have arrived, which needs no clock to see.

    Requests that wait for one another's answers never open it, and pass after 30 s.

    Parameters
    ----------
    count : int
        How many open it.
    method : str
        Which requests it holds.
    """

    def __init__(self, count: int, method: str) -> None:
        self.count, self.method = count, method
        self.arrived = 0
        self._open = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    async def hold(self, request: Request) -> None:
        if request.method != self.method:
            return
        self.arrived += 1
        if self.arrived >= self.count:
            self._open.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._open.wait(), 30)


@dataclass(frozen=True)
class Request:
    """A request that came through."""

    method: str
    target: str
    """Path and query as sent."""
    size: int
    """Bytes of the body."""
    headers: dict[str, str] = field(repr=False, default_factory=dict)

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)


class Proxy:
    """Stands before one HTTP server.

    Parameters
    ----------
    upstream : str
        URL of the server.
    delay : float
        Seconds that every answer waits.
    tls : ssl.SSLContext, optional
        Speak HTTPS to the client.
    """

    def __init__(
        self, upstream: str, *, delay: float = 0.0, tls: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.delay = delay
        self._tls = tls
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.drop_headers: set[str] = set()
        self.drop_headers_of: dict[str, set[str]] = {}
        """Headers that are dropped of requests of a method only."""
        self.one_at_a_time = False
        """Pass the next request on when the server has answered the last one."""
        self._turn = asyncio.Lock()
        self.gate: Gate | None = None
        self.observe: Callable[[Request], None] | None = None
        self.rewrite: Rewrite = lambda _, head, body: (head, body)
        self._rounds: list[list[float]] = []  # begin and end of each
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="proxy")
        self.port = 0

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def round_trips(self) -> int:
        """Sequential round trips: the longest chain of requests that waited for one another."""
        count, end = 0, float("-inf")
        for begin, answered in sorted(self._rounds, key=lambda pair: pair[1]):
            if begin >= end:
                count, end = count + 1, answered
        return count

    @property
    def most_at_once(self) -> int:
        """The most requests that were waiting for their answers at one time."""
        steps = sorted(
            (at, step) for pair in self._rounds for at, step in zip(pair, (1, -1), strict=True)
        )
        waiting = most = 0
        for _, step in steps:
            waiting += step
            most = max(most, waiting)
        return most

    def reset(self) -> None:
        """Forget what was counted, all faults and the gate."""
        self.requests.clear()
        self._rounds.clear()
        self.faults = []
        self.gate = None

    def count(self, method: str = "") -> int:
        return sum(method in {"", request.method} for request in self.requests)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the proxy did not start"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def start() -> None:
            self._server = await asyncio.start_server(
                self._client, "127.0.0.1", 0, limit=_HEAD_LIMIT, ssl=self._tls
            )
            self.port = self._server.sockets[0].getsockname()[1]
            self._ready.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()

    async def _close(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.05)  # transports close in the loop's next rounds

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, begin: float, writer: asyncio.StreamWriter, answer: bytes) -> None:
        """Send the answer; the round is noted before, as the client may ask for it at once."""
        noted = [begin, self._loop.time()]
        self._rounds.append(noted)
        writer.write(answer)
        await writer.drain()
        noted[1] = self._loop.time()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Pass one request and its answer on; False ends the connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        begin = self._loop.time()
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = _headers(lines[1:])
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
        body = await _body(reader, headers)
        request = Request(method, target, len(body), headers)
        await self._note(request)
        faults = [fault for fault in self.faults if fault.hits(request)]
        kinds = {fault.kind: fault for fault in faults}
        if kinds.keys() & {"reset", "cut"}:
            if "cut" in kinds:
                await self._cut(lines)
            writer.transport.abort()
            return False
        wait = self.delay + sum(fault.seconds for fault in faults if fault.kind == "delay")
        if wait:
            await asyncio.sleep(wait)
        if "status" in kinds:
            await self._answer(begin, writer, _made(kinds["status"], method))
            return True
        async with self._turn if self.one_at_a_time else contextlib.nullcontext():
            asked = await self._ask(lines, headers, body, method)
        answer_head, answer = self.rewrite(request, *asked)
        if "reset-after" in kinds:
            writer.transport.abort()
            return False
        if "truncate" in kinds and len(answer) > 1:
            writer.write(answer_head + answer[: len(answer) // 2])
            await writer.drain()
            writer.transport.close()
            return False
        await self._answer(begin, writer, answer_head + answer)
        return True

    async def _note(self, request: Request) -> None:
        self.requests.append(request)
        if self.observe is not None:
            self.observe(request)
        if self.gate is not None:
            await self.gate.hold(request)

    def _kept(self, lines: list[str]) -> list[str]:
        of_method = self.drop_headers_of.get(lines[0].partition(" ")[0], set())
        dropped = {"connection", "expect", "transfer-encoding", *self.drop_headers, *of_method}
        return [line for line in lines[1:] if line and line.split(":", 1)[0].lower() not in dropped]

    async def _cut(self, lines: list[str]) -> None:
        """Send the head alone, and wait until the server has made of it what it makes."""
        reader, writer = await asyncio.open_connection(*self._upstream, limit=_HEAD_LIMIT)
        self._writers.add(writer)
        head = "\r\n".join([lines[0], *self._kept(lines), "Connection: close", "", ""])
        writer.write(head.encode("latin-1"))
        writer.write_eof()
        await reader.read()
        writer.close()

    async def _ask(
        self, lines: list[str], headers: dict[str, str], body: bytes, method: str
    ) -> tuple[bytes, bytes]:
        kept = self._kept(lines)
        if "transfer-encoding" in headers:
            kept.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([lines[0], *kept, "Connection: close", "", ""]).encode("latin-1")
        reader, writer = await asyncio.open_connection(*self._upstream, limit=_HEAD_LIMIT)
        self._writers.add(writer)
        try:
            writer.write(head + body)
            await writer.drain()
            while True:
                answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                if not answer[0].split(" ")[1].startswith("1"):
                    break
            found = _headers(answer[1:])
            data = b"" if method == "HEAD" else await _body(reader, found, to_end=True)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        out = [
            line
            for line in answer[1:]
            if line
            and line.split(":", 1)[0].lower()
            not in {"connection", "transfer-encoding", *(["content-length"] * (method != "HEAD"))}
        ]
        if method != "HEAD":
            out.append(f"Content-Length: {len(data)}")
        return "\r\n".join([answer[0], *out, "", ""]).encode("latin-1"), data


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(
    reader: asyncio.StreamReader, headers: dict[str, str], *, to_end: bool = False
) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        whole = b""
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            piece = await reader.readexactly(size + 2)
            if not size:
                return whole
            whole += piece[:-2]
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read() if to_end else b""


def _made(fault: Fault, method: str) -> bytes:
    body = _BODY.format(code=fault.code, extra=fault.extra).encode()
    head = f"HTTP/1.1 {fault.status} Made\r\nContent-Type: application/xml\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fault.headers.items())
    head += f"Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + (b"" if method == "HEAD" else body)
