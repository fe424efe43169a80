"""Time and size limits of a whole call, including redirects, retries and body.

The read timeout of requests restarts with every byte, so a server that sends a
byte now and then could block a caller forever. Here the sockets of a call are
recorded, and closed when its time is up or when it is cancelled. Only the lookup
of a host name cannot be interrupted.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

import requests
import urllib3  # noqa: F401  before its parts
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

from modos_widgets.concurrency import Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Token

    from urllib3 import PoolManager, ProxyManager

LARGEST = 256 * 2**20
"""Maximum size in bytes, decompressed, of a response that is read into memory."""

_current: ContextVar[Deadline | None] = ContextVar("modos_widgets_deadline", default=None)


class Cancellation:
    """Context manager whose calls another thread can cancel.

    The sockets of running calls are closed, so they raise a time-out; later calls raise at
    once. If contexts are nested, the inner one applies.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[Deadline] = set()
        self._cancelled = False
        self._outer: Token[Cancellation | None] | None = None

    def cancel(self) -> None:
        """Cancel running and later calls."""
        with self._lock:
            self._cancelled = True
            calls = list(self._calls)
        for call in calls:
            call.end()

    def begin(self, call: Deadline) -> None:
        """Register a call.

        Parameters
        ----------
        call : Deadline
            The call; it ends at once if this is already cancelled.
        """
        with self._lock:
            self._calls.add(call)
            cancelled = self._cancelled
        if cancelled:
            call.end()

    def over(self, call: Deadline) -> None:
        """Unregister a call.

        Parameters
        ----------
        call : Deadline
            A call that was registered.
        """
        with self._lock:
            self._calls.discard(call)

    def __enter__(self) -> Self:
        """Apply the cancellation to the calls of this context."""
        self._outer = _cancellation.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the outer cancellation."""
        if self._outer is not None:
            _cancellation.reset(self._outer)


_cancellation: ContextVar[Cancellation | None] = ContextVar("modos_widgets_cut", default=None)


class Deadline:
    """Context manager that limits the time of one call.

    Parameters
    ----------
    seconds : float
        Maximum time.
    check_server : callable, optional
        Called with the IP address of the server before a request is sent to it, unless a proxy
        sends it. An exception that it raises ends the call.
    """

    def __init__(
        self, seconds: float, *, check_server: Callable[[str], object] | None = None
    ) -> None:
        self._check_server = check_server
        self._ends = time.monotonic() + seconds
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._seconds = seconds
        self._timer: Timer | None = None
        self._outer: Token[Deadline | None] | None = None
        self._cancellation: Cancellation | None = None

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._over.is_set()

    @property
    def remaining(self) -> float:
        """Seconds left, at least zero."""
        return 0.0 if self.over else max(0.0, self._ends - time.monotonic())

    def pause(self, seconds: float) -> bool:
        """Wait; return False if the time was up before the end of the pause."""
        return not self._over.wait(seconds)

    def end(self) -> None:
        """End the call: close its sockets and refuse new ones."""
        self._over.set()
        with self._lock:
            for open_socket in self._sockets:
                with suppress(OSError):  # it is already closed
                    # SSLSocket.shutdown would break a thread that is reading
                    socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

    def watch(self, opened: Any, *, is_direct: bool) -> None:
        """Register a socket of the call.

        Parameters
        ----------
        opened : socket.socket or similar
            The socket.
        is_direct : bool
            Whether it is connected to the server, and not to a proxy.
        """
        if self._check_server is not None and is_direct:
            self._check_server(str(opened.getpeername()[0]))
        if isinstance(opened, socket.socket):
            with self._lock:
                self._sockets.append(opened)
        if self.over:
            self.end()
            raise ConnectTimeoutError("the time of the call is up")

    def __enter__(self) -> Self:
        """Start the clock."""
        self._outer = _current.set(self)
        self._timer = Timer(self._seconds, self.end)
        self._cancellation = _cancellation.get()
        if self._cancellation is not None:
            self._cancellation.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clock."""
        if self._cancellation is not None:
            self._cancellation.over(self)
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._sockets.clear()  # a late end must not close a socket that another call now uses
        if self._outer is not None:
            _current.reset(self._outer)


def _watch(connection: HTTPConnection) -> None:
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(connection.sock, is_direct=connection.proxy is None)


def _counted(raw: Any, largest: int) -> Callable[..., Iterator[bytes]]:
    stream = raw.stream

    def counted(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        left = largest
        for piece in stream(*args, **kwargs):
            left -= len(piece)
            if left < 0:
                raw.close()  # close the connection, so that the server stops sending
                raise TooLargeError(f"more than {largest:,} bytes")
            yield piece

    return counted


class _Plain(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            _watch(self)
        super().request(*args, **kwargs)


class _Encrypted(_Plain, HTTPSConnection):  # `_Plain` calls the methods of HTTPSConnection here
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


_POOLS = {"http": _PlainPool, "https": _EncryptedPool}


class TooLargeError(requests.RequestException):
    """A response is larger, decompressed, than the limit for responses read into memory."""


class LimitedAdapter(HTTPAdapter):
    """An adapter of requests that registers its sockets with the running `Deadline`.

    Within a `Deadline`, a response is at most `largest` bytes: it is read into memory, and a
    few compressed bytes can expand to fill it.
    """

    largest = LARGEST

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Create a response whose body is counted while it is decompressed."""
        response = super().build_response(req, resp)
        if _current.get() is not None:
            raw: Any = response.raw
            raw.stream = _counted(raw, self.largest)
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the pools of registered connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager: PoolManager
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        """Create the pools of registered connections through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
