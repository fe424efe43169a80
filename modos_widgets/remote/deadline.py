"""A limit on the whole of one call, redirects, retries and body included.

The read timeout of requests starts anew with every byte that arrives, so a
server that drips a byte now and then holds a caller for ever. Here the sockets
of a call are known, and are shut when its time is up or when it is cancelled.
Only the lookup of a host's name cannot be cut short.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Token

    from urllib3 import PoolManager, ProxyManager

LARGEST = 256 * 2**20
"""Bytes, unpacked, of an answer that is read as a whole."""

_current: ContextVar[Deadline | None] = ContextVar("modos_widgets_deadline", default=None)


class Cut:
    """Ends the calls that are made within it, from another thread; a context manager.

    Calls under way have their sockets shut and raise as when their time is up, later ones
    raise at once. Within another one, the inner one counts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[Deadline] = set()
        self._made = False
        self._outer: Token[Cut | None] | None = None

    def now(self) -> None:
        """End what is under way."""
        with self._lock:
            self._made = True
            calls = list(self._calls)
        for call in calls:
            call.end()

    def begin(self, call: Deadline) -> None:
        """Take note of a call."""
        with self._lock:
            self._calls.add(call)
            made = self._made
        if made:
            call.end()

    def over(self, call: Deadline) -> None:
        """Forget a call."""
        with self._lock:
            self._calls.discard(call)

    def __enter__(self) -> Self:
        """Make it the one that counts."""
        self._outer = _cut.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Let the one around it count again."""
        if self._outer is not None:
            _cut.reset(self._outer)


_cut: ContextVar[Cut | None] = ContextVar("modos_widgets_cut", default=None)


class Deadline:
    """The time that one call may take; a context manager around it.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self.end)
        self._timer.daemon = True
        self._timer.name = "modos-deadline"
        self._outer: Token[Deadline | None] | None = None
        self._cut: Cut | None = None

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._over.is_set()

    @property
    def remaining(self) -> float:
        """Seconds left, not below zero."""
        return 0.0 if self.over else max(0.0, self._ends - time.monotonic())

    def pause(self, seconds: float) -> bool:
        """Wait; False when the time was up before."""
        return not self._over.wait(seconds)

    def end(self) -> None:
        """Shut what is open and refuse what would be opened."""
        self._over.set()
        with self._lock:
            for open_socket in self._sockets:
                with suppress(OSError):  # it is closed already
                    # not SSLSocket.shutdown: that pulls the rug from under a reading thread
                    socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

    def watch(self, opened: Any) -> None:
        """Take note of a socket that the call uses now."""
        if isinstance(opened, socket.socket):
            with self._lock:
                self._sockets.append(opened)
        if self.over:
            self.end()
            raise ConnectTimeoutError("the time of the call is up")

    def __enter__(self) -> Self:
        """Start the clock."""
        self._outer = _current.set(self)
        self._timer.start()
        self._cut = _cut.get()
        if self._cut is not None:
            self._cut.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clock."""
        if self._cut is not None:
            self._cut.over(self)
        self._timer.cancel()
        self._timer.join()
        if self._outer is not None:
            _current.reset(self._outer)


def _watch(opened: Any) -> None:
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(opened)


def _counted(raw: Any, largest: int) -> Callable[..., Iterator[bytes]]:
    stream = raw.stream

    def counted(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        left = largest
        for piece in stream(*args, **kwargs):
            left -= len(piece)
            if left < 0:
                raw.close()  # hang up: what is left of the answer would keep the server
                raise TooLargeError(f"more than {largest:,} bytes")
            yield piece

    return counted


class _Plain(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            _watch(self.sock)
        super().request(*args, **kwargs)


class _Encrypted(_Plain, HTTPSConnection):  # what `_Plain` calls is that of HTTPS here
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


_POOLS = {"http": _PlainPool, "https": _EncryptedPool}


class TooLargeError(requests.RequestException):
    """An answer has more bytes, unpacked, than any that is read as a whole."""


class WatchedAdapter(HTTPAdapter):
    """An adapter of requests whose sockets the running `Deadline` knows.

    Within a `Deadline` no answer is larger than `largest`: it is read into memory as a whole,
    and a few bytes can be packed so that they fill it.
    """

    largest = LARGEST

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Make the answer, whose body is counted as it is unpacked."""
        response = super().build_response(req, resp)
        if _current.get() is not None:
            raw: Any = response.raw
            raw.stream = _counted(raw, self.largest)
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of watched connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager: PoolManager
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        """Make the pools of watched connections through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
