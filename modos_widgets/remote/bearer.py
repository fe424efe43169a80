"""Who gets the token: decided anew for each request."""

from __future__ import annotations

import logging
import os
import time
import warnings
from typing import TYPE_CHECKING, NamedTuple

from requests.auth import AuthBase

from modos_widgets.errors import InsecureEndpointError, OptionError, PathError
from modos_widgets.remote.logins import read_logins
from modos_widgets.remote.tokens import JWT, SKEW
from modos_widgets.remote.urls import Address
from modos_widgets.remote.wire import PoliteRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from modos_widgets.remote.logins import LoginRecord

_log = logging.getLogger(__name__)


class InsecureTransportWarning(UserWarning):
    """A token travels over plain http because the person allowed it."""


class Scope(NamedTuple):
    """Where a request that is made for one endpoint may take its token.

    Parameters
    ----------
    endpoint : Address or None
        None when only services are known.
    named : tuple of str
        The services that the endpoint names.
    given : tuple of str
        Services that the person gave: a bare token goes there too, the token of a
        login at the endpoint does not.
    """

    endpoint: Address | None
    named: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


class BearerAuth(AuthBase):
    """Adds ``Authorization: Bearer`` to the requests that may have it, and to no other.

    A token of a login goes to the endpoint that it was issued for and to the services
    which that one names; a bare ``token.jwt`` (of the ``modos`` command line, or pasted)
    goes where the person sends the request. Both only over https or to this machine, or
    with ``MODOS_ALLOW_HTTP=1``. An expired token is refreshed, or else not sent.

    Parameters
    ----------
    jwt : JWT, optional
        The token to send. None: the cache folder is read at each request.
    scope : callable, optional
        Gives the `Scope` of the endpoint that the requests are made for.
    allow_http : bool
        Send the token over plain http to another machine too, with a warning.

    Examples
    --------
    >>> BearerAuth().jwt is None
    True
    """

    jwt: JWT | None = None

    def __init__(
        self,
        jwt: JWT | None = None,
        *,
        scope: Callable[[], Scope] | None = None,
        allow_http: bool = False,
    ) -> None:
        self.jwt = jwt
        self._scope = scope
        self._allow_http = allow_http

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header when this request may have it; may refresh over the network."""
        target = Address.of_request(str(r.url))
        if target is not None:
            token, allowed = self._token_for(target)
            if token is not None and self._may_travel(target, allowed=allowed):
                r.headers["Authorization"] = f"Bearer {token}"
        return r

    def _token_for(self, target: Address) -> tuple[str | None, bool]:
        """Find the token for a request, and whether its login allows plain http."""
        logins = read_logins()
        if self.jwt is not None:
            record = logins.of(self.jwt.access_token)
            if record is None:
                reached = self._reaches(target)
                return (
                    self.jwt.access_token if reached and not self.jwt.is_expired else None
                ), False
            if not self._belongs(record, target):
                return None, False
            return _valid(record), record.allow_http
        for record in _nearest_first(logins.records, target):
            if self._belongs(record, target):
                token = _valid(record)
                if token is not None:
                    return token, record.allow_http
        if logins.bare is None or not self._reaches(target) or JWT(logins.bare).is_expired:
            return None, False
        return logins.bare, False

    def _belongs(self, record: LoginRecord, target: Address) -> bool:
        if self._scope is None:
            return record.reaches(target)
        scope = self._scope()
        if scope.endpoint is None or str(scope.endpoint) != record.endpoint:
            return False
        return record.reaches(target) or any(_covers(url, target) for url in scope.named)

    def _reaches(self, target: Address) -> bool:
        """Whether the person's choice covers the target; without a scope the request is it."""
        if self._scope is None:
            return True
        scope = self._scope()
        if scope.endpoint is not None and scope.endpoint.covers(target):
            return True
        return any(_covers(url, target) for url in (*scope.named, *scope.given))

    def _may_travel(self, target: Address, *, allowed: bool) -> bool:
        if target.secure:
            return True
        if not (allowed or self._allow_http or http_allowed()):
            _log.warning("the token is withheld from %s: plain http", target.origin)
            return False
        warn_of_http(target)
        return True

    def __repr__(self) -> str:
        """Show no token."""
        return f"BearerAuth(jwt={self.jwt!r})"


def get_session() -> requests.Session:
    """Give a session that sends the token to whom it belongs. No network.

    It reads the cache folder at each request: a session made before a login sends the
    token after it, and sends none after a sign-out. It has the timeouts and retries of
    this package, and drops every credential at a redirect to another origin.

    Returns
    -------
    requests.Session
    """
    session = PoliteRequests()
    session.auth = BearerAuth()
    return session


def http_allowed() -> bool:
    """Whether ``MODOS_ALLOW_HTTP`` allows a token over plain http.

    Raises
    ------
    OptionError
        When it is set to something that is neither true nor false.
    """
    text = os.environ.get("MODOS_ALLOW_HTTP", "").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"", "0", "false", "no", "off"}:
        return False
    raise OptionError("MODOS_ALLOW_HTTP is neither true nor false.", "Set it to 1 or to 0.")


def warn_of_http(target: Address) -> None:
    """Warn that a secret travels in the open."""
    warnings.warn(
        f"A token is sent unencrypted to {target.host}.", InsecureTransportWarning, stacklevel=2
    )


def require_secure(address: Address, *, allow_http: bool) -> None:
    """Refuse to send a secret over plain http to another machine, unless it is allowed.

    Raises
    ------
    InsecureEndpointError
    """
    if address.secure:
        return
    if not (allow_http or http_allowed()):
        raise InsecureEndpointError(
            f"{address} is plain http: a token would travel unencrypted.",
            "Use its https address, or allow it with allow_http=True or MODOS_ALLOW_HTTP=1.",
        )
    warn_of_http(address)


def _nearest_first(records: tuple[LoginRecord, ...], target: Address) -> list[LoginRecord]:
    """Order logins: the one at the endpoint itself before those that name it as a service."""
    own = [record for record in records if _covers(record.endpoint, target)]
    own.sort(key=lambda record: -len(record.endpoint))
    return [*own, *(record for record in records if record not in own)]


def _valid(record: LoginRecord) -> str | None:
    """Give the token of a login, refreshed when it is expired; None when it has no valid one."""
    token = JWT(record.access_token)
    if record.expires_at is None:
        expired = token.is_expired
    else:
        expired = time.time() >= record.expires_at - SKEW.total_seconds()
    if not expired:
        return record.access_token
    if record.refresh_token is None:
        return None
    fresh = token.refresh()
    return None if fresh is None else fresh.access_token


def _covers(url: str, target: Address) -> bool:
    try:
        return Address.parse(url).covers(target)
    except PathError:
        return False
