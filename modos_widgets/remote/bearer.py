"""BearerAuth: send the access token only with requests that it may be sent with."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from requests.auth import AuthBase

from modos_widgets.credentials import Secret, forget_frames
from modos_widgets.errors import ArgumentError
from modos_widgets.remote.address import Address, covers, http_allowed, warn_of_http
from modos_widgets.remote.claims import SKEW
from modos_widgets.remote.http import HttpSession
from modos_widgets.remote.login_store import fingerprint, read_logins
from modos_widgets.remote.tokens import JWT
from modos_widgets.remote.trusted_origins import is_trusted_by, moved_service_error, require_trusted

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from modos_widgets.remote.login_store import LoginRecord

_log = logging.getLogger(__name__)

_MOST_REFUSED = 64
_refused_again: dict[tuple[str, tuple[str, str, int]], None] = {}
"""New tokens that a server refused; another refresh would not help."""


class Scope(NamedTuple):
    """Addresses to which the requests of one endpoint may send a token.

    Parameters
    ----------
    endpoint : Address or None
        The endpoint; None if only services are known.
    named : tuple of str
        Services that the endpoint names.
    given : tuple of str
        Services that the user passed: a bare token is sent there too, the token of a
        sign-in at the endpoint is not.
    """

    endpoint: Address | None
    named: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


class _Found(NamedTuple):
    """A token for a request (None: expired), and the login or endpoint that it belongs to."""

    token: str | None
    record: LoginRecord | None = None
    named_by: Address | None = None

    @property
    def endpoint(self) -> Address | None:
        return self.named_by if self.record is None else Address.parse(self.record.endpoint)


class BearerAuth(AuthBase):
    """Authentication that adds ``Authorization: Bearer`` only where the token may be sent.

    The token of a sign-in is sent to the endpoint that it was issued for and to the services
    that the endpoint names, if it named their origin at sign-in (any other origin must be
    confirmed first, see `confirm_service`). A bare ``token.jwt`` (of the ``modos``
    command line, or pasted) is sent where the user sends the request. Both are sent only over
    https or to this machine, or with ``MODOS_ALLOW_HTTP=1``. An expired token is refreshed, or
    else not sent. If a token is refused (401) before it expires, it is refreshed once if
    possible, and the request is retried.

    Parameters
    ----------
    jwt : JWT, optional
        Token to send. None: the cache folder is read at each request.
    scope : callable, optional
        Returns the `Scope` of the endpoint that the requests are for.
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
            raise ArgumentError.expected("a JWT or None", jwt)
        self.jwt = jwt
        self._scope = scope
        self._allow_http = allow_http

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header if the token may be sent with this request; may refresh it (network).

        Returns
        -------
        requests.PreparedRequest
            The same request.

        Raises
        ------
        MovedServiceError
            The endpoint names this address, but did not at sign-in.
        """
        target = Address.of_request(str(r.url))
        if target is not None:
            found = self._find(target)
            if found is not None and found.token is None:
                r.expired = True  # type: ignore[attr-defined]  # used in the error if the server refuses
            elif found is not None and self._may_travel(target, found):
                r.headers["Authorization"] = Secret(f"Bearer {found.token}")
                if found.record is not None and found.record.refresh_token is not None:
                    r.hooks["response"].append(self._send_again)
        return r

    def _send_again(self, response: requests.Response, **settings: Any) -> requests.Response:
        """Retry a request that was refused with 401, with a refreshed token.

        A new token that is refused is not refreshed again for the same server.
        """
        request = response.request
        target = Address.of_request(str(request.url))
        token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
        if response.status_code != 401 or target is None or not token:  # noqa: PLR2004
            return response
        body: object = request.body  # may be a file or generator, unlike the stubs of requests say
        if not isinstance(body, str | bytes | None):
            return response  # a stream that was read cannot be sent again
        if (fingerprint(token), target.origin) in _refused_again:
            return response
        record = read_logins().of(token)
        if record is None or record.refresh_token is None:
            return response
        fresh = JWT(token).refresh()
        if fresh is None or fresh.access_token == token:
            return response
        again = request.copy()
        again.headers["Authorization"] = Secret(f"Bearer {fresh.access_token}")
        response.content  # noqa: B018 - read it so that the connection can be reused
        response.close()
        try:
            answer: requests.Response = response.connection.send(again, **settings)
        except BaseException as error:  # noqa: BLE001 - raised again
            raise forget_frames(error) from None
        answer.history.append(response)
        answer.request = again
        if answer.status_code == 401:  # noqa: PLR2004
            while len(_refused_again) >= _MOST_REFUSED:
                _refused_again.pop(next(iter(_refused_again)), None)
            _refused_again[fingerprint(fresh.access_token), target.origin] = None
        return answer

    def _find(self, target: Address) -> _Found | None:
        """Find the token that belongs to a target."""
        logins = read_logins()
        if self.jwt is not None:
            record = logins.of(self.jwt.access_token)
            if record is None:
                return self._unbound(self.jwt, target)
            return self._of(record, target)
        expired: _Found | None = None
        for record in _nearest_first(logins.records, target):
            found = self._of(record, target)
            if found is not None and found.token is not None:
                return found
            expired = expired or found
        bare = None if logins.bare is None else self._unbound(JWT(logins.bare), target)
        return bare if bare is not None and bare.token is not None else expired or bare

    def _of(self, record: LoginRecord, target: Address) -> _Found | None:
        """Return the token of a login if the target is its endpoint or one of its services."""
        reached = record.reaches(target)
        if self._scope is not None:
            scope = self._scope()
            if scope.endpoint is None or str(scope.endpoint) != record.endpoint:
                return None
            if not reached and any(covers(url, target) for url in scope.named):
                if not is_trusted_by(record, str(target)):
                    raise moved_service_error(record.endpoint, str(target))
                reached = True
        if not reached:
            return None
        valid = _valid(record)
        return _Found(None, record) if valid is None else _Found(valid.access_token, valid)

    def _unbound(self, jwt: JWT, target: Address) -> _Found | None:
        """Return a bare token if the endpoint or services that the user chose cover the target.

        Without a scope, the user chose the target of the request itself.
        """
        token = None if jwt.is_expired else jwt.access_token
        if self._scope is None:
            return _Found(token)
        scope = self._scope()
        if any(covers(url, target) for url in scope.given):
            return _Found(token)
        if scope.endpoint is None:
            return None
        reached = scope.endpoint.covers(target)
        if not reached and any(covers(url, target) for url in scope.named):
            require_trusted(scope.endpoint, str(target))
            reached = True
        return _Found(token, named_by=scope.endpoint) if reached else None

    def _may_travel(self, target: Address, found: _Found) -> bool:
        """Return whether the connection is encrypted or local, or plain http is allowed.

        The endpoint is checked too: an attacker who changes its response chooses the services
        that it names.
        """
        allowed = self._allow_http or (found.record is not None and found.record.allow_http)
        for address in (target, found.endpoint):
            if address is None or address.secure:
                continue
            if not (allowed or http_allowed()):
                _log.warning("The token is not sent to %s: plain http.", target.host)
                return False
            warn_of_http(address)
        return True

    def __repr__(self) -> str:
        """Return a text without the token."""
        return f"BearerAuth(jwt={self.jwt!r})"


def get_session() -> requests.Session:
    """Return a session that sends the token only where it may be sent. No network.

    It reads the cache folder at each request: a session that was created before a sign-in
    sends the token afterwards, and sends none after a sign-out. It uses the timeouts and
    retries of this package, and removes credentials on a redirect to another origin.

    Returns
    -------
    requests.Session
    """
    session = HttpSession()
    session.auth = BearerAuth()
    return session


def _nearest_first(records: tuple[LoginRecord, ...], target: Address) -> list[LoginRecord]:
    """Order logins: those at the target first, then those that name it as a service."""
    own = [record for record in records if covers(record.endpoint, target)]
    own.sort(key=lambda record: -len(record.endpoint))
    return [*own, *(record for record in records if record not in own)]


def _valid(record: LoginRecord) -> LoginRecord | None:
    """Return a login with a valid token, refreshed if needed; None if the refresh failed."""
    if not _is_due(record):
        return record
    if record.refresh_token is None:
        return None
    fresh = JWT(record.access_token).refresh()
    return None if fresh is None else record.model_copy(update={"access_token": fresh.access_token})


def _is_due(record: LoginRecord) -> bool:
    if record.expires_at is None:
        return JWT(record.access_token).is_expired
    latest = record.expires_at
    due = latest - SKEW.total_seconds() if record.refresh_at is None else record.refresh_at
    return time.time() >= min(due, latest)
