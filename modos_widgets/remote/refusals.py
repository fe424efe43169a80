"""What went wrong on the wire, as errors of ours: the reason that requests or the server gives."""

from __future__ import annotations

import json
import re
from dataclasses import replace

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
from modos_widgets.remote.deadline import TooLargeError
from modos_widgets.remote.urls import Address

__all__ = ["is_html", "origin_of", "plain", "raise_for_status", "unreachable"]

_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*(\.[\w-]*)?|(?<=Bearer )\S+")
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
        TooLargeError,
        ResponseError,
        "{host} answers with more than can be read as a whole.",
        "Look at the address; if it is right, tell the people who run the server.",
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
    if is_html(response):
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


def is_html(response: requests.Response) -> bool:
    """Tell whether an answer is a web page, by its header or its first sign."""
    kind = response.headers.get("Content-Type", "").lower()
    return "html" in kind or response.content.lstrip()[:1] == b"<"


def origin_of(url: str) -> str:
    """Name the server of a URL for a message."""
    address = Address.of_request(url)
    return "the server" if address is None else str(replace(address, path=""))
