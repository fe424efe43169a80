"""Requests with the manners of this package.

Timeouts: 5 s to connect, 30 s without a byte, 60 s for the whole call. Safe
requests (GET, HEAD, OPTIONS) are sent again after a connection that failed and
after 429, 500, 502, 503 and 504; never after a read timeout, where the server
may be at work still. Cookies are not kept: they would outlive a sign-out.
"""

from __future__ import annotations

import json
import os
import random
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests

from modos_widgets.credentials import forget_frames
from modos_widgets.errors import OptionError, ResponseError
from modos_widgets.remote.deadline import Deadline, WatchedAdapter
from modos_widgets.remote.refusals import is_html, origin_of, raise_for_status, unreachable
from modos_widgets.remote.urls import Address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests.auth import AuthBase

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
CALL_TIMEOUT = 60.0

_SAFE = {"GET", "HEAD", "OPTIONS"}
_AGAIN = {429, 500, 502, 503, 504}
_TRIES = 3
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


class NoAuth(requests.auth.AuthBase):
    """Send the request without any credential (and without what ``.netrc`` may hold)."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave the request as it is."""
        return r


class PoliteRequests(requests.Session):
    """A requests session with timeouts, retries, and no credential across origins."""

    call_timeout = CALL_TIMEOUT
    tries = _TRIES

    def __init__(self) -> None:
        super().__init__()
        self.prepare_connections()

    def prepare_connections(self) -> None:
        """Set what requests leaves open."""
        for scheme in ("http://", "https://"):
            self.mount(scheme, WatchedAdapter(pool_maxsize=64))
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request as `requests.Session.request` does, within the limits above.

        Raises
        ------
        requests.RequestException
            As requests does; `requests.Timeout` too when the whole call took too long.
        """
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_TIMEOUT, READ_TIMEOUT)
        try:
            return self._within_limits(method, url, *args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again; an interrupted kernel too
            raise forget_frames(error) from None

    def _within_limits(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if kwargs.get("stream"):  # the body is read by the caller, whenever
            return super().request(method, url, *args, **kwargs)
        name = method.decode() if isinstance(method, bytes) else method
        tries = self.tries if name.upper() in _SAFE else 1
        with Deadline(self.call_timeout) as deadline:
            for again in range(tries):
                last = again == tries - 1
                try:
                    response = super().request(method, url, *args, **kwargs)
                except requests.RequestException as error:
                    if not deadline.over and (last or not _worth_another(error)):
                        raise
                    asked = None
                else:
                    # a body without a length looks whole when its socket is shut
                    if not deadline.over and (last or response.status_code not in _AGAIN):
                        return response
                    asked = _retry_after(response)
                    if asked is not None and asked > min(_LONGEST_PAUSE, deadline.remaining):
                        return response
                pause = _FIRST_PAUSE * 2**again * random.uniform(0.5, 1.5)  # noqa: S311
                if not deadline.pause(pause if asked is None else asked):
                    break
        raise requests.Timeout(f"the call took longer than {self.call_timeout:g} s") from None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request, with a timeout in any case."""
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_TIMEOUT, READ_TIMEOUT)
        return super().send(request, **kwargs)

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Keep what is meant for this machine on it: no proxy for loopback."""
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        address = Address.of_request(str(url))
        if address is not None and address.loopback:
            settings["proxies"] = {}
        return settings

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Drop every credential when a redirect leaves the origin, in whatever part of it."""
        before = Address.of_request(str(response.request.url))
        after = Address.of_request(str(prepared_request.url))
        if before is None or after is None or before.origin != after.origin:
            for name in ("Authorization", "Cookie", "Proxy-Authorization"):
                prepared_request.headers.pop(name, None)


def _worth_another(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ReadTimeout):
        return False
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError):
        return False
    # a read timeout inside a body comes as a plain ConnectionError
    return "Read timed out" not in str(error)


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


_shared: dict[int, PoliteRequests] = {}
_shared_lock = threading.Lock()


def shared_requests() -> PoliteRequests:
    """Give the session of this process, so that connections are used again. No network."""
    with _shared_lock:
        session = _shared.get(os.getpid())  # sockets do not survive a fork
        if session is None:
            session = PoliteRequests()
            _shared.clear()
            _shared[os.getpid()] = session
        return session


def fetch(
    url: str,
    *,
    auth: AuthBase | None = None,
    parameters: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> requests.Response:
    """GET a URL and raise what is not a success as an error of ours.

    Parameters
    ----------
    url : str
    auth : requests.auth.AuthBase, optional
        Default: no credential.
    parameters : mapping, optional
        The query.
    timeout : float, optional
        Seconds to connect and without a byte.

    Raises
    ------
    CredentialsError, NotFoundError, OptionError, ResponseError, ServerError, UnreachableError
    """
    host = origin_of(url)
    for name, value in (parameters or {}).items():
        _check_text(name, value)
    try:
        response = shared_requests().request(
            "GET",
            url,
            params=parameters,
            auth=auth or NoAuth(),
            timeout=timeout,
            headers={"Accept": "application/json"},
        )
    except requests.RequestException as error:
        # from None: the frames of requests hold the header with the token
        raise unreachable(host, error) from None
    raise_for_status(response)
    return response


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise OptionError(f"The {name} is text, not {type(value).__name__}.", "Give a str.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise OptionError(
            f"The {name} {value!r:.80} holds half a character.", "Replace it."
        ) from None


def read_json(response: requests.Response) -> Any:
    """Read the JSON of an answer.

    Raises
    ------
    ResponseError
        For HTML, for JSON that ends too early, for anything else that is no JSON.
    """
    host = origin_of(str(response.url))
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        pass
    if is_html(response):
        raise ResponseError(
            f"{host} answered with a web page instead of data.",
            "Look whether the address is right and whether a proxy wants a sign-in.",
        )
    raise ResponseError(
        f"{host} answered with something that is not whole JSON.",
        "Try again; if it stays, tell the people who run the server.",
    )


def fetch_json(
    url: str,
    *,
    auth: AuthBase | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Any:
    """GET a URL and read its JSON; raises what `fetch` and `read_json` raise."""
    return read_json(fetch(url, auth=auth, parameters=parameters))
