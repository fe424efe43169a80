"""Who is signed in at an endpoint, what they may do there, and how that ends."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modos_widgets.credentials import Secret
from modos_widgets.errors import CredentialsError, EndpointError, LoginError, NotFoundError
from modos_widgets.remote.bearer import require_secure
from modos_widgets.remote.endpoint import EndpointManager, manager_of
from modos_widgets.remote.logins import (
    Grant,
    LoginRecord,
    fingerprint,
    forget,
    forget_bare,
    is_bearer,
    lock,
    read_logins,
    save,
)
from modos_widgets.remote.refusals import plain
from modos_widgets.remote.tokens import JWT, read_claims, read_expiry

if TYPE_CHECKING:
    from typing import Any

_log = logging.getLogger(__name__)

_NAMES = ("name", "preferred_username", "email")


@dataclass(frozen=True)
class Account:
    """Who is signed in, for display: what the token says was not verified. No secret in it.

    Parameters
    ----------
    subject : str or None
        The provider's name for the person.
    name : str or None
        A name to show.
    expires_at : datetime.datetime or None
        When the token stops being valid (UTC); it is refreshed before when `renews`.
    scopes : tuple of str
    permissions : tuple of Grant
        Which S3 paths with which permissions: what the key service said last.
    endpoint : str
    renews : bool
        Whether the token is refreshed by itself.
    """

    subject: str | None
    name: str | None
    expires_at: datetime | None
    scopes: tuple[str, ...]
    permissions: tuple[Grant, ...]
    endpoint: str
    renews: bool = False

    @property
    def expired(self) -> bool:
        """Whether a new sign-in is needed."""
        if self.renews:
            return False
        return self.expires_at is None or datetime.now(UTC) >= self.expires_at


def account(endpoint: str | EndpointManager) -> Account | None:
    """Tell who is signed in at an endpoint, from the cache folder. No network.

    Parameters
    ----------
    endpoint : str or EndpointManager

    Returns
    -------
    Account or None
        None when nobody is. A login that has expired is given too (see `Account.expired`);
        a token of the ``modos`` command line counts at whichever endpoint is asked for.

    Raises
    ------
    PathError
        When `endpoint` is no web address.
    """
    _, address = manager_of(endpoint)
    logins = read_logins()
    record = logins.at(address)
    if record is not None:
        return account_of(record)
    if logins.bare is None:
        return None
    serial, grants = _permissions.get(str(address), ("", ()))
    return _account(
        logins.bare,
        str(address),
        read_expiry(logins.bare),
        _scopes(logins.bare),
        grants if serial == fingerprint(logins.bare) else (),
    )


def account_of(record: LoginRecord) -> Account:
    """Give the account of a login."""
    if record.expires_at is None:
        expires_at = read_expiry(record.access_token)
    else:
        expires_at = datetime.fromtimestamp(record.expires_at, UTC)
    return _account(
        record.access_token,
        record.endpoint,
        expires_at,
        record.scopes,
        record.permissions,
        renews=record.refresh_token is not None,
    )


def sign_in_with_token(
    endpoint: str | EndpointManager, token: str, *, allow_http: bool = False
) -> Account:
    """Keep a token that the person pasted, for one endpoint. Asks the endpoint for its services.

    Parameters
    ----------
    endpoint : str or EndpointManager
    token : str
        The access token, with or without ``Bearer`` before it.
    allow_http : bool
        Send it over plain http to another machine too, with a warning.

    Raises
    ------
    CredentialsError
        When it is no token, or has expired.
    InsecureEndpointError
        When it would travel unencrypted.
    PathError, ResponseError, ServerError, UnreachableError
        When the endpoint does not answer as agreed.
    """
    token = text = Secret(token.strip().removeprefix("Bearer ").strip())
    manager, address = manager_of(endpoint, allow_http=allow_http)
    allow_http = allow_http or manager.allow_http
    require_secure(address, allow_http=allow_http)
    if not is_bearer(text) or read_expiry(text) is None:
        raise CredentialsError("This is not an access token.", "Copy it again, all of it.")
    if JWT(text).is_expired:
        raise CredentialsError("This token has expired.", "Get a new one.")
    record = LoginRecord(
        endpoint=str(address),
        serial=uuid.uuid4().hex,
        access_token=text,
        services=manager.named(),
        scopes=_scopes(text),
        allow_http=allow_http,
    )
    with lock():
        save(record, made=True)
    return account_of(record)


def sign_out(endpoint: str | EndpointManager) -> bool:
    """End the login at an endpoint: forget its tokens, then have the provider revoke them.

    From then on no session sends them, and no key is got with them. A token of the
    ``modos`` command line is forgotten too. Touches the network.

    Returns
    -------
    bool
        Whether the provider knows, or there was nothing to tell. When it could not be
        told, the reason is logged, and the tokens stay valid there until they expire.

    Raises
    ------
    PathError
        When `endpoint` is no web address.
    StorageError, LockedError
        When the cache folder cannot be changed.
    """
    _, address = manager_of(endpoint)
    with lock():  # a refresh under way ends before, and its token is the one revoked
        logins = read_logins()
        record = logins.at(address)
        forget(str(address))
        forget_bare()
    if record is None and logins.bare is None:
        return True
    # authlib is loaded by those who refresh or sign in only
    from modos_widgets.remote.provider import revoke  # noqa: PLC0415

    refresh = None if record is None else record.refresh_token
    access = logins.bare if record is None else record.access_token
    told = False
    try:
        client_id, url = _revocation(endpoint, record)
        if refresh is not None:
            revoke(client_id, url, refresh, "refresh_token")
            told = True
        if access is not None:
            revoke(client_id, url, access, "access_token")
            told = True
    except (EndpointError, LoginError, CredentialsError, NotFoundError) as error:
        # many providers revoke no access token in the form of a JWT: it just expires
        level = logging.INFO if told else logging.WARNING
        _log.log(level, "the provider did not revoke: %s", error)
    return told


def _revocation(endpoint: str | EndpointManager, record: LoginRecord | None) -> tuple[str, str]:
    """Find where tokens are revoked: in the login, else at the provider the server names."""
    if record is not None and record.revocation_endpoint and record.client_id:
        return record.client_id, record.revocation_endpoint
    from modos_widgets.remote.provider import discover  # noqa: PLC0415  # loads authlib

    allow_http = record is not None and record.allow_http
    if not isinstance(endpoint, EndpointManager):
        endpoint = EndpointManager(endpoint, allow_http=allow_http)
    auth = endpoint.auth
    if auth is None:
        raise LoginError("The endpoint names no identity provider.")
    provider = discover(str(auth["url"]), allow_http=allow_http or endpoint.allow_http)
    if provider.revocation_endpoint is None:
        raise LoginError(f"{provider.issuer} offers no revocation.")
    return str(auth.get("client_id") or ""), provider.revocation_endpoint


_permissions: dict[str, tuple[str, tuple[Grant, ...]]] = {}


def remember_permissions(endpoint: str, serial: str, grants: tuple[Grant, ...]) -> None:
    """Note what the key service said of a login, or of a token without one."""
    _permissions[endpoint] = (serial, grants)


def _account(
    token: str,
    endpoint: str,
    expires_at: datetime | None,
    scopes: tuple[str, ...],
    permissions: tuple[Grant, ...],
    *,
    renews: bool = False,
) -> Account:
    claims = read_claims(token)
    return Account(
        subject=_claim(claims, "sub"),
        name=_name(claims),
        expires_at=expires_at,
        scopes=scopes,
        permissions=permissions,
        endpoint=endpoint,
        renews=renews,
    )


@dataclass(frozen=True)
class Holder:
    """Whose a token is, as it says itself. No secret.

    Parameters
    ----------
    account : str
        The same for each token of one account; of what says no account, the login's serial.
    name : str
        A name to show.
    """

    account: str
    name: str = field(compare=False)

    @classmethod
    def of(cls, token: str, serial: str) -> Holder:
        """Read it off a token of the login with this serial."""
        claims = read_claims(token)
        subject = claims.get("sub")
        known = isinstance(subject, str) and bool(subject.strip())
        account = json.dumps([claims.get("iss"), subject]) if known else serial
        return cls(account, _name(claims) or _claim(claims, "sub") or "somebody")


def _name(claims: dict[str, Any]) -> str | None:
    return next((text for key in _NAMES if (text := _claim(claims, key))), None)


def _claim(claims: dict[str, Any], key: str) -> str | None:
    value = claims.get(key)
    return plain(value, 100) if isinstance(value, str) and value.strip() else None


def _scopes(token: str) -> tuple[str, ...]:
    scope = read_claims(token).get("scope")
    return tuple(plain(scope, 500).split()) if isinstance(scope, str) else ()
