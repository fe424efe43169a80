"""HTTP session with timeouts and retries.

Timeouts: 5 s to connect, 30 s without a byte, 60 s for the whole call. Safe
requests (GET, HEAD, OPTIONS) are retried after a failed connection and
after 429, 500, 502, 503 and 504; never after a read timeout, when the server
may still be working. Cookies are not stored: they would outlive a sign-out.
"""

from __future__ import annotations

import os
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests

from modos_widgets.concurrency import PerProcess
from modos_widgets.credentials import (
    certificates_named,
    checked_certificates,
    forget_frames,
    proxy_for,
)
from modos_widgets.errors import ArgumentError, OptionError, ResponseError
from modos_widgets.json_text import parse_json
from modos_widgets.remote.address import Address, origin_of
from modos_widgets.remote.http_errors import is_html, of_s3_server, raise_for_status, unreachable
from modos_widgets.remote.http_limits import Deadline, LimitedAdapter
from modos_widgets.retry import ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests.auth import AuthBase

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
CALL_TIMEOUT = 60.0

_SAFE = {"GET", "HEAD", "OPTIONS"}
_AGAIN = {429, 500, 502, 503, 504}


class NoAuth(requests.auth.AuthBase):
    """Authentication without credentials, also without those in ``.netrc``."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request unchanged."""
        return r


class HttpSession(requests.Session):
    """A requests session with timeouts and retries that sends no credential to another origin."""

    call_timeout = CALL_TIMEOUT
    retry = ENDPOINT

    def __init__(self) -> None:
        super().__init__()
        self.prepare_connections()

    def prepare_connections(self) -> None:
        """Set connection limits and disable cookies."""
        for scheme in ("http://", "https://"):
            self.mount(scheme, LimitedAdapter(pool_maxsize=64))
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request as `requests.Session.request` does, with timeouts and retries.

        Returns
        -------
        requests.Response

        Raises
        ------
        requests.RequestException
            The request failed; `requests.Timeout` also if the whole call took too long.
        """
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_TIMEOUT, READ_TIMEOUT)
        try:
            return self._within_limits(method, url, *args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again; an interrupted kernel too
            raise forget_frames(error) from None

    def _within_limits(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if kwargs.get("stream"):  # the caller reads the body, at any time
            return super().request(method, url, *args, **kwargs)
        name = method.decode() if isinstance(method, bytes) else method
        tries = self.retry.tries if name.upper() in _SAFE else 1
        with Deadline(self.call_timeout) as deadline:
            for again in range(tries):
                last = again == tries - 1
                try:
                    response = super().request(method, url, *args, **kwargs)
                except requests.RequestException as error:
                    if not deadline.over and (last or not _worth_another(error)):
                        raise
                    retry_after = None
                else:
                    # a body without a length looks complete if its socket was closed
                    if not deadline.over and (last or response.status_code not in _AGAIN):
                        return response
                    retry_after = _retry_after(response)
                    if retry_after is not None and retry_after > min(
                        self.retry.longest, deadline.remaining
                    ):
                        return response
                pause = self.retry.pause(again + 1)
                if not deadline.pause(pause if retry_after is None else retry_after):
                    break
        raise requests.Timeout(f"the call took longer than {self.call_timeout:g} s") from None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request with a timeout, through the proxy of `proxy_for`."""
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_TIMEOUT, READ_TIMEOUT)
        if "proxies" not in kwargs:
            kwargs["proxies"] = self._proxies(str(request.url), self.proxies)
        if "verify" not in kwargs:
            kwargs["verify"] = self._trusted(str(request.url), self.verify)
        return super().send(request, **kwargs)

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Return proxies and certificates by the rules of this package."""
        trusted = self.verify if verify is None else verify
        return {
            "proxies": self._proxies(str(url), {**self.proxies, **(proxies or {})}),
            "stream": self.stream if stream is None else stream,
            "verify": self._trusted(str(url), trusted),
            "cert": self.cert if cert is None else cert,
        }

    def rebuild_proxies(
        self,
        prepared_request: requests.PreparedRequest,
        proxies: Any,  # noqa: ARG002 - those of the redirect's origin
    ) -> dict[str, str]:
        """Return the proxy for the target of a redirect."""
        prepared_request.headers.pop("Proxy-Authorization", None)
        return self._proxies(str(prepared_request.url), self.proxies)

    def _proxies(self, url: str, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return the proxies that were set in code, else those of the environment."""
        address = Address.of_request(url)
        # requests to this machine use no proxy
        if address is None or address.loopback:
            return {}
        if chosen or not self.trust_env:
            return dict(chosen)
        proxy = proxy_for(url)
        return {} if proxy is None else {address.scheme: proxy}

    def _trusted(self, url: str, verify: Any) -> Any:
        if verify is True and self.trust_env:
            verify = certificates_named() or True
        encrypted = url.lower().startswith("https:")
        if encrypted and isinstance(verify, str) and not os.path.isdir(verify):  # noqa: PTH112
            return checked_certificates(verify)
        return verify

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Remove all credentials if a redirect changes scheme, host or port."""
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
    # a read timeout in the body is raised as a plain ConnectionError
    return "Read timed out" not in str(error)


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


_shared = PerProcess(HttpSession)  # sockets do not survive a fork


def shared_session() -> HttpSession:
    """Return the session of this process, which reuses connections. No network."""
    return _shared.value


def fetch(
    url: str,
    *,
    auth: AuthBase | None = None,
    parameters: Mapping[str, str] | None = None,
    timeout: float | None = None,
    accept: str = "application/json",
) -> requests.Response:
    """Send a GET request, and raise an error of this package if it fails. Uses the network.

    Parameters
    ----------
    url : str
        Address to read.
    auth : requests.auth.AuthBase, optional
        Default: no credential.
    parameters : mapping, optional
        Parameters of the query.
    timeout : float, optional
        Maximum seconds to connect, and without a byte.
    accept : str
        Media types that the response may have.

    Returns
    -------
    requests.Response

    Raises
    ------
    CredentialsError, NotFoundError, OptionError, ResponseError, ServerError, UnreachableError
    """
    host = origin_of(url)
    for name, value in (parameters or {}).items():
        _check_text(name, value)
    try:
        response = shared_session().request(
            "GET",
            url,
            params=parameters,
            auth=auth or NoAuth(),
            timeout=timeout,
            headers={"Accept": accept},
        )
    except requests.RequestException as error:
        # from None: frames of requests contain the header with the token
        raise unreachable(host, error) from None
    raise_for_status(response)
    return response


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise ArgumentError.expected("a str", value, name=f"the {name}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise OptionError(
            f"The {name} {value!r:.80} contains an unpaired surrogate.", "Replace it."
        ) from None


def read_json(response: requests.Response) -> Any:
    """Parse the JSON body of a response.

    Raises
    ------
    ResponseError
        The response comes from an S3 server, is HTML, or is not complete JSON.
    """
    host = origin_of(str(response.url))
    try:
        return parse_json(response.content)
    except (ValueError, RecursionError):
        pass
    if (by_s3 := of_s3_server(response)) is not None:
        raise by_s3
    if is_html(response):
        raise ResponseError(
            f"{host} responded with a web page instead of data.",
            "Check the address, and whether a proxy requires a sign-in.",
        )
    raise ResponseError(
        f"{host} responded with invalid or incomplete JSON.",
        "Retry. If it persists, contact the server's administrator.",
    )


def fetch_json(
    url: str,
    *,
    auth: AuthBase | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Any:
    """Read JSON from a URL. Raises the errors of `fetch` and `read_json`. Uses the network."""
    return read_json(fetch(url, auth=auth, parameters=parameters))
