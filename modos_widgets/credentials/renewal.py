"""Short-lived keys that are renewed before they expire."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from modos_widgets.errors import CredentialsError, ModosError
from modos_widgets.secret import Secret

CredentialSource = Callable[[], "S3Credential"]
"""Callable that returns a valid key; it may use the network.

A source may also have a method ``stands() -> bool``, which returns without network whether the
last key may still be used (not after a sign-out), and a method ``discard(access_key_id)``, which
is called if the server reports a key as expired.
"""

_MARGIN = 300.0  # seconds
_SHARE = 0.2


def renewal_margin(life: float) -> float:
    """Return how many seconds before its expiry to renew a key, for its remaining lifetime.

    It is a fifth of the lifetime, at most five minutes, so that a signed request is still
    accepted when it arrives.
    """
    return min(_MARGIN, life * _SHARE)


class CredentialsExpiredError(CredentialsError):
    """The server reports that the key has expired; a new key may be requested."""


@dataclass(frozen=True)
class S3Credential:
    """One S3 key. Its secrets are hidden in ``repr``.

    Parameters
    ----------
    access_key_id : str
        Public part of the key.
    secret_access_key : str
        Secret part of the key.
    session_token : str, optional
        Token of a temporary key.
    expires_at : datetime.datetime, optional
        When the key expires; a naive time is read as UTC. None: never.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Hide the secrets from tracebacks, and read a naive expiry as UTC."""
        object.__setattr__(self, "secret_access_key", Secret(self.secret_access_key))
        if self.session_token is not None:
            object.__setattr__(self, "session_token", Secret(self.session_token))
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            object.__setattr__(self, "expires_at", self.expires_at.replace(tzinfo=UTC))


def _always() -> bool:
    return True


def _no_discard(_: str) -> None:
    """Do nothing: the source stores no key."""


class RenewingCredential:
    """Key of a source, renewed before it expires.

    A key is renewed when a fifth of its lifetime is left, at most five minutes
    before it expires, so that a signed request is still accepted when it arrives.
    A key that its source reports as no longer valid is discarded at once.
    Threads that need a key at the same time share one renewal.

    Parameters
    ----------
    source : callable
        Returns an `S3Credential`; called on any thread that needs a key.
    """

    def __init__(self, source: CredentialSource) -> None:
        self._source = source
        self._stands: Callable[[], bool] = getattr(source, "stands", _always)
        self._discard: Callable[[str], object] = getattr(source, "discard", _no_discard)
        self._lock = threading.Lock()
        self._credential: S3Credential | None = None
        self._renew_at: datetime | None = None

    def current(self) -> S3Credential | None:
        """Return the current key if it is not yet due for renewal, else None. No network."""
        credential = self._credential
        if credential is None or (
            self._renew_at is not None and datetime.now(UTC) >= self._renew_at
        ):
            return None
        if not self._stands():
            self._credential = None
            return None
        return credential

    def get(self) -> S3Credential:
        """Return a valid key, from the source if needed (which may use the network).

        Raises
        ------
        CredentialsError
            The source fails or does not return a valid key.
        """
        with self._lock:
            return self.current() or self._renew()

    async def asked(self) -> S3Credential:
        """Return a valid key, as `get` does, on a thread if the source is called."""
        credential = self.current()
        return await asyncio.to_thread(self.get) if credential is None else credential

    def discard(self, used: S3Credential) -> None:
        """Discard the current key because the server reports that it has expired.

        Parameters
        ----------
        used : S3Credential
            The key that signed the request. If the current key is another one, it has already
            been renewed and is kept.
        """
        with self._lock:
            if used is self._credential:
                self._credential = None
                self._discard(used.access_key_id)

    def _renew(self) -> S3Credential:
        try:
            credential = self._source()
        except ModosError:
            raise
        except Exception as error:  # noqa: BLE001 - a source may raise anything
            raise CredentialsError(
                f"The source of S3 keys failed ({type(error).__name__}).",
                "Sign in again.",
            ) from None  # frames of the source may contain a token
        if not isinstance(credential, S3Credential):
            raise CredentialsError(
                "The source of S3 keys did not return an S3Credential.",
                "Return a modos_widgets.credentials.S3Credential.",
            )
        now = datetime.now(UTC)
        self._renew_at = None
        if credential.expires_at is not None:
            lifetime = credential.expires_at - now
            if lifetime <= timedelta(0):
                raise CredentialsError(
                    "The source of S3 keys returned a key that has already expired.",
                    "Sign in again, and check this machine's clock.",
                )
            margin = timedelta(seconds=renewal_margin(lifetime.total_seconds()))
            self._renew_at = credential.expires_at - margin
        self._credential = credential
        return credential
