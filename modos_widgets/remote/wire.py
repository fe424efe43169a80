"""Requests with the manners of this package, and answers turned into typed errors.

Timeouts: 5 s to connect, 30 s without a byte, 60 s for the whole call. Safe
requests (GET, HEAD, OPTIONS) are sent again after a connection that failed and
after 429, 500, 502, 503 and 504; never after a read timeout, where the server
may be at work still. Cookies are not kept: they would outlive a sign-out.
"""

from __future__ import annotations

import json
import os
import random
import re
import threading
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import NewConnectionError

from modos_widgets.credentials import forget_frames
from modos_widgets.errors import (
    CredentialsError,
    EndpointError,
    NotFoundError,
    OptionError,
    ResponseError,
    ServerError,
    UnreachableError,
)
from modos_widgets.remote.deadline import Deadline, WatchedAdapter
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
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*(\.[\w-]*)?|(?<=Bearer )\S+")


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
    if _is_html(response):
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


_WORDS: tuple[tuple[type[requests.RequestException], type[EndpointError], str, str], ...] = (
    (
        requests.exceptions.SSLError,
        UnreachableError,
        "The certificate of {host} could not be verified ({reason}).",
        "Look at the address; for a private authority set REQUESTS_CA_BUNDLE.",
    ),
    (
        requests.exceptions.Timeout,
        UnreachableError,
        "{host} did not answer in time.",
        "Try again later.",
    ),
    (
        requests.exceptions.ProxyError,
        UnreachableError,
        "The proxy on the way to {host} refused or is not there.",
        "Look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY.",
    ),
    (
        requests.exceptions.ConnectionError,
        UnreachableError,
        "{host} cannot be reached ({reason}).",
        "Look at the address and at the network.",
    ),
    (
        requests.exceptions.ChunkedEncodingError,
        ResponseError,
        "The answer of {host} broke off.",
        "Try again.",
    ),
    (
        requests.exceptions.ContentDecodingError,
        ResponseError,
        "The answer of {host} cannot be unpacked.",
        "Try again.",
    ),
    (
        requests.exceptions.TooManyRedirects,
        ResponseError,
        "{host} redirects in a circle.",
        "Look at the address.",
    ),
    (
        requests.RequestException,
        ResponseError,
        "The answer of {host} cannot be used ({reason}).",
        "Look at the address.",
    ),
)


def unreachable(host: str, error: requests.RequestException) -> EndpointError:
    """Say in our words why requests gave up on `host`; the frames of `error` are forgotten."""
    forget_frames(error)
    for kind, ours, message, hint in _WORDS:
        if isinstance(error, kind):
            return ours(message.format(host=host, reason=_reason(error)), hint)
    raise AssertionError  # pragma: no cover  # the last kind is the base of all


def _reason(error: BaseException) -> str:
    """Find the innermost cause: errno's text, or what the name of its class says."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        inner = getattr(cause, "reason", None)
        cause = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
    for found in reversed(seen):
        if isinstance(found, OSError) and found.strerror:
            return str(found.strerror)
    last = seen[-1]
    return "no connection" if isinstance(last, NewConnectionError) else type(last).__name__


def raise_for_status(response: requests.Response) -> None:
    """Raise an answer that is not a success as an error of ours, with the server's own word.

    Raises
    ------
    CredentialsError
        401 and 403.
    NotFoundError
        404 and 410.
    OptionError
        422.
    ServerError
        5xx.
    ResponseError
        Every other status that is not 2xx.
    """
    status = response.status_code
    if 200 <= status < 300:  # noqa: PLR2004
        return
    host, detail = origin_of(str(response.url)), _detail(response)
    if status == 401:  # noqa: PLR2004
        raise CredentialsError(f"{host} asks for a sign-in{detail}.", _unauthorised_hint(response))
    if status == 403:  # noqa: PLR2004
        raise CredentialsError(
            f"{host} does not permit this{detail}.", "Ask its people for the permission."
        )
    if status in {404, 410}:
        path = str(response.url).partition("://")[2].partition("?")[0]
        raise NotFoundError(f"There is nothing at {path}{detail}.", "Look at the address.")
    if status == 422:  # noqa: PLR2004
        raise OptionError(f"{host} does not accept what was asked{detail}.", "Ask otherwise.")
    if status >= 500:  # noqa: PLR2004
        raise ServerError(
            f"{host} failed with status {status}{detail}.",
            "Try again later; if it stays, tell the people who run the server.",
        )
    raise ResponseError(f"{host} answered with status {status}{detail}.", "Look at the address.")


def _unauthorised_hint(response: requests.Response) -> str:
    request = response.request
    if "Authorization" in request.headers:
        return "The token is not valid there (any more); sign in again."
    address = Address.of_request(str(request.url))
    if address is not None and not address.secure:
        return "No token is sent over plain http: use its https address, or set MODOS_ALLOW_HTTP=1."
    if response.history:
        return "It was reached by a redirect, which no token follows; use this address itself."
    return "Sign in first."


def _detail(response: requests.Response) -> str:
    """Give the server's own explanation, short and without what may be a token."""
    if _is_html(response):
        return ""
    try:
        detail = json.loads(response.content).get("detail")
    except (ValueError, AttributeError, RecursionError):
        return ""
    if isinstance(detail, list):  # FastAPI's list of validation errors
        detail = "; ".join(str(one.get("msg", "")) for one in detail if isinstance(one, dict))
    if not isinstance(detail, str) or not detail.strip():
        return ""
    return f" ({plain(detail)})"


def plain(text: str, length: int = 200) -> str:
    """Make one short printable line of a server's text, without what looks like a token."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = _TOKEN.sub("…", line)
    return line if len(line) <= length else line[: length - 1] + "…"


def _is_html(response: requests.Response) -> bool:
    kind = response.headers.get("Content-Type", "").lower()
    return "html" in kind or response.content.lstrip()[:1] == b"<"


def origin_of(url: str) -> str:
    """Name the server of a URL for a message."""
    address = Address.of_request(url)
    return "the server" if address is None else str(replace(address, path=""))
