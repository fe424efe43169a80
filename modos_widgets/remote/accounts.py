"""The account signed in at an endpoint, and its permissions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modos_widgets.remote.claims import read_claims, read_expiry
from modos_widgets.remote.endpoint import EndpointManager, manager_of
from modos_widgets.remote.login_store import (
    Grant,
    LoginRecord,
    fingerprint,
    read_logins,
)
from modos_widgets.remote.server_text import shown_text

if TYPE_CHECKING:
    from typing import Any

_NAMES = ("name", "preferred_username", "email")


@dataclass(frozen=True)
class Account:
    """The account that is signed in, for display. It contains unverified claims and no secret.

    Parameters
    ----------
    subject : str or None
        The provider's identifier of the user.
    name : str or None
        Display name.
    expires_at : datetime.datetime or None
        When the token expires (UTC); if `renews`, it is refreshed before that.
    scopes : tuple of str
        Scopes of the token.
    permissions : tuple of Grant
        S3 paths and their permissions, as the key service reported them last.
    endpoint : str
        URL of the endpoint.
    renews : bool
        Whether the token is refreshed automatically.
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
    """Return the account signed in at an endpoint, from the cache folder. No network.

    Parameters
    ----------
    endpoint : str or EndpointManager
        The modos server.

    Returns
    -------
    Account or None
        None if nobody is signed in. An expired sign-in is returned too (see `Account.expired`);
        a token of the ``modos`` command line is valid for every endpoint.

    Raises
    ------
    PathError
        `endpoint` is not a web address.
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
        scopes_of(logins.bare),
        grants if serial == fingerprint(logins.bare) else (),
    )


def account_of(record: LoginRecord) -> Account:
    """Return the account of a login."""
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


_permissions: dict[str, tuple[str, tuple[Grant, ...]]] = {}


def remember_permissions(endpoint: str, serial: str, grants: tuple[Grant, ...]) -> None:
    """Store the permissions that the key service reported for a sign-in or a bare token."""
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
    """Account of a token, from its unverified claims. No secret.

    Parameters
    ----------
    account : str
        Identifier that all tokens of one account share; without claims, the login's serial.
    name : str
        Display name.
    """

    account: str
    name: str = field(compare=False)

    @classmethod
    def of(cls, token: str, serial: str) -> Holder:
        """Read the account from a token of the login with this serial."""
        claims = read_claims(token)
        subject = claims.get("sub")
        known = isinstance(subject, str) and bool(subject.strip())
        account = json.dumps([claims.get("iss"), subject]) if known else serial
        return cls(account, _name(claims) or _claim(claims, "sub") or "an unnamed account")


def _name(claims: dict[str, Any]) -> str | None:
    return next((text for key in _NAMES if (text := _claim(claims, key))), None)


def _claim(claims: dict[str, Any], key: str) -> str | None:
    value = claims.get(key)
    return shown_text(value, 100) if isinstance(value, str) and value.strip() else None


def scopes_of(token: str) -> tuple[str, ...]:
    """Return the scopes in a token."""
    scope = read_claims(token).get("scope")
    return tuple(shown_text(scope, 500).split()) if isinstance(scope, str) else ()
