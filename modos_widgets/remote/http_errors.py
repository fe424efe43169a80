"""Failures of HTTP requests as errors of this package, with the reason from the server."""

from __future__ import annotations

import re

import requests
import urllib3  # noqa: F401  before its parts
from urllib3.exceptions import NewConnectionError

from modos_widgets.credentials import (
    TRUST_SERVICES,
    forget_frames,
    proxy_answered,
    proxy_for,
    proxy_unreachable,
    tls_failure,
)
from modos_widgets.errors import (
    CredentialsError,
    EndpointError,
    NotFoundError,
    OptionError,
    ResponseError,
    ServerError,
    UnreachableError,
)
from modos_widgets.json_text import parse_json
from modos_widgets.remote.address import Address, origin_of
from modos_widgets.remote.http_limits import TooLargeError
from modos_widgets.remote.server_text import shown_text

__all__ = ["is_html", "of_s3_server", "raise_for_status", "unreachable"]

_WORDS: tuple[tuple[type[requests.RequestException], type[EndpointError], str, str], ...] = (
    (
        requests.exceptions.Timeout,
        UnreachableError,
        "The request to {host} timed out.",
        "Retry later.",
    ),
    (
        requests.exceptions.ConnectionError,
        UnreachableError,
        "{host} cannot be reached ({reason}).",
        "Check the address and the network.",
    ),
    (
        requests.exceptions.ChunkedEncodingError,
        ResponseError,
        "The response of {host} was interrupted.",
        "Retry.",
    ),
    (
        requests.exceptions.ContentDecodingError,
        ResponseError,
        "The response of {host} cannot be decompressed.",
        "Retry.",
    ),
    (
        TooLargeError,
        ResponseError,
        "The response of {host} is too large.",
        "Check the address. If it is right, contact the server's administrator.",
    ),
    (
        requests.exceptions.TooManyRedirects,
        ResponseError,
        "{host} redirects in a loop.",
        "Check the address.",
    ),
    (
        requests.RequestException,
        ResponseError,
        "The response of {host} cannot be used ({reason}).",
        "Check the address.",
    ),
)


def unreachable(host: str, error: requests.RequestException) -> EndpointError:
    """Return the error for a request that failed; the frames of `error` are cleared."""
    failure = _of_way(host, error)
    forget_frames(error)
    if failure is not None:
        return failure
    for kind, error_class, message, hint in _WORDS:
        if isinstance(error, kind):
            return error_class(message.format(host=host, reason=_reason(error)), hint)
    raise AssertionError  # pragma: no cover  # the last kind is the base of all


_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


def _of_way(host: str, error: requests.RequestException) -> EndpointError | None:
    """Return the error of a certificate or a proxy, or None when it was neither."""
    text = str(error)
    if isinstance(error, requests.exceptions.ProxyError):
        proxy = proxy_for(host) or "in use"
        if answered := _TUNNEL.search(text):
            return proxy_answered(proxy, host, int(answered[1]))
        return proxy_unreachable(proxy, host)
    if isinstance(error, requests.exceptions.SSLError):
        return tls_failure(text, host, TRUST_SERVICES) or UnreachableError(
            f"The connection to {host} cannot be encrypted ({_reason(error)}).",
            "Contact the server's administrator.",
        )
    return None


