"""Connections to a server: proxies and trusted certificates.

s3fs, obstore and requests each read the environment by different rules: they disagree
about ``NO_PROXY`` and about certificates. The environment is therefore read here, and the
result is passed to every client.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import sys
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from modos_widgets.errors import EndpointError, OptionError, ServerError, UnreachableError
from modos_widgets.secret import Secret, shown_address

if sys.platform != "win32":
    import resource

__all__ = [
    "CERTIFICATES",
    "S3_CERTIFICATES",
    "TRUST_S3",
    "TRUST_SERVICES",
    "TlsError",
    "allowed_connections",
    "certificates_named",
    "checked_certificates",
    "parse_ip",
    "proxies_configured",
    "proxy_answered",
    "proxy_for",
    "proxy_unreachable",
    "tls_failure",
]

_SHARE = 4  # one connection for each so many files that the process may open

CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables that name a file of trusted certificates, in order of precedence."""

S3_CERTIFICATES = ("AWS_CA_BUNDLE", *CERTIFICATES)
"""Variables that name a file of trusted certificates for S3, in order of precedence."""

_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ENTRY = re.compile(r"\A(?:\[(?P<six>[^\]]*)\]|(?P<host>[^:]*))(?::(?P<port>\d+))?\Z")
_CONTACT_OR_CHECK = "Contact the server's administrator, or check the address."


# -- proxies ------------------------------------------------------------------


def proxy_for(url: str) -> str | None:
    """Return the proxy for requests to a URL, or None for a direct connection. No network.

    ``http_proxy`` or ``https_proxy`` by the URL's scheme, else ``all_proxy``, in lower or
    upper case (lower case wins), except for the hosts of ``no_proxy``: names with everything
    below them (``example.org``, ``.example.org`` and ``*.example.org`` are the same),
    addresses, networks (``10.0.0.0/8``, ``fd00::/8``), each with a port or without one, or
    ``*``.

    Parameters
    ----------
    url : str
        URL of the server.

    Returns
    -------
    str or None
        URL of the proxy, which may contain a password.

    Raises
    ------
    OptionError
        The variable does not contain the URL of an HTTP proxy.

    Examples
    --------
    >>> import os
    >>> os.environ.update(https_proxy="http://proxy:3128", no_proxy=".example.org,10.0.0.0/8")
    >>> proxy_for("https://example.com"), proxy_for("https://s3.example.org")
    ('http://proxy:3128', None)
    >>> del os.environ["https_proxy"], os.environ["no_proxy"]
    """
    parts = urlsplit(url)
    configured = getproxies()
    name = parts.scheme if configured.get(parts.scheme) else "all"
    proxy = (configured.get(name) or "").strip()
    host = (parts.hostname or "").rstrip(".")
    if not proxy or not host:
        return None
    if _excluded(host, parts.port or _PORTS.get(parts.scheme, 0)):
        return None
    if not getproxies_environment() and proxy_bypass(host):  # settings of macOS or Windows
        return None
    return _checked_proxy(proxy, f"{name.upper()}_PROXY")


def proxies_configured() -> bool:
    """Return whether a proxy is configured, for any server. No network."""
    return any(name != "no" for name in getproxies())


def _checked_proxy(proxy: str, variable: str) -> str:
    text = proxy if _SCHEME.match(proxy) else f"http://{proxy.removeprefix('//')}"
    hint = 'Set it to a URL such as "http://proxy.example.org:3128".'
    try:
        parts = urlsplit(text)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or any(c.isspace() for c in text):
        raise OptionError(f"{variable} is not the URL of a proxy.", hint)
    if parts.scheme.lower() not in _PORTS:
        raise OptionError(
            f"{variable} names a {parts.scheme} proxy; only HTTP proxies are supported.", hint
        )
    return Secret(text) if parts.username is not None else text


def _excluded(host: str, port: int) -> bool:
    text = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return any(_matches(entry, host.lower(), port) for entry in re.split(r"[,\s]+", text) if entry)


def _matches(entry: str, host: str, port: int) -> bool:
    entry = _SCHEME.sub("", entry.lower()).rstrip("/")
    if entry == "*":
        return True
    address = parse_ip(host)
    if _matches_address(entry.strip("[]"), address):  # also an IPv6 address without brackets
        return True
    found = _ENTRY.match(entry)
    if found is None or (found["port"] and int(found["port"]) != port):
        return False
    if found["six"] is not None or address is not None:
        return _matches_address(found["six"] or found["host"], address)
    name = found["host"].removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an IP address; the IPv4 address of one that is written as an IPv6 address.

    Parameters
    ----------
    text : str
        An address without brackets; a zone is ignored.

    Returns
    -------
    ipaddress.IPv4Address, ipaddress.IPv6Address or None
        None if it is not an IP address.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _matches_address(
    entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None
) -> bool:
    if address is None:
        return False
    try:
        if "/" in entry:
            return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
    return parse_ip(entry) == address


