"""Regions of genome files from an endpoint's htsget service (GA4GH htsget 1.3).

The service answers with a ticket: a list of addresses whose contents, joined in order, are a file
with the records of the region. A ticket is untrusted. The token of a sign-in is sent to the service
only. A request to an address of the ticket has only the headers that the ticket states for it.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_to_bytes

import requests

from modos_widgets.concurrency import on_threads
from modos_widgets.credentials import parse_ip
from modos_widgets.errors import OptionError, ResponseError
from modos_widgets.remote.address import Address, origin_of
from modos_widgets.remote.http import CALL_TIMEOUT, NoAuth, fetch, read_json, shared_session
from modos_widgets.remote.http_errors import raise_for_status, unreachable
from modos_widgets.remote.http_limits import Deadline
from modos_widgets.secret import Secret, forget_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modos_widgets.remote.endpoint import EndpointManager

__all__ = ["fetch_region"]

_SERVICES: Final = MappingProxyType(
    {"BAM": "reads", "CRAM": "reads", "VCF": "variants", "BCF": "variants"}
)
"""Format to the part of the service that sends it."""

_LARGEST_TICKET: Final = 4 * 2**20
_MOST_ADDRESSES: Final = 10_000
_MOST_HEADERS: Final = 50
_AT_ONCE: Final = 8
_PIECE: Final = 2**16
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_NEVER_SENT: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer"}
    | {"cookie", "proxy-authorization", "proxy-connection", "expect", "keep-alive"}
)
_KEYS_OF_CLOUDS: Final = frozenset({"fd00:ec2::254", "100.100.100.200"})
"""Addresses at which clouds give keys to their machines, besides the link-local ones."""


class _ForbiddenServerError(Exception):
    """An address of a ticket leads to a server that it must not lead to."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Address of a part of the file; it may contain a signature."""

    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)


