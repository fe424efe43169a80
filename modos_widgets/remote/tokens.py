"""The access token and the file that the ``modos`` command line shares with us."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from modos_widgets.credentials import Secret
from modos_widgets.errors import (
    CredentialsError,
    EndpointError,
    LockedError,
    LoginError,
    OptionError,
)
from modos_widgets.remote.logins import is_bearer, read_logins, read_token, token_path, write_token

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

SKEW = timedelta(seconds=30)
"""A token that has less than this left counts as expired: it would expire on the way."""


def read_claims(token: str) -> dict[str, Any]:
    """Read the payload of a JWT without trusting it; empty when it is none. No network."""
    try:
        claims = json.loads(extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError, TypeError):
        return {}
    return claims if isinstance(claims, dict) else {}


def read_expiry(token: str) -> datetime | None:
    """Read ``exp`` of a JWT; None when there is none that can be read. No network."""
    value = read_claims(token).get("exp")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        if not math.isfinite(value):
            return None
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


@dataclass(repr=False)
class JWT:
    """An access token, and its place in the cache folder.

    Its payload is read for the time of its expiry only, and never trusted. A token
    without a readable ``exp`` counts as expired. ``repr`` does not show the token.

    Parameters
    ----------
    access_token : str
    _expires_at : datetime.datetime, optional
        When the token stops being valid, where that is known better than from its
        payload: from the provider's ``expires_in`` and this machine's clock.

    Raises
    ------
    OptionError
        `_expires_at` is no time.

    Examples
    --------
    >>> payload = "eyJleHAiOjE2MzI5MjU2MDB9"
    >>> token = JWT(access_token=f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{payload}.DummySignature")
    >>> token.is_expired
    True
    >>> token.to_cache()
    >>> loaded_jwt = JWT.from_cache()
    >>> loaded_jwt.access_token == token.access_token
    True
    """

    access_token: str
    _expires_at: datetime | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Hide the token from tracebacks too."""
        self.access_token = Secret(self.access_token)
        if not isinstance(self._expires_at, datetime | None):
            raise OptionError(
                f"_expires_at is a datetime, not {type(self._expires_at).__name__}.",
                "Give datetime.fromtimestamp(seconds, UTC), or leave it out.",
            )

    @property
    def expires_at(self) -> datetime | None:
        """When the token stops being valid (UTC); None when it cannot be told."""
        known = self._expires_at
        if known is None:
            return read_expiry(self.access_token)
        return known if known.tzinfo else known.replace(tzinfo=UTC)

    @property
    def is_expired(self) -> bool:
        """Whether less than 30 s are left, or it cannot be told how many."""
        expires_at = self.expires_at
        return expires_at is None or datetime.now(UTC) + SKEW >= expires_at

    @staticmethod
    def get_cache_path() -> Path:
        """Give the path of ``token.jwt`` in the cache folder."""
        return token_path()

    def to_cache(self) -> None:
        """Write the token to ``token.jwt``, atomically and with mode 0600. No network.

        Raises
        ------
        CredentialsError
            When it is no token at all: empty, or with characters that no header takes.
        StorageError
            When the file cannot be written.
        """
        if not is_bearer(self.access_token):
            raise CredentialsError("This is not an access token.", "Copy it again, all of it.")
        write_token(self.access_token)

    @classmethod
    def from_cache(cls) -> JWT | None:
        """Read ``token.jwt``; None when it is missing or unreadable. No network."""
        token = read_token()
        if token is None:
            return None
        record = read_logins().of(token)
        known = None if record is None else record.expires_at
        return cls(token, None if known is None else datetime.fromtimestamp(known, UTC))

    def refresh(self) -> JWT | None:
        """Get the next token of the login that this one is of. Touches the network.

        Returns
        -------
        JWT or None
            None when no login of ours knows this token, when it has no refresh token,
            or when the provider refused or did not answer (which is logged).
        """
        # authlib is loaded by those who refresh or sign in only
        from modos_widgets.remote.refreshing import renew  # noqa: PLC0415

        record = read_logins().of(self.access_token)
        if record is None:
            return None
        try:
            renewed = renew(record.endpoint, self.access_token)
        except (LoginError, EndpointError, CredentialsError, LockedError) as error:
            _log.warning("the token was not refreshed: %s", error)
            return None
        return JWT(
            renewed.access_token,
            None if renewed.expires_at is None else datetime.fromtimestamp(renewed.expires_at, UTC),
        )

    def __repr__(self) -> str:
        """Show when it expires, and not the token."""
        expires_at = self.expires_at
        return f"JWT(expires_at={expires_at.isoformat() if expires_at else None})"