def allowed_connections(most: int) -> int:
    """Return how many connections leave enough file descriptors: macOS permits 256 in total.

    Parameters
    ----------
    most : int
        Number of connections that are wanted.

    Returns
    -------
    int
        That number, or a quarter of the files that the process may open.
    """
    if sys.platform == "win32":
        return most
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if limit == resource.RLIM_INFINITY else max(1, min(most, limit // _SHARE))


def proxy_unreachable(proxy: str, where: str, reason: str = "") -> UnreachableError:
    """Return the error for a proxy that does not respond or blocks the connection.

    Parameters
    ----------
    proxy : str
        URL of the proxy.
    where : str
        Server behind the proxy, for the message.
    reason : str
        Reason, if known.

    Returns
    -------
    UnreachableError
    """
    detail = f" ({reason})" if reason else ""
    return UnreachableError(
        f"The proxy {shown_proxy(proxy)} on the way to {where} cannot be used{detail}.",
        _CHECK_PROXY,
    )


def proxy_answered(proxy: str, where: str, status: int, *, certain: bool = True) -> EndpointError:
    """Return the error for a proxy that responds in place of the server.

    Parameters
    ----------
    proxy : str
        URL of the proxy.
    where : str
        Server behind the proxy, for the message.
    status : int
        HTTP status of the response.
    certain : bool
        False if the response may also come from the server.

    Returns
    -------
    UnreachableError or ServerError
        The former if the proxy requires a password.
    """
    shown = shown_proxy(proxy)
    if status == 407:  # noqa: PLR2004  Proxy Authentication Required
        return UnreachableError(
            f"The proxy {shown} on the way to {where} requires a user name and password (407).",
            "Set HTTP_PROXY and HTTPS_PROXY to http://user:password@proxy:port.",
        )
    place = "on the way to" if certain else "or the server behind it,"
    return ServerError(
        f"The proxy {shown} {place} {where} responded with status {status}.", _CHECK_PROXY
    )


_CHECK_PROXY = (
    "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, or contact the proxy's administrator."
)


def shown_proxy(proxy: str) -> str:
    """Return a proxy's URL without user name and password."""
    return shown_address(proxy)


# -- certificates -------------------------------------------------------------


class TlsError(UnreachableError):
    """No encrypted connection is possible; a retry does not help."""


def certificates_named(variables: tuple[str, ...] = CERTIFICATES) -> str | None:
    """Return the certificate file that the environment names, or None. No network.

    Parameters
    ----------
    variables : tuple of str
        Environment variables, in the order in which they apply.

    Returns
    -------
    str or None
        Path of the file.
    """
    return next((os.environ[name] for name in variables if os.environ.get(name)), None)


def checked_certificates(path: str) -> str:
    """Check that a file contains certificates, and return its path. No network.

    Parameters
    ----------
    path : str
        A file of PEM certificates.

    Returns
    -------
    str
        The same path.

    Raises
    ------
    OptionError
        The file cannot be read, or contains no certificate.
    """
    try:
        changed = os.stat(path).st_mtime_ns  # noqa: PTH116
        _load(path, changed)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror if isinstance(error, OSError) and error.errno else "no certificate"
        if isinstance(error, ssl.SSLError):
            reason = "no certificate in it"
        elif os.path.isdir(path):  # noqa: PTH112
            reason = "a folder"
        raise OptionError(
            f"The certificates in {path} cannot be read ({reason}).",
            f"Check verify, or the variables {', '.join(S3_CERTIFICATES)}: "
            "each names a file of PEM certificates.",
        ) from None
    return path


@lru_cache(maxsize=16)
def _load(path: str, _changed: int) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)


@dataclass(frozen=True)
class _Reason:
    """A reason for TLS failures: the texts of OpenSSL and rustls, and message and hint."""

    pattern: re.Pattern[str]
    message: str
    hint: str = _CONTACT_OR_CHECK


_REASONS = (
    _Reason(
        re.compile(r"certificate has expired|InvalidCertificate\(Expired"),
        "The certificate of {where} has expired.",
        "Contact the server's administrator, or check this computer's clock.",
    ),
    _Reason(
        re.compile(r"not yet valid|InvalidCertificate\(NotValidYet"),
        "The certificate of {where} is not valid yet.",
        "Check this computer's clock, or contact the server's administrator.",
    ),
    _Reason(
        re.compile(
            r"[Hh]ostname mismatch|IP address mismatch|doesn't match|"
            r"InvalidCertificate\(NotValidForName"
        ),
        "The certificate of {where} is for another host name.",
    ),
    _Reason(
        re.compile(r"certificate revoked|InvalidCertificate\(Revoked"),
        "The certificate of {where} is revoked.",
    ),
    _Reason(
        re.compile(r"WRONG_VERSION_NUMBER|wrong version number|InvalidContentType|HTTP_REQUEST"),
        "{where} does not answer with TLS.",
        "Check the address and its port: a server without TLS has an http address.",
    ),
    _Reason(
        re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|InvalidCertificate\("),
        "The certificate of {where} is not trusted.",
        "{trust}",
    ),
    _Reason(
        re.compile(
            r"SSLV3_ALERT|TLSV1\w*_ALERT|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|"
            r"AlertReceived\(|PeerIncompatible\("
        ),
        "{where} and this computer have no TLS version or cipher in common.",
        "Contact the server's administrator.",
    ),
)

TRUST_S3 = (
    'Pass s3_kwargs={"verify": "<file>"} with the file of your certificate authority, '
    "or set AWS_CA_BUNDLE to it."
)
TRUST_SERVICES = "Set REQUESTS_CA_BUNDLE to the file of your certificate authority."


def tls_failure(text: str, where: str, trust: str = TRUST_S3) -> TlsError | None:
    """Return the error for a failed TLS connection, or None if the cause is different.

    Parameters
    ----------
    text : str
        Error text of OpenSSL (in s3fs and requests) or rustls (in obstore).
    where : str
        Server, for the message.
    trust : str
        Hint on how to trust a certificate authority.

    Returns
    -------
    TlsError or None
    """
    for reason in _REASONS:
        if reason.pattern.search(text):
            return TlsError(reason.message.format(where=where), reason.hint.format(trust=trust))
    return None
