"""Who gets the token: decided anew for each request."""

from __future__ import annotations

import logging
import os
import time
import warnings
from typing import TYPE_CHECKING, NamedTuple

from requests.auth import AuthBase

from modos_widgets.credentials import Secret
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


class _Found(NamedTuple):
    """A token for a request, and whose word it is that it belongs there."""

    token: str
    record: LoginRecord | None = None
    named_by: Address | None = None

    @property
    def endpoint(self) -> Address | None:
        return self.named_by if self.record is None else Address.parse(self.record.endpoint)


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
        if not isinstance(jwt, JWT | None):
            raise OptionError(f"A {type(jwt).__name__} is no token.", "Give a JWT, or nothing.")
        self.jwt = jwt
        self._scope = scope
        self._allow_http = allow_http

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header when this request may have it; may refresh over the network."""
        target = Address.of_request(str(r.url))
        if target is not None:
            found = self._find(target)
            if found is not None and self._may_travel(target, found):
                r.headers["Authorization"] = Secret(f"Bearer {found.token}")
        return r

    def _find(self, target: Address) -> _Found | None:
        """Find the token that belongs to a target."""
        logins = read_logins()
        if self.jwt is not None:
            record = logins.of(self.jwt.access_token)
            if record is None:
                return self._unbound(self.jwt, target)
            return self._of(record, target)
        for record in _nearest_first(logins.records, target):
            found = self._of(record, target)
            if found is not None:
                return found
        return None if logins.bare is None else self._unbound(JWT(logins.bare), target)

    def _of(self, record: LoginRecord, target: Address) -> _Found | None:
        """Give the token of a login when the target is its endpoint or a service of that."""
        reached = record.reaches(target)
        if self._scope is not None:
            scope = self._scope()
            if scope.endpoint is None or str(scope.endpoint) != record.endpoint:
                return None
            reached = reached or any(_covers(url, target) for url in scope.named)
        valid = _valid(record) if reached else None
        return None if valid is None else _Found(valid.access_token, valid)

    def _unbound(self, jwt: JWT, target: Address) -> _Found | None:
        """Give a token of no login when the person's choice covers the target.

        Without a scope the request itself is the choice.
        """
        if jwt.is_expired:
            return None
        token = jwt.access_token
        if self._scope is None:
            return _Found(token)
        scope = self._scope()
        if any(_covers(url, target) for url in scope.given):
            return _Found(token)
        if scope.endpoint is None:
            return None
        reached = scope.endpoint.covers(target) or any(_covers(url, target) for url in scope.named)
        return _Found(token, named_by=scope.endpoint) if reached else None

    def _may_travel(self, target: Address, found: _Found) -> bool:
        """Whether nobody can read along, or the person allowed it.

        That holds for the endpoint too: whoever changes its answer on the way chooses
        which services it names.
        """
        allowed = self._allow_http or (found.record is not None and found.record.allow_http)
        for address in (target, found.endpoint):
            if address is None or address.secure:
                continue
            if not (allowed or http_allowed()):
                _log.warning("the token is withheld from %s: plain http", target.host)
                return False
            warn_of_http(address)
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


def _valid(record: LoginRecord) -> LoginRecord | None:
    """Give a login whose token is valid, refreshed when it was not; None when that failed."""
    if record.expires_at is None:
        expired = JWT(record.access_token).is_expired
    else:
        expired = time.time() >= record.expires_at - SKEW.total_seconds()
    if not expired:
        return record
    if record.refresh_token is None:
        return None
    fresh = JWT(record.access_token).refresh()
    return None if fresh is None else record.model_copy(update={"access_token": fresh.access_token})


def _covers(url: str, target: Address) -> bool:
    try:
        return Address.parse(url).covers(target)
    except PathError:
        return False