def _reason(error: BaseException) -> str:
    """Find the innermost cause: errno's text, or what the name of its class says."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        inner = getattr(cause, "reason", None)
        cause = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
    for found in reversed(causes):
        if isinstance(found, OSError) and found.strerror:
            return str(found.strerror)
    last = causes[-1]
    return "no connection" if isinstance(last, NewConnectionError) else type(last).__name__


def raise_for_status(response: requests.Response) -> None:
    """Raise an error of this package if a response is not a success, with the server's reason.

    Raises
    ------
    CredentialsError
        401 and 403, and 422 if the token is missing.
    NotFoundError
        404 and 410.
    OptionError
        422.
    ServerError
        5xx, also from a proxy.
    UnreachableError
        A proxy requires a password.
    ResponseError
        A response of an S3 server, and any other status that is not 2xx.
    """
    status = response.status_code
    if 200 <= status < 300:  # noqa: PLR2004
        return
    host, detail = origin_of(str(response.url)), _detail(response)
    if (by_another := of_s3_server(response) or _of_proxy(response, host)) is not None:
        raise by_another
    if status in {401, 403, 422} and getattr(response.request, "expired", False):
        # without the token, the server may report a missing field
        raise CredentialsError(
            f"{host} requires a sign-in, and the token has expired.", "Sign in again."
        )
    if status == 401:  # noqa: PLR2004
        raise CredentialsError(f"{host} requires a sign-in{detail}.", _unauthorised_hint(response))
    if status == 403:  # noqa: PLR2004
        raise CredentialsError(
            f"Permission denied by {host}{detail}.", "Contact its administrator for permission."
        )
    if status in {404, 410}:
        path = str(response.url).partition("://")[2].partition("?")[0]
        raise NotFoundError(f"{path} not found{detail}.", "Check the address.")
    if status == 422:  # noqa: PLR2004
        if _wants_authorization(response):
            raise CredentialsError(f"{host} requires a sign-in.", _unauthorised_hint(response))
        raise OptionError(
            f"{host} does not accept the request{detail}.", "Check the request parameters."
        )
    if status >= 500:  # noqa: PLR2004
        raise ServerError(
            f"{host} failed with status {status}{detail}.",
            "Retry later. If it persists, contact the server's administrator.",
        )
    raise _of_other_status(response, host, detail)


_S3_ANSWER = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?<(ListAllMyBucketsResult|ListBucketResult|Error>\s*<Code>)"
)


def of_s3_server(response: requests.Response) -> ResponseError | None:
    """Return the error for a response of an S3 server in place of a modos server, or None.

    Call it only for unexpected responses.
    """
    answers = (*response.history, response)
    named = any("x-amz-request-id" in answer.headers for answer in answers)
    if not named and not _S3_ANSWER.match(response.content[:500]):
        return None
    host = origin_of(str(answers[0].url))
    return ResponseError(
        f"{host} is an S3 server, not a modos server.",
        f'Pass services={{"s3": "{host}"}} instead of endpoint=.',
    )


def _of_other_status(response: requests.Response, host: str, detail: str) -> ResponseError:
    if response.status_code == 429:  # noqa: PLR2004
        return ResponseError(f"Too many requests to {host} (429){detail}.", _wait_hint(response))
    return ResponseError(
        f"{host} responded with status {response.status_code}{detail}.", "Check the address."
    )


def _of_proxy(response: requests.Response, host: str) -> EndpointError | None:
    """Return the error for a response of a proxy, which is possible over plain http only."""
    status = response.status_code
    if not host.startswith("http://") or status not in {407, 502, 503, 504}:
        return None
    address = Address.of_request(str(response.url))
    proxy = None if address is None or address.loopback else proxy_for(host)
    if proxy is None:
        return None
    is_json = (
        "json" in response.headers.get("Content-Type", "").lower()
    )  # services respond with JSON
    if is_json and status != 407:  # noqa: PLR2004
        return None
    return proxy_answered(proxy, host, status, certain=is_html(response))


def _wait_hint(response: requests.Response) -> str:
    wait = response.headers.get("Retry-After", "")
    return f"Retry in {wait} s." if wait.isascii() and wait.isdigit() else "Retry later."


def _unauthorised_hint(response: requests.Response) -> str:
    request = response.request
    if "Authorization" in request.headers:
        return "Sign in again: the token is not or no longer valid there."
    address = Address.of_request(str(request.url))
    if address is not None and not address.secure:
        return "Use its https address, or set MODOS_ALLOW_HTTP=1: no token is sent over plain http."
    if response.history:
        return "Use this address directly: no token is sent after a redirect."
    return "Sign in."


def _detail(response: requests.Response) -> str:
    """Return the reason from the server, shortened and without a possible token."""
    if is_html(response):
        return ""
    detail = _detail_of(response)
    if isinstance(detail, list):  # FastAPI's list of validation errors
        named = dict.fromkeys(_field(each) for each in detail if isinstance(each, dict))
        detail = "; ".join(filter(None, named))
    if isinstance(detail, str) and "validation error" in detail:
        return ""  # pydantic's message is for developers
    if not isinstance(detail, str) or not detail.strip():
        return ""
    return f" ({shown_text(detail)})"


def _detail_of(response: requests.Response) -> object:
    try:
        answer = parse_json(response.content)
    except (ValueError, RecursionError):
        return None
    return answer.get("detail") if isinstance(answer, dict) else None


def _place(entry: dict[str, object]) -> list[str]:
    place = entry.get("loc")
    return [str(part) for part in place] if isinstance(place, list) else []


def _field(entry: dict[str, object]) -> str:
    """Return the field of a validation error; the message itself is for developers."""
    return ".".join(_place(entry)) or str(entry.get("msg", ""))


def _wants_authorization(response: requests.Response) -> bool:
    detail = _detail_of(response)
    entries = detail if isinstance(detail, list) else []
    places = [_place(each) for each in entries if isinstance(each, dict)]
    return any(place and place[-1].lower() == "authorization" for place in places)


def is_html(response: requests.Response) -> bool:
    """Return whether a response is a web page, by its header or its first character."""
    kind = response.headers.get("Content-Type", "").lower()
    return "html" in kind or response.content.lstrip()[:1] == b"<"
