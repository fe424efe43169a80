"""Access token, and the file ``token.jwt`` that is shared with the ``modos`` command line."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modos_widgets.credentials import Secret
from modos_widgets.errors import (
    ArgumentError,
    CredentialsError,
    EndpointError,
    LockedError,
    LoginError,
)
from modos_widgets.remote.claims import SKEW, read_expiry
from modos_widgets.remote.login_store import (
    is_bearer,
    read_logins,
    read_token,
    token_path,
    write_token,
)

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


@dataclass(repr=False)
class JWT:
    """Access token, which can be stored in the cache folder.

    Its payload is read for the expiry only, and never trusted. A token
    without a valid ``exp`` counts as expired. ``repr`` does not show the token.

    Parameters
    ----------
    access_token : str
        The token.
    _expires_at : datetime.datetime, optional
        When the token expires, by the provider's ``expires_in`` and this machine's clock;
        by default it is read from the payload.

    Raises
    ------
    OptionError
        An argument has a wrong type.

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
        if not isinstance(self.access_token, str):
            raise ArgumentError.expected("a str", self.access_token, name="access_token")
        self.access_token = Secret(self.access_token)
        if not isinstance(self._expires_at, datetime | None):
            raise ArgumentError.expected(
                "a datetime or None",
                self._expires_at,
                name="_expires_at",
                hint="Pass datetime.fromtimestamp(seconds, UTC), or leave it out.",
            )

    @property
    def expires_at(self) -> datetime | None:
        """When the token expires (UTC); None if that is unknown."""
        known = self._expires_at
        if known is None:
            return read_expiry(self.access_token)
        return known if known.tzinfo else known.replace(tzinfo=UTC)

    @property
    def is_expired(self) -> bool:
        """Whether less than 30 s are left, or the expiry is unknown."""
        expires_at = self.expires_at
        return expires_at is None or datetime.now(UTC) + SKEW >= expires_at

    @staticmethod
    def get_cache_path() -> Path:
        """Return the path of ``token.jwt`` in the cache folder.

        Returns
        -------
        Path
        """
        return token_path()

    def to_cache(self) -> None:
        """Write the token to ``token.jwt``, atomically and with mode 0600. No network.

        Raises
        ------
        CredentialsError
            The token is empty, or contains characters that are invalid in a header.
        StorageError
            The file cannot be written.
        """
        if not is_bearer(self.access_token):
            raise CredentialsError("This is not an access token.", "Copy the whole token again.")
        write_token(self.access_token)

    @classmethod
    def from_cache(cls) -> JWT | None:
        """Read ``token.jwt``; return None if it is missing or invalid. No network.

        Returns
        -------
        JWT or None
        """
        token = read_token()
        if token is None:
            return None
        record = read_logins().of(token)
        known = None if record is None else record.expires_at
        return cls(token, None if known is None else datetime.fromtimestamp(known, UTC))

    def refresh(self) -> JWT | None:
        """Refresh the login that this token belongs to. Uses the network.

        Returns
        -------
        JWT or None
            The new token. None if the token belongs to no login or has no refresh token, or
            if the provider refused or did not respond (which is logged).
        """
        # load authlib only to refresh or sign in
        from modos_widgets.remote.token_refresh import renew  # noqa: PLC0415

        record = read_logins().of(self.access_token)
        if record is None:
            return None
        try:
            renewed = renew(record.endpoint, self.access_token)
        except (LoginError, EndpointError, CredentialsError, LockedError) as error:
            _log.warning("The token was not refreshed: %s", error)
            return None
        return JWT(
            renewed.access_token,
            None if renewed.expires_at is None else datetime.fromtimestamp(renewed.expires_at, UTC),
        )

    def __repr__(self) -> str:
        """Return the expiry as text, without the token."""
        expires_at = self.expires_at
        return f"JWT(expires_at={expires_at.isoformat() if expires_at else None})"
