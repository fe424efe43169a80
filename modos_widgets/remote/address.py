"""Web addresses: strict parsing, comparison by origin and path, and checks for encryption.

The parser is that of urllib3, which also opens the connections: if two parsers
disagreed about a host, a token could be sent to the wrong one.
"""

from __future__ import annotations

import ipaddress
import os
import posixpath
import socket
import warnings
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

import urllib3  # noqa: F401  before its parts
from pydantic import AnyUrl
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from modos_widgets.credentials import parse_ip, shown_address
from modos_widgets.errors import InsecureEndpointError, OptionError, PathArgumentError, PathError

_PORTS = {"http": 80, "https": 443}
_NEVER = " \\<>\"'`{}|^"


class InsecureTransportWarning(UserWarning):
    """A token is sent over plain http because the user allowed it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Normalised web address: lower case, IDNA, no default port, no trailing slash.

    Parameters
    ----------
    scheme : str
        ``http`` or ``https``.
    host : str
        ASCII host name; an IPv6 address is in brackets.
    port : int
        Port number.
    path : str
        Empty, or with a leading and without a trailing slash.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: object) -> Address:
        """Parse the address of an endpoint or service. No network.

        Parameters
        ----------
        url : str
            An ``http://`` or ``https://`` URL, with or without port, path and
            trailing slash; international host names may be in Unicode or in IDNA.

        Returns
        -------
        Address

        Raises
        ------
        PathError
            The URL is invalid, has no scheme or another scheme, or contains a user
            name, a query or a fragment.
        """
        if not isinstance(url, str | AnyUrl | cls):
            raise PathArgumentError.expected("a URL", url)
        text = str(url).strip()
        if not text.isprintable() or any(mark in text for mark in _NEVER):
            raise PathError(
                f"{_shown(text)} is not an address.", "Use a URL such as https://modos.example.org."
            )
        parsed = _read(text)
        if parsed.auth is not None:
            raise PathError(
                f"The address of {parsed.host} contains a user name or password.",
                "Remove them, and sign in instead.",
            )
        if parsed.query is not None or parsed.fragment is not None:
            raise PathError(
                f"{shown_address(text)!r} contains a query or a fragment.", "Remove it."
            )
        return cls._of(parsed)

    @classmethod
    def of_request(cls, url: str) -> Address | None:
        """Parse the address of a request; return None if it is invalid."""
        try:
            parsed = _read(url)
        except PathError:
            return None
        return None if parsed.auth is not None else cls._of(parsed)

    @classmethod
    def _of(cls, parsed: Url) -> Address:
        scheme, host = str(parsed.scheme), str(parsed.host).lower()
        path = posixpath.normpath(unquote(parsed.path or "/"))
        path = "" if path in {"/", "//", "."} else "/" + path.strip("/")
        return cls(
            scheme, host, _PORTS[scheme] if parsed.port is None else parsed.port, quote(path)
        )

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port; a token is sent only to the same origin."""
        return self.scheme, self.host, self.port

    @property
    def site(self) -> str:
        """Origin as text: the URL without its path."""
        return str(replace(self, path=""))

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """IP address that the host is, also if it is written as 127.1 or 0x7f000001, or None."""
        found = parse_ip(self.host.strip("[]"))
        if found is not None:
            return found
        try:  # as the system reads it when it connects
            return ipaddress.ip_address(socket.inet_aton(self.host))
        except (OSError, ValueError):
            return None

    @property
    def loopback(self) -> bool:
        """Whether the host is a loopback address or the name ``localhost``."""
        return self.host == "localhost" or (self.ip is not None and self.ip.is_loopback)

    @property
    def secure(self) -> bool:
        """Whether requests cannot be intercepted: https, or a loopback host."""
        return self.scheme == "https" or self.loopback

    def covers(self, other: Address) -> bool:
        """Return whether `other` is this address or below it."""
        return self.origin == other.origin and (
            other.path == self.path or other.path.startswith(f"{self.path}/")
        )

    def join(self, *names: str) -> str:
        """Return the URL of a path below, with exactly one slash between the parts."""
        return "/".join([str(self), *(name.strip("/") for name in names)])

    def __str__(self) -> str:
        """Return the URL without a trailing slash."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def origin_of(url: str) -> str:
    """Return the server of a URL, for a message."""
    address = Address.of_request(url)
    return "the server" if address is None else address.site


def covers(url: str, target: Address) -> bool:
    """Return whether `url` is valid and `target` is at or below it."""
    try:
        return Address.parse(url).covers(target)
    except PathError:
        return False


def http_allowed() -> bool:
    """Return whether ``MODOS_ALLOW_HTTP`` allows a token over plain http.

    Raises
    ------
    OptionError
        Its value is neither true nor false.
    """
    text = os.environ.get("MODOS_ALLOW_HTTP", "").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"", "0", "false", "no", "off"}:
        return False
    raise OptionError(
        "MODOS_ALLOW_HTTP is neither true nor false.", "Set MODOS_ALLOW_HTTP to 1 or 0."
    )


def warn_of_http(target: Address) -> None:
    """Warn that a token is sent unencrypted."""
    warnings.warn(
        f"A token is sent unencrypted to {target.host}.", InsecureTransportWarning, stacklevel=2
    )


def require_secure(address: Address, *, allow_http: bool) -> None:
    """Check that a secret may be sent to an address: https, this machine, or explicitly allowed.

    Raises
    ------
    InsecureEndpointError
        The address is plain http on another machine.
    """
    if address.secure:
        return
    if not (allow_http or http_allowed()):
        raise InsecureEndpointError(
            f"{address} uses plain http: a token would be sent unencrypted.",
            "Use its https address, or pass allow_http=True or set MODOS_ALLOW_HTTP=1.",
        )
    warn_of_http(address)


def _read(text: str) -> Url:
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in _PORTS:
        raise PathError(
            f"{_shown(text)} is not a web address.",
            "Pass a URL with its scheme, such as https://modos.example.org.",
        )
    try:
        parsed = parse_url(text)
    except LocationParseError:
        parsed = None
    if parsed is None or not parsed.host:
        raise PathError(f"{_shown(text)} has no valid host name.", "Check the spelling.")
    return parsed


def _shown(text: str) -> str:
    """Quote an address for a message, without a possible password in front of an @."""
    return repr(shown_address(text.rpartition("@")[2], 100))