def fetch_region(
    manager: EndpointManager,
    path: str,
    kind: str,
    region: tuple[str, int, int],
    *,
    most: int,
) -> bytes | None:
    """Read a region of a genome file. Uses the network: the service, then the addresses it names.

    Parameters
    ----------
    manager : EndpointManager
        An endpoint.
    path : str
        Id of the file at the service, such as ``bucket/object/reads``.
    kind : str
        Format: BAM, CRAM, VCF or BCF.
    region : tuple of (str, int, int)
        Contig, first base (counted from 0), and the base after the last one.
    most : int
        Maximum number of bytes.

    Returns
    -------
    bytes or None
        A file of the format, with at least the records of the region; None if the endpoint names
        no htsget service.

    Raises
    ------
    NotFoundError
        The service does not have the file.
    OptionError
        The file is larger than `most`.
    ResponseError
        The response is not a ticket, or leads to an address that is not allowed.
    CredentialsError, EndpointError
        A request was refused or failed.

    Notes
    -----
    Wire contract: ``GET /reads/{id}?format=BAM&referenceName=&start=&end=`` (``/variants`` for VCF
    and BCF) -> ``{"htsget": {"format": str, "urls": [{"url": str, "headers": {...}}, ...]}}``.
    """
    url = manager.htsget
    if not url:
        return None
    service = Address.parse(url)
    contig, start, end = region
    with _refusals():
        response = fetch(
            service.join(_SERVICES[kind], quote(path)),
            auth=manager.bearer(),
            parameters={
                "format": kind,
                "referenceName": contig,
                "start": str(start),
                "end": str(end),
            },
            accept="application/vnd.ga4gh.htsget.v1.3.0+json, application/json;q=0.9, */*;q=0.1",
        )
    if len(response.content) > _LARGEST_TICKET:
        raise _invalid(service, "it is too large")
    parts = list(_parts(service, read_json(response), kind))
    budget = _Budget(most)
    return b"".join(on_threads(lambda part: _content(service, part, budget), parts, most=_AT_ONCE))


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise ResponseError for a request that is not accepted: OptionError is about the size."""
    try:
        yield
    except OptionError as error:
        raise ResponseError(error.message, error.hint) from None


def _invalid(service: Address, reason: str) -> ResponseError:
    return ResponseError(
        f"The ticket of the htsget service {service.host} is invalid: {reason}.",
        "Contact the administrator of the service.",
    )


def _parts(service: Address, answer: Any, kind: str) -> Iterator[_Part]:
    """Yield the addresses of a ticket, checked."""
    ticket = answer.get("htsget") if isinstance(answer, dict) else None
    urls = ticket.get("urls") if isinstance(ticket, dict) else None
    if not isinstance(ticket, dict) or not isinstance(urls, list):
        raise _invalid(service, "it names no addresses")
    if ticket.get("format", "BAM") != kind:
        raise _invalid(service, "it is for another format")
    if len(urls) > _MOST_ADDRESSES:
        raise _invalid(service, f"it names more than {_MOST_ADDRESSES:,} addresses")
    for each in urls:
        url = each.get("url") if isinstance(each, dict) else None
        headers = (each.get("headers") or {}) if isinstance(each, dict) else None
        if not isinstance(url, str) or not isinstance(headers, dict):
            raise _invalid(service, "an address is not a text")
        if not url.startswith("data:"):
            _check_address(service, url)
        yield _Part(Secret(url), _checked(service, headers))


def _check_address(service: Address, url: str) -> None:
    """Check that an address of a ticket is as safe as that of the service."""
    address = Address.of_request(url)
    if address is None:
        raise _invalid(service, "an address is not an http or https address")
    if address.scheme != "https" and service.scheme == "https":
        raise _invalid(service, f"{address.host} is named without encryption")
    try:
        _check_server(service, address.host if address.ip is None else str(address.ip))
    except _ForbiddenServerError:
        raise _names_this_computer(service, address.host) from None


def _check_server(service: Address, host: str) -> None:
    """Check the host of an address of a ticket, or the IP address that it leads to.

    A service must not make this computer send requests to itself, or to the addresses at which
    clouds give keys to their machines.

    Raises
    ------
    _ForbiddenServerError
        It does.
    """
    ip = parse_ip(host)
    is_local = host == "localhost" if ip is None else ip.is_loopback or ip.is_unspecified
    gives_keys = ip is not None and (ip.is_link_local or str(ip) in _KEYS_OF_CLOUDS)
    if gives_keys or (is_local and not service.loopback):
        raise _ForbiddenServerError


def _names_this_computer(service: Address, host: str) -> ResponseError:
    return _invalid(service, f"{host} is an address of this computer")


def _checked(service: Address, headers: dict[Any, Any]) -> dict[str, str]:
    """Return the headers that a ticket states for an address."""
    if len(headers) > _MOST_HEADERS:
        raise _invalid(service, f"an address has more than {_MOST_HEADERS} headers")
    for name, value in headers.items():
        if not isinstance(value, str) or not _HEADER_NAME.fullmatch(name):
            raise _invalid(service, "a header is not a text")
        if name.lower() in _NEVER_SENT or not value.isprintable() or not value.isascii():
            raise _invalid(service, f"the header {name} is not allowed")
    return {name: Secret(value) for name, value in headers.items()}


class _Budget:
    """Number of bytes that all parts of a file may still have."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        with self._lock:
            self._left -= size
            if self._left < 0:
                raise OptionError(
                    f"The htsget service sends more than {self._most / 2**20:,.1f} MiB.",
                    "Choose a smaller region, or pass a larger max_bytes.",
                )


def _content(service: Address, part: _Part, budget: _Budget) -> bytes:
    """Return the content of an address; network use unless it is inline."""
    if part.url.startswith("data:"):
        data = _inline(service, part.url)
        budget.take(len(data))
        return data
    content = bytearray()
    headers = {**part.headers, "Accept-Encoding": "identity"}
    try:
        with (
            Deadline(CALL_TIMEOUT, check_server=partial(_check_server, service)),
            shared_session().get(
                part.url, headers=headers, auth=NoAuth(), stream=True, allow_redirects=False
            ) as response,
        ):
            if response.is_redirect:  # its headers were stated for this address only
                raise _invalid(service, "an address leads to another one")
            with _refusals():
                raise_for_status(response)
            for piece in response.iter_content(_PIECE):
                budget.take(len(piece))
                content += piece
    except _ForbiddenServerError:
        raise _names_this_computer(service, origin_of(part.url)) from None
    except requests.RequestException as error:
        # from None: the frames contain the address, with its signature
        raise forget_frames(unreachable(origin_of(part.url), error)) from None
    return bytes(content)


def _inline(service: Address, url: str) -> bytes:
    """Return the content of a ``data:`` address."""
    kind, comma, text = url.removeprefix("data:").partition(",")
    if not comma:
        raise _invalid(service, "an inline part has no content")
    if not kind.endswith(";base64"):
        return unquote_to_bytes(text)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid(service, "an inline part is not valid base64") from None
