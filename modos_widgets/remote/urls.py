"""Web addresses, read once and read strictly.

The parser is urllib3's, which is also the one that connects: two parsers that
disagree about a host are how a token ends up at the wrong one.
"""

from __future__ import annotations

import ipaddress
import posixpath
from dataclasses import dataclass
from urllib.parse import quote, unquote

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from modos_widgets.credentials import shown_address
from modos_widgets.errors import PathError

_PORTS = {"http": 80, "https": 443}
_NEVER = " \\<>\"'`{}|^"


@dataclass(frozen=True, slots=True)
class Address:
    """A web address in one spelling: lower case, IDNA, no default port, no closing slash.

    Parameters
    ----------
    scheme : str
        ``http`` or ``https``.
    host : str
        ASCII; an IPv6 address is in brackets.
    port : int
    path : str
        Empty, or with a leading and without a closing slash.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: object) -> Address:
        """Read the address of an endpoint or service. No network.

        Parameters
        ----------
        url : str
            An ``http://`` or ``https://`` URL, with or without port, sub-path and
            closing slash; international host names are taken in either spelling.

        Raises
        ------
        PathError
            Without scheme, with another scheme, with a user name, a query or a
            fragment, or when it is no URL at all.
        """
        text = str(url).strip()
        if not text.isprintable() or any(mark in text for mark in _NEVER):
            raise PathError(
                f"{_shown(text)} is not an address.", "Give it as https://modos.example.org."
            )
        parsed = _read(text)
        if parsed.auth is not None:
            raise PathError(
                f"The address of {parsed.host} has a user name or password in it.",
                "Leave them out; sign in instead.",
            )
        if parsed.query is not None or parsed.fragment is not None:
            raise PathError(
                f"{shown_address(text)!r} has a query or a fragment.", "Give the plain address."
            )
        return cls._of(parsed)

    @classmethod
    def of_request(cls, url: str) -> Address | None:
        """Read the address of a request that is about to be sent; None when it is unusable."""
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
        """Scheme, host and port: what must be equal for a token to stay."""
        return self.scheme, self.host, self.port

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine by its number or by the name ``localhost``."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read along: https, or loopback."""
        return self.scheme == "https" or self.loopback

    def covers(self, other: Address) -> bool:
        """Whether `other` is this address or below it."""
        return self.origin == other.origin and (
            other.path == self.path or other.path.startswith(f"{self.path}/")
        )

    def join(self, *names: str) -> str:
        """Give the URL of something below, with exactly one slash between the parts."""
        return "/".join([str(self), *(name.strip("/") for name in names)])

    def __str__(self) -> str:
        """Give the URL without a closing slash."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def _read(text: str) -> Url:
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in _PORTS:
        raise PathError(
            f"{_shown(text)} is not a web address.",
            "Give it with its scheme, as https://modos.example.org.",
        )
    try:
        parsed = parse_url(text)
    except LocationParseError:
        parsed = None
    if parsed is None or not parsed.host:
        raise PathError(f"{_shown(text)} has no readable host name.", "Look for a typing error.")
    return parsed


def _shown(text: str) -> str:
    """Quote an address for a message, without what may be a password in front of an @."""
    return repr(shown_address(text.rpartition("@")[2], 100))
